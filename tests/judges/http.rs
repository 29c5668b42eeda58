//! A plain HTTP client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// A plain HTTP/1.0 request, whose response ends with the connection.
pub fn get(server: SocketAddr, path: &str, parameters: &[(&str, &str)]) -> String {
    let encode = |(key, value): &(&str, &str)| format!("{key}={}", percent_encoded(value));
    let query: Vec<_> = parameters.iter().map(encode).collect();
    let target = format!("{path}?{}", query.join("&"));
    let mut stream = TcpStream::connect(server).unwrap_or_else(|error| panic!("{server}: {error}"));
    stream.set_read_timeout(Some(PATIENCE)).expect("a read timeout");
    write!(stream, "GET {target} HTTP/1.0\r\nHost: {server}\r\n\r\n").expect("a request");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap_or_else(|error| panic!("{target}: {error}"));
    let response = String::from_utf8(response).expect("UTF-8");
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{target}: {response}"));
    assert!(head.split(' ').nth(1) == Some("200"), "{target}: {response}");
    body.to_owned()
}

fn percent_encoded(value: &str) -> String {
    value
        .bytes()
        .map(|octet| match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(octet).to_string(),
            _ => format!("%{octet:02X}"),
        })
        .collect()
}
