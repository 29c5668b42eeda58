//! Nothing was heard.

use super::checks::LISTENS;
use super::{ReasonAdvice, ResolverEffect};

pub(super) const NAME_RESOLUTION_FAILED: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1035 section 7.2",
    effect: ResolverEffect::Unseen,
    resolvers: "They have the server's address from the parent's glue or look it up themselves.",
    cause: "The system's resolver on the machine that probes did not answer, or the name does not exist. Give the address itself, or list it in probes.json.",
    checks: &[],
};

pub(super) const NO_ADDRESS: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 3596 section 2, RFC 3901 section 3",
    effect: ResolverEffect::AsksAnother,
    resolvers: "One that has this family alone cannot reach the server.",
    cause: "The host name has no AAAA (or no A), or probes.json lists none. Ask with `family=ipv4` if that is meant so.",
    checks: &[],
};

pub(super) const LOCAL_ERROR: ReasonAdvice = ReasonAdvice {
    rfc: "POSIX `socket`, `bind`",
    effect: ResolverEffect::Unseen,
    resolvers: "The fault is on this side.",
    cause: "Raise the limit of open files of the exporter's service, give it more CPU, or probe less at once; `outsidein_probes_in_flight` tells how much.",
    checks: &[],
};

pub(super) const NETWORK_ERROR: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1122 section 4.1.3.3, RFC 5452",
    effect: ResolverEffect::AsksAnother,
    resolvers: "SERVFAIL when none of the zone's servers is reached.",
    cause: "Nothing listens on the port, a firewall rejects, or no route leads there (from this machine: an exporter without IPv6 says so of every IPv6 address).",
    checks: &[LISTENS],
};

pub(super) const MISMATCHED_QUESTION: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 5452 section 9.1",
    effect: ResolverEffect::AsksAnother,
    resolvers: "They ignore such responses as forged, and run into their time limit as the probe did.",
    cause: "A middlebox answers in the server's stead, or somebody tries to forge. `probe_dns_ignored_responses` counts them.",
    checks: &[LISTENS],
};

pub(super) const TIMEOUT: ReasonAdvice = ReasonAdvice {
    rfc: "RFC 1035 section 7.2",
    effect: ResolverEffect::AsksAnother,
    resolvers: "Each try costs their users time; SERVFAIL when no server answers.",
    cause: "The server is down, a firewall drops, the path loses packets, large answers are lost as fragments, or rate limiting took the probe for a flood.",
    checks: &[LISTENS],
};
