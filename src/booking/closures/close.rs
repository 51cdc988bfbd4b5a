//! Several locations are closed at once, the telling is halted and taken up again, and the times are opened again.

use super::{Closure, ClosureState, Span, store};
use crate::base::{ClosureId, Moment};
use crate::booking::check::{BadReason, fit_reason};
use crate::calendar;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::once::{self, OnceKey};

/// The longest closure, in days.
const DAYS_MAX: i64 = 62;

/// The wish to close.
#[derive(Clone, Debug)]
pub struct Close {
    /// When and where.
    pub span: Span,
    /// Why, as people are told.
    pub reason: String,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Why nothing was closed, or a closure stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ClosureError {
    /// There is none of this row.
    #[error("no such closure")]
    Gone,
    /// Somebody steered it since the form was drawn, or it stands where this makes no sense.
    #[error("changed meanwhile")]
    Changed,
    /// No location was chosen.
    #[error("no location")]
    NoPlace,
    /// It ends before it begins.
    #[error("it ends before it begins")]
    Backwards,
    /// It is over already.
    #[error("it is over already")]
    Over,
    /// It is longer than a closure can be.
    #[error("more than {DAYS_MAX} days")]
    TooLong,
    /// A reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason cannot be kept.
    #[error(transparent)]
    Reason(#[from] BadReason),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Takes the times from the calendar at once; whose bookings they hit is told by [`super::tell_closed`].
///
/// Spec: 7(2)⑤, 7(3)⑪.
pub fn close(tx: &WriteTx<'_>, wish: &Close) -> Result<ClosureId, ClosureError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(ClosureId::of(made));
    }
    let reason = fit_reason(&wish.reason)?;
    if reason.is_empty() {
        return Err(ClosureError::ReasonNeeded);
    }
    check(tx, &wish.span)?;
    let id = store::insert(tx, &wish.span, reason)?;
    offer_changed(tx, &wish.span)?;
    record(tx, id, "closure.made", facts(&wish.span), Some(reason.to_owned()))?;
    once::keep(tx, &wish.once, "closure.made", &id.to_string())?;
    Ok(id)
}

fn check(tx: &WriteTx<'_>, span: &Span) -> Result<(), ClosureError> {
    if span.places.is_empty() {
        return Err(ClosureError::NoPlace);
    }
    for place in &span.places {
        if !store::is_place(tx, *place)? {
            return Err(ClosureError::NoPlace);
        }
    }
    if span.to <= span.from {
        return Err(ClosureError::Backwards);
    }
    if span.to <= tx.now() {
        return Err(ClosureError::Over);
    }
    if span.to.day().days_from(span.from.day()) > DAYS_MAX {
        return Err(ClosureError::TooLong);
    }
    Ok(())
}

/// What shall become of a closure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// Nobody further is told for now.
    Stop,
    /// The telling goes on.
    Resume,
    /// The times are open again, and those who were told by letter learn of it.
    Reopen,
}

/// The wish to steer a closure.
#[derive(Clone, Copy, Debug)]
pub struct SteerClosure {
    /// Which.
    pub id: ClosureId,
    /// Its state when the form was drawn.
    pub expect_version: i64,
    /// What shall become of it.
    pub steer: Steer,
}

/// Halts the telling, takes it up again, or opens the times again.
pub fn steer_closure(tx: &WriteTx<'_>, wish: &SteerClosure) -> Result<(), ClosureError> {
    let found = store::get(tx, wish.id)?.ok_or(ClosureError::Gone)?;
    if found.version != wish.expect_version {
        return Err(ClosureError::Changed);
    }
    let (state, reached, operation) = match (wish.steer, found.state) {
        (Steer::Stop, ClosureState::Telling) => (ClosureState::Stopped, found.reached, "closure.stopped"),
        (Steer::Resume, ClosureState::Stopped) => (ClosureState::Telling, found.reached, "closure.resumed"),
        (Steer::Reopen, state) if state.is_closed() => (ClosureState::Reopening, 0, "closure.reopened"),
        _ => return Err(ClosureError::Changed),
    };
    store::set_state(tx, wish.id, state, reached)?;
    offer_changed(tx, &found.span)?;
    record(tx, wish.id, operation, Vec::new(), None)?;
    Ok(())
}

fn offer_changed(tx: &WriteTx<'_>, span: &Span) -> Result<(), Fault> {
    span.places.iter().try_for_each(|place| calendar::offer_changed(tx, Some(*place)))
}

fn facts(span: &Span) -> Vec<Change> {
    let at = |moment: Moment| format!("{} {}", moment.day(), moment.minute());
    let places = span.places.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    vec![
        Change::new("from", None, Some(at(span.from))),
        Change::new("to", None, Some(at(span.to))),
        Change::new("locations", None, Some(places)),
    ]
}

pub(super) fn record(
    tx: &WriteTx<'_>,
    id: ClosureId,
    operation: &'static str,
    changes: Vec<Change>,
    reason: Option<String>,
) -> Result<(), Fault> {
    history::record(tx, &Event { changes, reason, ..Event::of(operation, Record::Closure(id)) })?;
    Ok(())
}

/// The state in which the telling of this closure ends.
pub(super) fn end_of(closure: &Closure) -> ClosureState {
    if closure.state == ClosureState::Reopening { ClosureState::Reopened } else { ClosureState::Told }
}
