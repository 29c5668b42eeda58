//! `outsidein config import`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use super::CommandError;
use super::output::{print, say};
use crate::config::{Imported, import};

pub(super) fn run(file: &Path, output: Option<&Path>) -> Result<ExitCode, CommandError> {
    let name = file.display().to_string();
    let text =
        std::fs::read_to_string(file).map_err(|error| CommandError(format!("{name}: cannot be read: {error}")))?;
    let Imported { probes, carried, modules, findings } = import(&text, &name)?;
    match output {
        Some(output) => {
            let written = OpenOptions::new().write(true).create_new(true).open(output);
            let written = written.and_then(|mut file| file.write_all(probes.as_bytes()));
            written.map_err(|error| CommandError(format!("--output {}: {error}", output.display())))?;
        }
        None => print(&probes)?,
    }
    for finding in findings {
        say(&finding.to_string());
    }
    say(&format!("{name}: {carried} of {modules} modules carried over"));
    Ok(ExitCode::SUCCESS)
}
