//! Why a probes.json is refused: what, and where in which file.

use std::fmt;

/// A configuration that is refused, with everything that was found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// What is wrong, in the order of the file; at least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where; absent if the file could not be read at all.
    pub position: Option<Position>,
    /// The JSON pointer (RFC 6901) of the value; empty for the document as a whole.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl Position {
    /// Line and column of an octet; of the last octet's end if it lies beyond.
    pub(super) fn at_offset(text: &str, offset: usize) -> Self {
        let before = String::from_utf8_lossy(&text.as_bytes()[..offset.min(text.len())]);
        let last = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
        }
    }
}

impl ConfigError {
    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Self {
        Self::of_file(file, None, format!("cannot be read: {error}"))
    }

    pub(super) fn not_utf8(file: &str, octets: &[u8], error: std::str::Utf8Error) -> Self {
        let sound = String::from_utf8_lossy(&octets[..error.valid_up_to()]);
        let position = Position::at_offset(&sound, sound.len());
        Self::of_file(
            file,
            Some(position),
            "JSON is written in UTF-8 (RFC 8259 section 8.1), this is not".to_owned(),
        )
    }

    fn of_file(file: &str, position: Option<Position>, message: String) -> Self {
        Self {
            file: file.to_owned(),
            problems: vec![Problem {
                position,
                pointer: String::new(),
                message,
            }],
        }
    }
}

impl fmt::Display for ConfigError {
    /// One line for each problem: `file:line:column: /json/pointer: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&on_one_line(&format!("{}:{problem}", self.file)))?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Position { line, column }) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        if !self.pointer.is_empty() {
            write!(f, " {}:", self.pointer)?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Control characters escaped, so that nothing written in a file or a parameter makes a line of its own in a log.
pub(crate) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}
