//! The outbox as staff look through it.

use super::{Listed, State, store};
use crate::base::{BookingId, CardId, Day, LocationId, Minute, Moment, OutboxId};
use crate::db::{Fault, ReadTx};

/// Which letters are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In these states; empty = any.
    pub states: Vec<State>,
    /// Of this kind, see [`super::Letter::kind`].
    pub kind: Option<String>,
    /// Queued on one of these days in Japan, both included.
    pub days: Option<(Day, Day)>,
    /// About this card.
    pub card: Option<CardId>,
    /// About this booking.
    pub booking: Option<BookingId>,
    /// To the address that this letter went to.
    pub like: Option<OutboxId>,
    /// Without those about bookings at other places than these; `None` = at any.
    pub places: Option<Vec<LocationId>>,
}

impl Filter {
    /// The first moment of the days, and the one after the last.
    pub(super) fn span(&self) -> Option<(Moment, Moment)> {
        self.days.map(|(from, to)| (Moment::at(from, Minute::of(0)), Moment::at(to.plus(1), Minute::of(0))))
    }
}

/// How the outbox stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Letters that wait or are being sent.
    pub waiting: u32,
    /// Letters that wait for an administrator.
    pub held: u32,
    /// Letters that a mail server took today.
    pub sent_today: u32,
    /// Letters of today that were given up or came back.
    pub dead_today: u32,
    /// When the next one is tried, if one waits.
    pub next: Option<Moment>,
}

/// How the outbox stands now.
pub fn counts(tx: &ReadTx<'_>) -> Result<Counts, Fault> {
    store::counts(tx, Moment::at(tx.today(), Minute::of(0)))
}

/// At most `most` letters that are wanted, the newest first, from before the row `before`.
pub fn page(
    tx: &ReadTx<'_>,
    filter: &Filter,
    before: Option<OutboxId>,
    most: usize,
) -> Result<Vec<Listed>, Fault> {
    store::page(tx, filter, before, most)
}

/// The newest letter to this address, whatever its case.
pub fn of_address(tx: &ReadTx<'_>, email: &str) -> Result<Option<OutboxId>, Fault> {
    store::newest_to(tx, email)
}
