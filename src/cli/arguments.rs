//! The command line, in the habit of Prometheus's exporters.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

use crate::discovery::ScrapeAddress;
use crate::discovery::external_url;

/// Outside-in DNS and DNSSEC probe exporter.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) serve: ServeArguments,
    #[command(flatten)]
    pub(super) log: LogArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the exporter (the default).
    Serve(ServeArguments),
    /// Probe once and print the result; exit code 0 on success, 1 on failure.
    Probe(ProbeArguments),
    /// Run nameservers with a healthy zone and broken ones on loopback, and the exporter on top; needs no network.
    Demo(DemoArguments),
    /// Look after a zone's keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask a running exporter whether it is healthy; exit code 0 if so, else 1.
    Healthcheck(HealthcheckArguments),
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Hold the keys of a backup against the live ones. Exit code 0: every live key is in the backup; 2: one is not, so that
    /// losing the host now means an emergency rollover (or the command line is wrong); 3: it could not be told.
    Compare(KeysCompareArguments),
}

#[derive(Debug, Args)]
pub(super) struct KeysCompareArguments {
    /// The configuration that names in --target, --zone and --module refer to; without this flag ./probes.json, if it is
    /// there.
    #[arg(long = "config.file", value_name = "FILE")]
    pub(super) config_file: Option<PathBuf>,
    /// The apex of the zone.
    #[arg(long)]
    pub(super) zone: String,
    /// The nameserver that says which keys are live; every one that probes.json lists for the zone if left out.
    #[arg(long)]
    pub(super) target: Option<String>,
    /// A probe profile of probes.json.
    #[arg(long)]
    pub(super) module: Option<String>,
    /// A trust anchor of the zone: a DS or DNSKEY in presentation form; may be given again.
    #[arg(long, value_name = "RECORD")]
    pub(super) anchor: Vec<String>,
    /// The backup: a restored folder or file with Knot's PEM files, BIND's key files or DNSKEY records; - reads standard
    /// input. May be given again.
    #[arg(long, value_name = "PATH", required = true)]
    pub(super) backup: Vec<PathBuf>,
    /// Tag of a live key that another signer holds (RFC 8901), so that it need not be in the backup; may be given again.
    #[arg(long = "other-signer", value_name = "TAG")]
    pub(super) other_signer: Vec<u16>,
    /// Form of the result.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: OutputFormat,
    /// Also write the result as metrics to this file, for node_exporter's textfile collector; its name should end in .prom.
    #[arg(long = "output.textfile", value_name = "FILE")]
    pub(super) textfile: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check a probes.json; exit code 2 with file, line, column and JSON pointer if it is wrong.
    Check {
        /// The file to check.
        #[arg(
            long = "config.file",
            value_name = "FILE",
            default_value = "probes.json"
        )]
        file: PathBuf,
    },
    /// Print what a probes.json defines as a file for file_sd_configs; /sd serves the same over HTTP.
    Discovery {
        /// The file to read.
        #[arg(
            long = "config.file",
            value_name = "FILE",
            default_value = "probes.json"
        )]
        file: PathBuf,
        /// The URL under which scrapers reach the exporter.
        #[arg(long = "web.external-url", value_name = "URL", default_value = "http://127.0.0.1:9853", value_parser = external_url)]
        url: ScrapeAddress,
        #[command(flatten)]
        offset: TimeoutOffsetArguments,
    },
    /// Print the JSON Schema of probes.json.
    Schema,
    /// Turn the DNS modules of a blackbox_exporter's blackbox.yml into a probes.json. What is not carried over is listed on
    /// standard error, a line each; exit code 2 if the file cannot be read.
    Import {
        /// The blackbox.yml.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Where to write; standard output if left out. A file that is there is not written over.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Global arguments, so their ids must differ from those of every subcommand: `probe` has a `--format` of its own.
#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// Messages below this level are left out.
    #[arg(
        id = "log.level",
        long = "log.level",
        value_name = "LEVEL",
        default_value = "info",
        global = true
    )]
    pub(super) level: LevelFilter,
    /// Where messages go: text or json to standard error, or to journald with all their fields. Left out: journald where
    /// systemd has connected standard error to it, else text.
    #[arg(
        id = "log.format",
        long = "log.format",
        value_name = "FORMAT",
        global = true
    )]
    pub(super) format: Option<LogFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Text,
    Json,
    Journald,
}

#[derive(Debug, Args)]
pub(super) struct WebArguments {
    /// Where the exporter listens; port 0 takes one that the kernel gives.
    #[arg(
        long = "web.listen-address",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9853"
    )]
    pub(super) listen_address: SocketAddr,
}

/// Where scrapers reach the exporter.
#[derive(Debug, Args)]
pub(super) struct ExternalUrlArguments {
    /// The URL under which scrapers reach the exporter, for service discovery; /sd alone also knows where it was asked.
    #[arg(long = "web.external-url", value_name = "URL", value_parser = external_url)]
    pub(super) url: Option<ScrapeAddress>,
}

/// What a scrape needs beyond its probe.
#[derive(Debug, Args)]
pub(super) struct TimeoutOffsetArguments {
    /// What is taken off a scrape's time limit, in seconds, so that the answer arrives within it.
    #[arg(long = "timeout-offset", value_name = "SECONDS", default_value = "0.5", value_parser = seconds)]
    pub(super) timeout_offset: Duration,
}

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// The configuration; without this flag ./probes.json, if it is there.
    #[arg(long = "config.file", value_name = "FILE")]
    pub(super) config_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) web: WebArguments,
    /// Listen on the socket that systemd passes (a .socket unit) instead of an address. Without this flag a socket that is
    /// passed is an error.
    #[arg(long = "web.systemd-socket", conflicts_with = "listen_address")]
    pub(super) systemd_socket: bool,
    #[command(flatten)]
    pub(super) external: ExternalUrlArguments,
    #[command(flatten)]
    pub(super) offset: TimeoutOffsetArguments,
}

#[derive(Debug, Args)]
pub(super) struct ProbeArguments {
    /// The configuration that names in --target, --zone and --module refer to; without this flag ./probes.json, if it is
    /// there.
    #[arg(long = "config.file", value_name = "FILE")]
    pub(super) config_file: Option<PathBuf>,
    /// Form of the result.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: OutputFormat,
    /// true: print the whole transcript, then the metrics.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        default_value = "false",
        default_missing_value = "true",
        hide_default_value = true,
        action = ArgAction::Set
    )]
    pub(super) debug: bool,
    /// The nameserver: a name from probes.json, a host name or an address, with an optional port. Left out: the zone as a
    /// whole, over all nameservers that probes.json lists for it.
    #[arg(long)]
    target: Option<String>,
    /// The apex of the zone; the module's if left out.
    #[arg(long)]
    zone: Option<String>,
    /// RR type by mnemonic or TYPE123; the module's if left out, else SOA.
    #[arg(long)]
    qtype: Option<String>,
    /// The owner name asked for; the module's if left out, else the zone's apex.
    #[arg(long)]
    name: Option<String>,
    /// A probe profile of probes.json.
    #[arg(long)]
    module: Option<String>,
    /// both, ipv4 or ipv6.
    #[arg(long)]
    family: Option<String>,
    /// udp (TCP after truncation), tcp or both.
    #[arg(long)]
    transport: Option<String>,
    /// required, auto or off.
    #[arg(long)]
    dnssec: Option<String>,
    /// A trust anchor of the zone: a DS or DNSKEY in presentation form; may be given again.
    #[arg(long, value_name = "RECORD")]
    anchor: Vec<String>,
    /// true: also ask for what does not exist, and verify the proofs. The module's if left out.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    denial: Option<String>,
}

impl ProbeArguments {
    /// The same parameters as those of /probe, so that both mean the same.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let parameters = [
            ("target", self.target.as_ref()),
            ("zone", self.zone.as_ref()),
            ("qtype", self.qtype.as_ref()),
            ("name", self.name.as_ref()),
            ("module", self.module.as_ref()),
            ("family", self.family.as_ref()),
            ("transport", self.transport.as_ref()),
            ("dnssec", self.dnssec.as_ref()),
            ("denial", self.denial.as_ref()),
        ];
        let anchors = self.anchor.iter().map(|anchor| ("anchor", Some(anchor)));
        parameters
            .into_iter()
            .chain(anchors)
            .filter_map(|(name, value)| Some((name.to_owned(), value?.clone())))
            .collect()
    }
}

/// Forms of a result on standard output.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum OutputFormat {
    Text,
    Json,
    Prometheus,
}

#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// Port of the nameservers; that of probes.json if left out, 0 for one that the kernel gives.
    #[arg(long = "demo.port", value_name = "PORT")]
    pub(super) port: Option<u16>,
    #[command(flatten)]
    pub(super) web: WebArguments,
}

#[derive(Debug, Args)]
pub(super) struct HealthcheckArguments {
    #[command(flatten)]
    pub(super) web: WebArguments,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
