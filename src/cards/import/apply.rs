//! A file takes effect, all of it or nothing, in slices that never hold the writer for long.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::file::File;
use super::pace::{Pace, Slice, in_parts, one_slice};
use super::profile::Kind;
use super::reader::Found;
use super::report::{self, Report, Room, Sorted, Tally, rows};
use super::row::Row;
use super::runs::RunState;
use super::sort::{Former, Outcome};
use super::states::StateFile;
use super::why::RowError;
use super::{clean_up, run_store, store};
use crate::base::{CardId, HistoryId, ImportProfileId, ImportRunId};
use crate::cards::storage::{Assigner, Facts, Spot};
use crate::cards::store::Keys;
use crate::cards::{self, NewCard};
use crate::db::{Actor, Db, Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Rows that one look takes.
pub(super) const SLICE: usize = 400;

/// How a file shall be applied.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Its name, for the list of runs.
    pub file_name: String,
    /// Whether the good rows are taken when others are bad.
    pub skip_errors: bool,
    /// Why the same file is taken once more; `None` refuses it.
    pub again: Option<String>,
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
    /// The reason for taking the same file once more cannot be kept.
    #[error("the reason cannot be stored")]
    BadReason,
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

/// A run that has begun, and the event that says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    pub(crate) run: ImportRunId,
    pub(crate) event: HistoryId,
}

/// What a run is begun with.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    pub(crate) sha256: String,
    pub(crate) size: usize,
    pub(crate) encoding: &'static str,
    pub(crate) rows: usize,
    pub(crate) options: Options,
}

/// A file that can be staged row by row: of cards, or of card states.
pub(super) trait Staged: Send + Sync + 'static {
    /// What its rows tell of.
    const KIND: Kind;
    fn parts(&self) -> Parts<'_>;
    fn look(&self, tx: &ReadTx<'_>, range: Range<usize>, room: &Room) -> Result<Sorted, Fault>;
    /// Stages the rows of one slice from here on, and says how many they were.
    fn stage(
        &self,
        tx: &WriteTx<'_>,
        from: usize,
        slice: &Slice,
        begun: Begun,
        room: &Room,
    ) -> Result<(Sorted, usize), Fault>;
}

/// What every file that was read has.
pub(super) struct Parts<'f> {
    pub(super) found: &'f Found,
    /// Rows that can be looked up.
    pub(super) rows: usize,
    pub(super) errors: &'f [RowError],
    pub(super) duplicates: usize,
}

impl Parts<'_> {
    /// What the file alone shows.
    pub(super) fn begin(&self) -> Report {
        let count = self.rows + self.errors.len() + self.duplicates;
        Report::begin(count, self.errors, self.duplicates)
    }
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
    run_through(db, actor, file, options, tell).await
}

/// Brings card states and mail addresses over.
///
/// Spec: 7(1)⑬.
pub async fn apply_states(
    db: &Db,
    actor: &Actor,
    file: &Arc<StateFile>,
    options: &Options,
    tell: Tell<'_>,
) -> Result<Applied, ApplyError> {
    run_through(db, actor, file, options, tell).await
}

async fn run_through<F: Staged>(
    db: &Db,
    actor: &Actor,
    file: &Arc<F>,
    options: &Options,
    tell: Tell<'_>,
) -> Result<Applied, ApplyError> {
    let parts = file.parts();
    let known = parts.begin();
    if !known.errors.is_empty() && !options.skip_errors {
        return Err(ApplyError::Rows(Box::new(report::look_through(db, file, tell).await?.0)));
    }
    // What an earlier run has left to write comes first: this one is compared with what stands then.
    clean_up::publish_changes(db, actor).await?;
    let head = Head {
        kind: F::KIND,
        sha256: parts.found.sha256.clone(),
        size: parts.found.size,
        encoding: parts.found.code(),
        rows: usize::try_from(known.rows).unwrap_or(usize::MAX),
        options: options.clone(),
    };
    let begun = db.write(actor.clone(), move |tx| begin(tx, &head)).await?;
    match fill(db, actor, file, options, begun, tell).await {
        Ok(report) => Ok(Applied { run: begun.run, report }),
        Err(error) => {
            clean_up::abandon(db, actor, begun.run).await?;
            Err(error)
        }
    }
}

async fn fill<F: Staged>(
    db: &Db,
    actor: &Actor,
    file: &Arc<F>,
    options: &Options,
    begun: Begun,
    tell: Tell<'_>,
) -> Result<Report, ApplyError> {
    let parts = file.parts();
    let (mut report, all) = (parts.begin(), parts.rows);
    let (mut pace, mut from, mut full) = (Pace::new(), 0, BTreeSet::new());
    while from < all {
        let (part, room) = (Arc::clone(file), report.room(full));
        let stage = move |tx: &WriteTx<'_>, slice: &Slice| part.stage(tx, from, slice, begun, &room);
        let ((mut sorted, done), took) = one_slice(db, actor, pace.rows(), stage).await?;
        full = std::mem::take(&mut sorted.full);
        report.add(sorted);
        pace.learn(done, took);
        from += done;
        tell(from as u64, all as u64);
    }
    let report = report.end();
    keep_errors(db, actor, begun.run, &report.errors).await?;
    if !report.errors.is_empty() && !options.skip_errors {
        return Err(ApplyError::Rows(Box::new(report)));
    }
    let (run, tally) = (begun.run, report.tally.clone());
    db.write(actor.clone(), move |tx| publish(tx, run, &tally)).await?;
    // From here the file stands, whatever happens: what is left is carried on after a restart.
    clean_up::publish_changes(db, actor).await?;
    Ok(report)
}

/// Notes the rows that cannot be taken, for whoever wants them later.
pub(crate) async fn keep_errors(
    db: &Db,
    actor: &Actor,
    run: ImportRunId,
    errors: &[RowError],
) -> Result<(), Fault> {
    in_parts(db, actor, errors, move |tx, error| run_store::insert_error(tx, run, error)).await
}

/// Begins a run, unless the same file stands already or another run is under way.
pub(crate) fn begin(tx: &WriteTx<'_>, head: &Head) -> Result<Begun, ApplyError> {
    let again = head.options.again.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if again.is_some_and(|reason| !cards::is_reason(reason)) {
        return Err(ApplyError::BadReason);
    }
    if let Some(run) = run_store::applied(tx, &head.sha256)?
        && again.is_none()
    {
        return Err(ApplyError::Again(run));
    }
    if let Some(run) = run_store::busy(tx)? {
        return Err(ApplyError::Running(run));
    }
    let run = run_store::insert_run(tx, head)?;
    let changes = vec![Change::new("file", None, Some(head.options.file_name.clone()))];
    let reason = again.map(str::to_owned);
    let event = Event { changes, reason, ..Event::of("import.started", Record::ImportRun(run)) };
    let event = history::record(tx, &event)?;
    run_store::set_event(tx, run, event)?;
    Ok(Begun { run, event })
}

impl Staged for File {
    const KIND: Kind = Kind::Card;

    fn parts(&self) -> Parts<'_> {
        Parts {
            found: &self.found,
            rows: self.rows.len(),
            errors: &self.errors,
            duplicates: self.duplicates.len(),
        }
    }

    fn look(&self, tx: &ReadTx<'_>, range: Range<usize>, room: &Room) -> Result<Sorted, Fault> {
        report::look(tx, self, range, room)
    }

    fn stage(
        &self,
        tx: &WriteTx<'_>,
        from: usize,
        slice: &Slice,
        begun: Begun,
        room: &Room,
    ) -> Result<(Sorted, usize), Fault> {
        stage(tx, self, (from, slice), begun, room)
    }
}

fn stage(
    tx: &WriteTx<'_>,
    file: &File,
    (from, slice): (usize, &Slice),
    begun: Begun,
    room: &Room,
) -> Result<(Sorted, usize), Fault> {
    let (mut sorted, mut done, mut added) = (Sorted::default(), 0, Vec::new());
    let assigner = Assigner::read(tx)?.without(&room.full);
    let mut rules = Rules { first_days: cards::deadline::first_days(tx)?, assigner };
    let range = from..file.rows.len().min(from + slice.most);
    let (outcomes, shown) = report::sorted_out(tx, file, range.clone(), room)?;
    for ((place, row, _), outcome) in slice.of(rows(file, range).zip(outcomes)) {
        match outcome {
            Outcome::New { conflict, former } => {
                let card = rules.new_card(tx, row, (begun.run, &file.profile.name))?;
                added.push(insert(tx, &card, row, former.as_ref())?);
                sorted.add_new(place, conflict, former.map(|former| former.card), &shown);
            }
            Outcome::Changed(card, turns) => {
                if store::stage(tx, begun.run, card, row.line, &turns)? {
                    sorted.add_changed(row.line, card, turns, shown.get(&card));
                } else {
                    sorted.add_duplicate();
                }
            }
            Outcome::Unchanged(card) => sorted.add_unchanged(place, card),
            Outcome::Wrong(why) => sorted.add_wrong(row.line, &row.card, why),
        }
        done += 1;
    }
    history::link(tx, begun.event, &added)?;
    run_store::set_done(tx, begun.run, from + done)?;
    sorted.full = rules.assigner.full();
    Ok((sorted, done))
}

/// A new card, with the card that its citizen had before.
fn insert(tx: &WriteTx<'_>, card: &NewCard, row: &Row, former: Option<&Former>) -> Result<CardId, Fault> {
    let mut keys = Keys::of(&*row.keys.name, &*row.keys.kana, card.birth);
    if let Some(former) = former {
        (keys.former, keys.namesake) = (Some(former.card), former.namesake);
        keys.person.clone_from(&former.person_key);
    }
    cards::store::insert(tx, card, &keys)
}

/// What the city's rules add to a card that a file brings.
struct Rules {
    first_days: i32,
    assigner: Assigner,
}

impl Rules {
    /// The card that a row tells of, with the last day to collect it and the storage place where the file names none.
    ///
    /// Spec: 7(2)③.
    fn new_card(
        &mut self,
        tx: &WriteTx<'_>,
        row: &Row,
        (run, profile): (ImportRunId, &str),
    ) -> Result<NewCard, Fault> {
        let due = row.card.pickup_due_on;
        let due = due.or_else(|| row.card.notice_sent_on.map(|sent| sent.plus(self.first_days)));
        let mut card = NewCard {
            import_run: Some(run),
            import_line: i64::try_from(row.line).ok(),
            pickup_due_on: due,
            ..row.card.clone()
        };
        let facts = Facts { notice: &row.card.notice_id, location: row.card.location, profile };
        let told = Spot {
            storage: card.storage,
            shelf: std::mem::take(&mut card.shelf),
            position: std::mem::take(&mut card.position),
        };
        let spot = self.assigner.settle(tx, &facts, told)?;
        (card.storage, card.shelf, card.position) = (spot.storage, spot.shelf, spot.position);
        Ok(card)
    }
}

/// The moment at which the new cards are there for everybody.
pub(crate) fn publish(tx: &WriteTx<'_>, run: ImportRunId, tally: &Tally) -> Result<(), Fault> {
    run_store::end_run(tx, run, RunState::Applied, tally)?;
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
