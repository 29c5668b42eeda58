//! Owner names of one message. Most of them end in a compression pointer to a place where another one points to: what stands there is
//! read once.

use std::collections::HashMap;

use super::name::{MAX_POINTERS, Name};
use super::wire::{Cursor, WireError};

/// Places that are remembered: an honest message points to a few dozen.
const MAX_PLACES: usize = 2_048;

/// What stands at the places of a message that pointers lead to.
#[derive(Default)]
pub(super) struct OwnerNames {
    places: HashMap<usize, Suffix>,
}

/// A name as it stands at a place, and how many pointers it takes to read it.
#[derive(Clone)]
struct Suffix {
    name: Name,
    pointers: usize,
}

impl OwnerNames {
    /// Reads a name at the cursor, as [`Name::read`] does.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<Name, WireError> {
        Ok(self.read_suffix(cursor, 0)?.name)
    }

    /// Reads what stands at the cursor, where so many pointers have led.
    fn read_suffix(
        &mut self,
        cursor: &mut Cursor<'_>,
        followed: usize,
    ) -> Result<Suffix, WireError> {
        let start = cursor.position();
        loop {
            let at = cursor.position();
            match cursor.u8()? {
                0 => {
                    let name = Name::read(&mut Cursor::at(cursor.octets(), start))?;
                    return Ok(Suffix { name, pointers: 0 });
                }
                size @ 1..=63 => {
                    cursor.take(usize::from(size))?;
                }
                size @ 0xC0.. => {
                    let target = (usize::from(size & 0x3F) << 8) | usize::from(cursor.u8()?);
                    if target >= start || followed == MAX_POINTERS {
                        return Err(leads_nowhere(at));
                    }
                    let prefix = cursor.octets().get(start..at).unwrap_or_default();
                    let suffix = self.at_place(cursor.octets(), target, followed + 1)?;
                    if suffix.pointers == MAX_POINTERS {
                        return Err(leads_nowhere(at));
                    }
                    let name = suffix.name.with_prefix(prefix);
                    let name = name.ok_or(WireError::new(at, "a name longer than 255 octets"))?;
                    return Ok(Suffix {
                        name,
                        pointers: suffix.pointers + 1,
                    });
                }
                64..=0xBF => {
                    return Err(WireError::new(at, "a label of a type that is not in use"));
                }
            }
        }
    }

    fn at_place(
        &mut self,
        octets: &[u8],
        place: usize,
        followed: usize,
    ) -> Result<Suffix, WireError> {
        if let Some(known) = self.places.get(&place) {
            return Ok(known.clone());
        }
        let suffix = self.read_suffix(&mut Cursor::at(octets, place), followed)?;
        if self.places.len() < MAX_PLACES {
            self.places.insert(place, suffix.clone());
        }
        Ok(suffix)
    }
}

fn leads_nowhere(at: usize) -> WireError {
    WireError::new(at, "a compression pointer that does not lead back")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Octets of which names can be read: short labels, pointers that lead back, ends, and anything.
    fn octets() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            6 => (1_u8..4).prop_map(|size| [&[size], vec![b'a'; size.into()].as_slice()].concat()),
            4 => (0_u8..120).prop_map(|target| vec![0xC0, target]),
            2 => Just(vec![0]),
            1 => any::<u8>().prop_map(|octet| vec![octet]),
        ];
        proptest::collection::vec(piece, 1..120).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// What is remembered changes nothing: each name is as it is read alone, and ends where it ends alone.
        #[test]
        fn names_are_as_they_are_read_alone(octets in octets()) {
            let mut names = OwnerNames::default();
            for start in 0..octets.len() {
                let (mut alone, mut cursor) = (Cursor::at(&octets, start), Cursor::at(&octets, start));
                let expected = Name::read(&mut alone).ok();
                let name = names.read(&mut cursor).ok();
                prop_assert_eq!(
                    name.as_ref().map(Name::as_wire),
                    expected.as_ref().map(Name::as_wire),
                    "at {}", start
                );
                if expected.is_some() {
                    prop_assert_eq!(cursor.position(), alone.position());
                }
            }
        }
    }

    #[test]
    fn as_many_pointers_are_followed_as_for_a_name_alone() {
        // A root, and pointers each to the one before.
        let mut octets = vec![0];
        for number in 0_u16..200 {
            let target = if number == 0 { 0 } else { 1 + 2 * (number - 1) };
            octets.extend((0xC000 | target).to_be_bytes());
        }
        for remembered in [false, true] {
            let mut names = OwnerNames::default();
            for pointers in 1..=200 {
                let start = 1 + 2 * (pointers - 1);
                if !remembered {
                    names = OwnerNames::default();
                }
                let name = names.read(&mut Cursor::at(&octets, start));
                assert_eq!(name.is_ok(), pointers <= MAX_POINTERS, "{pointers}");
            }
        }
    }
}
