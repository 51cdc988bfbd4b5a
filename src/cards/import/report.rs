//! What a file means for the register: numbers for all of it, the first rows of each kind to look at.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::apply::{SLICE, Staged, Tell};
use super::fields::{Field, Turns};
use super::file::File;
use super::row::Row;
use super::sort::{Outcome, sort};
use super::states::StateFile;
use super::store;
use super::why::{RowError, Why};
use crate::base::{BoxId, CardId};
use crate::cards::{self, Card, NewCard};
use crate::db::{Db, Fault, Lane, ReadTx};

/// Rows of each kind that a report shows; numbers and errors are complete.
pub const SHOWN: usize = 200;

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

    pub(super) fn count_new(&mut self, conflict: bool) {
        self.new += 1;
        self.conflict += u32::from(conflict);
    }

    fn add(&mut self, part: &Self) {
        self.new += part.new;
        self.changed += part.changed;
        self.unchanged += part.unchanged;
        self.duplicate += part.duplicate;
        self.error += part.error;
        self.conflict += part.conflict;
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
    /// What the rows are, for somebody to look at.
    #[serde(skip)]
    pub seen: Seen,
}

/// The first rows of each kind, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many rows change which field.
    pub fields: BTreeMap<Field, u32>,
    /// Rows that change a card.
    pub changed: Vec<ChangedRow>,
    /// New rows that share a notice ID with another person, as places in [`File::rows`].
    pub conflicts: Vec<usize>,
    /// New rows whose citizen has a card already.
    pub returning: Vec<Returning>,
    /// How many those are.
    pub returned: u32,
    /// Rows that change nothing, as places in [`File::rows`].
    pub unchanged: Vec<usize>,
    /// New rows, as places in [`File::rows`].
    pub new: Vec<usize>,
    /// Registered cards that the file does not name; `None` where the file was not said to be complete.
    pub absent: Option<Absent>,
}

/// A row that changes a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedRow {
    /// Its line.
    pub line: u64,
    /// The card as it stands.
    pub card: Box<Card>,
    /// What changes.
    pub turns: Turns,
}

/// A new row whose citizen has a card already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returning {
    /// Its place in [`File::rows`].
    pub row: usize,
    /// The newest of their cards.
    pub former: Box<Card>,
}

/// Registered cards that a file of all cards does not name. They are told and never touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    /// How many.
    pub cards: u32,
    /// The first of them.
    pub first: Vec<Card>,
}

/// Says what the file would do, and writes nothing. `complete` says that it should name every card that is still here.
///
/// Spec: 7(2)①.
pub async fn dry_run(db: &Db, file: &Arc<File>, complete: bool, tell: Tell<'_>) -> Result<Report, Fault> {
    let (mut report, named) = look_through(db, file, tell).await?;
    if complete {
        report.seen.absent = Some(absent(db, named).await?);
    }
    Ok(report)
}

/// Says what a file of card states would do, and writes nothing.
///
/// Spec: 7(1)⑬.
pub async fn dry_run_states(db: &Db, file: &Arc<StateFile>, tell: Tell<'_>) -> Result<Report, Fault> {
    Ok(look_through(db, file, tell).await?.0)
}

/// The report, and the registered cards that the file names.
pub(super) async fn look_through<F: Staged>(
    db: &Db,
    file: &Arc<F>,
    tell: Tell<'_>,
) -> Result<(Report, HashSet<CardId>), Fault> {
    let (mut report, all) = (file.parts().begin(), file.parts().rows);
    let mut named = HashSet::new();
    for range in slices(all) {
        let part = Arc::clone(file);
        let (from, to, room) = (range.start, range.end, report.room(BTreeSet::new()));
        let sorted = db.read(Lane::Staff, move |tx| part.look(tx, from..to, &room)).await?;
        named.extend(&sorted.named);
        report.add(sorted);
        tell(to as u64, all as u64);
    }
    Ok((report.end(), named))
}

pub(super) fn look(tx: &ReadTx<'_>, file: &File, range: Range<usize>, room: &Room) -> Result<Sorted, Fault> {
    let mut sorted = Sorted::default();
    let (outcomes, cards) = sorted_out(tx, file, range.clone(), room)?;
    for ((place, row, _), outcome) in rows(file, range).zip(outcomes) {
        match outcome {
            Outcome::New { conflict, former } => {
                sorted.add_new(place, conflict, former.map(|former| former.card), &cards);
            }
            Outcome::Changed(card, turns) => sorted.add_changed(row.line, card, turns, cards.get(&card)),
            Outcome::Unchanged(card) => sorted.add_unchanged(place, card),
            Outcome::Wrong(why) => sorted.add_wrong(row.line, &row.card, why),
        }
    }
    Ok(sorted)
}

/// What rows mean, and the cards of those that the report shows whole.
pub(super) fn sorted_out(
    tx: &ReadTx<'_>,
    file: &File,
    range: Range<usize>,
    room: &Room,
) -> Result<(Vec<Outcome>, BTreeMap<CardId, Card>), Fault> {
    let asked: Vec<_> = rows(file, range).map(|(_, row, shared)| (row, shared)).collect();
    let outcomes = sort(tx, &asked, &file.profile)?;
    let changed = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Changed(card, _) => Some(*card),
        _ => None,
    });
    let returning = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::New { former: Some(former), .. } => Some(former.card),
        _ => None,
    });
    let shown: Vec<CardId> = changed.take(room.changed).chain(returning.take(room.returning)).collect();
    let cards = if shown.is_empty() { BTreeMap::new() } else { cards::of_ids(tx, &shown)? };
    Ok((outcomes, cards))
}

/// What the slices before leave to the next: rows that the report shows besides those that it has, and boxes that are full.
#[derive(Clone, Debug)]
pub(super) struct Room {
    changed: usize,
    returning: usize,
    pub(super) full: BTreeSet<BoxId>,
}

async fn absent(db: &Db, named: HashSet<CardId>) -> Result<Absent, Fault> {
    let (mut absent, mut after) = (Absent::default(), CardId::of(0));
    let named = Arc::new(named);
    loop {
        let known = Arc::clone(&named);
        let cards = db.read(Lane::Staff, move |tx| store::waiting_after(tx, after, 2 * SLICE)).await?;
        let Some(last) = cards.last() else { return Ok(absent) };
        after = last.id;
        for card in cards.into_iter().filter(|card| !known.contains(&card.id)) {
            absent.cards += 1;
            keep(&mut absent.first, card);
        }
    }
}

/// Rows with their place in the file, and whether another person of the file has their notice ID.
pub(super) fn rows(file: &File, range: Range<usize>) -> impl Iterator<Item = (usize, &Row, bool)> {
    let shared = file.shared.iter().copied();
    let rows = file.rows.iter().zip(shared).enumerate().skip(range.start).take(range.len());
    rows.map(|(place, (row, shared))| (place, row, shared))
}

/// The parts that one transaction takes.
pub(super) fn slices(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(SLICE).map(move |from| from..rows.min(from + SLICE))
}

fn keep<T>(list: &mut Vec<T>, one: T) {
    if list.len() < SHOWN {
        list.push(one);
    }
}

/// What one slice came to.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) tally: Tally,
    errors: Vec<RowError>,
    seen: Seen,
    named: Vec<CardId>,
    /// Boxes that are full by now; empty where none were filled.
    pub(super) full: BTreeSet<BoxId>,
}

impl Sorted {
    /// `cards` has the former card where the report shows it.
    pub(super) fn add_new(
        &mut self,
        place: usize,
        conflict: bool,
        former: Option<CardId>,
        cards: &BTreeMap<CardId, Card>,
    ) {
        self.tally.count_new(conflict);
        self.seen.new.push(place);
        if conflict {
            self.seen.conflicts.push(place);
        }
        if let Some(former) = former {
            self.seen.returned += 1;
            let shown = cards.get(&former);
            self.seen
                .returning
                .extend(shown.map(|card| Returning { row: place, former: Box::new(card.clone()) }));
        }
    }

    /// `card` is the card as it stands, where the report shows it.
    pub(super) fn add_changed(&mut self, line: u64, id: CardId, turns: Turns, card: Option<&Card>) {
        self.tally.changed += 1;
        self.named.push(id);
        for field in turns.0.keys() {
            *self.seen.fields.entry(*field).or_default() += 1;
        }
        let shown = card.map(|card| ChangedRow { line, card: Box::new(card.clone()), turns });
        self.seen.changed.extend(shown);
    }

    pub(super) fn add_unchanged(&mut self, place: usize, card: CardId) {
        self.tally.unchanged += 1;
        self.named.push(card);
        self.seen.unchanged.push(place);
    }

    /// A row about a card that an earlier row was about.
    pub(super) fn add_duplicate(&mut self) {
        self.tally.duplicate += 1;
    }

    pub(super) fn add_error(&mut self, error: RowError) {
        self.tally.error += 1;
        self.errors.push(error);
    }

    pub(super) fn add_wrong(&mut self, line: u64, card: &NewCard, why: Why) {
        self.tally.error += 1;
        self.errors.push(RowError::new(line, "照会番号", &card.inquiry_no, why));
    }
}

impl Report {
    /// The report before the register was asked: what the file alone shows.
    pub(super) fn begin(rows: usize, errors: &[RowError], duplicates: usize) -> Self {
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let tally = Tally { duplicate: count(duplicates), error: count(errors.len()), ..Tally::default() };
        Self { tally, rows: count(rows), errors: errors.to_vec(), seen: Seen::default() }
    }

    pub(super) fn room(&self, full: BTreeSet<BoxId>) -> Room {
        let room = |shown: usize| SHOWN.saturating_sub(shown);
        Room { changed: room(self.seen.changed.len()), returning: room(self.seen.returning.len()), full }
    }

    pub(super) fn add(&mut self, sorted: Sorted) {
        self.tally.add(&sorted.tally);
        self.errors.extend(sorted.errors);
        let (sum, part) = (&mut self.seen, sorted.seen);
        for (field, rows) in part.fields {
            *sum.fields.entry(field).or_default() += rows;
        }
        sum.returned += part.returned;
        part.changed.into_iter().for_each(|one| keep(&mut sum.changed, one));
        part.conflicts.into_iter().for_each(|one| keep(&mut sum.conflicts, one));
        part.returning.into_iter().for_each(|one| keep(&mut sum.returning, one));
        part.unchanged.into_iter().for_each(|one| keep(&mut sum.unchanged, one));
        part.new.into_iter().for_each(|one| keep(&mut sum.new, one));
    }

    pub(super) fn end(mut self) -> Self {
        self.errors.sort_by_key(|error| error.line);
        self
    }
}
