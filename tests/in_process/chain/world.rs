//! A root, `test.` and `zone.test.`, a resolver that may lie, and what a probe makes of them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::demo::{
    KeyDuty, ServedZone, ServedZones, ServerBehaviour, SignedZone, SigningKey, ZoneBuilder,
};
use outsidein::dns::{Algorithm, Family, Message, Name, RrType, Timestamp, Transport};
use outsidein::dnssec::{RolloverState, SecurityStatus};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::Network;
use outsidein::plan::TargetPlan;
use outsidein::probe::probe;
use outsidein::report::{DnssecReport, TargetReport};

pub const AT: i64 = 1_800_000_000;
const RESOLVER: &str = "192.0.2.53:53";
const SERVER: &str = "192.0.2.1";

pub fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// So many seconds after the zones were signed.
pub fn at(after: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(AT.unsigned_abs() + after)
}

fn csk(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm, SigningKey::KSK).expect("a key")
}

fn zone(
    apex: &str,
    key: SigningKey,
    change: impl FnOnce(ZoneBuilder) -> ZoneBuilder,
) -> SignedZone {
    change(ZoneBuilder::new(&name(apex), Timestamp(AT)))
        .key(key, KeyDuty::All)
        .sign()
        .expect("a zone")
}

/// A root, `test.` and `zone.test.`: whoever resolves answers for the first two, the zone's own server for the last.
pub struct World {
    pub above: ServedZones,
    pub own: ServedZones,
    pub anchor: String,
    pub asked: AtomicUsize,
    pub resolver: Resolver,
    /// Whether the zone's server drops questions for CDS and CDNSKEY.
    pub drops_child_questions: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Resolver {
    Answers,
    Silent,
    LosesTheFirstOfEachPair,
    Servfail,
    /// Makes each answer as large as it gets.
    Stuffs,
    /// Says everything twenty times.
    Repeats,
    /// Lets everything be kept for a day.
    InflatesTtls,
    /// Answers about the zone with what the parent's wildcard makes of another name.
    AnswersByTheWildcard,
    /// Knows no DNSSEC: its answers have no signatures.
    StripsSignatures,
    /// Answers NXDOMAIN to everything, as a stub that knows the names of one network does.
    DeniesEverything,
}

/// What a test changes before the zones are signed and afterwards.
pub struct Breakage {
    pub parent: Box<dyn FnOnce(ZoneBuilder) -> ZoneBuilder>,
    /// The RDATA of the DS for the zone, made from the right one; none leaves the DS out.
    pub ds: fn(Vec<u8>) -> Option<Vec<u8>>,
    pub after: fn(&mut SignedZone),
    /// The same for the zone itself.
    pub own: fn(ZoneBuilder) -> ZoneBuilder,
    pub own_after: fn(&mut SignedZone),
    pub own_key: Algorithm,
    /// That of the zones above.
    pub parent_keys: Algorithm,
}

impl Default for Breakage {
    fn default() -> Self {
        Self {
            parent: Box::new(|zone| zone),
            ds: Some,
            after: |_| {},
            own: |zone| zone,
            own_after: |_| {},
            own_key: Algorithm::ECDSAP256SHA256,
            parent_keys: Algorithm::ECDSAP256SHA256,
        }
    }
}

impl World {
    pub fn new(breakage: Breakage) -> Self {
        let of_parents = || csk(breakage.parent_keys);
        let [root_key, parent_key, zone_key] = [of_parents(), of_parents(), csk(breakage.own_key)];
        let parent_ds = parent_key.ds_rdata(&name("test"));
        let zone_ds = (breakage.ds)(zone_key.ds_rdata(&name("zone.test")));
        let mut probed_zone = zone("zone.test", zone_key, |zone| {
            (breakage.own)(zone.record("www", RrType::A, "192.0.2.80"))
        });
        (breakage.own_after)(&mut probed_zone);
        let mut parent = zone("test", parent_key, |zone| {
            let zone = (breakage.parent)(zone).record("zone", RrType::NS, "ns1.zone.test.");
            match zone_ds {
                Some(ds) => zone.rdata("zone", RrType::DS, ds),
                None => zone,
            }
        });
        (breakage.after)(&mut parent);
        let root = zone(".", root_key, |zone| {
            zone.record("test.", RrType::NS, "ns1.test.")
                .rdata("test.", RrType::DS, parent_ds)
        });
        let anchor = root.trust_anchors()[0].to_string();
        let served = |zone| ServedZone {
            zone,
            behaviour: ServerBehaviour::Answer,
        };
        Self {
            above: [served(root), served(parent)].into_iter().collect(),
            own: std::iter::once(served(probed_zone)).collect(),
            anchor,
            asked: AtomicUsize::new(0),
            resolver: Resolver::Answers,
            drops_child_questions: false,
        }
    }

    pub fn plan(&self, rest: &[(&str, &str)]) -> TargetPlan {
        let text = format!(
            r#"{{ "trust": {{ "resolver": "{RESOLVER}", "anchors": {{ ".": ["{}"] }} }}, "modules": {{ "default": {{ "timeout_seconds": 1.5 }} }} }}"#,
            self.anchor
        );
        let config = Config::parse(&text, "probes.json").expect("a configuration");
        let fixed = [("target", SERVER), ("zone", "zone.test")];
        let parameters = fixed
            .iter()
            .chain(rest)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let plan = TargetPlan::new(&parameters.collect::<Vec<_>>(), None, &config);
        Arc::unwrap_or_clone(plan.expect("a plan"))
    }

    pub async fn probe(&self, links: &LinkCache, after: u64) -> TargetReport {
        probe(
            &Arc::new(self.plan(&[("qtype", "DNSKEY"), ("denial", "true")])),
            self,
            links,
            at(after),
        )
        .await
    }

    /// What is asked of the resolver, from now on.
    pub fn questions(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }
}

impl Network for World {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let to_resolver = ask.server == RESOLVER.parse::<SocketAddr>().expect("an address");
        let mut query = ask.query.octets(7, ask.edns);
        let number = if to_resolver {
            self.asked.fetch_add(1, Ordering::Relaxed)
        } else {
            0
        };
        if to_resolver {
            assert_eq!(
                (query[2] & 1, query[3] & 0x10),
                (1, 0x10),
                "a resolver is asked with RD and CD"
            );
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
            Resolver::DeniesEverything if to_resolver => {
                let mut response = query.clone();
                response[2] |= 0x80;
                response[3] = 3;
                Some(response)
            }
            Resolver::StripsSignatures if to_resolver => {
                zones.respond(&without_do(&query), Transport::Tcp, Family::Ipv4)
            }
            Resolver::Repeats if to_resolver => zones
                .respond(&query, Transport::Tcp, Family::Ipv4)
                .map(repeated),
            Resolver::InflatesTtls if to_resolver => zones
                .respond(&query, Transport::Tcp, Family::Ipv4)
                .map(with_long_ttls),
            Resolver::AnswersByTheWildcard if to_resolver => {
                let answer =
                    zones.respond(&replaced(&query, ZONE, OTHER), Transport::Tcp, Family::Ipv4);
                answer.map(|answer| replaced(&answer, OTHER, ZONE))
            }
            Resolver::Stuffs if to_resolver => zones
                .respond(&query, Transport::Tcp, Family::Ipv4)
                .map(stuffed),
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

/// The query with the DO bit of its OPT record cleared (RFC 3225 section 3).
fn without_do(query: &[u8]) -> Vec<u8> {
    let mut query = query.to_vec();
    let opt = query.windows(3).position(|octets| octets == [0, 0, 41]);
    query[opt.expect("an OPT record") + 7] = 0;
    query
}

/// The answer section again and again.
fn repeated(answer: Vec<u8>) -> Vec<u8> {
    let message = Message::read(answer.clone()).expect("a message");
    let Some(last) = message.answer.last() else {
        return answer;
    };
    // The question is followed by the answer section, whose names lead back to the question alone.
    let begin = 12
        + message
            .question
            .as_ref()
            .map_or(0, |question| question.name.as_wire().len() + 4);
    let (head, tail) = answer.split_at(last.rdata_range().end);
    let mut octets = [head, &head[begin..].repeat(19), tail].concat();
    let count = 20 * u16::from_be_bytes([answer[6], answer[7]]);
    octets[6..8].copy_from_slice(&count.to_be_bytes());
    octets
}

fn with_long_ttls(mut answer: Vec<u8>) -> Vec<u8> {
    let message = Message::read(answer.clone()).expect("a message");
    for record in message.answer.iter().chain(&message.authority) {
        // The TTL stands before the length of the RDATA (RFC 1035 section 3.2.1).
        let rdata = record.rdata_range().start;
        answer[rdata - 6..rdata - 2].copy_from_slice(&86_400_u32.to_be_bytes());
    }
    answer
}

const ZONE: &[u8] = b"\x04zone";
const OTHER: &[u8] = b"\x04nxxx";

fn replaced(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    while let Some(offset) = octets.windows(from.len()).position(|window| window == from) {
        octets[offset..offset + to.len()].copy_from_slice(to);
    }
    octets
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

pub fn dnssec(report: &TargetReport) -> &DnssecReport {
    report.servers[0]
        .dnssec
        .as_ref()
        .expect("the answers were judged")
}

pub fn observed(report: &TargetReport) -> (bool, SecurityStatus, Option<RolloverState>) {
    (
        report.success,
        dnssec(report).status,
        dnssec(report).rollover,
    )
}

pub async fn observed_with(breakage: Breakage) -> (bool, SecurityStatus, Option<RolloverState>) {
    observed(&World::new(breakage).probe(&LinkCache::default(), 0).await)
}
