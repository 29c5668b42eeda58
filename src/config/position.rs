//! Where each value of a JSON text stands, which serde does not tell, and keys that stand twice, of which serde_json
//! keeps the last in silence.

use std::collections::BTreeMap;

use super::error::{Position, Problem};

/// The place of every value of a JSON text by its JSON pointer (RFC 6901).
pub(super) struct Positions<'t> {
    text: &'t str,
    offsets: BTreeMap<String, MemberOffsets>,
    repeated: Vec<(String, usize)>,
}

/// Octets from the start of the text.
#[derive(Clone, Copy)]
struct MemberOffsets {
    /// The key of a member; the value itself for an element.
    key: usize,
    value: usize,
}

/// Which end of a member is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberPart {
    Key,
    Value,
}

impl<'t> Positions<'t> {
    /// Walks `text`, which serde_json has accepted: that bounds its depth too.
    pub(super) fn new(text: &'t str) -> Self {
        let mut walker = JsonWalker {
            offset: 0,
            positions: Self {
                text,
                offsets: BTreeMap::new(),
                repeated: Vec::new(),
            },
        };
        walker.skip_blanks();
        walker.walk_value("", walker.offset);
        walker.positions
    }

    /// Every key that stands a second time in its object.
    pub(super) fn duplicates(&self) -> Vec<Problem> {
        let problem = |(pointer, offset): &(String, usize)| Problem {
            position: Some(Position::at_offset(self.text, *offset)),
            pointer: pointer.clone(),
            message: format!(
                "duplicate key; it stands already at line {}",
                self.line_of(pointer)
            ),
        };
        self.repeated.iter().map(problem).collect()
    }

    /// Where the value at `pointer` is; for one that is not there, the nearest value around it.
    pub(super) fn find(&self, pointer: &str, part: MemberPart) -> Position {
        let mut ancestor = pointer;
        let offsets = loop {
            if let Some(offsets) = self.offsets.get(ancestor) {
                break *offsets;
            }
            match ancestor.rfind('/') {
                Some(end) => ancestor = &ancestor[..end],
                None => break MemberOffsets { key: 0, value: 0 },
            }
        };
        Position::at_offset(
            self.text,
            if part == MemberPart::Key {
                offsets.key
            } else {
                offsets.value
            },
        )
    }

    fn line_of(&self, pointer: &str) -> usize {
        self.find(pointer, MemberPart::Key).line
    }
}

/// The pointer of a member or element of the value at `pointer`.
pub(crate) fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// A place as serde_json gives it: its columns are octets, and 0 stands for the end of the line before.
pub(super) fn at_line(text: &str, line: usize, column: usize) -> Position {
    let line_text = text
        .split('\n')
        .nth(line.saturating_sub(1))
        .unwrap_or_default()
        .as_bytes();
    let before = &line_text[..column.saturating_sub(1).min(line_text.len())];
    Position {
        line: line.max(1),
        column: String::from_utf8_lossy(before).chars().count() + 1,
    }
}

struct JsonWalker<'t> {
    offset: usize,
    positions: Positions<'t>,
}

impl<'t> JsonWalker<'t> {
    fn walk_value(&mut self, pointer: &str, key: usize) {
        self.add_member(pointer, key);
        match self.peek() {
            Some(b'{') => self.walk_members(pointer),
            Some(b'[') => self.walk_elements(pointer),
            Some(b'"') => {
                self.read_string();
            }
            _ => self.skip_while(|octet| !matches!(octet, b',' | b'}' | b']')),
        }
        self.skip_blanks();
    }

    fn add_member(&mut self, pointer: &str, key: usize) {
        let Positions {
            offsets, repeated, ..
        } = &mut self.positions;
        let is_inside = |(ancestor, _): &(String, usize)| {
            pointer
                .strip_prefix(ancestor)
                .is_some_and(|p| p.starts_with('/'))
        };
        if !offsets.contains_key(pointer) {
            offsets.insert(
                pointer.to_owned(),
                MemberOffsets {
                    key,
                    value: self.offset,
                },
            );
        } else if !repeated.last().is_some_and(is_inside) {
            repeated.push((pointer.to_owned(), key));
        }
    }

    fn walk_members(&mut self, pointer: &str) {
        self.step();
        while self.peek() == Some(b'"') {
            let start = self.offset;
            let key = unquoted(self.read_string());
            self.step();
            self.walk_value(&child(pointer, &key), start);
            self.step_over(b',');
        }
        self.step();
    }

    fn walk_elements(&mut self, pointer: &str) {
        self.step();
        for index in 0.. {
            if matches!(self.peek(), Some(b']') | None) {
                break;
            }
            self.walk_value(&child(pointer, &index.to_string()), self.offset);
            self.step_over(b',');
        }
        self.step();
    }

    /// Over a string and the blanks after it, which are not part of what is returned.
    fn read_string(&mut self) -> &'t str {
        let start = self.offset;
        self.offset += 1;
        while let Some(octet) = self.peek() {
            match octet {
                b'"' => break,
                b'\\' => self.offset += 2,
                _ => self.offset += 1,
            }
        }
        self.offset += 1;
        let text = self
            .positions
            .text
            .get(start..self.offset)
            .unwrap_or_default();
        self.skip_blanks();
        text
    }

    /// Over one octet and the blanks after it.
    fn step(&mut self) {
        self.offset += 1;
        self.skip_blanks();
    }

    fn step_over(&mut self, octet: u8) {
        if self.peek() == Some(octet) {
            self.step();
        }
    }

    fn skip_blanks(&mut self) {
        self.skip_while(|octet| matches!(octet, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.offset += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.positions.text.as_bytes().get(self.offset).copied()
    }
}

/// A key with its escapes read, so that `"a"` and `"\u0061"` are one.
fn unquoted(quoted: &str) -> String {
    serde_json::from_str(quoted).unwrap_or_else(|_| quoted.to_owned())
}
