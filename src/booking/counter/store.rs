//! The counter's SQL: visits without a booking, and bookings that are open again.

use rusqlite::named_params;

use super::WalkIn;
use crate::base::{BookingId, CardId, Day, Minute};
use crate::booking::ISSUANCE;
use crate::cards::Card;
use crate::db::{Fault, ReadTx, WriteTx};

/// The booking of this day in which the card was handed over.
pub(super) fn visit_of_day(tx: &ReadTx<'_>, card: CardId, day: Day) -> Result<Option<BookingId>, Fault> {
    tx.opt(
        "SELECT b.id AS id
           FROM booking_member AS m
           JOIN booking AS b ON b.id = m.booking_id
          WHERE m.card_id = :card AND m.outcome = 'issued' AND b.on_day = :day
          ORDER BY b.id DESC LIMIT 1",
        named_params! { ":card": card, ":day": day },
        |row| row.get("id"),
    )
}

/// A visit without a booking takes a seat of this minute only: that of the slot that runs.
pub(super) fn insert_visit(
    tx: &WriteTx<'_>,
    wish: &WalkIn,
    number: &str,
    card: &Card,
) -> Result<BookingId, Fault> {
    let starts = tx.now().minute();
    let row = tx.insert(
        "INSERT INTO booking (booking_no, location_id, on_day, starts_min, ends_min, people, seats, status, takes_seat,
                              channel, checked_in_at, finished_at, created_at, updated_at)
         VALUES (:no, :location, :day, :starts, :ends, 1, 1, 'completed', 1, 'walk_in', :now, :now, :now, :now)",
        named_params! {
            ":no": number, ":location": wish.location, ":day": tx.today(), ":starts": starts,
            ":ends": Minute::of(starts.get() + 1), ":now": tx.now(),
        },
    )?;
    tx.run(
        "INSERT INTO booking_member (booking_id, position, procedure, card_id, person_key, outcome, live)
         VALUES (:booking, 1, :procedure, :card, :person, 'issued', 0)",
        named_params! { ":booking": row, ":procedure": ISSUANCE, ":card": card.id, ":person": card.person_key.uncover() },
    )?;
    Ok(BookingId::of(row))
}

/// Somebody of the booking waits again; since when they wait stays, or begins now.
pub(super) fn reopen(tx: &WriteTx<'_>, id: BookingId) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking
            SET status = 'checked_in', checked_in_at = coalesce(checked_in_at, :now), finished_at = NULL,
                updated_at = :now, version = version + 1
          WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}
