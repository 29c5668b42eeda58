//! What a row of the table says.

use outsidein::demo::{ServerBehaviour, SignedZone, ZoneError};
use outsidein::dns::RrType;
use outsidein::reason::Reason;

use crate::scenarios::workshop::Workshop;

/// One way to break a zone, or to leave it whole.
pub struct Scenario {
    /// The label of the zone below `test.`; that of the source where the scenario comes from one.
    pub name: &'static str,
    /// What is wrong with it, or looks so.
    pub what: &'static str,
    /// How it is built.
    pub build: fn(&Workshop) -> Result<Built, ZoneError>,
    /// What is asked of it, and what must be held of each answer.
    pub asked: &'static [Asked],
}

/// A zone and what its parent says of it.
pub struct Built {
    /// The zone; none where the server does not serve it.
    pub zone: Option<SignedZone>,
    /// The RDATA of the DS RRset at the parent.
    pub ds: Vec<Vec<u8>>,
    /// How it is served.
    pub behaviour: ServerBehaviour,
}

/// One question and its verdict.
pub struct Asked {
    /// Relative to the zone; `@` is its apex.
    pub name: &'static str,
    /// The type.
    pub rtype: RrType,
    /// The status that a validator gives the answer.
    pub status: Status,
    /// Why it is not secure.
    pub reason: Option<Reason>,
    /// The first of the failures, where that is another reason.
    pub headline: Option<Reason>,
    /// The Extended DNS Error of the reason (RFC 8914).
    pub ede: Option<u16>,
}

/// What a validator that knows the parent's keys holds of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// See RFC 4033 section 5.
    Secure,
    /// The zone, or the answer, need not be signed.
    Insecure,
    /// The answer should be signed validly and is not.
    Bogus,
    /// It cannot be told.
    Indeterminate,
    /// There is no answer to hold anything of.
    Unanswered,
}

impl Status {
    /// The word in reports and in divergences.txt.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::Insecure => "insecure",
            Self::Bogus => "bogus",
            Self::Indeterminate => "indeterminate",
            Self::Unanswered => "unanswered",
        }
    }
}

/// The answer is secure.
pub const fn secure(name: &'static str, rtype: RrType) -> Asked {
    Asked {
        name,
        rtype,
        status: Status::Secure,
        reason: None,
        headline: None,
        ede: None,
    }
}

/// The answer is insecure.
pub const fn insecure(
    name: &'static str,
    rtype: RrType,
    reason: Reason,
    ede: Option<u16>,
) -> Asked {
    Asked {
        name,
        rtype,
        status: Status::Insecure,
        reason: Some(reason),
        headline: None,
        ede,
    }
}

/// The answer is bogus.
pub const fn bogus(name: &'static str, rtype: RrType, reason: Reason, ede: u16) -> Asked {
    Asked {
        name,
        rtype,
        status: Status::Bogus,
        reason: Some(reason),
        headline: None,
        ede: Some(ede),
    }
}

/// The answer is bogus, for a reason that RFC 8914 has no error for.
pub const fn bogus_unnamed(name: &'static str, rtype: RrType, reason: Reason) -> Asked {
    Asked {
        name,
        rtype,
        status: Status::Bogus,
        reason: Some(reason),
        headline: None,
        ede: None,
    }
}

/// It cannot be told.
pub const fn indeterminate(name: &'static str, rtype: RrType, reason: Reason, ede: u16) -> Asked {
    Asked {
        name,
        rtype,
        status: Status::Indeterminate,
        reason: Some(reason),
        headline: None,
        ede: Some(ede),
    }
}

/// There is no answer.
pub const fn unanswered(name: &'static str, rtype: RrType, reason: Reason, ede: u16) -> Asked {
    Asked {
        name,
        rtype,
        status: Status::Unanswered,
        reason: Some(reason),
        headline: None,
        ede: Some(ede),
    }
}

impl Asked {
    /// Another reason stands before that of the status.
    pub const fn headed_by(self, headline: Reason) -> Self {
        Self {
            headline: Some(headline),
            ..self
        }
    }

    /// The name asked for in the zone `apex`, with a final dot.
    pub fn name_in(&self, apex: &str) -> String {
        if self.name == "@" {
            format!("{apex}.")
        } else {
            format!("{}.{apex}.", self.name)
        }
    }
}
