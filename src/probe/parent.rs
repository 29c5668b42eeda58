//! Asks the parent about a zone's nameservers. A resolver would give the child's own NS RRset, so that it only leads to
//! the parent's servers, and those are asked. `crate::assess::parent` reads the answers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::assess::parent::{
    ZoneAddresses, ZoneServer, addresses_in, answering_families, authoritative_addresses,
    due_servers, glue_key, is_apex, majority_addresses, merge_observations, names_within, ns_host,
    ns_names, read_parent_answer, servers_by_round, summarise_servers, unlisted_server,
    usable_response,
};
use crate::chain::{KnownParent, LinkCache, ParentMemory, ResolverClient};
use crate::config::DNS_PORT;
use crate::dns::{EDNS_UDP_SIZE, Message, Name, Query, RrType, Section, Timestamp, Transports};
use crate::exchange::{Exchange, Outcome};
use crate::network::{self, Network, clock};
use crate::plan::ZonePlan;
use crate::reason::Reason;
use crate::report::{
    Delegation, Glue, NsHostReport, ParentReport, ParentResult, ParentServerReport,
};

/// How long one server is waited for before the next is asked, or the same again.
const SERVER_TIMEOUT: Duration = Duration::from_secs(1);
/// Tries for each server whose silence is reported: one lost packet is chance.
const MAX_ATTEMPTS: usize = 2;
/// Nameservers of the parent whose addresses are looked up: no zone has more than the root and the largest top-level domains.
const MAX_PARENT_NAMES: usize = 13;
/// Servers of the parent, of both families.
const MAX_PARENT_SERVERS: usize = 26;
/// How long the servers of the parent are taken from memory, in seconds.
const PARENT_LIFETIME: i64 = 240;
/// Nameservers of the delegation whose names are looked up, and their addresses beside those of probes.json that are asked.
const MAX_HOSTS: usize = 13;
const MAX_UNLISTED: usize = 8;
/// Servers of the zone that are asked for its addresses at the same time: enough for a majority, and not a socket for each
/// name that a parent gives at each of them.
const MAX_PARALLEL_SERVERS: usize = 5;

/// `None` without a resolver to find the parent, and for the root, which has none.
pub(super) async fn probe_parent(
    plan: &ZonePlan,
    network: &impl Network,
    link_cache: &LinkCache,
    at: Timestamp,
    deadline: Instant,
) -> Option<ParentReport> {
    if plan.resolvers.is_empty() || plan.zone.is_root() {
        return None;
    }
    let search = ParentSearch {
        resolver: ResolverClient {
            network,
            resolvers: &plan.resolvers,
            health: link_cache.resolver_health(),
            deadline,
        },
        memory: link_cache.parents(),
        network,
        plan,
        at,
        deadline,
    };
    let mut report = ParentReport::default();
    if let Err(problem) = search.fill_report(&mut report).await {
        report.problem = Some(problem);
    }
    Some(report)
}

struct ParentSearch<'s, N> {
    network: &'s N,
    resolver: ResolverClient<'s, N>,
    memory: &'s ParentMemory,
    plan: &'s ZonePlan,
    at: Timestamp,
    deadline: Instant,
}

impl<N: Network> ParentSearch<'_, N> {
    async fn fill_report(&self, report: &mut ParentReport) -> Result<(), String> {
        let known = self.known_parent().await?;
        report.zone = Some(known.zone.clone());
        let due = due_servers(&known.servers, &known.observations, self.at);
        let observations = due
            .into_iter()
            .map(|(name, address)| self.ask_parent_server(name, address));
        let asked = join_all(observations).await;
        report.answering = answering_families(asked.iter().map(|(server, _)| server), self.at);
        // What could not be sent says nothing about the parent.
        let sent = asked.into_iter().filter(|(_, was_sent)| *was_sent);
        let observations: Vec<_> = sent.map(|(server, _)| server).collect();
        let observations = merge_observations(&known.servers, &known.observations, &observations);
        let known = KnownParent {
            observations: observations.clone(),
            ..known
        };
        self.memory.store(&self.plan.zone, known);
        summarise_servers(report, observations);
        let delegation = Delegation {
            ns: report.ns.clone(),
            ..Delegation::default()
        };
        let within_zone = names_within(&delegation, &self.plan.zone);
        let (addresses, hosts) =
            tokio::join!(self.zone_addresses(&within_zone), self.hosts(&report.ns));
        report.addresses = addresses;
        report.hosts = hosts;
        Ok(())
    }

    /// The parent and its servers: as they were found a short while ago, for all zones below a parent share them with their last
    /// probe; and as they were found at all where the resolvers fail.
    async fn known_parent(&self) -> Result<KnownParent, String> {
        let before = self.memory.look_up(&self.plan.zone);
        let is_recent =
            |known: &KnownParent| (0..PARENT_LIFETIME).contains(&(self.at.0 - known.found_at.0));
        match before {
            Some(known) if is_recent(&known) => Ok(known),
            before => match (self.find_parent().await, before) {
                (Ok((zone, servers)), before) => Ok(KnownParent {
                    observations: before
                        .filter(|known| known.zone == zone)
                        .map(|known| known.observations)
                        .unwrap_or_default(),
                    zone,
                    servers: servers.into(),
                    found_at: self.at,
                }),
                (Err(_), Some(known)) => Ok(known),
                (Err(problem), None) => Err(problem),
            },
        }
    }

    async fn find_parent(&self) -> Result<(Name, Vec<(Name, SocketAddr)>), String> {
        let parent = self.parent_zone().await?;
        let servers = self.servers_of(&parent).await?;
        Ok((parent, servers))
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

    /// All addresses of all nameservers of the parent.
    async fn servers_of(&self, parent: &Name) -> Result<Vec<(Name, SocketAddr)>, String> {
        let message = self.look_up(parent, RrType::NS).await?;
        let names = ns_names(&message, Section::Answer, parent);
        let questions: Vec<_> = names
            .iter()
            .take(MAX_PARENT_NAMES)
            .flat_map(|name| [(name, RrType::A), (name, RrType::AAAA)])
            .collect();
        let lookups = questions
            .iter()
            .map(|(name, rtype)| self.look_up(name, *rtype));
        let answers = join_all(lookups).await;
        let addresses = answers
            .iter()
            .zip(&questions)
            .filter_map(|(answer, (name, _))| Some((answer.as_ref().ok()?, *name)));
        let addresses = addresses.flat_map(|(message, name)| {
            let addresses = addresses_in(message, Section::Answer, name);
            addresses.into_iter().map(|address| (name.clone(), address))
        });
        let servers: Vec<_> = addresses
            .map(|(name, address)| (name, SocketAddr::new(address, DNS_PORT)))
            .take(MAX_PARENT_SERVERS)
            .collect();
        if servers.is_empty() {
            Err(format!("no nameserver of {parent} has an address"))
        } else {
            Ok(servers)
        }
    }

    /// One question shows NS and DS: the DS RRset is part of a referral (RFC 4035 section 3.1.4.1).
    /// Beside it stands whether the question could be sent.
    async fn ask_parent_server(
        &self,
        name: Name,
        address: SocketAddr,
    ) -> (ParentServerReport, bool) {
        let zone = &self.plan.zone;
        let query = Query::new(zone.clone(), RrType::NS, EDNS_UDP_SIZE);
        let exchange = self.exchange(address, query, MAX_ATTEMPTS).await;
        let outcome = exchange.as_ref().map(|exchange| &exchange.outcome);
        let was_sent = !matches!(outcome, Some(Outcome::LocalError(_)));
        let (result, delegation) = read_parent_answer(exchange.as_ref(), zone);
        let report = ParentServerReport {
            name,
            address,
            at: self.at,
            result,
            detail: delegation.as_ref().err().cloned(),
            delegation: delegation
                .ok()
                .filter(|_| result == ParentResult::Delegates),
        };
        (report, was_sent)
    }

    /// Where the names of the delegation lead, as resolvers follow them.
    async fn hosts(&self, names: &[Name]) -> Vec<NsHostReport> {
        let hosts = names.iter().take(MAX_HOSTS).map(|name| self.host(name));
        let mut hosts = join_all(hosts).await;
        let listed = self
            .plan
            .nameservers
            .iter()
            .flat_map(|nameserver| &nameserver.nameserver.addresses);
        let listed: Vec<_> = listed.collect();
        let unlisted = hosts.iter().enumerate().flat_map(|(index, host)| {
            let addresses = host.addresses.iter();
            let unlisted = addresses.filter(|address| !listed.contains(address));
            unlisted.map(move |&address| (index, address))
        });
        let unlisted: Vec<_> = unlisted.take(MAX_UNLISTED).collect();
        let zone = &self.plan.zone;
        let answers = unlisted.iter().map(|&(_, address)| async move {
            let query = Query::new(zone.clone(), RrType::SOA, EDNS_UDP_SIZE);
            let server = SocketAddr::new(address, DNS_PORT);
            let exchange = self.exchange(server, query, MAX_ATTEMPTS).await;
            unlisted_server(address, exchange.as_ref(), zone)
        });
        let answers = join_all(answers).await;
        for ((index, _), answer) in unlisted.into_iter().zip(answers) {
            if let Some(host) = hosts.get_mut(index) {
                host.unlisted.push(answer);
            }
        }
        hosts
    }

    async fn host(&self, name: &Name) -> NsHostReport {
        let lookups = [RrType::A, RrType::AAAA].map(|rtype| self.look_up(name, rtype));
        ns_host(name, &join_all(lookups).await)
    }

    /// The addresses that the zone itself gives for its nameservers.
    async fn zone_addresses(&self, names: &[Name]) -> Option<Glue> {
        if names.is_empty() {
            return None;
        }
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
        let exchange = self.exchange(server, query, 1).await;
        usable_response(server, exchange.as_ref())
    }

    /// The last exchange, of one try or of several if there is no answer.
    async fn exchange(
        &self,
        server: SocketAddr,
        query: Query,
        attempts: usize,
    ) -> Option<Exchange> {
        let query = Arc::new(query);
        let mut last = None;
        for _ in 0..attempts {
            let deadline = self.deadline.min(clock::monotonic_now() + SERVER_TIMEOUT);
            let mut exchanges =
                network::ask(self.network, server, Transports::Udp, &query, deadline).await;
            last = exchanges.pop();
            let is_silent = matches!(
                last.as_ref().map(Exchange::response),
                Some(Err(failure)) if failure.reason == Reason::Timeout
            );
            if !is_silent || clock::monotonic_now() >= self.deadline {
                break;
            }
        }
        last
    }
}
