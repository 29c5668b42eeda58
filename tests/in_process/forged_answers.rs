//! Answers that somebody made up on the way, beside what the zone did sign: none of them is secure.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::testing;
use crate::testing::{Response, SignatureFields, Signer, name, rdata_of, record, records};
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

const NOW: u32 = 1_000_000_000;
const CNAME: u16 = 5;
const DNAME: u16 = 39;
const NSEC: u16 = 47;
/// An algorithm that cannot be checked here.
const ED448: u8 = 16;

/// The zone `example.` as somebody on the way to it answers.
struct Forged {
    signer: Signer,
    keys: Vec<Vec<u8>>,
    flags: u16,
    answer: Vec<Vec<u8>>,
    authority: Vec<Vec<u8>>,
}

impl Forged {
    fn new(answer: Vec<Vec<u8>>) -> Self {
        let mut signer = Signer::new(7);
        signer.flags = 0x0101;
        let keys = vec![signer.dnskey()];
        Self {
            signer,
            keys,
            flags: 0x8400,
            answer,
            authority: Vec::new(),
        }
    }

    fn signed(text: &str, rtype: u16, labels: u8) -> Vec<Vec<u8>> {
        let zone = Self::new(Vec::new());
        let all = records(text);
        let owner = name(text.split(' ').next().unwrap());
        let rdatas: Vec<_> = all.iter().map(|record| rdata_of(record).to_vec()).collect();
        let rrsig = zone.rrsig(rtype, labels, &owner, &rdatas);
        all.into_iter()
            .chain([record(&owner, testing::RRSIG, 60, &rrsig)])
            .collect()
    }

    fn fields(&self, type_covered: u16, labels: u8) -> SignatureFields {
        SignatureFields {
            type_covered,
            algorithm: Signer::ALGORITHM,
            labels,
            original_ttl: 60,
            expiration: NOW + 1000,
            inception: NOW - 1000,
            key_tag: self.signer.key_tag(),
            signer: name("example."),
        }
    }

    fn rrsig(&self, type_covered: u16, labels: u8, owner: &[u8], rdatas: &[Vec<u8>]) -> Vec<u8> {
        self.signer
            .rrsig(&self.fields(type_covered, labels), owner, rdatas)
    }

    fn key_records(&self) -> Vec<Vec<u8>> {
        let apex = name("example.");
        let rrsig = self.rrsig(testing::DNSKEY, 1, &apex, &self.keys);
        let keys = self
            .keys
            .iter()
            .map(|key| record(&apex, testing::DNSKEY, 60, key));
        keys.chain([record(&apex, testing::RRSIG, 60, &rrsig)])
            .collect()
    }

    /// The status with the zone's own key as the trust anchor, and the failures where signatures need not be there.
    async fn validate(&self, qname: &str, qtype: &str) -> (SecurityStatus, Vec<Reason>) {
        let anchor = format!("257 3 15 {}", BASE64.encode(&Signer::new(7).dnskey()[4..]));
        self.validate_with(qname, qtype, &anchor).await
    }

    async fn validate_with(
        &self,
        qname: &str,
        qtype: &str,
        anchor: &str,
    ) -> (SecurityStatus, Vec<Reason>) {
        let parameters = [
            ("target", "192.0.2.1"),
            ("zone", "example"),
            ("name", qname),
            ("qtype", qtype),
            ("denial", "false"),
        ];
        let parameters = parameters
            .into_iter()
            .chain([("transport", "udp"), ("anchor", anchor)]);
        let parameters: Vec<_> = parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let modules = r#"{ "modules": { "default": { "valid_rcodes": ["NOERROR", "NXDOMAIN", "REFUSED"] } } }"#;
        let config = Config::parse(modules, "probes.json").expect("a configuration");
        let plan = TargetPlan::new(&parameters, None, &config).expect("a plan");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into());
        let report = probe(&plan, self, &LinkCache::default(), at).await;
        let server = &report.servers[0];
        let status = server.dnssec.as_ref().expect("the keys were served").status;
        (
            status,
            server
                .failures
                .iter()
                .map(|failure| failure.reason)
                .collect(),
        )
    }
}

impl Network for Forged {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let question = &ask.query.question;
        let response = Response::to(&question.name.to_string(), question.rtype.0);
        let mut response = match question.rtype {
            RrType::DNSKEY => response.answer(self.key_records()),
            _ => response.answer(self.answer.clone()),
        };
        if question.rtype != RrType::DNSKEY {
            response.flags = self.flags;
            response.authority.clone_from(&self.authority);
        }
        let response = response.additional([record(&[0], testing::OPT, 0x8000, &[])]);
        let message = Message::read(response.octets()).expect("a message");
        Exchange::untimed(ask, Outcome::Response(Arc::new(message)))
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        Err("every target here is an address".to_owned())
    }
}

/// An RRSIG by a key that nobody has.
fn made_up_rrsig(
    owner: &str,
    type_covered: u16,
    labels: u8,
    algorithm: u8,
    signer: &str,
) -> Vec<u8> {
    let fields = SignatureFields {
        algorithm,
        signer: name(signer),
        ..Forged::new(vec![]).fields(type_covered, labels)
    };
    record(
        &name(owner),
        testing::RRSIG,
        60,
        &[fields.head(), vec![0x5A; 64]].concat(),
    )
}

/// A key of Ed448 by the tag of `other`.
fn ed448_of_the_same_tag(dnskey: &[u8]) -> Vec<u8> {
    let mut key = dnskey.to_vec();
    key[3] = ED448;
    // The tag is a sum of words of 16 bits: what the algorithm adds is taken away again.
    let last = u16::from_be_bytes([key[34], key[35]]);
    key[34..].copy_from_slice(&(last - 1).to_be_bytes());
    assert_eq!(testing::key_tag(&key), testing::key_tag(dnskey));
    key
}

#[tokio::test]
async fn cname_needs_a_validated_dname() {
    let bogus = (Bogus(RrsigsMissing), vec![RrsigsMissing]);
    let cname = || records("www.example. 60 IN CNAME www.example.evil.");
    let above = cname()
        .into_iter()
        .chain([record(&[0], DNAME, 60, &name("evil."))]);
    assert_eq!(
        Forged::new(above.collect())
            .validate("www.example", "A")
            .await,
        bogus,
        "a DNAME above the zone"
    );
    let mut chaos = record(&name("example."), DNAME, 60, &name("example.evil."));
    chaos[name("example.").len() + 3] = 3;
    let chaos = cname().into_iter().chain([chaos]).collect();
    assert_eq!(
        Forged::new(chaos).validate("www.example", "A").await,
        bogus,
        "a DNAME of another class"
    );
    let mut childs =
        records("sub.example. 60 IN DNAME evil.\nwww.sub.example. 60 IN CNAME www.evil.");
    childs.push(made_up_rrsig(
        "sub.example.",
        DNAME,
        2,
        Signer::ALGORITHM,
        "sub.example.",
    ));
    let bogus = (Bogus(SignerNameMismatch), vec![SignerNameMismatch]);
    assert_eq!(
        Forged::new(childs).validate("www.sub.example", "A").await,
        bogus,
        "no child stands above what is asked"
    );
    let in_zone_dname = Forged::signed("sub.example. 60 IN DNAME other.", DNAME, 2);
    let in_zone_dname = in_zone_dname
        .into_iter()
        .chain(records("www.sub.example. 60 IN CNAME www.other."))
        .collect();
    assert_eq!(
        Forged::new(in_zone_dname)
            .validate("www.sub.example", "A")
            .await,
        (Secure, vec![]),
        "the zone's own"
    );
}

#[tokio::test]
async fn unsupported_algorithm_still_needs_a_key() {
    let mut answer = records("www.example. 60 IN A 192.0.2.66");
    answer.push(made_up_rrsig(
        "www.example.",
        testing::A,
        2,
        ED448,
        "example.",
    ));
    let mut forged = Forged::new(answer);
    assert_eq!(
        forged.validate("www.example", "A").await,
        (Bogus(DnskeyMissing), vec![DnskeyMissing])
    );
    forged.keys.push(ed448_of_the_same_tag(&forged.keys[0]));
    let indeterminate = (Indeterminate(UnsupportedDnskeyAlgorithm), vec![]);
    assert_eq!(
        forged.validate("www.example", "A").await,
        indeterminate,
        "the zone may have signed it"
    );
}

#[tokio::test]
async fn unused_algorithm_does_not_excuse_a_denial() {
    let mut forged = Forged::new(Vec::new());
    forged.flags = 0x8403;
    forged.authority = Forged::signed("example. 60 IN SOA . . 1 2 3 4 5", testing::SOA, 1);
    forged
        .authority
        .extend(records("a.example. 60 IN NSEC b.example. A"));
    forged
        .authority
        .push(made_up_rrsig("a.example.", NSEC, 2, ED448, "example."));
    let bogus = (Bogus(DnskeyMissing), vec![DnskeyMissing, DnskeyMissing]);
    assert_eq!(forged.validate("www.example", "A").await, bogus);
}

#[tokio::test]
async fn answer_with_only_signatures_is_indeterminate() {
    let mut forged = Forged::new(vec![made_up_rrsig(
        "www.example.",
        testing::A,
        2,
        Signer::ALGORITHM,
        "example.",
    )]);
    forged
        .answer
        .extend(Forged::signed("example. 60 IN TXT beside", testing::TXT, 1));
    for qtype in ["RRSIG", "ANY"] {
        let indeterminate = (Indeterminate(RrsigsMissing), vec![]);
        assert_eq!(
            forged.validate("www.example", qtype).await,
            indeterminate,
            "{qtype}"
        );
    }
}

#[tokio::test]
async fn rcode_without_denial_is_indeterminate() {
    let mut forged = Forged::new(Vec::new());
    forged.flags = 0x8405;
    assert_eq!(
        forged.validate("www.example", "A").await,
        (Indeterminate(Refused), vec![])
    );
}

#[tokio::test]
async fn colliding_keys_do_not_hide_a_ds_mismatch() {
    let mut forged = Forged::new(Forged::signed(
        "www.example. 60 IN A 192.0.2.66",
        testing::A,
        2,
    ));
    let zone_key = forged.keys[0].clone();
    // Two words that change places leave the tag as it is.
    forged.keys.extend((0..5).map(|index| {
        let (mut key, at) = (zone_key.clone(), 4 + 4 * index);
        key[at..at + 4].rotate_left(2);
        key
    }));
    let anchor = format!("{} 15 2 {}", forged.signer.key_tag(), "AB".repeat(32));
    let limited = (
        Indeterminate(ValidationLimitReached),
        vec![ValidationLimitReached],
    );
    assert_eq!(
        forged.validate_with("www.example", "A", &anchor).await,
        limited
    );
    forged.keys.truncate(4);
    assert_eq!(
        forged.validate_with("www.example", "A", &anchor).await,
        (Bogus(DsMismatch), vec![DsMismatch])
    );
}

#[tokio::test]
async fn child_zone_data_past_an_alias_is_indeterminate() {
    let mut answer = Forged::signed("www.example. 60 IN CNAME host.example.", CNAME, 2);
    assert_eq!(
        Forged::new(answer.clone())
            .validate("www.example", "A")
            .await,
        (Secure, vec![]),
        "the alias alone"
    );
    answer.extend(records("host.example. 60 IN A 192.0.2.66"));
    answer.push(made_up_rrsig(
        "host.example.",
        testing::A,
        2,
        Signer::ALGORITHM,
        "host.example.",
    ));
    let indeterminate = (Indeterminate(NoTrustAnchor), vec![]);
    assert_eq!(
        Forged::new(answer).validate("www.example", "A").await,
        indeterminate,
        "it may be the child's, or anybody's"
    );
}

#[tokio::test]
async fn uncheckable_record_does_not_undo_a_valid_proof() {
    let mut forged = Forged::new(Vec::new());
    forged.keys.push(ed448_of_the_same_tag(&forged.keys[0]));
    forged.flags = 0x8403;
    forged.authority = Forged::signed("example. 60 IN SOA . . 1 2 3 4 5", testing::SOA, 1);
    forged
        .authority
        .extend(records("a.example. 60 IN NSEC b.example. A"));
    forged
        .authority
        .push(made_up_rrsig("a.example.", NSEC, 2, ED448, "example."));
    let indeterminate = (Indeterminate(UnsupportedDnskeyAlgorithm), vec![]);
    assert_eq!(
        forged.validate("www.example", "A").await,
        indeterminate,
        "the proof that is missing may be that one"
    );
    forged.authority.extend(Forged::signed(
        "www.example. 60 IN NSEC zzz.example. A NSEC RRSIG",
        NSEC,
        2,
    ));
    let bogus = (Bogus(DenialContradicted), vec![DenialContradicted]);
    assert_eq!(
        forged.validate("www.example", "A").await,
        bogus,
        "the name exists"
    );
}
