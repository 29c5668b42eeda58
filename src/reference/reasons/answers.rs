//! The server answered, and not as an authority for the zone that can speak DNSSEC.

use super::checks::{COPY, EDNS, LISTENS, SERVES};
use super::{ReasonAdvice, ResolverEffect};

pub(super) const MALFORMED_RESPONSE: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1035 section 4.1",
    effect: ResolverEffect::AsksAnother,
    resolvers: "They cannot read it either.",
    cause: "The server or a middlebox on the way to it is broken; `debug=true` shows the octets.",
    checks: &[LISTENS],
};

pub(super) const TRUNCATED: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 2181 section 9, RFC 7766 section 5",
    effect: ResolverEffect::AsksAnother,
    resolvers: "A truncated answer is not to be used, and over TCP there is no larger one.",
    cause: "A middlebox answers in the server's stead, or an answer is larger than 65,535 octets.",
    checks: &[EDNS],
};

pub(super) const REFUSED: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1035 section 4.1.1, RFC 8914 section 4.19",
    effect: ResolverEffect::AsksAnother,
    resolvers: "To them the delegation to this server is lame.",
    cause: "The zone is not in the server's configuration any more, or not yet, or an access list keeps the client out. The server may say which: `probe_dns_extended_error` 18 is the client, 20 is the zone.",
    checks: &[SERVES],
};

pub(super) const SERVFAIL: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1035 section 4.1.1, RFC 8914 section 4.25",
    effect: ResolverEffect::AsksAnother,
    resolvers: "SERVFAIL when every server of the zone says so.",
    cause: "A secondary that has not reached its primary for the time in SOA EXPIRE drops the zone (`probe_dns_expire_seconds` counted down to it); a zone file or a database that cannot be loaded; a zone that is being signed for the first time.",
    checks: &[SERVES, COPY],
};

pub(super) const FORMERR: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1035 section 4.1.1, RFC 6891 section 7",
    effect: ResolverEffect::AsksAnother,
    resolvers: "Most try once more without EDNS, and then have no DNSSEC.",
    cause: "A server or a middlebox from before EDNS (RFC 6891), or one that knows EDNS and stumbles over an option.",
    checks: &[EDNS],
};

pub(super) const NOTIMP: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1035 section 4.1.1",
    effect: ResolverEffect::AsksAnother,
    resolvers: "Most try once more without EDNS, and then have no DNSSEC.",
    cause: "The server does not answer queries of this type or with EDNS: a load balancer that plays a nameserver does so.",
    checks: &[EDNS],
};

pub(super) const RCODE: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 6895 section 2.3",
    effect: ResolverEffect::AsksAnother,
    resolvers: "SERVFAIL when every server of the zone says so.",
    cause: "`probe_dns_rcode` tells which: BADVERS and BADCOOKIE are about EDNS, NOTAUTH is what Knot's `mod-queryacl` says to a client that it keeps out, and like the others otherwise about UPDATE and TSIG. A module's `valid_rcodes` can allow it.",
    checks: &[SERVES],
};

pub(super) const NXDOMAIN: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 2308 section 2.1, RFC 8020",
    effect: ResolverEffect::Uses,
    resolvers: "They believe a proven one, cache it, and say that nothing below exists either (RFC 8198, RFC 8020).",
    cause: "The name asked for is not in the zone on this server: a typing error in the scrape job, a record that is gone, or an old copy of the zone. Where it is right, the module's `valid_rcodes` says so.",
    checks: &[COPY],
};

pub(super) const UPWARD_REFERRAL: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 9499 section 7 (lame delegation), RFC 8914 section 4.21",
    effect: ResolverEffect::AsksAnother,
    resolvers: "They do not follow it upward (RFC 5452 section 6).",
    cause: "The server does not know the zone and refers to the root.",
    checks: &[SERVES],
};

pub(super) const SELF_REFERRAL: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 9499 section 7 (lame delegation)",
    effect: ResolverEffect::AsksAnother,
    resolvers: "They see a delegation that leads where they are.",
    cause: "The server serves the parent, or answers from a cache, and not the zone.",
    checks: &[SERVES],
};

pub(super) const REFERRAL: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1034 section 4.3.2",
    effect: ResolverEffect::Uses,
    resolvers: "They follow it and ask the child's servers.",
    cause: "There is a zone cut between the zone and the name asked for: probe the child as a zone of its own.",
    checks: &[],
};

pub(super) const ZONE_MISMATCH: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 2308 section 2.1, RFC 2181 section 6.1",
    effect: ResolverEffect::AsksAnother,
    resolvers: "Data of a zone above the delegation is ignored: the server is lame for this one.",
    cause: "The server serves the parent and answers from it, or `zone` is not an apex.",
    checks: &[SERVES],
};

pub(super) const NOT_AUTHORITATIVE: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1034 section 4.3.2, RFC 2181 section 5.4.1",
    effect: ResolverEffect::AsksAnother,
    resolvers: "To them the delegation to this server is lame.",
    cause: "A resolver or a cache stands where an authority should, or the server's copy of the zone has expired and it says so by leaving AA out.",
    checks: &[SERVES, COPY],
};

pub(super) const ANSWER_OWNER_MISMATCH: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 5452 section 6, RFC 1034 section 4.3.2",
    effect: ResolverEffect::AsksAnother,
    resolvers: "They drop records that do not belong to the question, and nothing is left.",
    cause: "The server or a middlebox is broken, or somebody tries to forge; `debug=true` shows the answer.",
    checks: &[LISTENS],
};

pub(super) const NO_DATA: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 2308 section 2.2",
    effect: ResolverEffect::Uses,
    resolvers: "They believe a proven one and cache it.",
    cause: "A typing error in the scrape job, a record that is gone, or an old copy of the zone.",
    checks: &[COPY],
};

pub(super) const EMPTY_ANSWER: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 2308 sections 2.1 and 2.2",
    effect: ResolverEffect::AsksAnother,
    resolvers: "Without DNSSEC some take it for NODATA; of a signed zone it lacks its proof, and is SERVFAIL.",
    cause: "Load balancers that play nameservers do so for types that they do not know; CNAMEs in a circle end so too.",
    checks: &[SERVES],
};

pub(super) const UNEXPECTED_RECORDS: ReasonAdvice = ReasonAdvice {
    rfc: "[configuration.md](configuration.md#names-of-a-zone)",
    effect: ResolverEffect::Uses,
    resolvers: "What probes.json expects is nothing to them.",
    cause: "A record was changed, or what probes.json says of it is old or not what was meant: `format=text` shows the data and what is expected of the name, or the section, the key and the regexp of the module's `blackbox`.",
    checks: &[COPY],
};

pub(super) const EDNS_UNSUPPORTED: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 6891 section 7, RFC 3225 section 3",
    effect: ResolverEffect::Servfail,
    resolvers: "Without the DO bit no signature is given, and a zone with a DS is to them one without signatures (`rrsigs_missing`); an unsigned zone is answered from it.",
    cause: "A server that knows no EDNS, or a middlebox that strips it.",
    checks: &[EDNS],
};
