//! The page of reasons: what each means for resolvers and what an operator checks.
//!
//! Judgement carries no prose, so that the texts stand here, beside the view that shows them; names, rank, Extended DNS
//! Errors and meanings are those of `src/reason/mod.rs`.

mod answers;
mod checks;
mod network;
mod trust;
mod validation;

use std::fmt::{self, Write as _};

use crate::reason::Reason;
use checks::OperatorCheck;

/// What is to be said of a reason beside its meaning.
struct ReasonAdvice {
    /// Where it is laid down.
    rfc: &'static str,
    /// What resolvers make of it, in a word.
    effect: ResolverEffect,
    /// What they make of it, in full; what each was seen to answer.
    resolvers: &'static str,
    /// How a zone comes to it, and what to do first.
    cause: &'static str,
    /// Where to look on each nameserver.
    checks: &'static [OperatorCheck],
}

/// What a validating resolver does with such an answer.
#[derive(Clone, Copy)]
enum ResolverEffect {
    /// It never comes to see this.
    Unseen,
    /// It uses the answer as it is.
    Uses,
    /// It asks the zone's other servers and fails when none is better.
    AsksAnother,
    /// It answers SERVFAIL.
    Servfail,
    /// It takes the zone for unsigned.
    Insecure,
    /// Resolvers differ.
    Differs,
}

impl ResolverEffect {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Unseen => "do not see it",
            Self::Uses => "use the answer",
            Self::AsksAnother => "ask another server",
            Self::Servfail => "SERVFAIL",
            Self::Insecure => "treat as insecure",
            Self::Differs => "differ",
        }
    }
}

/// The page's head; the versions are those that `ReasonAdvice::resolvers` was measured with.
const HEAD: &str = "\
# Reasons

<!-- Generated from src/reason/mod.rs and src/reference/reasons: OUTSIDEIN_BLESS=1 cargo test --test in_process reasons_reference -->

Why a probe failed, why an RRset or a signature does not hold, why a status is not `secure`. The set is closed. Each stands
with its Extended DNS Error (EDE, RFC 8914 and IANA's registry) on every view: `probe_failure`, `probe_failure_headline` and
`probe_dnssec_status_reason` have both as labels, JSON as `reason` and `info_code`.

The most telling first: of several reasons that hold at an address, the one of the lowest rank is the headline
(`probe_failure_headline`, the first of `failures`), and all others are kept. A cause ranks before what follows from it; where
neither follows from the other, what keeps validators from the zone ranks before what keeps them from one address.

What resolvers answer was measured, one broken zone for each, with a trust anchor for the zone: Unbound 1.17.1 (`ede: yes`), BIND
9.18.49, Knot Resolver 5.6.0, PowerDNS Recursor 4.8.8 (`extended-resolution-errors`). BIND 9.18 gives no EDE for DNSSEC. Where nothing
is said of a resolver by name, the RFC is what stands there. Before a resolver answers SERVFAIL it asks the zone's other
servers: one that is good hides the fault, at a price in time.

Commands are those of Debian 12: Knot 3.2, BIND 9.18, NSD 4.6, PowerDNS 4.7. `example.net` is the zone, 192.0.2.1 the address that
failed, 192.0.2.53 the resolver, 12345 a key tag, `zone.db` the zone's file.
";

/// docs/reasons.md.
pub fn reasons_reference() -> String {
    let mut out = String::from(HEAD);
    // Writing to a String cannot fail.
    let _ = write_table(&mut out);
    out.push('\n');
    for (rank, reason) in ranked() {
        let _ = write_reason(&mut out, rank, reason, advice(reason));
    }
    out.push_str("## Where to look\n\n");
    for check in checks::ALL {
        let _ = write_check(&mut out, check);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn ranked() -> impl Iterator<Item = (usize, Reason)> {
    Reason::ALL
        .iter()
        .enumerate()
        .map(|(index, &reason)| (index + 1, reason))
}

fn write_table(out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n| rank | reason | EDE | validating resolvers |\n| --- | --- | --- | --- |"
    )?;
    for (rank, reason) in ranked() {
        writeln!(
            out,
            "| {rank} | [`{reason}`](#{reason}) | {} | {} |",
            ede(reason),
            advice(reason).effect.as_str()
        )?;
    }
    Ok(())
}

fn write_reason(
    out: &mut String,
    rank: usize,
    reason: Reason,
    advice: &ReasonAdvice,
) -> fmt::Result {
    let ede = match ede(reason) {
        none if none.is_empty() => "no EDE".to_owned(),
        code => format!("EDE {code}"),
    };
    writeln!(
        out,
        "## `{reason}`\n\nRank {rank}; {ede}; {}.\n",
        advice.rfc
    )?;
    writeln!(out, "{} {}\n", reason.meaning(), advice.cause)?;
    writeln!(
        out,
        "**Validating resolvers:** {}. {}\n",
        advice.effect.as_str(),
        advice.resolvers
    )?;
    let questions: Vec<_> = advice
        .checks
        .iter()
        .map(|check| linked(check.question))
        .collect();
    if questions.is_empty() {
        Ok(())
    } else {
        writeln!(out, "**Look:** {}\n", questions.join(" "))
    }
}

/// The question, and where on the page its answer is found.
fn linked(question: &str) -> String {
    let words = question.to_lowercase();
    let anchor: String = words
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'))
        .collect();
    format!("[{question}](#{})", anchor.replace(' ', "-"))
}

fn write_check(out: &mut String, check: &OperatorCheck) -> fmt::Result {
    let OperatorCheck {
        question,
        any_server,
        knot,
        bind,
        nsd,
        powerdns,
    } = check;
    writeln!(out, "### {question}\n")?;
    if !any_server.is_empty() {
        writeln!(out, "{any_server}\n")?;
    }
    let servers = [
        ("Knot", knot),
        ("BIND", bind),
        ("NSD", nsd),
        ("PowerDNS", powerdns),
    ];
    for (server, text) in servers.iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(out, "* {server}: {text}")?;
    }
    if servers.iter().any(|(_, text)| !text.is_empty()) {
        writeln!(out)
    } else {
        Ok(())
    }
}

fn ede(reason: Reason) -> String {
    reason
        .info_code()
        .map(|code| format!("{} {code}", code.0))
        .unwrap_or_default()
}

/// What is to be said of each reason: without a wildcard, so that a new one cannot be left out.
const fn advice(reason: Reason) -> &'static ReasonAdvice {
    match reason {
        Reason::NameResolutionFailed => &network::NAME_RESOLUTION_FAILED,
        Reason::NoAddress => &network::NO_ADDRESS,
        Reason::LocalError => &network::LOCAL_ERROR,
        Reason::NetworkError => &network::NETWORK_ERROR,
        Reason::MismatchedQuestion => &network::MISMATCHED_QUESTION,
        Reason::Timeout => &network::TIMEOUT,
        Reason::MalformedResponse => &answers::MALFORMED_RESPONSE,
        Reason::Truncated => &answers::TRUNCATED,
        Reason::Refused => &answers::REFUSED,
        Reason::Servfail => &answers::SERVFAIL,
        Reason::Formerr => &answers::FORMERR,
        Reason::Notimp => &answers::NOTIMP,
        Reason::Nxdomain => &answers::NXDOMAIN,
        Reason::Rcode => &answers::RCODE,
        Reason::UpwardReferral => &answers::UPWARD_REFERRAL,
        Reason::SelfReferral => &answers::SELF_REFERRAL,
        Reason::Referral => &answers::REFERRAL,
        Reason::NotAuthoritative => &answers::NOT_AUTHORITATIVE,
        Reason::ZoneMismatch => &answers::ZONE_MISMATCH,
        Reason::AnswerOwnerMismatch => &answers::ANSWER_OWNER_MISMATCH,
        Reason::NoData => &answers::NO_DATA,
        Reason::EmptyAnswer => &answers::EMPTY_ANSWER,
        Reason::UnexpectedRecords => &answers::UNEXPECTED_RECORDS,
        Reason::EdnsUnsupported => &answers::EDNS_UNSUPPORTED,
        Reason::SignatureExpired => &validation::SIGNATURE_EXPIRED,
        Reason::SignatureNotYetValid => &validation::SIGNATURE_NOT_YET_VALID,
        Reason::SignatureExpiredBeforeValid => &validation::SIGNATURE_EXPIRED_BEFORE_VALID,
        Reason::SignatureInvalid => &validation::SIGNATURE_INVALID,
        Reason::DnskeyMissing => &validation::DNSKEY_MISSING,
        Reason::RrsigsMissing => &validation::RRSIGS_MISSING,
        Reason::NoZoneKeyBitSet => &validation::NO_ZONE_KEY_BIT_SET,
        Reason::KeyRevoked => &validation::KEY_REVOKED,
        Reason::KeyProtocolInvalid => &validation::KEY_PROTOCOL_INVALID,
        Reason::SignerNameMismatch => &validation::SIGNER_NAME_MISMATCH,
        Reason::LabelsInvalid => &validation::LABELS_INVALID,
        Reason::DnameMismatch => &validation::DNAME_MISMATCH,
        Reason::MalformedRecord => &validation::MALFORMED_RECORD,
        Reason::DsMismatch => &trust::DS_MISMATCH,
        Reason::DnskeyRrsigMissing => &trust::DNSKEY_RRSIG_MISSING,
        Reason::DenialContradicted => &trust::DENIAL_CONTRADICTED,
        Reason::DenialContradictsData => &trust::DENIAL_CONTRADICTS_DATA,
        Reason::DenialChainInconsistent => &trust::DENIAL_CHAIN_INCONSISTENT,
        Reason::NsecMissing => &trust::NSEC_MISSING,
        Reason::ValidationLimitReached => &trust::VALIDATION_LIMIT_REACHED,
        Reason::UnsupportedDnskeyAlgorithm => &trust::UNSUPPORTED_DNSKEY_ALGORITHM,
        Reason::UnsupportedKeySize => &trust::UNSUPPORTED_KEY_SIZE,
        Reason::UnsupportedDsDigestType => &trust::UNSUPPORTED_DS_DIGEST_TYPE,
        Reason::UnsupportedNsec3Iterations => &trust::UNSUPPORTED_NSEC3_ITERATIONS,
        Reason::InsecureDelegation => &trust::INSECURE_DELEGATION,
        Reason::ChainBroken => &trust::CHAIN_BROKEN,
        Reason::ResolverFailed => &trust::RESOLVER_FAILED,
        Reason::NoTrustAnchor => &trust::NO_TRUST_ANCHOR,
        Reason::OptOut => &trust::OPT_OUT,
    }
}
