//! What systemd is to a service: the socket that it is told things on.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{Directory, Process};

pub const PATIENCE: Duration = Duration::from_secs(30);

/// The manager of one service at a time.
pub struct Manager {
    pub directory: Directory,
    socket: UnixDatagram,
}

impl Manager {
    pub fn new() -> Self {
        let directory = Directory::new();
        let socket = UnixDatagram::bind(directory.path().join("notify")).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a read timeout");
        Self { directory, socket }
    }

    /// A variable of the service's environment.
    pub fn notify_socket(&self) -> String {
        format!("NOTIFY_SOCKET={}", self.directory.path().join("notify").display())
    }

    pub fn probes(&self, text: &str) -> PathBuf {
        self.directory.write("probes.json", text)
    }

    /// Starts the program with what `environment` has and its `arguments`.
    pub fn start(&self, environment: &[&str], arguments: &[&str]) -> Process {
        let mut command = Command::new("env");
        command.args(environment).arg(self.notify_socket()).arg(env!("CARGO_BIN_EXE_outsidein")).args(arguments);
        Process::start(&command, self.directory.path().join("log"))
    }

    /// The next thing that the manager is told, line by line.
    pub fn told(&self) -> Vec<String> {
        let mut datagram = [0; 4096];
        let length = self.socket.recv(&mut datagram).expect("the service tells something");
        let text = std::str::from_utf8(&datagram[..length]).expect("a text");
        text.lines().map(str::to_owned).collect()
    }
}

/// Waits until it has ended by itself.
pub fn ended(process: &mut Process) {
    let deadline = Instant::now() + PATIENCE;
    while !process.has_ended() {
        assert!(Instant::now() < deadline, "it does not end:\n{}", process.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An address of loopback that nobody has.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address")
}
