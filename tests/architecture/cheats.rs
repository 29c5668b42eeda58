//! Ways around the rules, each in a crate of its own, and code that looks like one and is not.

use std::collections::BTreeMap;

use crate::complaints;
use crate::tree::Tree;

/// A small crate: the files that differ from an empty one.
type Files = &'static [(&'static str, &'static str)];

/// What it is, its files, and the complaint about it.
type Cheat = (&'static str, Files, &'static str);

const UP: &str = "`dns` imports from `cli`, which comes after it";

/// Imports against the module order.
const IMPORTS: &[Cheat] = &[
    ("plain", &[("src/dns.rs", "use crate::cli::run;")], UP),
    (
        "super",
        &[
            ("src/dns.rs", "mod name;"),
            ("src/dns/name.rs", "use super::super::cli::run;"),
        ],
        UP,
    ),
    (
        "self and super",
        &[("src/dns.rs", "fn f() { self::super::cli::run() }")],
        UP,
    ),
    (
        "braces in braces",
        &[(
            "src/dns.rs",
            "use {crate::{dns::{Name as N}, cli}, std::fmt};",
        )],
        UP,
    ),
    (
        "glob of the root",
        &[("src/dns.rs", "use crate::*; fn f() { cli::run() }")],
        UP,
    ),
    (
        "glob of a module",
        &[("src/dns.rs", "use super::cli::*;")],
        UP,
    ),
    (
        "the root under another name",
        &[(
            "src/dns.rs",
            "use crate as here; fn f() { here::cli::run() }",
        )],
        UP,
    ),
    (
        "a module under another name",
        &[(
            "src/dns.rs",
            "use super::{cli as lower}; fn f() { lower::run() }",
        )],
        UP,
    ),
    (
        "a re-export in a module before both",
        &[
            ("src/dnssec.rs", "pub use super::cli::run;"),
            ("src/config.rs", "use crate::dnssec::run;"),
        ],
        "`config` imports from `cli`, which comes after it (`crate::dnssec::run`)",
    ),
    (
        "a restricted re-export",
        &[("src/dns.rs", "pub(crate) use super::cli::run as dig;")],
        UP,
    ),
    (
        "the crate under another name",
        &[(
            "src/dns.rs",
            "extern crate self as me; fn f() { me::cli::run() }",
        )],
        UP,
    ),
    (
        "the crate under another name in the root",
        &[
            ("src/lib.rs", "extern crate self as me;\n<modules>"),
            ("src/dns.rs", "fn f() { me::cli::run() }"),
        ],
        UP,
    ),
    (
        "the crate by its name",
        &[("src/dns.rs", "fn f() { ::outsidein::cli::run() }")],
        UP,
    ),
    (
        "spaces in a path",
        &[("src/dns.rs", "fn f() { crate :: cli :: run() }")],
        UP,
    ),
    (
        "a comment in a path",
        &[("src/dns.rs", "fn f() { crate::/* the */cli::run() }")],
        UP,
    ),
    (
        "an import in a function",
        &[("src/dns.rs", "fn f() { { use super::cli; cli::run() } }")],
        UP,
    ),
    (
        "a type in a signature",
        &[("src/dns.rs", "fn f(of: &[Option<super::cli::Run>]) {}")],
        UP,
    ),
    (
        "a qualified type",
        &[("src/dns.rs", "fn f() { <super::cli::Run>::now() }")],
        UP,
    ),
    (
        "an item of the root",
        &[("src/lib.rs", "<modules>\npub fn f() { cli::run() }")],
        "src/lib.rs:1: the root holds more than modules",
    ),
    (
        "another order in the root",
        &[(
            "src/lib.rs",
            "pub mod dnssec; pub mod dns; pub mod config; pub mod network; pub mod cli;",
        )],
        "declares dnssec -> dns -> config -> network -> cli; ARCHITECTURE.md has dns -> dnssec",
    ),
    (
        "a module that the order lacks",
        &[
            ("src/lib.rs", "<modules> pub mod more;"),
            ("src/more.rs", ""),
        ],
        "declares dns -> dnssec -> config -> network -> cli -> more; ARCHITECTURE.md",
    ),
];

/// Code that a reader of text takes for something else, or does not read.
const HIDDEN: &[Cheat] = &[
    (
        "code after a test module",
        &[
            (
                "src/dns.rs",
                "#[cfg(test)]\nmod tests;\nuse super::cli::run;",
            ),
            ("src/dns/tests.rs", ""),
        ],
        "src/dns.rs:3: `dns` imports from `cli`",
    ),
    (
        "code in a file named like a test",
        &[
            ("src/dns.rs", "mod name_tests;"),
            ("src/dns/name_tests.rs", "use crate::cli::run;"),
        ],
        "src/dns/name_tests.rs:1: `dns` imports from `cli`",
    ),
    (
        "code for all but tests",
        &[(
            "src/dns.rs",
            "#[cfg(not(test))]\nmod inner { use crate::cli::run; }",
        )],
        UP,
    ),
    (
        "code for tests and others",
        &[(
            "src/dns.rs",
            "#[cfg(any(test, unix))]\nmod inner { use crate::cli::run; }",
        )],
        UP,
    ),
    (
        "a path out of the module",
        &[
            ("src/dns.rs", "#[path = \"../cli/inner.rs\"] mod inner;"),
            ("src/cli/inner.rs", ""),
        ],
        "src/dns.rs:1: `#[path]` leaves its folder: `../cli/inner.rs`",
    ),
    (
        "a path that depends on cfg",
        &[
            (
                "src/dns.rs",
                "#[cfg_attr(unix, path = \"other.rs\")] mod inner;",
            ),
            ("src/dns/inner.rs", ""),
        ],
        "src/dns.rs:1: a `#[path]` that depends on cfg",
    ),
    (
        "a path to a file that breaks the order",
        &[
            ("src/dns.rs", "#[path = \"words.txt\"] mod inner;"),
            ("src/words.txt", "use crate::cli::run;"),
        ],
        "src/words.txt:1: `dns` imports from `cli`",
    ),
    (
        "included code that breaks the order",
        &[
            ("src/dns.rs", "include!(\"words.in\");"),
            ("src/words.in", "use crate::cli::run;"),
        ],
        "src/words.in:1: `dns` imports from `cli`",
    ),
    (
        "included code from elsewhere",
        &[("src/dns.rs", "include!(\"../target/made.rs\");")],
        "src/dns.rs:1: `include!` leaves its folder: `../target/made.rs`",
    ),
    (
        "included code at a computed path",
        &[(
            "src/dns.rs",
            "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));",
        )],
        "src/dns.rs:1: `include!` of a path that is computed",
    ),
    (
        "included code in a function",
        &[("src/dns.rs", "fn f() { include!(\"words.in\") }")],
        "src/dns.rs:1: `include!` inside an item",
    ),
    (
        "a module in a function",
        &[(
            "src/dns.rs",
            "fn f() { mod inner { use super::super::cli::run; } }",
        )],
        "src/dns.rs:1: a module in the body of a function",
    ),
    (
        "a file that no module is made of",
        &[("src/dns/spare.rs", "use crate::cli::run;")],
        "src/dns/spare.rs:1: no `mod` leads to this file",
    ),
    (
        "one file as two modules",
        &[
            ("src/lib.rs", "<modules>"),
            ("src/main.rs", "mod dns; fn main() {}"),
        ],
        "src/dns.rs:1: two modules are made of this file",
    ),
    (
        "another root in the manifest",
        &[(
            "Cargo.toml",
            "[package]\nname = \"outsidein\"\n[[bin]]\nname = \"second\"",
        )],
        "Cargo.toml:3: another root of compiled code",
    ),
];

/// Macros and attributes, which are tokens to a parser.
const TOKENS: &[Cheat] = &[
    (
        "a path in the arguments of a macro",
        &[(
            "src/dns.rs",
            "fn f() -> String { format!(\"{}\", super::cli::run()) }",
        )],
        UP,
    ),
    (
        "a path in a macro's definition",
        &[(
            "src/dns.rs",
            "macro_rules! go { () => { $crate :: cli :: run() } }",
        )],
        UP,
    ),
    (
        "an import in a macro's definition",
        &[(
            "src/dns.rs",
            "macro_rules! go { () => { use super::{dnssec, cli::{run as r}}; } }",
        )],
        UP,
    ),
    (
        "a path with a variable in it",
        &[(
            "src/dns.rs",
            "macro_rules! go { ($m:ident) => { crate::$m::run() } }\nfn f() { go!(cli) }",
        )],
        "src/dns.rs:1: a macro puts a path together from its parts",
    ),
    (
        "the root as an argument",
        &[(
            "src/dns.rs",
            "macro_rules! go { ($m:tt) => { $m::cli::run() } }\nfn f() { go!(crate) }",
        )],
        "src/dns.rs:2: a macro puts a path together from its parts",
    ),
    (
        "a module made by a macro",
        &[("src/dns.rs", "macro_rules! go { () => { mod inner; } }")],
        "src/dns.rs:1: a module made by a macro",
    ),
    (
        "a macro of a module after",
        &[
            ("src/cli.rs", "#[macro_export] macro_rules! go { () => {} }"),
            ("src/dns.rs", "fn f() { crate::go!() }"),
        ],
        UP,
    ),
    (
        "a path in an attribute",
        &[(
            "src/dns.rs",
            "#[derive(serde::Serialize)] struct A { #[serde(with = \"super::cli\")] b: u8 }",
        )],
        UP,
    ),
];

/// Methods that are called without naming the module that they are written in.
const METHODS: &[Cheat] = &[
    (
        "methods for a type of another module",
        &[
            ("src/dns.rs", "pub struct Name;"),
            ("src/cli.rs", "impl crate::dns::Name { pub fn f(&self) {} }"),
            (
                "src/config.rs",
                "fn f(name: &crate::dns::Name) { name.f() }",
            ),
        ],
        "src/cli.rs:1: `impl` of `crate::dns::Name` in `cli`: its methods could be called from modules before `cli`; it belongs in `dns`",
    ),
    (
        "methods behind an import",
        &[
            (
                "src/dns.rs",
                "mod name { pub struct Name; } pub use name::Name;",
            ),
            (
                "src/cli.rs",
                "use crate::dns::Name as Local; impl Local { pub fn f(&self) {} }",
            ),
        ],
        "`impl` of `Local` in `cli`",
    ),
    (
        "methods behind an alias",
        &[
            ("src/dns.rs", "pub struct Name;"),
            (
                "src/cli.rs",
                "type Local = crate::dns::Name; impl Local { pub fn f(&self) {} }",
            ),
        ],
        "`impl` of `Local` in `cli`",
    ),
    (
        "methods in the body of a function",
        &[
            ("src/dns.rs", "pub struct Name;"),
            (
                "src/cli.rs",
                "fn f() { use crate::dns::Name; impl Name { pub fn f(&self) {} } }",
            ),
        ],
        "`impl` of `Name` in `cli`",
    ),
    (
        "methods made by a macro",
        &[
            ("src/dns.rs", "pub struct Name;"),
            (
                "src/cli.rs",
                "macro_rules! go { ($t:ty) => { impl $t { pub fn f(&self) {} } } }\ngo!(crate::dns::Name);",
            ),
        ],
        "src/cli.rs:1: a macro adds methods to a type that it is given",
    ),
    (
        "a standard trait for a type of another module",
        &[
            ("src/dns.rs", "pub struct Name;"),
            (
                "src/cli.rs",
                "impl std::fmt::Display for crate::dns::Name {}",
            ),
        ],
        "`impl` of `crate::dns::Name` in `cli`",
    ),
];

/// What the core must not do.
const PURITY: &[Cheat] = &[
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
const HICKORY: &[Cheat] = &[
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
const CYCLES: &[Cheat] = &[
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

/// Code that keeps the rules.
const HONEST: &[(&str, Files)] = &[
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
                "mod name; mod wire; pub struct Error; pub fn f() { name::g() }",
            ),
            (
                "src/dns/name.rs",
                "use super::{Error, wire::W}; pub fn g() -> Result<W, Error> {}",
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

const MODULES: [&str; 5] = ["dns", "dnssec", "config", "network", "cli"];

fn tree_of(files: Files) -> Tree {
    let modules: Vec<_> = MODULES
        .iter()
        .map(|name| format!("pub mod {name};"))
        .collect();
    let mut all = BTreeMap::new();
    let order =
        "<!-- module order -->\n```text\ndns -> dnssec -> config\n  || network -> cli\n```\n";
    all.insert("ARCHITECTURE.md".to_owned(), order.to_owned());
    all.insert("src/lib.rs".to_owned(), modules.join("\n"));
    for (path, code) in files {
        let code = code.replace("<modules>", &modules.join(" "));
        all.insert((*path).to_owned(), code);
    }
    for module in MODULES {
        if !all.contains_key(&format!("src/{module}/mod.rs")) {
            all.entry(format!("src/{module}.rs")).or_default();
        }
    }
    Tree(all)
}

#[test]
fn cheats_are_caught() {
    let tables = [IMPORTS, HIDDEN, TOKENS, METHODS, PURITY, HICKORY, CYCLES];
    let mut uncaught = Vec::new();
    for (name, files, expected) in tables.concat() {
        let complaints: Vec<_> = complaints(&tree_of(files))
            .iter()
            .map(ToString::to_string)
            .collect();
        if !complaints
            .iter()
            .any(|complaint| complaint.contains(expected))
        {
            uncaught.push(format!(
                "{name}: expected {expected:?}, got {complaints:#?}"
            ));
        }
    }
    assert!(uncaught.is_empty(), "{}", uncaught.join("\n"));
}

#[test]
fn honest_code_passes() {
    for (name, files) in HONEST {
        let complaints = complaints(&tree_of(files));
        let complaints: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
    }
}
