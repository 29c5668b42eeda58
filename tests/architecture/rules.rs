//! The rules of ARCHITECTURE.md, applied to what was read.

use std::collections::BTreeSet;

use crate::names::{Route, Target};
use crate::reader::{Code, Impl, Mention};
use crate::tree::{Complaint, Modules, Tree};

/// The module order: the core, which is pure, then the shell.
pub struct Order {
    pub modules: Vec<String>,
    core: Vec<String>,
}

impl Order {
    /// Reads the list after the mark; without `||`, the core is what was tested as such before the list had it.
    pub fn read(tree: &Tree) -> Self {
        let page = tree.0.get("ARCHITECTURE.md").expect("ARCHITECTURE.md");
        let (_, after) = page.split_once("<!-- module order").expect("the mark");
        let (_, block) = after
            .split_once("```text\n")
            .expect("a list after the mark");
        let (list, _) = block.split_once("```").expect("an end of the list");
        let (core, shell) = list.split_once("||").unwrap_or((list, ""));
        let names = |part: &str| -> Vec<String> {
            let names = part.split("->").map(|name| name.trim().to_owned());
            names.filter(|name| !name.is_empty()).collect()
        };
        let modules = [names(core), names(shell)].concat();
        let core = match shell {
            "" => vec!["dns".to_owned(), "dnssec".to_owned()],
            _ => names(core),
        };
        Self { modules, core }
    }

    fn place(&self, module: &str) -> Option<usize> {
        self.modules.iter().position(|known| known == module)
    }

    fn is_core(&self, module: &str) -> bool {
        self.core.iter().any(|core| core == module)
    }
}

/// src/lib.rs declares the modules of the list in its order and holds nothing else.
pub fn roots(modules: &Modules, order: &Order) -> Vec<Complaint> {
    let root = &modules.all[modules.library];
    let declared = root.children.iter();
    let declared = declared.filter(|(_, id)| !modules.all[*id].is_test);
    let declared: Vec<_> = declared.map(|(name, _)| name.clone()).collect();
    let mut complaints = Vec::new();
    if declared != order.modules {
        let message = format!(
            "declares {}; ARCHITECTURE.md has {}",
            declared.join(" -> "),
            order.modules.join(" -> ")
        );
        complaints.push(Complaint::new(&root.file, 1, message));
    }
    if !root.items.is_empty() {
        let message = "the root holds more than modules: an item there is in no place of the order";
        complaints.push(Complaint::new(&root.file, 1, message));
    }
    complaints
}

/// A module imports only from modules before it. The binary's root comes after all.
pub fn order(modules: &Modules, code: &Code, order: &Order) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for mention in &code.mentions {
        let Some(from) = modules.all[mention.from].top() else {
            continue;
        };
        let Some(place) = order.place(from) else {
            continue;
        };
        for module in named_modules(modules, &mention.routes) {
            match order.place(&module) {
                Some(of) if of > place => complaints.push(at(
                    mention,
                    format!(
                        "`{from}` imports from `{module}`, which comes after it (`{}`)",
                        mention.text
                    ),
                )),
                _ => {}
            }
        }
        if mention
            .routes
            .iter()
            .any(|route| route.target == Target::Nowhere)
        {
            complaints.push(at(mention, format!("`{}` leads nowhere", mention.text)));
        }
    }
    complaints
}

/// The top-level modules that a path goes through or ends in.
fn named_modules(modules: &Modules, routes: &[Route]) -> BTreeSet<String> {
    let ids = routes.iter().flat_map(|route| {
        let end = match &route.target {
            Target::Module(id) | Target::Item(id, _) => Some(*id),
            _ => None,
        };
        route.through.iter().copied().chain(end)
    });
    ids.filter_map(|id| modules.all[id].top().map(str::to_owned))
        .collect()
}

/// A method can be called without naming the module that it is written in, so an `impl` is in the module of its type; one
/// of a trait may also be in the module of the trait or of a type that is the trait's parameter.
pub fn homes(modules: &Modules, code: &Code) -> Vec<Complaint> {
    let away = code.impls.iter().filter_map(|read| {
        let home = home_of(modules, &read.of_type)?;
        let here = modules.all[read.from].top()?;
        let is_here = |routes: &[Route]| owners(modules, routes).any(|owner| owner == here);
        let others = read.of_trait.iter().chain([&read.parameters]);
        if is_here(&read.of_type) || others.into_iter().any(|routes| is_here(routes)) {
            return None;
        }
        Some(in_place_of(read, &home, here))
    });
    away.collect()
}

fn in_place_of(read: &Impl, home: &str, here: &str) -> Complaint {
    let message = format!(
        "`impl` of `{}` in `{here}`: its methods could be called from modules before `{here}`; it belongs in `{home}`",
        read.text
    );
    Complaint::new(&read.file, read.line, message)
}

fn home_of(modules: &Modules, routes: &[Route]) -> Option<String> {
    owners(modules, routes).next().map(str::to_owned)
}

/// The top-level modules in which the items are written; a type alias counts where its type is.
fn owners<'a>(modules: &'a Modules, routes: &'a [Route]) -> impl Iterator<Item = &'a str> {
    let items = routes.iter().filter_map(|route| match &route.target {
        Target::Item(id, _) => modules.all[*id].top(),
        _ => None,
    });
    // The alias's own route is the last.
    let count = if routes.len() > 1 {
        routes.len() - 1
    } else {
        1
    };
    items.take(count)
}

/// Methods that read a clock, a name server or a disk, whatever they are called on.
const IMPURE_METHODS: [&str; 5] = [
    "elapsed",
    "to_socket_addrs",
    "read_dir",
    "try_exists",
    "canonicalize",
];

/// Where clocks, sockets, threads and the like live; a path that begins so is impure.
const IMPURE_PATHS: [&str; 24] = [
    "std::time::SystemTime::now",
    "std::time::SystemTime::elapsed",
    "std::time::Instant::now",
    "std::time::Instant::elapsed",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "jiff::tz::TimeZone::system",
    "std::thread",
    "std::process",
    "std::env",
    "std::os",
    "std::fs",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "println",
    "print",
    "eprintln",
    "eprint",
    "dbg",
    "tokio",
    "axum",
    "hyper_util",
    "nix",
];

/// What the core may use of `std::net`: addresses.
const PURE_NET: [&str; 7] = [
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "SocketAddrV4",
    "SocketAddrV6",
    "AddrParseError",
];

/// The modules of the core that read files.
const READ_FILES: [&str; 2] = ["config", "key_backup"];

/// Nothing in the core awaits, reads a clock, or touches a socket, a thread, a process or (but for two modules) a file.
pub fn purity(modules: &Modules, code: &Code, order: &Order) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for word in &code.words {
        let top = modules.all[word.from].top().unwrap_or_default();
        let is_impure = ["async", "await"].contains(&word.text.as_str())
            || IMPURE_METHODS.contains(&word.text.as_str()) && !READ_FILES.contains(&top);
        if order.is_core(top) && is_impure {
            let message = format!("`{}` in `{top}`, which is pure", word.text);
            complaints.push(Complaint::new(&word.file, word.line, message));
        }
    }
    for mention in &code.mentions {
        let top = modules.all[mention.from].top().unwrap_or_default();
        if !order.is_core(top) {
            continue;
        }
        let found = external(&mention.routes).find_map(|path| impure(&path, top));
        if let Some(impure) = found {
            complaints.push(at(mention, format!("`{impure}` in `{top}`, which is pure")));
        }
    }
    complaints
}

fn external(routes: &[Route]) -> impl Iterator<Item = String> {
    routes.iter().filter_map(|route| match &route.target {
        Target::External(path) => Some(path.join("::")),
        _ => None,
    })
}

fn impure(path: &str, top: &str) -> Option<String> {
    let path = path.replacen("core::", "std::", 1);
    if let Some(of_net) = path.strip_prefix("std::net") {
        let name = of_net.split("::").nth(1);
        let is_pure = name.is_none_or(|name| PURE_NET.contains(&name));
        return (!is_pure).then_some(path);
    }
    let is_below = |prefix: &str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    // Words of HTTP alone, without a server.
    if is_below("axum::http") {
        return None;
    }
    let may_read = |prefix: &str| prefix == "std::fs" && READ_FILES.contains(&top);
    let found = IMPURE_PATHS.iter().find(|prefix| is_below(prefix))?;
    (!may_read(found)).then_some(path)
}

/// The files outside `src/dns/` that may name hickory: the resolver, where it is and where it is moving to.
const RESOLVER: [&str; 2] = ["src/exchange/resolve.rs", "src/network/resolve.rs"];

/// hickory stays in `dns` and the resolver, and in no signature that another module sees.
pub fn hickory(code: &Code) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for mention in &code.mentions {
        let mut external = external(&mention.routes);
        let Some(path) = external.find(|path| path.starts_with("hickory_")) else {
            continue;
        };
        let is_home =
            mention.file.starts_with("src/dns/") || RESOLVER.contains(&mention.file.as_str());
        if !is_home {
            complaints.push(at(
                mention,
                format!("`{path}` outside of `dns` and the resolver"),
            ));
        } else if mention.is_public {
            complaints.push(at(mention, format!("`{path}` in a public signature")));
        }
    }
    complaints
}

pub fn at(mention: &Mention, message: String) -> Complaint {
    Complaint::new(&mention.file, mention.line, message)
}
