//! What a zone answers, and the names that it is looked for at.

use std::borrow::Cow;

use crate::dns::{Name, Rcode, RrType};

/// One record of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReplyRecord<'z> {
    pub(super) owner: Name,
    pub(super) rtype: RrType,
    pub(super) ttl: u32,
    pub(super) rdata: Cow<'z, [u8]>,
}

/// What a zone answers.
#[derive(Clone, Debug)]
pub(super) struct Reply<'z> {
    pub(super) rcode: Rcode,
    pub(super) authoritative: bool,
    pub(super) answer: Vec<ReplyRecord<'z>>,
    pub(super) authority: Vec<ReplyRecord<'z>>,
    pub(super) additional: Vec<ReplyRecord<'z>>,
}

/// `name` and the names above it up to `apex`, the nearest first.
pub(super) fn ancestors(name: &Name, apex: &Name) -> impl Iterator<Item = Name> {
    let apex = apex.clone();
    std::iter::successors(Some(name.clone()), Name::parent)
        .take_while(move |name| name.is_within(&apex))
}
