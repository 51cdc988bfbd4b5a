//! Lists and labels: as documents, as pages, under load, at midnight.

mod crowd;
mod golden;
mod labels;
mod midnight;
mod pages;
mod pdf;
mod rights;
mod saved;
mod statistics;

use std::path::Path;
use std::process::Command;

use crate::kit::Browser;

/// What a tool that others use says of a file.
fn run(tool: &str, arguments: &[&str]) -> String {
    let done = Command::new(tool).args(arguments).output().unwrap_or_else(|error| panic!("{tool}: {error}"));
    assert!(done.status.success(), "{tool}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The path of a document that was laid into a folder.
fn saved_as(folder: &Path, bytes: &[u8]) -> String {
    let path = folder.join("list.pdf");
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The text of a document, sheet after sheet; the document itself is sound.
pub fn text_of(bytes: &[u8], how: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = saved_as(folder.path(), bytes);
    run("qpdf", &["--check", &path]);
    run("pdftotext", &[how, &path, "-"])
}

/// The words of the page, with single spaces between them.
fn told(browser: &Browser) -> String {
    browser.text().split_whitespace().collect::<Vec<_>>().join(" ")
}
