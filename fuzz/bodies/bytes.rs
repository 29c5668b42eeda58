//! Choices out of the fuzzer's octets; where they end, everything is 0.

/// What is left of the octets.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub fn number<const SIZE: usize>(&mut self) -> [u8; SIZE] {
        let mut octets = [0; SIZE];
        let taken = self.take(SIZE);
        octets[..taken.len()].copy_from_slice(taken);
        octets
    }

    pub fn u8(&mut self) -> u8 {
        self.number::<1>()[0]
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.number())
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.number())
    }

    pub fn flag(&mut self) -> bool {
        self.u8() & 1 == 1
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::from(self.u8()) % limit
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub fn option<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| make(self))
    }

    /// Up to `limit` of what `make` makes, none where the octets end.
    pub fn list<T>(&mut self, limit: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(limit + 1);
        (0..count)
            .map_while(|_| (!self.is_empty()).then(|| make(self)))
            .collect()
    }

    /// Text of any characters, control characters and quotes among them.
    pub fn text(&mut self) -> String {
        let length = self.below(24);
        String::from_utf8_lossy(self.take(length)).into_owned()
    }
}
