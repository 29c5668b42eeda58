//! Resolves a path to what it names, through imports, renames, re-exports, globs and aliases, as rustc does.

use std::collections::{HashMap, HashSet};

use syn::{Item, ItemUse, UseTree};

use crate::tree::Modules;

/// A path as written, without generic arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Written {
    pub segments: Vec<String>,
    /// It begins with `::`.
    pub is_external: bool,
}

impl Written {
    pub fn of(path: &syn::Path) -> Self {
        let segments = path.segments.iter();
        Self {
            segments: segments.map(|segment| bare(&segment.ident)).collect(),
            is_external: path.leading_colon.is_some(),
        }
    }

    pub fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// The identifier without `r#`: `r#crate` cannot be written, but `r#dns` is `dns`.
pub fn bare(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// What a name is bound to in a module or a block.
#[derive(Clone, Debug)]
pub enum Binding {
    Module(usize),
    Item,
    /// A macro of `#[macro_export]`, which is bound at the crate's root and written elsewhere.
    MacroOf(usize),
    /// A type alias: what is found through its name is found through the other's.
    Alias(Written),
    Import(Written),
    /// `extern crate`.
    Crate(String),
}

/// The names of a module or a block.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    names: HashMap<String, Vec<Binding>>,
    globs: Vec<Written>,
}

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Module(usize),
    /// An item of this module, or something below one (`Type::method`).
    Item(usize, String),
    /// Of another crate, or nothing that this reader knows: a local variable, a generic parameter.
    External(Vec<String>),
    /// `super` above the root.
    Nowhere,
}

/// A target and the modules that the path goes through on the way.
#[derive(Clone, Debug)]
pub struct Route {
    pub through: Vec<usize>,
    pub target: Target,
}

/// A `use` taken apart: each path, and the name that it binds (`None` for a glob).
pub struct ImportResult {
    pub path: Written,
    pub name: Option<String>,
    pub line: usize,
}

pub fn imports(item: &ItemUse) -> Vec<ImportResult> {
    let mut found = Vec::new();
    let is_external = item.leading_colon.is_some();
    take_apart(&item.tree, &mut Vec::new(), is_external, &mut found);
    found
}

fn take_apart(
    tree: &UseTree,
    prefix: &mut Vec<String>,
    is_external: bool,
    found: &mut Vec<ImportResult>,
) {
    let mut push = |mut segments: Vec<String>, name: Option<String>, line| {
        // `{self}` names the module before the braces.
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let path = Written {
            segments,
            is_external,
        };
        found.push(ImportResult { path, name, line });
    };
    let with = |ident: &proc_macro2::Ident, prefix: &[String]| {
        let mut segments = prefix.to_vec();
        segments.push(bare(ident));
        segments
    };
    match tree {
        UseTree::Path(path) => {
            prefix.push(bare(&path.ident));
            take_apart(&path.tree, prefix, is_external, found);
            prefix.pop();
        }
        UseTree::Name(name) => {
            let segments = with(&name.ident, prefix);
            let bound = match segments.as_slice() {
                [.., module, last] if last == "self" => module.clone(),
                [.., last] => last.clone(),
                [] => return,
            };
            push(segments, Some(bound), name.ident.span().start().line);
        }
        UseTree::Rename(rename) => {
            let segments = with(&rename.ident, prefix);
            let line = rename.ident.span().start().line;
            push(segments, Some(bare(&rename.rename)), line);
        }
        UseTree::Glob(glob) => push(prefix.clone(), None, glob.star_token.spans[0].start().line),
        UseTree::Group(group) => {
            for tree in &group.items {
                take_apart(tree, prefix, is_external, found);
            }
        }
    }
}

impl Scope {
    pub fn bind(&mut self, name: &str, binding: Binding) {
        self.names.entry(name.to_owned()).or_default().push(binding);
    }

    pub fn add(&mut self, item: &Item) {
        let named = match item {
            Item::Use(item) => {
                for import in imports(item) {
                    match import.name {
                        Some(name) => self.bind(&name, Binding::Import(import.path)),
                        None => self.globs.push(import.path),
                    }
                }
                return;
            }
            Item::ExternCrate(item) => {
                let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
                return self.bind(&bare(name), Binding::Crate(bare(&item.ident)));
            }
            Item::Type(item) => {
                let alias = match item.ty.as_ref() {
                    syn::Type::Path(path) if path.qself.is_none() => {
                        Binding::Alias(Written::of(&path.path))
                    }
                    _ => Binding::Item,
                };
                return self.bind(&bare(&item.ident), alias);
            }
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::TraitAlias(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        if let Some(ident) = named {
            self.bind(&bare(ident), Binding::Item);
        }
    }
}

/// The names of the whole crate.
pub struct Names<'a> {
    pub modules: &'a Modules,
    scopes: Vec<Scope>,
    /// What `extern crate .. as ..` at a root adds to the names that are known everywhere.
    everywhere: HashMap<String, String>,
}

type Seen = HashSet<(usize, String)>;

impl<'a> Names<'a> {
    pub fn new(modules: &'a Modules) -> Self {
        let mut scopes: Vec<_> = modules.all.iter().map(|_| Scope::default()).collect();
        let mut everywhere = HashMap::new();
        for (id, module) in modules.all.iter().enumerate() {
            for (name, child) in &module.children {
                if !modules.all[*child].is_test {
                    scopes[id].bind(name, Binding::Module(*child));
                }
            }
            for (_, item) in &module.items {
                scopes[id].add(item);
                let exported = |of: &syn::Attribute| of.path().is_ident("macro_export");
                match item {
                    Item::Macro(item) if item.attrs.iter().any(exported) => {
                        if let Some(name) = &item.ident {
                            scopes[modules.library].bind(&bare(name), Binding::MacroOf(id));
                        }
                    }
                    Item::ExternCrate(item) if module.parent.is_none() => {
                        let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
                        everywhere.insert(bare(name), bare(&item.ident));
                    }
                    _ => {}
                }
            }
        }
        Self {
            modules,
            scopes,
            everywhere,
        }
    }

    /// Everything that the path may name, seen from a block in a module; the innermost block is the last.
    pub fn resolve(&self, from: usize, blocks: &[Scope], path: &Written) -> Vec<Route> {
        self.resolve_seen(from, blocks, path, &mut HashSet::new())
    }

    fn resolve_seen(
        &self,
        from: usize,
        blocks: &[Scope],
        path: &Written,
        seen: &mut Seen,
    ) -> Vec<Route> {
        let Some((first, rest)) = path.segments.split_first() else {
            return Vec::new();
        };
        let at = |module| vec![Route::to(Target::Module(module))];
        let starts = match first.as_str() {
            _ if path.is_external => self.of_crate(first, from),
            "crate" => at(self.root_of(from)),
            "self" => at(from),
            "super" => match self.modules.all[from].parent {
                Some(parent) => at(parent),
                None => vec![Route::to(Target::Nowhere)],
            },
            _ => self.first_name(from, blocks, first, seen),
        };
        let mut routes = starts;
        for segment in rest {
            // A function of a module's name has nothing below it.
            if routes
                .iter()
                .any(|route| matches!(route.target, Target::Module(_)))
            {
                routes.retain(|route| !matches!(route.target, Target::Item(..)));
            }
            routes = routes
                .into_iter()
                .flat_map(|route| self.step(route, segment, seen))
                .collect();
        }
        routes
    }

    fn root_of(&self, from: usize) -> usize {
        let mut module = from;
        while let Some(parent) = self.modules.all[module].parent {
            module = parent;
        }
        module
    }

    fn of_crate(&self, name: &str, from: usize) -> Vec<Route> {
        let name = self.everywhere.get(name).map_or(name, String::as_str);
        let target = match name {
            "self" => Target::Module(self.root_of(from)),
            "outsidein" => Target::Module(self.modules.library),
            name => Target::External(vec![name.to_owned()]),
        };
        vec![Route::to(target)]
    }

    fn first_name(&self, from: usize, blocks: &[Scope], name: &str, seen: &mut Seen) -> Vec<Route> {
        for (depth, block) in blocks.iter().enumerate().rev() {
            let found = self.in_scope(from, block, &blocks[..depth], name, seen);
            if !found.is_empty() {
                return found;
            }
        }
        let mut found = self.lookup(from, name, seen);
        if found
            .iter()
            .all(|route| matches!(route.target, Target::External(_)))
        {
            found.extend(self.of_crate(name, from));
        }
        found
    }

    /// What a module binds to a name; nothing if it binds nothing.
    fn lookup(&self, module: usize, name: &str, seen: &mut Seen) -> Vec<Route> {
        if !seen.insert((module, name.to_owned())) {
            return Vec::new();
        }
        let found = self.in_scope(module, &self.scopes[module], &[], name, seen);
        seen.remove(&(module, name.to_owned()));
        found
    }

    fn in_scope(
        &self,
        module: usize,
        scope: &Scope,
        outer: &[Scope],
        name: &str,
        seen: &mut Seen,
    ) -> Vec<Route> {
        if let Some(bindings) = scope.names.get(name) {
            let routes = bindings.iter().flat_map(|binding| match binding {
                Binding::Module(id) => vec![Route::to(Target::Module(*id))],
                Binding::Item => vec![Route::to(Target::Item(module, name.to_owned()))],
                Binding::MacroOf(id) => vec![Route::to(Target::Item(*id, name.to_owned()))],
                Binding::Crate(name) => self.of_crate(name, module),
                Binding::Import(path) => self.resolve_seen(module, outer, path, seen),
                Binding::Alias(path) => {
                    let mut routes = self.resolve_seen(module, outer, path, seen);
                    routes.push(Route::to(Target::Item(module, name.to_owned())));
                    routes
                }
            });
            return routes.collect();
        }
        let mut found = Vec::new();
        for glob in &scope.globs {
            for route in self.resolve_seen(module, outer, glob, seen) {
                match &route.target {
                    Target::Module(of) => {
                        let through = route.through.iter().copied().chain([*of]);
                        let through: Vec<_> = through.collect();
                        let routes = self.lookup(*of, name, seen);
                        found.extend(routes.into_iter().map(|next| next.after(&through)));
                    }
                    Target::External(of) => {
                        let path = of.iter().cloned().chain([name.to_owned()]).collect();
                        found.push(Route::to(Target::External(path)));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    fn step(&self, route: Route, segment: &str, seen: &mut Seen) -> Vec<Route> {
        let Route {
            mut through,
            target,
        } = route;
        let id = match target {
            Target::Module(id) => id,
            Target::External(mut path) => {
                path.push(segment.to_owned());
                let target = Target::External(path);
                return vec![Route { through, target }];
            }
            // An associated item or a variant is where its type is.
            target => return vec![Route { through, target }],
        };
        through.push(id);
        let found = match segment {
            "self" => vec![Route::to(Target::Module(id))],
            "super" => match self.modules.all[id].parent {
                Some(parent) => vec![Route::to(Target::Module(parent))],
                None => vec![Route::to(Target::Nowhere)],
            },
            _ => self.lookup(id, segment, seen),
        };
        if found.is_empty() {
            // A macro makes the item, or the name is one of an item that only tests compile.
            let target = Target::Item(id, segment.to_owned());
            return vec![Route { through, target }];
        }
        found.into_iter().map(|next| next.after(&through)).collect()
    }
}

impl Route {
    fn to(target: Target) -> Self {
        Self {
            through: Vec::new(),
            target,
        }
    }

    fn after(mut self, modules: &[usize]) -> Self {
        self.through.splice(0..0, modules.iter().copied());
        self
    }
}
