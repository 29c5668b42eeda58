//! Nothing is missed: every line of every file is part of an item, and every item is read.

use std::collections::BTreeSet;

use syn::Item;

use crate::root;
use crate::tree::{Tree, load};

#[test]
fn every_line_belongs_to_an_item() {
    let tree = Tree::read(root());
    let (modules, _) = load(&tree);
    assert!(
        modules.covered.len() > 150,
        "{} files",
        modules.covered.len()
    );
    for (file, items) in &modules.covered {
        for (line, number) in tree.0[file].lines().zip(1..) {
            let line = line.trim();
            let is_code = !line.is_empty() && !line.starts_with("//");
            let is_covered = || {
                items
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&number))
            };
            assert!(!is_code || is_covered(), "{file}:{number}: {line}");
        }
    }
}

/// A declaration of a test module at the head of this file once hid all that follows.
#[test]
fn every_function_after_a_test_module_is_read() {
    let file = "src/dnssec/denial/mod.rs";
    let tree = Tree::read(root());
    let (modules, _) = load(&tree);
    let items = modules.all.iter().flat_map(|module| &module.items);
    let read: BTreeSet<_> = items
        .filter(|(of, _)| of == file)
        .filter_map(|(_, item)| match item {
            Item::Fn(item) => Some(item.sig.ident.to_string()),
            _ => None,
        })
        .collect();
    let written = tree.0[file].lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        Some(
            line.strip_prefix("fn ")?
                .split(['(', '<'])
                .next()?
                .to_owned(),
        )
    });
    assert_eq!(read, written.collect());
    assert!(read.len() > 4, "{read:?}");
}
