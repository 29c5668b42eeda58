//! What DNSSEC makes of an answer as a whole, over a scripted network and a zone that signs with Ed25519.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::testing;
use crate::testing::{Response, SignatureFields, Signer, name, rdata_of, record, records};
use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::dns::{Message, RrType};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::Network;
use outsidein::plan::TargetPlan;
use outsidein::probe::probe;
use outsidein::reason::Reason::{self, *};
use outsidein::report::TargetReport;

const NOW: u32 = 1_000_000_000;
const NSEC: u16 = 47;

struct Zone {
    signer: Signer,
    inception: u32,
    delay: Duration,
    answer: Vec<Vec<u8>>,
    authority: Vec<Vec<u8>>,
}

impl Zone {
    fn new() -> Self {
        let mut signer = Signer::new(7);
        signer.flags = 0x0101;
        Self {
            signer,
            inception: NOW - 100,
            delay: Duration::ZERO,
            answer: Vec::new(),
            authority: Vec::new(),
        }
    }

    /// The record in `text` and its RRSIG; `labels` and `owner` are those that were signed.
    fn signed(&self, text: &str, rtype: u16, labels: u8, owner: &str) -> Vec<Vec<u8>> {
        let all = records(text);
        let rdatas: Vec<_> = all.iter().map(|record| rdata_of(record).to_vec()).collect();
        let served_at = name(text.split(' ').next().unwrap());
        let rrsig = self.rrsig(rtype, labels, &name(owner), &rdatas);
        all.into_iter()
            .chain([record(&served_at, testing::RRSIG, 60, &rrsig)])
            .collect()
    }

    fn rrsig(&self, type_covered: u16, labels: u8, owner: &[u8], rdatas: &[Vec<u8>]) -> Vec<u8> {
        let fields = SignatureFields {
            type_covered,
            algorithm: Signer::ALGORITHM,
            labels,
            original_ttl: 60,
            expiration: NOW + 1000,
            inception: self.inception,
            key_tag: self.signer.key_tag(),
            signer: name("example."),
        };
        self.signer.rrsig(&fields, owner, rdatas)
    }

    fn keys(&self) -> Vec<Vec<u8>> {
        let key = self.signer.dnskey();
        let rrsig = self.rrsig(
            testing::DNSKEY,
            1,
            &name("example."),
            std::slice::from_ref(&key),
        );
        [(testing::DNSKEY, key), (testing::RRSIG, rrsig)]
            .map(|(rtype, rdata)| record(&name("example."), rtype, 60, &rdata))
            .into()
    }
}

impl Network for Zone {
    async fn exchange(&self, ask: Ask) -> Exchange {
        tokio::time::sleep(self.delay).await;
        let question = &ask.query.question;
        let response = Response::to(&question.name.to_string(), question.rtype.0);
        let mut response = match question.rtype {
            RrType::DNSKEY => response.answer(self.keys()),
            _ => response.answer(self.answer.clone()),
        };
        response.authority.clone_from(&self.authority);
        let response = response.additional([record(&[0], testing::OPT, 0x8000, &[])]);
        let message = Message::read(response.octets()).expect("a message");
        Exchange::untimed(ask, Outcome::Response(Arc::new(message)))
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        Err("every target here is an address".to_owned())
    }
}

async fn run(zone: &Zone, dnssec: &str) -> TargetReport {
    let parameters = [
        ("target", "192.0.2.1"),
        ("zone", "example"),
        ("name", "www.example"),
        ("qtype", "A"),
        ("dnssec", dnssec),
        ("denial", "false"),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let plan = TargetPlan::new(&parameters, None, &Config::default()).expect("a plan");
    probe(
        &plan,
        zone,
        &LinkCache::default(),
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into()),
    )
    .await
}

/// The reasons, and what is said of the signatures.
fn observed(report: &TargetReport) -> (Vec<Reason>, Option<bool>) {
    let server = &report.servers[0];
    let reasons = server
        .failures
        .iter()
        .map(|failure| failure.reason)
        .collect();
    (
        reasons,
        server
            .dnssec
            .as_ref()
            .expect("the keys were served")
            .signatures_valid,
    )
}

#[tokio::test]
async fn wildcard_expansion_needs_a_signed_proof() {
    let mut zone = Zone::new();
    zone.answer = zone.signed(
        "www.example. 60 IN A 192.0.2.80",
        testing::A,
        1,
        "*.example.",
    );
    assert_eq!(
        observed(&run(&zone, "auto").await),
        (vec![NsecMissing], Some(true)),
        "no proof at all"
    );
    let nsec = "*.example. 60 IN NSEC zzz.example. A NSEC RRSIG";
    zone.authority = records(nsec);
    assert_eq!(
        observed(&run(&zone, "auto").await),
        (vec![RrsigsMissing, RrsigsMissing], Some(false)),
        "a proof that nobody signed"
    );
    zone.authority = zone.signed(
        "zzz.example. 60 IN NSEC example. A NSEC RRSIG",
        NSEC,
        2,
        "zzz.example.",
    );
    assert_eq!(
        observed(&run(&zone, "auto").await),
        (vec![NsecMissing], Some(true)),
        "a proof of something else"
    );
    zone.authority = zone.signed(nsec, NSEC, 1, "*.example.");
    let report = run(&zone, "required").await;
    assert_eq!(observed(&report), (vec![], Some(true)));
    let rrsets = &report.servers[0].dnssec.as_ref().expect("judged").rrsets;
    assert!(
        rrsets
            .iter()
            .any(|rrset| rrset.wildcard == Some("*.example".parse().expect("a name")))
    );
}

#[tokio::test]
async fn unsigned_data_past_a_cname_is_undecided() {
    let mut zone = Zone::new();
    zone.answer = zone.signed(
        "www.example. 60 IN CNAME web.child.example.",
        5,
        2,
        "www.example.",
    );
    zone.answer
        .extend(records("web.child.example. 60 IN A 192.0.2.80"));
    assert_eq!(
        observed(&run(&zone, "auto").await),
        (vec![], None),
        "it could not be told"
    );
    assert_eq!(
        observed(&run(&zone, "required").await),
        (vec![RrsigsMissing], None)
    );
    zone.answer = records("www.example. 60 IN A 192.0.2.80");
    assert_eq!(
        observed(&run(&zone, "auto").await),
        (vec![RrsigsMissing], Some(false)),
        "the name asked for is the zone's"
    );
}

#[tokio::test]
async fn signature_is_validated_at_arrival_time() {
    let mut zone = Zone::new();
    zone.inception = NOW + 1;
    zone.answer = zone.signed(
        "www.example. 60 IN A 192.0.2.80",
        testing::A,
        2,
        "www.example.",
    );
    assert_eq!(
        observed(&run(&zone, "auto").await),
        (vec![SignatureNotYetValid; 2], Some(false)),
        "asked too early"
    );
    zone.delay = Duration::from_millis(1050);
    assert_eq!(
        observed(&run(&zone, "auto").await),
        (vec![], Some(true)),
        "the server signed as it answered"
    );
}
