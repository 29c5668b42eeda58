//! The commands: arguments, exit codes, the wall clock.

mod arguments;
mod demo;
mod exit;
mod healthcheck;
mod import;
mod keys;
mod log_output;
mod output;
mod probe;
mod serve;
mod systemd;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use listenfd::ListenFd;

use arguments::{Arguments, Command, ConfigCommand, KeysCommand, ServeArguments};
use exit::USAGE;
use output::{print, print_message};

use crate::config::{Config, ConfigError};
use crate::discovery::{self, ScrapeAddress};
use crate::log;
use crate::network::clock;
use crate::server::ConfigSource;

/// Why a command could not do its work, in a line for the operator.
#[derive(Debug)]
struct CommandError(String);

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

/// Runs the command that the process's arguments name.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    // Before there are threads, of which the log is the first.
    let sockets = systemd::take_passed_sockets();
    log_output::start(&arguments.log);
    let result = match arguments.command {
        None => serve(arguments.serve, sockets),
        Some(Command::Serve(arguments)) => serve(arguments, sockets),
        Some(Command::Probe(probe)) => run_on_runtime(probe::run(probe)),
        Some(Command::Demo(demo)) => run_on_runtime(demo::run(demo)),
        Some(Command::Healthcheck(healthcheck)) => run_on_runtime(healthcheck::run(healthcheck)),
        Some(Command::Keys(KeysCommand::Compare(compare))) => {
            run_on_runtime(keys::compare(compare))
        }
        Some(Command::Config(ConfigCommand::Check { file })) => check(&file),
        Some(Command::Config(ConfigCommand::Discovery { file, url, offset })) => {
            discovery(&file, &url, offset.timeout_offset)
        }
        Some(Command::Config(ConfigCommand::Schema)) => schema(),
        Some(Command::Config(ConfigCommand::Import { file, output })) => {
            import::run(&file, output.as_deref())
        }
    };
    log::finish_log();
    result.unwrap_or_else(|CommandError(message)| {
        for line in message.lines() {
            print_message(line);
        }
        ExitCode::from(USAGE)
    })
}

fn serve(arguments: ServeArguments, sockets: ListenFd) -> Result<ExitCode, CommandError> {
    let socket = systemd::take_passed_socket(sockets, arguments.systemd_socket)?;
    run_on_runtime(serve::run(arguments, socket))
}

fn run_on_runtime(
    command: impl Future<Output = Result<ExitCode, CommandError>>,
) -> Result<ExitCode, CommandError> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| CommandError(format!("no runtime: {error}")))?;
    let result = runtime.block_on(command);
    // Not for threads that wait for what may never come: a probes.json on a file system that hangs, a log that nobody takes.
    runtime.shutdown_background();
    result
}

fn check(file: &std::path::Path) -> Result<ExitCode, CommandError> {
    let Config {
        nameservers,
        zones,
        modules,
        trust,
        drill,
    } = ConfigSource::File(file.to_owned()).load()?;
    let counts = [
        (nameservers.len(), "nameserver"),
        (zones.len(), "zone"),
        (modules.len(), "module"),
    ];
    let counts = counts
        .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
        .join(", ");
    print(&format!("{}: {counts}", file.display()))?;
    print(&format!("resolvers: {}", trust.describe_resolvers()))?;
    if trust.resolvers().is_empty() {
        print_message(
            "no resolver: neither the chain of trust nor the parent of a zone is looked at",
        );
    }
    if let Some(drill) = drill {
        let next = drill.next_start(clock::wall_clock_now().into());
        print(&format!("drill: {} breaks at {next}", drill.zone))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn discovery(
    file: &std::path::Path,
    url: &ScrapeAddress,
    offset: Duration,
) -> Result<ExitCode, CommandError> {
    print(&discovery::discovery(&Config::load(file)?, url, offset))?;
    Ok(ExitCode::SUCCESS)
}

fn schema() -> Result<ExitCode, CommandError> {
    print(&format!("{:#}", crate::config::json_schema()))?;
    Ok(ExitCode::SUCCESS)
}
