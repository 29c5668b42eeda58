//! What systemd is to a service: the socket that it is told things on.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddress, UnixDatagram};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{Directory, Process};

pub const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// The manager of one service at a time.
pub struct Manager {
    pub directory: Directory,
    socket: UnixDatagram,
    name: String,
}

impl Manager {
    pub fn new() -> Self {
        let directory = Directory::new();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        Self::at(directory, socket, path.display().to_string())
    }

    /// One whose socket is no file.
    pub fn abstract_one() -> Self {
        let directory = Directory::new();
        let name = directory.path().display().to_string();
        let socket =
            UnixAddress::from_abstract_name(&name).and_then(|name| UnixDatagram::bind_addr(&name));
        Self::at(directory, socket.expect("a socket"), format!("@{name}"))
    }

    fn at(directory: Directory, socket: UnixDatagram, name: String) -> Self {
        socket
            .set_read_timeout(Some(WAIT_TIMEOUT))
            .expect("a read timeout");
        Self {
            directory,
            socket,
            name,
        }
    }

    /// A variable of the service's environment.
    pub fn notify_socket(&self) -> String {
        format!("NOTIFY_SOCKET={}", self.name)
    }

    pub fn probes(&self, text: &str) -> PathBuf {
        self.directory.write("probes.json", text)
    }

    /// Starts the program with what `environment` has and its `arguments`.
    pub fn start(&self, environment: &[&str], arguments: &[&str]) -> Process {
        let mut command = Command::new("env");
        command
            .args(environment)
            .arg(self.notify_socket())
            .arg(env!("CARGO_BIN_EXE_outsidein"))
            .args(arguments);
        Process::start(&command, self.directory.path().join("log"))
    }

    /// The next thing that the manager is told, line by line.
    pub fn received_states(&self) -> Vec<String> {
        let mut datagram = [0; 4096];
        let length = self
            .socket
            .recv(&mut datagram)
            .expect("the service tells something");
        let text = std::str::from_utf8(&datagram[..length]).expect("a text");
        text.lines().map(str::to_owned).collect()
    }
}

/// Waits until it has ended by itself.
pub fn ended(process: &mut Process) {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while !process.has_ended() {
        assert!(
            Instant::now() < deadline,
            "it does not end:\n{}",
            process.log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An address of loopback that nobody has.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
}
