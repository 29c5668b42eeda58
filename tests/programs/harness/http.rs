//! A plain HTTP client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// The body of an answer; anything but 200 fails the test.
pub fn get(server: SocketAddr, path: &str, parameters: &[(&str, &str)]) -> String {
    let (status, body) = answer(server, path, parameters);
    assert_eq!(status, 200, "{path} {parameters:?}: {body}");
    body
}

/// Status and body of the answer to a plain HTTP/1.0 request, which ends with the connection.
pub fn answer(server: SocketAddr, path: &str, parameters: &[(&str, &str)]) -> (u16, String) {
    let encode = |(key, value): &(&str, &str)| format!("{key}={}", percent_encoded(value));
    let query: Vec<_> = parameters.iter().map(encode).collect();
    let target = format!("{path}?{}", query.join("&"));
    let mut stream = TcpStream::connect(server).unwrap_or_else(|error| panic!("{server}: {error}"));
    stream
        .set_read_timeout(Some(WAIT_TIMEOUT))
        .expect("a read timeout");
    write!(stream, "GET {target} HTTP/1.0\r\nHost: {server}\r\n\r\n").expect("a request");
    let mut response = Vec::new();
    stream
        .read_to_end(&mut response)
        .unwrap_or_else(|error| panic!("{target}: {error}"));
    let response = String::from_utf8(response).expect("UTF-8");
    let (head, body) = response
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("{target}: {response}"));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (
        status.unwrap_or_else(|| panic!("{target}: {response}")),
        body.to_owned(),
    )
}

fn percent_encoded(value: &str) -> String {
    value
        .bytes()
        .map(|octet| match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(octet).to_string()
            }
            _ => format!("%{octet:02X}"),
        })
        .collect()
}
