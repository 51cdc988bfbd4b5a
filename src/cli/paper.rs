//! What a command writes: lines for people, or one JSON document.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;

use super::Failure;
use crate::app::{Outcome, Step};

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

    /// Writes what came of a command, and gives the exit code.
    pub fn outcome(&self, outcome: &Outcome) -> Result<ExitCode, Failure> {
        self.report(&outcome.lines, &outcome.report)?;
        Ok(if outcome.fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

/// Draws a bar on a terminal while `steps` change; nothing elsewhere.
pub(super) async fn bar(mut steps: watch::Receiver<Step>) {
    if !io::stderr().is_terminal() {
        return;
    }
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    while steps.changed().await.is_ok() {
        let step = *steps.borrow_and_update();
        if step.of > 0 {
            bar.set_length(step.of);
        }
        bar.set_position(step.done);
    }
    bar.finish_and_clear();
}
