//! `GET /sd`: what probes.json defines, as Prometheus's HTTP service discovery.

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::state::State;
use crate::discovery::{ScrapeAddress, authority, discovery};
use crate::plan::ParameterError;
use crate::view::Format;

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    if let Some((name, _)) = parameters.into_iter().next() {
        let error = ParameterError::new(name, "unknown; /sd takes none");
        return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response();
    }
    match state
        .external_url
        .clone()
        .map_or_else(|| address_from_host_header(&headers), Ok)
    {
        Ok(address) => {
            let json = discovery(&state.loaded().config, &address, state.timeout_offset);
            ([(header::CONTENT_TYPE, Format::Json.content_type())], json).into_response()
        }
        Err(message) => (StatusCode::BAD_REQUEST, format!("{message}\n")).into_response(),
    }
}

/// Whoever asks has reached the exporter under this name, so its scrapes will too.
fn address_from_host_header(headers: &HeaderMap) -> Result<ScrapeAddress, String> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host =
        host.ok_or("header \"Host\": required, the host and port that scrapes are to go to")?;
    let authority = authority(host).map_err(|message| format!("header \"Host\": {message}"))?;
    Ok(ScrapeAddress {
        scheme: "http".to_owned(),
        authority,
        prefix: String::new(),
    })
}
