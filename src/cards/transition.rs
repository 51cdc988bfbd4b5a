//! A card takes another status: by the table, or by override with a reason.

use super::store::{self, Step};
use super::{Card, CardStatus, ReasonCode, Trail, deadline};
use crate::base::{CardId, Day, HistoryId};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// A day that belongs to a step lies at most so many days from today.
const DAY_MAX: i32 = 730;

/// The wish to give a card another status.
#[derive(Clone, Debug)]
pub struct Transition {
    /// The card.
    pub card: CardId,
    /// The status it shall take.
    pub to: CardStatus,
    /// Why; needed for some statuses and for every override.
    pub reason: Option<String>,
    /// Why it is void or incomplete, in a word.
    pub code: Option<ReasonCode>,
    /// The day that belongs to the step: when the notice was sent (today unless said), or until when the card is kept back.
    pub on: Option<Day>,
    /// The version that the person saw; `None` where the operation itself has just read the card.
    pub expect_version: Option<i64>,
    /// Whether the person may leave the table of steps.
    pub may_override: bool,
}

impl Transition {
    /// The bare step, by the table and without a reason; the rest is filled in with `..Transition::of(…)`.
    pub fn of(card: CardId, to: CardStatus) -> Self {
        Self { card, to, reason: None, code: None, on: None, expect_version: None, may_override: false }
    }
}

/// Why a card does not take the status.
#[derive(Debug, thiserror::Error)]
pub enum TransitionError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// The table has no such step, and the person may not override it.
    #[error("{from:?} does not become {to:?}")]
    Illegal {
        /// The status it has.
        from: CardStatus,
        /// The status that was wished for.
        to: CardStatus,
    },
    /// This step needs a reason.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason is longer than 500 characters, or holds control characters or an individual number.
    #[error("the reason cannot be stored")]
    BadReason,
    /// A notice was sent today or before, a card is kept back until today or later, two years at most.
    #[error("the day does not fit the step")]
    BadDay,
    /// The card has a live booking, which must be cancelled first.
    #[error("the card has a live booking")]
    HasBooking,
    /// Somebody else changed the card since the person opened it.
    #[error("the card was changed in the meantime")]
    Conflict {
        /// The card as it stands now.
        now: Box<Card>,
    },
    /// The database could not do it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Gives the card its new status, records it, and returns the card as it then stands.
///
/// Spec: 7(2)⑦.
pub fn transition(tx: &WriteTx<'_>, wish: &Transition) -> Result<Card, TransitionError> {
    transition_in(tx, wish, None)
}

/// The same as a part of a bulk act, whose own event is `batch`.
pub fn transition_in(
    tx: &WriteTx<'_>,
    wish: &Transition,
    batch: Option<HistoryId>,
) -> Result<Card, TransitionError> {
    let card = store::get(tx, wish.card)?.ok_or(TransitionError::NotFound)?;
    if wish.expect_version.is_some_and(|seen| seen != card.version) {
        return Err(TransitionError::Conflict { now: Box::new(card) });
    }
    let granted = granted(&card, wish, tx.today())?;
    let (trail, back) = card.trail.step(card.status, wish.to);
    let step = Step {
        overridden: !granted.legal,
        ..if back {
            stays(&card, wish.to, trail)
        } else {
            new(tx, &card, wish, trail, granted.reason.as_deref())?
        }
    };
    store::take_step(tx, card.id, &step)?;
    let operation = if granted.legal { "card.status_changed" } else { "card.status_overridden" };
    let event = Event {
        cards: &[card.id],
        changes: changes(&card, &step),
        reason: granted.reason.clone(),
        batch,
        ..Event::of(operation, Record::Card(card.id))
    };
    history::record(tx, &event)?;
    super::missing::follow(tx, &card, wish.to, granted.reason.as_deref())?;
    store::get(tx, card.id)?.ok_or(TransitionError::NotFound)
}

/// A step back: what belongs to the status of before comes back with it, what belongs to this one goes.
pub(super) fn stays(card: &Card, to: CardStatus, trail: Trail) -> Step<'_> {
    let (lacks, holds) = (CardStatus::Incomplete, CardStatus::OnHold);
    let on_the_way = |status| to == status || trail.has(status);
    Step {
        to,
        overridden: false,
        reason_code: card.reason_code.filter(|code| on_the_way(code.of())),
        incomplete: card.incomplete_reason.as_deref().filter(|_| on_the_way(lacks)),
        hold_until: card.hold_until.filter(|_| on_the_way(holds)),
        sent_on: card.notice_sent_on,
        renotice_on: card.renotice_sent_on,
        due_on: card.pickup_due_on,
        trail,
    }
}

/// A step onward, with what was said of it.
fn new<'a>(
    tx: &WriteTx<'_>,
    card: &'a Card,
    wish: &Transition,
    trail: Trail,
    reason: Option<&'a str>,
) -> Result<Step<'a>, Fault> {
    let kept = stays(card, wish.to, trail);
    let (sent_on, renotice_on, due_on) = days(tx, card, wish)?;
    Ok(match wish.to {
        CardStatus::Incomplete => Step { reason_code: wish.code, incomplete: reason, ..kept },
        CardStatus::Voided => Step { reason_code: wish.code, ..kept },
        CardStatus::OnHold => Step { hold_until: wish.on, ..kept },
        _ => Step { sent_on, renotice_on, due_on, ..kept },
    })
}

/// The days of the notices and of the pick-up, after a step onward.
fn days(tx: &WriteTx<'_>, card: &Card, wish: &Transition) -> Result<Days, Fault> {
    let sent = wish.on.unwrap_or(tx.today());
    Ok(match wish.to {
        CardStatus::Notified if wish.on.is_some() || card.notice_sent_on.is_none() => {
            (Some(sent), None, Some(deadline::of_notice(tx, sent)?))
        }
        CardStatus::Renotified => (card.notice_sent_on, Some(sent), Some(deadline::of_renotice(tx, sent)?)),
        _ => (card.notice_sent_on, card.renotice_sent_on, card.pickup_due_on),
    })
}

type Days = (Option<Day>, Option<Day>, Option<Day>);

/// What a step changes, as history holds it.
pub(super) fn changes(card: &Card, step: &Step<'_>) -> Vec<Change> {
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    let code = |code: Option<ReasonCode>| code.map(|code| code.code().to_owned());
    let others = [
        Change::new("reason_code", code(card.reason_code), code(step.reason_code)),
        Change::new("hold_until", day(card.hold_until), day(step.hold_until)),
        Change::new("notice_sent_on", day(card.notice_sent_on), day(step.sent_on)),
        Change::new("renotice_sent_on", day(card.renotice_sent_on), day(step.renotice_on)),
        Change::new("pickup_due_on", day(card.pickup_due_on), day(step.due_on)),
    ];
    let status = Change::new("status", Some(card.status.code().to_owned()), Some(step.to.code().to_owned()));
    std::iter::once(status).chain(others.into_iter().filter(|one| one.before != one.after)).collect()
}

/// Whether a reason can be stored: not empty, not too long, no control characters, no individual number.
pub fn is_reason(reason: &str) -> bool {
    checked_reason(Some(reason)).is_ok_and(|reason| reason.is_some())
}

/// The reason without spaces around it; `None` when nothing was said.
pub(super) fn checked_reason(reason: Option<&str>) -> Result<Option<String>, TransitionError> {
    let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) else { return Ok(None) };
    if reason.chars().count() > 500
        || super::edit::is_unfit(reason)
        || crate::base::text::contains_my_number(reason)
    {
        return Err(TransitionError::BadReason);
    }
    Ok(Some(reason.to_owned()))
}

/// Whether the wish would be granted as the card stands, today being `today`. Nothing is written.
pub fn check(card: &Card, wish: &Transition, today: Day) -> Result<(), TransitionError> {
    granted(card, wish, today).map(|_| ())
}

/// A wish that the card can follow.
struct Granted {
    /// Whether the table has the step.
    legal: bool,
    reason: Option<String>,
}

fn granted(card: &Card, wish: &Transition, today: Day) -> Result<Granted, TransitionError> {
    let reason = checked_reason(wish.reason.as_deref())?;
    let legal = card.status.may_become(wish.to, card.status_before);
    let possible = wish.may_override && card.status != wish.to && !wish.to.is_by_two();
    if !legal && (!possible || card.status == CardStatus::Issued) {
        return Err(TransitionError::Illegal { from: card.status, to: wish.to });
    }
    if wish.code.is_some_and(|code| code.of() != wish.to) {
        return Err(TransitionError::BadReason);
    }
    let said = reason.is_some() || legal && wish.code.is_some_and(ReasonCode::is_enough);
    if !said && (!legal || wish.to.needs_reason()) {
        return Err(TransitionError::ReasonNeeded);
    }
    if !wish.on.is_none_or(|on| fits(wish.to, on, today)) {
        return Err(TransitionError::BadDay);
    }
    if wish.to.ends_bookings() && card.booking_state.is_some_and(super::BookingState::is_live) {
        return Err(TransitionError::HasBooking);
    }
    Ok(Granted { legal, reason })
}

/// Whether the day can belong to a step to this status.
fn fits(to: CardStatus, on: Day, today: Day) -> bool {
    match to {
        CardStatus::Notified | CardStatus::Renotified => on <= today && today <= on.plus(DAY_MAX),
        CardStatus::OnHold => today <= on && on <= today.plus(DAY_MAX),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_notice_is_today_or_before_and_that_of_a_hold_today_or_after() {
        let today: Day = "2026-04-13".parse().unwrap();
        for (to, before, after) in [(CardStatus::Notified, true, false), (CardStatus::OnHold, false, true)] {
            assert!(fits(to, today, today), "{to:?}");
            assert_eq!(fits(to, today.plus(-1), today), before, "{to:?}");
            assert_eq!(fits(to, today.plus(1), today), after, "{to:?}");
            assert!(!fits(to, today.plus(-731), today) && !fits(to, today.plus(731), today), "{to:?}");
        }
        assert!(!fits(CardStatus::Voided, today, today), "a step that no day belongs to");
    }
}
