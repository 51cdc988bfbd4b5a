//! The rows of `affected_booking`, and the bookings that a change may strand.

use rusqlite::{Row, named_params};

use super::Waiting;
use super::effect::{Chosen, Mark, Marks, Seated};
use super::settle::Case;
use super::work::{Run, RunState};
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

/// The bookings that [`seated`] finds, in short, by location and day.
pub(super) fn marks(
    tx: &ReadTx<'_>,
    place: Option<LocationId>,
    (from, until): (Day, Day),
) -> Result<Marks, Fault> {
    let here = if place.is_some() { "location_id = :place" } else { ":place IS NULL" };
    let found = tx.all(
        &format!(
            "SELECT location_id, on_day, count(*) AS bookings, sum(id) AS ids, sum(version) AS versions
               FROM booking
              WHERE {here} AND on_day BETWEEN :from AND :until AND takes_seat = 1
              GROUP BY location_id, on_day"
        ),
        named_params! { ":place": place, ":from": from, ":until": until },
        |row| {
            let mark =
                Mark { bookings: row.get("bookings")?, ids: row.get("ids")?, versions: row.get("versions")? };
            Ok(((row.get("location_id")?, row.get("on_day")?), mark))
        },
    )?;
    Ok(found.into_iter().collect())
}

/// Keeps the stranded bookings of a change as they were shown, some hundred a row: they become rows of their own later, so that
/// thousands do not hold the writer.
pub(super) fn keep_parts(tx: &WriteTx<'_>, change: ChangeId, chosen: &Chosen) -> Result<(), Fault> {
    for (part, (bookings, list)) in (1_i64..).zip(&chosen.parts) {
        tx.run(
            "INSERT INTO affected_part (change_id, part, bookings, list) VALUES (:change, :part, :bookings, :list)",
            named_params! { ":change": change, ":part": part, ":bookings": bookings, ":list": list },
        )?;
    }
    Ok(())
}

/// Makes rows of the bookings of the next part; whether there was one.
pub(super) fn list_part(tx: &WriteTx<'_>, change: ChangeId) -> Result<bool, Fault> {
    let next = tx.opt(
        "SELECT part FROM affected_part WHERE change_id = :change ORDER BY part LIMIT 1",
        named_params! { ":change": change },
        |row| row.get::<_, i64>("part"),
    )?;
    let Some(part) = next else { return Ok(false) };
    tx.run(
        "INSERT INTO affected_booking (change_id, booking_id, why, choice, location_id, on_day, starts_min)
         SELECT :change, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
                json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')
           FROM affected_part, json_each(affected_part.list)
          WHERE change_id = :change AND part = :part",
        named_params! { ":change": change, ":part": part },
    )?;
    tx.run(
        "DELETE FROM affected_part WHERE change_id = :change AND part = :part",
        named_params! { ":change": change, ":part": part },
    )?;
    Ok(true)
}

const RUN: &str =
    "SELECT r.change_id AS change_id, r.state AS state, r.reached AS reached, c.undoes AS undoes
   FROM affected_run AS r
   JOIN calendar_change AS c ON c.id = r.change_id";

fn run_row(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        change: row.get("change_id")?,
        state: row.get("state")?,
        reached: row.get("reached")?,
        undoes: row.get("undoes")?,
    })
}

/// The oldest change whose stranded bookings are in work.
pub(super) fn oldest_run(tx: &ReadTx<'_>) -> Result<Option<Run>, Fault> {
    tx.opt(&format!("{RUN} ORDER BY r.change_id LIMIT 1"), [], run_row)
}

pub(super) fn run(tx: &ReadTx<'_>, change: ChangeId) -> Result<Option<Run>, Fault> {
    tx.opt(&format!("{RUN} WHERE r.change_id = :change"), named_params! { ":change": change }, run_row)
}

/// Begins the work of a change, or brings it to its next step.
pub(super) fn set_run(
    tx: &WriteTx<'_>,
    change: ChangeId,
    state: RunState,
    reached: Option<BookingId>,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO affected_run (change_id, state, reached) VALUES (:change, :state, coalesce(:reached, 0))
         ON CONFLICT (change_id) DO UPDATE SET state = excluded.state, reached = excluded.reached",
        named_params! { ":change": change, ":state": state, ":reached": reached },
    )?;
    Ok(())
}

/// Ends the work of a change, whatever of it is left.
pub(super) fn end_run(tx: &WriteTx<'_>, change: ChangeId) -> Result<(), Fault> {
    for sql in [
        "DELETE FROM affected_part WHERE change_id = :change",
        "DELETE FROM affected_run WHERE change_id = :change",
    ] {
        tx.run(sql, named_params! { ":change": change })?;
    }
    Ok(())
}

/// How many bookings of a change have rows, and how many are still to get one.
pub(super) fn sizes(tx: &ReadTx<'_>, change: ChangeId) -> Result<(u32, u32), Fault> {
    tx.one(
        "SELECT (SELECT count(*) FROM affected_booking WHERE change_id = :change) AS listed,
                (SELECT coalesce(sum(bookings), 0) FROM affected_part WHERE change_id = :change) AS unlisted",
        named_params! { ":change": change },
        |row| Ok((row.get("listed")?, row.get("unlisted")?)),
    )
}

pub(super) fn waiting(tx: &ReadTx<'_>, change: ChangeId, limit: u32) -> Result<Vec<Waiting>, Fault> {
    tx.all(
        "SELECT a.change_id AS change_id, a.booking_id AS booking_id, a.choice AS choice,
                a.location_id AS location_id, a.on_day AS on_day, a.starts_min AS starts_min, c.what AS what
           FROM affected_booking AS a
           JOIN calendar_change AS c ON c.id = a.change_id
          WHERE a.change_id = :change AND a.settled_at IS NULL
          ORDER BY a.booking_id
          LIMIT :limit",
        named_params! { ":change": change, ":limit": limit },
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
             AND b.starts_min = a.starts_min) AS closed,
        EXISTS (SELECT 1 FROM calendar_change AS u WHERE u.undoes = a.change_id) AS released
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
        is_released: row.get("released")?,
    })
}

pub(super) fn cases_of(tx: &ReadTx<'_>, change: ChangeId) -> Result<Vec<Case>, Fault> {
    tx.all(
        &format!("{CASE} WHERE a.change_id = :change ORDER BY a.on_day, a.starts_min, a.booking_id"),
        named_params! { ":change": change },
        case,
    )
}

/// The next cases of a change after a booking, in the order of their bookings.
pub(super) fn cases_after(
    tx: &ReadTx<'_>,
    change: ChangeId,
    after: i64,
    limit: u32,
) -> Result<Vec<Case>, Fault> {
    tx.all(
        &format!(
            "{CASE} WHERE a.change_id = :change AND a.booking_id > :after ORDER BY a.booking_id LIMIT :limit"
        ),
        named_params! { ":change": change, ":after": after, ":limit": limit },
        case,
    )
}

/// Restricts cases of bookings `b` to those whose people have to be reached: their change stands, and they are where it struck them.
const TO_REACH: &str =
    "a.choice IN ('tell', 'call') AND b.status = 'confirmed' AND b.location_id = a.location_id
            AND b.on_day = a.on_day AND b.starts_min = a.starts_min
            AND NOT EXISTS (SELECT 1 FROM calendar_change AS u WHERE u.undoes = a.change_id)";

/// How many people still have to be reached.
pub(super) fn count_open(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    tx.one(
        &format!(
            "SELECT count(*) AS cases FROM affected_booking AS a JOIN booking AS b ON b.id = a.booking_id
              WHERE a.on_day >= :today AND {TO_REACH}"
        ),
        named_params! { ":today": tx.today() },
        |row| row.get("cases"),
    )
}

pub(super) fn open_cases(tx: &ReadTx<'_>) -> Result<Vec<Case>, Fault> {
    tx.all(
        &format!(
            "{CASE}
          WHERE a.on_day >= :today AND {TO_REACH}
          ORDER BY a.on_day, a.starts_min, a.booking_id"
        ),
        named_params! { ":today": tx.today() },
        case,
    )
}

/// Whether the people of this booking were asked to choose another time and have not done so.
pub(in crate::booking) fn is_asked(tx: &ReadTx<'_>, booking: BookingId) -> Result<bool, Fault> {
    let found: Option<i64> = tx.opt(
        &format!(
            "SELECT 1 AS one FROM affected_booking AS a JOIN booking AS b ON b.id = a.booking_id
              WHERE a.booking_id = :booking AND {TO_REACH}"
        ),
        named_params! { ":booking": booking },
        |row| row.get("one"),
    )?;
    Ok(found.is_some())
}
