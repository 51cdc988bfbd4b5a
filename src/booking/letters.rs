//! The letters that go with a booking's changes.

use super::{Booking, check, entry, procedures};
use crate::base::{ClosureId, Email};
use crate::calendar::{self, ChangeId};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::mail::{self, BookingFacts, Letter, Post};

/// A booking as letters tell it.
pub(super) fn facts(tx: &ReadTx<'_>, booking: &Booking) -> Result<BookingFacts, Fault> {
    let places = calendar::locations_in(tx, &booking.language)?;
    let place = match places.into_iter().find(|place| place.id == booking.location) {
        Some(place) => Some(place),
        None => calendar::location(tx, booking.location)?,
    };
    let place = place.ok_or_else(|| Fault::Stored(format!("booking {} without location", booking.id)))?;
    let until = check::deadlines(tx, booking)?;
    let words = procedures::procedure_words(tx, &booking.procedure, &booking.language)?;
    Ok(BookingFacts {
        procedure_code: booking.procedure.clone(),
        procedure: procedures::name_to_tell(tx, &booking.procedure, &booking.language)?.unwrap_or_default(),
        bring: if booking.is_issuance() { Vec::new() } else { words.bring },
        booking_no: booking.no.clone(),
        location_name: place.name,
        address: place.address,
        access: place.access,
        phone: place.phone,
        day: booking.day,
        starts: booking.starts,
        ends: booking.ends,
        people: booking.people,
        sequence: booking.sequence,
        change_until: until.change,
        cancel_until: Some(until.cancel),
    })
}

/// Queues a letter about a booking to its address, if it has one.
pub(super) fn send(
    tx: &WriteTx<'_>,
    booking: &Booking,
    letter: impl FnOnce(BookingFacts) -> Letter,
) -> Result<(), Fault> {
    let Some(email) = booking.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok()) else {
        return Ok(());
    };
    let letter = letter(facts(tx, booking)?);
    let key = format!("{}:{}:{}", letter.kind(), booking.id, booking.sequence);
    enqueue(tx, booking, &email, &letter, key)
}

/// Queues the confirmation once more. It tells of no new state, so its key is told apart by the moment.
pub(super) fn send_again(tx: &WriteTx<'_>, booking: &Booking) -> Result<(), Fault> {
    let Some(email) = booking.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok()) else {
        return Ok(());
    };
    let letter = Letter::BookingConfirmed(facts(tx, booking)?);
    let key = format!("again:{}:{}:{}", booking.id, booking.sequence, tx.now().millis());
    enqueue(tx, booking, &email, &letter, key)
}

/// Asks those who did not come to book again; `before` tells the letters of one booking apart.
pub(super) fn invite_again(tx: &WriteTx<'_>, booking: &Booking, before: u16) -> Result<(), Fault> {
    let Some(email) = booking.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok()) else {
        return Ok(());
    };
    let letter = Letter::NoShow(facts(tx, booking)?);
    let key = format!("{}:{}:{}:{before}", letter.kind(), booking.id, booking.sequence);
    enqueue(tx, booking, &email, &letter, key)
}

/// Queues the letter that asks to choose another time, once for each change of the calendar.
pub(super) fn ask_new_time(tx: &WriteTx<'_>, booking: &Booking, change: ChangeId) -> Result<(), Fault> {
    let Some(email) = booking.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok()) else {
        return Ok(());
    };
    let letter = Letter::NewTimeAsked(facts(tx, booking)?);
    let key = format!("{}:{}:{change}", letter.kind(), booking.id);
    enqueue(tx, booking, &email, &letter, key)
}

/// Queues the letter that the office is closed, with a link of its own to the booking; whether there is an address to send it to.
pub(super) fn office_closed(
    tx: &WriteTx<'_>,
    booking: &Booking,
    closure: ClosureId,
    reason: &str,
) -> Result<bool, Fault> {
    let Some(email) = booking.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok()) else {
        return Ok(false);
    };
    let facts = facts(tx, booking)?;
    let Some(token) = entry::link_from_office(tx, booking, &email, facts.change_until)? else {
        return Ok(false);
    };
    let letter = Letter::OfficeClosed { token, reason: reason.to_owned(), facts };
    let key = format!("{}:{closure}:{}", letter.kind(), booking.id);
    enqueue(tx, booking, &email, &letter, key)?;
    Ok(true)
}

/// Queues the letter that the office is open after all and the booking stands, once for each `cause` that ended.
pub(super) fn stands_after_all(tx: &WriteTx<'_>, booking: &Booking, cause: &str) -> Result<(), Fault> {
    let Some(email) = booking.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok()) else {
        return Ok(());
    };
    let letter = Letter::OfficeOpen(facts(tx, booking)?);
    let key = format!("{}:{cause}:{}", letter.kind(), booking.id);
    enqueue(tx, booking, &email, &letter, key)
}

fn enqueue(
    tx: &WriteTx<'_>,
    booking: &Booking,
    email: &Email,
    letter: &Letter,
    dedup: String,
) -> Result<(), Fault> {
    let post = Post {
        to: email,
        language: &booking.language,
        letter,
        booking: Some(booking.id),
        card: booking.cards().first().copied(),
        dedup,
    };
    mail::enqueue(tx, &post)?;
    Ok(())
}
