//! The overviews' SQL. Lists are put together from a fixed set of clauses; what was asked is only ever bound.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{named_params, params_from_iter};

use super::Wanted;
use crate::base::{BookingId, CardId, Day, LocationId};
use crate::booking::Booking;
use crate::booking::seats::Taken;
use crate::booking::store::{BOOKING, booking, taken_row};
use crate::db::{Fault, ReadTx};

pub(super) fn taken_everywhere(
    tx: &ReadTx<'_>,
    from: Day,
    to: Day,
) -> Result<Vec<(LocationId, Taken)>, Fault> {
    tx.all(
        "SELECT location_id, on_day, starts_min, ends_min, seats, NULL AS expires_at, NULL AS card_id,
                NULL AS applicant_id, id AS booking_id, channel, iif(p.own_capacity IS NULL, 0, p.position) AS pool
           FROM booking
           JOIN procedure AS p ON p.code = booking.procedure
          WHERE on_day BETWEEN :from AND :to AND takes_seat = 1
          UNION ALL
         SELECT location_id, on_day, starts_min, ends_min, seats, expires_at, card_id, applicant_id, NULL, NULL,
                iif(p.own_capacity IS NULL, 0, p.position)
           FROM hold
           JOIN procedure AS p ON p.code = hold.procedure
          WHERE on_day BETWEEN :from AND :to AND expires_at > :now",
        named_params! { ":from": from, ":to": to, ":now": tx.now() },
        |row| Ok((row.get("location_id")?, taken_row(row)?)),
    )
}

pub(super) fn issued(tx: &ReadTx<'_>, from: Day, to: Day) -> Result<BTreeMap<(LocationId, Day), u32>, Fault> {
    let rows = tx.all(
        "SELECT b.location_id AS location_id, b.on_day AS on_day, count(*) AS people
           FROM booking AS b
           JOIN booking_member AS m ON m.booking_id = b.id
          WHERE b.on_day BETWEEN :from AND :to AND b.takes_seat = 1 AND m.outcome = 'issued'
          GROUP BY b.location_id, b.on_day",
        named_params! { ":from": from, ":to": to },
        |row| Ok(((row.get("location_id")?, row.get("on_day")?), row.get("people")?)),
    )?;
    Ok(rows.into_iter().collect())
}

fn clauses(wanted: &Wanted) -> Result<(String, Vec<Value>), Fault> {
    let mut sql = "on_day BETWEEN ? AND ?".to_owned();
    let mut values = vec![Value::Text(wanted.from.to_string()), Value::Text(wanted.to.to_string())];
    let mut add = |clause: &str, value: Option<Value>| {
        sql.push_str(" AND ");
        sql.push_str(clause);
        values.extend(value);
    };
    match wanted.locations.as_slice() {
        [] => {}
        [one] => add("location_id = ?", Some(Value::Integer(one.get()))),
        some => {
            let ids = serde_json::to_string(some).map_err(|error| Fault::Stored(error.to_string()))?;
            add("location_id IN (SELECT value FROM json_each(?))", Some(Value::Text(ids)));
        }
    }
    if let Some(status) = wanted.status {
        add("status = ?", Some(Value::Text(status.code().to_owned())));
    }
    if let Some(channel) = wanted.channel {
        add("channel = ?", Some(Value::Text(channel.code().to_owned())));
    }
    if wanted.over {
        add("over_capacity = 1", None);
    }
    Ok((sql, values))
}

pub(super) fn totals(tx: &ReadTx<'_>, wanted: &Wanted) -> Result<(u32, u32), Fault> {
    let (condition, values) = clauses(wanted)?;
    tx.one(
        &format!(
            "SELECT count(*) AS bookings, coalesce(sum(people), 0) AS people FROM booking WHERE {condition}"
        ),
        params_from_iter(values),
        |row| Ok((row.get("bookings")?, row.get("people")?)),
    )
}

pub(super) fn page(
    tx: &ReadTx<'_>,
    wanted: &Wanted,
    most: usize,
    skip: usize,
) -> Result<Vec<Booking>, Fault> {
    let (condition, mut values) = clauses(wanted)?;
    let number = |n: usize| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    values.extend([number(most), number(skip)]);
    tx.all(
        &format!("{BOOKING} WHERE {condition} ORDER BY on_day, starts_min, location_id, id LIMIT ? OFFSET ?"),
        params_from_iter(values),
        booking,
    )
}

pub(super) fn live_of_cards(tx: &ReadTx<'_>, cards: &[CardId]) -> Result<BTreeMap<CardId, BookingId>, Fault> {
    let ids = serde_json::to_string(cards).map_err(|error| Fault::Stored(error.to_string()))?;
    let rows = tx.all(
        "SELECT c.id AS card_id, m.booking_id AS booking_id
           FROM card_seen AS c
           JOIN booking_member AS m ON m.person_key = c.person_key AND m.live = 1
          WHERE c.id IN (SELECT value FROM json_each(:ids)) AND m.procedure = 'issuance'",
        named_params! { ":ids": ids },
        |row| Ok((row.get("card_id")?, row.get("booking_id")?)),
    )?;
    Ok(rows.into_iter().collect())
}
