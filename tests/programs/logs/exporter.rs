//! The program under test, in a process of its own, with its log wherever it goes.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{Directory, Process};

const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// Where `Starter::OnDisk` has the log.
pub const DISK: &str = "/run/small/log";

/// A running `outsidein serve`.
pub struct Exporter {
    pub address: SocketAddr,
    process: Process,
    directory: Directory,
}

/// Who starts it.
#[derive(Clone, Copy)]
pub enum Starter {
    /// A shell.
    Shell,
    /// systemd: standard error is a stream of journald, and the environment says so.
    Systemd,
    /// Something that systemd started, and that sends standard error elsewhere.
    UnderSystemd,
    /// A shell that lets it open no more than a few files.
    Stingy,
    /// A shell that has it write its log where nobody reads.
    Unread,
    /// The same, and nothing fits in any more. Few files may be open.
    Stalled,
    /// A shell that has it write its log to a pipe whose reader goes after the first line. Few files may be open.
    Deserted,
    /// A shell that has it write its log to a disk that is full.
    Full,
    /// A shell that has it write its log to `DISK`, which the test has mounted.
    OnDisk,
}

/// Nobody listens there: the machine's resolvers are not asked, and no event says that there is none.
pub fn no_resolver() -> serde_json::Value {
    serde_json::json!({ "resolver": "127.0.0.1:1" })
}

impl Exporter {
    /// Starts it with `probes` as its probes.json, and waits until it answers.
    pub fn start(starter: Starter, flags: &[&str], probes: &str) -> Self {
        let directory = Directory::new();
        let probes = directory.write("probes.json", probes);
        let probes = probes.to_str().expect("UTF-8");
        Self::launch(
            starter.command(),
            &[&["--config.file", probes], flags].concat(),
            directory,
        )
    }

    /// Starts it in a folder that has no probes.json, and names none.
    pub fn start_without_file(flags: &[&str]) -> Self {
        let directory = Directory::new();
        let mut command = Command::new("env");
        command.arg("--chdir").arg(directory.path());
        Self::launch(command, flags, directory)
    }

    fn launch(mut command: Command, flags: &[&str], directory: Directory) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        command.arg(env!("CARGO_BIN_EXE_outsidein")).args([
            "serve",
            "--web.listen-address",
            &address.to_string(),
        ]);
        command.args(flags);
        let mut process = Process::start(&command, directory.path().join("log"));
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while TcpStream::connect(address).is_err() {
            assert!(
                !process.has_ended() && Instant::now() < deadline,
                "outsidein does not listen:\n{}",
                process.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        let exporter = Self {
            address,
            process,
            directory,
        };
        // It may listen before it has logged so.
        assert_eq!(exporter.request("GET", "/-/healthy").0, 200);
        exporter
    }

    /// `GET /probe` with this query, as Prometheus would; anything but 200 fails the test.
    pub fn scrape(&self, query: &str) -> String {
        let (status, body) = self.request("GET", &format!("/probe?{query}"));
        assert_eq!(status, 200, "{query}: {body}");
        body
    }

    /// Writes probes.json anew and has it read; returns the status.
    pub fn reload(&self, probes: &str) -> u16 {
        self.directory.write("probes.json", probes);
        self.request("POST", "/-/reload").0
    }

    /// What it wrote to standard error.
    pub fn standard_error(&self) -> String {
        self.process.log()
    }

    /// What a signal of this name does.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Tells it to stop, waits until it has, and returns its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        self.process.signal("TERM");
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while !self.process.has_ended() {
            assert!(
                Instant::now() < deadline,
                "it does not stop:\n{}",
                self.process.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        self.process.exit_code()
    }

    pub fn request(&self, method: &str, target: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).expect("the exporter listens");
        stream
            .set_read_timeout(Some(WAIT_TIMEOUT))
            .expect("a read timeout");
        write!(
            stream,
            "{method} {target} HTTP/1.0\r\nContent-Length: 0\r\n\r\n"
        )
        .expect("a request");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("a response");
        let (head, body) = response
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("{target}: {response}"));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        (
            status.unwrap_or_else(|| panic!("{target}: {head}")),
            body.to_owned(),
        )
    }
}

impl Starter {
    /// A command that runs what its arguments are.
    fn command(self) -> Command {
        const STREAM: &str = "JOURNAL_STREAM=$(stat --dereference --format=%d:%i /proc/self/fd/2); export JOURNAL_STREAM; ";
        const PIPE: &str = "pipe=$(mktemp -u) && mkfifo $pipe";
        let shell = |script: String| {
            let mut sh = Command::new("sh");
            sh.args(["-c", &script, "sh"]);
            sh
        };
        match self {
            Self::Shell => shell("exec \"$@\"".to_owned()),
            // systemd-cat connects the streams as systemd does; what it leaves out is the variable.
            Self::Systemd => {
                let mut cat = crate::process::command("systemd-cat");
                cat.args(["sh", "-c", &format!("{STREAM}exec \"$@\""), "sh"]);
                cat
            }
            Self::Unread => shell(format!(
                "{PIPE} && exec 3<>$pipe && rm $pipe && exec \"$@\" 2>&3"
            )),
            // As many octets as a pipe holds.
            Self::Stalled => shell(format!(
                "{PIPE} && exec 3<>$pipe && rm $pipe && head -c 65536 /dev/zero >&3 && ulimit -n 24 && exec \"$@\" 2>&3"
            )),
            Self::Deserted => shell(format!(
                "{PIPE} && {{ head -n 1 <$pipe & }} && exec 2>$pipe && rm $pipe && ulimit -n 24 && exec \"$@\""
            )),
            Self::Full => shell("exec \"$@\" 2>/dev/full".to_owned()),
            Self::OnDisk => shell(format!("exec \"$@\" 2>{DISK}")),
            Self::Stingy => shell("ulimit -n 24; exec \"$@\"".to_owned()),
            Self::UnderSystemd => shell("JOURNAL_STREAM=8:1 exec \"$@\"".to_owned()),
        }
    }
}

/// A port of 127.0.0.1 that is free for UDP and TCP.
pub fn free_port() -> u16 {
    for _ in 0..100 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP port");
        let port = udp.local_addr().expect("its address").port();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free for UDP and TCP at once")
}
