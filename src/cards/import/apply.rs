//! A file takes effect, all of it or nothing, in slices that never hold the writer for long.

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::file::File;
use super::runs::RunState;
use super::sort::{Outcome, sort};
use super::why::{RowError, Why};
use super::{clean_up, store};
use crate::base::{HistoryId, ImportProfileId, ImportRunId};
use crate::cards::{self, NewCard};
use crate::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Rows that one transaction takes.
pub(super) const SLICE: usize = 400;

/// How many rows were what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Cards that were not registered.
    pub new: u32,
    /// Registered cards of which the file says something else.
    pub changed: u32,
    /// Registered cards as the file says.
    pub unchanged: u32,
    /// Rows that repeat an earlier one of the file.
    pub duplicate: u32,
    /// Rows that cannot be taken.
    pub error: u32,
    /// Among the new ones: those that share a notice ID with another person (7(1)④).
    pub conflict: u32,
}

impl Tally {
    /// All rows; each is one of the five.
    pub fn rows(&self) -> u32 {
        self.new + self.changed + self.unchanged + self.duplicate + self.error
    }

    /// Rows that something is written for.
    pub fn written(&self) -> u32 {
        self.new + self.changed
    }
}

/// What a file means, or meant, for the register.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows by outcome.
    #[serde(flatten)]
    pub tally: Tally,
    /// Rows of the file.
    pub rows: u32,
    /// The rows that cannot be taken, in the order of the file.
    pub errors: Vec<RowError>,
}

/// How a file shall be applied.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its name, for the list of runs.
    pub file_name: String,
    /// Whether the good rows are taken when others are bad.
    pub skip_errors: bool,
    /// The saved profile by which it was read; `None` for the standard layout.
    pub profile: Option<ImportProfileId>,
}

/// A file that took effect.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The run.
    pub run: ImportRunId,
    /// What it did.
    pub report: Report,
}

/// Why a file did not take effect: nothing of it is written.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The same file was applied before.
    #[error("this file was imported before, as run {0}")]
    Again(ImportRunId),
    /// Another file is being applied.
    #[error("another import (run {0}) is under way")]
    Running(ImportRunId),
    /// Some rows cannot be taken, and leaving them out was not asked for.
    #[error("{} rows cannot be taken; nothing was imported", .0.errors.len())]
    Rows(Box<Report>),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Is told how many rows of how many are done.
pub type Tell<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Says what the file would do, and writes nothing.
///
/// Spec: 7(2)①.
pub async fn dry_run(db: &Db, file: &Arc<File>, tell: Tell<'_>) -> Result<Report, Fault> {
    let mut report = begin_report(file);
    for range in slices(file) {
        let part = Arc::clone(file);
        let (from, to) = (range.start, range.end);
        let sorted = db.read(Lane::Staff, move |tx| look(tx, &part, from..to)).await?;
        report.add(sorted);
        tell(to as u64, file.rows.len() as u64);
    }
    Ok(report.end())
}

/// Makes the file take effect.
///
/// Spec: 7(2)①, 7(1)④.
pub async fn apply(
    db: &Db,
    actor: &Actor,
    file: &Arc<File>,
    options: &Options,
    tell: Tell<'_>,
) -> Result<Applied, ApplyError> {
    if !file.errors.is_empty() && !options.skip_errors {
        return Err(ApplyError::Rows(Box::new(dry_run(db, file, tell).await?)));
    }
    let (head, how) = (Arc::clone(file), options.clone());
    let (run, event) = db.write(actor.clone(), move |tx| begin(tx, &head, &how)).await?;
    match fill(db, actor, file, options, (run, event), tell).await {
        Ok(report) => Ok(Applied { run, report }),
        Err(error) => {
            clean_up::abandon(db, actor, run).await?;
            Err(error)
        }
    }
}

async fn fill(
    db: &Db,
    actor: &Actor,
    file: &Arc<File>,
    options: &Options,
    run: (ImportRunId, HistoryId),
    tell: Tell<'_>,
) -> Result<Report, ApplyError> {
    let mut report = begin_report(file);
    for range in slices(file) {
        let part = Arc::clone(file);
        let (from, to) = (range.start, range.end);
        let sorted = db.write(actor.clone(), move |tx| stage(tx, &part, from..to, run)).await?;
        report.add(sorted);
        tell(to as u64, file.rows.len() as u64);
    }
    let report = report.end();
    if !report.errors.is_empty() && !options.skip_errors {
        return Err(ApplyError::Rows(Box::new(report)));
    }
    let tally = report.tally.clone();
    db.write(actor.clone(), move |tx| publish(tx, run.0, &tally)).await?;
    // From here the file stands, whatever happens: what is left is carried on after a restart.
    clean_up::publish_changes(db, actor).await?;
    Ok(report)
}

fn begin(tx: &WriteTx<'_>, file: &File, options: &Options) -> Result<(ImportRunId, HistoryId), ApplyError> {
    if let Some(run) = store::applied(tx, &file.found.sha256)? {
        return Err(ApplyError::Again(run));
    }
    if let Some(run) = store::applying(tx)? {
        return Err(ApplyError::Running(run));
    }
    let run = store::insert_run(tx, file, options)?;
    let changes = vec![Change::new("file", None, Some(options.file_name.clone()))];
    let event = Event { changes, ..Event::of("import.started", Record::ImportRun(run)) };
    Ok((run, history::record(tx, &event)?))
}

fn look(tx: &ReadTx<'_>, file: &File, range: Range<usize>) -> Result<Sorted, Fault> {
    let mut sorted = Sorted::default();
    for (row, shared) in rows(file, range) {
        match sort(tx, row, shared, &file.profile)? {
            Outcome::New { conflict } => sorted.tally.count_new(conflict),
            Outcome::Changed(..) => sorted.tally.changed += 1,
            Outcome::Unchanged => sorted.tally.unchanged += 1,
            Outcome::Wrong(why) => sorted.wrong(row.line, &row.card, why),
        }
    }
    Ok(sorted)
}

fn stage(
    tx: &WriteTx<'_>,
    file: &File,
    range: Range<usize>,
    (run, event): (ImportRunId, HistoryId),
) -> Result<Sorted, Fault> {
    let mut sorted = Sorted::default();
    for (row, shared) in rows(file, range) {
        match sort(tx, row, shared, &file.profile)? {
            Outcome::New { conflict } => {
                let line = i64::try_from(row.line).ok();
                let due = row.card.pickup_due_on;
                let due = match (due, row.card.notice_sent_on) {
                    (None, Some(sent)) => Some(cards::deadline::of_notice(tx, sent)?),
                    (due, _) => due,
                };
                let card = NewCard {
                    import_run: Some(run),
                    import_line: line,
                    pickup_due_on: due,
                    ..row.card.clone()
                };
                let id = cards::store::insert(tx, &card)?;
                history::link(tx, event, id)?;
                sorted.tally.count_new(conflict);
            }
            Outcome::Changed(card, values) => {
                store::stage(tx, run, card, row.line, &values)?;
                sorted.tally.changed += 1;
            }
            Outcome::Unchanged => sorted.tally.unchanged += 1,
            Outcome::Wrong(why) => sorted.wrong(row.line, &row.card, why),
        }
    }
    Ok(sorted)
}

/// The moment at which the new cards are there for everybody.
fn publish(tx: &WriteTx<'_>, run: ImportRunId, tally: &Tally) -> Result<(), Fault> {
    store::end_run(tx, run, RunState::Applied, tally)?;
    let count = |field, value: u32| Change::new(field, None, Some(value.to_string()));
    let changes = vec![
        count("new", tally.new),
        count("changed", tally.changed),
        count("unchanged", tally.unchanged),
        count("duplicate", tally.duplicate),
        count("error", tally.error),
        count("conflict", tally.conflict),
    ];
    history::record(tx, &Event { changes, ..Event::of("import.applied", Record::ImportRun(run)) })?;
    Ok(())
}

fn rows(file: &File, range: Range<usize>) -> impl Iterator<Item = (&super::row::Row, bool)> {
    let shared = file.shared.iter().copied();
    file.rows.iter().zip(shared).skip(range.start).take(range.len())
}

fn slices(file: &File) -> impl Iterator<Item = Range<usize>> + use<> {
    let rows = file.rows.len();
    (0..rows).step_by(SLICE).map(move |from| from..rows.min(from + SLICE))
}

/// What one slice came to.
#[derive(Debug, Default)]
struct Sorted {
    tally: Tally,
    errors: Vec<RowError>,
}

impl Sorted {
    fn wrong(&mut self, line: u64, card: &NewCard, why: Why) {
        self.tally.error += 1;
        self.errors.push(RowError::new(line, "照会番号", &card.inquiry_no, why));
    }
}

impl Tally {
    fn count_new(&mut self, conflict: bool) {
        self.new += 1;
        self.conflict += u32::from(conflict);
    }
}

/// The report before the register was asked: what the file alone shows.
fn begin_report(file: &File) -> Report {
    let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
    let tally = Tally {
        duplicate: count(file.duplicates.len()),
        error: count(file.errors.len()),
        ..Tally::default()
    };
    Report { tally, rows: count(file.count()), errors: file.errors.clone() }
}

impl Report {
    fn add(&mut self, sorted: Sorted) {
        let (sum, part) = (&mut self.tally, sorted.tally);
        sum.new += part.new;
        sum.changed += part.changed;
        sum.unchanged += part.unchanged;
        sum.error += part.error;
        sum.conflict += part.conflict;
        self.errors.extend(sorted.errors);
    }

    fn end(mut self) -> Self {
        self.errors.sort_by_key(|error| error.line);
        self
    }
}
