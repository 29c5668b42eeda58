use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::dns::{Name, Query, RrType, Transport};

fn ask_of(server: SocketAddr) -> Ask {
    Ask {
        server,
        transport: Transport::Udp,
        query: Arc::new(Query::new(Name::root(), RrType::SOA, 1232)),
        edns: true,
        deadline: Instant::now() + Duration::from_secs(10),
        source: None,
    }
}

/// On loopback an ICMP error is there before `send` returns; over a network it comes while the task sleeps.
#[tokio::test]
async fn icmp_error_wakes_a_waiting_task() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let server = StdUdpSocket::bind(address).unwrap();
        let ask = ask_of(server.local_addr().unwrap());
        let socket = open(ask.server, ask.source).unwrap();
        let poke = socket.try_clone().unwrap();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(server);
            poke.send(b"to a port that is closed by now").unwrap();
        });
        let socket = UdpSocket::from_std(socket).unwrap();
        let mut progress = ExchangeProgress::default();
        let waiting = wait(&ask, 1, &socket, Departure::now(), &mut progress);
        let error = tokio::time::timeout(Duration::from_secs(5), waiting)
            .await
            .expect("the error is slept through");
        assert_eq!(
            error.unwrap_err().kind(),
            io::ErrorKind::ConnectionRefused,
            "{address}"
        );
    }
}

#[test]
fn only_router_errors_are_transient() {
    assert!(is_transient(&io::ErrorKind::HostUnreachable.into()));
    assert!(is_transient(&io::ErrorKind::NetworkUnreachable.into()));
    assert!(!is_transient(&io::ErrorKind::ConnectionRefused.into()));
    assert!(!is_transient(&io::ErrorKind::PermissionDenied.into()));
}

/// A task that the scheduler wakes late finds the answer before it looks at the clock.
#[tokio::test]
async fn answer_after_the_deadline_is_a_timeout() {
    let server = StdUdpSocket::bind("127.0.0.1:0").unwrap();
    let ask = Ask {
        deadline: Instant::now(),
        ..ask_of(server.local_addr().unwrap())
    };
    let socket = open(ask.server, ask.source).unwrap();
    let departure = Departure::now();
    let mut answer = ask.query.octets(1, false);
    answer[2] = 0x84;
    server
        .send_to(&answer, socket.local_addr().unwrap())
        .unwrap();
    let mut progress = ExchangeProgress::default();
    let socket = UdpSocket::from_std(socket).unwrap();
    let outcome = wait(&ask, 1, &socket, departure, &mut progress)
        .await
        .unwrap();
    assert!(matches!(outcome, Outcome::Timeout), "{outcome:?}");
    assert_eq!(progress.arrival, None);
}
