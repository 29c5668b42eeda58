//! BIND's delv: how it is asked, and how its words are read.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use crate::process::command;

/// What delv holds of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// "fully validated", and the data is there.
    Validated,
    /// There is no data; what it says about the proof.
    Negative(String),
    /// Anything else, in its words.
    Rejected(String),
}

impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Validated => f.write_str("fully validated"),
            Self::Negative(words) | Self::Rejected(words) => f.write_str(words),
        }
    }
}

/// Asks `server` for a name and a type, and judges the answer by the trust anchors in a file, which are those of `root`.
pub fn ask_delv(
    server: SocketAddr,
    (root, anchors): (&str, &Path),
    (name, rtype): (&str, &str),
) -> Opinion {
    let mut delv = command("delv");
    delv.args([
        format!("@{}", server.ip()),
        "-p".into(),
        server.port().to_string(),
        format!("+root={root}"),
    ]);
    delv.arg("-a")
        .arg(anchors)
        .args(["+nocrypto", "+multiline", "-q", name, "-t", rtype]);
    let output = delv.output().expect("delv");
    let text = [output.stdout, output.stderr].concat();
    read(&String::from_utf8_lossy(&text))
}

fn read(output: &str) -> Opinion {
    let words: Vec<_> = output
        .lines()
        .filter(|line| line.starts_with(';'))
        .collect();
    let failed = |line: &&&str| {
        line.starts_with(";; ") || line.contains("unsigned") || line.contains("not validated")
    };
    match (
        words.iter().find(failed),
        words.iter().find(|line| line.contains("negative response")),
    ) {
        (None, None) if words.contains(&"; fully validated") => Opinion::Validated,
        (_, Some(negative)) => Opinion::Negative((*negative).to_owned()),
        _ => Opinion::Rejected(words.join(" ")),
    }
}
