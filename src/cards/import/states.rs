//! Card states, storage places and mail addresses of a former system, brought over onto cards that are registered.
//!
//! **Invariant:** a card that was handed over here is never made anything else by a file, and no card comes to be by one.
//! **Invariant:** a card that is on its way, or not in the house, is put nowhere by a file.
//!
//! Spec: 7(1)⑬.

use std::collections::HashSet;
use std::ops::Range;

use super::apply::{Begun, Parts, Staged};
use super::fields::{Field, Turn, Turns};
use super::key::Key;
use super::pace::Slice;
use super::profile::{Keep, Kind, Profile, Target};
use super::reader::{Found, ReadError, Reader, Record};
use super::report::{Room, Sorted};
use super::row::{Context, WORD_MAX, place, shelf_and_position, words};
use super::why::{RowError, Why};
use super::{run_store, store};
use crate::base::{Day, Email};
use crate::cards::storage::{self, Place, Spot};
use crate::cards::{Card, CardStatus};
use crate::db::{Fault, ReadTx, WriteTx};

/// A file of card states that was read: nothing of it is written yet.
#[derive(Clone, Debug)]
pub struct StateFile {
    /// What was found out about it.
    pub found: Found,
    /// How it was read.
    pub profile: Profile,
    /// The rows that can be looked up, in the order of the file.
    pub rows: Vec<StateRow>,
    /// The rows that cannot be read.
    pub errors: Vec<RowError>,
    /// Lines of rows about a card that an earlier row was about.
    pub duplicates: Vec<u64>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct StateRow {
    /// Its line.
    pub line: u64,
    /// Whose card.
    pub key: Key,
    /// Its status in the former system.
    pub status: Option<CardStatus>,
    /// Since when.
    pub since: Option<Day>,
    /// The mail address there.
    pub email: Option<Email>,
    /// Where it lies, as far as the row says so.
    pub spot: Option<Spot>,
}

/// Reads a file of card states.
pub fn read_states(bytes: &[u8], profile: &Profile, context: &Context) -> Result<StateFile, ReadError> {
    let reader = Reader::open(bytes, profile)?;
    let (mut rows, mut errors, mut duplicates) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for record in reader.rows() {
        match record.and_then(|record| row(&record, context)) {
            Ok(row) if !seen.insert(row.key.clone()) => duplicates.push(row.line),
            Ok(row) => rows.push(row),
            Err(error) => errors.push(error),
        }
    }
    Ok(StateFile { found: reader.found().clone(), profile: profile.clone(), rows, errors, duplicates })
}

fn row(record: &Record, context: &Context) -> Result<StateRow, RowError> {
    let wrong =
        |target: Target, why: Why| RowError::new(record.line(), target.label(), record.get(target), why);
    let key = Key::read(record, context)?;
    let written = record.get(Target::Status);
    let status = CardStatus::from_code(written)
        .or_else(|| CardStatus::ALL.into_iter().find(|status| status.word() == written));
    if status.is_none() && !written.is_empty() {
        return Err(wrong(Target::Status, Why::UnknownStatus));
    }
    let since = record.get(Target::StatusOn);
    let since =
        if since.is_empty() { None } else { Some(day(since).map_err(|why| wrong(Target::StatusOn, why))?) };
    let email = record.get(Target::Email);
    let email = if email.is_empty() {
        None
    } else {
        Some(Email::parse(email).map_err(|_| wrong(Target::Email, Why::BadEmail))?)
    };
    let spot = spot(record, context, wrong)?;
    Ok(StateRow { line: record.line(), key, status, since, email, spot })
}

/// Where a row says that its card lies. A shelf without a place says nothing.
fn spot(
    record: &Record,
    context: &Context,
    wrong: impl Fn(Target, Why) -> RowError,
) -> Result<Option<Spot>, RowError> {
    let written = words(record.get(Target::Shelf), WORD_MAX).map_err(|why| wrong(Target::Shelf, why))?;
    let storage = place(record.get(Target::Storage), context.storages.as_deref());
    let storage = storage.map_err(|why| wrong(Target::Storage, why))?;
    let (shelf, position) = shelf_and_position(written);
    Ok(storage.map(|storage| Spot { storage: Some(storage), shelf, position }))
}

/// A day of a row, which its reader has brought to one form.
fn day(written: &str) -> Result<Day, Why> {
    Ok(crate::base::Written::parse_day(written)?)
}

/// How a file is read, and the storage places of the city.
type Known<'a> = (&'a Profile, &'a [Place]);

/// What a row means for the register.
enum Sorting {
    Changed(Box<Card>, Turns),
    Unchanged(Box<Card>),
    Wrong(RowError),
}

fn sort(tx: &ReadTx<'_>, row: &StateRow, (profile, places): Known<'_>) -> Result<Sorting, Fault> {
    let wrong = |target: Target, value: &str, why| {
        Sorting::Wrong(RowError::new(row.line, target.label(), value, why))
    };
    let card = match row.key.find(tx)? {
        Ok(card) => card,
        Err(why) => return Ok(wrong(Target::NoticeId, &row.key.notice.to_string(), why)),
    };
    let status = row.status.filter(|status| *status != card.status);
    if let Some(status) = status {
        if card.status == CardStatus::Issued {
            return Ok(wrong(Target::Status, status.word(), Why::Issued));
        }
        if !status.may_be_booked() && card.booking_state.is_some_and(crate::cards::BookingState::is_live) {
            return Ok(wrong(Target::Status, status.word(), Why::HasBooking));
        }
    }
    let mut turns = turns(row, &card, profile);
    turns.0.extend(put(row, &card, places));
    Ok(if turns.is_empty() {
        Sorting::Unchanged(Box::new(card))
    } else {
        Sorting::Changed(Box::new(card), turns)
    })
}

fn turns(row: &StateRow, card: &Card, profile: &Profile) -> Turns {
    let sent = row.since.filter(|_| row.status == Some(CardStatus::Notified));
    let all = [
        (Field::Status, row.status.map(|status| status.code().to_owned())),
        (Field::Email, row.email.as_ref().map(|email| email.as_str().to_owned())),
        (Field::NoticeSentOn, sent.map(|day| day.to_string())),
    ];
    let turn = |(field, said): (Field, Option<String>)| {
        let (now, said) = (field.of(card), said?);
        // The status is what such a file is about; another field keeps to the profile, a day to what is known.
        let may = match field {
            Field::Status => true,
            Field::NoticeSentOn => now.is_none(),
            _ => match profile.keep(field.target()) {
                Keep::Overwrite => true,
                Keep::OnlyIfEmpty => now.is_none(),
                Keep::Never => false,
            },
        };
        (may && now.as_ref() != Some(&said)).then_some((field, Turn(now, Some(said))))
    };
    Turns(all.into_iter().filter_map(turn).collect())
}

/// Where the row puts the card: nowhere while it is on its way or not in the house.
fn put(row: &StateRow, card: &Card, places: &[Place]) -> Vec<(Field, Turn)> {
    let out = card.status.is_out_of_house() || row.status.is_some_and(CardStatus::is_out_of_house);
    let Some(told) = row.spot.clone().filter(|_| card.away.is_none() && !out) else { return Vec::new() };
    let place = places.iter().find(|place| Some(place.id) == told.storage);
    let spot = storage::as_named(place.map(|place| place.boxes.as_slice()).unwrap_or_default(), told);
    if spot.shelf.is_empty() && spot.storage == card.storage {
        return Vec::new();
    }
    let some = |text: String| (!text.is_empty()).then_some(text);
    let said = [
        (Field::Storage, spot.storage.map(|id| id.to_string())),
        (Field::Shelf, some(spot.shelf)),
        (Field::Position, some(spot.position)),
    ];
    let turn = |(field, said): (Field, Option<String>)| {
        let now = field.of(card);
        (now != said).then_some((field, Turn(now, said)))
    };
    said.into_iter().filter_map(turn).collect()
}

impl Staged for StateFile {
    const KIND: Kind = Kind::CardStatus;

    fn parts(&self) -> Parts<'_> {
        let (rows, duplicates) = (self.rows.len(), self.duplicates.len());
        Parts { found: &self.found, rows, errors: &self.errors, duplicates }
    }

    fn look(&self, tx: &ReadTx<'_>, range: Range<usize>, _: &Room) -> Result<Sorted, Fault> {
        let (mut sorted, places) = (Sorted::default(), storage::places(tx)?);
        for (place, row) in self.slice(range) {
            match sort(tx, row, (&self.profile, &places))? {
                Sorting::Changed(card, turns) => sorted.add_changed(row.line, card.id, turns, Some(&card)),
                Sorting::Unchanged(card) => sorted.add_unchanged(place, card.id),
                Sorting::Wrong(error) => sorted.add_error(error),
            }
        }
        Ok(sorted)
    }

    fn stage(
        &self,
        tx: &WriteTx<'_>,
        from: usize,
        slice: &Slice,
        begun: Begun,
        _: &Room,
    ) -> Result<(Sorted, usize), Fault> {
        let (mut sorted, mut done, places) = (Sorted::default(), 0, storage::places(tx)?);
        for (place, row) in slice.of(self.slice(from..self.rows.len())) {
            match sort(tx, row, (&self.profile, &places))? {
                Sorting::Changed(card, turns) => {
                    if store::stage(tx, begun.run, card.id, row.line, &turns)? {
                        sorted.add_changed(row.line, card.id, turns, Some(&card));
                    } else {
                        sorted.add_duplicate();
                    }
                }
                Sorting::Unchanged(card) => sorted.add_unchanged(place, card.id),
                Sorting::Wrong(error) => sorted.add_error(error),
            }
            done += 1;
        }
        run_store::set_done(tx, begun.run, from + done)?;
        Ok((sorted, done))
    }
}

impl StateFile {
    fn slice(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &StateRow)> {
        self.rows.iter().enumerate().skip(range.start).take(range.len())
    }
}
