//! Why something failed: a closed set, in the words of RFC 8914 where it has one.

use std::fmt;

use crate::dns::{InfoCode, Rcode};

/// Writes the set once: variant, name on every view, Extended DNS Error, and what it means.
///
/// The order is the rank: of several reasons that hold, the one that stands first here tells most, and is the headline.
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

            /// The INFO-CODE of RFC 8914 that says the same, where there is one.
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
const INVALID: Option<InfoCode> = Some(InfoCode::INVALID_DATA);

reasons! {
    // The server could not be asked.
    NameResolutionFailed = "name_resolution_failed", None, "The target's host name could not be resolved.";
    NoAddress = "no_address", None, "The target has no address in a wanted family.";
    LocalError = "local_error", None, "This machine had no means to ask (open files, ports, buffers): it says nothing about the server.";
    NetworkError = "network_error", NETWORK, "The network refused: ICMP unreachable, connection refused or reset.";
    MismatchedQuestion = "mismatched_question", NETWORK, "Responses came, none of them to this query (ID, opcode or question differ).";
    Timeout = "timeout", UNREACHABLE, "No response arrived within the time limit.";
    MalformedResponse = "malformed_response", INVALID, "The response to the query cannot be read as a DNS message.";
    Truncated = "truncated", None, "The response is truncated (TC=1) even over TCP (RFC 2181 section 9).";
    // The server answered, and not with the data.
    Refused = "refused", Some(InfoCode::PROHIBITED), "The server answered REFUSED: it does not serve the zone, or not to this client.";
    Servfail = "servfail", None, "The server answered SERVFAIL: it knows the zone and cannot serve it.";
    Formerr = "formerr", None, "The server answered FORMERR.";
    Notimp = "notimp", Some(InfoCode::NOT_SUPPORTED), "The server answered NOTIMP.";
    Nxdomain = "nxdomain", None, "The server answered NXDOMAIN: the name does not exist.";
    Rcode = "rcode", None, "The server answered with another rcode that the module does not hold valid.";
    UpwardReferral = "upward_referral", NOT_AUTHORITATIVE, "The server refers to a zone above: it does not serve this one.";
    SelfReferral = "self_referral", NOT_AUTHORITATIVE, "The server refers to the very zone that it was asked for: a lame delegation.";
    Referral = "referral", NOT_AUTHORITATIVE, "The server refers to a zone below: the name asked for is delegated.";
    NotAuthoritative = "not_authoritative", NOT_AUTHORITATIVE, "The answer lacks AA: it does not come from an authority for the zone.";
    ZoneMismatch = "zone_mismatch", NOT_AUTHORITATIVE, "The SOA in the answer is that of another zone.";
    AnswerOwnerMismatch = "answer_owner_mismatch", INVALID, "The answer holds data of another owner than was asked for.";
    NoData = "no_data", None, "The name exists and has no data of this type (NODATA, RFC 2308 section 2.2).";
    EmptyAnswer = "empty_answer", None, "NOERROR with neither the data asked for nor the zone's SOA.";
    EdnsUnsupported = "edns_unsupported", None, "The server does not know EDNS, so it cannot serve DNSSEC (RFC 3225 section 3).";
    // The data is there, and its signatures do not hold.
    SignatureExpired = "signature_expired", Some(InfoCode::SIGNATURE_EXPIRED), "The signature's validity period is over.";
    SignatureNotYetValid = "signature_not_yet_valid", Some(InfoCode::SIGNATURE_NOT_YET_VALID), "The signature's validity period has not begun.";
    SignatureExpiredBeforeValid = "signature_expired_before_valid", Some(InfoCode::SIGNATURE_EXPIRED_BEFORE_VALID), "The signature's expiration lies before its inception.";
    SignatureInvalid = "signature_invalid", BOGUS, "The signature does not fit the data and the key.";
    DnskeyMissing = "dnskey_missing", Some(InfoCode::DNSKEY_MISSING), "The key that signed is not in the zone's DNSKEY RRset.";
    RrsigsMissing = "rrsigs_missing", Some(InfoCode::RRSIGS_MISSING), "The zone is signed and this RRset has no signature.";
    NoZoneKeyBitSet = "no_zone_key_bit_set", Some(InfoCode::NO_ZONE_KEY_BIT_SET), "The key that signed is no zone key (RFC 4034 section 2.1.1).";
    KeyRevoked = "key_revoked", BOGUS, "The key that signed is revoked (RFC 5011 section 2.1).";
    KeyProtocolInvalid = "key_protocol_invalid", BOGUS, "The key that signed has a protocol other than 3 (RFC 4034 section 2.1.2).";
    SignerNameMismatch = "signer_name_mismatch", BOGUS, "The signer is not the apex of the zone that holds the RRset (RFC 4035 section 5.3.1).";
    LabelsInvalid = "labels_invalid", BOGUS, "The signature counts more labels than the owner has (RFC 4035 section 5.3.1).";
    DnameMismatch = "dname_mismatch", BOGUS, "An unsigned CNAME is not what the DNAME above it makes (RFC 6672 section 5.3.1).";
    MalformedRecord = "malformed_record", INVALID, "A record's data cannot be read as its type.";
    DsMismatch = "ds_mismatch", Some(InfoCode::DNSKEY_MISSING), "No DS or trust anchor fits a key of the zone (RFC 4035 section 5.2).";
    DnskeyRrsigMissing = "dnskey_rrsig_missing", Some(InfoCode::RRSIGS_MISSING), "The DNSKEY RRset has no signature by a key that a DS or trust anchor fits (RFC 4035 section 5.2).";
    DenialContradicted = "denial_contradicted", BOGUS, "The NSEC or NSEC3 given says that what is denied exists.";
    NsecMissing = "nsec_missing", Some(InfoCode::NSEC_MISSING), "A covering or matching NSEC or NSEC3, which the proof that something does not exist needs, was not given.";
    // It could not be told.
    ValidationLimitReached = "validation_limit_reached", Some(InfoCode::DNSSEC_INDETERMINATE), "The answer asks for more verifications than the budget allows (CVE-2023-50387).";
    UnsupportedDnskeyAlgorithm = "unsupported_dnskey_algorithm", Some(InfoCode::UNSUPPORTED_DNSKEY_ALGORITHM), "The algorithm is not one that can be checked here; validators hold such a zone insecure (RFC 6840 section 5.2).";
    UnsupportedKeySize = "unsupported_key_size", Some(InfoCode::UNSUPPORTED_DNSKEY_ALGORITHM), "The key's size or exponent is outside what can be checked here.";
    UnsupportedDsDigestType = "unsupported_ds_digest_type", Some(InfoCode::UNSUPPORTED_DS_DIGEST_TYPE), "The DS has a digest type that cannot be checked here.";
    UnsupportedNsec3Iterations = "unsupported_nsec3_iterations", Some(InfoCode::UNSUPPORTED_NSEC3_ITERATIONS), "The NSEC3 proof has more iterations than are checked (RFC 9276 section 3.2).";
    InsecureDelegation = "insecure_delegation", None, "The parent proves that the zone has no DS: validators do not look at its signatures (RFC 4035 section 5.2).";
    OptOut = "opt_out", None, "The proof rests on an opt-out NSEC3: what it covers may be an insecure delegation (RFC 5155 section 9.2).";
    ChainBroken = "chain_broken", Some(InfoCode::DNSSEC_INDETERMINATE), "A link between the trust anchor and the zone does not verify as the resolver gives it.";
    ResolverFailed = "resolver_failed", Some(InfoCode::DNSSEC_INDETERMINATE), "The resolver gave no answer that the chain from the trust anchor could be followed by.";
    NoTrustAnchor = "no_trust_anchor", Some(InfoCode::DNSSEC_INDETERMINATE), "No trust anchor is configured for the zone (RFC 4033 section 5).";
}

impl Reason {
    /// The reason that an rcode is when the module does not hold it valid.
    pub const fn of_rcode(rcode: Rcode) -> Self {
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
    /// Whether it says that only the dates are wrong.
    pub const fn is_of_time(self) -> bool {
        matches!(self, Self::SignatureExpired | Self::SignatureNotYetValid | Self::SignatureExpiredBeforeValid)
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
    fn each_name_stands_once_and_is_a_label_value_of_the_house() {
        let names: HashSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        assert!(names.iter().all(|name| {
            name.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'_')
        }));
    }
}
