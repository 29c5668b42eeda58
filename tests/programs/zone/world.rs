//! Who is in the lab, and what the zone and its parent say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// The zone under test.
pub const ZONE: &str = "zone.test.";
/// The server of the root and of the zone's parent.
pub const PARENT: [IpAddr; 2] = [v4([10, 53, 0, 1]), v6(0x53, 1)];

/// The host of the resolver and of the monitoring.
pub const CONTROL: Ipv4Addr = Ipv4Addr::new(10, 54, 0, 1);

/// The software of a nameserver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    Knot,
    Bind,
    Nsd,
    PowerDns,
}

/// One nameserver of the zone.
#[derive(Debug)]
pub struct Member {
    pub name: &'static str,
    pub software: Software,
    pub provider: &'static str,
    pub role: &'static str,
    ipv4: [u8; 4],
    ipv6: [u16; 2],
}

impl Member {
    /// IPv4 first.
    pub fn addresses(&self) -> [IpAddr; 2] {
        [v4(self.ipv4), v6(self.ipv6[0], self.ipv6[1])]
    }
}

const fn v4(octets: [u8; 4]) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_octets(octets))
}

/// A host in a /64 of one of our /48.
const fn v6(network: u16, subnet: u16) -> IpAddr {
    IpAddr::V6(std::net::Ipv6Addr::new(
        0x2001, 0xdb8, network, subnet, 0, 0, 0, 0x53,
    ))
}

const fn member(
    name: &'static str,
    software: Software,
    provider: &'static str,
    role: &'static str,
    ipv4: [u8; 4],
    ipv6: [u16; 2],
) -> Member {
    Member {
        name,
        software,
        provider,
        role,
        ipv4,
        ipv6,
    }
}

/// Three providers. Of the networks some are shared by two nameservers: those of ns1 and ns2, and that of ns4 and ns5
/// in IPv4. A /48 is one network, however it is divided, and a /24 another than its neighbour.
pub static MEMBERS: [Member; 5] = [
    member(
        "ns1",
        Software::Knot,
        "own",
        "primary",
        [192, 0, 2, 1],
        [1, 1],
    ),
    member(
        "ns2",
        Software::Knot,
        "own",
        "secondary",
        [192, 0, 2, 2],
        [1, 2],
    ),
    member(
        "ns3",
        Software::Bind,
        "alpha",
        "secondary",
        [198, 18, 3, 3],
        [3, 1],
    ),
    member(
        "ns4",
        Software::Nsd,
        "alpha",
        "secondary",
        [198, 18, 4, 4],
        [4, 1],
    ),
    member(
        "ns5",
        Software::PowerDns,
        "beta",
        "secondary",
        [198, 18, 4, 5],
        [5, 1],
    ),
];
/// Who signs.
pub static PRIMARY: &Member = &MEMBERS[0];

/// The one of this name.
pub fn by_name(name: &str) -> &'static Member {
    MEMBERS
        .iter()
        .find(|member| member.name == name)
        .unwrap_or_else(|| panic!("{name} is not in the lab"))
}

/// What the zone's file says.
#[derive(Clone)]
pub struct Zone {
    /// In the file; the signer counts on from it.
    pub serial: u32,
    pub refresh: u32,
    pub retry: u32,
    pub expire: u32,
    /// The names of the NS RRset.
    pub ns: Vec<&'static str>,
    /// Changed by each update.
    pub version: u32,
}

impl Default for Zone {
    /// Long times: what does not come by NOTIFY does not come in a test.
    fn default() -> Self {
        let ns = MEMBERS.iter().map(|member| member.name).collect();
        Self {
            serial: 1,
            refresh: 7200,
            retry: 3600,
            expire: 604_800,
            ns,
            version: 0,
        }
    }
}

impl Zone {
    /// As a zone file.
    pub fn text(&self) -> String {
        let Self {
            serial,
            refresh,
            retry,
            expire,
            version,
            ..
        } = self;
        let mut text =
            format!("$TTL 300\n@ SOA ns1 hostmaster {serial} {refresh} {retry} {expire} 300\n");
        for name in &self.ns {
            let _ = writeln!(text, "@ NS {name}");
        }
        let _ = writeln!(text, "version TXT \"{version}\"");
        for member in &MEMBERS {
            text += &addresses(member.name, member.addresses());
        }
        text
    }
}

/// What the parent says of the zone.
#[derive(Clone)]
pub struct Delegation {
    pub glue: BTreeMap<&'static str, [IpAddr; 2]>,
    pub ds: Vec<String>,
}

impl Delegation {
    /// As it should be.
    pub fn right(ds: String) -> Self {
        Self {
            glue: MEMBERS
                .iter()
                .map(|member| (member.name, member.addresses()))
                .collect(),
            ds: vec![ds],
        }
    }

    /// The DS with another digest: its first octets are others.
    pub fn wrong_ds(&self) -> String {
        let (key, digest) = self.ds[0].rsplit_once(' ').expect("a digest");
        format!("{key} 00000000{}", &digest[8..])
    }

    /// The DS of a key that the zone does not have, by its key tag.
    pub fn ds_of_another_key(&self) -> String {
        let wrong = self.wrong_ds();
        let (tag, rest) = wrong.split_once(' ').expect("a key tag");
        let tag: u16 = tag.parse().expect("a number");
        format!("{} {rest}", tag.wrapping_add(1))
    }

    /// The parent's zone file.
    pub fn text(&self) -> String {
        let mut text = apex("ns.test.");
        text += &addresses("ns.test.", PARENT);
        for ds in &self.ds {
            let _ = writeln!(text, "{ZONE} DS {ds}");
        }
        for (name, glue) in &self.glue {
            let _ = writeln!(text, "{ZONE} NS {name}.{ZONE}");
            text += &addresses(&format!("{name}.{ZONE}"), *glue);
        }
        text
    }
}

/// The root's zone file. `ds` is that of its only child.
pub fn root(ds: &str) -> String {
    apex("ns.root.")
        + &addresses("ns.root.", PARENT)
        + "test. NS ns.test.\n"
        + &addresses("ns.test.", PARENT)
        + &format!("test. DS {ds}\n")
}

/// Where resolvers begin.
pub fn hints() -> String {
    ". 3600 NS ns.root.\n".to_owned() + &addresses("ns.root. 3600", PARENT)
}

fn apex(ns: &str) -> String {
    format!("$TTL 300\n@ SOA {ns} hostmaster.test. 1 7200 3600 604800 300\n@ NS {ns}\n")
}

fn addresses(owner: &str, [ipv4, ipv6]: [IpAddr; 2]) -> String {
    format!("{owner} A {ipv4}\n{owner} AAAA {ipv6}\n")
}
