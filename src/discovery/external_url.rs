//! The URL under which scrapers reach the exporter, if it is not the one of the request for discovery.

use std::net::Ipv6Addr;

use axum::http::uri::{Authority, Uri};

use super::ScrapeAddress;

/// Reads the URL under which scrapers reach the exporter.
pub fn external_url(text: &str) -> Result<ScrapeAddress, String> {
    let uri: Uri = text
        .parse()
        .map_err(|error| format!("{text:?} is not a URL: {error}"))?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| ["http", "https"].contains(scheme));
    let (Some(scheme), Some(host)) = (scheme, uri.authority()) else {
        return Err(format!(
            "{text:?} is not a URL that begins with http:// or https:// and a host"
        ));
    };
    if host.as_str().contains('@') || uri.query().is_some() || text.contains('#') {
        return Err(format!(
            "{text:?} has more than a scheme, a host, a port and a path"
        ));
    }
    let authority = authority(host.as_str()).map_err(|message| format!("{text:?}: {message}"))?;
    if !uri.path().chars().all(is_literal_path_character) {
        return Err(format!(
            "{text:?} has a path of other than letters, digits and -._~!$&'()*+,;=:@/, which not every scraper asks for alike"
        ));
    }
    let prefix = uri.path().trim_end_matches('/').to_owned();
    Ok(ScrapeAddress {
        scheme: scheme.to_owned(),
        authority,
        prefix,
    })
}

/// A host, and a port if there is one; the URL's parser also takes a port that is none.
pub(crate) fn authority(text: &str) -> Result<String, String> {
    let is_authority = |authority: &Authority| {
        let host = authority.host();
        let address = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let is_host = address.map_or(!host.is_empty(), |address| {
            address.parse::<Ipv6Addr>().is_ok()
        });
        is_host
            && text
                .strip_prefix(host)
                .is_some_and(|after_host| after_host.is_empty() || is_port(after_host))
    };
    let authority = text.parse().ok().filter(is_authority);
    let authority = authority.map(|authority: Authority| authority.to_string());
    authority.ok_or_else(|| {
        format!("{text:?} is not a host, with a port from 1 to 65535 if there is one")
    })
}

fn is_port(after_host: &str) -> bool {
    let digits = after_host
        .strip_prefix(':')
        .filter(|port| port.bytes().all(|octet| octet.is_ascii_digit()));
    digits.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// What a path may have (RFC 3986 section 3.3), but for `%`: VictoriaMetrics asks for `%20` where a label says so, Prometheus for
/// `%2520`.
fn is_literal_path_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_url_is_split_into_parts() {
        let read = |text| external_url(text).map(|url| (url.scheme, url.authority, url.prefix));
        let parts = |scheme: &str, authority: &str, prefix: &str| {
            Ok((scheme.to_owned(), authority.to_owned(), prefix.to_owned()))
        };
        assert_eq!(
            read("http://127.0.0.1:9853"),
            parts("http", "127.0.0.1:9853", "")
        );
        assert_eq!(
            read("https://control.example.net/dns/"),
            parts("https", "control.example.net", "/dns")
        );
        assert_eq!(
            read("http://[2001:db8::1]:9853/"),
            parts("http", "[2001:db8::1]:9853", "")
        );
        assert_eq!(
            read("http://[2001:db8::1]"),
            parts("http", "[2001:db8::1]", "")
        );
        assert_eq!(read("http://h:1"), parts("http", "h:1", ""));
        assert_eq!(
            read("http://h:65535/a-b_c.d~e!$&'()*+,;=:@/"),
            parts("http", "h:65535", "/a-b_c.d~e!$&'()*+,;=:@")
        );
    }

    #[test]
    fn invalid_host_or_port_is_rejected() {
        for authority in [
            "h:99999", "h:65536", "h:80abc", "h:", "h:0", "h:+80", ":80", "[]:80", "[::g]:80",
            "[::1]80", "[::1]:",
        ] {
            for text in [
                format!("http://{authority}"),
                format!("https://{authority}/dns"),
            ] {
                let message = external_url(&text).unwrap_err();
                // Some of these are no URL to the parser either.
                let is_named = message.contains(&format!(
                    "{authority:?} is not a host, with a port from 1 to 65535"
                ));
                assert!(is_named || message.contains("is not a URL: "), "{message}");
            }
        }
    }

    /// VictoriaMetrics asks for a path as it stands in the label, Prometheus for one whose `%` it has made `%25`.
    #[test]
    fn ambiguous_path_is_rejected() {
        for path in [
            "/a%20b", "/%64ns", "/\u{fc}", "/a\"b", "/{a}", "/a|b", "/a^b",
        ] {
            let message = external_url(&format!("http://h{path}")).unwrap_err();
            assert!(
                message.contains("has a path of other than") || message.contains("is not a URL: "),
                "{message}"
            );
        }
    }

    #[test]
    fn invalid_external_url_is_rejected_with_its_text() {
        for text in [
            "",
            "/dns",
            "control:9853",
            "ftp://control",
            "http://",
            "http://a@control",
            "http://c/?x",
            "http://c/#x",
        ] {
            let message = external_url(text).unwrap_err();
            assert!(message.starts_with(&format!("{text:?}")), "{message}");
        }
    }
}
