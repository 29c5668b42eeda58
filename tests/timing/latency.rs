//! Latency is the network's and not the scheduler's: with every worker of the runtime kept busy, the time reported for
//! an answer stays within a millisecond of the time for which the server really held it.
//!
//! The server, on a thread of its own, tells that time by the kernel's stamp on the query and the clock just before its
//! send, so that neither its own waking nor an oversleeping `sleep` counts. What is left is loopback: some microseconds.
use std::io::{IoSliceMut, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::ALONE;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use outsidein::dns::{Name, Query, RrType, Transport};
use outsidein::exchange::{Ask, Clock, Outcome};
use outsidein::network::{Network, SystemNetwork};

const PROBES: usize = 60;
const HOLD: Duration = Duration::from_millis(5);
const SPIN: Duration = Duration::from_millis(10);
const WORKERS: usize = 2;
const TOLERANCE: Duration = Duration::from_millis(1);

/// One probe, all times for the same answer.
#[derive(Debug)]
struct Sample {
    reported: Duration,
    clock: Clock,
    /// How long the server held the answer, by its own measure.
    delay: Duration,
    /// What a process clock around the wait would have said.
    by_process: Duration,
}

#[test]
fn udp_latency_matches_the_network() {
    let _alone = ALONE.blocking_lock();
    let (server, delays) = udp_server();
    assert_accurate(&samples(server, Transport::Udp, &delays));
}

#[test]
fn tcp_latency_matches_the_network() {
    let _alone = ALONE.blocking_lock();
    let (server, delays) = tcp_server();
    assert_accurate(&samples(server, Transport::Tcp, &delays));
}

fn assert_accurate(samples: &[Sample]) {
    let errors = sorted(
        samples
            .iter()
            .map(|sample| sample.reported.abs_diff(sample.delay)),
    );
    let process_errors = sorted(
        samples
            .iter()
            .map(|sample| sample.by_process.abs_diff(sample.delay)),
    );
    let (median, p95) = (errors[PROBES / 2], errors[PROBES * 95 / 100]);
    println!(
        "reported: median {median:?} off, p95 {p95:?}, max {:?}",
        errors[PROBES - 1]
    );
    println!(
        "process clock: median {:?} off, p95 {:?}",
        process_errors[PROBES / 2],
        process_errors[PROBES * 95 / 100]
    );
    assert!(
        samples.iter().all(|sample| sample.clock == Clock::Kernel),
        "not every arrival was stamped by the kernel"
    );
    assert!(
        process_errors[PROBES / 2] > TOLERANCE,
        "the runtime was not busy, so this shows nothing"
    );
    assert!(median < TOLERANCE, "median {median:?} off: {samples:#?}");
    assert!(p95 < TOLERANCE, "p95 {p95:?} off: {samples:#?}");
}

fn sorted(durations: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut durations: Vec<_> = durations.collect();
    durations.sort();
    durations
}

/// Probes one after the other on a runtime that has other things to do.
fn samples(
    server: SocketAddr,
    transport: Transport,
    delays: &mpsc::Receiver<Duration>,
) -> Vec<Sample> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .unwrap();
    let done = Arc::new(AtomicBool::new(false));
    for _ in 0..2 * WORKERS {
        runtime.spawn(spin(Arc::clone(&done)));
    }
    let network = Arc::new(SystemNetwork::new(None));
    let query = Arc::new(Query::new(Name::root(), RrType::SOA, 1232));
    let samples = (0..PROBES)
        .map(|_| {
            let deadline = Instant::now() + Duration::from_secs(20);
            let ask = Ask {
                server,
                transport,
                query: Arc::clone(&query),
                edns: true,
                deadline,
                source: None,
            };
            let network = Arc::clone(&network);
            let (exchange, took) = runtime
                .block_on(runtime.spawn(async move {
                    let start = Instant::now();
                    let exchange = network.exchange(ask).await;
                    (exchange, start.elapsed())
                }))
                .unwrap();
            assert!(
                matches!(exchange.outcome, Outcome::Response(_)),
                "{:?}",
                exchange.outcome
            );
            Sample {
                reported: exchange.request.unwrap(),
                clock: exchange.clock.unwrap(),
                delay: delays.recv().unwrap(),
                by_process: took.saturating_sub(exchange.connect.unwrap_or_default()),
            }
        })
        .collect();
    done.store(true, Ordering::Relaxed);
    samples
}

async fn spin(done: Arc<AtomicBool>) {
    while !done.load(Ordering::Relaxed) {
        let start = Instant::now();
        while start.elapsed() < SPIN {
            std::hint::spin_loop();
        }
        tokio::task::yield_now().await;
    }
}

fn udp_server() -> (SocketAddr, mpsc::Receiver<Duration>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true).unwrap();
    let address = socket.local_addr().unwrap();
    let (delay_sender, delays) = mpsc::channel();
    thread::spawn(move || {
        loop {
            // Peeking leaves the datagram for `recv_from`, which says where it came from.
            let arrived = stamp(&socket, MsgFlags::MSG_PEEK);
            let mut query = [0; 512];
            let (length, from) = socket.recv_from(&mut query).unwrap();
            let response = respond(&query[..length]);
            thread::sleep(HOLD);
            let leaves = SystemTime::now();
            socket.send_to(&response, from).unwrap();
            if delay_sender
                .send(leaves.duration_since(arrived).unwrap())
                .is_err()
            {
                return;
            }
        }
    });
    (address, delays)
}

fn tcp_server() -> (SocketAddr, mpsc::Receiver<Duration>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Accepted connections inherit it.
    setsockopt(&listener, sockopt::ReceiveTimestampns, &true).unwrap();
    let address = listener.local_addr().unwrap();
    let (delay_sender, delays) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut query = [0; 512];
            let (arrived, length) = receive(&stream, &mut query, MsgFlags::empty());
            let response = respond(&query[2..length]);
            let framed = [
                &u16::try_from(response.len()).unwrap().to_be_bytes(),
                response.as_slice(),
            ]
            .concat();
            thread::sleep(HOLD);
            let leaves = SystemTime::now();
            stream.write_all(&framed).unwrap();
            if delay_sender
                .send(leaves.duration_since(arrived).unwrap())
                .is_err()
            {
                return;
            }
        }
    });
    (address, delays)
}

fn stamp(socket: &impl AsRawFd, flags: MsgFlags) -> SystemTime {
    receive(socket, &mut [0; 512], flags).0
}

fn receive(socket: &impl AsRawFd, buffer: &mut [u8], flags: MsgFlags) -> (SystemTime, usize) {
    let mut slices = [IoSliceMut::new(buffer)];
    let mut control = nix::cmsg_space!(TimeSpec);
    let received =
        recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut control), flags).unwrap();
    let stamp = received.cmsgs().unwrap().find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
        _ => None,
    });
    (
        SystemTime::UNIX_EPOCH + stamp.expect("the kernel stamps what arrives"),
        received.bytes,
    )
}

/// The query without its OPT record, with QR set: for the root's SOA the question ends at octet 17.
fn respond(query: &[u8]) -> Vec<u8> {
    let mut response = query[..17].to_vec();
    response[2] |= 0x80;
    response[11] = 0;
    response
}
