//! The board's SQL: a day's bookings in one statement, their people in another.

use std::collections::BTreeMap;

use rusqlite::named_params;

use crate::base::{BookingId, Day, LocationId};
use crate::booking::store::{BOOKING, booking, member};
use crate::booking::{Booking, Member};
use crate::db::{Fault, ReadTx};

pub(super) fn bookings_of_day(
    tx: &ReadTx<'_>,
    location: LocationId,
    day: Day,
) -> Result<Vec<Booking>, Fault> {
    tx.all(
        &format!(
            "{BOOKING} WHERE location_id = :location AND on_day = :day AND takes_seat = 1 ORDER BY starts_min, id"
        ),
        named_params! { ":location": location, ":day": day },
        booking,
    )
}

pub(super) fn bookings_of(tx: &ReadTx<'_>, ids: &[BookingId]) -> Result<Vec<Booking>, Fault> {
    tx.all(
        &format!("{BOOKING} WHERE id IN (SELECT value FROM json_each(:ids))"),
        named_params! { ":ids": listed(ids)? },
        booking,
    )
}

fn listed(ids: &[BookingId]) -> Result<String, Fault> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    serde_json::to_string(&ids).map_err(|error| Fault::Stored(error.to_string()))
}

pub(super) fn people_of(
    tx: &ReadTx<'_>,
    ids: &[BookingId],
) -> Result<BTreeMap<BookingId, Vec<Member>>, Fault> {
    let rows = tx.all(
        "SELECT booking_id, id, position, procedure, card_id, applicant_id, person_key, outcome
           FROM booking_member
          WHERE booking_id IN (SELECT value FROM json_each(:ids)) AND (outcome IS NULL OR outcome <> 'removed')
          ORDER BY booking_id, position",
        named_params! { ":ids": listed(ids)? },
        |row| Ok((row.get::<_, BookingId>("booking_id")?, member(row)?)),
    )?;
    Ok(grouped(rows))
}

fn grouped(rows: Vec<(BookingId, Member)>) -> BTreeMap<BookingId, Vec<Member>> {
    let mut people: BTreeMap<BookingId, Vec<Member>> = BTreeMap::new();
    for (booking, member) in rows {
        people.entry(booking).or_default().push(member);
    }
    people
}

pub(super) fn people_of_day(
    tx: &ReadTx<'_>,
    location: LocationId,
    day: Day,
) -> Result<BTreeMap<BookingId, Vec<Member>>, Fault> {
    let rows = tx.all(
        "SELECT m.booking_id AS booking_id, m.id AS id, m.position AS position, m.procedure AS procedure,
                m.card_id AS card_id, m.applicant_id AS applicant_id, m.person_key AS person_key, m.outcome AS outcome
           FROM booking AS b
           JOIN booking_member AS m ON m.booking_id = b.id
          WHERE b.location_id = :location AND b.on_day = :day AND b.takes_seat = 1
            AND (m.outcome IS NULL OR m.outcome <> 'removed')
          ORDER BY m.booking_id, m.position",
        named_params! { ":location": location, ":day": day },
        |row| Ok((row.get::<_, BookingId>("booking_id")?, member(row)?)),
    )?;
    Ok(grouped(rows))
}
