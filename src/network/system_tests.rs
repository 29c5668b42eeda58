use std::sync::Arc;

use super::*;
use crate::dns::{Name, Query, RrType};

fn outcome_with(outcome: Outcome, unreachable: Option<io::ErrorKind>) -> Outcome {
    let ask = Ask {
        server: ([192, 0, 2, 1], 53).into(),
        transport: Transport::Udp,
        query: Arc::new(Query::new(Name::root(), RrType::SOA, 1232)),
        edns: true,
        deadline: Instant::now(),
        source: None,
    };
    ExchangeProgress {
        unreachable: unreachable.map(io::Error::from),
        ..ExchangeProgress::default()
    }
    .into_exchange(ask, outcome)
    .outcome
}

#[test]
fn router_error_replaces_only_a_timeout() {
    assert!(matches!(
        outcome_with(Outcome::Timeout, None),
        Outcome::Timeout
    ));
    let Outcome::NetworkError(text) =
        outcome_with(Outcome::Timeout, Some(io::ErrorKind::HostUnreachable))
    else {
        panic!("the router's word is lost")
    };
    assert_eq!(
        text,
        "host unreachable (no route, or ICMP host unreachable or prohibited)"
    );
    let malformed = Outcome::from_octets(&[0; 3]);
    assert!(matches!(
        outcome_with(malformed, Some(io::ErrorKind::HostUnreachable)),
        Outcome::Malformed { .. }
    ));
}

#[test]
fn own_error_keeps_its_text() {
    let error = io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "connection closed after 3 of 512 octets",
    );
    assert_eq!(
        error_text(&error, Transport::Tcp),
        "connection closed after 3 of 512 octets"
    );
}

#[test]
fn message_ids_are_not_repeated() {
    let network = SystemNetwork::new(None);
    let ids: std::collections::HashSet<u16> =
        (0..100).map(|_| network.random_id().unwrap()).collect();
    assert!(ids.len() > 90, "{} different IDs of 100", ids.len());
}

#[test]
fn exhausted_local_resources_are_local_errors() {
    for (number, local) in [
        (Errno::EMFILE, true),
        (Errno::EADDRNOTAVAIL, true),
        (Errno::EAFNOSUPPORT, true),
        (Errno::ECONNREFUSED, false),
    ] {
        assert_eq!(is_local(&io::Error::from(number)), local, "{number}");
    }
    assert!(!is_local(&io::Error::other("not the system's")));
}
