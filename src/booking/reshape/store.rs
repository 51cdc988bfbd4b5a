//! The rows of `affected_booking`, and the bookings that a change may strand.

use rusqlite::{Row, named_params};

use super::effect::Seated;
use super::settle::Case;
use super::{Affected, Choice, Waiting};
use crate::base::{BookingId, Day, LocationId};
use crate::calendar::ChangeId;
use crate::db::{Fault, ReadTx, WriteTx};

/// Every booking that takes seats on these days, at one location or (`None`) at all of them.
pub(super) fn seated(
    tx: &ReadTx<'_>,
    place: Option<LocationId>,
    (from, until): (Day, Day),
) -> Result<Vec<Seated>, Fault> {
    // One of two fixed clauses, so that each finds its own index.
    let here = if place.is_some() { "location_id = :place" } else { ":place IS NULL" };
    tx.all(
        &format!(
            "SELECT id, location_id, on_day, starts_min, ends_min, iif(p.own_capacity IS NULL, seats, 0) AS seats,
                status = 'confirmed' AS awaited, over_capacity, email IS NOT NULL AS has_email, booking.version AS version
           FROM booking
           JOIN procedure AS p ON p.code = booking.procedure
          WHERE {here} AND on_day BETWEEN :from AND :until AND takes_seat = 1
          ORDER BY on_day, starts_min, id"
        ),
        named_params! { ":place": place, ":from": from, ":until": until },
        |row| {
            Ok(Seated {
                id: row.get("id")?,
                location: row.get("location_id")?,
                day: row.get("on_day")?,
                starts: row.get("starts_min")?,
                ends: row.get("ends_min")?,
                seats: row.get("seats")?,
                is_awaited: row.get("awaited")?,
                is_over: row.get("over_capacity")?,
                has_email: row.get("has_email")?,
                version: row.get("version")?,
            })
        },
    )
}

/// The bookings at a location that are still expected from a day on, the earliest first.
pub(super) fn awaited_from(
    tx: &ReadTx<'_>,
    location: LocationId,
    from: Day,
) -> Result<Vec<(BookingId, Day)>, Fault> {
    tx.all(
        "SELECT id, on_day FROM booking
          WHERE on_day >= :from AND location_id = :location AND status IN ('confirmed', 'checked_in')
          ORDER BY on_day, starts_min, id",
        named_params! { ":from": from, ":location": location },
        |row| Ok((row.get("id")?, row.get("on_day")?)),
    )
}

/// Writes all of them in one statement: thousands of rows must not hold the writer.
pub(super) fn insert(
    tx: &WriteTx<'_>,
    change: ChangeId,
    stranded: &[Affected],
    choice: impl Fn(&Affected) -> Choice,
) -> Result<(), Fault> {
    let row = |one: &Affected| {
        (one.booking, one.why.code(), choice(one).code(), one.location, one.day.to_string(), one.starts.get())
    };
    let rows: Vec<_> = stranded.iter().map(row).collect();
    let rows = serde_json::to_string(&rows).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.run(
        "INSERT INTO affected_booking (change_id, booking_id, why, choice, location_id, on_day, starts_min)
         SELECT :change, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
                json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')
           FROM json_each(:rows)",
        named_params! { ":change": change, ":rows": rows },
    )?;
    Ok(())
}

pub(super) fn waiting(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<Waiting>, Fault> {
    tx.all(
        "SELECT a.change_id AS change_id, a.booking_id AS booking_id, a.choice AS choice,
                a.location_id AS location_id, a.on_day AS on_day, a.starts_min AS starts_min, c.what AS what
           FROM affected_booking AS a
           JOIN calendar_change AS c ON c.id = a.change_id
          WHERE a.settled_at IS NULL
          ORDER BY a.change_id, a.booking_id
          LIMIT :limit",
        named_params! { ":limit": limit },
        |row| {
            Ok(Waiting {
                change: row.get("change_id")?,
                booking: row.get("booking_id")?,
                choice: row.get("choice")?,
                place: (row.get("location_id")?, row.get("on_day")?, row.get("starts_min")?),
                what: row.get("what")?,
            })
        },
    )
}

pub(super) fn set_settled(tx: &WriteTx<'_>, change: ChangeId, booking: BookingId) -> Result<(), Fault> {
    tx.run(
        "UPDATE affected_booking SET settled_at = :now WHERE change_id = :change AND booking_id = :booking",
        named_params! { ":change": change, ":booking": booking, ":now": tx.now() },
    )?;
    Ok(())
}

/// A change was taken back: nothing has to be done about the booking any more.
pub(super) fn close(tx: &WriteTx<'_>, change: ChangeId, booking: BookingId) -> Result<(), Fault> {
    tx.run(
        "UPDATE affected_booking SET choice = 'keep', settled_at = coalesce(settled_at, :now)
          WHERE change_id = :change AND booking_id = :booking",
        named_params! { ":change": change, ":booking": booking, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_called(tx: &WriteTx<'_>, change: ChangeId, booking: BookingId) -> Result<bool, Fault> {
    let changed = tx.run(
        "UPDATE affected_booking SET called_at = :now
          WHERE change_id = :change AND booking_id = :booking AND called_at IS NULL AND choice <> 'keep'",
        named_params! { ":change": change, ":booking": booking, ":now": tx.now() },
    )?;
    Ok(changed > 0)
}

const CASE: &str =
    "SELECT a.change_id AS change_id, a.booking_id AS booking_id, a.location_id AS location_id, a.why AS why,
        a.choice AS choice, a.settled_at AS settled_at, a.called_at AS called_at,
        NOT (b.status = 'confirmed' AND b.location_id = a.location_id AND b.on_day = a.on_day
             AND b.starts_min = a.starts_min) AS closed
   FROM affected_booking AS a
   JOIN booking AS b ON b.id = a.booking_id";

fn case(row: &Row<'_>) -> rusqlite::Result<Case> {
    Ok(Case {
        change: row.get("change_id")?,
        booking: row.get("booking_id")?,
        location: row.get("location_id")?,
        why: row.get("why")?,
        choice: row.get("choice")?,
        settled_at: row.get("settled_at")?,
        called_at: row.get("called_at")?,
        is_closed: row.get("closed")?,
    })
}

pub(super) fn cases_of(tx: &ReadTx<'_>, change: ChangeId) -> Result<Vec<Case>, Fault> {
    tx.all(
        &format!("{CASE} WHERE a.change_id = :change ORDER BY a.on_day, a.starts_min, a.booking_id"),
        named_params! { ":change": change },
        case,
    )
}

pub(super) fn open_cases(tx: &ReadTx<'_>) -> Result<Vec<Case>, Fault> {
    tx.all(
        &format!(
            "{CASE}
          WHERE a.on_day >= :today AND a.choice IN ('tell', 'call') AND b.status = 'confirmed'
            AND b.location_id = a.location_id AND b.on_day = a.on_day AND b.starts_min = a.starts_min
          ORDER BY a.on_day, a.starts_min, a.booking_id"
        ),
        named_params! { ":today": tx.today() },
        case,
    )
}

/// Whether the people of this booking were asked to choose another time and have not done so.
pub(in crate::booking) fn is_asked(tx: &ReadTx<'_>, booking: BookingId) -> Result<bool, Fault> {
    let found: Option<i64> = tx.opt(
        "SELECT 1 AS one
           FROM affected_booking AS a
           JOIN booking AS b ON b.id = a.booking_id
          WHERE a.booking_id = :booking AND a.choice IN ('tell', 'call') AND b.location_id = a.location_id
            AND b.on_day = a.on_day AND b.starts_min = a.starts_min",
        named_params! { ":booking": booking },
        |row| row.get("one"),
    )?;
    Ok(found.is_some())
}
