//! Import cycles between the files of one module.
//!
//! A file may name the types, traits and constants of the files above it (`mod.rs`), but not their functions. Without
//! those, the imports between the files form no cycle.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use crate::names::Target;
use crate::reader::Code;
use crate::tree::{Complaint, Modules};

/// From each file, the files whose items it names, with the first line that does.
pub type Edges = BTreeMap<String, BTreeMap<String, (usize, String)>>;

pub fn edges(modules: &Modules, code: &Code) -> Edges {
    let mut edges = Edges::new();
    for mention in &code.mentions {
        let from = &modules.all[mention.from];
        for route in &mention.routes {
            let (Target::Item(id, _) | Target::Module(id)) = &route.target else {
                continue;
            };
            let to = &modules.all[*id];
            let is_above = from.path.starts_with(&to.path);
            let is_glob = mention.text.ends_with("::*");
            let is_allowed = is_above && !is_glob && !is_function(modules, &route.target);
            let is_inside = from.top().is_some() && from.top() == to.top();
            if is_inside && mention.file != to.file && !is_allowed {
                edges
                    .entry(mention.file.clone())
                    .or_default()
                    .entry(to.file.clone())
                    .or_insert((mention.line, mention.text.clone()));
            }
        }
    }
    edges
}

fn is_function(modules: &Modules, target: &Target) -> bool {
    let Target::Item(id, name) = target else {
        return false;
    };
    let mut items = modules.all[*id].items.iter();
    items.any(|(_, item)| matches!(item, Item::Fn(item) if item.sig.ident == name))
}

/// One complaint for each circle: each set of files that all reach each other.
pub fn cycles(modules: &Modules, code: &Code) -> Vec<Complaint> {
    let edges = edges(modules, code);
    let reached: BTreeMap<_, _> = edges
        .keys()
        .map(|file| (file, reach(&edges, file)))
        .collect();
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    for (file, files) in &reached {
        if !files.contains(*file) || seen.contains(*file) {
            continue;
        }
        let circle = files
            .iter()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(*file)));
        let circle: BTreeSet<_> = circle.cloned().collect();
        let mut inside = Vec::new();
        for from in &circle {
            for (to, (line, text)) in &edges[from] {
                if circle.contains(to) {
                    inside.push(format!("{from}:{line} names {to} (`{text}`)"));
                }
            }
        }
        let message = format!("an import cycle: {}", inside.join("; "));
        complaints.push(Complaint::new(file, 1, message));
        seen.extend(circle);
    }
    complaints
}

fn reach(edges: &Edges, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from.to_owned()];
    while let Some(file) = waiting.pop() {
        for to in edges.get(&file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.clone()) {
                waiting.push(to.clone());
            }
        }
    }
    reached
}
