//! Values that every other room speaks in: moments, days, row ids, chance, text, birth dates, addresses.
//!
//! Invariant: knows nobody else in the house; takes no time and no randomness by itself.

pub mod birth;
pub mod chance;
pub mod clock;
pub mod code128;
pub mod cp932;
pub mod day;
pub mod email;
pub mod ids;
pub mod network;
pub mod notice;
pub mod personal;
pub mod text;

pub use birth::{BirthDate, DateError, MonthDay, Written};
pub use chance::Chance;
pub use clock::{Clock, Moment};
pub use day::{Day, Minute};
pub use email::{Email, EmailError};
pub use ids::{
    ApplicantId, BatchId, BookingId, BoxId, BulkMailId, CardId, ClosureId, HistoryId, ImportProfileId,
    ImportRunId, InvitationId, LocationId, MailFailureId, MailRefusalId, MemberId, MissingCardId, OutboxId,
    RoleId, SavedListId, StaffId, StocktakeId, StorageId, StorageRuleId, TransferId, WaitingId,
};
pub use network::network;
pub use notice::{NoticeId, NoticeIdError, NoticePattern};
pub use personal::Personal;
