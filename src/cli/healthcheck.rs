//! `outsidein healthcheck`: for images that hold no shell and no curl.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::CommandError;
use super::arguments::HealthcheckArguments;
use super::exit::FAILURE;
use super::output::print_message;

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) async fn run(arguments: HealthcheckArguments) -> Result<ExitCode, CommandError> {
    let address = reachable(arguments.web.listen_address);
    let status = tokio::time::timeout(RESPONSE_TIMEOUT, status_line(address))
        .await
        .unwrap_or(Err(io::ErrorKind::TimedOut.into()));
    let problem = match status {
        Ok(line) if line.contains(" 200 ") => return Ok(ExitCode::SUCCESS),
        Ok(line) => line,
        Err(error) => error.to_string(),
    };
    print_message(&format!("{address} is not healthy: {problem}"));
    Ok(ExitCode::from(FAILURE))
}

/// A server that listens everywhere is asked on loopback.
fn reachable(listen_address: SocketAddr) -> SocketAddr {
    let ip = match listen_address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen_address.port())
}

async fn status_line(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET /-/healthy HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response.lines().next().unwrap_or_default().to_owned())
}
