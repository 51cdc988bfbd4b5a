//! The counting statements. Each looks at the rows of its span only.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::{Figures, Month, Span};
use crate::base::{Day, LocationId, Minute, Moment};
use crate::db::{Fault, ReadTx};

/// Bookings of one day, place, hour, status and channel.
pub(super) struct Row {
    pub(super) day: Day,
    pub(super) location: LocationId,
    pub(super) hour: u8,
    pub(super) channel: String,
    status: String,
    bookings: u32,
    people: u32,
}

impl Row {
    pub(super) fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        if self.status == "cancelled" {
            figures.cancelled = self.bookings;
            return figures;
        }
        figures.booked = self.bookings;
        figures.people = self.people;
        match self.status.as_str() {
            "completed" => figures.completed = self.bookings,
            "incomplete" => figures.incomplete = self.bookings,
            "no_show" => figures.no_show = self.bookings,
            _ => figures.open = self.bookings,
        }
        figures
    }
}

/// The places of the span as one value, and the clause that holds a column to them.
fn within(span: &Span) -> Result<(&'static str, String), Fault> {
    let ids = serde_json::to_string(&span.locations).map_err(|error| Fault::Stored(error.to_string()))?;
    let clause = if span.locations.is_empty() {
        "AND :places = '[]'"
    } else {
        "AND location_id IN (SELECT value FROM json_each(:places))"
    };
    Ok((clause, ids))
}

pub(super) fn bookings(tx: &ReadTx<'_>, span: &Span) -> Result<Vec<Row>, Fault> {
    let (clause, places) = within(span)?;
    tx.all(
        &format!(
            "SELECT on_day, location_id, starts_min / 60 AS hour, channel, status, count(*) AS bookings,
                    sum(people) AS people
               FROM booking
              WHERE on_day BETWEEN :from AND :to {clause}
              GROUP BY on_day, location_id, hour, channel, status"
        ),
        named_params! { ":from": span.from, ":to": span.to, ":places": places },
        |row| {
            Ok(Row {
                day: row.get("on_day")?,
                location: row.get("location_id")?,
                hour: row.get("hour")?,
                channel: row.get("channel")?,
                status: row.get("status")?,
                bookings: row.get("bookings")?,
                people: row.get("people")?,
            })
        },
    )
}

pub(super) fn issued(tx: &ReadTx<'_>, span: &Span) -> Result<BTreeMap<Day, u32>, Fault> {
    let (clause, places) = within(span)?;
    let rows = tx.all(
        &format!(
            "SELECT b.on_day AS on_day, count(*) AS people
               FROM booking AS b
               JOIN booking_member AS m ON m.booking_id = b.id
              WHERE b.on_day BETWEEN :from AND :to {clause} AND b.takes_seat = 1 AND m.outcome = 'issued'
              GROUP BY b.on_day"
        ),
        named_params! { ":from": span.from, ":to": span.to, ":places": places },
        |row| Ok((row.get("on_day")?, row.get("people")?)),
    )?;
    Ok(rows.into_iter().collect())
}

/// Days from the booking to its day, counted in Japan, with how many bookings have that many.
pub(super) fn ahead(tx: &ReadTx<'_>, span: &Span) -> Result<BTreeMap<u32, u32>, Fault> {
    let (clause, places) = within(span)?;
    histogram(
        tx,
        &format!(
            "SELECT CAST(julianday(on_day) - julianday(date(created_at / 1000, 'unixepoch', '+9 hours')) AS INTEGER) AS value,
                    count(*) AS times
               FROM booking
              WHERE on_day BETWEEN :from AND :to {clause} AND takes_seat = 1
                AND channel IN ('web', 'counter', 'telephone')
              GROUP BY value"
        ),
        (span, &places),
    )
}

/// Whole minutes from check-in to the end.
pub(super) fn stay(tx: &ReadTx<'_>, span: &Span) -> Result<BTreeMap<u32, u32>, Fault> {
    let (clause, places) = within(span)?;
    histogram(
        tx,
        &format!(
            "SELECT (finished_at - checked_in_at) / 60000 AS value, count(*) AS times
               FROM booking
              WHERE on_day BETWEEN :from AND :to {clause} AND status = 'completed' AND checked_in_at IS NOT NULL
                AND finished_at IS NOT NULL
              GROUP BY value"
        ),
        (span, &places),
    )
}

fn histogram(tx: &ReadTx<'_>, sql: &str, (span, places): (&Span, &str)) -> Result<BTreeMap<u32, u32>, Fault> {
    let rows =
        tx.all(sql, named_params! { ":from": span.from, ":to": span.to, ":places": places }, |row| {
            Ok((row.get::<_, i64>("value")?, row.get::<_, u32>("times")?))
        })?;
    let mut values = BTreeMap::new();
    for (value, times) in rows {
        // A clock that was set back between two events makes a span below nothing: none.
        *values.entry(u32::try_from(value).unwrap_or(0)).or_default() += times;
    }
    Ok(values)
}

/// The cards in storage by the month in which they were registered, told by its first day.
pub(super) fn registered(tx: &ReadTx<'_>) -> Result<Vec<(Day, u32)>, Fault> {
    tx.all(
        "SELECT date(created_at / 1000, 'unixepoch', '+9 hours', 'start of month') AS month, count(*) AS cards
           FROM card
          WHERE at_place = 1 AND status <> 'announced'
          GROUP BY month",
        [],
        |row| Ok((row.get("month")?, row.get("cards")?)),
    )
}

pub(super) fn month(tx: &ReadTx<'_>, from: Day, to: Day) -> Result<Month, Fault> {
    let (begins, ends) = (Moment::at(from, Minute::of(0)), Moment::at(to.plus(1), Minute::of(0)));
    let of_label = |label: &str| -> Result<u32, Fault> {
        tx.one(
            "SELECT count(*) AS cards FROM card_seen WHERE label = :label AND status_at >= :begins AND status_at < :ends",
            named_params! { ":label": label, ":begins": begins, ":ends": ends },
            |row| row.get("cards"),
        )
    };
    let notified = tx.one(
        "SELECT count(*) AS cards FROM card_seen WHERE notice_sent_on BETWEEN :from AND :to",
        named_params! { ":from": from, ":to": to },
        |row| row.get("cards"),
    )?;
    let registered = tx.one(
        "SELECT count(*) AS cards
           FROM card_seen
          WHERE created_at >= :begins AND created_at < :ends",
        named_params! { ":begins": begins, ":ends": ends },
        |row| row.get("cards"),
    )?;
    Ok(Month {
        registered,
        notified,
        issued: of_label("issued")? + of_label("mailed")?,
        ended: of_label("disposed")? + of_label("defect_returned")?,
    })
}
