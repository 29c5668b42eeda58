//! The servers of a replay: the zone's two nameservers at two providers, its parent's two, and a resolver, all scripted.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use outsidein::demo::{
    KeyDuty, ServedZone, ServedZones, ServerBehaviour, SignedZone, SigningKey, ValidityPeriod,
    ZoneBuilder, ZoneError,
};
use outsidein::dns::{Algorithm, Family, Message, Name, RrType, Timestamp, Transport};
use outsidein::exchange::{Ask, Clock, Exchange, Outcome};
use outsidein::network::Network;

use crate::process::{Directory, command, run};
use crate::real::zones::Zone;
use crate::real::{Server, ask};

/// The time of minute 0. Zones are signed as of then.
pub const START: Timestamp = Timestamp(1_800_000_000);
pub const APEX: &str = "example.test.";
/// What the probe of the zone has in probes.json.
pub const NS1: [&str; 2] = ["192.0.2.1", "2001:db8:1::1"];
pub const NS2: [&str; 2] = ["198.51.100.1", "2001:db8:2::1"];
pub const PARENTS: [&str; 3] = ["203.0.113.1", "2001:db8:3::1", "203.0.113.2"];
pub const RESOLVER: &str = "192.0.2.53";

pub fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// What a server makes of one query: an outcome, and the milliseconds that it took.
pub type Answerer = Arc<dyn Fn(&Ask) -> (Outcome, u64) + Send + Sync>;

/// Every server of one moment, by address.
#[derive(Clone, Default)]
pub struct Servers {
    answerers: BTreeMap<IpAddr, Answerer>,
    /// By how many seconds the exporter's clock is wrong.
    pub clock_error: i64,
    /// How many zones of probes.json nobody scrapes.
    pub unscraped: u32,
}

impl Servers {
    /// Puts `answerer` at each of the addresses.
    pub fn set(&mut self, addresses: &[&str], answerer: &Answerer) {
        for address in addresses {
            let address: IpAddr = address.parse().expect("an address");
            self.answerers.insert(address, Arc::clone(answerer));
        }
    }

    /// The same at both nameservers of the zone.
    pub fn set_all(&mut self, answerer: &Answerer) {
        self.set(&NS1, answerer);
        self.set(&NS2, answerer);
    }

    /// What is at an address now.
    pub fn at(&self, address: &str) -> Answerer {
        let address: IpAddr = address.parse().expect("an address");
        Arc::clone(&self.answerers[&address])
    }

    /// Changes what is at each of the addresses.
    pub fn wrap(&mut self, addresses: &[&str], change: impl Fn(Answerer) -> Answerer) {
        for address in addresses {
            let changed = change(self.at(address));
            self.set(&[address], &changed);
        }
    }
}

impl Network for Servers {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let (outcome, milliseconds) = match self.answerers.get(&ask.server.ip()) {
            Some(answerer) => answerer(&ask),
            None => (Outcome::Timeout, 0),
        };
        tokio::task::yield_now().await;
        let answered = matches!(outcome, Outcome::Response(_) | Outcome::Malformed { .. });
        let took = answered.then(|| Duration::from_millis(milliseconds));
        Exchange {
            request: took,
            connect: took.filter(|_| ask.transport == Transport::Tcp),
            clock: answered.then_some(Clock::Kernel),
            ..Exchange::untimed(ask, outcome)
        }
    }

    async fn resolve(&self, host: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        Err(format!("{host}: no host names here"))
    }
}

/// Answers from zones, as a nameserver does.
pub fn serve(zones: impl IntoIterator<Item = SignedZone>) -> Answerer {
    let zones: ServedZones = zones
        .into_iter()
        .map(|zone| ServedZone {
            zone,
            behaviour: ServerBehaviour::Answer,
        })
        .collect();
    Arc::new(move |ask: &Ask| {
        let family = match ask.server {
            SocketAddr::V4(_) => Family::Ipv4,
            SocketAddr::V6(_) => Family::Ipv6,
        };
        let octets = zones.respond(&ask.query.octets(7, ask.edns), ask.transport, family);
        (octets.map_or(Outcome::Timeout, read), 5)
    })
}

pub fn read(octets: Vec<u8>) -> Outcome {
    match Message::read(octets.clone()) {
        Ok(message) => Outcome::Response(Arc::new(message)),
        Err(error) => Outcome::Malformed {
            octets: octets.into(),
            error,
        },
    }
}

/// No answer at all.
pub fn silent() -> Answerer {
    Arc::new(|_: &Ask| (Outcome::Timeout, 0))
}

/// No answer to what `which` holds for, over UDP and TCP.
pub fn silent_to(
    answerer: Answerer,
    which: impl Fn(&Ask) -> bool + Send + Sync + 'static,
) -> Answerer {
    Arc::new(move |ask: &Ask| {
        if which(ask) {
            (Outcome::Timeout, 0)
        } else {
            answerer(ask)
        }
    })
}

/// An error of the exporter's own host.
pub fn cannot_be_sent(error: &'static str) -> Answerer {
    Arc::new(move |_: &Ask| (Outcome::LocalError(error.to_owned()), 0))
}

/// An error of the network.
pub fn unreachable() -> Answerer {
    Arc::new(|_: &Ask| (Outcome::NetworkError("network unreachable".to_owned()), 0))
}

/// The rcode and nothing else.
pub fn rcode(rcode: u8) -> Answerer {
    Arc::new(move |ask: &Ask| {
        let mut octets = ask.query.octets(7, ask.edns);
        octets[2] |= 0x80;
        octets[3] = rcode;
        (read(octets), 5)
    })
}

/// The same answers, with `change` made to their octets.
pub fn altered(
    answerer: Answerer,
    change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static,
) -> Answerer {
    Arc::new(move |ask: &Ask| {
        let (outcome, took) = answerer(ask);
        let Outcome::Response(message) = outcome else {
            return (outcome, took);
        };
        let mut octets = message.octets().to_vec();
        change(&mut octets);
        (read(octets), took)
    })
}

/// Several machines behind one address: each query meets the one that `choose` gives.
pub fn one_of(
    machines: Vec<Answerer>,
    choose: impl Fn() -> usize + Send + Sync + 'static,
) -> Answerer {
    Arc::new(move |ask: &Ask| machines[choose() % machines.len()](ask))
}

/// The same answers, after so many milliseconds.
pub fn delayed(answerer: Answerer, milliseconds: u64) -> Answerer {
    Arc::new(move |ask: &Ask| (answerer(ask).0, milliseconds))
}

/// Starts a real nameserver with zones whose files it serves as they are.
pub type StartServer = fn(&'static str, Directory, Vec<Zone>) -> Server;

/// The same by a real nameserver.
fn serve_for_real(start: StartServer, zones: impl IntoIterator<Item = SignedZone>) -> Answerer {
    let directory = Directory::new();
    let zones = zones.into_iter().map(|zone| {
        let origin = zone.apex().to_string();
        // PowerDNS reads the generic form of RDATA (RFC 3597) for unknown types only.
        let generic = directory.write("generic.zone", &zone.to_zone_file());
        let text = run(command("ldns-read-zone").arg(generic));
        Zone::of_text(&directory, origin.trim_end_matches('.'), &text, &[])
    });
    let zones = zones.collect();
    let server = start("real", directory, zones);
    Arc::new(move |ask: &Ask| {
        let [ipv4, ipv6] = server.addresses();
        let address = if ask.server.is_ipv4() { ipv4 } else { ipv6 };
        let query = ask.query.octets(7, ask.edns);
        let response = match ask.transport {
            Transport::Udp => ask::send_over_udp(address, &query),
            Transport::Tcp => ask::send_over_tcp(address, &query),
        };
        (response.map_or(Outcome::Timeout, read), 5)
    })
}

/// The keys of the zone and its parents, and what is built with them.
pub struct Lab {
    /// What the zone's nameservers run; scripted ones without.
    start: Option<StartServer>,
    pub ksk: Arc<SigningKey>,
    pub zsk: Arc<SigningKey>,
    parent_key: Arc<SigningKey>,
    root_key: Arc<SigningKey>,
}

/// A builder puts its first nameserver on loopback.
fn set_addresses(zone: &mut SignedZone, host: &str, addresses: [&str; 2]) -> Result<(), ZoneError> {
    let [ipv4, ipv6] = addresses.map(|address| address.parse().expect("an address"));
    let (IpAddr::V4(ipv4), IpAddr::V6(ipv6)) = (ipv4, ipv6) else {
        panic!("one address of each family");
    };
    zone.rrset_mut(&name(host), RrType::A)?.rdatas = vec![ipv4.octets().to_vec()];
    zone.rrset_mut(&name(host), RrType::AAAA)?.rdatas = vec![ipv6.octets().to_vec()];
    Ok(())
}

fn key(flags: u16) -> Arc<SigningKey> {
    SigningKey::generate(Algorithm::ECDSAP256SHA256, flags)
        .expect("a key")
        .into()
}

/// A key of the algorithm that takes the most time to validate.
pub fn dearest_key(flags: u16) -> Arc<SigningKey> {
    SigningKey::generate(Algorithm::ECDSAP384SHA384, flags)
        .expect("a key")
        .into()
}

/// A zone in the making, with its keys: KSK and ZSK.
pub type Change<'c> = &'c dyn Fn(ZoneBuilder) -> ZoneBuilder;

impl Lab {
    pub fn new() -> Self {
        Self {
            start: None,
            ksk: key(SigningKey::KSK),
            zsk: key(SigningKey::ZSK),
            parent_key: key(SigningKey::KSK),
            root_key: key(SigningKey::KSK),
        }
    }

    /// The zone's nameservers are real ones; those of its parents are scripted.
    pub fn with(start: StartServer) -> Self {
        Self {
            start: Some(start),
            ..Self::new()
        }
    }

    /// Answers from the zone, as a nameserver of the zone does.
    pub fn serve(&self, zone: SignedZone) -> Answerer {
        match self.start {
            Some(start) => serve_for_real(start, [zone]),
            None => serve([zone]),
        }
    }

    pub fn new_ksk() -> Arc<SigningKey> {
        key(SigningKey::KSK)
    }

    pub fn new_zsk() -> Arc<SigningKey> {
        key(SigningKey::ZSK)
    }

    /// The records of the zone without keys.
    pub fn records(serial: u32) -> ZoneBuilder {
        Self::records_without_www(serial)
            .record("www", RrType::A, "192.0.2.80")
            .record("www", RrType::AAAA, "2001:db8::80")
    }

    fn records_without_www(serial: u32) -> ZoneBuilder {
        let soa = format!("ns1.{APEX} hostmaster.{APEX} {serial} 14400 3600 1209600 300");
        ZoneBuilder::new(&name(APEX), START)
            .record("@", RrType::SOA, &soa)
            .record("@", RrType::NS, &format!("ns2.{APEX}"))
            .record("@", RrType::MX, &format!("10 mail.{APEX}"))
            .record("@", RrType::A, "192.0.2.80")
            .altered(|zone| set_addresses(zone, &format!("ns1.{APEX}"), NS1))
            .record("ns2", RrType::A, NS2[0])
            .record("ns2", RrType::AAAA, NS2[1])
            .record("mail", RrType::A, "192.0.2.25")
            .record("delta", RrType::TXT, "\"between\"")
            .record("kilo", RrType::TXT, "\"between\"")
            .record("tango", RrType::TXT, "\"between\"")
    }

    /// The zone signed by its keys, with `change` made before it is signed.
    pub fn sign(&self, serial: u32, change: Change<'_>) -> SignedZone {
        let builder = change(Self::records(serial));
        builder
            .key(Arc::clone(&self.ksk), KeyDuty::Keys)
            .key(Arc::clone(&self.zsk), KeyDuty::Data)
            .sign()
            .expect("a zone")
    }

    /// The healthy zone with this serial, served.
    pub fn healthy(&self, serial: u32) -> Answerer {
        self.serve(self.sign(serial, &|zone| zone))
    }

    /// The healthy zone, broken after it was signed, served.
    pub fn broken(
        &self,
        serial: u32,
        change: Change<'_>,
        fault: impl FnOnce(&mut SignedZone) -> Result<(), ZoneError>,
    ) -> Answerer {
        let mut zone = self.sign(serial, change);
        fault(&mut zone).expect("the fault fits the zone");
        self.serve(zone)
    }

    /// The healthy zone without one of its names.
    pub fn without_www(&self) -> Answerer {
        let zone = Self::records_without_www(1)
            .key(Arc::clone(&self.ksk), KeyDuty::Keys)
            .key(Arc::clone(&self.zsk), KeyDuty::Data);
        self.serve(zone.sign().expect("a zone"))
    }

    /// Signatures that are valid from `first` to `last` minutes after the start.
    pub fn minutes(first: i64, last: i64) -> ValidityPeriod {
        ValidityPeriod {
            inception: Timestamp(START.0 + first * 60),
            expiration: Timestamp(START.0 + last * 60),
        }
    }

    /// `test.` with its delegation to the zone, as `change` leaves it.
    pub fn parent(&self, change: Change<'_>) -> SignedZone {
        let builder = ZoneBuilder::new(&name("test"), START)
            .record("@", RrType::NS, "ns2.test.")
            .altered(|zone| set_addresses(zone, "ns1.test.", [PARENTS[0], "2001:db8:3::1"]))
            .record("ns2", RrType::A, PARENTS[2]);
        change(builder)
            .key(Arc::clone(&self.parent_key), KeyDuty::All)
            .sign()
            .expect("a parent")
    }

    /// The delegation as it should be.
    pub fn delegation(&self, zone: ZoneBuilder) -> ZoneBuilder {
        Self::with_ds(Self::with_ns(zone), &self.ksk)
    }

    pub fn with_ns(zone: ZoneBuilder) -> ZoneBuilder {
        zone.record("example", RrType::NS, &format!("ns1.{APEX}"))
            .record("example", RrType::NS, &format!("ns2.{APEX}"))
            .record("ns1.example", RrType::A, "192.0.2.1")
            .record("ns1.example", RrType::AAAA, "2001:db8:1::1")
            .record("ns2.example", RrType::A, "198.51.100.1")
            .record("ns2.example", RrType::AAAA, "2001:db8:2::1")
    }

    pub fn with_ds(zone: ZoneBuilder, key: &SigningKey) -> ZoneBuilder {
        zone.rdata("example", RrType::DS, key.ds_rdata(&name(APEX)))
    }

    fn root(&self) -> SignedZone {
        ZoneBuilder::new(&name("."), START)
            .record("test.", RrType::NS, "ns1.test.")
            .rdata("test.", RrType::DS, self.parent_key.ds_rdata(&name("test")))
            .key(Arc::clone(&self.root_key), KeyDuty::All)
            .sign()
            .expect("a root")
    }

    /// The anchor that probes.json has for the root.
    pub fn anchor(&self) -> String {
        self.root().trust_anchors()[0].to_string()
    }

    /// Puts `parent` at the parent's servers and behind the resolver.
    pub fn set_parent(&self, servers: &mut Servers, parent: &SignedZone) {
        servers.set(&PARENTS, &serve([parent.clone()]));
        self.set_resolver(servers, parent, self.sign(1, &|zone| zone));
    }

    /// What the resolver answers from.
    pub fn set_resolver(&self, servers: &mut Servers, parent: &SignedZone, zone: SignedZone) {
        servers.set(&[RESOLVER], &serve([self.root(), parent.clone(), zone]));
    }

    /// Everything as it should be.
    pub fn all_healthy(&self) -> Servers {
        let mut servers = Servers::default();
        servers.set_all(&self.healthy(1));
        self.set_parent(&mut servers, &self.parent(&|zone| self.delegation(zone)));
        servers
    }
}
