//! Domain names: uncompressed wire form, compared without regard to case (RFC 4343).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use super::wire::{Cursor, WireError};

/// Longest name in octets, the root label included (RFC 1035 section 2.3.4).
pub(super) const MAX_NAME_OCTETS: usize = 255;
/// Longest label in octets (RFC 1035 section 2.3.4).
const MAX_LABEL_OCTETS: usize = 63;
/// Pointers followed for one name: a name has at most 127 labels, and each pointer of an honest message leads to one.
pub(super) const MAX_POINTERS: usize = 127;

/// An absolute domain name in the case in which it was received or written.
///
/// Equality and hashing ignore ASCII case; the order is the canonical one of RFC 4034 section 6.1.
#[derive(Clone)]
pub struct Name(Arc<[u8]>);

impl Name {
    /// The root of the tree.
    pub fn root() -> Self {
        Self(Arc::from([0].as_slice()))
    }

    /// The uncompressed wire form, ending in the root label.
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// Presentation form as people write it in URLs and labels: only the root keeps its dot.
    pub fn without_final_dot(&self) -> String {
        let mut text = self.to_string();
        if !self.is_root() {
            text.pop();
        }
        text
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// The labels from left to right, without the root label.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        Labels(&self.0)
    }

    /// How many labels the name has as RFC 4034 section 3.1.3 counts them: without the root and without a leading `*`.
    pub fn rrsig_label_count(&self) -> u8 {
        let count = self.labels().count() - usize::from(self.is_wildcard());
        u8::try_from(count).unwrap_or(u8::MAX)
    }

    /// Whether the leftmost label is `*` (RFC 4592 section 2.1.1).
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with(&[1, b'*'])
    }

    /// The name without its leftmost label; the root has none.
    pub fn parent(&self) -> Option<Self> {
        let (&first, rest) = self.0.split_first()?;
        let parent = rest.get(usize::from(first)..)?;
        (first > 0).then(|| Self(Arc::from(parent)))
    }

    /// Whether this name is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        let skipped = match self.0.len().checked_sub(other.0.len()) {
            Some(0) => return self == other,
            Some(skipped) => skipped,
            None => return false,
        };
        // Most names differ in their first octets; to walk the labels takes a step after the other.
        let (mut prefix, suffix) = self.0.split_at(skipped);
        if !suffix.eq_ignore_ascii_case(&other.0) {
            return false;
        }
        // `suffix` may begin in the middle of a label.
        while let Some((&size, rest)) = prefix.split_first() {
            let Some(rest) = rest.get(usize::from(size)..) else {
                return false;
            };
            prefix = rest;
        }
        true
    }

    /// The rightmost `labels` labels, as RFC 4035 section 5.3.2 forms a wildcard's name; `None` if there are fewer.
    pub fn rightmost_labels(&self, labels: usize) -> Option<Self> {
        let surplus = self.labels().count().checked_sub(labels)?;
        let start = self
            .labels()
            .take(surplus)
            .map(|label| label.len() + 1)
            .sum::<usize>();
        self.0.get(start..).map(|rest| Self(Arc::from(rest)))
    }

    /// This name with `suffix` at its end replaced by `replacement`, as a DNAME does (RFC 6672 section 2.2).
    pub fn replace_suffix(&self, suffix: &Self, replacement: &Self) -> Option<Self> {
        if !self.is_within(suffix) {
            return None;
        }
        let prefix_length = self.0.len().checked_sub(suffix.0.len())?;
        let prefix = self.0.get(..prefix_length)?;
        let fits = prefix.len() + replacement.0.len() <= MAX_NAME_OCTETS;
        fits.then(|| Self([prefix, &replacement.0].concat().into()))
    }

    /// `label` put in front of this name.
    pub fn prepend_label(&self, label: &[u8]) -> Result<Self, NameError> {
        let mut builder = NameBuilder::default();
        builder.push(label)?;
        for label in self.labels() {
            builder.push(label)?;
        }
        Ok(builder.finish())
    }

    /// The name with these labels, in wire form and well-formed, before it; `None` if that is too long.
    pub(super) fn with_prefix(&self, labels: &[u8]) -> Option<Self> {
        if labels.is_empty() {
            return Some(self.clone());
        }
        let mut wire = [0; MAX_NAME_OCTETS];
        let size = labels.len() + self.0.len();
        let (head, tail) = wire.get_mut(..size)?.split_at_mut(labels.len());
        head.copy_from_slice(labels);
        tail.copy_from_slice(&self.0);
        wire.get(..size).map(|wire| Self(Arc::from(wire)))
    }

    /// The same name in lower case, as the canonical form has it (RFC 4034 section 6.2).
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        // A length octet is at most 63, so no length is taken for a letter.
        if self.0.iter().any(u8::is_ascii_uppercase) {
            Self(self.0.to_ascii_lowercase().into())
        } else {
            self.clone()
        }
    }

    /// The name that these octets are, uncompressed and with nothing behind it.
    pub fn from_wire(octets: &[u8]) -> Option<Self> {
        let cursor = &mut Cursor::new(octets);
        Self::read_uncompressed(cursor)
            .ok()
            .filter(|_| cursor.is_at_end())
    }

    /// Reads a name at the cursor, following compression pointers (RFC 1035 section 4.1.4), which must point backward.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, WireError> {
        Self::read_labels(cursor, true)
    }

    /// Reads a name that must not be compressed (RFC 3597 section 4, RFC 4034 section 3.1.7).
    pub(super) fn read_uncompressed(cursor: &mut Cursor<'_>) -> Result<Self, WireError> {
        Self::read_labels(cursor, false)
    }

    fn read_labels(cursor: &mut Cursor<'_>, compressed: bool) -> Result<Self, WireError> {
        let mut wire = [0; MAX_NAME_OCTETS];
        let mut length = 0;
        let mut reader = cursor.clone();
        let mut after = None;
        let mut pointers = 0;
        let mut segment = reader.position();
        loop {
            let at = reader.position();
            let size = reader.u8()?;
            match size {
                0 => break,
                1..=63 => {
                    let label = reader.take(usize::from(size))?;
                    let end = length + 1 + label.len();
                    // One octet is kept for the root label.
                    let room = wire[..MAX_NAME_OCTETS - 1].get_mut(length..end);
                    let Some([head, rest @ ..]) = room else {
                        return Err(WireError::new(at, "a name longer than 255 octets"));
                    };
                    *head = size;
                    rest.copy_from_slice(label);
                    length = end;
                }
                0xC0.. => {
                    let target = (usize::from(size & 0x3F) << 8) | usize::from(reader.u8()?);
                    after.get_or_insert(reader.position());
                    pointers += 1;
                    if !compressed {
                        return Err(WireError::new(at, "a compressed name where none may be"));
                    }
                    if target >= segment || pointers > MAX_POINTERS {
                        return Err(WireError::new(
                            at,
                            "a compression pointer that does not lead back",
                        ));
                    }
                    segment = target;
                    reader.move_to(target);
                }
                64..=0xBF => {
                    return Err(WireError::new(at, "a label of a type that is not in use"));
                }
            }
        }
        cursor.move_to(after.unwrap_or(reader.position()));
        #[expect(
            clippy::indexing_slicing,
            reason = "labels leave an octet for the root's"
        )]
        let name = &wire[..=length];
        Ok(Self(Arc::from(name)))
    }
}

/// Walks the labels of a name's wire form, which is well-formed by construction.
struct Labels<'a>(&'a [u8]);

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (&size, rest) = self.0.split_first()?;
        if size == 0 {
            return None;
        }
        let (label, rest) = rest.split_at(usize::from(size));
        self.0 = rest;
        Some(label)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In one piece: octet by octet, hashing was most of what grouping a hostile message took.
        let mut lower = [0; MAX_NAME_OCTETS];
        #[expect(clippy::indexing_slicing, reason = "a name has at most 255 octets")]
        let lower = &mut lower[..self.0.len()];
        lower.copy_from_slice(&self.0);
        lower.make_ascii_lowercase();
        state.write(lower);
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        // Where each label starts, so that nothing is allocated: proofs of non-existence compare by the thousand.
        let (offsets, other_offsets) = (LabelOffsets::new(self), LabelOffsets::new(other));
        let label_pairs = offsets
            .rightmost_first()
            .zip(other_offsets.rightmost_first());
        let order = label_pairs
            .map(|(left, right)| lowercase_octets(left).cmp(lowercase_octets(right)))
            .find(|order| order.is_ne());
        order.unwrap_or_else(|| offsets.count.cmp(&other_offsets.count))
    }
}

fn lowercase_octets(label: &[u8]) -> impl Iterator<Item = u8> {
    label.iter().map(u8::to_ascii_lowercase)
}

/// The places of a name's labels.
struct LabelOffsets<'a> {
    wire: &'a [u8],
    offsets: [u8; MAX_NAME_OCTETS / 2],
    count: usize,
}

impl<'a> LabelOffsets<'a> {
    #[expect(
        clippy::indexing_slicing,
        reason = "a name is labels up to the root's, of which 255 octets hold at most 127 others"
    )]
    fn new(name: &'a Name) -> Self {
        let mut offsets = Self {
            wire: &name.0,
            offsets: [0; MAX_NAME_OCTETS / 2],
            count: 0,
        };
        let mut at = 0_u8;
        while offsets.wire[usize::from(at)] > 0 {
            offsets.offsets[offsets.count] = at;
            offsets.count += 1;
            at += offsets.wire[usize::from(at)] + 1;
        }
        offsets
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "the places are where labels of this name start"
    )]
    fn rightmost_first(&self) -> impl Iterator<Item = &'a [u8]> {
        let label =
            |&at: &u8| &self.wire[usize::from(at) + 1..][..usize::from(self.wire[usize::from(at)])];
        self.offsets[..self.count].iter().rev().map(label)
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Name {
    /// Presentation form with a final dot; special characters escaped (RFC 4343 section 2.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for label in self.labels() {
            for &octet in label {
                match octet {
                    b'.' | b'\\' | b'"' | b'(' | b')' | b';' | b'@' | b'$' => {
                        write!(f, "\\{}", char::from(octet))?;
                    }
                    0x21..=0x7E => write!(f, "{}", char::from(octet))?,
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
            f.write_str(".")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is not a domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// The text is empty.
    Empty,
    /// Two dots stand side by side, or one stands in front.
    EmptyLabel,
    /// A label is longer than 63 octets (RFC 1035 section 2.3.4).
    LabelTooLong,
    /// The name is longer than 255 octets in wire form (RFC 1035 section 2.3.4).
    TooLong,
    /// A backslash is not followed by a character or three digits up to 255 (RFC 1035 section 5.1).
    BadEscape,
    /// A blank or control character stands unescaped.
    BadCharacter,
    /// The text is not ASCII and has no form in IDNA (RFC 5890).
    NotIdna,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a domain name cannot be empty (the root is \".\")",
            Self::EmptyLabel => "a domain name cannot have an empty label",
            Self::LabelTooLong => "a label of a domain name has at most 63 octets",
            Self::TooLong => "a domain name has at most 255 octets",
            Self::BadEscape => "an escape in a domain name is \\X or \\DDD up to \\255",
            Self::BadCharacter => {
                "a blank or control character in a domain name must be escaped as \\DDD"
            }
            Self::NotIdna => "an internationalised domain name that has no ASCII form",
        })
    }
}

impl std::error::Error for NameError {}

impl FromStr for Name {
    type Err = NameError;

    /// Reads presentation form; every name is taken as absolute, the final dot may be left out.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text == "." {
            return Ok(Self::root());
        }
        if !text.is_ascii() {
            // The dots that UTS 46 section 2.3 reads as one; and no escapes, which IDNA does not know.
            let text = text.replace(['\u{3002}', '\u{FF0E}', '\u{FF61}'], ".");
            if text.is_ascii() {
                return Self::from_str(&text);
            }
            if text.contains('\\') {
                return Err(NameError::NotIdna);
            }
            let ascii = hickory_proto::rr::Name::from_utf8(text).map_err(|_| NameError::NotIdna)?;
            return Self::from_str(&ascii.to_ascii());
        }
        let mut builder = NameBuilder::default();
        let mut label = Vec::new();
        let mut octets = without_final_dot(text).bytes();
        while let Some(octet) = octets.next() {
            match octet {
                b'.' => builder.push(&std::mem::take(&mut label))?,
                b'\\' => label.push(unescape(&mut octets)?),
                0x21..=0x7E => label.push(octet),
                _ => return Err(NameError::BadCharacter),
            }
        }
        builder.push(&label)?;
        Ok(builder.finish())
    }
}

fn without_final_dot(text: &str) -> &str {
    let Some(without) = text.strip_suffix('.') else {
        return text;
    };
    let backslashes = without
        .bytes()
        .rev()
        .take_while(|&octet| octet == b'\\')
        .count();
    if backslashes.is_multiple_of(2) {
        without
    } else {
        text
    }
}

fn unescape(octets: &mut impl Iterator<Item = u8>) -> Result<u8, NameError> {
    let first = octets.next().ok_or(NameError::BadEscape)?;
    if !first.is_ascii_digit() {
        return Ok(first);
    }
    let mut value = u16::from(first - b'0');
    for _ in 0..2 {
        let digit = octets
            .next()
            .filter(u8::is_ascii_digit)
            .ok_or(NameError::BadEscape)?;
        value = value * 10 + u16::from(digit - b'0');
    }
    u8::try_from(value).map_err(|_| NameError::BadEscape)
}

/// Puts a name together label by label within the limits of RFC 1035 section 2.3.4.
#[derive(Default)]
struct NameBuilder(Vec<u8>);

impl NameBuilder {
    fn push(&mut self, label: &[u8]) -> Result<(), NameError> {
        if label.is_empty() {
            return Err(NameError::EmptyLabel);
        }
        let size = u8::try_from(label.len())
            .ok()
            .filter(|&size| usize::from(size) <= MAX_LABEL_OCTETS);
        self.0.push(size.ok_or(NameError::LabelTooLong)?);
        self.0.extend_from_slice(label);
        if self.0.len() >= MAX_NAME_OCTETS {
            Err(NameError::TooLong)
        } else {
            Ok(())
        }
    }

    fn finish(mut self) -> Name {
        self.0.push(0);
        Name(self.0.into())
    }
}

#[cfg(test)]
#[path = "name_tests.rs"]
mod tests;
