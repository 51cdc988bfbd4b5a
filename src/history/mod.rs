//! Change events: who did what to which record, append-only and chained, written with the change itself.
//!
//! **Invariant:** an event is written in the same transaction as the rows it tells of, and never changed or deleted.
//! **Invariant:** the chain covers the salted hash of the values, not the values: they can be purged, and the chain still holds.
//!
//! Spec: 7(2)⑦, 10(12).

mod chain;
mod record;
mod store;
mod verify;

use crate::base::{
    BatchId, BookingId, BulkMailId, CardId, ClosureId, HistoryId, ImportProfileId, ImportRunId, InvitationId,
    LocationId, MailRefusalId, Moment, OutboxId, RoleId, StaffId, StorageId, TransferId, WaitingId,
};
use crate::db::{Fault, ReadTx, WriteTx};

pub use record::record;
pub use verify::{Link, Verdict, verify};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Record {
    /// A card.
    Card(CardId),
    /// A booking.
    Booking(BookingId),
    /// A member of staff.
    Staff(StaffId),
    /// A role and its permissions.
    Role(RoleId),
    /// A run of the importer.
    ImportRun(ImportRunId),
    /// A version of an import profile.
    ImportProfile(ImportProfileId),
    /// A place of hand-over with its hours, days and windows.
    Location(LocationId),
    /// A storage place.
    Storage(StorageId),
    /// A journey of a card.
    Transfer(TransferId),
    /// One status given to many cards.
    CardBatch(BatchId),
    /// A mail link to the booking pages.
    Invitation(InvitationId),
    /// A letter to many.
    BulkMail(BulkMailId),
    /// Somebody who waits for a seat.
    Waiting(WaitingId),
    /// A mail in the outbox.
    Mail(OutboxId),
    /// An address whose owner wants no news by mail.
    MailRefusal(MailRefusalId),
    /// A closure of several locations at once.
    Closure(ClosureId),
    /// A setting of the municipality.
    Setting,
    /// The sentences of the letters.
    Wording,
    /// The municipality's file as a whole.
    Municipality,
    /// A list that was taken out of the console.
    List,
}

impl Record {
    /// The code stored in `record_kind`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Card(_) => "card",
            Self::Booking(_) => "booking",
            Self::Staff(_) => "staff",
            Self::Role(_) => "role",
            Self::ImportRun(_) => "import_run",
            Self::ImportProfile(_) => "import_profile",
            Self::Location(_) => "location",
            Self::Storage(_) => "storage",
            Self::Transfer(_) => "transfer",
            Self::CardBatch(_) => "card_batch",
            Self::Invitation(_) => "invitation",
            Self::BulkMail(_) => "bulk_mail",
            Self::Waiting(_) => "waiting",
            Self::Mail(_) => "mail",
            Self::MailRefusal(_) => "mail_refusal",
            Self::Closure(_) => "closure",
            Self::Setting => "setting",
            Self::Wording => "wording",
            Self::Municipality => "municipality",
            Self::List => "list",
        }
    }

    /// The row that is meant; `None` where there is only one thing of the kind.
    pub fn row(self) -> Option<i64> {
        match self {
            Self::Card(id) => Some(id.get()),
            Self::Booking(id) => Some(id.get()),
            Self::Staff(id) => Some(id.get()),
            Self::Role(id) => Some(id.get()),
            Self::ImportRun(id) => Some(id.get()),
            Self::ImportProfile(id) => Some(id.get()),
            Self::Location(id) => Some(id.get()),
            Self::Storage(id) => Some(id.get()),
            Self::Transfer(id) => Some(id.get()),
            Self::CardBatch(id) => Some(id.get()),
            Self::Invitation(id) => Some(id.get()),
            Self::BulkMail(id) => Some(id.get()),
            Self::Waiting(id) => Some(id.get()),
            Self::Mail(id) => Some(id.get()),
            Self::MailRefusal(id) => Some(id.get()),
            Self::Closure(id) => Some(id.get()),
            Self::Setting | Self::Wording | Self::Municipality | Self::List => None,
        }
    }
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Name of the field, such as `status`.
    pub field: &'static str,
    /// Value before; `None` when there was none.
    pub before: Option<String>,
    /// Value after; `None` when there is none any more.
    pub after: Option<String>,
}

impl Change {
    /// A change of `field` from one value to another.
    pub fn new(field: &'static str, before: Option<String>, after: Option<String>) -> Self {
        Self { field, before, after }
    }
}

/// An event to record. Who, when and from where come from the transaction.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Room and verb, such as `booking.confirmed`.
    pub operation: &'static str,
    /// What it is about.
    pub record: Record,
    /// The cards in whose history it shall appear.
    pub cards: &'a [CardId],
    /// The fields that changed, with their values.
    pub changes: Vec<Change>,
    /// Why, where the person had to say it.
    pub reason: Option<String>,
    /// The event of the bulk operation that this one is a part of.
    pub batch: Option<HistoryId>,
}

impl Event<'_> {
    /// An event without cards, values, reason and batch; the rest is filled in with `..Event::of(…)`.
    pub fn of(operation: &'static str, record: Record) -> Self {
        Self { operation, record, cards: &[], changes: Vec::new(), reason: None, batch: None }
    }
}

/// An event as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, counted from 1 without a gap.
    pub id: HistoryId,
    /// When.
    pub at: Moment,
    /// Kind of actor: `citizen`, `staff`, `cli`, `system`.
    pub actor_kind: String,
    /// The member of staff, if it was one.
    pub staff: Option<StaffId>,
    /// Name of the actor as it was then.
    pub actor: String,
    /// Network address or other place that the act came from.
    pub origin: String,
    /// Room and verb, such as `booking.confirmed`.
    pub operation: String,
    /// Kind of record, see [`Record::kind`].
    pub record_kind: String,
    /// Row of the record.
    pub record_id: Option<i64>,
    /// Names of the fields that changed; they stay when the values are purged.
    pub fields: Vec<String>,
    /// The bulk event that this one is a part of.
    pub batch: Option<HistoryId>,
    /// The values; `None` when there were none or when they were purged.
    pub detail: Option<Detail>,
}

/// The values of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Detail {
    /// The fields that changed.
    pub changes: Vec<Changed>,
    /// Why, where the person had to say it.
    pub reason: Option<String>,
}

/// One changed field as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Changed {
    /// Name of the field.
    pub field: String,
    before: Option<String>,
    after: Option<String>,
}

/// Fields whose values are facts of a person, which not everybody may see.
const PERSONAL: [&str; 10] = [
    "name",
    "kana",
    "birth",
    "birth_date",
    "birth_mmdd",
    "notice_id",
    "email",
    "to_email",
    "remark",
    "conditions",
];

impl Changed {
    /// Value before; `None` when there was none, and for a fact of a person.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref().filter(|_| !self.is_personal())
    }

    /// Value after; `None` when there is none any more, and for a fact of a person.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref().filter(|_| !self.is_personal())
    }

    /// Both values, whatever they tell. Whoever calls this answers for who sees them.
    pub fn uncover(&self) -> (Option<&str>, Option<&str>) {
        (self.before.as_deref(), self.after.as_deref())
    }

    /// Whether its values are facts of a person.
    pub fn is_personal(&self) -> bool {
        PERSONAL.contains(&self.field.as_str())
    }
}

/// Every event in which this card appears, newest first.
pub fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Entry>, Fault> {
    store::of_card(tx, card)
}

/// Every event about this record, newest first.
pub fn of_record(tx: &ReadTx<'_>, about: Record) -> Result<Vec<Entry>, Fault> {
    store::of_record(tx, about)
}

/// The newest event with this operation of each of these records of one kind, without its values.
pub fn newest(tx: &ReadTx<'_>, operation: &str, kind: &str, rows: &[i64]) -> Result<Vec<Entry>, Fault> {
    store::newest(tx, operation, kind, rows)
}

/// Shows an event in the history of more cards: those that came to be under it.
pub fn link(tx: &WriteTx<'_>, event: HistoryId, cards: &[CardId]) -> Result<(), Fault> {
    if cards.is_empty() { Ok(()) } else { store::link_cards(tx, event.get(), cards) }
}

/// Takes a card that never stood out of the history of cards; the events stay.
pub fn unlink(tx: &WriteTx<'_>, card: CardId) -> Result<(), Fault> {
    store::unlink_card(tx, card)
}

/// Records that the actor looked at `page` (its name, no personal data), which showed `seen`, a record or none.
pub fn saw(tx: &WriteTx<'_>, page: &str, seen: impl Into<Option<Record>>) -> Result<(), Fault> {
    store::insert_access(tx, page, seen.into())
}
