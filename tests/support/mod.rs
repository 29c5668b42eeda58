//! An exporter in this process, asked over real HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use outsidein::server::{self, ConfigSource, ExporterMetrics, State};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// An exporter on a port that the kernel gave; it ends with the runtime of the test.
pub struct Exporter {
    pub address: SocketAddr,
}

/// What came back over HTTP.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

impl Exporter {
    pub async fn start(source: ConfigSource) -> Self {
        let metrics = ExporterMetrics::new("test", None).expect("the exporter's metrics register");
        let state = State::new(source, metrics, Duration::from_millis(500))
            .expect("the configuration is right");
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        tokio::spawn(server::serve(
            listener,
            server::router(Arc::new(state)),
            std::future::pending(),
        ));
        Self { address }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request("GET", path, &[]).await
    }

    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            request = request + name + ": " + value + "\r\n";
        }
        self.raw(&(request + "\r\n")).await
    }

    /// Sends `request` as it is.
    pub async fn raw(&self, request: &str) -> Response {
        let mut stream = TcpStream::connect(self.address)
            .await
            .expect("the exporter listens");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the request is taken");
        let mut response = String::new();
        stream
            .read_to_string(&mut response)
            .await
            .expect("the response is text");
        parse(&response)
    }
}

fn parse(response: &str) -> Response {
    let (head, body) = response
        .split_once("\r\n\r\n")
        .expect("a response has a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .expect("a response has a status");
    let header = |name: &str| {
        let line = head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
        line.and_then(|line| line.split_once(": "))
            .map(|(_, value)| value.to_owned())
            .unwrap_or_default()
    };
    assert!(
        header("transfer-encoding").is_empty(),
        "the reader here takes no chunks"
    );
    Response {
        status,
        content_type: header("content-type"),
        body: body.to_owned(),
    }
}
