//! The rows of `closure`, `closure_place` and `closure_item`.

use rusqlite::{Row, named_params};

use super::{Closure, ClosureState, Item, Span, Struck, ToldBy};
use crate::base::{BookingId, ClosureId, LocationId, Moment};
use crate::db::{Fault, ReadTx, WriteTx};

/// Whether a row of `booking` lies in a closure that stands. Days are Japan's, nine hours before UTC's.
pub(in crate::booking) const IN_CLOSURE: &str = "EXISTS (
    SELECT 1 FROM closure_place AS cp
      JOIN closure AS cl ON cl.id = cp.closure_id
     WHERE cp.location_id = booking.location_id AND cl.state IN ('telling', 'stopped', 'told')
       AND cl.from_at < (unixepoch(booking.on_day) + booking.ends_min * 60 - 32400) * 1000
       AND (unixepoch(booking.on_day) + booking.starts_min * 60 - 32400) * 1000 < cl.to_at)";

pub(super) fn hits(tx: &ReadTx<'_>, booking: BookingId) -> Result<bool, Fault> {
    let found = tx.opt(
        &format!("SELECT {IN_CLOSURE} AS hit FROM booking WHERE id = :booking"),
        named_params! { ":booking": booking },
        |row| row.get("hit"),
    )?;
    Ok(found.unwrap_or(false))
}

pub(super) fn struck(tx: &ReadTx<'_>, span: &Span, after: i64, most: i64) -> Result<Vec<Struck>, Fault> {
    let places = serde_json::to_string(&span.places).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.all(
        "SELECT id, location_id, on_day, starts_min, ends_min, people, email IS NOT NULL AS has_email
           FROM booking
          WHERE on_day BETWEEN :first AND :last AND status = 'confirmed' AND id > :after
            AND location_id IN (SELECT value FROM json_each(:places))
            AND :from < (unixepoch(on_day) + ends_min * 60 - 32400) * 1000
            AND (unixepoch(on_day) + starts_min * 60 - 32400) * 1000 < :to
          ORDER BY id LIMIT :most",
        named_params! {
            ":first": span.from.day(), ":last": span.to.day(), ":after": after, ":places": places,
            ":from": span.from, ":to": span.to, ":most": most,
        },
        |row| {
            Ok(Struck {
                booking: row.get("id")?,
                location: row.get("location_id")?,
                day: row.get("on_day")?,
                starts: row.get("starts_min")?,
                ends: row.get("ends_min")?,
                people: row.get("people")?,
                has_email: row.get("has_email")?,
            })
        },
    )
}

const CLOSURE: &str =
    "SELECT id, from_at, to_at, reason, state, reached, created_at, created_by, version FROM closure";

fn closure(row: &Row<'_>) -> rusqlite::Result<Closure> {
    Ok(Closure {
        id: row.get("id")?,
        span: Span { from: row.get("from_at")?, to: row.get("to_at")?, places: Vec::new() },
        reason: row.get("reason")?,
        state: row.get("state")?,
        reached: row.get("reached")?,
        created_at: row.get("created_at")?,
        created_by: row.get("created_by")?,
        version: row.get("version")?,
    })
}

fn with_places(tx: &ReadTx<'_>, mut found: Closure) -> Result<Closure, Fault> {
    found.span.places = tx.all(
        "SELECT location_id FROM closure_place WHERE closure_id = :id ORDER BY location_id",
        named_params! { ":id": found.id },
        |row| row.get("location_id"),
    )?;
    Ok(found)
}

pub(super) fn all(tx: &ReadTx<'_>) -> Result<Vec<Closure>, Fault> {
    let found = tx.all(&format!("{CLOSURE} ORDER BY id DESC LIMIT 100"), [], closure)?;
    found.into_iter().map(|one| with_places(tx, one)).collect()
}

pub(super) fn get(tx: &ReadTx<'_>, id: ClosureId) -> Result<Option<Closure>, Fault> {
    let found = tx.opt(&format!("{CLOSURE} WHERE id = :id"), named_params! { ":id": id }, closure)?;
    found.map(|one| with_places(tx, one)).transpose()
}

/// The oldest closure whose people are being told something.
pub(super) fn next(tx: &ReadTx<'_>) -> Result<Option<Closure>, Fault> {
    let found = tx.opt(
        &format!("{CLOSURE} WHERE state IN ('telling', 'reopening') ORDER BY id LIMIT 1"),
        [],
        closure,
    )?;
    found.map(|one| with_places(tx, one)).transpose()
}

pub(super) fn insert(tx: &WriteTx<'_>, span: &Span, reason: &str) -> Result<ClosureId, Fault> {
    let row = tx.insert(
        "INSERT INTO closure (from_at, to_at, reason, state, created_at, created_by)
         VALUES (:from, :to, :reason, 'telling', :now, :by)",
        named_params! {
            ":from": span.from, ":to": span.to, ":reason": reason, ":now": tx.now(),
            ":by": tx.actor().display_name(),
        },
    )?;
    for place in &span.places {
        tx.run(
            "INSERT INTO closure_place (closure_id, location_id) VALUES (:id, :place)",
            named_params! { ":id": row, ":place": place },
        )?;
    }
    Ok(ClosureId::of(row))
}

pub(super) fn set_state(
    tx: &WriteTx<'_>,
    id: ClosureId,
    state: ClosureState,
    reached: i64,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE closure
            SET state = :state, reached = :reached, version = version + 1,
                finished_at = iif(:state IN ('told', 'reopened'), :now, NULL)
          WHERE id = :id",
        named_params! { ":id": id, ":state": state, ":reached": reached, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_reached(tx: &WriteTx<'_>, id: ClosureId, reached: i64) -> Result<(), Fault> {
    tx.run(
        "UPDATE closure SET reached = :reached WHERE id = :id",
        named_params! { ":id": id, ":reached": reached },
    )?;
    Ok(())
}

pub(super) fn put_item(
    tx: &WriteTx<'_>,
    id: ClosureId,
    booking: BookingId,
    told_by: ToldBy,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO closure_item (closure_id, booking_id, told_by) VALUES (:id, :booking, :told_by)
         ON CONFLICT (closure_id, booking_id) DO NOTHING",
        named_params! { ":id": id, ":booking": booking, ":told_by": told_by },
    )?;
    Ok(())
}

/// Its bookings; open are those that still stand in the closed time.
pub(super) fn items(tx: &ReadTx<'_>, closure: &Closure) -> Result<Vec<Item>, Fault> {
    tx.all(
        "SELECT i.booking_id AS booking_id, i.told_by AS told_by, i.calls AS calls, i.called_at AS called_at,
                i.reached_at AS reached_at,
                b.status = 'confirmed' AND p.location_id IS NOT NULL
                  AND :from < (unixepoch(b.on_day) + b.ends_min * 60 - 32400) * 1000
                  AND (unixepoch(b.on_day) + b.starts_min * 60 - 32400) * 1000 < :to AS is_open
           FROM closure_item AS i
           JOIN booking AS b ON b.id = i.booking_id
           LEFT JOIN closure_place AS p ON p.closure_id = i.closure_id AND p.location_id = b.location_id
          WHERE i.closure_id = :id
          ORDER BY b.on_day, b.starts_min, b.id",
        named_params! { ":id": closure.id, ":from": closure.span.from, ":to": closure.span.to },
        |row| {
            Ok(Item {
                booking: row.get("booking_id")?,
                told_by: row.get("told_by")?,
                calls: row.get("calls")?,
                called_at: row.get("called_at")?,
                reached_at: row.get("reached_at")?,
                is_open: row.get("is_open")?,
            })
        },
    )
}

/// Bookings that were told by letter, after this one.
pub(super) fn mailed_after(
    tx: &ReadTx<'_>,
    id: ClosureId,
    after: i64,
    most: i64,
) -> Result<Vec<BookingId>, Fault> {
    tx.all(
        "SELECT booking_id FROM closure_item
          WHERE closure_id = :id AND told_by = 'mail' AND booking_id > :after
          ORDER BY booking_id LIMIT :most",
        named_params! { ":id": id, ":after": after, ":most": most },
        |row| row.get("booking_id"),
    )
}

pub(super) fn note_call(
    tx: &WriteTx<'_>,
    id: ClosureId,
    booking: BookingId,
    reached: Option<Moment>,
) -> Result<bool, Fault> {
    let noted = tx.run(
        "UPDATE closure_item
            SET calls = calls + 1, called_at = :now, called_by = :by, reached_at = coalesce(:reached, reached_at),
                version = version + 1
          WHERE closure_id = :id AND booking_id = :booking",
        named_params! {
            ":id": id, ":booking": booking, ":now": tx.now(), ":by": tx.actor().display_name(), ":reached": reached,
        },
    )?;
    Ok(noted == 1)
}

/// Places that are closed out of turn in a part of this stretch already.
pub(super) fn is_place(tx: &ReadTx<'_>, place: LocationId) -> Result<bool, Fault> {
    tx.one("SELECT EXISTS (SELECT 1 FROM location WHERE id = ?) AS known", [place], |row| row.get("known"))
}
