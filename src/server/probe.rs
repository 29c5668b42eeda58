//! `GET /probe`: parameters in, a report out.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::state::State;
use crate::network::clock;
use crate::plan::{self, ParameterError};
use crate::probe::execute;
use crate::report::AnyReport;
use crate::view::{self, Format, transcript};

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    let Ok(_permit) = state.probe_permits.try_acquire() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many probes at once\n").into_response();
    };
    match answer_request(&state, parameters, &headers).await {
        Ok((content_type, body)) => ([(header::CONTENT_TYPE, content_type)], body).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

async fn answer_request(
    state: &State,
    parameters: Vec<(String, String)>,
    headers: &HeaderMap,
) -> Result<(&'static str, String), ParameterError> {
    let (view_parameters, probe_parameters): (Vec<_>, Vec<_>) = parameters
        .into_iter()
        .partition(|(name, _)| plan::VIEW_PARAMETERS.contains(&name.as_str()));
    let view = ViewParameters::new(&view_parameters, headers)?;
    let loaded = state.loaded();
    let limit = scrape_limit(headers, state.timeout_offset)?;
    let request = plan::Request::read(&probe_parameters, limit, &loaded.config)?;
    let _in_flight = state.metrics.start_probe();
    let report = execute(
        &request,
        &loaded.network,
        &loaded.link_cache,
        clock::wall_clock_now(),
    )
    .await;
    state.metrics.record_probe(&report);
    state.watcher.record(&probe_parameters, &report).await;
    Ok(view.render(report).await)
}

pub(super) fn scrape_limit(
    headers: &HeaderMap,
    offset: Duration,
) -> Result<Option<Duration>, ParameterError> {
    let Some(value) = headers.get(plan::SCRAPE_TIMEOUT_HEADER) else {
        return Ok(None);
    };
    // What is not ASCII is no number either, and is refused as such.
    plan::scrape_limit(value.to_str().unwrap_or("?"), offset).map(Some)
}

/// How the caller wants to see the report.
struct ViewParameters {
    format: Format,
    debug: bool,
}

impl ViewParameters {
    fn new(parameters: &[(String, String)], headers: &HeaderMap) -> Result<Self, ParameterError> {
        let format = match single_value(parameters, "format")? {
            None => Format::from_accept(accept(headers)),
            Some(word) => Format::from_name(word)
                .ok_or_else(|| unknown_value_error("format", word, &Format::ALL.map(|(_, w)| w)))?,
        };
        let debug = match single_value(parameters, "debug")? {
            None | Some("false") => false,
            Some("true") => true,
            Some(word) => return Err(unknown_value_error("debug", word, &["true", "false"])),
        };
        Ok(Self { format, debug })
    }

    async fn render(self, report: AnyReport) -> (&'static str, String) {
        if !self.debug {
            return (
                self.format.content_type(),
                view::render(&report, self.format),
            );
        }
        // A transcript of answers made to hurt is megabytes of text: not the reactor's work.
        let text = tokio::task::spawn_blocking(move || transcript(&report)).await;
        (
            Format::Text.content_type(),
            text.unwrap_or_else(|error| resume_unwind(error.into_panic())),
        )
    }
}

fn accept(headers: &HeaderMap) -> &str {
    let value = headers.get(header::ACCEPT);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn single_value<'p>(
    parameters: &'p [(String, String)],
    name: &str,
) -> Result<Option<&'p str>, ParameterError> {
    let mut values = parameters
        .iter()
        .filter(|(parameter, _)| parameter == name)
        .map(|(_, value)| value.as_str());
    let first = values.next();
    if values.next().is_some() {
        return Err(ParameterError::new(name, "given more than once"));
    }
    Ok(first)
}

fn unknown_value_error(name: &str, word: &str, known: &[&str]) -> ParameterError {
    ParameterError::new(
        name,
        format!("\"{word}\" is not one of {}", known.join(", ")),
    )
}
