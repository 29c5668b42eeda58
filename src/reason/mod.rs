//! Why something failed: a closed set, in the words of RFC 8914 where it has one.

mod failure;
mod info_code;
mod warning;

use std::fmt;

use crate::dns::{InfoCode, Rcode};

pub use failure::Failure;
pub(crate) use info_code::{serialize_optional_reason, serialize_status_reason};
pub use warning::{Warning, WarningKind};

/// Writes the set once: variant, name on every view, Extended DNS Error, and what it means.
///
/// The order is the rank: of several reasons that hold, the one that stands first here tells most, and is the headline.
/// A cause stands before what follows from it (a server without EDNS before missing signatures, an expired signature
/// before the proof that it no longer makes). Where neither follows from the other, what keeps validators from the zone
/// stands before what keeps them from one address, and what is known before what could not be told.
///
/// What a reason means for resolvers, and what an operator checks, stands in `src/reference/reasons/`.
macro_rules! reasons {
    ($($variant:ident = $name:literal, $info_code:expr, $meaning:literal;)*) => {
        /// Why a probe, an RRset or a signature failed. The most telling reason is the smallest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $(#[doc = $meaning] $variant,)*
        }

        impl Reason {
            /// Every reason, the most telling first.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name that stands in metrics, JSON, text and logs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The INFO-CODE (RFC 8914 section 5.2, and IANA's registry since) that says the same, where there is one.
            pub const fn info_code(self) -> Option<InfoCode> {
                match self { $(Self::$variant => $info_code,)* }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

const BOGUS: Option<InfoCode> = Some(InfoCode::DNSSEC_BOGUS);
const NETWORK: Option<InfoCode> = Some(InfoCode::NETWORK_ERROR);
const UNREACHABLE: Option<InfoCode> = Some(InfoCode::NO_REACHABLE_AUTHORITY);
const NOT_AUTHORITATIVE: Option<InfoCode> = Some(InfoCode::NOT_AUTHORITATIVE);

reasons! {
    // The server answered, and not as an authority for the zone that can speak DNSSEC.
    MalformedResponse = "malformed_response", NETWORK, "The response to the query cannot be read as a DNS message.";
    Truncated = "truncated", None, "The response is truncated (TC=1) even over TCP (RFC 2181 section 9).";
    Refused = "refused", Some(InfoCode::PROHIBITED), "The server answered REFUSED: it does not serve the zone, or not to this client.";
    Servfail = "servfail", Some(InfoCode::INVALID_DATA), "The server answered SERVFAIL: it knows the zone and cannot serve it.";
    Formerr = "formerr", None, "The server answered FORMERR.";
    Notimp = "notimp", Some(InfoCode::NOT_SUPPORTED), "The server answered NOTIMP.";
    Rcode = "rcode", None, "The server answered with another rcode that the module does not hold valid.";
    UpwardReferral = "upward_referral", NOT_AUTHORITATIVE, "The server refers to a zone above: it does not serve this one.";
    SelfReferral = "self_referral", NOT_AUTHORITATIVE, "The server refers to the very zone that it was asked for: a lame delegation.";
    Referral = "referral", NOT_AUTHORITATIVE, "The server refers to a zone below: the name asked for is delegated.";
    ZoneMismatch = "zone_mismatch", NOT_AUTHORITATIVE, "The SOA in the answer is that of another zone.";
    NotAuthoritative = "not_authoritative", NOT_AUTHORITATIVE, "The answer lacks AA: it does not come from an authority for the zone.";
    AnswerOwnerMismatch = "answer_owner_mismatch", None, "The answer holds data of another owner than was asked for.";
    Nxdomain = "nxdomain", None, "The server answered NXDOMAIN: the name does not exist.";
    NoData = "no_data", None, "The name exists and has no data of this type (NODATA, RFC 2308 section 2.2).";
    EmptyAnswer = "empty_answer", None, "NOERROR with neither the data asked for nor the zone's SOA.";
    UnexpectedRecords = "unexpected_records", None, "The records are not those that probes.json expects of the name, or not what the module's regexps want.";
    EdnsUnsupported = "edns_unsupported", None, "The server does not know EDNS, so it cannot serve DNSSEC (RFC 3225 section 3).";
    // The data is there, and its signatures do not hold. Dates first: RFC 8914 sections 4.8 and 4.9 name them where some signatures
    // fail by them and others otherwise. Then what makes a key unfit or unreadable, for its signatures then find no key.
    SignatureExpired = "signature_expired", Some(InfoCode::SIGNATURE_EXPIRED), "The signature's validity period is over.";
    SignatureNotYetValid = "signature_not_yet_valid", Some(InfoCode::SIGNATURE_NOT_YET_VALID), "The signature's validity period has not begun.";
    SignatureExpiredBeforeValid = "signature_expired_before_valid", Some(InfoCode::SIGNATURE_EXPIRED_BEFORE_VALID), "The signature's expiration lies before its inception.";
    MalformedRecord = "malformed_record", None, "A record's data cannot be read as its type.";
    NoZoneKeyBitSet = "no_zone_key_bit_set", Some(InfoCode::NO_ZONE_KEY_BIT_SET), "The key that signed is no zone key (RFC 4034 section 2.1.1).";
    KeyRevoked = "key_revoked", BOGUS, "The key that signed is revoked (RFC 5011 section 2.1).";
    KeyProtocolInvalid = "key_protocol_invalid", BOGUS, "The key that signed has a protocol other than 3 (RFC 4034 section 2.1.2).";
    SignatureInvalid = "signature_invalid", BOGUS, "The signature does not fit the data and the key.";
    DnskeyMissing = "dnskey_missing", Some(InfoCode::DNSKEY_MISSING), "The key that signed is not in the zone's DNSKEY RRset.";
    RrsigsMissing = "rrsigs_missing", Some(InfoCode::RRSIGS_MISSING), "The zone is signed and this RRset has no signature.";
    SignerNameMismatch = "signer_name_mismatch", BOGUS, "The signer is not the apex of the zone that holds the RRset (RFC 4035 section 5.3.1).";
    LabelsInvalid = "labels_invalid", BOGUS, "The signature counts more labels than the owner has (RFC 4035 section 5.3.1).";
    DnameMismatch = "dname_mismatch", BOGUS, "An unsigned CNAME is not what the DNAME above it makes (RFC 6672 section 5.3.1).";
    // The signatures hold, and what stands beside the data gainsays it.
    DsMismatch = "ds_mismatch", Some(InfoCode::DNSKEY_MISSING), "No DS or trust anchor fits a key of the zone (RFC 4035 section 5.2).";
    DenialContradicted = "denial_contradicted", BOGUS, "The NSEC or NSEC3 given says that what is denied exists.";
    DenialContradictsData = "denial_contradicts_data", None, "The server proves that something does not exist which it also answers: resolvers that answer from cached proofs deny it (RFC 8198).";
    DenialChainInconsistent = "denial_chain_inconsistent", None, "An NSEC or NSEC3 says that nothing exists where another one of the same version of the zone is.";
    // It could not be told; what is then not proven stands below.
    ValidationLimitReached = "validation_limit_reached", Some(InfoCode::DNSSEC_INDETERMINATE), "The answer asks for more verifications than the budget allows (CVE-2023-50387).";
    UnsupportedDnskeyAlgorithm = "unsupported_dnskey_algorithm", Some(InfoCode::UNSUPPORTED_DNSKEY_ALGORITHM), "The algorithm is not one that can be checked here; validators hold such a zone insecure (RFC 6840 section 5.2).";
    UnsupportedKeySize = "unsupported_key_size", Some(InfoCode::UNSUPPORTED_DNSKEY_ALGORITHM), "The key's size or exponent is outside what can be checked here.";
    UnsupportedDsDigestType = "unsupported_ds_digest_type", Some(InfoCode::UNSUPPORTED_DS_DIGEST_TYPE), "The DS has a digest type that cannot be checked here.";
    UnsupportedNsec3Iterations = "unsupported_nsec3_iterations", Some(InfoCode::UNSUPPORTED_NSEC3_ITERATIONS), "The NSEC3 proof has more iterations than are checked (RFC 9276 section 3.2).";
    // A proof is not there, which may be for any reason above.
    DnskeyRrsigMissing = "dnskey_rrsig_missing", Some(InfoCode::RRSIGS_MISSING), "The DNSKEY RRset has no signature by a key that a DS or trust anchor fits (RFC 4035 section 5.2).";
    NsecMissing = "nsec_missing", Some(InfoCode::NSEC_MISSING), "A covering or matching NSEC or NSEC3, which the proof that something does not exist needs, was not given.";
    // Nothing was heard: one address or transport of several, where anything above holds beside it.
    NameResolutionFailed = "name_resolution_failed", None, "The target's host name could not be resolved.";
    NoAddress = "no_address", None, "The target has no address in a wanted family.";
    LocalError = "local_error", None, "This machine had no means to ask (open files, ports, buffers), or no time to validate: it says nothing about the server.";
    NetworkError = "network_error", NETWORK, "The network refused: ICMP unreachable, connection refused or reset.";
    MismatchedQuestion = "mismatched_question", NETWORK, "Responses came, none of them to this query (ID, opcode or question differ).";
    Timeout = "timeout", UNREACHABLE, "No response arrived within the time limit.";
    // Nothing is wrong with the zone's own servers as far as could be seen, and still no chain leads to them.
    InsecureDelegation = "insecure_delegation", None, "The parent proves that the zone has no DS: validators do not look at its signatures (RFC 4035 section 5.2).";
    OptOut = "opt_out", None, "The proof rests on an opt-out NSEC3: what it covers may be an insecure delegation (RFC 5155 section 9.2).";
    ResolverFailed = "resolver_failed", Some(InfoCode::DNSSEC_INDETERMINATE), "The resolver gave no answer that the chain from the trust anchor could be followed by.";
    ChainBroken = "chain_broken", Some(InfoCode::DNSSEC_INDETERMINATE), "A link between the trust anchor and the zone does not verify as the resolver gives it.";
    NoTrustAnchor = "no_trust_anchor", Some(InfoCode::DNSSEC_INDETERMINATE), "No trust anchor leads to the zone: none is configured for it, or no resolver to follow the chain from one above (RFC 4033 section 5).";
}

impl Reason {
    /// The reason that an rcode is when the module does not hold it valid.
    pub const fn from_rcode(rcode: Rcode) -> Self {
        match rcode {
            Rcode::REFUSED => Self::Refused,
            Rcode::SERVFAIL => Self::Servfail,
            Rcode::FORMERR => Self::Formerr,
            Rcode::NOTIMP => Self::Notimp,
            Rcode::NXDOMAIN => Self::Nxdomain,
            _ => Self::Rcode,
        }
    }
}

impl Reason {
    /// Whether it is about signatures, keys and proofs, rather than about whether and as whom the server answers, or about
    /// the chain that leads to the zone.
    pub fn is_about_dnssec(self) -> bool {
        (Self::SignatureExpired..=Self::NsecMissing).contains(&self)
    }

    /// Whether it says that only the dates are wrong.
    pub const fn is_about_dates(self) -> bool {
        matches!(
            self,
            Self::SignatureExpired | Self::SignatureNotYetValid | Self::SignatureExpiredBeforeValid
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl serde::Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn reason_names_are_unique_label_values() {
        let names: HashSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        assert!(names.iter().all(|name| {
            name.bytes()
                .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'_')
        }));
    }
    /// Two reasons that can hold together at one address, and why the first tells more.
    const CAUSE_BEFORE_SYMPTOM: &[(Reason, Reason, &str)] = &[
        (
            Reason::LocalError,
            Reason::Timeout,
            "this machine, not the server",
        ),
        (
            Reason::NetworkError,
            Reason::Timeout,
            "TCP refused says that the host is there; UDP is silent",
        ),
        (
            Reason::MismatchedQuestion,
            Reason::Timeout,
            "something answers, not to us: the wait for ours then ends",
        ),
        (
            Reason::Refused,
            Reason::NetworkError,
            "without the zone over UDP, TCP's refusal adds little",
        ),
        (
            Reason::SelfReferral,
            Reason::NotAuthoritative,
            "a referral has no AA",
        ),
        (
            Reason::ZoneMismatch,
            Reason::NotAuthoritative,
            "an answer of another zone has no AA for this one",
        ),
        (
            Reason::NotAuthoritative,
            Reason::NoData,
            "a cache that knows nothing",
        ),
        (
            Reason::NotAuthoritative,
            Reason::Nxdomain,
            "somebody in the server's stead",
        ),
        (
            Reason::ZoneMismatch,
            Reason::Nxdomain,
            "the name does not exist in another zone",
        ),
        (
            Reason::NotAuthoritative,
            Reason::EmptyAnswer,
            "an empty answer by no authority",
        ),
        (
            Reason::NotAuthoritative,
            Reason::SignatureExpired,
            "a cache serves what its source has long renewed",
        ),
        (
            Reason::Nxdomain,
            Reason::UnexpectedRecords,
            "without the name there is no record to be wanted",
        ),
        (
            Reason::EdnsUnsupported,
            Reason::RrsigsMissing,
            "without DO no signatures are given",
        ),
        (
            Reason::EdnsUnsupported,
            Reason::NsecMissing,
            "nor any proof",
        ),
        (
            Reason::SignatureExpired,
            Reason::Timeout,
            "dead for validators everywhere, beside one transport",
        ),
        (
            Reason::SignatureExpired,
            Reason::SignatureInvalid,
            "RFC 8914 section 4.8: none is valid and some are expired",
        ),
        (
            Reason::SignatureExpired,
            Reason::DnskeyMissing,
            "a leftover of a key that was withdrawn, and none made since",
        ),
        (
            Reason::SignatureNotYetValid,
            Reason::SignatureInvalid,
            "RFC 8914 section 4.9",
        ),
        (
            Reason::SignatureExpired,
            Reason::DnskeyRrsigMissing,
            "the key set's signature is there, and over",
        ),
        (
            Reason::SignatureExpired,
            Reason::NsecMissing,
            "an NSEC whose signature is over proves nothing",
        ),
        (
            Reason::MalformedRecord,
            Reason::DnskeyMissing,
            "a DNSKEY that cannot be read is no key",
        ),
        (
            Reason::KeyRevoked,
            Reason::DnskeyMissing,
            "the REVOKE bit changes the tag: older signatures find no key",
        ),
        (
            Reason::NoZoneKeyBitSet,
            Reason::DnskeyMissing,
            "so does the ZONE bit",
        ),
        (
            Reason::KeyRevoked,
            Reason::DnskeyRrsigMissing,
            "the only signature over the keys is by the revoked one",
        ),
        (
            Reason::SignatureInvalid,
            Reason::DnskeyMissing,
            "a key set that was changed after it was signed",
        ),
        (
            Reason::DnskeyMissing,
            Reason::DsMismatch,
            "the key of the DS was taken out of the key set",
        ),
        (
            Reason::RrsigsMissing,
            Reason::DsMismatch,
            "an unsigned copy of the zone has no key that a DS could fit",
        ),
        (
            Reason::RrsigsMissing,
            Reason::DnskeyRrsigMissing,
            "no signature at all is none by the right key",
        ),
        (
            Reason::RrsigsMissing,
            Reason::NsecMissing,
            "an NSEC without signature proves nothing",
        ),
        (
            Reason::DsMismatch,
            Reason::DnskeyRrsigMissing,
            "no key is trusted, so none that signs is",
        ),
        (
            Reason::DsMismatch,
            Reason::UnsupportedDnskeyAlgorithm,
            "a DS that could be checked fits nothing",
        ),
        (
            Reason::DenialContradicted,
            Reason::NsecMissing,
            "what was given says more than what was not",
        ),
        (
            Reason::DenialContradicted,
            Reason::DenialContradictsData,
            "no validator takes the answer, whatever it has cached",
        ),
        (
            Reason::DenialContradictsData,
            Reason::DenialChainInconsistent,
            "data that is denied is what follows from a chain that does not fit together",
        ),
        (
            Reason::ValidationLimitReached,
            Reason::NsecMissing,
            "the budget ended before the proof",
        ),
        (
            Reason::ValidationLimitReached,
            Reason::DnskeyRrsigMissing,
            "or before the signature that is sought",
        ),
        (
            Reason::UnsupportedKeySize,
            Reason::DnskeyRrsigMissing,
            "the key that signs cannot be checked",
        ),
        (
            Reason::UnsupportedNsec3Iterations,
            Reason::NsecMissing,
            "the proof is there, and not looked at",
        ),
        (
            Reason::ResolverFailed,
            Reason::ChainBroken,
            "a link that was not given does not verify",
        ),
    ];

    #[test]
    fn cause_ranks_before_its_symptom() {
        for (cause, symptom, why) in CAUSE_BEFORE_SYMPTOM {
            assert!(cause < symptom, "{cause} tells more than {symptom}: {why}");
        }
    }

    #[test]
    fn reasons_are_listed_by_rank() {
        assert!(Reason::ALL.is_sorted());
    }
}
