//! `outsidein probe`.

use std::process::ExitCode;
use std::time::SystemTime;

use super::CommandError;
use super::arguments::{Probe, ProbeFormat};
use super::exit::FAILURE;
use super::output::print;
use super::serve::config_source;
use crate::chain::Cache;
use crate::network::SystemNetwork;
use crate::plan::Request;
use crate::probe::fulfil;
use crate::view::{Format, render, transcript};

pub(super) async fn run(arguments: Probe) -> Result<ExitCode, CommandError> {
    let parameters = arguments.parameters();
    let (format, debug) = (arguments.format, arguments.debug);
    let config = config_source(arguments.config_file).load()?;
    let request = Request::read(&parameters, None, &config)
        .map_err(|error| CommandError(error.to_string()))?;
    let network = SystemNetwork::new(config.trust.resolver);
    let report = fulfil(&request, &network, &Cache::default(), SystemTime::now()).await;
    let text = match format {
        _ if debug => transcript(&report),
        ProbeFormat::Text => render(&report, Format::Text),
        ProbeFormat::Json => render(&report, Format::Json),
        ProbeFormat::Prometheus => render(&report, Format::Prometheus),
    };
    print(&text)?;
    Ok(if report.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}
