//! What stands beside the data: the link to the parent, proofs of non-existence, and what could not be told.

use super::checks::{CHAIN, COPY, DENIAL, DS, KEYS, NSEC3, SIGNS, WHOLE};
use super::{ReasonAdvice, ResolverEffect};

pub(super) const DS_MISMATCH: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.2, RFC 8914 section 4.10",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound EDE 9, BIND none, Knot Resolver EDE 6, PowerDNS Recursor EDE 9.",
    cause: "The KSK was changed and the parent not told, the parent was told of the wrong key, or the zone moved to servers that sign with keys of their own. Put the old key back if it still exists: a DS at the parent takes hours to change and its TTL to be forgotten.",
    checks: &[DS, KEYS],
};

pub(super) const DENIAL_CONTRADICTED: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.4, RFC 6840 section 4, RFC 5155 section 8",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound EDE 6, Knot Resolver EDE 12, BIND and PowerDNS Recursor none. A resolver that has the NSEC in its cache may also answer by it (RFC 8198).",
    cause: "Names were added or removed and the chain of NSEC or NSEC3 is that of before: the database was changed past the signer.",
    checks: &[DENIAL, WHOLE],
};

pub(super) const DENIAL_CONTRADICTS_DATA: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 8198 section 5, RFC 4034 section 4, RFC 5155 section 7",
    effect: ResolverEffect::Differs,
    resolvers: "Each answer by itself is valid, and a resolver that asks for each uses it. One that answers from cached proofs (RFC 8198: Unbound with `aggressive-nsec: yes`, BIND with `synth-from-dnssec yes`, Knot Resolver and PowerDNS Recursor by default) denies names or types that exist.",
    cause: "The type bitmap or the chain is older than the data, or the server makes NSEC records up as it answers and leaves types out (at a wildcard, most often). Sign the zone anew; where the server makes the records, report it to its maker and disable that mode meanwhile.",
    checks: &[DENIAL, WHOLE],
};

pub(super) const DENIAL_CHAIN_INCONSISTENT: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4034 section 4.1.1, RFC 5155 section 7.1",
    effect: ResolverEffect::Differs,
    resolvers: "Validators disagree where one record covers a name that another proves to exist: BIND refuses such a proof by NSEC3 (it takes the shortest name that is covered), Unbound takes the closest encloser that fits.",
    cause: "The chain is half updated: a transfer (IXFR) or a signer added or removed some of its records and not their neighbours. Transfer the whole zone again on this server, then build the chain anew where the zone is signed.",
    checks: &[COPY, DENIAL, WHOLE],
};

pub(super) const VALIDATION_LIMIT_REACHED: ReasonAdvice = ReasonAdvice {
    rfc: "CVE-2023-50387 (KeyTrap), CVE-2023-50868",
    effect: ResolverEffect::Differs,
    resolvers: "Since KeyTrap each has limits of its own and answers SERVFAIL past them; BIND's is the tightest, with one failed verification.",
    cause: "Many keys share a tag, or many signatures do not verify: an attack, or a rollover that never cleans up. Remove keys and signatures that nobody needs.",
    checks: &[KEYS, SIGNS],
};

pub(super) const UNSUPPORTED_DNSKEY_ALGORITHM: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.2, RFC 6840 section 5.2, RFC 9904",
    effect: ResolverEffect::Insecure,
    resolvers: "Of a DS whose algorithm none of them knows: all four NOERROR without AD; Knot Resolver tells EDE 0. Which algorithms they know differs: Ed448 (16) is known to some, SHA-1 (5, 7) is no longer to others (RFC 9905).",
    cause: "The zone is signed by algorithms that cannot be checked here, so it counts as unsigned. Roll to 13 (ECDSAP256SHA256) or 15 (ED25519), which all know.",
    checks: &[KEYS],
};

pub(super) const UNSUPPORTED_KEY_SIZE: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 3110 section 2, RFC 5702 section 2",
    effect: ResolverEffect::Uses,
    resolvers: "Of RSA with 512 bits: all four NOERROR with AD, for they check what can be factored in hours. RFC 5702 wants at least 512 bits, RFC 6781 section 3.4.2 suggests 1024 and more.",
    cause: "RSA below 1024 or above 8192 bits, or an exponent that is out of the ordinary: it cannot be checked here, and it is not called bogus for that. Roll to an ordinary key.",
    checks: &[KEYS],
};

pub(super) const UNSUPPORTED_DS_DIGEST_TYPE: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4509 section 3, RFC 6840 section 5.2",
    effect: ResolverEffect::Insecure,
    resolvers: "Of a DS of digest type 200 alone: all four NOERROR without AD; Knot Resolver tells EDE 0.",
    cause: "The parent has no DS of a digest type that can be checked here. Give it one of type 2 (SHA-256).",
    checks: &[DS],
};

pub(super) const UNSUPPORTED_NSEC3_ITERATIONS: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 9276 section 3.2",
    effect: ResolverEffect::Insecure,
    resolvers: "Such denials (not the data) lose AD: in Unbound, BIND and PowerDNS Recursor above 150 iterations, in Knot Resolver above 50. None of them tells EDE 27; RFC 9276 allows SERVFAIL too.",
    cause: "More iterations protect nothing and cost every resolver. RFC 9276 wants 0.",
    checks: &[NSEC3],
};

pub(super) const DNSKEY_RRSIG_MISSING: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.2",
    effect: ResolverEffect::Servfail,
    resolvers: "Signed by the ZSK alone: Unbound EDE 10, BIND none, Knot Resolver EDE 6, PowerDNS Recursor EDE 9. Not signed at all: Unbound and PowerDNS Recursor EDE 10, Knot Resolver EDE 0, BIND none.",
    cause: "The key that the DS points to is published and does not sign the key set: its private part is gone, it was deactivated too early in a rollover, or its signature was not renewed (offline KSK).",
    checks: &[KEYS, DS, SIGNS],
};

pub(super) const NSEC_MISSING: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 sections 3.1.3 and 5.4, RFC 5155 sections 7.2 and 8",
    effect: ResolverEffect::Servfail,
    resolvers: "Unbound and Knot Resolver EDE 12, BIND and PowerDNS Recursor none. Names that exist are answered, so that it shows late: for a name without AAAA, or where a wildcard answers.",
    cause: "The chain of NSEC or NSEC3 has a gap, the server does not find the records that it needs, or it mixes an old NSEC3 chain with a new one.",
    checks: &[DENIAL, WHOLE, COPY],
};

pub(super) const OPT_OUT: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 5155 sections 6 and 9.2",
    effect: ResolverEffect::Insecure,
    resolvers: "The denial loses AD; the zone's data does not. No further denial is made from such a proof (RFC 8198).",
    cause: "The zone leaves unsigned delegations out of its NSEC3 chain, as large zones of delegations do, so a name that it denies may be one. Nothing is wrong; a zone with few delegations gains by signing without opt-out.",
    checks: &[DENIAL],
};

pub(super) const INSECURE_DELEGATION: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5.2, RFC 7344, RFC 8078",
    effect: ResolverEffect::Insecure,
    resolvers: "NOERROR without AD, whatever the signatures: they protect nobody.",
    cause: "The parent was never given a DS, or was asked to withdraw it. If the zone is meant to be signed, give the parent the DS; a parent that reads CDS takes it from there.",
    checks: &[DS],
};

pub(super) const RESOLVER_FAILED: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4033 section 5",
    effect: ResolverEffect::Unseen,
    resolvers: "The fault is that of the resolver in probes.json, or of the way to it; nothing is said about the zone.",
    cause: "The resolver is down, refuses this client, or does not answer with CD and DO.",
    checks: &[CHAIN],
};

pub(super) const CHAIN_BROKEN: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4035 section 5, RFC 4033 section 5",
    effect: ResolverEffect::Differs,
    resolvers: "SERVFAIL where a zone above is broken for them too; nothing is wrong with this one where the resolver alone gives it wrongly.",
    cause: "A zone between the trust anchor and this one is broken, or the resolver strips or keeps what it should pass on. Where the detail names the anchors' own zone: the trust anchor in probes.json or `anchors_file` is mistyped, outdated, or of another root than the resolver's (a private root).",
    checks: &[CHAIN],
};

pub(super) const NO_TRUST_ANCHOR: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 4033 section 5",
    effect: ResolverEffect::Unseen,
    resolvers: "They have the root's.",
    cause: "Whether the signatures verify is told all the same; whether a resolver would believe them is not. Pin the zone's DS or DNSKEY in probes.json, or name a resolver there ([configuration](configuration.md)).",
    checks: &[],
};
