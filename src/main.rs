//! The `outsidein` command; see `outsidein --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    outsidein::cli::run()
}
