//! The programs in Python beside this file, in the environment that `scripts/test` makes of requirements.txt.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs a program with `input` and returns what it printed.
pub fn run(program: &str, arguments: &[String], input: &Value) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/dashboard");
    let mut python = Command::new(interpreter(&directory));
    // -I: nothing but the environment, whatever PYTHONPATH says.
    python
        .arg("-I")
        .arg(directory.join(program))
        .args(arguments);
    let mut child = python
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    // Whoever ends before it has read all says why on standard error.
    let _ = child
        .stdin
        .take()
        .expect("its input")
        .write_all(input.to_string().as_bytes());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{program}: {}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The environment's Python, with the very packages that are asked for now.
fn interpreter(directory: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target directory");
    let made_of = target.join("venv/requirements.txt");
    let [wanted, made] = [&directory.join("requirements.txt"), &made_of]
        .map(|path| std::fs::read_to_string(path).unwrap_or_default());
    assert!(
        made == wanted,
        "{}: missing or old; run `scripts/test python` to make it",
        made_of.display()
    );
    target.join("venv/bin/python")
}
