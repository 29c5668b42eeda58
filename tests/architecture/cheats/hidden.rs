//! Code that a reader may overlook: in other files, behind `cfg`, in tokens.

use super::{Cheat, UP};

/// Code that a reader of text takes for something else, or does not read.
pub const HIDDEN: &[Cheat] = &[
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
pub const TOKENS: &[Cheat] = &[
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
