//! The list of whose work is inside the binary is what Cargo links.

use std::collections::{BTreeSet, HashMap};
use std::process::Command;

use serde::Deserialize;

use crate::kit::program::{Desk, report};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    authors: Vec<String>,
    repository: Option<String>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
    root: String,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

#[test]
fn the_list_of_licences_is_what_cargo_links() {
    let linked = linked();
    let listed = include_str!("../../src/cli/licences.tsv");
    if linked != listed {
        let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/licences.tsv");
        std::fs::write(fresh, &linked).unwrap();
        panic!(
            "the dependencies have changed: look at {fresh} and put it in the place of src/cli/licences.tsv"
        );
    }
}

#[test]
fn the_binary_names_every_work_in_it_with_a_licence() {
    let works = report(&Desk::new().run(&["licences", "--json"]));
    let works = works.as_array().unwrap();
    assert_eq!(works.len(), 1 + linked().lines().count());
    for work in works {
        assert!(!work["licence"].as_str().unwrap().is_empty(), "{work}");
    }
    for name in ["SQLite", "axum", "rustls", "lettre"] {
        assert!(works.iter().any(|work| work["name"] == name), "{name}");
    }
}

/// What the binary is linked from: no tools of the build, no tests, no macros.
fn linked() -> String {
    let call =
        ["metadata", "--locked", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(env!("CARGO")).args(call).args(["--manifest-path", manifest]).output().unwrap();
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    let packages: HashMap<&str, &Package> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let nodes: HashMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let is_macro =
        |id: &str| packages[id].targets.iter().any(|one| one.kind.contains(&"proc-macro".to_owned()));
    let mut waiting = vec![metadata.resolve.root.as_str()];
    let mut found = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if found.insert(id) {
            let links =
                nodes[id].deps.iter().filter(|edge| edge.dep_kinds.iter().any(|one| one.kind.is_none()));
            waiting.extend(links.map(|edge| edge.pkg.as_str()).filter(|id| !is_macro(id)));
        }
    }
    found.remove(metadata.resolve.root.as_str());
    let lines: BTreeSet<String> = found.into_iter().map(|id| line(packages[id])).collect();
    lines.into_iter().collect()
}

fn line(package: &Package) -> String {
    let name = |author: &String| author.split('<').next().unwrap().trim().to_owned();
    let authors: Vec<String> = package.authors.iter().map(name).collect();
    format!(
        "{}\t{}\t{}\t{}\t{}\n",
        package.name,
        package.version,
        package.license.as_deref().unwrap_or_default(),
        authors.join(", "),
        package.repository.as_deref().unwrap_or_default()
    )
}
