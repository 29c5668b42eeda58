//! The files of a crate, and the modules that rustc would make of them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use syn::spanned::Spanned;
use syn::{Item, ItemMod};

use crate::cfg::is_test_only;

/// A broken rule and where it is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    pub file: String,
    pub line: usize,
    pub message: String,
}

impl Complaint {
    pub fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// The text files of a crate by their path from its root: ARCHITECTURE.md, Cargo.toml and `src/`.
pub struct Tree(pub BTreeMap<String, String>);

impl Tree {
    pub fn read(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut waiting = vec!["ARCHITECTURE.md".to_owned(), "Cargo.toml".to_owned()];
        waiting.push("src".to_owned());
        while let Some(path) = waiting.pop() {
            let place = root.join(&path);
            if place.is_dir() {
                for entry in fs::read_dir(place).expect("a source folder can be read") {
                    let name = entry.expect("an entry can be read").file_name();
                    waiting.push(format!("{path}/{}", name.to_string_lossy()));
                }
            } else if let Ok(text) = fs::read_to_string(place) {
                files.insert(path, text);
            }
        }
        Self(files)
    }
}

/// One module: its items with the file of each, without those that only tests compile.
pub struct Module {
    /// From the crate's root; empty for the root itself.
    pub path: Vec<String>,
    pub parent: Option<usize>,
    pub file: String,
    /// Only tests compile it.
    pub is_test: bool,
    pub children: Vec<(String, usize)>,
    pub items: Vec<(String, Item)>,
}

impl Module {
    /// The module below the root to which it belongs; the root belongs to none.
    pub fn top(&self) -> Option<&str> {
        self.path.first().map(String::as_str)
    }
}

/// The module trees of the library and of the binary.
pub struct Modules {
    pub all: Vec<Module>,
    pub library: usize,
    /// The lines of each file that an item covers, for the check that nothing is missed.
    pub covered: BTreeMap<String, Vec<(usize, usize)>>,
}

/// Follows every `mod` from the roots, as rustc does.
pub fn load(tree: &Tree) -> (Modules, Vec<Complaint>) {
    let mut loader = Loader {
        tree,
        all: Vec::new(),
        reached: BTreeMap::new(),
        covered: BTreeMap::new(),
        complaints: Vec::new(),
    };
    let library = loader.root("src/lib.rs");
    if tree.0.contains_key("src/main.rs") {
        loader.root("src/main.rs");
    }
    loader.find_unreached();
    loader.check_manifest();
    let modules = Modules {
        all: loader.all,
        library,
        covered: loader.covered,
    };
    (modules, loader.complaints)
}

struct Loader<'a> {
    tree: &'a Tree,
    all: Vec<Module>,
    /// How each file was reached: as a part of the crate, or of its tests alone.
    reached: BTreeMap<String, bool>,
    covered: BTreeMap<String, Vec<(usize, usize)>>,
    complaints: Vec<Complaint>,
}

/// Where the files of child modules are.
#[derive(Clone)]
struct Folders {
    /// For `mod name;`.
    children: String,
    /// For `#[path = ".."] mod name;`.
    paths: String,
}

impl Loader<'_> {
    fn root(&mut self, file: &str) -> usize {
        let id = self.add(None, Vec::new(), file, false);
        let folder = folder_of(file);
        self.fill_from_file(id, file, &folder, false);
        id
    }

    fn add(
        &mut self,
        parent: Option<usize>,
        path: Vec<String>,
        file: &str,
        is_test: bool,
    ) -> usize {
        self.all.push(Module {
            path,
            parent,
            file: file.to_owned(),
            is_test,
            children: Vec::new(),
            items: Vec::new(),
        });
        self.all.len() - 1
    }

    fn fill_from_file(&mut self, id: usize, file: &str, children: &str, is_test: bool) {
        let Some(text) = self.tree.0.get(file) else {
            self.complain(file, 1, "the file is missing");
            return;
        };
        let first = self.reached.insert(file.to_owned(), is_test).is_none();
        if !first && !is_test {
            self.complain(file, 1, "two modules are made of this file");
            return;
        }
        match syn::parse_file(text) {
            Ok(parsed) => {
                let is_test = is_test || is_test_only(&parsed.attrs);
                self.all[id].is_test = is_test;
                let inner = parsed.attrs.iter().map(lines_of);
                let spans = parsed.items.iter().map(lines_of).chain(inner);
                self.covered.insert(file.to_owned(), spans.collect());
                let folders = Folders {
                    children: children.to_owned(),
                    paths: folder_of(file),
                };
                self.fill(id, file, &folders, parsed.items);
            }
            Err(error) => {
                let line = error.span().start().line;
                self.complain(file, line, format!("cannot be parsed: {error}"));
            }
        }
    }

    fn fill(&mut self, id: usize, file: &str, folders: &Folders, items: Vec<Item>) {
        for item in items {
            match item {
                Item::Mod(module) => self.child(id, file, folders, module),
                Item::Macro(call) if call.mac.path.is_ident("include") => {
                    let line = call.span().start().line;
                    if !is_test_only(&call.attrs) {
                        self.include(id, (file, line), folders, &call.mac);
                    }
                }
                item if self.all[id].is_test || is_test_only(attributes(&item)) => {}
                item => self.all[id].items.push((file.to_owned(), item)),
            }
        }
    }

    fn child(&mut self, parent: usize, file: &str, folders: &Folders, module: ItemMod) {
        let name = module.ident.to_string();
        let line = module.ident.span().start().line;
        let is_test = self.all[parent].is_test || is_test_only(&module.attrs);
        let mut path = self.all[parent].path.clone();
        path.push(name.clone());
        let place = path_attribute(&module.attrs);
        if matches!(place, Err(())) {
            self.complain(file, line, "a `#[path]` that depends on cfg");
        }
        let id = self.add(Some(parent), path, file, is_test);
        self.all[parent].children.push((name.clone(), id));
        if let Some((_, items)) = module.content {
            let folder = format!("{}/{name}", folders.children);
            let folders = Folders {
                children: folder.clone(),
                paths: folder,
            };
            return self.fill(id, file, &folders, items);
        }
        let found = match place {
            Ok(Some(to)) => self
                .within(file, line, &folders.paths, &to, "`#[path]`")
                .map(|target| (folder_of(&target), target)),
            _ => self.file_of(file, line, &folders.children, &name),
        };
        if let Some((children, target)) = found {
            self.all[id].file.clone_from(&target);
            self.fill_from_file(id, &target, &children, is_test);
        }
    }

    fn file_of(
        &mut self,
        file: &str,
        line: usize,
        folder: &str,
        name: &str,
    ) -> Option<(String, String)> {
        let children = format!("{folder}/{name}");
        let found = [format!("{children}.rs"), format!("{children}/mod.rs")]
            .into_iter()
            .find(|path| self.tree.0.contains_key(path));
        if found.is_none() {
            self.complain(file, line, format!("`mod {name}` has no file"));
        }
        Some((children, found?))
    }

    fn include(
        &mut self,
        id: usize,
        (file, line): (&str, usize),
        folders: &Folders,
        call: &syn::Macro,
    ) {
        let Ok(path) = call.parse_body::<syn::LitStr>() else {
            self.complain(file, line, "`include!` of a path that is computed");
            return;
        };
        let place = self.within(file, line, &folder_of(file), &path.value(), "`include!`");
        let Some(target) = place else { return };
        let Some(text) = self.tree.0.get(&target) else {
            self.complain(
                file,
                line,
                format!("`include!` of `{target}`, which is missing"),
            );
            return;
        };
        self.reached.insert(target.clone(), self.all[id].is_test);
        match syn::parse_file(text) {
            Ok(parsed) => {
                let spans = parsed.items.iter().map(lines_of);
                self.covered.insert(target.clone(), spans.collect());
                self.fill(id, &target, folders, parsed.items);
            }
            Err(error) => self.complain(&target, 1, format!("cannot be parsed: {error}")),
        }
    }

    /// The file at `path` seen from `folder`; neither `#[path]` nor `include!` leaves the folder.
    fn within(
        &mut self,
        file: &str,
        line: usize,
        folder: &str,
        path: &str,
        means: &str,
    ) -> Option<String> {
        if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            self.complain(file, line, format!("{means} leaves its folder: `{path}`"));
            return None;
        }
        Some(format!("{folder}/{}", path.trim_start_matches("./")))
    }

    fn find_unreached(&mut self) {
        let sources = self.tree.0.keys().filter(|path| {
            let is_rust = Path::new(path).extension().is_some_and(|end| end == "rs");
            is_rust && path.starts_with("src/")
        });
        let unreached: Vec<_> = sources
            .filter(|path| !self.reached.contains_key(*path))
            .cloned()
            .collect();
        for file in unreached {
            self.complain(&file, 1, "no `mod` leads to this file");
        }
    }

    /// The roots are `src/lib.rs` and `src/main.rs`: a manifest that names others would hide code from this reader.
    fn check_manifest(&mut self) {
        let manifest = self.tree.0.get("Cargo.toml").map_or("", String::as_str);
        let roots: Vec<_> = manifest
            .lines()
            .zip(1..)
            .filter(|(line, _)| {
                let line = line.trim();
                ["[lib]", "[[bin]]"].contains(&line) || line.starts_with("build =")
            })
            .map(|(_, number)| number)
            .collect();
        for line in roots {
            self.complain("Cargo.toml", line, "another root of compiled code");
        }
    }

    fn complain(&mut self, file: &str, line: usize, message: impl Into<String>) {
        self.complaints.push(Complaint::new(file, line, message));
    }
}

fn folder_of(file: &str) -> String {
    file.rsplit_once('/')
        .map_or_else(String::new, |(folder, _)| folder.to_owned())
}

fn lines_of(item: &impl Spanned) -> (usize, usize) {
    (item.span().start().line, item.span().end().line)
}

/// What `#[path]` names; an error if `cfg_attr` sets it.
fn path_attribute(attributes: &[syn::Attribute]) -> Result<Option<String>, ()> {
    for attribute in attributes {
        if let syn::Meta::List(list) = &attribute.meta
            && list.path.is_ident("cfg_attr")
            && list.tokens.to_string().contains("path =")
        {
            return Err(());
        }
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("path")
            && let syn::Expr::Lit(literal) = &pair.value
            && let syn::Lit::Str(text) = &literal.lit
        {
            return Ok(Some(text.value()));
        }
    }
    Ok(None)
}

/// The attributes of an item of any kind.
pub fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
