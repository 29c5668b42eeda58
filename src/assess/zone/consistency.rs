//! What every server of a zone should say alike, and who does not.

use std::collections::BTreeSet;

use super::apex_rrsets::{self, Records};
use crate::config::{Nameserver, NameserverRole};
use crate::dns::{Name, RrType, Transport};
use crate::plan::ZonePlan;
use crate::report::{Agreement, Difference, ParentReport, ServerReport, What};

/// What is alike and what is not.
pub(super) struct Findings {
    pub(super) agreement: Agreement,
    pub(super) differences: Vec<Difference>,
}

/// `servers` stand in the order of the plan's nameservers.
pub(super) fn compare(
    plan: &ZonePlan,
    servers: &[Vec<ServerReport>],
    parent: Option<&ParentReport>,
) -> Findings {
    let mut differences = Vec::new();
    let zone = &plan.zone;
    let everyone = || {
        plan.nameservers
            .iter()
            .zip(servers)
            .flat_map(|(one, servers)| servers.iter().map(move |s| (one, s)))
    };
    let of_type = |rtype| -> Vec<Voice<'_>> {
        let said = everyone().filter_map(|(nameserver, server)| {
            let records = apex_rrsets::by(server, zone, rtype)?;
            Some(Voice {
                nameserver: &nameserver.plan.target,
                server,
                records,
            })
        });
        said.collect()
    };
    let (ns, dnskeys) = (of_type(RrType::NS), of_type(RrType::DNSKEY));
    let ns_equal = among(&ns, What::Ns, RrType::NS, &mut differences);
    let dnskeys_equal = among(&dnskeys, What::Dnskey, RrType::DNSKEY, &mut differences);
    for (nameserver, server) in everyone() {
        differences.extend(over_transports(&nameserver.plan.target, server, zone));
    }
    for (nameserver, servers) in plan.nameservers.iter().zip(servers) {
        differences.extend(in_nsid(
            &nameserver.plan.target,
            &nameserver.nameserver,
            servers,
        ));
    }
    let of_zone = reference(&ns).map(apex_rrsets::names);
    let beside = Beside {
        of_zone: of_zone.as_ref(),
        differences: &mut differences,
    };
    let agreement = beside.agreement(plan, parent);
    Findings {
        agreement: Agreement {
            ns_equal,
            dnskeys_equal,
            ..agreement
        },
        differences,
    }
}

/// One address and the RRset that it gave.
struct Voice<'r> {
    nameserver: &'r str,
    server: &'r ServerReport,
    records: Records,
}

/// What DNSSEC does not speak against; of that what most nameservers say, however many addresses each has; where as many say something else, what the primary says, then
/// what more addresses say, or else who comes first.
fn reference<'v>(voices: &'v [Voice<'_>]) -> Option<&'v Records> {
    let weight = |records: &Records| {
        let alike = || voices.iter().filter(|voice| voice.records == *records);
        let nameservers: BTreeSet<_> = alike().map(|voice| voice.nameserver).collect();
        let is_primarys = alike().any(|voice| voice.server.role == Some(NameserverRole::Primary));
        let is_believed = alike().any(|voice| !voice.server.is_disbelieved());
        (is_believed, nameservers.len(), is_primarys, alike().count())
    };
    // The last of the greatest wins, so that the order is turned around.
    voices
        .iter()
        .rev()
        .map(|voice| &voice.records)
        .max_by_key(|records| weight(records))
}

/// Whether all say the same; `None` where nobody said anything.
fn among(
    voices: &[Voice<'_>],
    what: What,
    rtype: RrType,
    differences: &mut Vec<Difference>,
) -> Option<bool> {
    let reference = reference(voices)?;
    let others = voices.iter().filter(|voice| voice.records != *reference);
    let before = differences.len();
    differences.extend(others.map(|voice| {
        let (own, elsewhere) = apex_rrsets::apart(rtype, &voice.records, reference);
        Difference::at(
            what,
            voice.nameserver,
            voice.server,
            format!("{rtype} {own}; elsewhere {elsewhere}"),
        )
    }));
    Some(differences.len() == before)
}

/// The types that are asked for at every server.
const TYPES: [RrType; 3] = [RrType::SOA, RrType::NS, RrType::DNSKEY];

/// Whether an address said the same over UDP and TCP; `None` where it said nothing over one of them.
pub(super) fn transports_equal(server: &ServerReport, zone: &Name) -> Option<bool> {
    let both = TYPES
        .iter()
        .filter_map(|&rtype| apex_rrsets::over_both(server, zone, rtype));
    both.map(|(over_udp, over_tcp)| over_udp == over_tcp)
        .reduce(|all, one| all && one)
}

fn over_transports(nameserver: &str, server: &ServerReport, zone: &Name) -> Option<Difference> {
    let differs = TYPES.iter().find_map(|&rtype| {
        let (over_udp, over_tcp) =
            apex_rrsets::over_both(server, zone, rtype).filter(|(one, other)| one != other)?;
        let [udp, tcp] = [Transport::Udp, Transport::Tcp].map(Transport::as_str);
        let (over_udp, over_tcp) = apex_rrsets::apart(rtype, &over_udp, &over_tcp);
        Some(format!(
            "{rtype} {over_udp} over {udp}; {over_tcp} over {tcp}"
        ))
    });
    differs.map(|detail| Difference::at(What::Transport, nameserver, server, detail))
}

/// Whether all addresses of one machine name themselves alike; `None` where fewer than two answer or none has a name.
pub(super) fn nsid_equal<'s>(
    nameserver: &Nameserver,
    servers: impl Iterator<Item = &'s ServerReport> + Clone,
) -> Option<bool> {
    let mut nsids = servers
        .filter(|server| server.authoritative)
        .map(|server| &server.nsid);
    let is_measured =
        nsids.clone().count() > 1 && nsids.clone().any(Option::is_some) && !nameserver.anycast;
    let first = nsids.next()?;
    is_measured.then(|| nsids.all(|nsid| nsid == first))
}

fn in_nsid(name: &str, nameserver: &Nameserver, servers: &[ServerReport]) -> Option<Difference> {
    if nsid_equal(nameserver, servers.iter()) != Some(false) {
        return None;
    }
    let said = servers
        .iter()
        .filter(|server| server.authoritative)
        .filter_map(|server| {
            let nsid = server.nsid.as_deref().unwrap_or("none");
            Some(format!("{nsid} at {}", server.address?))
        });
    let detail = format!("NSID {}", said.collect::<Vec<_>>().join(", "));
    Some(Difference::of(What::Nsid, Some(name), detail))
}

/// What stands beside the zone's servers: probes.json and the parent.
struct Beside<'b> {
    of_zone: Option<&'b BTreeSet<Name>>,
    differences: &'b mut Vec<Difference>,
}

impl Beside<'_> {
    fn agreement(mut self, plan: &ZonePlan, parent: Option<&ParentReport>) -> Agreement {
        let answered = parent.filter(|parent| parent.problem.is_none());
        let at_parent = answered.map(|parent| parent.ns.iter().cloned().collect());
        Agreement {
            configured_ns_equal: self.names(What::ConfiguredNs, "probes.json", configured(plan)),
            parent_ns_equal: self.names(What::ParentNs, "the parent", at_parent),
            glue_equal: answered.and_then(|parent| self.glue(parent)),
            ..Agreement::default()
        }
    }

    fn names(&mut self, what: What, place: &str, names: Option<BTreeSet<Name>>) -> Option<bool> {
        let (of_zone, names) = self.of_zone.zip(names)?;
        let list = |names: &BTreeSet<Name>| {
            names
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        if names != *of_zone {
            self.note(
                what,
                format!(
                    "NS {} in {place}; {} in the zone",
                    list(&names),
                    list(of_zone)
                ),
            );
        }
        Some(names == *of_zone)
    }

    fn glue(&mut self, parent: &ParentReport) -> Option<bool> {
        let of_zone = parent.addresses.as_ref()?;
        let at_parent = |name: &str| parent.glue.get(name).map(Vec::as_slice).unwrap_or_default();
        let wrong: Vec<_> = of_zone
            .iter()
            .filter(|(name, addresses)| at_parent(name) != addresses.as_slice())
            .collect();
        for (name, addresses) in &wrong {
            let glue = at_parent(name);
            self.note(
                What::Glue,
                format!("{name} has {glue:?} at the parent; {addresses:?} in the zone"),
            );
        }
        Some(wrong.is_empty())
    }

    fn note(&mut self, what: What, detail: String) {
        self.differences.push(Difference::of(what, None, detail));
    }
}

/// The host names of the nameservers that NS records should name; `None` where probes.json does not say all of them.
fn configured(plan: &ZonePlan) -> Option<BTreeSet<Name>> {
    let public = plan
        .nameservers
        .iter()
        .map(|one| &one.nameserver)
        .filter(|nameserver| !nameserver.hidden);
    let hosts: Option<BTreeSet<_>> = public
        .map(|nameserver| nameserver.host.as_ref().map(Name::to_lowercase))
        .collect();
    hosts.filter(|hosts| !hosts.is_empty())
}
