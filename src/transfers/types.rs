//! A transfer and its states.

use serde::Serialize;

use crate::base::{BookingId, CardId, Day, LocationId, Moment, StorageId, TransferId};
use crate::stored_as_code;

/// One journey of a card (回送).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The row.
    pub id: TransferId,
    /// The card.
    pub card: CardId,
    /// The storage place that it leaves, with its shelf and place in the box.
    pub from: Spot,
    /// Where it goes.
    pub to: LocationId,
    /// Where it went before it was wanted elsewhere.
    pub before: Option<LocationId>,
    /// Where it was put when it arrived.
    pub to_storage: Option<StorageId>,
    /// Where it belongs when no booking wants it.
    pub home: Spot,
    /// What wants it; `None` for a return, or when the booking is gone.
    pub want: Option<Want>,
    /// Where it stands.
    pub status: TransferStatus,
    /// Whether it is to be brought back: home, or onto its shelf when it was only pulled.
    pub return_needed: bool,
    /// The courier's round that it goes with (便), or empty.
    pub run: String,
    /// The number of the seal on the bag (封印番号), or empty.
    pub seal: String,
    /// When it was asked for.
    pub requested: Stamp,
    /// When it was taken from its shelf.
    pub pulled: Option<Stamp>,
    /// When it was sent.
    pub sent: Option<Stamp>,
    /// When it arrived.
    pub arrived: Option<Stamp>,
    /// When it was given up.
    pub cancelled: Option<Stamp>,
    /// The number of this state, for finding out that somebody else was faster.
    pub version: i64,
}

impl Transfer {
    /// Whether it brings a card home that no booking wants.
    pub fn is_return(&self) -> bool {
        self.want.is_none() && self.status.is_open() && !self.return_needed
    }

    /// Where the card is wanted after this journey, when that is another place.
    pub fn goes_on_to(&self) -> Option<LocationId> {
        self.want.map(|want| want.location).filter(|wanted| *wanted != self.to)
    }
}

/// A booking that wants a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// The booking.
    pub booking: BookingId,
    /// Where it is.
    pub location: LocationId,
    /// On which day.
    pub day: Day,
}

/// A place in a storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The storage place.
    pub storage: StorageId,
    /// Shelf or box, or empty.
    pub shelf: String,
    /// Place in the box, or empty.
    pub position: String,
}

/// When a step was done, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// When.
    pub at: Moment,
    /// Their name as it was then.
    pub by: String,
}

/// Where a transfer stands (回送の状態).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferStatus {
    /// The card lies in its storage place and must go (未発送).
    Requested,
    /// It was taken from its shelf (引抜済).
    Pulled,
    /// It is under way (輸送中).
    InTransit,
    /// It was received (到着).
    Arrived,
    /// It need not go any more (取消).
    Cancelled,
}

impl TransferStatus {
    /// Every status, in the order of the journey.
    pub const ALL: [Self; 5] =
        [Self::Requested, Self::Pulled, Self::InTransit, Self::Arrived, Self::Cancelled];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Pulled => "pulled",
            Self::InTransit => "in_transit",
            Self::Arrived => "arrived",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether the journey is not over.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Pulled | Self::InTransit)
    }

    /// Whether the card still lies in the storage place that it is to leave.
    pub fn is_before_sending(self) -> bool {
        matches!(self, Self::Requested | Self::Pulled)
    }

    /// Whether a transfer may go from here to `next`.
    ///
    /// Backwards steps undo a slip of the hand; a card that was pulled for one place and is wanted at another is asked for
    /// anew; a journey is given up underway only when the card is found to lie elsewhere.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Requested => matches!(next, Self::Pulled | Self::InTransit | Self::Cancelled),
            Self::Pulled => matches!(next, Self::Requested | Self::InTransit | Self::Cancelled),
            Self::InTransit => matches!(next, Self::Arrived | Self::Pulled | Self::Cancelled),
            Self::Arrived => next == Self::InTransit,
            Self::Cancelled => false,
        }
    }
}

stored_as_code!(TransferStatus);

#[cfg(test)]
mod tests {
    use super::TransferStatus as S;

    #[test]
    fn stored_words_come_back_as_what_they_were() {
        assert!(S::ALL.into_iter().all(|one| S::from_code(one.code()) == Some(one)));
        assert_eq!(S::from_code("lost"), None);
    }

    #[test]
    fn a_journey_goes_forward_step_by_step() {
        assert!(S::Requested.may_become(S::Pulled));
        assert!(S::Pulled.may_become(S::InTransit));
        assert!(S::InTransit.may_become(S::Arrived));
        assert!(S::Requested.may_become(S::InTransit), "pulling need not be recorded on its own");
        assert!(!S::Requested.may_become(S::Arrived), "what was not sent does not arrive");
        assert!(!S::Pulled.may_become(S::Arrived));
    }

    #[test]
    fn a_slip_of_the_hand_goes_back_one_step() {
        assert!(S::Pulled.may_become(S::Requested));
        assert!(S::InTransit.may_become(S::Pulled));
        assert!(S::Arrived.may_become(S::InTransit));
        assert!(!S::InTransit.may_become(S::Requested));
        assert!(!S::Arrived.may_become(S::Pulled));
    }

    #[test]
    fn what_was_given_up_never_comes_back_and_what_arrived_is_not_given_up() {
        assert!(S::ALL.into_iter().all(|next| !S::Cancelled.may_become(next)));
        assert!(!S::Arrived.may_become(S::Cancelled));
    }

    #[test]
    fn no_status_becomes_itself_and_only_three_are_open() {
        assert!(S::ALL.into_iter().all(|one| !one.may_become(one)));
        let open: Vec<S> = S::ALL.into_iter().filter(|one| one.is_open()).collect();
        assert_eq!(open, [S::Requested, S::Pulled, S::InTransit]);
    }
}
