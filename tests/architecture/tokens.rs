//! Paths and words in the tokens of macros and attributes, which syn does not parse.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use crate::names::{Written, bare};

/// What a rule may ask for.
pub enum Found {
    Path(Written, usize),
    Glob(Written, usize),
    Word(String, usize),
    /// The type of an inherent `impl`.
    Impl(Written, usize),
    /// A path that is put together where this reader cannot see it.
    Trick(&'static str, usize),
}

pub fn scan(stream: TokenStream) -> Vec<Found> {
    let mut scanner = Scanner {
        found: Vec::new(),
        own_types: Vec::new(),
    };
    scanner.stream(stream);
    scanner.found
}

struct Scanner {
    found: Vec<Found>,
    /// The macro's variables that name types which the macro itself defines.
    own_types: Vec<String>,
}

impl Scanner {
    fn stream(&mut self, stream: TokenStream) {
        let tokens: Vec<_> = stream.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at = match token {
                TokenTree::Group(group) => {
                    // `pub(crate)` and its kin name an ancestor and import nothing.
                    if at == 0 || !is_ident(&tokens, at - 1, "pub") {
                        self.stream(group.stream());
                    }
                    at + 1
                }
                TokenTree::Ident(ident) => self.ident(&tokens, at, ident),
                TokenTree::Literal(literal) => {
                    self.literal(literal);
                    at + 1
                }
                TokenTree::Punct(_) => at + 1,
            };
        }
    }

    fn ident(&mut self, tokens: &[TokenTree], at: usize, ident: &Ident) -> usize {
        let line = ident.span().start().line;
        let word = bare(ident);
        let is_method =
            is_punct(tokens, at.wrapping_sub(1), '.') && !is_punct(tokens, at.wrapping_sub(2), '.');
        if is_method || ["async", "await"].contains(&word.as_str()) {
            self.found.push(Found::Word(word, line));
            return at + 1;
        }
        if is_variable(tokens, at) && word != "crate" {
            self.variable(tokens, at, &word, line);
            return at + 1;
        }
        if word == "mod" && matches!(tokens.get(at + 1), Some(TokenTree::Ident(_))) {
            self.trick("a module made by a macro", line);
        }
        if word == "impl" {
            self.inherent_impl(tokens, at, line);
        }
        self.path(tokens, at, word, line)
    }

    /// `$name` of a macro: what it stands for is seen where the macro is called, if it is whole there.
    fn variable(&mut self, tokens: &[TokenTree], at: usize, name: &str, line: usize) {
        let is_defined = at >= 2
            && matches!(&tokens[at - 2], TokenTree::Ident(before)
                if ["struct", "enum", "union", "trait"].contains(&before.to_string().as_str()));
        if is_defined {
            self.own_types.push(name.to_owned());
        }
        if is_separator(tokens, at + 1)
            && let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
            && next == "super"
        {
            self.trick("a macro puts a path together from its parts", line);
        }
    }

    fn path(&mut self, tokens: &[TokenTree], at: usize, first: String, line: usize) -> usize {
        let is_keyword = ["crate", "super"].contains(&first.as_str());
        let is_external = at >= 2 && is_separator(tokens, at - 2) && !follows_a_name(tokens, at);
        let mut segments = vec![first];
        let mut next = at + 1;
        while is_separator(tokens, next) {
            match tokens.get(next + 2) {
                Some(TokenTree::Ident(segment)) => segments.push(bare(segment)),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.braces(group, &segments, is_external);
                    return next + 3;
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                    let path = Written {
                        segments,
                        is_external,
                    };
                    self.found.push(Found::Glob(path, line));
                    return next + 3;
                }
                Some(TokenTree::Punct(dollar)) if dollar.as_char() == '$' && is_keyword => {
                    self.trick("a macro puts a path together from its parts", line);
                    return next + 3;
                }
                _ => break,
            }
            next += 3;
        }
        let is_whole = segments.len() > 1;
        if is_keyword && !is_whole {
            self.trick("a macro puts a path together from its parts", line);
        }
        if is_whole {
            let path = Written {
                segments,
                is_external,
            };
            self.found.push(Found::Path(path, line));
        }
        next
    }

    /// `use a::{b, c::d};` in tokens.
    fn braces(&mut self, group: &Group, prefix: &[String], is_external: bool) {
        let mut inner = Self {
            found: Vec::new(),
            own_types: Vec::new(),
        };
        let tokens: Vec<_> = group.stream().into_iter().collect();
        for part in tokens.split(|token| is(token, ',')) {
            let Some(TokenTree::Ident(first)) = part.first() else {
                continue;
            };
            let line = first.span().start().line;
            let mut segments = prefix.to_vec();
            segments.push(bare(first));
            let path = Written {
                segments: segments.clone(),
                is_external,
            };
            self.found.push(Found::Path(path, line));
            let rest: TokenStream = part.iter().cloned().collect();
            inner.stream(rest);
        }
        for found in inner.found {
            let add = |path: Written| Written {
                segments: prefix.iter().cloned().chain(path.segments).collect(),
                is_external,
            };
            self.found.push(match found {
                Found::Path(path, line) => Found::Path(add(path), line),
                Found::Glob(path, line) => Found::Glob(add(path), line),
                other => other,
            });
        }
    }

    /// `impl Type {`: the type is one that the macro defines, or a path that can be looked up.
    fn inherent_impl(&mut self, tokens: &[TokenTree], at: usize, line: usize) {
        let mut next = at + 1;
        if tokens.get(next).is_some_and(|token| is(token, '<')) {
            next = after_generics(tokens, next);
        }
        let mut segments = Vec::new();
        let mut variable = None;
        for token in &tokens[next.min(tokens.len())..] {
            match token {
                TokenTree::Ident(ident) if ident == "for" => return,
                TokenTree::Ident(ident)
                    if segments.is_empty() && variable == Some(String::new()) =>
                {
                    variable = Some(bare(ident));
                }
                TokenTree::Ident(ident) => segments.push(bare(ident)),
                TokenTree::Punct(punct) if punct.as_char() == '$' => variable = Some(String::new()),
                TokenTree::Punct(punct) if punct.as_char() == ':' => {}
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                _ => return,
            }
        }
        match variable {
            Some(name) if segments.is_empty() && !self.own_types.contains(&name) => {
                self.trick("a macro adds methods to a type that it is given", line);
            }
            _ if segments.is_empty() => {}
            _ => {
                let path = Written {
                    segments,
                    is_external: false,
                };
                self.found.push(Found::Impl(path, line));
            }
        }
    }

    /// serde and clap take paths in strings.
    fn literal(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        let Some(text) = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
        else {
            return;
        };
        if text.contains("::")
            && let Ok(path) = syn::parse_str::<syn::Path>(text)
        {
            let line = literal.span().start().line;
            self.found.push(Found::Path(Written::of(&path), line));
        }
    }

    fn trick(&mut self, message: &'static str, line: usize) {
        self.found.push(Found::Trick(message, line));
    }
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_punct(tokens: &[TokenTree], at: usize, character: char) -> bool {
    tokens.get(at).is_some_and(|token| is(token, character))
}

fn is_ident(tokens: &[TokenTree], at: usize, word: &str) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Ident(ident)) if ident == word)
}

/// `::`
fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens, at, ':') && is_punct(tokens, at + 1, ':')
}

fn is_variable(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens, at.wrapping_sub(1), '$')
}

/// Whether a name or generic arguments stand before the `::` in front of a token.
fn follows_a_name(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(3).and_then(|before| tokens.get(before));
    matches!(before, Some(TokenTree::Ident(_))) || before.is_some_and(|token| is(token, '>'))
}

fn after_generics(tokens: &[TokenTree], at: usize) -> usize {
    let mut depth = 0;
    for (offset, token) in tokens[at..].iter().enumerate() {
        if is(token, '<') {
            depth += 1;
        } else if is(token, '>') {
            depth -= 1;
            if depth == 0 {
                return at + offset + 1;
            }
        }
    }
    tokens.len()
}
