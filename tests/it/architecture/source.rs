//! A file of `src`, read once: its paths, its literals, its functions. What is behind `#[cfg(test)]` is left out.

use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// What the rules look at.
#[derive(Debug, Default)]
pub struct Source {
    /// Below `src`, with slashes.
    pub path: String,
    /// As written.
    pub text: String,
    /// Paths that lead into the library, from its root: `["booking", "confirm"]`.
    pub inner: Vec<Vec<String>>,
    /// Paths that lead elsewhere: `["std", "fs", "read"]`.
    pub outer: Vec<Vec<String>>,
    /// Every literal string.
    pub strings: Vec<String>,
    /// Functions, with everything that is named in their bodies.
    pub functions: Vec<Function>,
    /// Modules declared here and whether they are private.
    pub modules: Vec<(String, bool)>,
    /// Numbers that a row was asked for.
    pub positions: Vec<String>,
    /// Calls of macros: their path and their tokens.
    pub macros: Vec<(String, Vec<String>)>,
    /// Arms of a match that take whatever is left.
    pub wildcards: usize,
    /// Tokens of every attribute.
    pub attributes: Vec<String>,
    module: Vec<String>,
}

/// A function's name and what its body names.
#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub names: Vec<String>,
}

/// Where the package lies.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder`, the path relative to it and its bytes as text where they are text.
pub fn tree(folder: &str) -> Vec<(String, String)> {
    let base = root().join(folder);
    let mut found = Vec::new();
    collect(&base, &base, &mut found);
    found.sort();
    found
}

fn collect(base: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ignored = ["node_modules", "out", "target"].iter().any(|name| path.ends_with(name));
        if path.is_dir() && !ignored {
            collect(base, &path, found);
        } else if path.is_file() {
            let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
            found.push((name, String::from_utf8(fs::read(&path).unwrap()).unwrap_or_default()));
        }
    }
}

/// Whether the name ends in `.ending`.
pub fn is(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == ending)
}

/// Every Rust file of `src`.
pub fn all() -> Vec<Source> {
    tree("src")
        .into_iter()
        .filter(|(path, _)| is(path, "rs"))
        .map(|(path, text)| Source::read(&path, &text))
        .collect()
}

impl Source {
    /// Reads `text` as the file at `path` below `src`.
    pub fn read(path: &str, text: &str) -> Self {
        let stem = path.trim_end_matches(".rs");
        let mut module: Vec<String> = stem.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            module.pop();
        }
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut source = Self { path: path.to_owned(), text: text.to_owned(), module, ..Self::default() };
        source.visit_file(&parsed);
        source
    }

    /// The room that the file belongs to: its first folder, or its own name.
    pub fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    fn add(&mut self, path: &[String]) {
        match path.first().map(String::as_str) {
            Some("crate") => self.inner.push(path[1..].to_vec()),
            Some("self") => self.inner.push([&self.module, &path[1..]].concat()),
            Some("super") => {
                let up = path.iter().take_while(|part| *part == "super").count();
                let kept = self.module.len().saturating_sub(up);
                self.inner.push([&self.module[..kept], &path[up..]].concat());
            }
            Some(_) => self.outer.push(path.to_vec()),
            None => {}
        }
    }

    fn add_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                self.add_tree(&[before, &[path.ident.to_string()]].concat(), &path.tree);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|one| self.add_tree(before, one)),
            syn::UseTree::Name(name) if name.ident == "self" => self.add(before),
            syn::UseTree::Name(name) => self.add(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(name) => self.add(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.add(&[before, &["*".to_owned()]].concat()),
        }
    }

    fn add_function(&mut self, name: &syn::Ident, body: &syn::Block) {
        let mut names = Names::default();
        names.visit_block(body);
        self.functions.push(Function { name: name.to_string(), names: names.0 });
    }
}

/// `#[cfg(test)]` stands above it.
fn for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|one| {
        one.path().is_ident("cfg")
            && matches!(&one.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
    })
}

fn parts(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|part| part.ident.to_string()).collect()
}

/// The tokens of a macro's call, strings kept whole.
fn words(tokens: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = tokens.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' { quoted(rest) } else { run(rest, first) };
        found.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    found
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, one) in rest.char_indices().skip(1) {
        match one {
            '"' if !escaped => return at + 1,
            _ => escaped = one == '\\' && !escaped,
        }
    }
    rest.len()
}

fn run(rest: &str, first: char) -> usize {
    let name = |one: char| one.is_alphanumeric() || one == '_';
    if rest.starts_with("::") {
        return 2;
    }
    if !name(first) {
        return first.len_utf8();
    }
    rest.find(|one| !name(one)).unwrap_or(rest.len())
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if for_tests(&item.attrs) {
            return;
        }
        let private = matches!(item.vis, syn::Visibility::Inherited);
        self.modules.push((item.ident.to_string(), private));
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !for_tests(&item.attrs) {
            self.add_function(&item.sig.ident, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add_function(&item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(&parts(path));
        visit::visit_path(self, path);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.strings.push(literal.value());
    }

    fn visit_expr_match(&mut self, matched: &'ast syn::ExprMatch) {
        // Over words there is no end of arms; over the variants of a type there is.
        let words = matched.arms.iter().any(|arm| matches!(arm.pat, syn::Pat::Lit(_)));
        let rest = |arm: &&syn::Arm| matches!(arm.pat, syn::Pat::Wild(_)) && arm.guard.is_none();
        self.wildcards += if words { 0 } else { matched.arms.iter().filter(rest).count() };
        visit::visit_expr_match(self, matched);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.attributes.push(format!("{}({})", parts(&list.path).join("::"), list.tokens));
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let on_row = matches!(&*call.receiver, syn::Expr::Path(path) if path.path.is_ident("row"));
        if let Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. })) = call.args.first()
            && on_row
            && call.method == "get"
        {
            self.positions.push(number.to_string());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let words = words(&called.tokens.to_string());
        for (at, word) in words.iter().enumerate() {
            let follows = at > 0 && words[at - 1] == "::";
            if !follows && words.get(at + 1).is_some_and(|next| next == "::") {
                let path: Vec<String> = words[at..]
                    .chunks(2)
                    .scan(true, |more, pair| {
                        let name = (*more).then(|| pair[0].clone());
                        *more = pair.get(1).is_some_and(|next| next == "::");
                        name
                    })
                    .collect();
                self.add(&path);
            }
            if let Some(inner) = word.strip_prefix('"') {
                self.strings.push(inner.trim_end_matches('"').to_owned());
            }
        }
        self.macros.push((parts(&called.path).join("::"), words));
        visit::visit_macro(self, called);
    }
}

#[derive(Default)]
struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_ident(&mut self, name: &'ast syn::Ident) {
        self.0.push(name.to_string());
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.0.extend(words(&called.tokens.to_string()));
        visit::visit_macro(self, called);
    }
}

#[test]
fn paths_are_found_in_uses_bodies_and_macros_and_not_in_tests() {
    let text = "use crate::{db, cards::{self, Card as C}}; fn f() { super::entry::go(); vec![std::fs::read(\"a b\")]; }
                #[cfg(test)] mod tests { use crate::web; }";
    let source = Source::read("booking/confirm.rs", text);
    let inner: Vec<String> = source.inner.iter().map(|path| path.join("::")).collect();
    assert_eq!(inner, ["db", "cards", "cards::Card", "booking::entry::go"]);
    assert!(source.outer.contains(&vec!["std".to_owned(), "fs".to_owned(), "read".to_owned()]));
    assert_eq!(source.strings, ["a b"]);
}
