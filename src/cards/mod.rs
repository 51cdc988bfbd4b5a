//! Cards: what is known of each, where it lies, its status, how it came in.
//!
//! **Invariant:** a card is known by its row; the notice ID is not unique (7(1)④) and never merges two cards.
//! **Invariant:** every look at cards goes through `card_seen`, so rows of an unfinished import are invisible.
//! **Invariant:** no individual number is ever stored; the importer refuses the column, remarks are asked about it.
//! **Invariant:** every change of status follows the table in [`CardStatus::may_become`] or carries a reason.

mod add;
mod alike;
pub mod deadline;
mod edit;
pub mod import;
pub mod missing;
mod namesake;
mod reason;
mod reasoned;
pub mod search;
mod snapshot;
mod status;
pub mod stocktake;
pub mod storage;
mod store;
mod trail;
mod transition;
mod undo_issue;
pub mod watch;
mod words;

use std::collections::BTreeMap;

use crate::base::{
    BirthDate, CardId, Day, ImportRunId, LocationId, Moment, MonthDay, NoticeId, Personal, StorageId, text,
};
use crate::db::{Fault, ReadTx};

pub use add::{AddError, NewCard, add};
pub use alike::{Alike, Likeness, alike};
pub use edit::{
    EditError, SetRemark, Storing, move_to, set_booking_state, set_email, set_incomplete_reason, set_remark,
};
pub use namesake::{TellApart, TellApartError, tell_apart};
pub use reason::ReasonCode;
pub use reasoned::{Reasoned, ReasonedError};
pub use search::{
    Days, Found, Hit, Listing, LookIn, MANY, PAGE, Paging, Sort, Terms, count_all, first_since, labels, list,
    load_search, save_search, search,
};
pub use snapshot::{Snapshot, restore};
pub use status::{BookingState, CardStatus, Label};
pub use trail::Trail;
pub use transition::{Transition, TransitionError, check, is_reason, transition, transition_in};
pub use undo_issue::{UndoIssue, UndoIssueError, undo_issue};

/// One card (個人番号カード) as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its row.
    pub id: CardId,
    /// Notice ID in the compared form.
    pub notice_id: Personal<NoticeId>,
    /// Name as the file wrote it, variant characters and all.
    pub name: Personal<String>,
    /// Reading as the file wrote it.
    pub kana: Personal<String>,
    /// Date of birth; month and day may be unknown.
    pub birth: Personal<BirthDate>,
    /// Name and birth date in one key: the same citizen (7(3)⑫).
    pub person_key: Personal<String>,
    /// Where it stands on its way.
    pub status: CardStatus,
    /// The status that `on_hold`, `missing` and `issued` go back to.
    pub status_before: Option<CardStatus>,
    /// Every status that it goes back to, one after the other; the last is [`Card::status_before`].
    pub trail: Trail,
    /// Whether it has its status by a step that the table does not have.
    pub overridden: bool,
    /// Why it is void or incomplete, as statistics count it.
    pub reason_code: Option<ReasonCode>,
    /// Last day for which it is kept back.
    pub hold_until: Option<Day>,
    /// Since when it has this status.
    pub status_at: Moment,
    /// Its live booking, or the one that nobody came to.
    pub booking_state: Option<BookingState>,
    /// The one state that staff see, derived from status and booking.
    pub label: Label,
    /// What was missing at the counter.
    pub incomplete_reason: Option<String>,
    /// Storage place (保管場所).
    pub storage: Option<StorageId>,
    /// Shelf or box.
    pub shelf: String,
    /// Place in the box.
    pub position: String,
    /// When it was laid there; `None` = not known.
    pub placed_at: Option<Moment>,
    /// How it is on its way; its spot is then the last one.
    pub away: Option<storage::Away>,
    /// Place of hand-over that the notice names.
    pub location: Option<LocationId>,
    /// Day it was made.
    pub made_on: Option<Day>,
    /// Day the notice was sent.
    pub notice_sent_on: Option<Day>,
    /// Day the second notice was sent.
    pub renotice_sent_on: Option<Day>,
    /// Last day to collect it; passing it blocks nothing.
    pub pickup_due_on: Option<Day>,
    /// Last day of its validity.
    pub valid_until: Option<Day>,
    /// Last day of the holder's period of residence (在留期間満了日); `None` where there is none.
    pub residence_until: Option<Day>,
    /// Inquiry number (照会番号), empty when unknown.
    pub inquiry_no: String,
    /// Registered mail address.
    pub email: Option<Personal<String>>,
    /// Remark for staff only (7(2)⑬).
    pub remark: Personal<String>,
    /// The import that brought it.
    pub import_run: Option<ImportRunId>,
    /// Its line in that file.
    pub import_line: Option<i64>,
    /// The card that the same citizen had before, as the import found it: this one was made anew.
    pub former: Option<CardId>,
    /// When it was registered.
    pub created_at: Moment,
    /// Counts changes by staff; what a form saw must still be so when it is saved.
    pub version: i64,
}

impl Card {
    /// Whether a booking for collecting it may be made. A passed pick-up day does not matter.
    pub fn may_be_booked(&self) -> bool {
        self.status.may_be_booked()
    }

    /// Whether the card's validity has ended before `today`.
    pub fn is_expired(&self, today: Day) -> bool {
        self.valid_until.is_some_and(|until| until < today)
    }

    /// The name as it is compared, whatever its width, spaces and variant characters.
    pub fn name_key(&self) -> Personal<String> {
        Personal::of(text::name_key(self.name.uncover()))
    }

    /// Whether the citizen's reading is this one, however it was typed.
    pub fn has_kana(&self, typed: &str) -> bool {
        !self.kana.is_empty() && text::kana_key(self.kana.uncover()) == text::kana_key(typed)
    }
}

/// The key that stands for one citizen; `namesake` tells apart people with the same name and birth date.
pub(crate) fn person_key(name: &str, birth: BirthDate, namesake: i64) -> String {
    let key = person_of_key(&text::name_key(name), birth);
    if namesake == 0 { key } else { format!("{key}|{namesake}") }
}

/// The key of somebody without namesakes, by the name in the form that is compared.
fn person_of_key(name: &str, birth: BirthDate) -> String {
    format!("{name}|{birth}")
}

/// The card with this row, if it is there and visible.
pub fn get(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Card>, Fault> {
    store::get(tx, card)
}

/// The cards with these rows, by row; those that are gone or invisible are left out.
pub fn of_ids(tx: &ReadTx<'_>, ids: &[CardId]) -> Result<BTreeMap<CardId, Card>, Fault> {
    Ok(store::of_ids(tx, ids)?.into_iter().map(|card| (card.id, card)).collect())
}

/// Every card with this notice ID whose holder was born on this month and day.
///
/// Spec: 7(1)④, 7(3)②.
pub fn lookup(tx: &ReadTx<'_>, notice_id: &NoticeId, birthday: MonthDay) -> Result<Vec<Card>, Fault> {
    store::lookup(tx, notice_id, birthday)
}

/// Every other card with the same notice ID.
pub fn same_notice(tx: &ReadTx<'_>, card: &Card) -> Result<Vec<Card>, Fault> {
    let cards = store::with_notice(tx, card.notice_id.uncover())?;
    Ok(cards.into_iter().filter(|other| other.id != card.id).collect())
}

/// Every card with this notice ID.
pub fn with_notice(tx: &ReadTx<'_>, notice_id: &NoticeId) -> Result<Vec<Card>, Fault> {
    store::with_notice(tx, notice_id)
}

/// Every other card of the same citizen, by name and birth date.
pub fn same_person(tx: &ReadTx<'_>, card: &Card) -> Result<Vec<Card>, Fault> {
    let cards = store::of_same_person(tx, card)?;
    Ok(cards.into_iter().filter(|other| other.id != card.id).collect())
}

/// How many cards are registered.
pub fn count(tx: &ReadTx<'_>) -> Result<u64, Fault> {
    store::count(tx)
}

/// The next cards by row after this one that are not past everything, at most `most` of them.
pub(in crate::cards) fn unfinished_after(tx: &ReadTx<'_>, after: i64, most: u32) -> Result<Vec<Card>, Fault> {
    store::unfinished_after(tx, after, most)
}
