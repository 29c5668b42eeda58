//! The harness's own questions: for readiness, and for the octets of answers that tests look at themselves.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use outsidein::dns::{Class, EDNS_UDP_SIZE, Message, Name, Query, RrType};

const WAIT_TIMEOUT: Duration = Duration::from_secs(2);
const ID: u16 = 0x4F49;

/// Asks once over UDP.
pub fn over_udp(server: SocketAddr, name: &str, rtype: RrType) -> io::Result<Message> {
    read(send_over_udp(server, &query(name, rtype))?)
}

/// Sends the octets of a query over UDP; those of the response.
pub fn send_over_udp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let any = SocketAddr::new(
        if server.is_ipv4() {
            [0; 4].into()
        } else {
            [0_u16; 8].into()
        },
        0,
    );
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(WAIT_TIMEOUT))?;
    socket.send(query)?;
    let mut octets = vec![0; 65_535];
    let size = socket.recv(&mut octets)?;
    octets.truncate(size);
    Ok(octets)
}

/// Asks once over TCP.
pub fn over_tcp(server: SocketAddr, name: &str, rtype: RrType) -> io::Result<Message> {
    read(send_over_tcp(server, &query(name, rtype))?)
}

/// Asks once over TCP, without EDNS.
pub fn plainly_over_tcp(server: SocketAddr, name: &str, rtype: RrType) -> io::Result<Message> {
    read(send_over_tcp(
        server,
        &Query::plain(parsed(name), rtype, Class::IN, false).octets(ID, false),
    )?)
}

/// Sends the octets of a query over TCP; those of the response.
pub fn send_over_tcp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, WAIT_TIMEOUT)?;
    stream.set_read_timeout(Some(WAIT_TIMEOUT))?;
    let size = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&size.to_be_bytes(), query].concat())?;
    let mut size = [0; 2];
    stream.read_exact(&mut size)?;
    let mut octets = vec![0; usize::from(u16::from_be_bytes(size))];
    stream.read_exact(&mut octets)?;
    Ok(octets)
}

fn query(name: &str, rtype: RrType) -> Vec<u8> {
    Query::new(parsed(name), rtype, EDNS_UDP_SIZE).octets(ID, true)
}

fn parsed(name: &str) -> Name {
    name.parse()
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read(octets: Vec<u8>) -> io::Result<Message> {
    Message::read(octets).map_err(io::Error::other)
}
