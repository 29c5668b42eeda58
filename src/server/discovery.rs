//! `GET /sd`: what probes.json defines, as Prometheus's HTTP service discovery.

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::uri::{Authority, Uri};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::format::Format;
use super::state::State;
use crate::plan::ParameterError;
use crate::view::{ScrapeAddress, discovery};

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    if let Some((name, _)) = parameters.into_iter().next() {
        let error = ParameterError::new(name, "unknown; /sd takes none");
        return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response();
    }
    match state.external_url.clone().map_or_else(|| as_asked(&headers), Ok) {
        Ok(address) => {
            let json = discovery(&state.loaded().config, &address, state.timeout_offset);
            ([(header::CONTENT_TYPE, Format::Json.content_type())], json).into_response()
        }
        Err(message) => (StatusCode::BAD_REQUEST, format!("{message}\n")).into_response(),
    }
}

/// Whoever asks has reached the exporter under this name, so its scrapes will too.
fn as_asked(headers: &HeaderMap) -> Result<ScrapeAddress, &'static str> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = host.and_then(|host| host.parse::<Authority>().ok()).filter(|authority| !names_a_user(authority));
    let authority = authority.ok_or("header \"Host\": required, the host and port that scrapes are to go to")?;
    Ok(ScrapeAddress { scheme: "http".to_owned(), authority: authority.to_string(), prefix: String::new() })
}

/// Reads the URL under which scrapers reach the exporter.
pub fn external_url(text: &str) -> Result<ScrapeAddress, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{text:?} is not a URL: {error}"))?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme));
    let (Some(scheme), Some(authority)) = (scheme, uri.authority()) else {
        return Err(format!("{text:?} is not a URL that begins with http:// or https:// and a host"));
    };
    if names_a_user(authority) || uri.query().is_some() || text.contains('#') {
        return Err(format!("{text:?} has more than a scheme, a host, a port and a path"));
    }
    let prefix = uri.path().trim_end_matches('/').to_owned();
    Ok(ScrapeAddress { scheme: scheme.to_owned(), authority: authority.to_string(), prefix })
}

fn names_a_user(authority: &Authority) -> bool {
    authority.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_url_is_taken_apart() {
        let read = |text| external_url(text).map(|url| (url.scheme, url.authority, url.prefix));
        let parts = |scheme: &str, authority: &str, prefix: &str| {
            Ok((scheme.to_owned(), authority.to_owned(), prefix.to_owned()))
        };
        assert_eq!(read("http://127.0.0.1:9853"), parts("http", "127.0.0.1:9853", ""));
        assert_eq!(read("https://control.example.net/dns/"), parts("https", "control.example.net", "/dns"));
        assert_eq!(read("http://[2001:db8::1]:9853/"), parts("http", "[2001:db8::1]:9853", ""));
    }

    #[test]
    fn what_is_no_url_of_an_exporter_is_refused_by_name() {
        for text in
            ["", "/dns", "control:9853", "ftp://control", "http://", "http://a@control", "http://c/?x", "http://c/#x"]
        {
            let message = external_url(text).unwrap_err();
            assert!(message.starts_with(&format!("{text:?}")), "{message}");
        }
    }
}
