//! Procedures (手続): what people come for, how long it takes, whose seats it uses, how the person is checked.
//!
//! **Invariant:** the hand-over of a card is always there; the others are offered where the city has switched them on.
//! **Invariant:** a change of a procedure makes every copy of what is free old, like a change of the hours.
//!
//! Spec: 8(3).

mod defaults;
mod edit;
mod store;

use std::collections::BTreeSet;

use serde::Serialize;

use super::types::ISSUANCE;
use crate::base::LocationId;
use crate::calendar::Slot;
use crate::db::{Fault, ReadTx};
use crate::stored_as_code;

pub use edit::{
    AddProcedure, EditProcedure, ProcedureError, SetWords, add_procedure, edit_procedure, set_words,
};

pub(super) use defaults::seed;

/// The language whose words every procedure has.
const FIRST_LANGUAGE: &str = "ja";

/// How the person who books is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckBy {
    /// By the notice ID and the birthday (交付通知書ID).
    Notice,
    /// By name in kana, birth date and telephone, as whoever books says them.
    Person,
}

impl CheckBy {
    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Person => "person",
        }
    }

    /// The check with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Notice, Self::Person].into_iter().find(|one| one.code() == code)
    }
}

stored_as_code!(CheckBy);

/// A procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Procedure {
    /// Its code, such as [`ISSUANCE`].
    pub code: String,
    /// Its name on staff pages.
    pub name: String,
    /// Its place in the city's order; no two have the same.
    pub position: u8,
    /// Whether it is offered.
    pub open: bool,
    /// How many slots in a row it takes.
    pub slots: u8,
    /// Seats of each slot for it alone; `None` = it uses the seats that all share.
    pub own_capacity: Option<u16>,
    /// How the person is checked.
    pub check: CheckBy,
    /// The number of this state.
    pub version: i64,
    /// Locations that do not offer it.
    pub absent: BTreeSet<LocationId>,
}

impl Procedure {
    /// Whether it is the hand-over of a card.
    pub fn is_issuance(&self) -> bool {
        self.code == ISSUANCE
    }

    /// Whether it can be booked at a location.
    pub fn offered_at(&self, location: LocationId) -> bool {
        self.open && !self.absent.contains(&location)
    }

    /// Which seats it uses: 0 those that all share, else its own.
    pub fn pool(&self) -> u8 {
        if self.own_capacity.is_some() { self.position } else { 0 }
    }

    /// The slot with the seats that this procedure can use. A slot that nobody can use has none of its own either.
    #[must_use]
    pub fn seen(&self, slot: Slot) -> Slot {
        match self.own_capacity {
            Some(own) if slot.capacity > 0 => Slot { capacity: own, ..slot },
            _ => slot,
        }
    }
}

/// What is said of a procedure in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Its name.
    pub name: String,
    /// For whom it is.
    pub about: String,
    /// What to bring, a line each.
    pub bring: Vec<String>,
    /// What to acknowledge before booking, a line each. Spec: 7(3)⑨.
    pub precautions: Vec<String>,
}

/// Every procedure in the city's order, also those that are not offered.
pub fn procedures(tx: &ReadTx<'_>) -> Result<Vec<Procedure>, Fault> {
    let mut found = store::all(tx)?;
    for (code, location) in store::absent(tx)? {
        if let Some(procedure) = found.iter_mut().find(|one| one.code == code) {
            procedure.absent.insert(location);
        }
    }
    Ok(found)
}

/// The procedures that are offered, in the city's order.
pub fn open_procedures(tx: &ReadTx<'_>) -> Result<Vec<Procedure>, Fault> {
    Ok(procedures(tx)?.into_iter().filter(|one| one.open).collect())
}

/// The procedure with this code.
pub fn procedure(tx: &ReadTx<'_>, code: &str) -> Result<Option<Procedure>, Fault> {
    let Some(mut found) = store::get(tx, code)? else { return Ok(None) };
    found.absent = store::absent_of(tx, code)?;
    Ok(Some(found))
}

/// The same for a code that a row refers to.
pub(super) fn known(tx: &ReadTx<'_>, code: &str) -> Result<Procedure, Fault> {
    procedure(tx, code)?.ok_or_else(|| Fault::Stored(format!("procedure {code}")))
}

/// What a procedure says in a language, in Japanese where the city has not entered it.
pub fn procedure_words(tx: &ReadTx<'_>, code: &str, language: &str) -> Result<Words, Fault> {
    if let Some(words) = store::words(tx, code, language)? {
        return Ok(words);
    }
    Ok(store::words(tx, code, FIRST_LANGUAGE)?.unwrap_or_default())
}

/// What a procedure says in exactly this language, if the city has entered it.
pub fn own_words(tx: &ReadTx<'_>, code: &str, language: &str) -> Result<Option<Words>, Fault> {
    store::words(tx, code, language)
}

/// The procedure's name where it must be told: `None` while the hand-over of cards is all that is offered.
pub fn name_to_tell(tx: &ReadTx<'_>, code: &str, language: &str) -> Result<Option<String>, Fault> {
    if code == ISSUANCE && store::count_open(tx)? <= 1 {
        return Ok(None);
    }
    Ok(Some(procedure_words(tx, code, language)?.name))
}
