//! What the parent says of a zone's nameservers. A resolver would give the child's own NS RRset, so that it only leads to
//! the parent's servers, and those are asked.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::assess::parent::{addresses, addresses_of, believed, entry, key, nameservers};
use crate::config::{DNS_PORT, NameserverRole};
use crate::dns::{EDNS_UDP_SIZE, Message, Name, Query, Rcode, RrType, Section, Transports};
use crate::exchange::Outcome;
use crate::network::{self, Network};
use crate::plan::ZonePlan;
use crate::report::{Glue, ParentReport};

/// How long one server is waited for before the next is asked.
const PATIENCE: Duration = Duration::from_secs(1);
/// Nameservers of the parent whose addresses are looked up, and their servers that are asked before that is given up.
const MOST_SERVERS: usize = 4;
/// Servers of the zone that are asked for its addresses at the same time: enough for a majority, and not a socket for each
/// name that a parent gives at each of them.
const SERVERS_AT_ONCE: usize = 5;

/// `None` without a resolver to find the parent, and for the root, which has none.
pub(super) async fn ask(
    plan: &ZonePlan,
    network: &impl Network,
    deadline: Instant,
) -> Option<ParentReport> {
    let search = Search {
        network,
        resolver: plan.resolver?,
        plan,
        deadline,
    };
    let mut report = ParentReport {
        zone: None,
        server: None,
        problem: None,
        ns: Vec::new(),
        glue: Glue::new(),
        addresses: None,
    };
    if plan.zone.is_root() {
        return None;
    }
    if let Err(problem) = search.fill(&mut report).await {
        report.problem = Some(problem);
    }
    Some(report)
}

struct Search<'s, N> {
    network: &'s N,
    resolver: SocketAddr,
    plan: &'s ZonePlan,
    deadline: Instant,
}

impl<N: Network> Search<'_, N> {
    async fn fill(&self, report: &mut ParentReport) -> Result<(), String> {
        let parent = self.parent_zone().await?;
        report.zone = Some(parent.clone());
        let servers = self.servers_of(&parent).await?;
        let (server, referral) = self.delegation(&servers).await?;
        report.server = Some(server);
        report.ns = nameservers(&referral, Section::Authority, &self.plan.zone)
            .into_iter()
            .collect();
        let within: Vec<_> = report
            .ns
            .iter()
            .filter(|name| name.is_within(&self.plan.zone))
            .cloned()
            .collect();
        report.glue = within
            .iter()
            .filter_map(|name| entry(name, addresses(&referral, Section::Additional, name)))
            .collect();
        if !within.is_empty() {
            report.addresses = self.own_addresses(&within).await;
        }
        Ok(())
    }

    /// The closest zone above.
    async fn parent_zone(&self) -> Result<Name, String> {
        let above = std::iter::successors(self.plan.zone.parent(), Name::parent);
        for name in above {
            if name.is_root() {
                return Ok(name);
            }
            let message = self.look_up(&name, RrType::SOA).await?;
            if message
                .answer
                .iter()
                .any(|record| record.rtype == RrType::SOA && record.owner == name)
            {
                return Ok(name);
            }
        }
        Err("the root has no parent".to_owned())
    }

    async fn servers_of(&self, parent: &Name) -> Result<Vec<SocketAddr>, String> {
        let message = self.look_up(parent, RrType::NS).await?;
        let names: Vec<_> = nameservers(&message, Section::Answer, parent)
            .into_iter()
            .take(MOST_SERVERS)
            .collect();
        let asked = names
            .iter()
            .flat_map(|name| [RrType::A, RrType::AAAA].map(|rtype| self.look_up(name, rtype)));
        let found = join_all(asked).await;
        let asked_for = names.iter().flat_map(|name| [name, name]);
        let addresses = found
            .iter()
            .zip(asked_for)
            .filter_map(|(message, name)| Some((message.as_ref().ok()?, name)));
        let addresses: Vec<_> = addresses
            .flat_map(|(message, name)| addresses_of(message, name))
            .collect();
        let servers: Vec<_> = addresses
            .into_iter()
            .map(|address| SocketAddr::new(address, DNS_PORT))
            .collect();
        if servers.is_empty() {
            Err(format!("no nameserver of {parent} has an address"))
        } else {
            Ok(servers)
        }
    }

    /// The referral of the first server that gives one.
    async fn delegation(
        &self,
        servers: &[SocketAddr],
    ) -> Result<(SocketAddr, Arc<Message>), String> {
        let zone = &self.plan.zone;
        let mut problems = Vec::new();
        for &server in servers.iter().take(MOST_SERVERS) {
            match self
                .ask(server, Query::new(zone.clone(), RrType::NS, EDNS_UDP_SIZE))
                .await
            {
                Ok(message) if !nameservers(&message, Section::Authority, zone).is_empty() => {
                    return Ok((server, message));
                }
                Ok(message) if message.header.aa => {
                    problems.push(format!(
                        "{server} serves {zone} itself, and does not say what its parent has"
                    ));
                }
                Ok(_) => problems.push(format!("{server} does not delegate {zone}")),
                Err(problem) => problems.push(problem),
            }
        }
        Err(problems.join("; "))
    }

    /// What the zone says of its nameservers, as most of its servers tell it that answer: one that is behind, or lies, is
    /// not taken for the zone.
    async fn own_addresses(&self, names: &[Name]) -> Option<Glue> {
        // The deadline ends the search.
        for servers in self.servers_of_zone().chunks(SERVERS_AT_ONCE) {
            let asked = servers.iter().map(|&(is_primary, server)| async move {
                let asked = names.iter().map(|name| self.own_addresses_of(server, name));
                let found: Option<Vec<_>> = join_all(asked).await.into_iter().collect();
                Some((is_primary, names.iter().map(key).zip(found?).collect()))
            });
            let told: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
            if let Some(believed) = believed(&told) {
                return Some(believed.clone());
            }
        }
        None
    }

    /// All of them and whether each is a primary's, for the zone may be left at a single one: an address of each before the
    /// second of any, since a machine fails as a whole.
    fn servers_of_zone(&self) -> Vec<(bool, SocketAddr)> {
        let nameservers = self.plan.nameservers.iter().map(|one| &one.nameserver);
        let turns = nameservers.flat_map(|one| {
            let is_primary = one.role == Some(NameserverRole::Primary);
            let server = move |address| (is_primary, SocketAddr::new(address, one.port));
            one.addresses
                .iter()
                .enumerate()
                .map(move |(turn, &address)| (turn, server(address)))
        });
        let mut turns: Vec<_> = turns.collect();
        turns.sort_by_key(|&(turn, _)| turn);
        turns.into_iter().map(|(_, server)| server).collect()
    }

    async fn own_addresses_of(&self, server: SocketAddr, name: &Name) -> Option<Vec<IpAddr>> {
        let asked = [RrType::A, RrType::AAAA]
            .map(|rtype| self.ask(server, Query::new(name.clone(), rtype, EDNS_UDP_SIZE)));
        let answers: Result<Vec<_>, _> = join_all(asked).await.into_iter().collect();
        let answers = answers
            .ok()
            .filter(|answers| answers.iter().all(|message| message.header.aa))?;
        let found: BTreeSet<_> = answers
            .iter()
            .flat_map(|message| addresses_of(message, name))
            .collect();
        Some(found.into_iter().collect())
    }

    async fn look_up(&self, name: &Name, rtype: RrType) -> Result<Arc<Message>, String> {
        let answer = self
            .ask(self.resolver, Query::to_resolver(name.clone(), rtype))
            .await;
        answer.map_err(|problem| format!("{name} {rtype} from the resolver: {problem}"))
    }

    /// A response that says something about the name.
    async fn ask(&self, server: SocketAddr, query: Query) -> Result<Arc<Message>, String> {
        let deadline = self.deadline.min(Instant::now() + PATIENCE);
        let exchanges = network::ask(
            self.network,
            server,
            Transports::Udp,
            &Arc::new(query),
            deadline,
        )
        .await;
        match exchanges
            .into_iter()
            .next_back()
            .map(|exchange| exchange.outcome)
        {
            Some(Outcome::Response(message))
                if !matches!(message.rcode, Rcode::NOERROR | Rcode::NXDOMAIN) =>
            {
                Err(format!("{server} says {}", message.rcode))
            }
            Some(Outcome::Response(message)) => Ok(message),
            Some(Outcome::Malformed { error, .. }) => Err(format!("{server}: {error}")),
            Some(Outcome::NetworkError(error) | Outcome::LocalError(error)) => {
                Err(format!("{server}: {error}"))
            }
            Some(Outcome::Timeout) | None => Err(format!("{server} does not answer")),
        }
    }
}
