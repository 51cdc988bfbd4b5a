//! The card's own way, the booking's mark on it, and the one label that staff see.

use serde::{Deserialize, Serialize};

/// Where a card stands on its way from the maker to its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardStatus {
    /// Known from the file, not here yet (未着).
    Announced,
    /// Arrived and inspected (到着・検品済).
    Received,
    /// Set up for hand-over at the terminal (交付前設定済).
    PresetDone,
    /// The notice was sent (通知書発送済).
    Notified,
    /// The notice came back (通知書返戻).
    NoticeReturned,
    /// A second notice was sent (再通知済).
    Renotified,
    /// The holder came, papers were missing (不備・再手続).
    Incomplete,
    /// Kept back on request (保留).
    OnHold,
    /// Handed over (交付済).
    Issued,
    /// Sent by post (郵送交付).
    Mailed,
    /// Came back from the post (郵送返戻).
    MailReturned,
    /// Due to be destroyed (廃棄候補).
    DisposalCandidate,
    /// Destroyed (廃棄済).
    Disposed,
    /// No longer valid (失効).
    Voided,
    /// Sent back to the maker (不良返送).
    DefectReturned,
    /// Nobody knows where it is (所在不明).
    Missing,
}

crate::stored_as_code!(CardStatus);

impl CardStatus {
    /// Every status, in the order of a card's way.
    pub const ALL: [Self; 16] = [
        Self::Announced,
        Self::Received,
        Self::PresetDone,
        Self::Notified,
        Self::NoticeReturned,
        Self::Renotified,
        Self::Incomplete,
        Self::OnHold,
        Self::Issued,
        Self::Mailed,
        Self::MailReturned,
        Self::DisposalCandidate,
        Self::Disposed,
        Self::Voided,
        Self::DefectReturned,
        Self::Missing,
    ];

    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Received => "received",
            Self::PresetDone => "preset_done",
            Self::Notified => "notified",
            Self::NoticeReturned => "notice_returned",
            Self::Renotified => "renotified",
            Self::Incomplete => "incomplete",
            Self::OnHold => "on_hold",
            Self::Issued => "issued",
            Self::Mailed => "mailed",
            Self::MailReturned => "mail_returned",
            Self::DisposalCandidate => "disposal_candidate",
            Self::Disposed => "disposed",
            Self::Voided => "voided",
            Self::DefectReturned => "defect_returned",
            Self::Missing => "missing",
        }
    }

    /// The status with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The statuses that the table allows next. Going back to the status before is not among them.
    pub const fn next(self) -> &'static [Self] {
        use CardStatus as S;
        match self {
            S::Announced => &[S::Received, S::Voided, S::Missing],
            S::Received => &[S::PresetDone, S::DefectReturned, S::Voided, S::Missing],
            S::PresetDone => &[S::Notified, S::Mailed, S::Voided, S::Missing],
            S::Notified => &[
                S::Issued,
                S::Incomplete,
                S::NoticeReturned,
                S::Renotified,
                S::OnHold,
                S::DisposalCandidate,
                S::Voided,
                S::Missing,
            ],
            S::NoticeReturned => &[
                S::Notified,
                S::Renotified,
                S::Issued,
                S::OnHold,
                S::DisposalCandidate,
                S::Voided,
                S::Missing,
            ],
            S::Renotified => &[
                S::Issued,
                S::Incomplete,
                S::NoticeReturned,
                S::OnHold,
                S::DisposalCandidate,
                S::Voided,
                S::Missing,
            ],
            S::Incomplete => &[S::Issued, S::OnHold, S::DisposalCandidate, S::Voided, S::Missing],
            S::OnHold => &[S::Issued, S::Voided, S::Missing],
            S::Mailed => &[S::Issued, S::MailReturned, S::Missing],
            S::MailReturned => &[S::Notified, S::Issued, S::DisposalCandidate, S::Voided, S::Missing],
            S::DisposalCandidate => {
                &[S::Disposed, S::Notified, S::Renotified, S::OnHold, S::Issued, S::Missing]
            }
            S::Voided => &[S::Disposed, S::Missing],
            S::Issued | S::Disposed | S::DefectReturned | S::Missing => &[],
        }
    }

    /// Whether the table allows the step; `before` is where `on_hold` and `missing` came from.
    ///
    /// Spec: 7(2)⑦. Taking back a hand-over is an operation of its own: `undo_issue`.
    pub fn may_become(self, to: Self, before: Option<Self>) -> bool {
        let back = matches!(self, Self::OnHold | Self::Missing) && before == Some(to);
        back || self.next().contains(&to)
    }

    /// Whether the step needs a reason even where the table allows it.
    pub const fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::Incomplete
                | Self::OnHold
                | Self::Voided
                | Self::Missing
                | Self::DefectReturned
                | Self::Disposed
                | Self::NoticeReturned
        )
    }

    /// Whether the card remembers where it came from when it takes this status.
    pub const fn may_go_back(self) -> bool {
        matches!(self, Self::OnHold | Self::Missing | Self::Issued)
    }

    /// Whether nothing follows any more in the ordinary course.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Issued | Self::Disposed | Self::DefectReturned)
    }

    /// Whether a card with this status has left the house for good or in the post, so that no place holds it.
    pub const fn is_out_of_house(self) -> bool {
        matches!(self, Self::Issued | Self::Mailed | Self::Disposed | Self::DefectReturned)
    }

    /// Whether a card with this status is past being collected, so that a booking for it ends.
    pub const fn ends_bookings(self) -> bool {
        !self.may_be_booked() && !matches!(self, Self::Issued | Self::Missing)
    }

    /// Whether the step takes two people: one who proposes, another who approves.
    pub const fn is_by_two(self) -> bool {
        matches!(self, Self::Disposed)
    }

    /// Whether a card with this status can be collected, so that a booking makes sense.
    pub const fn may_be_booked(self) -> bool {
        matches!(
            self,
            Self::Notified
                | Self::NoticeReturned
                | Self::Renotified
                | Self::Incomplete
                | Self::OnHold
                | Self::MailReturned
                | Self::DisposalCandidate
        )
    }
}

/// What the booking room notes at a card: a live booking, or one that nobody came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Booked.
    Confirmed,
    /// The holder has come and waits.
    CheckedIn,
    /// The day passed and nobody came.
    NoShow,
}

crate::stored_as_code!(BookingState);

impl BookingState {
    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::CheckedIn => "checked_in",
            Self::NoShow => "no_show",
        }
    }

    /// The state with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Confirmed, Self::CheckedIn, Self::NoShow].into_iter().find(|state| state.code() == code)
    }

    /// Whether somebody still has the seat.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Confirmed | Self::CheckedIn)
    }
}

/// The one state that staff see: the booking where it matters, else the card's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// The card's own status.
    Card(CardStatus),
    /// A booking is made (予約).
    Booked,
    /// The holder waits at the counter (受付中).
    CheckedIn,
    /// Nobody came (未来庁).
    NoShow,
}

crate::stored_as_code!(Label);

impl Label {
    /// Every label, in the order in which lists offer them.
    pub fn all() -> Vec<Self> {
        let bookings = [Self::Booked, Self::CheckedIn, Self::NoShow];
        CardStatus::ALL.into_iter().map(Self::Card).chain(bookings).collect()
    }

    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Card(status) => status.code(),
            Self::Booked => "booked",
            Self::CheckedIn => "checked_in",
            Self::NoShow => "no_show",
        }
    }

    /// The label with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "booked" => Some(Self::Booked),
            "checked_in" => Some(Self::CheckedIn),
            "no_show" => Some(Self::NoShow),
            code => CardStatus::from_code(code).map(Self::Card),
        }
    }
}

impl Serialize for Label {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back() {
        for status in CardStatus::ALL {
            assert_eq!(CardStatus::from_code(status.code()), Some(status));
        }
        for label in Label::all() {
            assert_eq!(Label::from_code(label.code()), Some(label));
        }
    }

    #[test]
    fn a_bookable_card_can_also_be_handed_over() {
        for status in CardStatus::ALL.into_iter().filter(|status| status.may_be_booked()) {
            assert!(status.may_become(CardStatus::Issued, None), "{status:?}");
        }
    }

    #[test]
    fn a_held_or_missing_card_goes_back_only_where_it_came_from() {
        let held = CardStatus::OnHold;
        assert!(held.may_become(CardStatus::Notified, Some(CardStatus::Notified)));
        assert!(!held.may_become(CardStatus::Notified, Some(CardStatus::Renotified)));
        assert!(!CardStatus::Issued.may_become(CardStatus::Notified, Some(CardStatus::Notified)));
    }

    #[test]
    fn nothing_leaves_a_final_status_and_anything_else_can_go_missing() {
        for status in CardStatus::ALL {
            let ends = status.is_final() || status == CardStatus::Missing;
            assert_eq!(status.next().is_empty(), ends, "{status:?}");
            assert_eq!(status.may_become(CardStatus::Missing, None), !ends, "{status:?}");
        }
    }
}
