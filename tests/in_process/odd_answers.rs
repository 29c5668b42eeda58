//! Answers that are odd in their form and yet have a DNSSEC status, and what is a warning rather than a failure.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use data_encoding::BASE64;
use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::dns::{Message, RrType};
use outsidein::dnssec::SecurityStatus::{self, *};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::Network;
use outsidein::plan::TargetPlan;
use outsidein::probe::probe;
use outsidein::reason::Reason::{self, *};
use outsidein::reason::WarningKind::{self, *};

use crate::testing::{
    A, DNSKEY, OPT, RRSIG, Response, SOA, SignatureFields, Signer, TXT, name, rdata_of, record,
    records,
};

const NOW: u32 = 1_000_000_000;
const CNAME: u16 = 5;
const NSEC: u16 = 47;
const HTTPS: u16 = 65;
const NXDOMAIN: u16 = 0x8403;
const NOERROR: u16 = 0x8400;
/// `example` in the question's `www.example`, and all of it, as compression pointers.
const APEX_POINTER: [u8; 2] = [0xC0, 12 + 4];
const QNAME_POINTER: [u8; 2] = [0xC0, 12];

fn signer() -> Signer {
    let mut signer = Signer::new(7);
    signer.flags = 0x0101;
    signer
}

fn rrsig(zone: &str, owner: &str, rtype: u16, rdatas: &[Vec<u8>]) -> Vec<u8> {
    let labels = owner.split('.').filter(|label| !label.is_empty()).count();
    let fields = SignatureFields {
        type_covered: rtype,
        algorithm: Signer::ALGORITHM,
        labels: labels.try_into().unwrap(),
        original_ttl: 60,
        expiration: NOW + 1000,
        inception: NOW - 1000,
        key_tag: signer().key_tag(),
        signer: name(zone),
    };
    signer().rrsig(&fields, &name(owner), rdatas)
}

/// The records in `text` and their RRSIG by `zone`.
fn signed(zone: &str, text: &str, rtype: u16) -> Vec<Vec<u8>> {
    let all = records(text);
    let owner = text.split(' ').next().unwrap();
    let rdatas: Vec<_> = all.iter().map(|record| rdata_of(record).to_vec()).collect();
    let rrsig = rrsig(zone, owner, rtype, &rdatas);
    all.into_iter()
        .chain([record(&name(owner), RRSIG, 60, &rrsig)])
        .collect()
}

/// RDATA at `www.example` that is sent in another form than it is signed in.
fn sent_as(rtype: u16, signed_rdata: &[u8], sent_rdata: &[u8]) -> Vec<Vec<u8>> {
    let rrsig = rrsig("example.", "www.example.", rtype, &[signed_rdata.to_vec()]);
    let owner = name("www.example.");
    vec![
        record(&owner, rtype, 60, sent_rdata),
        record(&owner, RRSIG, 60, &rrsig),
    ]
}

fn joined(parts: impl IntoIterator<Item = Vec<Vec<u8>>>) -> Vec<Vec<u8>> {
    parts.into_iter().flatten().collect()
}

/// One server, what it answers, and what is to be said of it.
struct Row {
    case: &'static str,
    zone: &'static str,
    question: (&'static str, &'static str),
    flags: u16,
    answer: Vec<Vec<u8>>,
    authority: Vec<Vec<u8>>,
    /// What it answers for the SOA of the name asked for.
    zone_cut: Vec<Vec<u8>>,
    has_keys: bool,
    status: SecurityStatus,
    reasons: &'static [Reason],
    warnings: &'static [WarningKind],
}

impl Row {
    /// A good answer to `www.example A`.
    fn new(case: &'static str) -> Self {
        Self {
            case,
            zone: "example.",
            question: ("www.example.", "A"),
            flags: NOERROR,
            answer: good(),
            authority: Vec::new(),
            zone_cut: Vec::new(),
            has_keys: true,
            status: Secure,
            reasons: &[],
            warnings: &[],
        }
    }

    async fn assert_holds(&self) {
        let (qname, qtype) = self.question;
        let anchor = if self.has_keys {
            format!("257 3 15 {}", BASE64.encode(&signer().dnskey()[4..]))
        } else {
            // What nobody can check makes the zone insecure.
            "1 15 250 AB".to_owned()
        };
        let parameters = [
            ("target", "192.0.2.1"),
            ("zone", self.zone),
            ("name", qname),
            ("qtype", qtype),
            ("denial", "false"),
            ("transport", "udp"),
            ("anchor", &anchor),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let plan = TargetPlan::new(&parameters, None, &Config::default()).expect("a plan");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into());
        let report = probe(&plan, self, &LinkCache::default(), at).await;
        let server = &report.servers[0];
        let mut reasons: Vec<_> = server
            .failures
            .iter()
            .map(|failure| failure.reason)
            .collect();
        reasons.dedup();
        let warnings: Vec<_> = server.warnings.iter().map(|warning| warning.kind).collect();
        let status = server.dnssec.as_ref().expect("the keys were served").status;
        let case = self.case;
        assert_eq!(
            (status, reasons),
            (self.status, self.reasons.to_vec()),
            "{case}"
        );
        assert_eq!(warnings, self.warnings, "{case}");
        assert_eq!(report.success, self.reasons.is_empty(), "{case}");
    }
}

impl Network for Row {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let question = &ask.query.question;
        let mut response = Response::to(&question.name.to_string(), question.rtype.0);
        match question.rtype {
            RrType::DNSKEY if self.has_keys => {
                let key = signer().dnskey();
                let rrsig = rrsig(self.zone, self.zone, DNSKEY, std::slice::from_ref(&key));
                response = response.answer([
                    record(&name(self.zone), DNSKEY, 60, &key),
                    record(&name(self.zone), RRSIG, 60, &rrsig),
                ]);
            }
            RrType::DNSKEY => response.authority = records("example. 60 IN SOA . . 1 2 3 4 5"),
            RrType::SOA => response.authority.clone_from(&self.zone_cut),
            _ => {
                response.flags = self.flags;
                response.answer.clone_from(&self.answer);
                response.authority.clone_from(&self.authority);
            }
        }
        let response = response.additional([record(&[0], OPT, 0x8000, &[])]);
        let message = Message::read(response.octets()).expect("a message");
        Exchange::untimed(ask, Outcome::Response(Arc::new(message)))
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        Err("every target here is an address".to_owned())
    }
}

fn good() -> Vec<Vec<u8>> {
    signed("example.", "www.example. 60 IN A 192.0.2.80", A)
}

fn soa() -> Vec<Vec<u8>> {
    signed("example.", "example. 60 IN SOA . . 1 2 3 4 5", SOA)
}

#[tokio::test]
async fn rrset_that_was_not_asked_for_is_a_warning() {
    let unsigned = || records("www.example. 60 IN TXT extra");
    for row in [
        Row::new("nothing beside the answer"),
        Row {
            answer: joined([good(), unsigned()]),
            warnings: &[ExtraRrsetInvalid],
            ..Row::new("unsigned, behind the answer")
        },
        Row {
            answer: joined([unsigned(), good()]),
            warnings: &[ExtraRrsetInvalid],
            ..Row::new("unsigned, before the answer")
        },
        Row {
            answer: joined([good(), records("other.example. 60 IN A 192.0.2.1")]),
            warnings: &[ExtraRrsetInvalid],
            ..Row::new("of another name")
        },
        Row {
            answer: joined([
                good(),
                signed("example.", "www.example. 60 IN TXT extra", TXT),
            ]),
            ..Row::new("signed")
        },
        Row {
            question: ("www.example.", "ANY"),
            answer: joined([good(), unsigned()]),
            status: Bogus(RrsigsMissing),
            reasons: &[RrsigsMissing],
            ..Row::new("unsigned, where all was asked for")
        },
        Row {
            answer: records("www.example. 60 IN A 192.0.2.80"),
            status: Bogus(RrsigsMissing),
            reasons: &[RrsigsMissing],
            ..Row::new("what was asked for is unsigned")
        },
    ] {
        row.assert_holds().await;
    }
}

#[tokio::test]
async fn unsigned_zone_may_carry_a_foreign_signature() {
    let insecure = |case| Row {
        has_keys: false,
        status: Insecure(UnsupportedDsDigestType),
        ..Row::new(case)
    };
    for row in [
        Row {
            answer: records("www.example. 60 IN A 192.0.2.80"),
            ..insecure("no signature")
        },
        Row {
            answer: signed("elsewhere.", "www.example. 60 IN A 192.0.2.80", A),
            warnings: &[ForeignSignature],
            ..insecure("a foreign signature")
        },
        Row {
            answer: good(),
            reasons: &[DnskeyMissing, RrsigsMissing, NsecMissing],
            ..insecure("a signature of its own, without a key")
        },
    ] {
        row.assert_holds().await;
    }
}

#[tokio::test]
async fn name_of_a_child_zone_is_not_bogus() {
    let question = ("www.child.example.", "A");
    let text = "www.child.example. 60 IN A 192.0.2.80";
    let child_soa = || records("child.example. 60 IN SOA . . 1 2 3 4 5");
    for row in [
        Row {
            question,
            answer: signed("child.example.", text, A),
            zone_cut: child_soa(),
            status: Indeterminate(NoTrustAnchor),
            warnings: &[OtherZone],
            ..Row::new("signed child")
        },
        Row {
            question,
            answer: records(text),
            zone_cut: child_soa(),
            status: Indeterminate(NoTrustAnchor),
            warnings: &[OtherZone],
            ..Row::new("unsigned child")
        },
        Row {
            question,
            answer: records(text),
            zone_cut: soa(),
            status: Bogus(RrsigsMissing),
            reasons: &[RrsigsMissing],
            ..Row::new("the zone's own name, unsigned")
        },
        Row {
            question,
            answer: signed("child.example.", text, A),
            zone_cut: soa(),
            status: Bogus(SignerNameMismatch),
            reasons: &[SignerNameMismatch],
            ..Row::new("the zone's own name, signed as a child's")
        },
        Row {
            question: ("child.example.", "DS"),
            answer: records("child.example. 60 IN DS 1 15 2 ABCD"),
            zone_cut: child_soa(),
            status: Bogus(RrsigsMissing),
            reasons: &[RrsigsMissing],
            warnings: &[OtherZone],
            ..Row::new("the DS of a child is the parent's")
        },
    ] {
        row.assert_holds().await;
    }
}

#[tokio::test]
async fn faulty_form_does_not_hide_the_dnssec_status() {
    let nsec = "www.example. 60 IN NSEC zzz.example. A NSEC RRSIG";
    let apex_nsec = "example. 60 IN NSEC www.example. SOA NS DNSKEY NSEC RRSIG";
    let to_b = "www.example. 60 IN CNAME b.example.";
    let to_www = "b.example. 60 IN CNAME www.example.";
    let denied = |case| Row {
        question: ("www.example.", "TXT"),
        answer: Vec::new(),
        ..Row::new(case)
    };
    for row in [
        Row {
            authority: signed("example.", nsec, NSEC),
            reasons: &[EmptyAnswer],
            ..denied("NODATA with a good proof, without SOA")
        },
        Row {
            authority: records(nsec),
            status: Bogus(RrsigsMissing),
            reasons: &[EmptyAnswer, RrsigsMissing],
            ..denied("NODATA with an unsigned proof, without SOA")
        },
        Row {
            question: ("b.example.", "A"),
            flags: NXDOMAIN,
            authority: signed("example.", apex_nsec, NSEC),
            reasons: &[Nxdomain, EmptyAnswer],
            ..denied("NXDOMAIN with a good proof, without SOA")
        },
        Row {
            flags: NXDOMAIN,
            authority: signed("example.", nsec, NSEC),
            status: Bogus(DenialContradicted),
            reasons: &[Nxdomain, EmptyAnswer, DenialContradicted],
            ..denied("NXDOMAIN with a proof that the name exists, without SOA")
        },
        Row {
            answer: joined([
                signed("example.", to_b, CNAME),
                signed("example.", to_www, CNAME),
            ]),
            reasons: &[EmptyAnswer],
            ..Row::new("CNAME loop, signed")
        },
        Row {
            answer: joined([records(to_b), signed("example.", to_www, CNAME)]),
            status: Bogus(RrsigsMissing),
            reasons: &[EmptyAnswer, RrsigsMissing],
            ..Row::new("CNAME loop, one unsigned")
        },
        Row {
            answer: sent_as(A, &[192, 0, 2, 80, 0], &[192, 0, 2, 80, 0]),
            status: Bogus(MalformedRecord),
            reasons: &[MalformedRecord],
            ..Row::new("octets behind an address")
        },
    ] {
        row.assert_holds().await;
    }
}

#[tokio::test]
async fn compressed_names_are_validated_and_warned_about() {
    let bitmap = [0, 6, 0x40, 0, 0, 0, 0, 3];
    let nsec = |next: &[u8]| [next, &bitmap].concat();
    let https = |target: &[u8]| [&[0, 1], target].concat();
    let full_rrsig = rdata_of(&good()[1]).to_vec();
    let short_rrsig = [
        &full_rrsig[..18],
        &APEX_POINTER,
        &full_rrsig[18 + name("example.").len()..],
    ]
    .concat();
    let owner = name("www.example.");
    for row in [
        Row {
            answer: vec![good()[0].clone(), record(&owner, RRSIG, 60, &short_rrsig)],
            warnings: &[CompressedName],
            ..Row::new("the signer of an RRSIG")
        },
        Row {
            question: ("www.example.", "TXT"),
            answer: Vec::new(),
            authority: joined([
                soa(),
                sent_as(NSEC, &nsec(&name("example.")), &nsec(&APEX_POINTER)),
            ]),
            reasons: &[NoData],
            warnings: &[CompressedName],
            ..Row::new("the next name of an NSEC")
        },
        Row {
            question: ("www.example.", "HTTPS"),
            answer: sent_as(HTTPS, &https(&owner), &https(&QNAME_POINTER)),
            warnings: &[CompressedName],
            ..Row::new("the target of an HTTPS record")
        },
    ] {
        row.assert_holds().await;
    }
}

#[tokio::test]
async fn root_denies_its_own_ds() {
    let nsec = ". 60 IN NSEC aaa. NS SOA RRSIG NSEC DNSKEY";
    let row = Row {
        zone: ".",
        question: (".", "DS"),
        answer: Vec::new(),
        authority: joined([
            signed(".", ". 60 IN SOA . . 1 2 3 4 5", SOA),
            signed(".", nsec, NSEC),
        ]),
        reasons: &[NoData],
        ..Row::new("the DS of the root")
    };
    row.assert_holds().await;
}

#[tokio::test]
async fn denial_of_what_is_answered_has_a_reason_of_its_own() {
    let nodata = |case, question, nsecs: &[&str]| {
        let nsecs = nsecs.iter().map(|nsec| {
            let nsec = nsec.replacen(' ', " 60 IN NSEC ", 1);
            signed("example.", &nsec, NSEC)
        });
        Row {
            question,
            answer: Vec::new(),
            authority: joined(std::iter::once(soa()).chain(nsecs)),
            ..Row::new(case)
        }
    };
    let apex = ("example.", "TXT");
    let www = "www.example. zzz.example. A NSEC RRSIG";
    for row in [
        Row {
            reasons: &[NoData],
            ..nodata(
                "whole bitmap",
                apex,
                &["example. www.example. SOA DNSKEY NSEC RRSIG"],
            )
        },
        Row {
            reasons: &[NoData, DenialContradictsData],
            ..nodata(
                "bitmap without DNSKEY",
                apex,
                &["example. www.example. SOA NSEC RRSIG"],
            )
        },
        Row {
            reasons: &[NoData, DenialChainInconsistent],
            ..nodata(
                "an NSEC that leads past another",
                ("www.example.", "TXT"),
                &[www, "a.example. z.example. A NSEC RRSIG"],
            )
        },
    ] {
        row.assert_holds().await;
    }
}
