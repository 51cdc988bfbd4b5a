//! What is linked keeps `deny.toml`: licences, banned crates, one source. And the table of DESIGN: no OpenSSL anywhere.

use std::collections::BTreeSet;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    allow: Vec<String>,
    #[serde(rename = "crate")]
    name: String,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
    source: Option<String>,
}

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn deny() -> Deny {
    toml::from_str(&file("deny.toml")).unwrap()
}

/// The packages that are built on this machine; they lie here already, so nothing is fetched.
fn packages() -> Vec<Package> {
    let about = Command::new("rustc").arg("-vV").output().unwrap();
    let about = String::from_utf8(about.stdout).unwrap();
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let all: Metadata = serde_json::from_slice(&metadata.stdout).unwrap();
    all.packages.into_iter().filter(|package| package.name != "madoguchi").collect()
}

/// Whether one of the licences that `expression` leaves to choose from is allowed, and all that it asks for.
fn licensed(expression: &str, allow: &BTreeSet<&str>) -> bool {
    let plain = expression.replace('/', " OR ");
    let any = |part: &str| part.split(" OR ").any(|one| allow.contains(one.trim_matches(['(', ')', ' '])));
    // In every expression in use, a choice in brackets is the smaller part; without brackets AND binds more tightly.
    if plain.contains('(') || !plain.contains(" OR ") {
        plain.split(" AND ").all(any)
    } else {
        plain.split(" OR ").any(|choice| choice.split(" AND ").all(any))
    }
}

#[test]
fn every_licence_is_one_that_we_may_ship() {
    let deny = deny();
    let packages = packages();
    assert!(packages.len() > 100);
    let mut refused = Vec::new();
    for package in &packages {
        let own = deny.licenses.exceptions.iter().filter(|one| one.name == package.name);
        let allow: BTreeSet<&str> =
            deny.licenses.allow.iter().chain(own.flat_map(|one| &one.allow)).map(String::as_str).collect();
        if !package.license.as_ref().is_some_and(|text| licensed(text, &allow)) {
            refused.push(format!("{}: {:?}", package.name, package.license));
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn licences_are_read_as_they_are_meant() {
    let allow = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"]);
    for fine in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/GPL-3.0",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
        "GPL-3.0 OR MIT AND Apache-2.0",
    ] {
        assert!(licensed(fine, &allow), "{fine}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0", "GPL-3.0 OR MIT AND ISC", ""]
    {
        assert!(!licensed(bad, &allow), "{bad}");
    }
}

#[test]
fn no_banned_crate_is_in_the_lock_file_and_all_come_from_one_registry() {
    let deny = deny();
    let lock: toml::Table = toml::from_str(&file("Cargo.lock")).unwrap();
    let names: BTreeSet<&str> =
        lock["package"].as_array().unwrap().iter().map(|package| package["name"].as_str().unwrap()).collect();
    assert!(names.contains("rustls") && names.contains("ring"), "the list was not read");
    let banned: BTreeSet<&str> = deny.bans.deny.iter().map(|one| one.name.as_str()).collect();
    for must in ["openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys", "rsa"] {
        assert!(banned.contains(must), "deny.toml no longer bans {must}");
    }
    assert_eq!(names.intersection(&banned).collect::<Vec<_>>(), [&""; 0]);
    for package in packages() {
        let source = package.source.as_deref().unwrap_or_default();
        let known = deny.sources.allow_registry.iter().any(|one| source == format!("registry+{one}"));
        assert!(known, "{} comes from {source:?}", package.name);
    }
}
