//! Hand-made servers, each on a thread of its own, and the messages that they send.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use outsidein::dns::{Name, Query, Rcode, RrType, Transport};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::{Network, SystemNetwork};

/// Both loopback addresses: what holds for one family must hold for the other.
pub const LOOPBACKS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

/// QR and AA.
pub const ANSWER: [u8; 2] = [0x84, 0x00];
/// QR, AA and TC.
pub const TRUNCATED: [u8; 2] = [0x86, 0x00];
/// QR and rcode 1.
pub const FORMERR: [u8; 2] = [0x80, 0x01];
/// QR and rcode 4.
pub const NOTIMP: [u8; 2] = [0x80, 0x04];

/// An OPT record (RFC 6891 section 6.1.2) with `upper`, the upper bits of the rcode.
pub fn opt(upper: u8) -> Vec<u8> {
    vec![0, 0, 41, 0x04, 0xD0, upper, 0, 0, 0, 0, 0]
}

pub fn query() -> Arc<Query> {
    Arc::new(Query::new(
        "Example.test".parse::<Name>().unwrap(),
        RrType::SOA,
        1232,
    ))
}

pub fn ask(server: SocketAddr, transport: Transport, limit: Duration) -> Ask {
    Ask {
        server,
        transport,
        query: query(),
        edns: true,
        deadline: Instant::now() + limit,
        source: None,
    }
}

/// Long enough for a machine that compiles beside the test.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

pub async fn exchange(server: SocketAddr, transport: Transport, limit: Duration) -> Exchange {
    SystemNetwork::new(None)
        .exchange(ask(server, transport, limit))
        .await
}

pub fn rcode(exchange: &Exchange) -> Rcode {
    match &exchange.outcome {
        Outcome::Response(message) => message.rcode,
        other => panic!("no response: {other:?}"),
    }
}

pub fn network_error(exchange: &Exchange) -> &str {
    match &exchange.outcome {
        Outcome::NetworkError(text) => text,
        other => panic!("no network error: {other:?}"),
    }
}

/// The header of a response to `query` with these flags, its question, and no records.
pub fn respond(query: &[u8], flags: [u8; 2]) -> Vec<u8> {
    let mut end = 12;
    while query[end] != 0 {
        end += usize::from(query[end]) + 1;
    }
    let mut response = query[..end + 5].to_vec();
    response[2..4].copy_from_slice(&flags);
    response[4..12].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
    response
}

/// The same without the question, as from a server that could not read it.
pub fn respond_without_question(query: &[u8], flags: [u8; 2]) -> Vec<u8> {
    let mut response = respond(query, flags)[..12].to_vec();
    response[5] = 0;
    response
}

/// `response` with one more record in `section` (1 answer, 2 authority, 3 additional).
pub fn with_record(mut response: Vec<u8>, section: usize, record: &[u8]) -> Vec<u8> {
    let count = 4 + 2 * section;
    let records = u16::from_be_bytes([response[count], response[count + 1]]) + 1;
    response[count..count + 2].copy_from_slice(&records.to_be_bytes());
    response.extend_from_slice(record);
    response
}

/// A record of the name in the question (or at another `owner`), class IN, TTL 60.
pub fn record(owner: &[u8], rtype: u16, rdata: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rdata.len()).unwrap();
    [
        owner,
        &rtype.to_be_bytes(),
        &[0, 1, 0, 0, 0, 60],
        &length.to_be_bytes(),
        rdata,
    ]
    .concat()
}

/// A compression pointer to the question's name.
pub const QNAME: &[u8] = &[0xC0, 12];

/// `response` filled with one TXT-like record until it has `size` octets.
pub fn padded(response: Vec<u8>, size: usize) -> Vec<u8> {
    let rdata = vec![0; size - response.len() - 12];
    with_record(response, 1, &record(QNAME, 16, &rdata))
}

pub fn has_edns(query: &[u8]) -> bool {
    query[11] > 0
}

/// Serves UDP: `answer` gets the socket, each query and where it came from.
pub fn udp(
    ip: IpAddr,
    answer: impl FnMut(&UdpSocket, &[u8], SocketAddr) + Send + 'static,
) -> SocketAddr {
    let socket = UdpSocket::bind((ip, 0)).unwrap();
    serve_udp(socket, answer)
}

fn serve_udp(
    socket: UdpSocket,
    mut answer: impl FnMut(&UdpSocket, &[u8], SocketAddr) + Send + 'static,
) -> SocketAddr {
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            answer(&socket, &buffer[..length], from);
        }
    });
    address
}

/// Serves TCP: `answer` gets each connection on a thread of its own.
pub fn tcp(ip: IpAddr, answer: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    serve_tcp(TcpListener::bind((ip, 0)).unwrap(), answer)
}

fn serve_tcp(
    listener: TcpListener,
    answer: impl Fn(TcpStream) + Clone + Send + 'static,
) -> SocketAddr {
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || answer(stream));
        }
    });
    address
}

/// Serves both at one port: `answer` gets each query and whether it came over TCP.
pub fn both(
    ip: IpAddr,
    answer: impl Fn(&[u8], Transport) -> Vec<u8> + Clone + Send + 'static,
) -> SocketAddr {
    let (listener, socket) = loop {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()) {
            break (listener, socket);
        }
    };
    let over_udp = answer.clone();
    serve_udp(socket, move |socket, query, from| {
        socket
            .send_to(&over_udp(query, Transport::Udp), from)
            .unwrap();
    });
    serve_tcp(listener, move |mut stream| {
        let query = read_query(&mut stream);
        stream
            .write_all(&framed(&answer(&query, Transport::Tcp)))
            .unwrap();
    })
}

pub fn framed(message: &[u8]) -> Vec<u8> {
    [
        &u16::try_from(message.len()).unwrap().to_be_bytes(),
        message,
    ]
    .concat()
}

pub fn read_query(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut query).unwrap();
    query
}
