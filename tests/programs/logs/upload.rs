//! The way to VictoriaLogs: systemd-journal-upload sends the journal to the path that VictoriaLogs takes it at.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use crate::logs::exporter::{Exporter, Starter};
use crate::logs::journal::{Journal, apart, wait_for};
use crate::process::{Directory, Process, path_of};

#[test]
fn journal_upload_keeps_every_field_name() {
    apart(journal_upload_keeps_every_field_name, || {
        let journal = Journal::start();
        let exporter = Exporter::start(Starter::Systemd, &[], "{}");
        exporter.scrape("target=127.0.0.1:1&zone=example.net");
        wait_for(|| journal.events().len() == 2);
        let receiver = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!(
            "http://{}/insert/journald",
            receiver.local_addr().expect("its address")
        );
        let directory = Directory::new();
        configure(&url);
        let mut upload = Command::new(path_of("systemd-journal-upload"));
        upload.arg(format!("--directory={}", journal.place.display()));
        upload.arg(format!(
            "--save-state={}",
            directory.path().join("state").display()
        ));
        let _upload = Process::start(&upload, directory.path().join("log"));
        let (request, entry) = receive(&receiver);
        assert_eq!(
            request, "POST /insert/journald/upload HTTP/1.1",
            "as VictoriaLogs has it"
        );
        for line in [
            "F_ZONE=example.net.",
            "F_TARGET=127.0.0.1:1",
            "F_REASON=network_error",
            "PRIORITY=4",
        ] {
            assert!(
                entry.lines().any(|sent| sent == line),
                "{line} is missing from\n{entry}"
            );
        }
    });
}

/// Has it read the drop-in of deploy/, with the URL of the test's receiver.
fn configure(url: &str) {
    const PLACE: &str = "/run/systemd/journal-upload.conf.d";
    let drop_in = include_str!("../../../deploy/journal-upload/victorialogs.conf");
    let documented = "http://victorialogs.example.net:9428/insert/journald";
    assert!(
        drop_in.contains(&format!("\nURL={documented}\n")),
        "{drop_in}"
    );
    fs::create_dir_all(PLACE).expect("/run is ours");
    fs::write(
        format!("{PLACE}/victorialogs.conf"),
        drop_in.replace(documented, url),
    )
    .expect("/run is ours");
}

/// The request line, and the entry of the failed probe. The body is chunked and has no end: more may be logged.
fn receive(receiver: &TcpListener) -> (String, String) {
    let (stream, _) = receiver.accept().expect("somebody uploads");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a read timeout");
    let mut reader = BufReader::new(stream);
    let request = line(&mut reader);
    loop {
        match line(&mut reader).to_ascii_lowercase().as_str() {
            "" => break,
            "expect: 100-continue" => reader
                .get_mut()
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .expect("it listens"),
            _ => {}
        }
    }
    let mut body = String::new();
    loop {
        let entries = body.split_inclusive("\n\n");
        let mut whole = entries
            .filter(|entry| entry.ends_with("\n\n") && entry.contains("F_EVENT=probe_failed\n"));
        if let Some(entry) = whole.next() {
            return (request, entry.to_owned());
        }
        let size = line(&mut reader);
        let size = usize::from_str_radix(&size, 16)
            .unwrap_or_else(|error| panic!("{error}: {size:?} after\n{body}"));
        let mut chunk = vec![0; size];
        reader.read_exact(&mut chunk).expect("a chunk");
        body += &String::from_utf8_lossy(&chunk);
        line(&mut reader);
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}
