//! `GET /drill/probe`, which the scraper asks for the canary zone, and `POST /drill/alertmanager`, where its alert comes back.
//! Neither is there unless probes.json has a drill.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::probe::scrape_limit;
use super::state::State;
use crate::view::Format;

/// The largest message in octets that is read: one of Alertmanager's has about 1000 for each alert, and the route of the drill
/// sends one alert.
pub(super) const MAX_NOTIFICATION: usize = 256 * 1024;

pub(super) async fn probe(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    if !state.drill.is_configured() {
        return no_drill();
    }
    let Ok(_permit) = state.probe_permits.try_acquire() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many probes at once\n").into_response();
    };
    let limit = match scrape_limit(&headers, state.timeout_offset) {
        Ok(limit) => limit,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    match state.drill.probe(limit).await {
        Ok(text) => (
            [(header::CONTENT_TYPE, Format::Prometheus.content_type())],
            text,
        )
            .into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}

/// Alertmanager sends again what is answered by a 5xx, so an alert of another drill is none.
pub(super) async fn receive(Shared(state): Shared<Arc<State>>, body: Bytes) -> Response {
    if !state.drill.is_configured() {
        return no_drill();
    }
    match state.drill.receive(&body) {
        Ok(true) => "the alert of the last drill\n".into_response(),
        Ok(false) => "no alert of the last drill\n".into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

fn no_drill() -> Response {
    (
        StatusCode::NOT_FOUND,
        "no drill is configured (probes.json: \"drill\")\n",
    )
        .into_response()
}
