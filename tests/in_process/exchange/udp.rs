use std::collections::HashSet;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use outsidein::dns::{Rcode, Transport};
use outsidein::exchange::{Clock, Exchange, Outcome};
use outsidein::network::{Network, SystemNetwork};

use crate::exchange::servers::{
    self, ANSWER, FORMERR, LOOPBACKS, TRUNCATED, WAIT_TIMEOUT, padded, rcode, respond,
};

async fn exchange(server: std::net::SocketAddr, limit: Duration) -> Exchange {
    servers::exchange(server, Transport::Udp, limit).await
}

#[tokio::test]
async fn answer_is_read_and_timestamped_by_the_kernel() {
    for ip in LOOPBACKS {
        let server = servers::udp(ip, |socket, query, from| {
            thread::sleep(Duration::from_millis(20));
            socket.send_to(&respond(query, ANSWER), from).unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        assert_eq!(rcode(&exchange), Rcode::NOERROR);
        assert_eq!(
            (exchange.transport, exchange.edns, exchange.ignored),
            (Transport::Udp, true, 0)
        );
        assert_eq!(
            (exchange.clock, exchange.connect),
            (Some(Clock::Kernel), None)
        );
        assert!(
            exchange.request.unwrap() >= Duration::from_millis(20),
            "{:?}",
            exchange.request
        );
    }
}

#[tokio::test]
async fn other_messages_are_ignored_and_counted() {
    for ip in LOOPBACKS {
        let server = servers::udp(ip, |socket, query, from| {
            let right = respond(query, ANSWER);
            let changed = |at: usize| {
                let mut mismatched = right.clone();
                mismatched[at] ^= 0x08;
                mismatched
            };
            let end = right.len();
            // The ID, a query instead of a response, the opcode, a letter of the name, the type, the class, a stub.
            let mut not_a_response = right.clone();
            not_a_response[2] &= 0x7F;
            let mismatched_responses = [
                changed(0),
                not_a_response,
                changed(2),
                changed(13),
                changed(end - 3),
                changed(end - 1),
            ];
            for mismatched in mismatched_responses {
                socket.send_to(&mismatched, from).unwrap();
            }
            socket.send_to(&right[..5], from).unwrap();
            socket.send_to(&[], from).unwrap();
            socket.send_to(&right, from).unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        assert_eq!(rcode(&exchange), Rcode::NOERROR);
        assert_eq!(exchange.ignored, 8);
    }
}

#[tokio::test]
async fn answer_from_another_address_is_dropped() {
    for ip in LOOPBACKS {
        let elsewhere = UdpSocket::bind((ip, 0)).unwrap();
        let server = servers::udp(ip, move |socket, query, from| {
            // To a connected socket this is a closed port, which the sender may even be told.
            let _ = elsewhere.send_to(&respond(query, FORMERR), from);
            thread::sleep(Duration::from_millis(20));
            socket.send_to(&respond(query, ANSWER), from).unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        assert_eq!((rcode(&exchange), exchange.ignored), (Rcode::NOERROR, 0));
    }
}

#[tokio::test]
async fn closed_port_is_reported_immediately() {
    for ip in LOOPBACKS {
        let closed = UdpSocket::bind((ip, 0)).unwrap().local_addr().unwrap();
        let start = Instant::now();
        let exchange = exchange(closed, WAIT_TIMEOUT).await;
        assert_eq!(
            servers::network_error(&exchange),
            "connection refused (ICMP port unreachable)"
        );
        assert!(
            start.elapsed() < Duration::from_millis(500),
            "{:?}",
            start.elapsed()
        );
        assert_eq!((exchange.request, exchange.clock), (None, None));
    }
}

#[tokio::test]
async fn silent_server_times_out_at_the_deadline() {
    for ip in LOOPBACKS {
        let server = servers::udp(ip, |_, _, _| {});
        let limit = Duration::from_millis(300);
        let start = Instant::now();
        let exchange = exchange(server, limit).await;
        let took = start.elapsed();
        assert!(
            matches!(exchange.outcome, Outcome::Timeout),
            "{:?}",
            exchange.outcome
        );
        assert!(
            took >= limit && took < limit + Duration::from_millis(200),
            "{took:?}"
        );
    }
}

#[tokio::test]
async fn after_the_deadline_nothing_is_sent() {
    let (seen, queries) = mpsc::channel();
    let server = servers::udp(LOOPBACKS[0], move |_, query, _| {
        seen.send(query.to_vec()).unwrap();
    });
    let exchange = exchange(server, Duration::ZERO).await;
    assert!(matches!(exchange.outcome, Outcome::Timeout));
    assert!(queries.recv_timeout(Duration::from_millis(100)).is_err());
}

#[tokio::test]
async fn flood_does_not_move_deadline_or_starve_others() {
    for ip in LOOPBACKS {
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let server = servers::udp(ip, move |socket, query, from| {
            let mut junk = respond(query, ANSWER);
            junk[0] ^= 1;
            while !stop.load(Ordering::Relaxed) {
                let _ = socket.send_to(&junk, from);
            }
        });
        let ticks = tokio::spawn(async {
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Instant::now()
        });
        let (limit, start) = (Duration::from_millis(500), Instant::now());
        let exchange = exchange(server, limit).await;
        let took = start.elapsed();
        over.store(true, Ordering::Relaxed);
        assert!(
            matches!(exchange.outcome, Outcome::Timeout),
            "{:?}",
            exchange.outcome
        );
        assert!(
            took >= limit && took < limit + Duration::from_millis(200),
            "{took:?}"
        );
        assert!(
            exchange.ignored > 100,
            "{} ignored: no flood",
            exchange.ignored
        );
        assert!(
            ticks.is_finished(),
            "another task of the same thread did not get to run"
        );
    }
}

#[tokio::test]
async fn malformed_matching_response_ends_the_wait() {
    for ip in LOOPBACKS {
        let server = servers::udp(ip, |socket, query, from| {
            let mut cut = respond(query, ANSWER);
            cut[7] = 1;
            socket.send_to(&cut, from).unwrap();
        });
        let start = Instant::now();
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        let Outcome::Malformed { octets, error } = &exchange.outcome else {
            panic!("{:?}", exchange.outcome)
        };
        assert_eq!(error.offset, octets.len());
        assert!(start.elapsed() < WAIT_TIMEOUT / 2);
        assert!(exchange.request.is_some() && !exchange.is_truncated());
    }
}

#[tokio::test]
async fn response_cut_inside_a_record_is_truncated() {
    let server = servers::udp(LOOPBACKS[0], |socket, query, from| {
        let whole = padded(respond(query, TRUNCATED), 500);
        socket.send_to(&whole[..480], from).unwrap();
    });
    let exchange = exchange(server, WAIT_TIMEOUT).await;
    assert!(matches!(exchange.outcome, Outcome::Malformed { .. }));
    assert!(exchange.is_truncated());
}

#[tokio::test]
async fn error_without_question_is_accepted() {
    for ip in LOOPBACKS {
        let server = servers::udp(ip, |socket, query, from| {
            socket
                .send_to(&servers::respond_without_question(query, FORMERR), from)
                .unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        assert_eq!((rcode(&exchange), exchange.ignored), (Rcode::FORMERR, 0));
        assert!(exchange.refuses_edns());
    }
}

#[tokio::test]
async fn oversized_datagram_is_read_completely() {
    for ip in LOOPBACKS {
        let server = servers::udp(ip, |socket, query, from| {
            socket
                .send_to(&padded(respond(query, ANSWER), 65_507), from)
                .unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        let Outcome::Response(message) = exchange.outcome else {
            panic!("{:?}", exchange.outcome)
        };
        assert_eq!(message.octets().len(), 65_507);
    }
}

#[tokio::test]
async fn source_port_and_id_change_every_time() {
    let (seen, queries) = mpsc::channel();
    let server = servers::udp(LOOPBACKS[0], move |socket, query, from| {
        seen.send((from.port(), query[..2].to_vec())).unwrap();
        socket.send_to(&respond(query, ANSWER), from).unwrap();
    });
    let network = SystemNetwork::new(None);
    for _ in 0..30 {
        network
            .exchange(servers::ask(server, Transport::Udp, WAIT_TIMEOUT))
            .await;
    }
    drop(network);
    let (ports, ids): (HashSet<_>, HashSet<_>) = queries.try_iter().unzip();
    assert!(ports.len() > 25, "{} ports", ports.len());
    assert!(ids.len() > 25, "{} IDs", ids.len());
}
