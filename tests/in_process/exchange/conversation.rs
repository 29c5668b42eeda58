use std::net::SocketAddr;
use std::time::{Duration, Instant};

use outsidein::dns::{
    Rcode,
    Transport::{self, Tcp, Udp},
    Transports,
};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::{SystemNetwork, ask};

use crate::exchange::scripted::{Scripted, outcome};
use crate::exchange::servers::{
    self, ANSWER, FORMERR, LOOPBACKS, NOTIMP, TRUNCATED, WAIT_TIMEOUT, has_edns, opt, padded,
    query, rcode, respond, with_record,
};

/// How a server treats a query.
type Server = fn(&[u8], Transport) -> Vec<u8>;

const WITH: bool = true;
const WITHOUT: bool = false;

fn healthy(query: &[u8], _: Transport) -> Vec<u8> {
    respond(query, ANSWER)
}

fn truncates(query: &[u8], transport: Transport) -> Vec<u8> {
    respond(query, if transport == Udp { TRUNCATED } else { ANSWER })
}

fn truncates_inside_a_record(query: &[u8], transport: Transport) -> Vec<u8> {
    let whole = padded(truncates(query, transport), 500);
    if transport == Udp {
        whole[..480].to_vec()
    } else {
        whole
    }
}

fn truncates_everywhere(query: &[u8], _: Transport) -> Vec<u8> {
    respond(query, TRUNCATED)
}

fn no_edns(query: &[u8], _: Transport) -> Vec<u8> {
    respond(query, if has_edns(query) { FORMERR } else { ANSWER })
}

fn no_edns_notimp(query: &[u8], _: Transport) -> Vec<u8> {
    respond(query, if has_edns(query) { NOTIMP } else { ANSWER })
}

fn no_edns_and_truncates(query: &[u8], transport: Transport) -> Vec<u8> {
    if has_edns(query) {
        respond(query, FORMERR)
    } else {
        truncates(query, transport)
    }
}

fn truncates_and_no_edns_over_tcp(query: &[u8], transport: Transport) -> Vec<u8> {
    if transport == Tcp {
        no_edns(query, transport)
    } else {
        respond(query, TRUNCATED)
    }
}

fn no_edns_and_truncates_and_formerr_over_tcp(query: &[u8], transport: Transport) -> Vec<u8> {
    if transport == Tcp {
        respond(query, FORMERR)
    } else {
        no_edns_and_truncates(query, transport)
    }
}

fn formerr_to_everything(query: &[u8], _: Transport) -> Vec<u8> {
    respond(query, FORMERR)
}

fn formerr_with_opt(query: &[u8], _: Transport) -> Vec<u8> {
    with_record(respond(query, FORMERR), 3, &opt(0))
}

fn badvers(query: &[u8], _: Transport) -> Vec<u8> {
    with_record(respond(query, [0x80, 0x00]), 3, &opt(1))
}

fn refused(query: &[u8], _: Transport) -> Vec<u8> {
    respond(query, [0x80, 0x05])
}

/// A server, a choice of transports, and every exchange that they make, in order: its transport, and whether with EDNS.
type Row = (
    &'static str,
    Server,
    Transports,
    &'static [(Transport, bool)],
);

const TABLE: &[Row] = &[
    ("healthy", healthy, Transports::Udp, &[(Udp, WITH)]),
    ("healthy", healthy, Transports::Tcp, &[(Tcp, WITH)]),
    (
        "healthy",
        healthy,
        Transports::Both,
        &[(Udp, WITH), (Tcp, WITH)],
    ),
    ("refused", refused, Transports::Udp, &[(Udp, WITH)]),
    (
        "truncates",
        truncates,
        Transports::Udp,
        &[(Udp, WITH), (Tcp, WITH)],
    ),
    (
        "truncates",
        truncates,
        Transports::Both,
        &[(Udp, WITH), (Tcp, WITH)],
    ),
    (
        "truncates inside a record",
        truncates_inside_a_record,
        Transports::Udp,
        &[(Udp, WITH), (Tcp, WITH)],
    ),
    (
        "truncates everywhere",
        truncates_everywhere,
        Transports::Udp,
        &[(Udp, WITH), (Tcp, WITH)],
    ),
    (
        "truncates everywhere",
        truncates_everywhere,
        Transports::Tcp,
        &[(Tcp, WITH)],
    ),
    (
        "truncates everywhere",
        truncates_everywhere,
        Transports::Both,
        &[(Udp, WITH), (Tcp, WITH)],
    ),
    (
        "no EDNS",
        no_edns,
        Transports::Udp,
        &[(Udp, WITH), (Udp, WITHOUT)],
    ),
    (
        "no EDNS",
        no_edns,
        Transports::Tcp,
        &[(Tcp, WITH), (Tcp, WITHOUT)],
    ),
    (
        "no EDNS",
        no_edns,
        Transports::Both,
        &[(Udp, WITH), (Tcp, WITH), (Udp, WITHOUT), (Tcp, WITHOUT)],
    ),
    (
        "no EDNS, NOTIMP",
        no_edns_notimp,
        Transports::Udp,
        &[(Udp, WITH), (Udp, WITHOUT)],
    ),
    (
        "no EDNS, TC",
        no_edns_and_truncates,
        Transports::Udp,
        &[(Udp, WITH), (Udp, WITHOUT), (Tcp, WITHOUT)],
    ),
    (
        "TC, no EDNS",
        truncates_and_no_edns_over_tcp,
        Transports::Udp,
        &[(Udp, WITH), (Tcp, WITH), (Tcp, WITHOUT)],
    ),
    (
        "no EDNS, TC, FORMERR over TCP",
        no_edns_and_truncates_and_formerr_over_tcp,
        Transports::Udp,
        &[(Udp, WITH), (Udp, WITHOUT), (Tcp, WITHOUT)],
    ),
    (
        "FORMERR to all",
        formerr_to_everything,
        Transports::Udp,
        &[(Udp, WITH), (Udp, WITHOUT)],
    ),
    (
        "FORMERR with OPT",
        formerr_with_opt,
        Transports::Udp,
        &[(Udp, WITH)],
    ),
    ("BADVERS", badvers, Transports::Udp, &[(Udp, WITH)]),
];

fn flow(exchanges: &[Exchange]) -> Vec<(Transport, bool)> {
    exchanges
        .iter()
        .map(|exchange| (exchange.transport, exchange.edns))
        .collect()
}

fn as_asked(asks: &[Ask]) -> Vec<(Transport, bool)> {
    asks.iter().map(|ask| (ask.transport, ask.edns)).collect()
}

#[tokio::test]
async fn every_server_behaviour_takes_the_expected_exchanges() {
    for &(name, server, transports, expected) in TABLE {
        let network =
            Scripted::new(|ask| outcome(&server(&ask.query.octets(1, ask.edns), ask.transport)));
        let deadline = Instant::now() + WAIT_TIMEOUT;
        let address: SocketAddr = (LOOPBACKS[0], 53).into();
        let exchanges = ask(&network, address, transports, &query(), deadline).await;
        assert_eq!(flow(&exchanges), expected, "{name} over {transports:?}");
        assert_eq!(
            as_asked(&network.asks()),
            expected,
            "{name} over {transports:?}, as it was asked"
        );
        for asked in network.asks() {
            assert_eq!(
                (asked.server, asked.deadline),
                (address, deadline),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn real_sockets_take_the_same_exchanges() {
    let network = SystemNetwork::new(None);
    for ip in LOOPBACKS {
        for &(name, server, transports, expected) in TABLE {
            let address = servers::both(ip, server);
            let exchanges = ask(
                &network,
                address,
                transports,
                &query(),
                Instant::now() + WAIT_TIMEOUT,
            )
            .await;
            let mut seen = flow(&exchanges);
            let mut expected = expected.to_vec();
            if transports == Transports::Both {
                // Two transports race: which is asked again first is the server's to say.
                seen.sort();
                expected.sort();
            }
            assert_eq!(seen, expected, "{name} over {transports:?} at {ip}");
            let failed = exchanges.iter().find(|exchange| exchange.request.is_none());
            assert!(
                failed.is_none(),
                "{name} over {transports:?} at {ip}: {failed:?}"
            );
        }
    }
}

#[tokio::test]
async fn missing_answer_is_not_retried() {
    for outcome in [
        Outcome::Timeout,
        Outcome::NetworkError("connection refused".to_owned()),
    ] {
        let network = Scripted::new(|_| outcome.clone());
        let address = (LOOPBACKS[0], 53).into();
        let exchanges = ask(
            &network,
            address,
            Transports::Udp,
            &query(),
            Instant::now() + WAIT_TIMEOUT,
        )
        .await;
        assert_eq!(flow(&exchanges), [(Udp, WITH)]);
    }
}

#[tokio::test]
async fn both_transports_run_concurrently() {
    let address = servers::both(LOOPBACKS[0], |query, _| {
        std::thread::sleep(Duration::from_millis(300));
        respond(query, ANSWER)
    });
    let start = Instant::now();
    let network = SystemNetwork::new(None);
    // Spawned, as a server of many probes will.
    let asking = async move {
        ask(
            &network,
            address,
            Transports::Both,
            &query(),
            start + WAIT_TIMEOUT,
        )
        .await
    };
    let exchanges = tokio::spawn(asking).await.unwrap();
    assert!(
        start.elapsed() < Duration::from_millis(550),
        "one after the other: {:?}",
        start.elapsed()
    );
    assert!(
        exchanges
            .iter()
            .all(|exchange| rcode(exchange) == Rcode::NOERROR)
    );
}
