//! The SQL of reminders and of those who did not come.

use rusqlite::{Row, ToSql, named_params};

use super::Followed;
use crate::base::{BookingId, Day, LocationId, Minute, Moment};
use crate::booking::Booking;
use crate::booking::store::{BOOKING, booking, members};
use crate::db::{Fault, ReadTx, WriteTx};

/// What was done for somebody who did not come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Care {
    pub(super) times: u16,
    pub(super) last: Option<Moment>,
    pub(super) followed: Option<Followed>,
}

fn care(row: &Row<'_>) -> rusqlite::Result<Care> {
    Ok(Care {
        times: row.get("invited_times")?,
        last: row.get("invited_at")?,
        followed: row.get("followed")?,
    })
}

fn whole(tx: &ReadTx<'_>, found: Vec<Booking>) -> Result<Vec<Booking>, Fault> {
    let with_members = |mut one: Booking| {
        one.members = members(tx, one.id)?;
        Ok(one)
    };
    found.into_iter().map(with_members).collect()
}

pub(super) fn first_unreminded(tx: &ReadTx<'_>, from: Day) -> Result<Option<Day>, Fault> {
    tx.one(
        "SELECT MIN(on_day) AS day
           FROM booking
          WHERE status = 'confirmed' AND email IS NOT NULL AND reminded_sequence IS NOT sequence AND on_day >= :from",
        named_params! { ":from": from },
        |row| row.get("day"),
    )
}

pub(super) fn unreminded(tx: &ReadTx<'_>, from: Day, to: Day, most: u32) -> Result<Vec<Booking>, Fault> {
    let found = tx.all(
        &format!(
            "{BOOKING}
              WHERE status = 'confirmed' AND email IS NOT NULL AND reminded_sequence IS NOT sequence
                AND on_day BETWEEN :from AND :to
              ORDER BY on_day, id LIMIT :most"
        ),
        named_params! { ":from": from, ":to": to, ":most": most },
        booking,
    )?;
    whole(tx, found)
}

pub(super) fn set_reminded(tx: &WriteTx<'_>, id: BookingId) -> Result<(), Fault> {
    tx.run("UPDATE booking SET reminded_sequence = sequence WHERE id = :id", named_params! { ":id": id })?;
    Ok(())
}

/// The first day with somebody who was never invited again, and when the longest ago was invited of those who may be once more.
pub(super) fn first_uninvited(
    tx: &ReadTx<'_>,
    from: Day,
    times: u16,
) -> Result<(Option<Day>, Option<Moment>), Fault> {
    tx.one(
        "SELECT MIN(CASE WHEN invited_times = 0 THEN on_day END) AS day,
                MIN(CASE WHEN invited_times BETWEEN 1 AND :times - 1 THEN invited_at END) AS last
           FROM booking
          WHERE status = 'no_show' AND followed IS NULL AND email IS NOT NULL AND on_day >= :from",
        named_params! { ":from": from, ":times": times },
        |row| Ok((row.get("day")?, row.get("last")?)),
    )
}

/// Bookings that nobody came to until the first of the days, or whose people were last invited before the second begins.
pub(super) fn uninvited(
    tx: &ReadTx<'_>,
    from: Day,
    (missed_until, invited_before): (Day, Day),
    times: u16,
    most: u32,
) -> Result<Vec<Booking>, Fault> {
    let found = tx.all(
        &format!(
            "{BOOKING}
              WHERE status = 'no_show' AND followed IS NULL AND email IS NOT NULL AND on_day >= :from
                AND ((invited_times = 0 AND on_day <= :missed_until)
                  OR (invited_times BETWEEN 1 AND :times - 1 AND invited_at < :invited_before))
              ORDER BY on_day, id LIMIT :most"
        ),
        named_params! {
            ":from": from, ":missed_until": missed_until, ":invited_before": Moment::at(invited_before, Minute::of(0)),
            ":times": times, ":most": most,
        },
        booking,
    )?;
    whole(tx, found)
}

pub(super) fn invited(tx: &ReadTx<'_>, id: BookingId) -> Result<(u16, Option<Moment>), Fault> {
    tx.one(
        "SELECT invited_times, invited_at FROM booking WHERE id = :id",
        named_params! { ":id": id },
        |row| Ok((row.get("invited_times")?, row.get("invited_at")?)),
    )
}

pub(super) fn set_invited(tx: &WriteTx<'_>, id: BookingId) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking SET invited_times = invited_times + 1, invited_at = :now WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn followed(tx: &ReadTx<'_>, id: BookingId) -> Result<Option<Followed>, Fault> {
    tx.one("SELECT followed FROM booking WHERE id = :id", named_params! { ":id": id }, |row| {
        row.get("followed")
    })
}

pub(super) fn close(tx: &WriteTx<'_>, id: BookingId, how: Option<Followed>) -> Result<(), Fault> {
    tx.run("UPDATE booking SET followed = :how WHERE id = :id", named_params! { ":id": id, ":how": how })?;
    Ok(())
}

pub(super) fn cases(
    tx: &ReadTx<'_>,
    (from, to): (Day, Day),
    locations: &[LocationId],
    closed_too: bool,
    most: u32,
) -> Result<Vec<(Booking, Care)>, Fault> {
    let places = serde_json::to_string(locations).map_err(|error| Fault::Stored(error.to_string()))?;
    let mut wanted = "status = 'no_show' AND on_day BETWEEN :from AND :to".to_owned();
    if !closed_too {
        wanted.push_str(" AND followed IS NULL");
    }
    if !locations.is_empty() {
        wanted.push_str(" AND location_id IN (SELECT value FROM json_each(:places))");
    }
    let head = BOOKING.replacen("SELECT", "SELECT invited_times, invited_at, followed,", 1);
    let sql = format!("{head} WHERE {wanted} ORDER BY on_day, starts_min, id LIMIT :most");
    let row = |row: &Row<'_>| Ok((booking(row)?, care(row)?));
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":from", &from), (":to", &to), (":most", &most)];
    if !locations.is_empty() {
        params.push((":places", &places));
    }
    let found = tx.all(&sql, params.as_slice(), row)?;
    let with_members = |(mut one, care): (Booking, Care)| {
        one.members = members(tx, one.id)?;
        Ok((one, care))
    };
    found.into_iter().map(with_members).collect()
}
