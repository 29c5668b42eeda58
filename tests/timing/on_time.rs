//! Other probes stay on time while one zone attacks, and the attacked probes answer before their own limit too: a real
//! exporter over real sockets, with more KeyTrap probes under way than this machine can judge in time.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::ALONE;
use crate::hostile;
use crate::support::{Exporter, Response};
use crate::testing;
use crate::testing::{DNSKEY, SOA, SignatureFields, Signer, name, record};
use outsidein::config::Config;
use outsidein::server::ConfigSource;

/// Attacked probes under way at any time: each wants 60 ms of a core, so that they take seconds together.
const ATTACKED: usize = 40;
/// A scrape's limit, of which the exporter keeps half a second.
const SCRAPE: Duration = Duration::from_secs(2);
const PROBE: Duration = Duration::from_millis(1500);
const SCRAPE_INTERVAL: Duration = Duration::from_secs(1);
const HEALTHY: usize = 60;
const PAUSE: Duration = Duration::from_millis(30);
/// Generous, for two cores that other tests share: alone, 90 of 100 healthy probes take a few milliseconds.
const P90_OF_A_PROBE: Duration = Duration::from_millis(150);
const P90_OF_THE_LATENCY: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn hostile_zone_does_not_delay_healthy_probes() {
    let _alone = ALONE.lock().await;
    let exporter = Arc::new(Exporter::start(ConfigSource::Fixed(Config::default())).await);
    let (healthy, attacking) = (healthy_server(), hostile_server());
    let done = Arc::new(AtomicBool::new(false));
    let attacked: Vec<_> = (0..ATTACKED)
        .map(|_| {
            let (exporter, done) = (Arc::clone(&exporter), Arc::clone(&done));
            tokio::spawn(async move {
                let path =
                    format!("/probe?target={attacking}&zone=.&qtype=NS&transport=tcp&denial=false");
                let mut probes = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    probes.push(timed(&exporter, &path).await);
                    tokio::time::sleep(SCRAPE_INTERVAL).await;
                }
                probes
            })
        })
        .collect();
    // The first of them are being judged now.
    tokio::time::sleep(Duration::from_millis(300)).await;
    // This server knows the two answers of a healthy zone, and denies nothing.
    let path = format!("/probe?target={healthy}&zone=example&dnssec=required&denial=false");
    let mut of_healthy = Vec::new();
    for _ in 0..HEALTHY {
        of_healthy.push(timed(&exporter, &path).await);
        tokio::time::sleep(PAUSE).await;
    }
    done.store(true, Ordering::Relaxed);
    let mut of_attacked = Vec::new();
    for probes in attacked {
        of_attacked.extend(probes.await.unwrap());
    }
    assert_healthy_on_time(&of_healthy);
    assert_attacked_on_time(&of_attacked);
}

async fn timed(exporter: &Exporter, path: &str) -> (Response, Duration) {
    let start = Instant::now();
    let header = [(
        "X-Prometheus-Scrape-Timeout-Seconds",
        SCRAPE.as_secs_f64().to_string(),
    )];
    let header = header
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let response = exporter.request("GET", path, &header).await;
    (response, start.elapsed())
}

fn assert_healthy_on_time(probes: &[(Response, Duration)]) {
    for (response, _) in probes {
        assert_eq!(response.status, 200);
        assert!(
            response.body.contains("\nprobe_success 1\n"),
            "{}",
            response.body
        );
    }
    let whole = sorted(probes.iter().map(|(_, took)| *took));
    let latency = sorted(
        probes
            .iter()
            .map(|(response, _)| value(response, "probe_dns_duration_seconds{")),
    );
    let p90 = |durations: &[Duration]| durations[durations.len() * 9 / 10];
    println!(
        "healthy: p90 {:?}, max {:?}; latency p90 {:?}",
        p90(&whole),
        whole[whole.len() - 1],
        p90(&latency)
    );
    assert!(p90(&whole) < P90_OF_A_PROBE, "{whole:?}");
    assert!(whole[whole.len() - 1] < PROBE, "{whole:?}");
    assert!(p90(&latency) < P90_OF_THE_LATENCY, "{latency:?}");
}

fn assert_attacked_on_time(probes: &[(Response, Duration)]) {
    let whole = sorted(probes.iter().map(|(_, took)| *took));
    let validation_times = sorted(
        probes
            .iter()
            .map(|(response, _)| value(response, "probe_duration_seconds ")),
    );
    println!(
        "{} attacked: max {:?}, by their own measure {:?}",
        probes.len(),
        whole[whole.len() - 1],
        validation_times[validation_times.len() - 1]
    );
    assert!(probes.len() >= ATTACKED);
    for (response, took) in probes {
        // The second is what a probe says for which no core became free in time.
        let is_limited = ["validation_limit_reached", "local_error"]
            .iter()
            .any(|reason| response.body.contains(&format!("reason=\"{reason}\",")));
        assert!(is_limited, "{}", response.body);
        assert!(*took < SCRAPE, "{took:?}");
        assert!(
            value(response, "probe_duration_seconds ") < PROBE,
            "{}",
            response.body
        );
    }
}

fn sorted(durations: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut durations: Vec<_> = durations.collect();
    durations.sort();
    durations
}

/// The value of the first series that begins like this.
fn value(response: &Response, series: &str) -> Duration {
    let line = response
        .body
        .lines()
        .find(|line| line.starts_with(series))
        .unwrap_or_else(|| panic!("{}", response.body));
    Duration::from_secs_f64(
        line.rsplit(' ')
            .next()
            .and_then(|value| value.parse().ok())
            .unwrap(),
    )
}

/// A zone with a SOA and a key, signed just now, on a thread that waits for nothing else.
fn healthy_server() -> SocketAddr {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let now = u32::try_from(now.as_secs()).unwrap();
    let (signer, owner) = (Signer::new(1), name("example"));
    let soa = [name("ns.example"), name("host.example"), vec![0; 20]].concat();
    let answer = |rtype, rdata: Vec<u8>| {
        let fields = SignatureFields {
            type_covered: rtype,
            algorithm: Signer::ALGORITHM,
            labels: 1,
            original_ttl: 60,
            expiration: now + 86_400,
            inception: now - 86_400,
            key_tag: signer.key_tag(),
            signer: owner.clone(),
        };
        let rrsig = signer.rrsig(&fields, &owner, std::slice::from_ref(&rdata));
        let records = [
            record(&owner, rtype, 60, &rdata),
            record(&owner, testing::RRSIG, 60, &rrsig),
        ];
        let mut octets = testing::Response::to("example", rtype)
            .answer(records)
            .octets();
        hostile::with_opt(&mut octets);
        octets
    };
    let (soa, keys) = (answer(SOA, soa), answer(DNSKEY, signer.dnskey()));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            let answer = if asks_for_keys(&query[..length]) {
                &keys
            } else {
                &soa
            };
            socket.send_to(&to(&query, answer), from).unwrap();
        }
    });
    address
}

/// KeyTrap with keys of P-384, over TCP.
fn hostile_server() -> SocketAddr {
    let hostile = Arc::new(hostile::worst());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let hostile = Arc::clone(&hostile);
            thread::spawn(move || {
                let (mut length, mut query) = ([0; 2], [0; 512]);
                while stream.read_exact(&mut length).is_ok() {
                    let query = &mut query[..usize::from(u16::from_be_bytes(length))];
                    stream.read_exact(query).unwrap();
                    let answer = to(
                        query,
                        if asks_for_keys(query) {
                            &hostile.keys
                        } else {
                            &hostile.answer
                        },
                    );
                    let framed = [
                        &u16::try_from(answer.len()).unwrap().to_be_bytes(),
                        answer.as_slice(),
                    ]
                    .concat();
                    // Who no longer waits has closed.
                    if stream.write_all(&framed).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// The type that is asked for, behind the name that starts at octet 12.
fn asks_for_keys(query: &[u8]) -> bool {
    let mut at = 12;
    while query[at] != 0 {
        at += usize::from(query[at]) + 1;
    }
    query[at + 1..at + 3] == DNSKEY.to_be_bytes()
}

fn to(query: &[u8], answer: &[u8]) -> Vec<u8> {
    [&query[..2], &answer[2..]].concat()
}
