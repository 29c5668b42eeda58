//! Ways around the rules, each in a crate of its own, and code that looks like one and is not.
//!
//! The test before this one, which searched the text for `crate::`, caught 9 of the 77: `plain`, `another order in the
//! root`, `a module that the order lacks`, `code for all but tests`, `code for tests and others`, `a file that no module is
//! made of`, `a macro of a module after`, `a clock` and `a name server by a trait`.

mod content;
mod hidden;
mod honest;
mod imports;

use std::collections::BTreeMap;

use content::{CYCLES, HICKORY, PURITY};
use hidden::{HIDDEN, TOKENS};
use honest::HONEST;
use imports::{IMPORTS, METHODS};

use crate::complaints;
use crate::tree::Tree;

/// A small crate: the files that differ from an empty one.
type Files = &'static [(&'static str, &'static str)];

/// What it is, its files, and the complaint about it.
type Cheat = (&'static str, Files, &'static str);

const UP: &str = "`dns` imports from `cli`, which comes after it";

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
