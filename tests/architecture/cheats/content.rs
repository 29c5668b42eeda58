//! What a module must not contain, wherever it is in the order.

use super::Cheat;

/// What the core must not do.
pub const PURITY: &[Cheat] = &[
    (
        "a clock",
        &[("src/dnssec.rs", "fn f() { std::time::SystemTime::now(); }")],
        "src/dnssec.rs:1: `std::time::SystemTime::now` in `dnssec`, which is pure",
    ),
    (
        "a clock under another name",
        &[(
            "src/dnssec.rs",
            "use std::time::{self as t, Instant as I};\nfn f() { I::now(); }",
        )],
        "src/dnssec.rs:2: `std::time::Instant::now`",
    ),
    (
        "a clock as a value",
        &[(
            "src/dnssec.rs",
            "use std::time; fn f() -> Option<time::Instant> { None.or_else(|| Some(()).map(|()| <time::Instant>::now())) }",
        )],
        "`std::time::Instant::now`",
    ),
    (
        "a clock behind an alias",
        &[(
            "src/dnssec.rs",
            "type Clock = std::time::SystemTime; fn f() { Clock::now(); }",
        )],
        "`std::time::SystemTime::now`",
    ),
    (
        "a clock behind a glob",
        &[(
            "src/dnssec.rs",
            "use std::time::*; fn f() { Instant :: now(); }",
        )],
        "`std::time::Instant::now`",
    ),
    (
        "a clock by a method",
        &[(
            "src/dnssec.rs",
            "fn f(at: std::time::Instant) { at.elapsed(); }",
        )],
        "`elapsed` in `dnssec`, which is pure",
    ),
    (
        "a clock in a macro",
        &[(
            "src/dnssec.rs",
            "fn f(at: std::time::Instant) { assert!(at.elapsed() > at.into()); }",
        )],
        "`elapsed` in `dnssec`, which is pure",
    ),
    (
        "a clock of jiff",
        &[(
            "src/dnssec.rs",
            "use jiff::{Zoned as Z}; fn f() { Z::now(); }",
        )],
        "`jiff::Zoned::now`",
    ),
    (
        "a socket",
        &[(
            "src/dnssec.rs",
            "use std::{net as n}; fn f() { n::UdpSocket::bind(\"\"); }",
        )],
        "`std::net::UdpSocket::bind`",
    ),
    (
        "a name server by a trait",
        &[("src/dnssec.rs", "use std::net::ToSocketAddrs as _;")],
        "`std::net::ToSocketAddrs`",
    ),
    (
        "a runtime under another name",
        &[("src/dnssec.rs", "use tokio as t;")],
        "`tokio` in `dnssec`, which is pure",
    ),
    (
        "an async block",
        &[("src/dnssec.rs", "fn f() { async\nmove {}; }")],
        "`async` in `dnssec`, which is pure",
    ),
    (
        "awaiting on the next line",
        &[("src/dnssec.rs", "fn f() { g()\n.\nawait; }")],
        "src/dnssec.rs:3: `await` in `dnssec`, which is pure",
    ),
    (
        "a thread",
        &[("src/config.rs", "use std::*; fn f() { thread::sleep(t); }")],
        "`std::thread::sleep` in `config`, which is pure",
    ),
    (
        "a file outside of the modules that read files",
        &[("src/dnssec.rs", "use std::fs::File;")],
        "`std::fs::File` in `dnssec`, which is pure",
    ),
    (
        "an output",
        &[("src/config.rs", "fn f() { println!(\"x\") }")],
        "`println` in `config`, which is pure",
    ),
];

/// Where hickory's types must not appear.
pub const HICKORY: &[Cheat] = &[
    (
        "another module",
        &[(
            "src/config.rs",
            "use hickory_proto as h; fn f(of: h::rr::RData) {}",
        )],
        "src/config.rs:1: `hickory_proto::rr::RData` outside of `dns` and the resolver",
    ),
    (
        "a re-export",
        &[
            ("src/dns/mod.rs", "pub(crate) use hickory_proto::rr::RData;"),
            ("src/config.rs", "use crate::dns::RData;"),
        ],
        "src/config.rs:1: `hickory_proto::rr::RData` outside of `dns` and the resolver",
    ),
    (
        "a public function",
        &[(
            "src/dns/mod.rs",
            "use hickory_proto::rr::RData;\npub fn f() -> Option<RData> { None }",
        )],
        "src/dns/mod.rs:2: `hickory_proto::rr::RData` in a public signature",
    ),
    (
        "a public method",
        &[(
            "src/dns/mod.rs",
            "use hickory_proto::rr;\npub struct A;\nimpl A { pub fn f(of: &[rr::RData]) {} }",
        )],
        "src/dns/mod.rs:3: `hickory_proto::rr::RData` in a public signature",
    ),
    (
        "a public field",
        &[(
            "src/dns/mod.rs",
            "use hickory_proto::rr::RData;\npub struct A { pub data: Vec<RData> }",
        )],
        "src/dns/mod.rs:2: `hickory_proto::rr::RData` in a public signature",
    ),
    (
        "a variant of a public enum",
        &[(
            "src/dns/mod.rs",
            "use hickory_proto::rr::RData;\npub enum A { Data(RData) }",
        )],
        "src/dns/mod.rs:2: `hickory_proto::rr::RData` in a public signature",
    ),
    (
        "a conversion",
        &[(
            "src/dns/mod.rs",
            "use hickory_proto::rr::RData;\npub struct A;\nimpl From<A> for RData {}",
        )],
        "src/dns/mod.rs:3: `hickory_proto::rr::RData` in a public signature",
    ),
];

/// Imports in a circle inside of one module.
pub const CYCLES: &[Cheat] = &[
    (
        "two files",
        &[
            ("src/dns.rs", "mod name; mod wire;"),
            ("src/dns/name.rs", "use super::wire::W; pub struct N;"),
            (
                "src/dns/wire.rs",
                "pub struct W; fn f(of: super::name::N) {}",
            ),
        ],
        "src/dns/name.rs:1: an import cycle: src/dns/name.rs:1 names src/dns/wire.rs (`super::wire::W`); src/dns/wire.rs:1 names src/dns/name.rs",
    ),
    (
        "three files by way of the parent's re-exports",
        &[
            (
                "src/dns.rs",
                "mod a; mod b; mod c; pub use {a::A, b::B, c::C};",
            ),
            ("src/dns/a.rs", "use super::B; pub struct A;"),
            ("src/dns/b.rs", "use crate::dns::C; pub struct B;"),
            ("src/dns/c.rs", "use super::super::dns::A; pub struct C;"),
        ],
        "src/dns/a.rs:1: an import cycle",
    ),
    (
        "a function of the parent",
        &[
            ("src/dns.rs", "mod name; fn f() { name::g() } fn h() {}"),
            ("src/dns/name.rs", "pub fn g() { super::h() }"),
        ],
        "src/dns.rs:1: an import cycle",
    ),
    (
        "everything of the parent",
        &[
            ("src/dns.rs", "mod name; fn f() { name::g() } fn h() {}"),
            ("src/dns/name.rs", "use super::*; pub fn g() { h() }"),
        ],
        "src/dns.rs:1: an import cycle",
    ),
];
