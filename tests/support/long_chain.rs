//! A chain of trust of sixty zones, each link with as many wrong signatures before the right one as are tried, and each
//! answer lean or as large as a message gets. For `benches/worst.rs`, beside `hostile.rs` and `scripted.rs`.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use outsidein::config::Config;
use outsidein::dns::{Message, Name, RrType};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::Network;
use outsidein::plan::Request;
use ring::digest::{SHA256, digest};

use crate::hostile::{self, NOW};
use crate::testing::{self, DNSKEY, RRSIG, Response, SignatureFields, Signer, record};

const DS: u16 = 43;
const ZONES: u8 = 60;
const WRONG_SIGNATURES: u32 = 15;
const RESOLVER: &str = "192.0.2.53:53";

/// A resolver that knows the chain; the zone's own servers are silent.
pub struct LongChain {
    answers: HashMap<(Name, RrType), Vec<u8>>,
    anchor: String,
    zone: String,
}

impl LongChain {
    /// `stuffed` answers are filled up with records that nobody asked for.
    pub fn new(stuffed: bool) -> Self {
        let zones: Vec<_> = (0..ZONES)
            .map(|depth| "a.".repeat(usize::from(depth)))
            .collect();
        let mut answers = HashMap::new();
        let mut keep = |zone: &str, rtype: u16, rdata: Vec<u8>, signer: (&Signer, &str)| {
            let name: Name = if zone.is_empty() {
                Name::root()
            } else {
                zone.parse().expect("a name")
            };
            answers.insert(
                (name, RrType(rtype)),
                answer(zone, rtype, &rdata, signer, stuffed),
            );
        };
        let signers: Vec<_> = (0..ZONES).map(signer).collect();
        for (index, (zone, own_signer)) in zones.iter().zip(&signers).enumerate() {
            keep(zone, DNSKEY, own_signer.dnskey(), (own_signer, zone));
            if let Some(above) = index.checked_sub(1) {
                keep(
                    zone,
                    DS,
                    ds(zone, own_signer),
                    (&signers[above], &zones[above]),
                );
            }
        }
        let anchor = data_encoding::HEXUPPER.encode(&ds("", &signers[0])[4..]);
        let anchor = format!("{} {} 2 {anchor}", signers[0].key_tag(), Signer::ALGORITHM);
        Self {
            answers,
            anchor,
            zone: zones.last().expect("a zone").clone(),
        }
    }

    /// The zone at the end of the chain, at two addresses.
    pub fn request(&self) -> Request {
        let config = format!(
            r#"{{ "nameservers": {{ "ns": {{ "addresses": ["192.0.2.1", "2001:db8::1"] }} }},
                 "trust": {{ "resolver": "{RESOLVER}", "anchors": {{ ".": ["{}"] }} }} }}"#,
            self.anchor
        );
        let config = Config::parse(&config, "test").expect("a configuration");
        let parameters = [("target", "ns"), ("zone", &self.zone)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Request::read(&parameters, None, &config).expect("a request")
    }
}

impl Network for LongChain {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let question = &ask.query.question;
        let to_resolver = ask.server == RESOLVER.parse::<SocketAddr>().expect("an address");
        let answer = self
            .answers
            .get(&(question.name.clone(), question.rtype))
            .filter(|_| to_resolver);
        let outcome = match answer {
            Some(octets) => Outcome::Response(Arc::new(
                Message::read(octets.as_slice()).expect("a message"),
            )),
            None => Outcome::Timeout,
        };
        Exchange::untimed(ask, outcome)
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        Err("the target is no host name".to_owned())
    }
}

fn signer(depth: u8) -> Signer {
    let mut signer = Signer::new(depth + 1);
    signer.flags = 0x0101;
    signer
}

fn ds(zone: &str, signer: &Signer) -> Vec<u8> {
    let digested = digest(&SHA256, &[testing::name(zone), signer.dnskey()].concat());
    [
        &signer.key_tag().to_be_bytes(),
        [Signer::ALGORITHM, 2].as_slice(),
        digested.as_ref(),
    ]
    .concat()
}

fn answer(
    zone: &str,
    rtype: u16,
    rdata: &[u8],
    (signer, apex): (&Signer, &str),
    stuffed: bool,
) -> Vec<u8> {
    let owner = testing::name(zone);
    let rrset = [rdata.to_vec()];
    let fields = |later: u32| SignatureFields {
        type_covered: rtype,
        algorithm: Signer::ALGORITHM,
        labels: u8::try_from(zone.len() / 2).expect("a count of labels"),
        original_ttl: 3600,
        // Those that end last are tried first.
        expiration: NOW + 1000 + later,
        inception: NOW - 1000,
        key_tag: signer.key_tag(),
        signer: testing::name(apex),
    };
    let right = signer.rrsig(&fields(0), &owner, &rrset);
    let wrong = (1..=WRONG_SIGNATURES).map(|later| {
        let mut rrsig = signer.rrsig(&fields(later), &owner, &rrset);
        *rrsig.last_mut().expect("a signature") ^= 1;
        rrsig
    });
    let rrsigs = wrong
        .chain([right])
        .map(|rdata| record(&owner, RRSIG, 3600, &rdata));
    let asked = std::iter::once(record(&owner, rtype, 3600, rdata)).chain(rrsigs);
    let filler = (0..if stuffed { u32::MAX } else { 0 })
        .map(|number| record(&[0], testing::A, 0, &number.to_be_bytes()));
    let mut octets = hostile::filled(Response::to(zone, rtype), asked.chain(filler));
    hostile::with_opt(&mut octets);
    octets
}
