//! Results on standard output, which may end before they do, and what is said beside them.

use std::io::{self, ErrorKind, Write as _};

use super::CommandError;

/// Prints `text` and ends its last line. Whoever reads no further (`| head`) has what was wanted; a full disk has not.
pub(super) fn print(text: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    let result = out
        .write_all(text.trim_end().as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| CommandError(format!("standard output: {error}"))),
    }
}

/// Says something to the operator, on standard error. Where nobody can read it there is nobody to tell, and what was done is
/// done: `eprintln!` would panic.
pub(super) fn print_message(line: &str) {
    let _ = writeln!(io::stderr(), "outsidein: {line}");
}
