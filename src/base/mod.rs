//! Values that every other room speaks in: moments, days, row ids, chance, text, birth dates, addresses.
//!
//! Invariant: knows nobody else in the house; takes no time and no randomness by itself.

pub mod chance;
pub mod clock;
pub mod day;
pub mod ids;

pub use chance::Chance;
pub use clock::{Clock, Moment};
pub use day::{Day, Minute};
pub use ids::{
    BookingId, CardId, HistoryId, ImportRunId, InvitationId, LocationId, MemberId, OutboxId, RoleId, StaffId,
    StorageId,
};
