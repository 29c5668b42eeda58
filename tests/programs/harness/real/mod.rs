//! Real nameservers from Debian on loopback, and judges who are not us.
//!
//! One file for each kind of server (`knot`, `nsd`, `bind`, `powerdns`), `zones` and `broken` for what they serve,
//! `delv` for the judge, `exporter` for us, `blackbox` for blackbox_exporter. Every server listens on 127.0.0.1 and ::1, UDP and TCP, on a port that the
//! kernel gave, and is gone with its directory when its [`Server`] is dropped or the test process dies.

pub mod ask;
pub mod bind;
pub mod blackbox_exporter;
pub mod broken;
pub mod delv;
pub mod divergences;
pub mod exporter;
pub mod knot;
pub mod nsd;
pub mod powerdns;
pub mod zones;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use outsidein::dns::{Rcode, RrType};

use crate::process::{Directory, Process};
use zones::Zone;

/// Both loopback addresses, IPv4 first.
pub const LOOPBACK: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

/// How long a server may take to load and sign its zones on a busy machine.
const WAIT_TIMEOUT: Duration = Duration::from_secs(90);
/// How often another port is tried when somebody took the first between our looking and the server's binding.
const ATTEMPTS: usize = 5;

/// A nameserver that answers for all its zones.
pub struct Server {
    /// Its kind, as it stands in divergences.txt.
    pub kind: &'static str,
    /// Its port on both loopback addresses.
    pub port: u16,
    /// What it serves.
    pub zones: Vec<Zone>,
    // Dropped in this order: the process first, then what it works on.
    _process: Process,
    directory: Directory,
}

impl Server {
    /// Starts the server that `configure` writes into the directory for a port, and waits until it serves `zones`.
    fn start(
        kind: &'static str,
        directory: Directory,
        zones: Vec<Zone>,
        configure: impl Fn(&Directory, &[Zone], u16) -> Command,
    ) -> Self {
        for _ in 0..ATTEMPTS {
            let port = free_port();
            let command = configure(&directory, &zones, port);
            let mut process = Process::start(&command, directory.path().join("log"));
            match wait_until_ready(&mut process, &zones, port) {
                Ok(()) => {
                    return Self {
                        kind,
                        port,
                        zones,
                        _process: process,
                        directory,
                    };
                }
                Err(problem) if problem.contains("in use") => {}
                Err(problem) => panic!("{kind}: {problem}"),
            }
        }
        panic!("{kind}: {ATTEMPTS} ports were taken while the server started")
    }

    /// Its address in each family.
    pub fn addresses(&self) -> [SocketAddr; 2] {
        LOOPBACK.map(|address| SocketAddr::new(address, self.port))
    }

    /// Where its files are.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }
}

/// A port on which no test listens: the kernel gives none below 1024.
pub const CLOSED_PORT: u16 = 1;

/// A port that is free for UDP and TCP on both loopback addresses.
///
/// Many tests run at once, so it is none of those that the kernel gives to anybody who asks for one (from 32768 on), and
/// each process begins its search elsewhere.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..100 {
        let number = std::process::id() * 37 + NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(10_000 + number % 20_000).expect("below 32768");
        let is_free = |&address: &IpAddr| {
            UdpSocket::bind((address, port)).is_ok() && TcpListener::bind((address, port)).is_ok()
        };
        if LOOPBACK.iter().all(is_free) {
            return port;
        }
    }
    panic!("no port is free on 127.0.0.1 and ::1 at once; is ::1 there (ip -6 addr show lo)?")
}

/// Waits until every zone's SOA is served in both families, and TCP accepts.
fn wait_until_ready(process: &mut Process, zones: &[Zone], port: u16) -> Result<(), String> {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    for address in LOOPBACK.map(|address| SocketAddr::new(address, port)) {
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            wait_a_little(process, deadline, &format!("{address} does not accept"))?;
        }
        for zone in zones {
            while !serves(address, zone) {
                wait_a_little(
                    process,
                    deadline,
                    &format!("{address} does not serve {}", zone.origin),
                )?;
            }
        }
    }
    Ok(())
}

fn wait_a_little(process: &mut Process, deadline: Instant, problem: &str) -> Result<(), String> {
    if process.has_ended() || Instant::now() > deadline {
        return Err(format!("{problem}; the server's log:\n{}", process.log()));
    }
    std::thread::sleep(Duration::from_millis(30));
    Ok(())
}

fn serves(address: SocketAddr, zone: &Zone) -> bool {
    ask::over_udp(address, &zone.origin, RrType::SOA).is_ok_and(|answer| {
        answer.rcode == Rcode::NOERROR && (answer.header.tc || !answer.answer.is_empty())
    })
}
