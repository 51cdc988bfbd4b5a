//! The repository as a whole: no open ends, no path of anybody's machine.

use std::process::Command;

use super::source::{is, root};

/// The tracked files that are text, with their content.
fn tracked() -> Vec<(String, String)> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "git ls-files failed");
    let names = String::from_utf8(listed.stdout).unwrap();
    let read = |name: &str| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?));
    names.split('\0').filter(|name| !name.is_empty()).filter_map(read).collect()
}

/// Words that mark an open end: those belong in an issue. Written in halves, so that this file does not hold them.
const OPEN_ENDS: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("HA", "CK:")];

/// Where somebody's machine keeps things.
const MACHINES: &[&str] =
    &[concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];

fn offences(text: &str) -> Vec<String> {
    OPEN_ENDS
        .iter()
        .chain(MACHINES)
        .filter(|part| text.contains(**part))
        .map(|part| (*part).to_owned())
        .collect()
}

#[test]
fn nothing_is_left_open_and_no_machine_is_named() {
    let files = tracked();
    assert!(files.len() > 100, "only {} files are tracked", files.len());
    let broken: Vec<String> = files
        .iter()
        .filter(|(name, _)| !is(name, "lock") && !name.ends_with("package-lock.json"))
        .flat_map(|(name, text)| offences(text).into_iter().map(move |what| format!("{name}: {what}")))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_eq!(offences(concat!("// TO", "DO: later")).len(), 1);
    assert_eq!(offences(concat!("open('/ro", "ot/key')")).len(), 1);
}

#[test]
fn the_repository_has_the_layout_that_was_ordered() {
    for name in
        ["Cargo.toml", "Cargo.lock", "README.md", "schema.sql", "deny.toml", "clippy.toml", "rustfmt.toml"]
    {
        assert!(root().join(name).is_file(), "{name}");
    }
    for name in ["src", "templates", "assets", "tests"] {
        assert!(root().join(name).is_dir(), "{name}");
    }
    assert!(!root().join("rust-toolchain.toml").exists(), "the compiler is named by rust-version");
    let main = std::fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() <= 25, "main hands over at once");
}
