//! Whether the servers of a zone agree with each other, with probes.json and with the parent.

use std::collections::{BTreeMap, BTreeSet};

use super::delegation;
use crate::assess::apex_rrsets::{COMPARED_TYPES, CanonicalRdatas, describe_difference};
use crate::assess::names::NameData;
use crate::assess::server_facts::{AddressFacts, NameserverFacts, ServerFacts};
use crate::config::NameserverRole;
use crate::dns::{Name, RrType, Transport};
use crate::plan::ZonePlan;
use crate::report::{Agreement, Inconsistency, InconsistencyKind, ParentReport};

/// What agrees, and each difference.
pub(super) struct ConsistencyFindings {
    pub(super) agreement: Agreement,
    pub(super) differences: Vec<Inconsistency>,
}

/// `nameservers` are in the order of the plan.
pub(super) fn assess_consistency(
    plan: &ZonePlan,
    nameservers: &[NameserverFacts<'_>],
    parent: Option<&ParentReport>,
) -> ConsistencyFindings {
    let mut differences = Vec::new();
    let ns = rrsets_of(nameservers, RrType::NS);
    let dnskeys = rrsets_of(nameservers, RrType::DNSKEY);
    let ns_equal = compare_servers(&ns, InconsistencyKind::Ns, RrType::NS, &mut differences);
    let dnskeys_equal = compare_servers(
        &dnskeys,
        InconsistencyKind::Dnskey,
        RrType::DNSKEY,
        &mut differences,
    );
    // A parent asks all servers and must not act while they differ (RFC 9975).
    let cds_equal = [RrType::CDS, RrType::CDNSKEY]
        .into_iter()
        .filter_map(|rtype| {
            let rrsets = rrsets_of(nameservers, rtype);
            compare_servers(&rrsets, InconsistencyKind::Cds, rtype, &mut differences)
        })
        .reduce(|all, equal| all && equal);
    let addresses = nameservers
        .iter()
        .flat_map(|nameserver| nameserver.addresses());
    differences.extend(name_inconsistencies(plan, nameservers));
    differences.extend(addresses.filter_map(transport_inconsistency));
    differences.extend(nameservers.iter().filter_map(nsid_inconsistency));
    let zone_ns = reference_data(&ns).map(CanonicalRdatas::ns_names);
    let comparison = ReferenceComparison {
        zone_ns: zone_ns.as_ref(),
        differences: &mut differences,
    };
    let agreement = comparison.agreement(plan, parent);
    let delegation = parent.map(|parent| {
        delegation::assess_delegation(
            plan,
            zone_ns.as_ref(),
            configured_names(plan).as_ref(),
            parent,
        )
    });
    let delegation = delegation.unwrap_or_default();
    differences.extend(delegation.differences);
    ConsistencyFindings {
        agreement: Agreement {
            ns_equal,
            dnskeys_equal,
            cds_equal,
            parent_servers_equal: delegation.servers_equal,
            ..agreement
        },
        differences,
    }
}

/// One address and the data that it gave.
struct ServerData<'f, D> {
    address: AddressFacts<'f>,
    rdatas: &'f D,
}

type ServerRrset<'f> = ServerData<'f, CanonicalRdatas>;

fn rrsets_of<'f>(nameservers: &[NameserverFacts<'f>], rtype: RrType) -> Vec<ServerRrset<'f>> {
    let addresses = nameservers
        .iter()
        .flat_map(|nameserver| nameserver.addresses());
    let rrsets = addresses.filter_map(|address| {
        let rdatas = address.server.apex_rrsets.first_rrset(rtype)?;
        Some(ServerRrset { address, rdatas })
    });
    rrsets.collect()
}

/// The data that the others are measured by. One that DNSSEC does not contradict at some address goes first; then the one
/// that most nameservers give, however many addresses each has; then the primary's; then the one of most addresses; then
/// the first.
fn reference_data<'f, D: PartialEq>(rrsets: &[ServerData<'f, D>]) -> Option<&'f D> {
    let weight = |rdatas: &D| {
        let alike = || rrsets.iter().filter(|rrset| rrset.rdatas == rdatas);
        let servers = || alike().map(|rrset| rrset.address.server);
        let nameservers: BTreeSet<_> = alike().map(|rrset| rrset.address.name).collect();
        let is_primarys = servers().any(|server| server.role == Some(NameserverRole::Primary));
        let is_believed = servers().any(|server| !server.contradicted_by_dnssec);
        (is_believed, nameservers.len(), is_primarys, alike().count())
    };
    // The last of the greatest wins, so that the order is turned around.
    rrsets
        .iter()
        .rev()
        .map(|rrset| rrset.rdatas)
        .max_by_key(|rdatas| weight(rdatas))
}

/// Whether all servers give the same RRset; `None` if none gives any.
fn compare_servers(
    rrsets: &[ServerRrset<'_>],
    kind: InconsistencyKind,
    rtype: RrType,
    differences: &mut Vec<Inconsistency>,
) -> Option<bool> {
    let reference = reference_data(rrsets)?;
    let before = differences.len();
    let differing = rrsets.iter().filter(|rrset| rrset.rdatas != reference);
    differences.extend(differing.map(|rrset| {
        let (text, reference_text) = describe_difference(rtype, rrset.rdatas, reference);
        let detail = format!("{rtype} {text}; elsewhere {reference_text}");
        rrset.address.inconsistency(kind, detail)
    }));
    Some(differences.len() == before)
}

/// Every address whose data of a name is not that of others with the same version of the zone.
fn name_inconsistencies(
    plan: &ZonePlan,
    nameservers: &[NameserverFacts<'_>],
) -> Vec<Inconsistency> {
    // All are asked the same.
    let questions = plan.nameservers.first().map(|first| &first.plan.names);
    let questions = questions.into_iter().flat_map(|names| names.iter());
    let compared = questions
        .enumerate()
        .filter(|(_, question)| question.same_everywhere);
    compared
        .flat_map(|(index, question)| {
            let versions = data_by_version(nameservers, index);
            let of_version =
                move |(serial, data)| name_inconsistencies_of_version(&question.name, serial, data);
            versions.into_iter().flat_map(of_version)
        })
        .collect()
}

/// The data that the servers gave of the plan's name at `index`, by the serial of their version of the zone.
fn data_by_version<'f>(
    nameservers: &[NameserverFacts<'f>],
    index: usize,
) -> BTreeMap<u32, Vec<(AddressFacts<'f>, &'f NameData)>> {
    let mut versions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let addresses = nameservers
        .iter()
        .flat_map(|nameserver| nameserver.addresses());
    for address in addresses {
        let server: &'f ServerFacts = address.server;
        let Some(facts) = server.names.get(index) else {
            continue;
        };
        if let Some((data, serial)) = facts.data.as_ref().zip(facts.version.or(server.serial())) {
            versions.entry(serial.0).or_default().push((address, data));
        }
    }
    versions
}

fn name_inconsistencies_of_version(
    name: &Name,
    serial: u32,
    data: Vec<(AddressFacts<'_>, &NameData)>,
) -> Vec<Inconsistency> {
    let servers: Vec<_> = data
        .into_iter()
        .map(|(address, rdatas)| ServerData { address, rdatas })
        .collect();
    let Some(reference) = reference_data(&servers) else {
        return Vec::new();
    };
    let differing = servers.iter().filter(|server| server.rdatas != reference);
    differing
        .map(|server| {
            let detail = format!(
                "{name} {}; elsewhere {} (both of serial {serial})",
                server.rdatas.text(),
                reference.text()
            );
            server
                .address
                .inconsistency(InconsistencyKind::Name, detail)
        })
        .collect()
}

/// Whether an address gave the same over UDP and TCP; `None` if no RRset came over both.
pub(super) fn transports_equal(server: &ServerFacts) -> Option<bool> {
    COMPARED_TYPES
        .iter()
        .filter_map(|&rtype| server.apex_rrsets.rrset_over_both(rtype))
        .map(|(over_udp, over_tcp)| over_udp == over_tcp)
        .reduce(|all, equal| all && equal)
}

fn transport_inconsistency(address: AddressFacts<'_>) -> Option<Inconsistency> {
    let detail = COMPARED_TYPES.iter().find_map(|&rtype| {
        let rrset_over_both = address.server.apex_rrsets.rrset_over_both(rtype);
        let (over_udp, over_tcp) = rrset_over_both.filter(|(udp, tcp)| udp != tcp)?;
        let (over_udp, over_tcp) = describe_difference(rtype, over_udp, over_tcp);
        let [udp, tcp] = [Transport::Udp, Transport::Tcp].map(Transport::as_str);
        Some(format!(
            "{rtype} {over_udp} over {udp}; {over_tcp} over {tcp}"
        ))
    });
    Some(address.inconsistency(InconsistencyKind::Transport, detail?))
}

/// Whether all addresses of one machine give the same NSID; `None` if fewer than two answer or none gives any.
pub(super) fn nsid_equal(nameserver: &NameserverFacts<'_>) -> Option<bool> {
    let mut nsids = answering_servers(nameserver).map(|server| &server.nsid);
    let is_measured = nsids.clone().count() > 1
        && nsids.clone().any(Option::is_some)
        && !nameserver.nameserver.anycast;
    let first = nsids.next()?;
    is_measured.then(|| nsids.all(|nsid| nsid == first))
}

fn nsid_inconsistency(nameserver: &NameserverFacts<'_>) -> Option<Inconsistency> {
    if nsid_equal(nameserver) != Some(false) {
        return None;
    }
    let nsids = answering_servers(nameserver).filter_map(|server| {
        let nsid = server.nsid.as_deref().unwrap_or("none");
        Some(format!("{nsid} at {}", server.address?))
    });
    let detail = format!("NSID {}", nsids.collect::<Vec<_>>().join(", "));
    Some(Inconsistency::of_nameserver(
        InconsistencyKind::Nsid,
        Some(nameserver.name),
        detail,
    ))
}

fn answering_servers<'f>(
    nameserver: &NameserverFacts<'f>,
) -> impl Iterator<Item = &'f ServerFacts> + Clone + use<'f> {
    let servers = nameserver.servers.iter();
    servers.filter(|server| server.authoritative)
}

/// Compares probes.json and the parent with the zone.
struct ReferenceComparison<'b> {
    zone_ns: Option<&'b BTreeSet<Name>>,
    differences: &'b mut Vec<Inconsistency>,
}

impl ReferenceComparison<'_> {
    fn agreement(mut self, plan: &ZonePlan, parent: Option<&ParentReport>) -> Agreement {
        let answered = parent.filter(|parent| parent.problem.is_none());
        let at_parent = answered.map(|parent| parent.ns.iter().cloned().collect());
        Agreement {
            configured_ns_equal: self.compare_names(
                InconsistencyKind::ConfiguredNs,
                "probes.json",
                configured_names(plan),
            ),
            parent_ns_equal: self.compare_names(
                InconsistencyKind::ParentNs,
                "the parent",
                at_parent,
            ),
            glue_equal: answered.and_then(|parent| self.compare_glue(parent)),
            ..Agreement::default()
        }
    }

    fn compare_names(
        &mut self,
        kind: InconsistencyKind,
        source: &str,
        names: Option<BTreeSet<Name>>,
    ) -> Option<bool> {
        let (zone_ns, names) = self.zone_ns.zip(names)?;
        let list = |names: &BTreeSet<Name>| {
            names
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        if names != *zone_ns {
            self.add_inconsistency(
                kind,
                format!(
                    "NS {} in {source}; {} in the zone",
                    list(&names),
                    list(zone_ns)
                ),
            );
        }
        Some(names == *zone_ns)
    }

    fn compare_glue(&mut self, parent: &ParentReport) -> Option<bool> {
        let zone_addresses = parent.addresses.as_ref()?;
        let at_parent = |name: &str| parent.glue.get(name).map(Vec::as_slice).unwrap_or_default();
        let wrong: Vec<_> = zone_addresses
            .iter()
            .filter(|(name, addresses)| at_parent(name) != addresses.as_slice())
            .collect();
        for (name, addresses) in &wrong {
            let glue = at_parent(name);
            self.add_inconsistency(
                InconsistencyKind::Glue,
                format!("{name} has {glue:?} at the parent; {addresses:?} in the zone"),
            );
        }
        Some(wrong.is_empty())
    }

    fn add_inconsistency(&mut self, kind: InconsistencyKind, detail: String) {
        self.differences
            .push(Inconsistency::of_nameserver(kind, None, detail));
    }
}

/// The host names of the nameservers that NS records should name; `None` unless probes.json gives all of them.
fn configured_names(plan: &ZonePlan) -> Option<BTreeSet<Name>> {
    let public = plan
        .nameservers
        .iter()
        .map(|nameserver| &nameserver.nameserver)
        .filter(|nameserver| !nameserver.hidden);
    let hosts: Option<BTreeSet<_>> = public
        .map(|nameserver| nameserver.host.as_ref().map(Name::to_lowercase))
        .collect();
    hosts.filter(|hosts| !hosts.is_empty())
}
