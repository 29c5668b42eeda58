//! The program as a shell sees it: what it prints, and how it ends.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

fn outsidein(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outsidein"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Longer than what a pipe holds, so that whoever stops reading breaks it.
const LONG: &[&str] = &["config", "schema"];

#[test]
fn closed_output_pipe_is_not_an_error() {
    let mut child = outsidein(LONG)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("standard error")
        .read_to_string(&mut stderr)
        .expect("text");
    let ended = child.wait().expect("it ends");
    assert_eq!((ended.code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn full_disk_is_a_named_error() {
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("every Linux has /dev/full");
    let ended = outsidein(LONG).stdout(full).output().expect("it runs");
    let stderr = String::from_utf8(ended.stderr).expect("text");
    assert_eq!(ended.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.starts_with("outsidein: standard output: ") && stderr.lines().count() == 1,
        "{stderr}"
    );
}

/// What is said beside the result is no reason to end otherwise.
#[test]
fn closed_standard_error_does_not_change_the_exit_code() {
    let several = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/config/invalid/several.json"
    );
    let blackbox = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/programs/blackbox_import/blackbox.yml"
    );
    let unhealthy = &["healthcheck", "--web.listen-address", "127.0.0.1:1"][..];
    let (check, import) = (
        &["config", "check", "--config.file", several][..],
        &["config", "import", blackbox][..],
    );
    for (arguments, code) in [(check, 2), (import, 0), (unhealthy, 1)] {
        let full = File::options()
            .write(true)
            .open("/dev/full")
            .expect("every Linux has /dev/full");
        let ended = outsidein(arguments).stderr(full).output().expect("it runs");
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}");
    }
}

/// A problem each, so that none is lost to whoever looks for the program's name in a log.
#[test]
fn every_error_line_begins_with_the_program_name() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/config/invalid/several.json"
    );
    let ended = outsidein(&["config", "check", "--config.file", file])
        .output()
        .expect("it runs");
    let stderr = String::from_utf8(ended.stderr).expect("text");
    assert_eq!(ended.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.lines().count() > 1 && stderr.lines().all(|line| line.starts_with("outsidein: ")),
        "{stderr}"
    );
}

#[test]
fn config_check_names_the_resolvers_or_warns() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("resolvers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("probes.json");
    let check = |resolver: &str| {
        let text = format!(r#"{{ "trust": {{ "resolver": {resolver} }} }}"#);
        std::fs::write(&file, text).expect("a file");
        let mut command = outsidein(&["config", "check", "--config.file"]);
        let ended = command.arg(&file).output().expect("it runs");
        assert_eq!(ended.status.code(), Some(0), "{resolver}: {ended:?}");
        let stdout = String::from_utf8(ended.stdout).expect("text");
        let resolvers = stdout.lines().nth(1).expect("a second line").to_owned();
        (resolvers, ended.stderr.is_empty())
    };
    let expected = [
        (
            r#""none""#,
            "resolvers: none (trust.resolver is \"none\")",
            false,
        ),
        (
            r#"["192.0.2.53", "[2001:db8::53]:5353"]"#,
            "resolvers: 192.0.2.53:53, [2001:db8::53]:5353 (trust.resolver)",
            true,
        ),
    ];
    for (resolver, line, is_quiet) in expected {
        assert_eq!(check(resolver), (line.to_owned(), is_quiet), "{resolver}");
    }
    // Whichever this machine has.
    let (line, is_quiet) = check(r#""system""#);
    assert!(line.contains("/etc/resolv.conf"), "{line}");
    assert_eq!(is_quiet, !line.starts_with("resolvers: none"), "{line}");
    std::fs::remove_dir_all(&folder).expect("it was there");
}

#[test]
fn debug_flag_works_with_and_without_a_value() {
    let probe = |debug: &[&str]| {
        // Nothing listens there.
        let mut command = outsidein(&["probe", "--target", "127.0.0.1:1", "--zone", "example.net"]);
        let ended = command.args(debug).output().expect("it runs");
        (
            ended.status.code(),
            String::from_utf8(ended.stdout)
                .expect("text")
                .contains("--- metrics\n"),
        )
    };
    assert_eq!(probe(&[]), (Some(1), false));
    assert_eq!(probe(&["--debug"]), (Some(1), true));
    assert_eq!(probe(&["--debug", "true"]), (Some(1), true));
    assert_eq!(probe(&["--debug=false"]), (Some(1), false));
    assert_eq!(probe(&["--debug=maybe"]), (Some(2), false));
}

#[test]
fn documented_import_produces_the_documented_output() {
    let page = include_str!("../../docs/from-blackbox.md");
    let block = |language: &str| {
        let after = page
            .split(&format!("```{language}\n"))
            .nth(1)
            .expect("a block");
        after.split("```").next().expect("its end")
    };
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("blackbox.yml"), block("yaml")).expect("a file");
    let ended = outsidein(&["config", "import", "blackbox.yml"])
        .current_dir(&folder)
        .output()
        .expect("it runs");
    std::fs::remove_dir_all(&folder).expect("it was there");
    let decode = |octets| String::from_utf8(octets).expect("text");
    assert_eq!(decode(ended.stdout), block("json"));
    let (command, listing) = block("console")
        .split_once('\n')
        .expect("a command and what it says");
    assert_eq!(
        (command, listing),
        (
            "$ outsidein config import blackbox.yml --output probes.json",
            &*decode(ended.stderr)
        )
    );
}

/// What was written by hand must not be lost to a second import.
#[test]
fn import_writes_modules_and_lists_the_rest() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("import-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (yml, json) = (folder.join("blackbox.yml"), folder.join("probes.json"));
    let text = "modules:\n  web: { prober: http }\n  soa: { prober: dns, dns: { query_name: example.net, query_type: SOA } }\n";
    std::fs::write(&yml, text).expect("a file");
    let run = || {
        let mut command = outsidein(&["config", "import"]);
        let ended = command
            .arg(&yml)
            .arg("--output")
            .arg(&json)
            .output()
            .expect("it runs");
        assert!(ended.stdout.is_empty());
        (
            ended.status.code(),
            String::from_utf8(ended.stderr).expect("text"),
        )
    };
    let (code, stderr) = run();
    let at = yml.display();
    let expected = format!(
        "outsidein: {at}:2: modules.web.prober: module not carried over: \"http\" is no prober of DNS\n\
         outsidein: {at}: 1 of 2 modules carried over\n"
    );
    assert_eq!((code, stderr.as_str()), (Some(0), expected.as_str()));
    let checked = outsidein(&["config", "check", "--config.file"])
        .arg(&json)
        .output()
        .expect("it runs");
    assert_eq!(
        checked.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    std::fs::write(&json, "{}").expect("a file");
    let (code, stderr) = run();
    assert!(
        code == Some(2) && stderr.contains("--output") && stderr.contains("File exists"),
        "{stderr}"
    );
    assert_eq!(std::fs::read_to_string(&json).expect("the file"), "{}");
    std::fs::write(&yml, "modules:\n  soa: { prober: dns, dsn: {} }\n").expect("a file");
    let (code, stderr) = run();
    assert!(
        code == Some(2) && stderr.starts_with(&format!("outsidein: {at}:2:23: unknown key `dsn`")),
        "{stderr}"
    );
    std::fs::remove_dir_all(&folder).expect("it was there");
}

/// Half a file would keep the next try from writing a whole one.
#[test]
fn failed_import_leaves_no_partial_file() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("full-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let module = |number| {
        format!("  m{number}: {{ prober: dns, dns: {{ query_name: a, query_type: SOA }} }}\n")
    };
    let text = format!("modules:\n{}", (0..40).map(module).collect::<String>());
    std::fs::write(folder.join("blackbox.yml"), text).expect("a file");
    let run = |limit: &str| {
        // A file beyond the limit is an error like that of a full disk to whoever ignores the signal.
        let script = format!(
            "trap '' XFSZ; {limit} exec \"$0\" config import blackbox.yml --output probes.json"
        );
        let mut shell = Command::new("sh");
        let ended = shell
            .args(["-c", &script, env!("CARGO_BIN_EXE_outsidein")])
            .current_dir(&folder)
            .output();
        let ended = ended.expect("it runs");
        (
            ended.status.code(),
            String::from_utf8(ended.stderr).expect("text"),
        )
    };
    let (code, stderr) = run("ulimit -f 1;");
    assert!(
        code == Some(2) && stderr.starts_with("outsidein: --output probes.json: File too large"),
        "{stderr}"
    );
    let remaining_files: Vec<_> = std::fs::read_dir(&folder)
        .expect("it is there")
        .map(|file| file.expect("a file").file_name())
        .collect();
    assert_eq!(remaining_files, ["blackbox.yml"]);
    let (code, stderr) = run("");
    assert!(
        code == Some(0) && stderr.ends_with(": 40 of 40 modules carried over\n"),
        "{stderr}"
    );
    std::fs::remove_dir_all(&folder).expect("it was there");
}

/// What `serve` is started with, the file has to follow.
#[test]
fn file_discovery_includes_the_timeout_offset() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("offset-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let probes = r#"{
      "nameservers": { "ns1": { "addresses": ["192.0.2.1"] } },
      "zones": { "example.net": { "nameservers": ["ns1"], "interval_seconds": 60 } }
    }"#;
    std::fs::write(folder.join("probes.json"), probes).expect("a file");
    let run = |offset: &[&str]| {
        let mut command = outsidein(&["config", "discovery"]);
        let ended = command
            .args(offset)
            .current_dir(&folder)
            .output()
            .expect("it runs");
        (
            ended.status.code(),
            String::from_utf8([ended.stdout, ended.stderr].concat()).expect("text"),
        )
    };
    let table = [
        (&[][..], 0, "\"__scrape_timeout__\": \"5500ms\""),
        (
            &["--timeout-offset", "2"],
            0,
            "\"__scrape_timeout__\": \"7000ms\"",
        ),
        (
            &["--timeout-offset=1e19"],
            0,
            "\"__scrape_timeout__\": \"60000ms\"",
        ),
        (
            &["--timeout-offset", "soon"],
            2,
            "--timeout-offset <SECONDS>': not a number of seconds",
        ),
    ];
    for (offset, expected, says) in table {
        let (code, output) = run(offset);
        assert!(
            code == Some(expected) && output.contains(says),
            "{offset:?}: {output}"
        );
    }
    std::fs::remove_dir_all(&folder).expect("it was there");
}

#[test]
fn invalid_external_url_is_rejected_at_start() {
    for (url, says) in [
        (
            "http://h:99999",
            "\"h:99999\" is not a host, with a port from 1 to 65535 if there is one",
        ),
        ("http://h/a%20b", "has a path of other than"),
    ] {
        // Where it could not listen, so that it ends in any case.
        for command in [
            &["serve", "--web.listen-address", "192.0.2.1:1"][..],
            &["config", "discovery"],
        ] {
            let ended = outsidein(command)
                .args(["--web.external-url", url])
                .output()
                .expect("it runs");
            let stderr = String::from_utf8(ended.stderr).expect("text");
            assert!(
                ended.status.code() == Some(2) && stderr.contains(says),
                "{command:?} {url}: {stderr}"
            );
        }
    }
}
