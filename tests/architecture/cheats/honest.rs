//! Code that looks like a cheat and is not.

use super::Files;

/// Code that keeps the rules.
pub const HONEST: &[(&str, Files)] = &[
    ("an empty crate", &[]),
    (
        "imports from modules before",
        &[
            ("src/dns.rs", "pub struct Name;"),
            (
                "src/dnssec.rs",
                "use crate::dns::{self, Name as N}; pub use super::dns::Name;",
            ),
            (
                "src/cli.rs",
                "use crate::{config, dnssec::*}; fn f(of: Name) {}",
            ),
            ("src/main.rs", "fn main() { outsidein::cli::run() }"),
        ],
    ),
    (
        "tests that import from anywhere",
        &[
            (
                "src/dns.rs",
                "#[cfg(test)] mod tests { use crate::cli::run; fn f() { std::time::Instant::now(); } }\n\
                 #[cfg(all(test, unix))] #[path = \"dns_tests.rs\"] mod more;\n\
                 #[cfg(not(not(test)))] use super::cli; fn f() { #[cfg(test)] let now = cli::run(); }",
            ),
            (
                "src/dns_tests.rs",
                "use hickory_proto::rr::RData; mod deep;",
            ),
            ("src/deep.rs", "use crate::cli::run;"),
        ],
    ),
    (
        "names that look like modules",
        &[(
            "src/dns.rs",
            "/// As [`crate::cli::run`] does.\n\
             fn f(cli: &str) -> String { let network = cli; network.cli(); \
             format!(\"crate::cli {network}\", config = cli) }",
        )],
    ),
    (
        "addresses and durations in the core",
        &[(
            "src/dnssec.rs",
            "use std::net::{IpAddr, SocketAddr}; use std::time::{Duration, Instant}; use jiff::Timestamp;\n\
             fn f(at: Instant, by: Duration) -> Instant { Timestamp::from_second(1); at + by }",
        )],
    ),
    (
        "files in the configuration, clocks in the shell",
        &[
            (
                "src/config.rs",
                "use std::fs; fn f() { fs::read_to_string(\"x\"); }",
            ),
            (
                "src/network.rs",
                "pub async fn f() { tokio::time::sleep(x).await; std::time::Instant::now(); }",
            ),
        ],
    ),
    (
        "hickory in private",
        &[(
            "src/dns/mod.rs",
            "use hickory_proto::rr::RData; fn f() -> Option<RData> { None }\n\
             pub fn g() -> Vec<u8> { RData::new().octets() }",
        )],
    ),
    (
        "a parent's types in its children",
        &[
            (
                "src/dns.rs",
                "mod name; mod wire; pub use wire::W; pub struct Error; pub fn f() { name::g() }",
            ),
            (
                "src/dns/name.rs",
                "use super::{Error, wire::W}; use crate::dns; pub fn g() -> Result<dns::W, Error> {}",
            ),
            ("src/dns/wire.rs", "use super::Error; pub struct W;"),
        ],
    ),
    (
        "macros, traits and conversions at home",
        &[
            (
                "src/dns.rs",
                "pub struct Name; pub trait Show {}\n\
                 macro_rules! set { ($n:ident) => { pub(crate) struct $n; impl $n { pub(in crate::dns) fn f() { $crate::dns::g() } } } }\n\
                 set!(One);",
            ),
            (
                "src/cli.rs",
                "use crate::dns::{Name, Show}; struct Row; trait Print {} impl Print for Name {}\n\
                 impl From<Row> for Name {} impl Show for Row {} impl<'a> From<&'a Name> for Row {}",
            ),
        ],
    ),
];
