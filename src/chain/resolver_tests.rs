//! Which resolver is asked when, and what is made of those that fail: over a scripted network.

use std::collections::HashMap;
use std::net::IpAddr;

use super::*;
use crate::dns::testing::Response;
use crate::exchange::{Ask, Exchange, Outcome};

/// What a resolver does with each question.
#[derive(Clone, Copy)]
enum Resolver {
    Answers,
    Rcode(u16),
    Refuses,
    Silent,
    LocalError,
}

use Resolver::{Answers, LocalError, Refuses, Silent};

const SERVFAIL: Resolver = Resolver::Rcode(2);
const REFUSED: Resolver = Resolver::Rcode(5);

struct ScriptedResolvers {
    resolvers: HashMap<SocketAddr, Resolver>,
    asked: Mutex<Vec<SocketAddr>>,
}

impl Network for ScriptedResolvers {
    async fn exchange(&self, ask: Ask) -> Exchange {
        self.asked.lock().unwrap().push(ask.server);
        let response = |rcode| {
            let question = &ask.query.question;
            let response = Response {
                flags: 0x8180 | rcode,
                ..Response::to(&question.name.to_string(), question.rtype.0)
            };
            Outcome::Response(Arc::new(Message::read(response.octets()).unwrap()))
        };
        let outcome = match self.resolvers[&ask.server] {
            Answers => response(0),
            Resolver::Rcode(rcode) => response(rcode),
            Refuses => Outcome::NetworkError("connection refused".to_owned()),
            LocalError => Outcome::LocalError("no socket".to_owned()),
            Silent => {
                tokio::time::sleep_until(ask.deadline.into()).await;
                Outcome::Timeout
            }
        };
        Exchange::untimed(ask, outcome)
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        unreachable!("no host name is looked up")
    }
}

/// The resolvers of a table's row, by the last octet of their addresses.
struct Row {
    network: ScriptedResolvers,
    addresses: Vec<SocketAddr>,
    health: ResolverHealth,
}

impl Row {
    fn new(resolvers: &[Resolver]) -> Self {
        let addresses: Vec<_> = (1..=resolvers.len())
            .map(|number| format!("192.0.2.{number}:53").parse().unwrap())
            .collect();
        let network = ScriptedResolvers {
            resolvers: addresses
                .iter()
                .copied()
                .zip(resolvers.iter().copied())
                .collect(),
            asked: Mutex::default(),
        };
        Self {
            network,
            addresses,
            health: ResolverHealth::default(),
        }
    }

    async fn query(&self, name: &str, limit: Duration) -> Result<(), ResolverError> {
        let client = ResolverClient {
            network: &self.network,
            resolvers: &self.addresses,
            health: &self.health,
            deadline: clock::monotonic_now() + limit,
        };
        let answer = client
            .query(&name.parse().unwrap(), RrType::DS, |_| Ok(()))
            .await;
        answer.map(|_| ())
    }

    fn take_asked(&self) -> Vec<u8> {
        let asked = std::mem::take(&mut *self.network.asked.lock().unwrap());
        asked.iter().map(last_octet).collect()
    }

    fn health(&self) -> Vec<(u8, bool)> {
        let mut health: Vec<_> = self
            .health
            .snapshot()
            .iter()
            .map(|(resolver, answers)| (last_octet(resolver), *answers))
            .collect();
        health.sort_unstable();
        health
    }
}

fn last_octet(address: &SocketAddr) -> u8 {
    match address.ip() {
        IpAddr::V4(address) => address.octets()[3],
        IpAddr::V6(_) => unreachable!("the rows have IPv4 alone"),
    }
}

/// Enough for one try that is silent, and the beginning of another.
const LIMIT: Duration = Duration::from_millis(1200);

type Case = (
    &'static str,
    &'static [Resolver],
    bool,
    &'static [u8],
    &'static [(u8, bool)],
);

#[tokio::test]
async fn next_resolver_is_asked_when_one_fails() {
    let cases: &[Case] = &[
        (
            "the first answers",
            &[Answers, Answers],
            true,
            &[1],
            &[(1, true)],
        ),
        (
            "SERVFAIL may be the name's fault",
            &[SERVFAIL, Answers],
            true,
            &[1, 2],
            &[(2, true)],
        ),
        (
            "REFUSED",
            &[REFUSED, Answers],
            true,
            &[1, 2],
            &[(1, false), (2, true)],
        ),
        (
            "a closed port",
            &[Refuses, Answers],
            true,
            &[1, 2],
            &[(1, false), (2, true)],
        ),
        (
            "silence",
            &[Silent, Answers],
            true,
            &[1, 2],
            &[(1, false), (2, true)],
        ),
        (
            "no socket for the first",
            &[LocalError, Answers],
            true,
            &[1, 2],
            &[(2, true)],
        ),
        (
            "both fail",
            &[SERVFAIL, REFUSED],
            false,
            &[1, 2],
            &[(2, false)],
        ),
        (
            "one is silent, one fails",
            &[Silent, Refuses],
            false,
            &[1, 2, 1],
            &[(1, false), (2, false)],
        ),
        (
            "one that is silent",
            &[Silent],
            false,
            &[1, 1],
            &[(1, false)],
        ),
        (
            "NXDOMAIN is an answer",
            &[Resolver::Rcode(3), Answers],
            true,
            &[1],
            &[(1, true)],
        ),
    ];
    let rows = cases
        .iter()
        .map(|(name, resolvers, answered, asked, health)| async move {
            let row = Row::new(resolvers);
            let result = row.query("z.test", LIMIT).await;
            assert_eq!(result.is_ok(), *answered, "{name}: {result:?}");
            assert_eq!(row.take_asked(), *asked, "{name}");
            assert_eq!(row.health(), *health, "{name}");
            assert!(result.is_ok() || result.unwrap_err().by_resolver, "{name}");
        });
    futures_util::future::join_all(rows).await;
}

#[tokio::test]
async fn failure_for_the_root_is_the_resolvers_own() {
    let row = Row::new(&[SERVFAIL]);
    row.query(".", LIMIT).await.unwrap_err();
    assert_eq!(row.health(), [(1, false)]);
}

#[tokio::test]
async fn dead_resolver_is_tried_once_a_minute() {
    let row = Row::new(&[Silent, Answers]);
    row.query("z.test", LIMIT).await.unwrap();
    assert_eq!(row.take_asked(), [1, 2]);
    for _ in 0..10 {
        row.query("z.test", LIMIT).await.unwrap();
    }
    assert_eq!(row.take_asked(), [2; 10], "no second is lost on it");
    let ahead = clock::monotonic_now() + RETRY_INTERVAL;
    assert_eq!(row.health.order(&row.addresses, ahead), row.addresses);
    let others: Vec<_> = row.addresses.iter().rev().copied().collect();
    assert_eq!(row.health.order(&row.addresses, ahead), others);
}

#[tokio::test]
async fn error_names_each_resolver_and_its_problem() {
    let row = Row::new(&[SERVFAIL, Refuses]);
    let error = row.query("z.test", LIMIT).await.unwrap_err();
    assert_eq!(
        error.detail,
        "z.test. DS from the resolvers 192.0.2.1:53: SERVFAIL; 192.0.2.2:53: connection refused"
    );
}

#[tokio::test]
async fn local_trouble_and_impatience_say_nothing_of_a_resolver() {
    let row = Row::new(&[LocalError]);
    let error = row.query("z.test", LIMIT).await.unwrap_err();
    assert!(!error.by_resolver);
    let row = Row::new(&[Silent]);
    let error = row.query("z.test", Duration::ZERO).await.unwrap_err();
    assert!(!error.by_resolver);
    assert_eq!(row.health(), []);
}
