//! UDP and TCP on the loopback addresses of both families: a port, and tasks that end with the value that holds them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::respond::ServedZones;
use crate::dns::{Family, Transport};

/// Largest query read over UDP; no honest one has a tenth of it.
const MAX_UDP_QUERY: usize = 4096;
/// Open TCP connections a family.
const MAX_CONNECTIONS: usize = 64;
/// A TCP connection that says nothing for this long is closed (RFC 7766 section 6.2.3 asks for seconds).
const TCP_IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Rest after an error of a socket, so that one that persists costs nothing.
const ERROR_DELAY: Duration = Duration::from_millis(10);
/// Ports tried before a port that is free in both families and both transports is given up.
const PORT_ATTEMPTS: usize = 64;

/// A nameserver that runs until it is dropped.
#[derive(Debug)]
pub struct DemoNameserver {
    port: u16,
    addresses: Vec<SocketAddr>,
    ipv6_error: Option<String>,
    zones: Arc<ServedZones>,
    _tasks: JoinSet<()>,
}

impl DemoNameserver {
    /// Serves `zones` on 127.0.0.1 and ::1 at `port`, or at a port of the kernel's choice if that is 0.
    pub async fn start(zones: ServedZones, port: u16) -> io::Result<Self> {
        let ipv6_error = ipv6_error().await;
        let mut wanted = vec![IpAddr::from(Ipv4Addr::LOCALHOST)];
        if ipv6_error.is_none() {
            wanted.push(Ipv6Addr::LOCALHOST.into());
        }
        let (port, sockets) = bind(&wanted, port).await?;
        let zones = Arc::new(zones);
        let mut tasks = JoinSet::new();
        for FamilySockets { family, udp, tcp } in sockets {
            tasks.spawn(serve_udp(Arc::clone(&zones), udp, family));
            tasks.spawn(serve_tcp(Arc::clone(&zones), tcp, family));
        }
        let addresses = wanted
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect();
        Ok(Self {
            port,
            addresses,
            ipv6_error,
            zones,
            _tasks: tasks,
        })
    }

    /// The port of every address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it listens, over UDP and TCP: 127.0.0.1, then ::1 where the machine has IPv6.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Why it does not listen on ::1, on a machine without IPv6.
    pub fn ipv6_error(&self) -> Option<&str> {
        self.ipv6_error.as_deref()
    }

    /// What it serves.
    pub fn zones(&self) -> &ServedZones {
        &self.zones
    }
}

struct FamilySockets {
    family: Family,
    udp: UdpSocket,
    tcp: TcpListener,
}

/// The system's words if ::1 cannot be had at any port.
async fn ipv6_error() -> Option<String> {
    UdpSocket::bind((Ipv6Addr::LOCALHOST, 0))
        .await
        .err()
        .map(|error| error.to_string())
}

/// One port for all: where the kernel's choice for the first socket is taken elsewhere, another is asked for.
async fn bind(addresses: &[IpAddr], port: u16) -> io::Result<(u16, Vec<FamilySockets>)> {
    if port != 0 {
        return bind_at(addresses, port).await;
    }
    for _ in 0..PORT_ATTEMPTS {
        let chosen = UdpSocket::bind((addresses[0], 0))
            .await?
            .local_addr()?
            .port();
        match bind_at(addresses, chosen).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no port is free on 127.0.0.1 and ::1 over UDP and TCP",
    ))
}

async fn bind_at(addresses: &[IpAddr], port: u16) -> io::Result<(u16, Vec<FamilySockets>)> {
    let mut sockets = Vec::new();
    for address in addresses {
        let at = SocketAddr::new(*address, port);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{at}: {error}"));
        let udp = UdpSocket::bind(at).await.map_err(named)?;
        let tcp = TcpListener::bind(at).await.map_err(named)?;
        sockets.push(FamilySockets {
            family: Family::of_address(address),
            udp,
            tcp,
        });
    }
    Ok((port, sockets))
}

async fn serve_udp(zones: Arc<ServedZones>, socket: UdpSocket, family: Family) {
    let mut query = vec![0; MAX_UDP_QUERY];
    loop {
        let Ok((length, client)) = socket.recv_from(&mut query).await else {
            sleep(ERROR_DELAY).await;
            continue;
        };
        let query = query.get(..length).unwrap_or_default();
        if let Some(response) = zones.respond(query, Transport::Udp, family) {
            // A client that has gone is no concern of the server's.
            let _ = socket.send_to(&response, client).await;
        }
    }
}

async fn serve_tcp(zones: Arc<ServedZones>, listener: TcpListener, family: Family) {
    let mut connections = JoinSet::new();
    loop {
        if connections.len() == MAX_CONNECTIONS {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let zones = Arc::clone(&zones);
                connections.spawn(async move {
                    // Whatever ends a connection, the client sees it end.
                    let _ = serve_connection(&zones, stream, family).await;
                });
            }
            Err(_) => sleep(ERROR_DELAY).await,
        }
    }
}

/// Queries one after the other, each behind its length (RFC 7766 section 8), until the client is silent or gone.
async fn serve_connection(
    zones: &ServedZones,
    mut stream: TcpStream,
    family: Family,
) -> io::Result<()> {
    loop {
        let query = timeout(TCP_IDLE_TIMEOUT, read_query(&mut stream)).await??;
        let Some(response) = zones.respond(&query, Transport::Tcp, family) else {
            continue;
        };
        let length = u16::try_from(response.len()).unwrap_or_default();
        let framed = [length.to_be_bytes().as_slice(), &response].concat();
        timeout(TCP_IDLE_TIMEOUT, stream.write_all(&framed)).await??;
    }
}

async fn read_query(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut query = vec![0; usize::from(length)];
    stream.read_exact(&mut query).await?;
    Ok(query)
}
