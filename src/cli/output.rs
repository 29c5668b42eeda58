//! Results on standard output, which may end before they do.

use std::io::{self, ErrorKind, Write as _};

use super::CommandError;

/// Prints `text` and ends its last line. Whoever reads no further (`| head`) has what was wanted; a full disk has not.
pub(super) fn print(text: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    let written =
        out.write_all(text.trim_end().as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| CommandError(format!("standard output: {error}"))),
    }
}
