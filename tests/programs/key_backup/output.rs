//! `outsidein keys compare`, run as its users run it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run of `keys compare` said.
#[derive(Debug)]
pub struct CommandOutput {
    /// Its exit code.
    pub code: i32,
    /// Its standard output, if that is JSON.
    pub result: Value,
    /// Its standard error.
    pub complaint: String,
}

impl CommandOutput {
    /// The tags of the keys in a state, sorted.
    pub fn tags(&self, state: &str) -> Vec<u64> {
        let rows = self.result["keys"]
            .as_array()
            .unwrap_or_else(|| panic!("{self:?}"));
        let mut tags: Vec<_> = rows
            .iter()
            .filter(|row| row["state"] == state)
            .filter_map(|row| row["key_tag"].as_u64())
            .collect();
        tags.sort_unstable();
        tags
    }

    /// Exit code and verdict.
    pub fn verdict(&self) -> (i32, &str) {
        (self.code, self.result["verdict"].as_str().unwrap_or("none"))
    }

    /// What each key says of one thing.
    pub fn each(&self, field: &str) -> Vec<&str> {
        let rows = self.result["keys"]
            .as_array()
            .unwrap_or_else(|| panic!("{self:?}"));
        rows.iter().filter_map(|row| row[field].as_str()).collect()
    }
}

pub const COMPLETE: (i32, &str) = (0, "complete");
pub const INCOMPLETE: (i32, &str) = (2, "incomplete");
pub const UNTOLD: (i32, &str) = (3, "untold");

/// `keys compare` with these arguments and standard input.
pub fn keys_compare<A: AsRef<std::ffi::OsStr>>(
    arguments: impl IntoIterator<Item = A>,
    input: &str,
) -> CommandOutput {
    let mut child = Command::new(env!("CARGO_BIN_EXE_outsidein"))
        .args(["keys", "compare", "--format", "json"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    CommandOutput {
        code: output.status.code().unwrap(),
        result: serde_json::from_slice(&output.stdout).unwrap_or_default(),
        complaint: String::from_utf8(output.stderr).unwrap(),
    }
}
