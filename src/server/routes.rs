//! What is served where.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use super::state::State;
use super::{discovery, drill, probe};
use crate::log::flush_log;
use crate::network::clock;
use crate::view::Format;

/// Every route of the exporter.
pub fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/", get(|| async { Html(INDEX) }))
        .route("/probe", get(probe::handle))
        .route("/sd", get(discovery::handle))
        .route("/metrics", get(metrics))
        .route("/config", get(config))
        .route("/drill/probe", get(drill::probe))
        .route(
            "/drill/alertmanager",
            post(drill::receive).layer(DefaultBodyLimit::max(drill::MAX_NOTIFICATION)),
        )
        .route("/-/healthy", get(|| async { "healthy\n" }))
        .route("/-/ready", get(|| async { "ready\n" }))
        .route("/-/reload", post(reload))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&state),
            count_request,
        ))
        .with_state(state)
}

const INDEX: &str = include_str!("index.html");

/// The paths that are counted by name; a stranger could make any number of others.
const PATHS: [&str; 10] = [
    "/",
    "/probe",
    "/sd",
    "/metrics",
    "/config",
    "/drill/probe",
    "/drill/alertmanager",
    "/-/healthy",
    "/-/ready",
    "/-/reload",
];

async fn count_request(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let path = PATHS
        .into_iter()
        .find(|path| *path == request.uri().path())
        .unwrap_or("other");
    let response = next.run(request).await;
    state
        .metrics
        .record_http_request(response.status().as_u16(), path);
    response
}

async fn metrics(Shared(state): Shared<Arc<State>>) -> Response {
    (
        [(header::CONTENT_TYPE, Format::Prometheus.content_type())],
        {
            let loaded = state.loaded();
            state
                .metrics
                .record_resolvers(loaded.link_cache.resolver_health().snapshot());
            let now = clock::wall_clock_now();
            let drill = state.drill.status(now.into());
            state.metrics.record_drill(drill.as_ref());
            state.metrics.encode(now)
        },
    )
        .into_response()
}

async fn config(Shared(state): Shared<Arc<State>>) -> Response {
    match serde_json::to_string_pretty(&state.loaded().config) {
        Ok(json) => (
            [(header::CONTENT_TYPE, Format::Json.content_type())],
            json + "\n",
        )
            .into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

async fn reload(Shared(state): Shared<Arc<State>>) -> Response {
    // Reading a file blocks; it is short and rare, and still not the reactor's work.
    let reloaded = tokio::task::spawn_blocking(move || state.reload()).await;
    flush_log().await;
    match reloaded {
        Ok(Ok(())) => "configuration reloaded\n".into_response(),
        Ok(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}
