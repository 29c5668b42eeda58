//! Asks the parent about a zone's nameservers. A resolver would give the child's own NS RRset, so that it only leads to
//! the parent's servers, and those are asked. `crate::assess::parent` reads the answers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::assess::parent::{
    Referral, ZoneAddresses, ZoneServer, addresses_in, authoritative_addresses, glue_key, is_apex,
    majority_addresses, ns_names, servers_by_round, usable_response,
};
use crate::chain::{LinkCache, ResolverClient};
use crate::config::DNS_PORT;
use crate::dns::{EDNS_UDP_SIZE, Message, Name, Query, RrType, Section, Transports};
use crate::network::{self, Network, clock};
use crate::plan::ZonePlan;
use crate::report::{Glue, ParentReport};

/// How long one server is waited for before the next is asked.
const SERVER_TIMEOUT: Duration = Duration::from_secs(1);
/// Nameservers of the parent whose addresses are looked up, and their servers that are asked before that is given up.
const MAX_SERVERS: usize = 4;
/// Servers of the zone that are asked for its addresses at the same time: enough for a majority, and not a socket for each
/// name that a parent gives at each of them.
const MAX_PARALLEL_SERVERS: usize = 5;

/// `None` without a resolver to find the parent, and for the root, which has none.
pub(super) async fn probe_parent(
    plan: &ZonePlan,
    network: &impl Network,
    link_cache: &LinkCache,
    deadline: Instant,
) -> Option<ParentReport> {
    if plan.resolvers.is_empty() {
        return None;
    }
    let search = ParentSearch {
        resolver: ResolverClient {
            network,
            resolvers: &plan.resolvers,
            health: link_cache.resolver_health(),
            deadline,
        },
        network,
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
    if let Err(problem) = search.fill_report(&mut report).await {
        report.problem = Some(problem);
    }
    Some(report)
}

struct ParentSearch<'s, N> {
    network: &'s N,
    resolver: ResolverClient<'s, N>,
    plan: &'s ZonePlan,
    deadline: Instant,
}

impl<N: Network> ParentSearch<'_, N> {
    async fn fill_report(&self, report: &mut ParentReport) -> Result<(), String> {
        let parent = self.parent_zone().await?;
        report.zone = Some(parent.clone());
        let servers = self.servers_of(&parent).await?;
        let (server, referral) = self.find_referral(&servers).await?;
        report.server = Some(server);
        report.ns = referral.ns;
        report.glue = referral.glue;
        if !referral.within_zone.is_empty() {
            report.addresses = self.zone_addresses(&referral.within_zone).await;
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
            if is_apex(&message, &name) {
                return Ok(name);
            }
        }
        Err("the root has no parent".to_owned())
    }

    async fn servers_of(&self, parent: &Name) -> Result<Vec<SocketAddr>, String> {
        let message = self.look_up(parent, RrType::NS).await?;
        let names = ns_names(&message, Section::Answer, parent);
        let questions: Vec<_> = names
            .iter()
            .take(MAX_SERVERS)
            .flat_map(|name| [(name, RrType::A), (name, RrType::AAAA)])
            .collect();
        let lookups = questions
            .iter()
            .map(|(name, rtype)| self.look_up(name, *rtype));
        let answers = join_all(lookups).await;
        let addresses = answers
            .iter()
            .zip(&questions)
            .filter_map(|(answer, (name, _))| Some((answer.as_ref().ok()?, name)))
            .flat_map(|(message, name)| addresses_in(message, Section::Answer, name));
        let servers: Vec<_> = addresses
            .map(|address| SocketAddr::new(address, DNS_PORT))
            .collect();
        if servers.is_empty() {
            Err(format!("no nameserver of {parent} has an address"))
        } else {
            Ok(servers)
        }
    }

    /// The referral of the first server that gives one.
    async fn find_referral(
        &self,
        servers: &[SocketAddr],
    ) -> Result<(SocketAddr, Referral), String> {
        let zone = &self.plan.zone;
        let mut problems = Vec::new();
        for &server in servers.iter().take(MAX_SERVERS) {
            let query = Query::new(zone.clone(), RrType::NS, EDNS_UDP_SIZE);
            let answer = self.query(server, query).await;
            match answer.and_then(|message| Referral::read(&message, zone, server)) {
                Ok(referral) => return Ok((server, referral)),
                Err(problem) => problems.push(problem),
            }
        }
        Err(problems.join("; "))
    }

    /// The addresses that the zone itself gives for its nameservers.
    async fn zone_addresses(&self, names: &[Name]) -> Option<Glue> {
        let nameservers = self
            .plan
            .nameservers
            .iter()
            .map(|nameserver| &nameserver.nameserver);
        let servers = servers_by_round(nameservers);
        // The deadline ends the search.
        for servers in servers.chunks(MAX_PARALLEL_SERVERS) {
            let lookups = servers
                .iter()
                .map(|&server| self.zone_addresses_at(server, names));
            let answers: Vec<_> = join_all(lookups).await.into_iter().flatten().collect();
            if let Some(addresses) = majority_addresses(&answers) {
                return Some(addresses.clone());
            }
        }
        None
    }

    async fn zone_addresses_at(&self, server: ZoneServer, names: &[Name]) -> Option<ZoneAddresses> {
        let lookups = names
            .iter()
            .map(|name| self.name_addresses_at(server.address, name));
        let addresses: Option<Vec<_>> = join_all(lookups).await.into_iter().collect();
        Some(ZoneAddresses {
            from_primary: server.is_primary,
            addresses: names.iter().map(glue_key).zip(addresses?).collect(),
        })
    }

    async fn name_addresses_at(&self, server: SocketAddr, name: &Name) -> Option<Vec<IpAddr>> {
        let lookups = [RrType::A, RrType::AAAA]
            .map(|rtype| self.query(server, Query::new(name.clone(), rtype, EDNS_UDP_SIZE)));
        let answers: Result<Vec<_>, _> = join_all(lookups).await.into_iter().collect();
        authoritative_addresses(&answers.ok()?, name)
    }

    async fn look_up(&self, name: &Name, rtype: RrType) -> Result<Arc<Message>, String> {
        let answer = self.resolver.query(name, rtype, |_| Ok(())).await;
        answer.map_err(|error| error.detail)
    }

    /// A response that says something about the name.
    async fn query(&self, server: SocketAddr, query: Query) -> Result<Arc<Message>, String> {
        let deadline = self.deadline.min(clock::monotonic_now() + SERVER_TIMEOUT);
        let exchanges = network::ask(
            self.network,
            server,
            Transports::Udp,
            &Arc::new(query),
            deadline,
        )
        .await;
        usable_response(server, exchanges.last())
    }
}
