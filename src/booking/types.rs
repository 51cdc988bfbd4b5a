//! A booking, its people, and the words that its state is stored in.

use super::applicant::Who;
use crate::base::{ApplicantId, BookingId, CardId, Day, LocationId, MemberId, Minute, Moment, Personal};
use crate::stored_as_code;

/// The procedure of handing over a card. Further ones can be switched on in the table `procedure`.
pub const ISSUANCE: &str = "issuance";

/// An appointment at a location, for one to five people. Spec: 7(1)⑤, 7(3)⑥.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The row.
    pub id: BookingId,
    /// The number that people say and scan, such as `K7M2-0413`.
    pub no: String,
    /// What everybody in it comes for, such as [`ISSUANCE`].
    pub procedure: String,
    /// Where.
    pub location: LocationId,
    /// On which day.
    pub day: Day,
    /// The minute at which the slot begins.
    pub starts: Minute,
    /// The minute at which it ends.
    pub ends: Minute,
    /// How many people come.
    pub people: u8,
    /// How many seats of the slot they take.
    pub seats: u8,
    /// Where it stands.
    pub status: BookingStatus,
    /// How it came in.
    pub channel: Channel,
    /// Why it was taken above the capacity, when it was.
    pub over_reason: Option<String>,
    /// Where its mails go.
    pub email: Option<Personal<String>>,
    /// The language of its mails and pages, such as `ja`.
    pub language: String,
    /// When the precautions were acknowledged. Spec: 7(3)⑨.
    pub acknowledged_at: Option<Moment>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// Who cancelled it.
    pub cancelled_by: Option<CancelledBy>,
    /// When they came.
    pub checked_in_at: Option<Moment>,
    /// When the last person was done, or when it was cancelled.
    pub finished_at: Option<Moment>,
    /// How often it was changed, as calendars count it.
    pub sequence: u32,
    /// When it was made.
    pub created_at: Moment,
    /// The number of this state, for finding out that somebody else was faster.
    pub version: i64,
    /// The people that still belong to it, the representative first; those taken out are not here.
    pub members: Vec<Member>,
}

impl Booking {
    /// Whether people are still expected or being served.
    pub fn is_live(&self) -> bool {
        self.status.is_live()
    }

    /// The moment at which its slot begins.
    pub fn starts_at(&self) -> Moment {
        Moment::at(self.day, self.starts)
    }

    /// The moment at which its slot ends.
    pub fn ends_at(&self) -> Moment {
        Moment::at(self.day, self.ends)
    }

    /// The cards of its people.
    pub fn cards(&self) -> Vec<CardId> {
        self.members.iter().filter_map(|member| member.card).collect()
    }

    /// Whether cards are handed over in it.
    pub fn is_issuance(&self) -> bool {
        self.procedure == ISSUANCE
    }

    /// The people, by card or as applicants.
    pub fn people_in(&self) -> impl Iterator<Item = Who> {
        self.members.iter().filter_map(Member::who)
    }

    /// Whether its people are known by what they said, as its first one is; `None` where nobody is left in it.
    pub fn is_by_word(&self) -> Option<bool> {
        self.people_in().next().map(|who| who.applicant().is_some())
    }

    /// The person.
    pub fn member(&self, who: Who) -> Option<&Member> {
        self.members.iter().find(|member| member.who() == Some(who))
    }

    /// The person with this card.
    pub fn member_of(&self, card: CardId) -> Option<&Member> {
        self.members.iter().find(|member| member.card == Some(card))
    }
}

impl Member {
    /// Who it is; `None` for a row without either, which the schema forbids.
    pub fn who(&self) -> Option<Who> {
        Who::of(self.card, self.applicant)
    }
}

/// One person of a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The row.
    pub id: MemberId,
    /// 1 is the representative.
    pub position: u8,
    /// What they come for, such as [`ISSUANCE`].
    pub procedure: String,
    /// Their card, when they are known by one.
    pub card: Option<CardId>,
    /// Their row among the applicants, when they are not.
    pub applicant: Option<ApplicantId>,
    /// Who they are across cards. Spec: 7(3)⑫.
    pub person_key: Personal<String>,
    /// How it ended for them; `None` = not yet.
    pub outcome: Option<Outcome>,
}

/// Where a booking stands (予約の状態).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingStatus {
    /// Taken, nobody has come yet (予約済).
    Confirmed,
    /// They have come and are being served (受付済).
    CheckedIn,
    /// Everybody was served (完了).
    Completed,
    /// Everybody was seen, but somebody's papers were not in order (不備).
    Incomplete,
    /// Given up (取消).
    Cancelled,
    /// Nobody came (未来庁).
    NoShow,
}

impl BookingStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Confirmed, Self::CheckedIn, Self::Completed, Self::Incomplete, Self::Cancelled, Self::NoShow];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::CheckedIn => "checked_in",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// The status of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether people are still expected or being served: then nobody in it can have another booking.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Confirmed | Self::CheckedIn)
    }

    /// Whether it uses its seats. Only a cancelled one gives them back.
    pub fn takes_seat(self) -> bool {
        self != Self::Cancelled
    }

    /// Whether a booking may go from here to `next`.
    ///
    /// Backwards steps are the ones that undo a slip of the hand at the counter.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Confirmed => {
                matches!(
                    next,
                    Self::CheckedIn | Self::Completed | Self::Incomplete | Self::Cancelled | Self::NoShow
                )
            }
            Self::CheckedIn => {
                matches!(
                    next,
                    Self::Completed | Self::Incomplete | Self::Confirmed | Self::NoShow | Self::Cancelled
                )
            }
            Self::NoShow => {
                matches!(next, Self::CheckedIn | Self::Confirmed | Self::Completed | Self::Incomplete)
            }
            Self::Completed | Self::Incomplete => {
                matches!(next, Self::Confirmed | Self::CheckedIn | Self::NoShow)
                    || (self != next && next.is_seen())
            }
            Self::Cancelled => false,
        }
    }

    fn is_seen(self) -> bool {
        matches!(self, Self::Completed | Self::Incomplete)
    }
}

stored_as_code!(BookingStatus);

/// How a booking came in (受付経路). All of them share one capacity. Spec: 7(1)⑤.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By the citizen on the booking pages.
    Web,
    /// By staff at a counter.
    Counter,
    /// By staff or the call centre on the telephone.
    Telephone,
    /// Without a booking, served at once.
    WalkIn,
    /// Brought over from the former system.
    Migrated,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 5] = [Self::Web, Self::Counter, Self::Telephone, Self::WalkIn, Self::Migrated];

    /// The channel by which staff change a booking that came in by this one.
    #[must_use]
    pub fn of_staff(self) -> Self {
        if self == Self::Telephone { self } else { Self::Counter }
    }

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Counter => "counter",
            Self::Telephone => "telephone",
            Self::WalkIn => "walk_in",
            Self::Migrated => "migrated",
        }
    }

    /// The channel of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }
}

stored_as_code!(Channel);

/// How a visit ended for one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The card was handed over.
    Issued,
    /// Papers were missing; they come again.
    Incomplete,
    /// Taken out of the booking before the visit.
    Removed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Issued, Self::Incomplete, Self::Removed];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Incomplete => "incomplete",
            Self::Removed => "removed",
        }
    }

    /// The outcome of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

stored_as_code!(Outcome);

/// Who gave a booking up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledBy {
    /// The citizen.
    Citizen,
    /// A member of staff.
    Staff,
    /// The program, because the card was handed over, voided or disposed of.
    System,
}

impl CancelledBy {
    /// Everyone who can.
    pub const ALL: [Self; 3] = [Self::Citizen, Self::Staff, Self::System];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Staff => "staff",
            Self::System => "system",
        }
    }

    /// The one of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.code() == code)
    }
}

stored_as_code!(CancelledBy);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_come_back_as_what_they_were() {
        assert!(BookingStatus::ALL.into_iter().all(|one| BookingStatus::from_code(one.code()) == Some(one)));
        assert!(Channel::ALL.into_iter().all(|one| Channel::from_code(one.code()) == Some(one)));
        assert!(Outcome::ALL.into_iter().all(|one| Outcome::from_code(one.code()) == Some(one)));
        assert!(CancelledBy::ALL.into_iter().all(|one| CancelledBy::from_code(one.code()) == Some(one)));
    }

    #[test]
    fn a_cancelled_booking_never_comes_back() {
        assert!(BookingStatus::ALL.into_iter().all(|next| !BookingStatus::Cancelled.may_become(next)));
    }

    #[test]
    fn no_status_becomes_itself() {
        assert!(BookingStatus::ALL.into_iter().all(|one| !one.may_become(one)));
    }

    #[test]
    fn whoever_comes_late_can_still_be_checked_in() {
        assert!(BookingStatus::NoShow.may_become(BookingStatus::CheckedIn));
    }
}
