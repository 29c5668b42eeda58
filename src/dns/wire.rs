//! A cursor over the octets of a message, and the only way that a read of them can fail.

use std::fmt;

/// What is wrong with the octets of a message, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireError {
    /// Offset of the first octet that could not be read, from the start of the message or of the RDATA.
    pub offset: usize,
    /// What was found there.
    pub problem: &'static str,
}

impl WireError {
    pub(super) const fn new(offset: usize, problem: &'static str) -> Self {
        Self { offset, problem }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}", self.problem, self.offset)
    }
}

impl std::error::Error for WireError {}

/// Reads forward over octets; every read is checked.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    octets: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self::at(octets, 0)
    }

    pub(super) fn at(octets: &'a [u8], position: usize) -> Self {
        Self { octets, position }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn octets(&self) -> &'a [u8] {
        self.octets
    }

    pub(super) fn move_to(&mut self, position: usize) {
        self.position = position;
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position >= self.octets.len()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let end = self.position.checked_add(count);
        let taken = end.and_then(|end| self.octets.get(self.position..end));
        let taken = taken.ok_or(self.unexpected_end())?;
        self.position += count;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let rest = self.octets.get(self.position..);
        let taken = rest.and_then(|rest| rest.first_chunk());
        let taken = taken.ok_or(self.unexpected_end())?;
        self.position += N;
        Ok(*taken)
    }

    fn unexpected_end(&self) -> WireError {
        WireError::new(self.position, "the octets end too early")
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = self.octets.get(self.position..).unwrap_or_default();
        self.position = self.octets.len();
        rest
    }

    pub(super) fn u8(&mut self) -> Result<u8, WireError> {
        self.array().map(|[octet]| octet)
    }

    pub(super) fn u16(&mut self) -> Result<u16, WireError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        self.array().map(u32::from_be_bytes)
    }
}
