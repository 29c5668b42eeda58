use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use outsidein::dns::{Rcode, Transport};
use outsidein::exchange::{Clock, Exchange, Outcome};
use outsidein::network::{Network, SystemNetwork};

use crate::exchange::servers::{
    self, ANSWER, LOOPBACKS, WAIT_TIMEOUT, framed, padded, rcode, read_query, respond,
};

async fn exchange(server: SocketAddr, limit: Duration) -> Exchange {
    servers::exchange(server, Transport::Tcp, limit).await
}

#[tokio::test]
async fn answer_is_read_and_timestamped_by_the_kernel() {
    for ip in LOOPBACKS {
        let server = servers::tcp(ip, |mut stream| {
            let query = read_query(&mut stream);
            thread::sleep(Duration::from_millis(20));
            stream.write_all(&framed(&respond(&query, ANSWER))).unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        assert_eq!((rcode(&exchange), exchange.ignored), (Rcode::NOERROR, 0));
        assert_eq!(
            (exchange.transport, exchange.clock),
            (Transport::Tcp, Some(Clock::Kernel))
        );
        assert!(exchange.connect.is_some());
        assert!(
            exchange.request.unwrap() >= Duration::from_millis(20),
            "{:?}",
            exchange.request
        );
    }
}

#[tokio::test]
async fn query_and_length_share_one_segment() {
    for ip in LOOPBACKS {
        let (seen, first_reads) = mpsc::channel();
        let server = servers::tcp(ip, move |mut stream| {
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).unwrap();
            seen.send(buffer[..length].to_vec()).unwrap();
        });
        exchange(server, WAIT_TIMEOUT).await;
        let first = first_reads.recv().unwrap();
        let announced = usize::from(u16::from_be_bytes([first[0], first[1]]));
        assert_eq!(first.len(), 2 + announced);
    }
}

#[tokio::test]
async fn answer_may_arrive_octet_by_octet() {
    for ip in LOOPBACKS {
        let server = servers::tcp(ip, |mut stream| {
            stream.set_nodelay(true).unwrap();
            let query = read_query(&mut stream);
            for octet in framed(&respond(&query, ANSWER)) {
                stream.write_all(&[octet]).unwrap();
                thread::sleep(Duration::from_millis(2));
            }
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        assert_eq!(rcode(&exchange), Rcode::NOERROR);
        assert!(
            exchange.request.unwrap() >= Duration::from_millis(60),
            "the last octet counts: {:?}",
            exchange.request
        );
    }
}

#[tokio::test]
async fn other_messages_are_ignored_and_counted() {
    for ip in LOOPBACKS {
        let server = servers::tcp(ip, |mut stream| {
            let query = read_query(&mut stream);
            let right = respond(&query, ANSWER);
            let mut mismatched = right.clone();
            mismatched[1] ^= 1;
            stream
                .write_all(&[framed(&mismatched), framed(&[]), framed(&right)].concat())
                .unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        assert_eq!((rcode(&exchange), exchange.ignored), (Rcode::NOERROR, 2));
    }
}

#[tokio::test]
async fn longest_message_is_read_completely() {
    for ip in LOOPBACKS {
        let server = servers::tcp(ip, |mut stream| {
            let query = read_query(&mut stream);
            stream
                .write_all(&framed(&padded(respond(&query, ANSWER), 65_535)))
                .unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        let Outcome::Response(message) = exchange.outcome else {
            panic!("{:?}", exchange.outcome)
        };
        assert_eq!(message.octets().len(), 65_535);
    }
}

#[tokio::test]
async fn early_close_reports_received_octets() {
    let table: [(&[u8], &str); 4] = [
        (&[], "connection closed without a response"),
        (&[2], "connection closed after 1 of 2 octets of the length"),
        (&[2, 0], "connection closed after 0 of 512 octets"),
        (&[2, 0, 1, 2, 3], "connection closed after 3 of 512 octets"),
    ];
    for ip in LOOPBACKS {
        for (sent, text) in table {
            let server = servers::tcp(ip, |mut stream| {
                read_query(&mut stream);
                stream.write_all(sent).unwrap();
            });
            let exchange = exchange(server, WAIT_TIMEOUT).await;
            assert_eq!(servers::network_error(&exchange), text);
            assert!(exchange.connect.is_some());
        }
    }
}

#[tokio::test]
async fn connection_reset_is_reported() {
    for ip in LOOPBACKS {
        // Closing with the query unread makes the kernel reset.
        let server = servers::tcp(ip, |stream| {
            stream.peek(&mut [0; 1]).unwrap();
        });
        let exchange = exchange(server, WAIT_TIMEOUT).await;
        assert_eq!(
            servers::network_error(&exchange),
            "connection reset without a response"
        );
    }
}

#[tokio::test]
async fn closed_port_is_reported_immediately() {
    for ip in LOOPBACKS {
        let closed = TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap();
        let start = Instant::now();
        let exchange = exchange(closed, WAIT_TIMEOUT).await;
        assert_eq!(servers::network_error(&exchange), "connection refused");
        assert!(
            start.elapsed() < Duration::from_millis(500),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(exchange.connect, None);
    }
}

#[tokio::test]
async fn silent_server_times_out_at_the_deadline() {
    for ip in LOOPBACKS {
        let server = servers::tcp(ip, |_stream| thread::sleep(WAIT_TIMEOUT));
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
        assert!(exchange.connect.is_some());
    }
}

#[tokio::test]
async fn flood_does_not_move_the_deadline() {
    let server = servers::tcp(LOOPBACKS[0], |mut stream| {
        let mut junk = respond(&read_query(&mut stream), ANSWER);
        junk[0] ^= 1;
        let flood = framed(&junk).repeat(1000);
        while stream.write_all(&flood).is_ok() {}
    });
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
    assert!(
        exchange.ignored > 1000,
        "{} ignored: no flood",
        exchange.ignored
    );
}

#[tokio::test]
async fn stalled_connections_do_not_block_others() {
    const STALLED: usize = 12;
    let connections = Arc::new(AtomicUsize::new(0));
    let server = servers::tcp(LOOPBACKS[0], move |mut stream| {
        if connections.fetch_add(1, Ordering::SeqCst) < STALLED {
            return thread::sleep(WAIT_TIMEOUT);
        }
        let query = read_query(&mut stream);
        stream.write_all(&framed(&respond(&query, ANSWER))).unwrap();
    });
    let network = Arc::new(SystemNetwork::new(None));
    for _ in 0..STALLED {
        let network = Arc::clone(&network);
        tokio::spawn(async move {
            network
                .exchange(servers::ask(server, Transport::Tcp, WAIT_TIMEOUT))
                .await
        });
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    let exchange = network
        .exchange(servers::ask(server, Transport::Tcp, WAIT_TIMEOUT))
        .await;
    assert_eq!(rcode(&exchange), Rcode::NOERROR);
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}
