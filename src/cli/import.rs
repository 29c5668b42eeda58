//! `outsidein config import`.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use super::CommandError;
use super::output::{print, print_message};
use crate::blackbox::{ImportResult, import};

pub(super) fn run(file: &Path, output: Option<&Path>) -> Result<ExitCode, CommandError> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| CommandError(format!("{name}: cannot be read: {error}")))?;
    let ImportResult {
        probes,
        imported_count,
        module_count,
        notes,
    } = import(&text, &name)?;
    match output {
        Some(output) => {
            let result = write_new(output, &probes);
            result
                .map_err(|error| CommandError(format!("--output {}: {error}", output.display())))?;
        }
        None => print(&probes)?,
    }
    for note in notes {
        print_message(&note.to_string());
    }
    print_message(&format!(
        "{name}: {imported_count} of {module_count} modules carried over"
    ));
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that is not there yet, or none: half of one would also keep the next try from writing it.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    // Some disks are found to be full only when they must have it all.
    let result = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    if result.is_err() {
        // That it could not be written says more than that it could not be taken away.
        let _ = std::fs::remove_file(path);
    }
    result
}
