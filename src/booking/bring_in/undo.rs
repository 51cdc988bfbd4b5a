//! Bookings that were brought in are taken back, while nobody has changed one of them.

use super::store::{self as rows, Made};
use crate::base::{Email, ImportRunId};
use crate::booking::{BookingStatus, CancelledBy, confirm, follow, store};
use crate::cards;
use crate::cards::import::{self, Part, Slice, Touched, UndoRunError, Undone, in_slices};
use crate::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};

/// Bookings that one read looks at.
const LOOK: usize = 1000;

/// What stands with a booking that was taken back.
const REASON: &str = "移行の取り消し";

/// Bookings of a run that somebody has changed, checked in or cancelled since, by the cards of their people.
pub async fn touched(db: &Db, run: ImportRunId) -> Result<Touched, Fault> {
    let (mut touched, mut after) = (Touched::default(), 0);
    loop {
        let (cards, last) = db
            .read(Lane::Staff, move |tx| {
                let made = rows::made(tx, run, after, LOOK)?;
                let mut cards = Vec::new();
                for one in &made {
                    cards.extend(changed(tx, one)?);
                }
                Ok::<_, Fault>((cards, made.last().map(|one| one.line)))
            })
            .await?;
        touched.add(&cards);
        match last {
            Some(last) => after = last,
            None => return Ok(touched),
        }
    }
}

/// The cards of a booking that is not as it was brought in.
fn changed(tx: &ReadTx<'_>, made: &Made) -> Result<Vec<crate::base::CardId>, Fault> {
    let Some(booking) = store::get(tx, made.booking)? else { return Ok(Vec::new()) };
    let is_as_it_was = booking.version == 1 && booking.status == BookingStatus::Confirmed;
    Ok(if is_as_it_was { Vec::new() } else { booking.cards() })
}

/// Takes the bookings of a run back: they are cancelled, and nobody gets a mail.
///
/// Spec: 7(1)⑬.
pub async fn undo(db: &Db, actor: &Actor, run: ImportRunId, reason: &str) -> Result<Undone, UndoRunError> {
    let before = touched(db, run).await?;
    if before.count > 0 {
        return Err(UndoRunError::Touched(before));
    }
    let reason = reason.to_owned();
    db.write(actor.clone(), move |tx| import::begin_undo(tx, run, &reason)).await?;
    Ok(in_slices(db, actor, move |tx, slice| take_back(tx, run, slice)).await?)
}

/// One slice; tells what came of all of them when nothing is left. A booking that was changed meanwhile stays.
pub(super) fn take_back(tx: &WriteTx<'_>, run: ImportRunId, slice: &Slice) -> Result<Part<Undone>, Fault> {
    let made = rows::made(tx, run, 0, slice.most)?;
    let (mut undone, mut done) = (Undone::default(), 0);
    for one in slice.of(&made) {
        if changed(tx, one)?.is_empty() {
            cancel(tx, one)?;
            undone.removed += 1;
        } else {
            undone.kept += 1;
        }
        rows::forget(tx, run, one.line)?;
        done += 1;
    }
    if made.is_empty() {
        // Those that were left out have no booking.
        let gone = rows::forget_some(tx, run, slice.most)?;
        return if gone > 0 { Ok(Part::Continue(gone)) } else { import::end_undo(tx, run).map(Part::Break) };
    }
    import::add_undone(tx, run, undone)?;
    Ok(Part::Continue(done))
}

fn cancel(tx: &WriteTx<'_>, made: &Made) -> Result<(), Fault> {
    let Some(booking) = store::get(tx, made.booking)? else { return Ok(()) };
    store::cancel(tx, booking.id, CancelledBy::Staff, Some(REASON))?;
    for card in booking.cards() {
        cards::set_booking_state(tx, card, None)?;
        follow::follow(tx, card)?;
    }
    confirm::tell(tx, booking.id, "booking.migration_undone", Some(REASON.to_owned()))?;
    address_back(tx, &booking, made)
}

/// The representative's card has its former address again, where nobody has given it another one.
fn address_back(tx: &WriteTx<'_>, booking: &crate::booking::Booking, made: &Made) -> Result<(), Fault> {
    let Some(lead) = booking.cards().first().copied() else { return Ok(()) };
    let Some(card) = cards::get(tx, lead)? else { return Ok(()) };
    let now = card.email.as_ref().map(|email| email.uncover().clone());
    if made.email.is_some() && now == made.email {
        let before = made.email_before.as_deref().and_then(|one| Email::parse(one).ok());
        cards::set_email(tx, lead, before.as_ref())?;
    }
    Ok(())
}
