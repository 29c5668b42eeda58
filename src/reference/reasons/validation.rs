//! The data is there, and its signatures do not hold.

use super::checks::{CLOCK, COPY, DENIAL, DS, KEYS, SERVES, SIGNS, WHOLE};
use super::{ReasonAdvice, ResolverEffect};

pub(super) const SIGNATURE_EXPIRED: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.3.1, RFC 4034 section 3.1.5",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound EDE 7 (by default it forgives a tenth of the signature's lifetime, an hour to a day: `val-sig-skew-min`, `val-sig-skew-max`), BIND none, Knot Resolver EDE 7, PowerDNS Recursor EDE 7 for the DNSKEY RRset and none for data.",
    cause: "The signer stopped: it died, its key store is gone, or it signs and its secondaries no longer transfer. One server expired among good ones is a secondary that is stuck; all of them are the signer. `probe_dnssec_rrsig_expiration_timestamp_seconds` tells since when.",
    checks: &[SIGNS, COPY],
};

pub(super) const SIGNATURE_NOT_YET_VALID: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.3.1, RFC 4034 section 3.1.5",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound EDE 8, BIND none, Knot Resolver EDE 8, PowerDNS Recursor EDE 8 for the DNSKEY RRset and none for data.",
    cause: "The signer's clock runs ahead, or the zone was signed for a later day. Signers date inception an hour back for this.",
    checks: &[CLOCK, SIGNS],
};

pub(super) const SIGNATURE_EXPIRED_BEFORE_VALID: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4034 section 3.1.5; EDE 25 is IANA's, later than RFC 8914",
    effect: ResolverEffect::Servfail,
    resolvers: "None says EDE 25: Unbound EDE 8, Knot Resolver EDE 7, BIND and PowerDNS Recursor none.",
    cause: "The signer was told an end that lies before the beginning.",
    checks: &[SIGNS],
};

pub(super) const MALFORMED_RECORD: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1035 section 3.3, RFC 3597 section 4, RFC 2181 section 6.1",
    effect: ResolverEffect::AsksAnother,
    resolvers: "They drop such a response, or call it bogus where it is the DNSKEY RRset that cannot be read.",
    cause: "A database was filled by a program that does not check, or the server is broken; `debug=true` shows the record. Two SOA records count as one that cannot be read.",
    checks: &[SERVES],
};

pub(super) const NO_ZONE_KEY_BIT_SET: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4034 section 2.1.1",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound EDE 11, BIND none (after long tries: some clients see a timeout), Knot Resolver EDE 6, PowerDNS Recursor none.",
    cause: "The key's flags lack the bit 256 (ZONE): it was made for another use, or edited by hand.",
    checks: &[KEYS],
};

pub(super) const KEY_REVOKED: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 5011 section 2.1",
    effect: ResolverEffect::Differs,
    resolvers: "Of a key set whose DS fits the revoked key alone: Unbound takes it (NOERROR, AD), BIND SERVFAIL without EDE, Knot Resolver SERVFAIL with EDE 6, PowerDNS Recursor SERVFAIL with EDE 9.",
    cause: "A key with the REVOKE bit (flags 385) may sign nothing but its own revocation. The RRset needs a signature by another key, and the DS must fit that one.",
    checks: &[KEYS, DS],
};

pub(super) const KEY_PROTOCOL_INVALID: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4034 section 2.1.2",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound EDE 6, BIND none (after long tries: some clients see a timeout), Knot Resolver EDE 6, PowerDNS Recursor none.",
    cause: "The DNSKEY record was edited by hand, or changed on its way.",
    checks: &[KEYS],
};

pub(super) const SIGNATURE_INVALID: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.3.3",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound, Knot Resolver and PowerDNS Recursor EDE 6, BIND none.",
    cause: "The data was changed after it was signed (edited on the server that does not sign, or served from two copies at once), a transfer went wrong, or two keys share a tag and one of them is not published. If it is the DNSKEY RRset, a key was added or taken out without signing anew.",
    checks: &[WHOLE, SIGNS, COPY],
};

pub(super) const DNSKEY_MISSING: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.3.1, RFC 6781 section 4.1",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound EDE 9, BIND none (after long tries: some clients see a timeout), Knot Resolver EDE 6, PowerDNS Recursor none.",
    cause: "A rollover went too fast: the old key was withdrawn while its signatures are still served, or the new one signs before it is published. After a change of provider each must publish the other's ZSK (RFC 8901).",
    checks: &[KEYS, SIGNS],
};

pub(super) const RRSIGS_MISSING: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 sections 2.2 and 3.1.1",
    effect: ResolverEffect::Servfail,
    resolvers: "Where the parent has a DS: Unbound, Knot Resolver and PowerDNS Recursor EDE 10, BIND none; of a zone without any DNSKEY Unbound EDE 9, PowerDNS Recursor EDE 10, Knot Resolver EDE 0. Without a DS the zone is insecure, and its answers are used.",
    cause: "This server serves an unsigned copy (a secondary that transfers from the wrong place, a zone file from before signing), a middlebox strips signatures, or data was added where nothing signs. A zone must not go unsigned before its DS is gone and that DS's TTL has passed.",
    checks: &[SIGNS, COPY],
};

pub(super) const SIGNER_NAME_MISMATCH: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.3.1",
    effect: ResolverEffect::Servfail,
    resolvers: "Of data signed in the parent's name: Unbound EDE 6, BIND and Knot Resolver none; PowerDNS Recursor NOERROR without AD.",
    cause: "The zone was signed under another name, or the server answers from the parent where it should from the child.",
    checks: &[WHOLE, SIGNS],
};

pub(super) const LABELS_INVALID: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.3.1, RFC 4034 section 3.1.3",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound and Knot Resolver EDE 6, BIND and PowerDNS Recursor none.",
    cause: "The signer is broken, or the record was copied to another owner with its signature.",
    checks: &[WHOLE, SIGNS],
};

pub(super) const DNAME_MISMATCH: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 6672 sections 2.2 and 5.3.1",
    effect: ResolverEffect::Differs,
    resolvers: "They make the CNAME from the signed DNAME themselves, or call the unsigned one that came bogus.",
    cause: "The server makes the CNAME wrongly, or there is a CNAME below the DNAME, where no data may be.",
    checks: &[DENIAL],
};
