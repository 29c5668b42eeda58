//! Imports against the module order, by name and by method.

use super::{Cheat, UP};

/// Imports against the module order.
pub const IMPORTS: &[Cheat] = &[
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

/// Methods that are called without naming the module that they are written in.
pub const METHODS: &[Cheat] = &[
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
