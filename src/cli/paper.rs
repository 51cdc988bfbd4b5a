//! What a command writes: lines for people, or one JSON document.

use std::io::{self, Write};

/// Where a command reports.
#[derive(Debug)]
pub struct Paper {
    json: bool,
}

impl Paper {
    /// Reports as JSON, or in lines.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON is wanted.
    pub fn wants_json(&self) -> bool {
        self.json
    }

    /// Writes the result: `lines` for people, `report` for programs.
    pub fn report<R: serde::Serialize>(&self, lines: &[String], report: &R) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let text = serde_json::to_string_pretty(report)?;
            writeln!(out, "{text}")?;
        } else {
            for line in lines {
                writeln!(out, "{line}")?;
            }
        }
        out.flush()
    }

    /// Writes one line for people as it happens; nothing when JSON is wanted.
    pub fn line(&self, line: &str) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()
    }
}

/// Writes an error to standard error.
pub(super) fn error(message: &str) {
    // When nobody reads standard error there is nowhere to complain.
    let _ = writeln!(io::stderr().lock(), "madoguchi: {message}");
}
