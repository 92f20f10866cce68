//! The rooms of `src/` stand in an order, and each imports only from rooms before it. Inside of a room, too, no modules import each other in a
//! circle. A module and those inside of it are one: a parent hands on what its children make.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    ItemUse, UseTree,
    visit::{self, Visit},
};

use crate::support::{
    rules::{Rule, check},
    tree::{Source, files},
};

/// The folders of `src/`. A room imports only from those before it.
const ROOMS: [&str; 14] = [
    "core", "lanes", "rng", "rows", "stages", "backend", "cpu", "gpu", "auto", "model", "settings", "generate",
    "explain", "web",
];

/// A module's name, from the root of the crate.
type Module = Vec<String>;

/// All paths that a file writes down.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Visit<'_> for Paths {
    fn visit_item_use(&mut self, item: &ItemUse) {
        self.add(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

impl Paths {
    fn add(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.add(&path.tree, &with(path.ident.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.add(item, before)),
            UseTree::Name(name) => self.0.push(with(name.ident.to_string())),
            UseTree::Rename(rename) => self.0.push(with(rename.ident.to_string())),
            UseTree::Glob(_) => self.0.push(before.to_vec()),
        }
    }
}

fn module_of(path: &str) -> Module {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let names = path.split('/').map(str::to_owned);
    names.filter(|name| name != "mod" && name != "lib").collect()
}

/// The module that a path written in `from` leads into.
fn target(from: &Module, path: &[String], known: &BTreeSet<Module>) -> Option<Module> {
    let mut base = from.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => (base, rest) = (Module::new(), &path[1..]),
        "self" => rest = &path[1..],
        "super" => {}
        // Another crate, unless it is a child.
        name if !known.contains(&[from.as_slice(), &[name.to_owned()]].concat()) => return None,
        _ => {}
    }
    while rest.first().is_some_and(|name| name == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend_from_slice(rest);
    (0..=base.len()).rev().map(|n| base[..n].to_vec()).find(|module| known.contains(module))
}

/// Which modules import which, but for those inside of them and around them.
fn imports(sources: &[Source]) -> BTreeMap<Module, BTreeSet<Module>> {
    let known: BTreeSet<Module> = sources.iter().map(|source| module_of(&source.path)).collect();
    let of = |source: &Source| {
        let from = module_of(&source.path);
        let mut paths = Paths::default();
        paths.visit_file(&syn::parse_file(&source.text).expect("a file of this crate"));
        let targets = paths.0.iter().filter_map(|path| target(&from, path, &known));
        let targets = targets.filter(|to| !to.starts_with(&from) && !from.starts_with(to)).collect();
        (from, targets)
    };
    sources.iter().map(of).collect()
}

/// A way from a module back to itself, if there is one.
fn circle(sources: &[Source]) -> Option<String> {
    let imports = imports(sources);
    imports.keys().find_map(|start| {
        let mut ways = vec![vec![start]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            for next in &imports[*way.last()?] {
                if next == start {
                    let names: Vec<String> = way.iter().chain([&start]).map(|module| module.join("::")).collect();
                    return Some(names.join(" → "));
                }
                if seen.insert(next) {
                    ways.push([way.as_slice(), &[next]].concat());
                }
            }
        }
        None
    })
}

/// Where in the order a room stands; None for what is no room.
fn place(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// Why a file may not import these paths.
fn complaint(source: &Source, known: &BTreeSet<Module>) -> Option<String> {
    let from = module_of(&source.path);
    let room = from.first()?;
    let Some(here) = place(room).filter(|_| source.path != format!("src/{room}.rs")) else {
        return Some(format!("{}: belongs in a room of src/", source.path));
    };
    let mut paths = Paths::default();
    paths.visit_file(&syn::parse_file(&source.text).expect("a file of this crate"));
    paths.0.iter().find_map(|path| {
        let name = match path.first()?.as_str() {
            "crate" => path.get(1)?.clone(),
            _ => target(&from, path, known)?.first()?.clone(),
        };
        match place(&name) {
            None => Some(format!("{}: crate::{name} is no room: write its room first", source.path)),
            Some(there) if there > here => Some(format!("{}: {room} imports {name}, which comes later", source.path)),
            Some(_) => None,
        }
    })
}

#[test]
fn rooms_import_only_from_rooms_before_them() {
    let rule: Rule = |sources| {
        let rooms = ROOMS.map(|room| vec![room.to_owned()]);
        let known = sources.iter().map(|source| module_of(&source.path)).chain(rooms).collect();
        sources.iter().filter_map(|source| complaint(source, &known)).collect()
    };
    let bad = [
        ("src/model/gpt.rs", "use crate::settings::ModelSpec;"),
        ("src/core/token.rs", "use crate::{rng::Draw};"),
        ("src/rows/mod.rs", "fn f() -> crate::error::Result<()> { Ok(()) }"),
        ("src/rows/scan.rs", "use super::super::cpu::CpuBackend;"),
        ("src/sample.rs", "fn f() {}"),
        ("src/rng.rs", "fn f() {}"),
    ];
    check(rule, &files("src", &["rs"]), &bad);
}

#[test]
fn modules_import_each_other_in_no_circle() {
    assert_eq!(circle(&files("src", &["rs"])), None);
}

#[test]
fn a_circle_is_seen() {
    let tree = |texts: [&str; 3]| {
        let paths = ["src/web/mod.rs", "src/web/engine.rs", "src/web/generation.rs"];
        paths.iter().zip(texts).map(|(path, text)| Source::new(path, text)).collect::<Vec<_>>()
    };
    let two =
        tree(["mod engine;", "use super::{convert, generation::Run};", "fn f() -> super::engine::Shared { g() }"]);
    assert_eq!(circle(&two).as_deref(), Some("web::engine → web::generation → web::engine"));
    let renamed = tree(["", "use crate::web::generation as run;", "use crate::web::engine::*;"]);
    assert_eq!(circle(&renamed).as_deref(), Some("web::engine → web::generation → web::engine"));
    assert_eq!(circle(&tree(["pub use engine::Engine;", "use super::generation::Run;", "use super::f;"])), None);
}
