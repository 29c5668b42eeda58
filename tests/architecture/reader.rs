//! Reads the code of every module: each path that it mentions and each word that a rule asks for.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Item, Stmt, Visibility};

use crate::cfg::is_test_only;
use crate::names::{ImportResult, Names, Route, Scope, Target, Written, bare, imports};
use crate::tokens::{self, Found};
use crate::tree::{Complaint, attributes};

/// A path in the code and what it names.
pub struct Mention {
    pub from: usize,
    pub file: String,
    pub line: usize,
    pub text: String,
    pub routes: Vec<Route>,
    /// In the signature of something that other modules see.
    pub is_public: bool,
}

/// `async`, `await`, or a method that is called.
pub struct Word {
    pub from: usize,
    pub file: String,
    pub line: usize,
    pub text: String,
}

/// An `impl` block: what its trait, its type and the trait's parameters name.
pub struct Impl {
    pub from: usize,
    pub file: String,
    pub line: usize,
    pub text: String,
    pub of_trait: Option<Vec<Route>>,
    pub of_type: Vec<Route>,
    pub parameters: Vec<Route>,
}

/// Everything that the rules are applied to.
#[derive(Default)]
pub struct Code {
    pub mentions: Vec<Mention>,
    pub words: Vec<Word>,
    pub impls: Vec<Impl>,
    pub complaints: Vec<Complaint>,
}

pub fn read(names: &Names) -> Code {
    let mut code = Code::default();
    for (id, module) in names.modules.all.iter().enumerate() {
        for (file, item) in &module.items {
            let mut reader = Reader {
                names,
                from: id,
                file,
                blocks: Vec::new(),
                is_public: false,
                code: &mut code,
            };
            reader.visit_item(item);
        }
    }
    code
}

struct Reader<'a> {
    names: &'a Names<'a>,
    from: usize,
    file: &'a str,
    blocks: Vec<Scope>,
    is_public: bool,
    code: &'a mut Code,
}

impl Reader<'_> {
    fn mention(&mut self, path: &Written, line: usize) {
        let routes = self.names.resolve(self.from, &self.blocks, path);
        // A lone name in code may be a variable: it names an item or nothing, never a module.
        let is_lone = path.segments.len() == 1 && !path.is_external;
        let keep = |route: &Route| !is_lone || !matches!(route.target, Target::Module(_));
        self.push(path.text(), routes.into_iter().filter(keep).collect(), line);
    }

    fn import(&mut self, import: &ImportResult) {
        let routes = self.names.resolve(self.from, &self.blocks, &import.path);
        let glob = if import.name.is_none() { "::*" } else { "" };
        let text = format!("{}{glob}", import.path.text());
        self.push(text, routes, import.line);
    }

    fn push(&mut self, text: String, routes: Vec<Route>, line: usize) {
        self.code.mentions.push(Mention {
            from: self.from,
            file: self.file.to_owned(),
            line,
            text,
            routes,
            is_public: self.is_public,
        });
    }

    fn word(&mut self, text: &str, line: usize) {
        self.code.words.push(Word {
            from: self.from,
            file: self.file.to_owned(),
            line,
            text: text.to_owned(),
        });
    }

    fn complain(&mut self, line: usize, message: &str) {
        let complaint = Complaint::new(self.file, line, message);
        self.code.complaints.push(complaint);
    }

    fn tokens(&mut self, stream: proc_macro2::TokenStream) {
        for found in tokens::scan(stream) {
            match found {
                Found::Path(path, line) => self.mention(&path, line),
                Found::Glob(path, line) => self.import(&ImportResult {
                    path,
                    name: None,
                    line,
                }),
                Found::Word(word, line) => self.word(&word, line),
                Found::Trick(message, line) => self.complain(line, message),
                Found::Impl(path, line) => self.inherent_impl(&path, line),
            }
        }
    }

    fn inherent_impl(&mut self, path: &Written, line: usize) {
        let of_type = self.names.resolve(self.from, &self.blocks, path);
        self.code.impls.push(Impl {
            from: self.from,
            file: self.file.to_owned(),
            line,
            text: path.text(),
            of_trait: None,
            of_type,
            parameters: Vec::new(),
        });
    }

    fn types_in(&self, node: &impl Named) -> Vec<Route> {
        let mut paths = Paths(Vec::new());
        node.collect(&mut paths);
        let resolve = |path| self.names.resolve(self.from, &self.blocks, path);
        paths.0.iter().flat_map(resolve).collect()
    }

    fn in_public<T>(&mut self, is_public: bool, visit: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.is_public, is_public);
        let result = visit(self);
        self.is_public = before;
        result
    }
}

/// All paths in a type or a trait's arguments.
struct Paths(Vec<Written>);

impl Visit<'_> for Paths {
    fn visit_path(&mut self, path: &syn::Path) {
        self.0.push(Written::of(path));
        visit::visit_path(self, path);
    }
}

trait Named {
    fn collect(&self, paths: &mut Paths);
}

impl Named for syn::Type {
    fn collect(&self, paths: &mut Paths) {
        paths.visit_type(self);
    }
}

impl Named for syn::PathArguments {
    fn collect(&self, paths: &mut Paths) {
        paths.visit_path_arguments(self);
    }
}

/// The type that an `impl` is of, without references and parentheses.
fn head(of: &syn::Type) -> Option<&syn::Path> {
    match of {
        syn::Type::Path(path) => Some(&path.path),
        syn::Type::Reference(reference) => head(&reference.elem),
        syn::Type::Paren(inner) => head(&inner.elem),
        syn::Type::Group(inner) => head(&inner.elem),
        syn::Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => Some(&bound.path),
            _ => None,
        }),
        _ => None,
    }
}

fn is_seen_outside(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test_only(attributes(item)) {
            return;
        }
        let visibility = match item {
            Item::Const(item) => Some(&item.vis),
            Item::Enum(item) => Some(&item.vis),
            Item::Static(item) => Some(&item.vis),
            Item::Trait(item) => Some(&item.vis),
            Item::Type(item) => Some(&item.vis),
            Item::Use(item) => Some(&item.vis),
            _ => None,
        };
        let is_public = visibility.is_some_and(is_seen_outside);
        self.in_public(is_public, |reader| visit::visit_item(reader, item));
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {
        // `pub(in path)` names an ancestor and imports nothing.
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for import in imports(item) {
            self.import(&import);
        }
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let path = Written {
            segments: vec![bare(&item.ident)],
            is_external: true,
        };
        let routes = self.names.resolve(self.from, &[], &path);
        let line = item.ident.span().start().line;
        if item.ident == "self" {
            self.complain(line, "`extern crate self` gives the crate a second name");
        }
        self.push(format!("extern crate {}", path.text()), routes, line);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // Those outside of blocks are modules of their own.
        let line = item.ident.span().start().line;
        self.complain(line, "a module in the body of a function");
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.visit_visibility(&item.vis);
        item.attrs.iter().for_each(|of| self.visit_attribute(of));
        let is_public = is_seen_outside(&item.vis);
        self.in_public(is_public, |reader| reader.visit_signature(&item.sig));
        self.in_public(false, |reader| reader.visit_block(&item.block));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.visit_visibility(&item.vis);
        item.attrs.iter().for_each(|of| self.visit_attribute(of));
        let is_public = is_seen_outside(&item.vis);
        self.in_public(is_public, |reader| reader.visit_signature(&item.sig));
        self.in_public(false, |reader| reader.visit_block(&item.block));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        let is_public = is_seen_outside(&item.vis);
        self.in_public(is_public, |reader| reader.visit_type(&item.ty));
        self.in_public(false, |reader| reader.visit_expr(&item.expr));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let resolve = |path| {
            self.names
                .resolve(self.from, &self.blocks, &Written::of(path))
        };
        let of_trait = item.trait_.as_ref().map(|(_, path, _)| path);
        let parameters = of_trait.and_then(|path| path.segments.last());
        let read = Impl {
            from: self.from,
            file: self.file.to_owned(),
            line: item.impl_token.span.start().line,
            text: head(&item.self_ty).map_or_else(String::new, |path| Written::of(path).text()),
            of_trait: of_trait.map(resolve),
            of_type: head(&item.self_ty).map(resolve).unwrap_or_default(),
            parameters: parameters
                .map(|last| self.types_in(&last.arguments))
                .unwrap_or_default(),
        };
        self.code.impls.push(read);
        item.attrs.iter().for_each(|of| self.visit_attribute(of));
        self.visit_generics(&item.generics);
        self.in_public(of_trait.is_some(), |reader| {
            if let Some(path) = of_trait {
                reader.visit_path(path);
            }
            reader.visit_type(&item.self_ty);
        });
        item.items.iter().for_each(|of| self.visit_impl_item(of));
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if is_test_only(&field.attrs) {
            return;
        }
        // A variant's fields are as visible as the enum.
        let is_public = self.is_public || is_seen_outside(&field.vis);
        self.in_public(is_public, |reader| visit::visit_field(reader, field));
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let mut scope = Scope::default();
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement
                && !is_test_only(attributes(item))
            {
                scope.add(item);
            }
        }
        self.blocks.push(scope);
        visit::visit_block(self, block);
        self.blocks.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.mention(&Written::of(path), path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        // `<Type>::name` is `Type::name`.
        if let Some(qualified) = &path.qself
            && let Some(of) = head(&qualified.ty)
        {
            let mut written = Written::of(of);
            let rest = path.path.segments.iter().skip(qualified.position);
            written.segments.extend(rest.map(|part| bare(&part.ident)));
            self.mention(&written, path.span().start().line);
            self.visit_type(&qualified.ty);
            if qualified.position > 0 {
                self.visit_path(&path.path);
            }
            return;
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        if call.path.is_ident("include") {
            let line = call.path.span().start().line;
            self.complain(line, "`include!` inside an item");
        }
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        match &attribute.meta {
            syn::Meta::List(list) => self.tokens(list.tokens.clone()),
            syn::Meta::NameValue(pair) => self.visit_expr(&pair.value),
            syn::Meta::Path(_) => {}
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(token) = signature.asyncness {
            self.word("async", token.span.start().line);
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        match expression {
            Expr::Async(it) => self.word("async", it.async_token.span.start().line),
            Expr::Await(it) => self.word("await", it.await_token.span.start().line),
            Expr::Closure(it) => {
                if let Some(token) = it.asyncness {
                    self.word("async", token.span.start().line);
                }
            }
            Expr::MethodCall(call) => {
                self.word(&bare(&call.method), call.method.span().start().line);
            }
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !is_test_only(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_stmt_macro(&mut self, call: &'ast syn::StmtMacro) {
        if !is_test_only(&call.attrs) {
            visit::visit_stmt_macro(self, call);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if !is_test_only(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !is_test_only(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !is_test_only(attributes) {
            visit::visit_impl_item(self, item);
        }
    }
}
