//! `madoguchi licences`: whose work is inside the binary, and under which licence.
//!
//! **Invariant:** the list is what Cargo links for Linux; a test makes it anew and compares.

use std::process::ExitCode;

use serde::Serialize;

use super::{Failure, Shared};
use crate::db;

/// One line a crate: name, version, licence, authors, source.
const LINKED: &str = include_str!("licences.tsv");

#[derive(Debug, Serialize)]
struct Work<'t> {
    name: &'t str,
    version: &'t str,
    licence: &'t str,
    authors: &'t str,
    source: &'t str,
}

pub(super) fn run(shared: &Shared) -> Result<ExitCode, Failure> {
    let sqlite = Work {
        name: "SQLite",
        version: db::engine_version(),
        licence: "public domain",
        authors: "D. Richard Hipp and others",
        source: "https://sqlite.org",
    };
    let works: Vec<Work<'_>> = std::iter::once(sqlite).chain(LINKED.lines().filter_map(work)).collect();
    let line = |work: &Work<'_>| {
        format!("{} {}\t{}\t{}\t{}", work.name, work.version, work.licence, work.authors, work.source)
    };
    let lines: Vec<String> = works.iter().map(line).collect();
    shared.paper().report(&lines, &works)?;
    Ok(ExitCode::SUCCESS)
}

fn work(line: &str) -> Option<Work<'_>> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    Some(Work { name: next()?, version: next()?, licence: next()?, authors: next()?, source: next()? })
}
