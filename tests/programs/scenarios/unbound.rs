//! The judge: NLnet Labs' unbound, as a validating resolver over the embedded nameserver.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::{Duration, Instant};

use outsidein::dns::{EDNS_UDP_SIZE, Message, Name, Query, Rcode, RrType};

use crate::process::{Directory, Process, command};
use crate::scenarios::scenario::Status;
use crate::scenarios::world::{PARENT, World};

const WAIT_TIMEOUT: Duration = Duration::from_secs(20);
/// How often another port is tried when somebody took the first between our looking and unbound's binding.
const ATTEMPTS: usize = 5;
const ID: u16 = 0x4F49;

/// A running unbound; it ends when this value is dropped, and when the test process dies.
pub struct Unbound {
    address: SocketAddr,
    _process: Process,
    _directory: Directory,
}

/// What unbound holds of an answer.
pub struct Opinion {
    /// Its status.
    pub status: Status,
    /// Its Extended DNS Errors (RFC 8914).
    pub errors: Vec<u16>,
}

impl Unbound {
    /// Starts it over `world`, with the parent's key as its only trust anchor.
    pub fn start(world: &World) -> Self {
        let directory = Directory::new();
        for _ in 0..ATTEMPTS {
            let address = free_address();
            let file = directory.write(
                "unbound.conf",
                &configuration(world, address, directory.path().to_str().expect("a path")),
            );
            let mut unbound = command("unbound");
            unbound.arg("-d").arg("-c").arg(file);
            let mut process = Process::start(&unbound, directory.path().join("log"));
            match wait_until_ready(&mut process, address) {
                Ok(()) => {
                    return Self {
                        address,
                        _process: process,
                        _directory: directory,
                    };
                }
                Err(log) if log.contains("in use") => {}
                Err(log) => panic!("unbound does not answer; its log:\n{log}"),
            }
        }
        panic!("{ATTEMPTS} ports were taken while unbound started")
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks for a name and a type.
    pub fn validate(&self, name: &str, rtype: RrType) -> Opinion {
        let answer = ask(self.address, name, rtype, false)
            .unwrap_or_else(|| panic!("unbound is silent about {name} {rtype}"));
        let errors = answer
            .edns
            .iter()
            .flat_map(|edns| &edns.extended_errors)
            .map(|error| error.info_code.0)
            .collect();
        let status = match answer.rcode {
            Rcode::NOERROR | Rcode::NXDOMAIN if answer.header.ad => Status::Secure,
            Rcode::NOERROR | Rcode::NXDOMAIN => Status::Insecure,
            // Whoever does not want a judgement gets what was bogus (RFC 4035 section 3.2.2).
            _ => match ask(self.address, name, rtype, true) {
                Some(unchecked) if unchecked.rcode != Rcode::SERVFAIL => Status::Bogus,
                _ => Status::Unanswered,
            },
        };
        Opinion { status, errors }
    }
}

/// Nothing leaves this machine: all names are stubs of the embedded nameserver, which refuses those that it does not serve.
fn configuration(world: &World, address: SocketAddr, directory: &str) -> String {
    let mut text = format!(
        "server:\n\
         interface: {}@{}\n\
         access-control: 127.0.0.0/8 allow\n\
         outgoing-interface: 127.0.0.1\n\
         do-ip6: no\n\
         do-not-query-localhost: no\n\
         do-daemonize: no\n\
         username: \"\"\n\
         chroot: \"\"\n\
         directory: \"{directory}\"\n\
         pidfile: \"\"\n\
         use-syslog: no\n\
         verbosity: 1\n\
         module-config: \"validator iterator\"\n\
         local-zone: \"{PARENT}.\" nodefault\n\
         trust-anchor: \"{PARENT}. DS {}\"\n\
         ede: yes\n\
         # Each answer for itself, as of now, and not from what another one proved.\n\
         val-sig-skew-min: 0\n\
         val-sig-skew-max: 0\n\
         val-max-restart: 0\n\
         aggressive-nsec: no\n\
         harden-below-nxdomain: no\n\
         qname-minimisation: no\n\
         target-fetch-policy: \"0 0 0 0 0\"\n",
        address.ip(),
        address.port(),
        world.anchor,
    );
    let zones = world
        .children
        .iter()
        .map(|child| child.apex.as_str())
        .chain([PARENT, ""]);
    for zone in zones {
        let server = world.address();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "stub-zone:\n name: \"{zone}.\"\n stub-addr: {}@{}\n",
            server.ip(),
            server.port()
        );
    }
    text
}

fn free_address() -> SocketAddr {
    let probe = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP port on 127.0.0.1");
    let address = probe.local_addr().expect("its address");
    match TcpListener::bind(address) {
        Ok(_) => address,
        Err(_) => free_address(),
    }
}

fn wait_until_ready(process: &mut Process, address: SocketAddr) -> Result<(), String> {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while ask(address, PARENT, RrType::SOA, false)
        .is_none_or(|answer| answer.rcode != Rcode::NOERROR)
    {
        if process.has_ended() || Instant::now() > deadline {
            return Err(process.log());
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    Ok(())
}

/// Asks with RD and DO, and with CD where nothing is to be checked.
fn ask(server: SocketAddr, name: &str, rtype: RrType, unchecked: bool) -> Option<Message> {
    const RD: u8 = 0x01;
    const CD: u8 = 0x10;
    let name: Name = name.parse().expect("a name");
    let mut query = Query::new(name, rtype, EDNS_UDP_SIZE).octets(ID, true);
    query[2] |= RD;
    query[3] |= if unchecked { CD } else { 0 };
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.connect(server).ok()?;
    socket.set_read_timeout(Some(WAIT_TIMEOUT)).ok()?;
    socket.send(&query).ok()?;
    let mut octets = vec![0; 65_535];
    let size = socket.recv(&mut octets).ok()?;
    octets.truncate(size);
    Message::read(octets).ok()
}
