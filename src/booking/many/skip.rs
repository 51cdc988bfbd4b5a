//! Why a line of a list was left as it is, as a word that the table keeps.

use super::super::CounterError;
use crate::cards::{CardStatus, TransitionError};

/// Why a card of a list did not take the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// The number is nobody's, or the card is gone.
    Gone,
    /// The same card stands further up.
    Twice,
    /// The table has no such step from this status.
    Illegal(CardStatus),
    /// The step needs a reason.
    Reason,
    /// The day does not fit the step.
    Day,
    /// Its holder waits at the counter.
    Waiting,
    /// It was changed since the list was looked at; it has this status now.
    Changed(CardStatus),
    /// Its booking does not allow it.
    Booking,
    /// Its holder has another booking by now.
    BookedAgain,
    /// The step also ended a booking, which does not come back by itself.
    EndedBooking,
    /// The hand-over can only be taken back by its own person on the same day, or by a manager.
    TooLate,
    /// The counter refused for another reason.
    Counter,
}

impl Skip {
    /// The word in the column.
    pub fn code(self) -> String {
        match self {
            Self::Illegal(from) => format!("illegal:{}", from.code()),
            Self::Changed(now) => format!("changed:{}", now.code()),
            other => other.word().to_owned(),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Twice => "twice",
            Self::Illegal(_) => "illegal",
            Self::Reason => "reason",
            Self::Day => "day",
            Self::Waiting => "waiting",
            Self::Changed(_) => "changed",
            Self::Booking => "booking",
            Self::BookedAgain => "booked_again",
            Self::EndedBooking => "ended_booking",
            Self::TooLate => "too_late",
            Self::Counter => "counter",
        }
    }

    /// The reason with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        let (word, status) = code.split_once(':').unwrap_or((code, ""));
        let status = CardStatus::from_code(status);
        match word {
            "illegal" => status.map(Self::Illegal),
            "changed" => status.map(Self::Changed),
            _ => [
                Self::Gone,
                Self::Twice,
                Self::Reason,
                Self::Day,
                Self::Waiting,
                Self::Booking,
                Self::BookedAgain,
                Self::EndedBooking,
                Self::TooLate,
                Self::Counter,
            ]
            .into_iter()
            .find(|one| one.word() == word),
        }
    }

    /// The reason that a refusal of the counter stands for; a fault stays one.
    pub fn of(refused: CounterError) -> Result<Self, crate::db::Fault> {
        Ok(match refused {
            CounterError::Fault(fault) => return Err(fault),
            CounterError::NotFound => Self::Gone,
            CounterError::Card(why) => return Self::of_step(why),
            CounterError::Undo(why) => match why {
                crate::cards::UndoIssueError::Fault(fault) => return Err(fault),
                crate::cards::UndoIssueError::TooLate | crate::cards::UndoIssueError::ReasonNeeded => {
                    Self::TooLate
                }
                _ => Self::Counter,
            },
            CounterError::Status(_) | CounterError::NotToday(_) | CounterError::NotInBooking => Self::Booking,
            CounterError::BookedAgain => Self::BookedAgain,
            CounterError::Ended => Self::EndedBooking,
            CounterError::NotHere(_) | CounterError::TooEarly | CounterError::Closed | CounterError::Full => {
                Self::Counter
            }
        })
    }

    /// The reason that a refused step stands for; a fault stays one.
    pub fn of_step(refused: TransitionError) -> Result<Self, crate::db::Fault> {
        Ok(match refused {
            TransitionError::Fault(fault) => return Err(fault),
            TransitionError::NotFound => Self::Gone,
            TransitionError::Illegal { from, .. } => Self::Illegal(from),
            TransitionError::ReasonNeeded | TransitionError::BadReason => Self::Reason,
            TransitionError::BadDay => Self::Day,
            TransitionError::HasBooking => Self::Waiting,
            TransitionError::Conflict { now } => Self::Changed(now.status),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_comes_back() {
        for skip in [
            Skip::Gone,
            Skip::Twice,
            Skip::Illegal(CardStatus::Issued),
            Skip::Changed(CardStatus::OnHold),
            Skip::EndedBooking,
            Skip::TooLate,
            Skip::Counter,
        ] {
            assert_eq!(Skip::from_code(&skip.code()), Some(skip));
        }
        assert_eq!(Skip::from_code("illegal:nothing"), None);
    }
}
