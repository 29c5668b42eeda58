//! The chain of trust from a private root to a zone, through a resolver that is an embedded nameserver: every link, every
//! way to break one, and what is kept of them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use outsidein::chain::Cache;
use outsidein::config::{Config, Family, Transport};
use outsidein::demo::{Behaviour, Duty, ServedZone, SignedZone, SigningKey, Validity, ZoneBuilder, Zones};
use outsidein::dns::{Algorithm, Message, Name, RrType, Timestamp};
use outsidein::dnssec::{Reason, RolloverState, SecurityStatus};
use outsidein::exchange::{Ask, Exchange, Network, Outcome};
use outsidein::plan::Plan;
use outsidein::probe::probe;
use outsidein::report::{DnssecReport, Report};

const AT: i64 = 1_800_000_000;
const RESOLVER: &str = "192.0.2.53:53";
const SERVER: &str = "192.0.2.1";

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn csk() -> SigningKey {
    SigningKey::generate(Algorithm::ECDSAP256SHA256, SigningKey::KSK).expect("a key")
}

fn zone(apex: &str, key: SigningKey, change: impl FnOnce(ZoneBuilder) -> ZoneBuilder) -> SignedZone {
    change(ZoneBuilder::new(&name(apex), Timestamp(AT))).key(key, Duty::All).sign().expect("a zone")
}

/// A root, `test.` and `zone.test.`: whoever resolves answers for the first two, the zone's own server for the last.
struct World {
    above: Zones,
    own: Zones,
    anchor: String,
    asked: AtomicUsize,
    resolver: Resolver,
    /// Whether the zone's server drops questions for CDS and CDNSKEY.
    drops_child_questions: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Resolver {
    Answers,
    Silent,
    LosesTheFirstOfEachPair,
    Servfail,
    /// Makes each answer as large as it gets.
    Stuffs,
}

/// What a test changes before the zones are signed and afterwards.
struct Breakage {
    parent: Box<dyn FnOnce(ZoneBuilder) -> ZoneBuilder>,
    /// The RDATA of the DS for the zone, made from the right one; none leaves the DS out.
    ds: fn(Vec<u8>) -> Option<Vec<u8>>,
    after: fn(&mut SignedZone),
    /// The same for the zone itself.
    own: fn(ZoneBuilder) -> ZoneBuilder,
    own_after: fn(&mut SignedZone),
}

impl Default for Breakage {
    fn default() -> Self {
        Self { parent: Box::new(|zone| zone), ds: Some, after: |_| {}, own: |zone| zone, own_after: |_| {} }
    }
}

impl World {
    fn new(breakage: Breakage) -> Self {
        let [root_key, parent_key, zone_key] = [csk(), csk(), csk()];
        let parent_ds = parent_key.ds_rdata(&name("test"));
        let zone_ds = (breakage.ds)(zone_key.ds_rdata(&name("zone.test")));
        let mut own = zone("zone.test", zone_key, |zone| (breakage.own)(zone.record("www", RrType::A, "192.0.2.80")));
        (breakage.own_after)(&mut own);
        let mut parent = zone("test", parent_key, |zone| {
            let zone = (breakage.parent)(zone).record("zone", RrType::NS, "ns1.zone.test.");
            match zone_ds {
                Some(ds) => zone.rdata("zone", RrType::DS, ds),
                None => zone,
            }
        });
        (breakage.after)(&mut parent);
        let root = zone(".", root_key, |zone| {
            zone.record("test.", RrType::NS, "ns1.test.").rdata("test.", RrType::DS, parent_ds)
        });
        let anchor = root.trust_anchors()[0].to_string();
        let served = |zone| ServedZone { zone, behaviour: Behaviour::Answer };
        Self {
            above: [served(root), served(parent)].into_iter().collect(),
            own: std::iter::once(served(own)).collect(),
            anchor,
            asked: AtomicUsize::new(0),
            resolver: Resolver::Answers,
            drops_child_questions: false,
        }
    }

    fn plan(&self, rest: &[(&str, &str)]) -> Plan {
        let text = format!(
            r#"{{ "trust": {{ "resolver": "{RESOLVER}", "anchors": {{ ".": ["{}"] }} }}, "modules": {{ "default": {{ "timeout_seconds": 1.5 }} }} }}"#,
            self.anchor
        );
        let config = Config::parse(&text, "probes.json").expect("a configuration");
        let fixed = [("target", SERVER), ("zone", "zone.test")];
        let parameters = fixed.iter().chain(rest).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Plan::new(&parameters.collect::<Vec<_>>(), None, &config).expect("a plan")
    }

    async fn probe(&self, links: &Cache, after: u64) -> Report {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(AT.unsigned_abs() + after);
        probe(&self.plan(&[("qtype", "DNSKEY"), ("denial", "true")]), self, links, at).await
    }

    /// What is asked of the resolver, from now on.
    fn questions(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }
}

impl Network for World {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let to_resolver = ask.server == RESOLVER.parse::<SocketAddr>().expect("an address");
        let mut query = ask.query.octets(7, ask.edns);
        let number = if to_resolver { self.asked.fetch_add(1, Ordering::Relaxed) } else { 0 };
        if to_resolver {
            assert_eq!((query[2] & 1, query[3] & 0x10), (1, 0x10), "a resolver is asked with RD and CD");
        }
        let zones = if to_resolver { &self.above } else { &self.own };
        let is_child_question = matches!(ask.query.question.rtype, RrType::CDS | RrType::CDNSKEY);
        let answer = match self.resolver {
            _ if self.drops_child_questions && is_child_question => None,
            Resolver::Silent if to_resolver => None,
            Resolver::LosesTheFirstOfEachPair if to_resolver && number % 2 == 0 => None,
            Resolver::Servfail if to_resolver => {
                query[2] |= 0x80;
                query[3] |= 2;
                Some(query)
            }
            Resolver::Stuffs if to_resolver => zones.respond(&query, Transport::Tcp, Family::Ipv4).map(stuffed),
            _ => zones.respond(&query, Transport::Tcp, Family::Ipv4),
        };
        let outcome = if let Some(octets) = answer {
            Outcome::Response(Arc::new(Message::read(octets).expect("a message")))
        } else {
            tokio::time::sleep_until(ask.deadline.into()).await;
            Outcome::Timeout
        };
        Exchange::untimed(ask, outcome)
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        Err("every target here is an address".to_owned())
    }
}

/// The answer with thousands of empty records at its end.
fn stuffed(mut answer: Vec<u8>) -> Vec<u8> {
    const EMPTY: [u8; 11] = [0, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    const COUNT: u16 = 5000;
    let count = u16::from_be_bytes([answer[10], answer[11]]) + COUNT;
    answer[10..12].copy_from_slice(&count.to_be_bytes());
    answer.extend(std::iter::repeat_n(EMPTY, COUNT.into()).flatten());
    answer
}

fn dnssec(report: &Report) -> &DnssecReport {
    report.servers[0].dnssec.as_ref().expect("the answers were judged")
}

fn seen(report: &Report) -> (bool, SecurityStatus, Option<RolloverState>) {
    (report.success, dnssec(report).status, dnssec(report).rollover)
}

async fn seen_with(breakage: Breakage) -> (bool, SecurityStatus, Option<RolloverState>) {
    seen(&World::new(breakage).probe(&Cache::default(), 0).await)
}

#[tokio::test]
async fn a_chain_that_holds_makes_the_zone_secure() {
    let world = World::new(Breakage::default());
    let report = world.probe(&Cache::default(), 0).await;
    assert_eq!(seen(&report), (true, SecurityStatus::Secure, Some(RolloverState::InStep)), "{report:#?}");
    assert_eq!(dnssec(&report).anchors.iter().map(|anchor| anchor.matched).collect::<Vec<_>>(), [Some(true)]);
    let kinds: Vec<_> = dnssec(&report).denials.iter().filter_map(|denial| denial.proof).collect();
    assert_eq!(kinds, ["nodata", "nodata", "nxdomain", "nodata"], "CDS, CDNSKEY, a name, a type");
}

#[tokio::test]
async fn what_several_answers_bring_is_told_once() {
    let report = World::new(Breakage::default()).probe(&Cache::default(), 0).await;
    let rrsets: Vec<_> = dnssec(&report).rrsets.iter().map(|rrset| (&rrset.owner, rrset.rtype)).collect();
    assert_eq!(rrsets.iter().filter(|(_, rtype)| *rtype == RrType::SOA).count(), 1, "{rrsets:?}");
    let distinct: std::collections::HashSet<_> = rrsets.iter().collect();
    assert_eq!(distinct.len(), rrsets.len(), "{rrsets:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_cds_leaves_the_rollover_unknown_and_fails_by_nothing() {
    let world = World { drops_child_questions: true, ..World::new(Breakage::default()) };
    let report = world.probe(&Cache::default(), 0).await;
    assert_eq!(seen(&report), (true, SecurityStatus::Secure, None), "{report:#?}");
}

/// A parent acts on what is validly signed only (RFC 7344 section 4.1).
#[tokio::test]
async fn a_cds_that_does_not_verify_asks_for_nothing() {
    let delete = |zone: ZoneBuilder| zone.rdata("@", RrType::CDS, [0, 0, 0, 0, 0]);
    let asked = seen_with(Breakage { own: delete, ..Breakage::default() }).await;
    assert_eq!(asked, (true, SecurityStatus::Secure, Some(RolloverState::DeleteRequested)));
    let tampered = |zone: &mut SignedZone| zone.tamper(&name("zone.test"), RrType::CDS).expect("a CDS");
    let found = seen_with(Breakage { own: delete, own_after: tampered, ..Breakage::default() }).await;
    let bogus = SecurityStatus::Bogus(Reason::SignatureInvalid);
    assert_eq!(found, (false, bogus, None));
}

#[tokio::test]
async fn a_ds_that_fits_no_key_makes_it_bogus() {
    let flip = |mut ds: Vec<u8>| {
        ds[10] ^= 1;
        Some(ds)
    };
    let found = seen_with(Breakage { ds: flip, ..Breakage::default() }).await;
    assert_eq!(found, (false, SecurityStatus::Bogus(Reason::DsMismatch), Some(RolloverState::DsMismatch)));
}

#[tokio::test]
async fn a_parent_that_proves_there_is_no_ds_makes_it_insecure() {
    let found = seen_with(Breakage { ds: |_| None, ..Breakage::default() }).await;
    let insecure = SecurityStatus::Insecure(Reason::InsecureDelegation);
    assert_eq!(found, (true, insecure, Some(RolloverState::DsMissing)));
}

#[tokio::test]
async fn a_ds_of_an_unknown_digest_type_or_algorithm_makes_it_insecure() {
    let digest_type = |mut ds: Vec<u8>| {
        ds[3] = 250;
        Some(ds)
    };
    let found = seen_with(Breakage { ds: digest_type, ..Breakage::default() }).await;
    assert_eq!((found.0, found.1), (true, SecurityStatus::Insecure(Reason::UnsupportedDsDigestType)));
    let algorithm = |mut ds: Vec<u8>| {
        ds[2] = 250;
        Some(ds)
    };
    let found = seen_with(Breakage { ds: algorithm, ..Breakage::default() }).await;
    assert_eq!((found.0, found.1), (true, SecurityStatus::Insecure(Reason::UnsupportedDnskeyAlgorithm)));
}

/// Whoever is at fault, it is not the zone's server: the parent's or the resolver's failures leave the status open.
#[tokio::test]
async fn what_goes_wrong_above_leaves_the_status_open() {
    let expired = |zone: ZoneBuilder| zone.validity(Validity::days(Timestamp(AT), -9, -1));
    let expired_ds = |zone: ZoneBuilder| zone.validity_of("zone", RrType::DS, Validity::days(Timestamp(AT), -9, -1));
    let breakages = [
        ("the parent's signatures expired", Breakage { parent: Box::new(expired), ..Breakage::default() }),
        ("the DS RRset's signature expired", Breakage { parent: Box::new(expired_ds), ..Breakage::default() }),
        (
            "the DS RRset was changed on the way",
            Breakage {
                after: |parent| parent.tamper(&name("zone.test"), RrType::DS).expect("a DS"),
                ..Breakage::default()
            },
        ),
        (
            "the DS RRset was taken away on the way",
            Breakage {
                after: |parent| drop(parent.remove(&name("zone.test"), RrType::DS).expect("a DS")),
                ..Breakage::default()
            },
        ),
        (
            "nobody signed the proof that there is no DS",
            Breakage {
                ds: |_| None,
                after: |parent| parent.strip_rrsigs(|_, rtype| rtype == RrType::NSEC),
                ..Breakage::default()
            },
        ),
    ];
    for (what, breakage) in breakages {
        let report = World::new(breakage).probe(&Cache::default(), 0).await;
        let open = SecurityStatus::Indeterminate(Reason::ChainBroken);
        assert_eq!((report.success, dnssec(&report).status), (true, open), "{what}");
        assert!(dnssec(&report).status_detail.is_some(), "{what}");
        assert_eq!(dnssec(&report).rollover, None, "{what}: the DS is not known");
    }
}

/// The zone's server is not at fault for what its chain costs.
#[tokio::test]
async fn a_chain_that_is_dearer_than_a_probe_may_be_leaves_the_status_open() {
    let world = World { resolver: Resolver::Stuffs, ..World::new(Breakage::default()) };
    let report = world.probe(&Cache::default(), 0).await;
    let open = SecurityStatus::Indeterminate(Reason::ValidationLimitReached);
    assert_eq!((report.success, dnssec(&report).status), (true, open), "{report:#?}");
    assert_eq!(world.questions(), 3, "the keys above are had, and then it ends");
}

#[tokio::test]
async fn a_resolver_that_fails_leaves_the_status_open_within_the_time_limit() {
    for resolver in [Resolver::Silent, Resolver::Servfail] {
        let world = World { resolver, ..World::new(Breakage::default()) };
        let begun = Instant::now();
        let report = world.probe(&Cache::default(), 0).await;
        let open = SecurityStatus::Indeterminate(Reason::ResolverFailed);
        assert_eq!((report.success, dnssec(&report).status), (true, open));
        assert!(begun.elapsed() <= Duration::from_millis(1600), "{:?}", begun.elapsed());
        let detail = dnssec(&report).status_detail.as_deref().expect("why");
        let expected = if resolver == Resolver::Silent { "no answer in time" } else { "SERVFAIL" };
        assert!(
            detail.starts_with(". DNSKEY from the resolver 192.0.2.53:53") && detail.ends_with(expected),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn links_are_kept_and_failures_for_a_moment() {
    let links = Cache::default();
    let mut world = World::new(Breakage::default());
    assert_eq!(seen(&world.probe(&links, 0).await).1, SecurityStatus::Secure);
    assert_eq!(world.questions(), 4, "root keys, DS of test, keys of test, DS of zone.test");
    assert_eq!(seen(&world.probe(&links, 899).await).1, SecurityStatus::Secure);
    assert_eq!(world.questions(), 0);
    assert_eq!(seen(&world.probe(&links, 901).await).1, SecurityStatus::Secure);
    assert_eq!(world.questions(), 4, "none is kept for longer than a quarter of an hour");
    world.resolver = Resolver::Servfail;
    let open = SecurityStatus::Indeterminate(Reason::ResolverFailed);
    assert_eq!(seen(&world.probe(&links, 2000).await).1, open);
    assert_eq!(world.questions(), 1);
    assert_eq!(seen(&world.probe(&links, 2003).await).1, open);
    assert_eq!(world.questions(), 0, "a dead resolver is not asked by every probe");
    world.resolver = Resolver::Answers;
    assert_eq!(seen(&world.probe(&links, 2006).await).1, SecurityStatus::Secure);
}

async fn asked_for(world: &World, rest: &[(&str, &str)]) -> Report {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(AT.unsigned_abs());
    probe(&world.plan(rest), world, &Cache::default(), at).await
}

/// Keys that are secure are not the answer.
#[tokio::test]
async fn the_status_is_that_of_the_answer() {
    let world = World::new(Breakage::default());
    let absent = asked_for(&world, &[("name", "nx.zone.test"), ("qtype", "A")]).await;
    let reasons =
        |report: &Report| -> Vec<_> { report.servers[0].failures.iter().map(|failure| failure.reason).collect() };
    assert_eq!((dnssec(&absent).status, reasons(&absent)), (SecurityStatus::Secure, vec![Reason::Nxdomain]));
    let broken = World::new(Breakage {
        own_after: |zone| zone.strip_rrsigs(|_, rtype| rtype == RrType::NSEC),
        ..Breakage::default()
    });
    let absent = asked_for(&broken, &[("name", "nx.zone.test"), ("qtype", "A")]).await;
    assert_eq!(dnssec(&absent).status, SecurityStatus::Bogus(Reason::RrsigsMissing));
    let unanswered = World { drops_child_questions: true, ..World::new(Breakage::default()) };
    let unanswered = asked_for(&unanswered, &[("qtype", "CDS")]).await;
    assert_eq!(dnssec(&unanswered).status, SecurityStatus::Indeterminate(Reason::Timeout));
}

/// Whoever asks with no patience must not spoil the verdicts of others.
#[tokio::test]
async fn an_impatient_probe_says_nothing_about_the_resolver() {
    let (links, mut world) = (Cache::default(), World::new(Breakage::default()));
    world.resolver = Resolver::Silent;
    let hasty = Plan { timeout: Duration::from_millis(20), ..world.plan(&[]) };
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(AT.unsigned_abs());
    let open = SecurityStatus::Indeterminate(Reason::ResolverFailed);
    assert_eq!(dnssec(&probe(&hasty, &world, &links, at).await).status, open);
    world.resolver = Resolver::Answers;
    assert_eq!(seen(&world.probe(&links, 0).await).1, SecurityStatus::Secure);
}

#[tokio::test]
async fn no_link_is_kept_past_its_ttl_or_its_signature() {
    let short_ttl = Breakage { parent: Box::new(|zone| zone.ttl(60)), ..Breakage::default() };
    let soon = Validity { inception: Timestamp(AT - 10), expiration: Timestamp(AT + 90) };
    let short_lived =
        Breakage { parent: Box::new(move |zone| zone.validity_of("zone", RrType::DS, soon)), ..Breakage::default() };
    for (breakage, kept, gone) in [(short_ttl, 59, 61), (short_lived, 89, 91)] {
        let (links, world) = (Cache::default(), World::new(breakage));
        assert_eq!(seen(&world.probe(&links, 0).await).1, SecurityStatus::Secure);
        world.questions();
        world.probe(&links, kept).await;
        assert_eq!(world.questions(), 0, "kept at {kept} s");
        world.probe(&links, gone).await;
        assert!(world.questions() > 0, "gone at {gone} s");
    }
}

#[tokio::test]
async fn one_lost_packet_costs_no_verdict() {
    let world = World { resolver: Resolver::LosesTheFirstOfEachPair, ..World::new(Breakage::default()) };
    let plan = Plan { timeout: Duration::from_secs(9), ..world.plan(&[]) };
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(AT.unsigned_abs());
    assert_eq!(dnssec(&probe(&plan, &world, &Cache::default(), at).await).status, SecurityStatus::Secure);
}
