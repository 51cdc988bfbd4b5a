//! The counting statements. Each looks at the rows of its span only.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rusqlite::named_params;

use super::{Figures, Month, Span};
use crate::base::{Day, LocationId, Minute, Moment};
use crate::cards;
use crate::db::{Fault, ReadTx, WriteTx};

/// One booking, as far as it is counted.
pub(super) struct Row {
    pub(super) day: Day,
    pub(super) location: LocationId,
    pub(super) hour: u8,
    pub(super) channel: &'static str,
    status: Status,
    people: u32,
    created_at: Moment,
    checked_in_at: Option<Moment>,
    finished_at: Option<Moment>,
}

/// How a booking stands, as far as it is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Open,
    Completed,
    Incomplete,
    NoShow,
    Cancelled,
}

impl Status {
    fn of(code: &str) -> Self {
        match code {
            "completed" => Self::Completed,
            "incomplete" => Self::Incomplete,
            "no_show" => Self::NoShow,
            "cancelled" => Self::Cancelled,
            _ => Self::Open,
        }
    }
}

/// The ways of booking. Those of whoever chose a day come first.
const CHANNELS: [&str; 5] = ["web", "counter", "telephone", "walk_in", "migrated"];
const CHOSEN: usize = 3;

impl Row {
    pub(super) fn figures(&self) -> Figures {
        figures(self.status, 1, self.people)
    }

    /// Days from the booking to its day, counted in Japan; nothing for those who walked in, were brought along or cancelled.
    pub(super) fn ahead(&self, day: i64) -> Option<u32> {
        let chosen = CHANNELS.iter().take(CHOSEN).any(|code| *code == self.channel);
        let days = day - self.created_at.days_since_1970();
        (chosen && self.status != Status::Cancelled).then(|| u32::try_from(days).unwrap_or(0))
    }

    /// Whole minutes from check-in to the end; nothing for those who were not done.
    pub(super) fn stay(&self) -> Option<u32> {
        let (began, ended) = (self.checked_in_at?, self.finished_at?);
        // A clock that was set back between the two makes a span below nothing: none.
        let minutes = (ended.millis() - began.millis()) / 60_000;
        (self.status == Status::Completed).then(|| u32::try_from(minutes).unwrap_or(0))
    }
}

fn figures(status: Status, bookings: u32, people: u32) -> Figures {
    let mut figures = Figures::default();
    if status == Status::Cancelled {
        figures.cancelled = bookings;
        return figures;
    }
    figures.booked = bookings;
    figures.people = people;
    match status {
        Status::Completed => figures.completed = bookings,
        Status::Incomplete => figures.incomplete = bookings,
        Status::NoShow => figures.no_show = bookings,
        Status::Open | Status::Cancelled => figures.open = bookings,
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

/// Every booking of the span to `each`, day after day. A year of a city has tens of thousands: they are not gathered, and an
/// index of what is counted gives them alone.
pub(super) fn bookings(tx: &ReadTx<'_>, span: &Span, mut each: impl FnMut(&Row)) -> Result<(), Fault> {
    let (clause, places) = within(span)?;
    let (mut day, mut columns) = ((String::new(), span.from), None);
    tx.walk(
        &format!(
            "SELECT on_day, location_id, starts_min / 60 AS hour, channel, status, people, created_at, checked_in_at, finished_at
               FROM booking INDEXED BY booking_counted
              WHERE on_day BETWEEN :from AND :to {clause}"
        ),
        named_params! { ":from": span.from, ":to": span.to, ":places": places },
        |row| {
            let at = match &columns {
                Some(found) => found,
                None => columns.insert(Columns::of(row)?),
            };
            let written = text(row, at.day)?;
            if day.0 != written {
                day = (written.to_owned(), row.get(at.day)?);
            }
            let channel = text(row, at.channel)?;
            each(&Row {
                day: day.1,
                location: row.get(at.location)?,
                hour: row.get(at.hour)?,
                channel: CHANNELS.into_iter().find(|code| *code == channel).unwrap_or_default(),
                status: Status::of(text(row, at.status)?),
                people: row.get(at.people)?,
                created_at: row.get(at.created)?,
                checked_in_at: row.get(at.checked_in)?,
                finished_at: row.get(at.finished)?,
            });
            Ok(ControlFlow::Continue(()))
        },
    )
}

/// Where the columns stand: looked up by their names once, because for each of many rows it takes longer than reading them.
struct Columns {
    day: usize,
    location: usize,
    hour: usize,
    channel: usize,
    status: usize,
    people: usize,
    created: usize,
    checked_in: usize,
    finished: usize,
}

impl Columns {
    fn of(row: &rusqlite::Row<'_>) -> Result<Self, Fault> {
        let at = |name: &str| row.as_ref().column_index(name);
        Ok(Self {
            day: at("on_day")?,
            location: at("location_id")?,
            hour: at("hour")?,
            channel: at("channel")?,
            status: at("status")?,
            people: at("people")?,
            created: at("created_at")?,
            checked_in: at("checked_in_at")?,
            finished: at("finished_at")?,
        })
    }
}

/// The text of a column, where it lies.
fn text<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<&'r str, Fault> {
    row.get_ref(column)?.as_str().map_err(|error| Fault::Stored(error.to_string()))
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
        |row| {
            let status = Status::of(&row.get::<_, String>("status")?);
            Ok(figures(status, row.get("bookings")?, row.get("people")?))
        },
    )?;
    Ok(rows.into_iter().fold(Figures::default(), |mut all, one| {
        all.add(one);
        all
    }))
}

/// The people of the span's bookings who got what they came for.
pub(super) fn issued(tx: &ReadTx<'_>, span: &Span) -> Result<u32, Fault> {
    let (clause, places) = within(span)?;
    tx.one(
        &format!(
            "SELECT count(*) AS people
               FROM booking AS b
               JOIN booking_member AS m ON m.booking_id = b.id
              WHERE b.on_day BETWEEN :from AND :to {clause} AND b.status <> 'cancelled' AND m.outcome = 'issued'"
        ),
        named_params! { ":from": span.from, ":to": span.to, ":places": places },
        |row| row.get("people"),
    )
}

pub(super) fn told(tx: &ReadTx<'_>, from: Day, to: Day) -> Result<BTreeMap<Day, u32>, Fault> {
    let rows = tx.all(
        "SELECT month, applications FROM month_told WHERE month BETWEEN :from AND :to",
        named_params! { ":from": from, ":to": to },
        |row| Ok((row.get("month")?, row.get("applications")?)),
    )?;
    Ok(rows.into_iter().collect())
}

pub(super) fn tell(tx: &WriteTx<'_>, month: Day, applications: u32) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO month_told (month, applications, told_at) VALUES (:month, :applications, :now)
         ON CONFLICT (month) DO UPDATE SET applications = excluded.applications, told_at = excluded.told_at",
        named_params! { ":month": month, ":applications": applications, ":now": tx.now() },
    )?;
    Ok(())
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
