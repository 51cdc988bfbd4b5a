//! The counting statements. Each looks at the rows of its span only.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::{Figures, Month, Span};
use crate::base::{Day, LocationId, Minute, Moment};
use crate::cards;
use crate::db::{Fault, ReadTx};

/// One booking, as far as it is counted.
pub(super) struct Row {
    pub(super) day: Day,
    pub(super) location: LocationId,
    pub(super) hour: u8,
    pub(super) channel: String,
    status: String,
    people: u32,
    created_at: Moment,
    checked_in_at: Option<Moment>,
    finished_at: Option<Moment>,
}

impl Row {
    pub(super) fn figures(&self) -> Figures {
        figures(&self.status, 1, self.people)
    }

    /// Days from the booking to its day, counted in Japan; nothing for those who walked in, were brought along or cancelled.
    pub(super) fn ahead(&self) -> Option<u32> {
        let chosen = matches!(self.channel.as_str(), "web" | "counter" | "telephone");
        let days = self.day.days_from(self.created_at.day());
        (chosen && self.status != "cancelled").then(|| u32::try_from(days).unwrap_or(0))
    }

    /// Whole minutes from check-in to the end; nothing for those who were not done.
    pub(super) fn stay(&self) -> Option<u32> {
        let (began, ended) = (self.checked_in_at?, self.finished_at?);
        // A clock that was set back between the two makes a span below nothing: none.
        let minutes = (ended.millis() - began.millis()) / 60_000;
        (self.status == "completed").then(|| u32::try_from(minutes).unwrap_or(0))
    }
}

fn figures(status: &str, bookings: u32, people: u32) -> Figures {
    let mut figures = Figures::default();
    if status == "cancelled" {
        figures.cancelled = bookings;
        return figures;
    }
    figures.booked = bookings;
    figures.people = people;
    match status {
        "completed" => figures.completed = bookings,
        "incomplete" => figures.incomplete = bookings,
        "no_show" => figures.no_show = bookings,
        _ => figures.open = bookings,
    }
    figures
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
            "SELECT on_day, location_id, starts_min / 60 AS hour, channel, status, people, created_at, checked_in_at, finished_at
               FROM booking
              WHERE on_day BETWEEN :from AND :to {clause}"
        ),
        named_params! { ":from": span.from, ":to": span.to, ":places": places },
        |row| {
            Ok(Row {
                day: row.get("on_day")?,
                location: row.get("location_id")?,
                hour: row.get("hour")?,
                channel: row.get("channel")?,
                status: row.get("status")?,
                people: row.get("people")?,
                created_at: row.get("created_at")?,
                checked_in_at: row.get("checked_in_at")?,
                finished_at: row.get("finished_at")?,
            })
        },
    )
}

/// All bookings of the span together.
pub(super) fn totals(tx: &ReadTx<'_>, span: &Span) -> Result<Figures, Fault> {
    let (clause, places) = within(span)?;
    let rows = tx.all(
        &format!(
            "SELECT status, count(*) AS bookings, sum(people) AS people
               FROM booking
              WHERE on_day BETWEEN :from AND :to {clause}
              GROUP BY status"
        ),
        named_params! { ":from": span.from, ":to": span.to, ":places": places },
        |row| Ok(figures(&row.get::<_, String>("status")?, row.get("bookings")?, row.get("people")?)),
    )?;
    Ok(rows.into_iter().fold(Figures::default(), |mut all, one| {
        all.add(one);
        all
    }))
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

/// The cards in storage, counted by when they were registered: as many numbers as `since` has moments, each of the cards from
/// that moment on, and that of all.
///
/// Cards are numbered in the order of their registration, so that an index of what lies in storage answers alone.
pub(super) fn registered(tx: &ReadTx<'_>, since: &[Moment]) -> Result<(Vec<u32>, u32), Fault> {
    let firsts = since.iter().map(|moment| cards::first_since(tx, *moment)).collect::<Result<Vec<_>, _>>()?;
    let stored: Vec<i64> =
        tx.all("SELECT id FROM card_seen WHERE at_place = 1 AND status <> 'announced'", [], |row| {
            row.get("id")
        })?;
    let from = |first: &i64| stored.iter().filter(|id| *id >= first).count();
    let number = |cards: usize| u32::try_from(cards).unwrap_or(u32::MAX);
    Ok((firsts.iter().map(from).map(number).collect(), number(stored.len())))
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
    let preset = tx.one(
        "SELECT count(*) AS cards FROM card_seen WHERE preset_at >= :begins AND preset_at < :ends",
        named_params! { ":begins": begins, ":ends": ends },
        |row| row.get("cards"),
    )?;
    let registered = tx.one(
        "SELECT count(*) AS cards
           FROM card_seen
          WHERE id >= :first AND id < :next",
        named_params! { ":first": cards::first_since(tx, begins)?, ":next": cards::first_since(tx, ends)? },
        |row| row.get("cards"),
    )?;
    Ok(Month {
        registered,
        preset,
        notified,
        issued: of_label("issued")? + of_label("mailed")?,
        ended: of_label("disposed")? + of_label("defect_returned")?,
    })
}
