//! The rules of ARCHITECTURE.md hold: the code is parsed as rustc would find it, and every path is resolved.

use std::path::Path;

mod cfg;
mod cheats;
mod complete;
mod cycles;
mod names;
mod reader;
mod rules;
mod tokens;
mod tree;

use names::Names;
use rules::Order;
use tree::{Complaint, Tree};

/// Everything that is wrong with a crate.
fn complaints(tree: &Tree) -> Vec<Complaint> {
    let (modules, mut complaints) = tree::load(tree);
    let order = Order::read(tree);
    let names = Names::new(&modules);
    let mut code = reader::read(&names);
    complaints.append(&mut code.complaints);
    complaints.extend(rules::roots(&modules, &order));
    complaints.extend(rules::order(&modules, &code, &order));
    complaints.extend(rules::homes(&modules, &code));
    complaints.extend(rules::purity(&modules, &code, &order));
    complaints.extend(rules::hickory(&code));
    complaints.extend(cycles::cycles(&modules, &code));
    complaints.sort();
    complaints.dedup();
    complaints
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn architecture_holds() {
    let complaints = complaints(&Tree::read(root()));
    let text: Vec<_> = complaints.iter().map(Complaint::to_string).collect();
    assert!(text.is_empty(), "{}", text.join("\n"));
}
