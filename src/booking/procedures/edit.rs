//! Shaping procedures: which are offered, where, how long, with whose seats, and what they say.

use std::collections::BTreeSet;

use super::{CheckBy, ISSUANCE, Procedure, Words, store};
use crate::base::{LocationId, text};
use crate::calendar;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The most slots in a row.
const SLOTS_MAX: u8 = 12;

/// The most seats of its own.
const OWN_MAX: u16 = 99;

/// The longest name, and the longest other line.
const NAME_MAX: usize = 40;
const LINE_MAX: usize = 200;

/// The most lines of a list.
const LINES_MAX: usize = 12;

/// What a procedure shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditProcedure {
    /// Its code.
    pub code: String,
    /// Its state when the form was drawn.
    pub expect_version: i64,
    /// Its name on staff pages.
    pub name: String,
    /// Whether it is offered.
    pub open: bool,
    /// How many slots in a row it takes.
    pub slots: u8,
    /// Seats of its own; `None` = the shared ones.
    pub own_capacity: Option<u16>,
    /// How the person is checked.
    pub check: CheckBy,
    /// Locations that do not offer it.
    pub absent: BTreeSet<LocationId>,
}

/// A procedure of the city's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddProcedure {
    /// Its name, which is also its Japanese one.
    pub name: String,
}

/// What a procedure shall say in a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetWords {
    /// Its code.
    pub code: String,
    /// The language.
    pub language: String,
    /// The words. Without a name the language falls back on Japanese.
    pub words: Words,
}

/// Why a procedure stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ProcedureError {
    /// There is none of this code.
    #[error("no such procedure")]
    Gone,
    /// Somebody changed it since the form was drawn.
    #[error("changed meanwhile")]
    Changed,
    /// It has no name, or one that cannot be kept.
    #[error("the name cannot be kept")]
    BadName,
    /// The number of slots is out of bounds.
    #[error("1 to {SLOTS_MAX} slots")]
    BadSlots,
    /// The number of seats is out of bounds.
    #[error("1 to {OWN_MAX} seats")]
    BadCapacity,
    /// A line is too long, or there are too many.
    #[error("a line cannot be kept")]
    BadLine,
    /// The hand-over of cards is always offered, by notice, with the shared seats.
    #[error("the hand-over of cards cannot be changed so")]
    Issuance,
    /// There are as many as there can be.
    #[error("too many procedures")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Changes a procedure. Bookings that stand keep their time; the seats are counted by the new rule from now on.
///
/// Spec: 8(3).
pub fn edit_procedure(tx: &WriteTx<'_>, wish: &EditProcedure) -> Result<(), ProcedureError> {
    let before = super::procedure(tx, &wish.code)?.ok_or(ProcedureError::Gone)?;
    let name = fit(&wish.name, NAME_MAX).filter(|name| !name.is_empty()).ok_or(ProcedureError::BadName)?;
    if !(1..=SLOTS_MAX).contains(&wish.slots) {
        return Err(ProcedureError::BadSlots);
    }
    if wish.own_capacity.is_some_and(|own| !(1..=OWN_MAX).contains(&own)) {
        return Err(ProcedureError::BadCapacity);
    }
    let plain = wish.open && wish.own_capacity.is_none() && wish.check == CheckBy::Notice;
    if wish.code == ISSUANCE && !(plain && wish.absent.is_empty()) {
        return Err(ProcedureError::Issuance);
    }
    let after = Procedure {
        name: name.to_owned(),
        open: wish.open,
        slots: wish.slots,
        own_capacity: wish.own_capacity,
        check: wish.check,
        version: wish.expect_version,
        absent: wish.absent.clone(),
        ..before.clone()
    };
    if !store::update(tx, &after)? {
        return Err(ProcedureError::Changed);
    }
    store::replace_absent(tx, &wish.code, &wish.absent)?;
    calendar::offer_changed(tx, None)?;
    record(tx, "procedure.changed", differences(&before, &after))
}

/// Adds a procedure of the city's own, not offered until it is switched on.
pub fn add_procedure(tx: &WriteTx<'_>, wish: &AddProcedure) -> Result<String, ProcedureError> {
    let name = fit(&wish.name, NAME_MAX).filter(|name| !name.is_empty()).ok_or(ProcedureError::BadName)?;
    let all = store::all(tx)?;
    let position = all.iter().map(|one| one.position).max().unwrap_or(0) + 1;
    if position > 20 {
        return Err(ProcedureError::TooMany);
    }
    let procedure = Procedure {
        code: format!("own_{}", spelled(position)),
        name: name.to_owned(),
        position,
        open: false,
        slots: 1,
        own_capacity: None,
        check: CheckBy::Person,
        version: 1,
        absent: BTreeSet::new(),
    };
    store::insert(tx, &procedure)?;
    let words = Words { name: name.to_owned(), ..Words::default() };
    store::put_words(tx, &procedure.code, super::FIRST_LANGUAGE, &words)?;
    record(tx, "procedure.added", vec![Change::new("name", None, Some(procedure.name.clone()))])?;
    Ok(procedure.code)
}

/// Sets what a procedure says in a language.
pub fn set_words(tx: &WriteTx<'_>, wish: &SetWords) -> Result<(), ProcedureError> {
    let known = store::get(tx, &wish.code)?.ok_or(ProcedureError::Gone)?;
    let name = fit(&wish.words.name, NAME_MAX).ok_or(ProcedureError::BadName)?;
    if name.is_empty() && wish.language == super::FIRST_LANGUAGE {
        return Err(ProcedureError::BadName);
    }
    let about = fit(&wish.words.about, LINE_MAX).ok_or(ProcedureError::BadLine)?;
    let words = Words {
        name: name.to_owned(),
        about: about.to_owned(),
        bring: lines(&wish.words.bring)?,
        precautions: lines(&wish.words.precautions)?,
    };
    if name.is_empty() {
        store::drop_words(tx, &known.code, &wish.language)?;
    } else {
        store::put_words(tx, &known.code, &wish.language, &words)?;
    }
    let told = format!("{} {}", known.name, wish.language);
    record(tx, "procedure.words", vec![Change::new("words", None, Some(told))])
}

/// A number in letters, for codes that have none.
fn spelled(number: u8) -> char {
    char::from(b'a' + number % 26)
}

fn fit(text: &str, most: usize) -> Option<&str> {
    let text = text.trim();
    (text.chars().count() <= most && !text::has_control(text)).then_some(text)
}

fn lines(lines: &[String]) -> Result<Vec<String>, ProcedureError> {
    let kept = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
    let kept: Option<Vec<String>> = kept.map(|line| fit(line, LINE_MAX).map(str::to_owned)).collect();
    kept.filter(|kept| kept.len() <= LINES_MAX).ok_or(ProcedureError::BadLine)
}

fn differences(before: &Procedure, after: &Procedure) -> Vec<Change> {
    let own = |one: &Procedure| one.own_capacity.map_or_else(|| "shared".to_owned(), |own| own.to_string());
    let absent = |one: &Procedure| one.absent.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let facts = |one: &Procedure| {
        [
            ("name", one.name.clone()),
            ("open", one.open.to_string()),
            ("slots", one.slots.to_string()),
            ("capacity", own(one)),
            ("check", one.check.code().to_owned()),
            ("absent", absent(one)),
        ]
    };
    let pairs = facts(before).into_iter().zip(facts(after));
    let changed = pairs.filter(|((field, old), (_, new))| *field == "name" || old != new);
    changed.map(|((field, old), (_, new))| Change::new(field, Some(old), Some(new))).collect()
}

fn record(tx: &WriteTx<'_>, operation: &'static str, changes: Vec<Change>) -> Result<(), ProcedureError> {
    history::record(tx, &Event { changes, ..Event::of(operation, Record::Setting) })?;
    Ok(())
}
