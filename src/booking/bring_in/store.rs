//! The rows of `import_booking`: bookings of a run that wait to be made, and those that were.

use rusqlite::{Row, named_params};

use crate::base::{BookingId, CardId, ImportRunId, LocationId, Minute};
use crate::calendar::Slot;
use crate::cards::import::RunState;
use crate::db::{Fault, ReadTx, WriteTx};

/// A booking that waits to be made.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) line: i64,
    pub(super) slot: Slot,
    pub(super) seats: u8,
    pub(super) cards: Vec<CardId>,
    pub(super) email: Option<String>,
    pub(super) former_no: String,
    pub(super) may_go_over: bool,
}

pub(super) fn stage(tx: &WriteTx<'_>, run: ImportRunId, one: &Waiting) -> Result<(), Fault> {
    let cards = serde_json::to_string(&one.cards).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.run(
        "INSERT INTO import_booking (run_id, line, location_id, on_day, starts_min, ends_min, capacity, seats, cards,
                                     email, former_no, may_go_over)
         VALUES (:run, :line, :location, :day, :starts, :ends, :capacity, :seats, :cards, :email, :former_no, :over)",
        named_params! {
            ":run": run, ":line": one.line, ":location": one.slot.location, ":day": one.slot.day,
            ":starts": one.slot.starts, ":ends": one.slot.ends, ":capacity": one.slot.capacity,
            ":seats": one.seats, ":cards": cards, ":email": one.email, ":former_no": one.former_no,
            ":over": one.may_go_over,
        },
    )?;
    Ok(())
}

pub(super) fn waiting(tx: &ReadTx<'_>, run: ImportRunId, most: usize) -> Result<Vec<Waiting>, Fault> {
    tx.all(
        &format!(
            "SELECT line, location_id, on_day, starts_min, ends_min, capacity, seats, cards, email, former_no, may_go_over
               FROM import_booking
              WHERE run_id = :run AND done = 0
              ORDER BY line LIMIT {most}"
        ),
        named_params! { ":run": run },
        one,
    )
}

fn one(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let cards: String = row.get("cards")?;
    Ok(Waiting {
        line: row.get("line")?,
        slot: Slot {
            location: row.get::<_, LocationId>("location_id")?,
            day: row.get("on_day")?,
            starts: row.get::<_, Minute>("starts_min")?,
            ends: row.get::<_, Minute>("ends_min")?,
            capacity: row.get("capacity")?,
            citizen_open: true,
        },
        seats: row.get("seats")?,
        cards: serde_json::from_str(&cards).unwrap_or_default(),
        email: row.get("email")?,
        former_no: row.get("former_no")?,
        may_go_over: row.get("may_go_over")?,
    })
}

/// Notes what a booking came to: its row, and the address that its card had before; no row where it was left out.
pub(super) fn set_done(
    tx: &WriteTx<'_>,
    (run, line): (ImportRunId, i64),
    booking: Option<BookingId>,
    email_before: Option<&str>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_booking SET done = 1, booking_id = :booking, email_before = :email
          WHERE run_id = :run AND line = :line",
        named_params! { ":run": run, ":line": line, ":booking": booking, ":email": email_before },
    )?;
    Ok(())
}

/// A booking that a run has made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) line: i64,
    pub(super) booking: BookingId,
    pub(super) email: Option<String>,
    pub(super) email_before: Option<String>,
}

pub(super) fn made(tx: &ReadTx<'_>, run: ImportRunId, after: i64, most: usize) -> Result<Vec<Made>, Fault> {
    tx.all(
        &format!(
            "SELECT line, booking_id, email, email_before FROM import_booking
              WHERE run_id = :run AND booking_id IS NOT NULL AND line > :after
              ORDER BY line LIMIT {most}"
        ),
        named_params! { ":run": run, ":after": after },
        |row| {
            Ok(Made {
                line: row.get("line")?,
                booking: row.get("booking_id")?,
                email: row.get("email")?,
                email_before: row.get("email_before")?,
            })
        },
    )
}

pub(super) fn forget(tx: &WriteTx<'_>, run: ImportRunId, line: i64) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM import_booking WHERE run_id = :run AND line = :line",
        named_params! { ":run": run, ":line": line },
    )?;
    Ok(())
}

pub(super) fn forget_some(tx: &WriteTx<'_>, run: ImportRunId, most: usize) -> Result<usize, Fault> {
    tx.run(
        &format!(
            "DELETE FROM import_booking WHERE run_id = :run
                AND line IN (SELECT line FROM import_booking WHERE run_id = :run LIMIT {most})"
        ),
        named_params! { ":run": run },
    )
}

/// A run of bookings in this state.
pub(super) fn in_state(tx: &ReadTx<'_>, state: RunState) -> Result<Option<ImportRunId>, Fault> {
    tx.opt(
        "SELECT id FROM import_run WHERE kind = 'booking' AND state = :state ORDER BY id LIMIT 1",
        named_params! { ":state": state },
        |row| row.get("id"),
    )
}

/// A run that stands but for some of its bookings.
pub(super) fn half_made(tx: &ReadTx<'_>) -> Result<Option<ImportRunId>, Fault> {
    tx.opt(
        "SELECT import_booking.run_id AS id FROM import_booking
           JOIN import_run ON import_run.id = import_booking.run_id
          WHERE import_booking.done = 0 AND state = 'applied' LIMIT 1",
        [],
        |row| row.get("id"),
    )
}
