//! `outsidein probe`.

use std::process::ExitCode;

use super::CommandError;
use super::arguments::{OutputFormat, ProbeArguments};
use super::exit::FAILURE;
use super::output::print;
use super::serve::config_source;
use crate::chain::LinkCache;
use crate::network::SystemNetwork;
use crate::network::clock;
use crate::plan::Request;
use crate::probe::execute;
use crate::view::{Format, render, transcript};

pub(super) async fn run(arguments: ProbeArguments) -> Result<ExitCode, CommandError> {
    let parameters = arguments.parameters();
    let (format, debug) = (arguments.format, arguments.debug);
    let config = config_source(arguments.config_file).load()?;
    let request = Request::read(&parameters, None, &config)
        .map_err(|error| CommandError(error.to_string()))?;
    let network = SystemNetwork::new(config.trust.host_resolvers().iter().copied());
    let report = execute(
        &request,
        &network,
        &LinkCache::default(),
        clock::wall_clock_now(),
    )
    .await;
    let text = match format {
        _ if debug => transcript(&report),
        OutputFormat::Text => render(&report, Format::Text),
        OutputFormat::Json => render(&report, Format::Json),
        OutputFormat::Prometheus => render(&report, Format::Prometheus),
    };
    print(&text)?;
    Ok(if report.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}
