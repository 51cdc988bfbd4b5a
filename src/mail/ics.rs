//! The calendar file (iCalendar) of a booking.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use super::BookingFacts;
use crate::base::{Day, Minute, Moment, text};

/// What a calendar shall do with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Put it in, or replace it by a higher `SEQUENCE`.
    Publish,
    /// Take it out.
    Cancel,
}

/// What the calendar entry says.
#[derive(Clone, Debug)]
pub struct Invite<'a> {
    /// The booking.
    pub facts: &'a BookingFacts,
    /// Title of the entry, in the citizen's language; a procedure that is told takes its place.
    pub title: &'a str,
    /// The booking number as a sentence, in the citizen's language.
    pub number: &'a str,
    /// The domain that makes the entry's id unique in the world.
    pub domain: &'a str,
    /// What to do with it.
    pub method: Method,
    /// When this file was made.
    pub stamp: Moment,
}

/// The file. Its time is Japan's, by offset from UTC: Japan has no summer time, so it is right in every calendar.
pub fn calendar_file(invite: &Invite<'_>) -> String {
    let facts = invite.facts;
    let mut event = Event::new();
    event
        .uid(&format!("{}@{}", facts.booking_no, invite.domain))
        .add_property("DTSTAMP", utc(invite.stamp))
        .summary(&title(invite))
        .location(&place(facts))
        .description(invite.number)
        .add_property("SEQUENCE", facts.sequence.to_string());
    event.append_property(Property::new("DTSTART", utc(Moment::at(facts.day, facts.starts))).done());
    event.append_property(Property::new("DTEND", utc(Moment::at(facts.day, facts.ends))).done());
    event.status(if invite.method == Method::Cancel {
        EventStatus::Cancelled
    } else {
        EventStatus::Confirmed
    });
    let mut calendar = Calendar::new();
    let method = if invite.method == Method::Cancel { "CANCEL" } else { "PUBLISH" };
    calendar.append_property(Property::new("METHOD", method).done());
    calendar.push(event.done());
    calendar.done().to_string()
}

/// What it is for; the service where that is all that there is.
fn title(invite: &Invite<'_>) -> String {
    match invite.facts.procedure.as_str() {
        "" => invite.title.to_owned(),
        procedure => text::without_readings(procedure),
    }
}

fn place(facts: &BookingFacts) -> String {
    [facts.location_name.as_str(), facts.address.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn utc(moment: Moment) -> String {
    let minutes = moment.seconds().rem_euclid(86_400) / 60;
    let shifted = Moment::from_millis(moment.millis() - 9 * 3_600_000);
    let (day, minute): (Day, Minute) = (shifted.day(), shifted.minute());
    debug_assert_eq!(i64::from(minute.get()), minutes, "a moment shifted by Japan's offset reads as UTC");
    let seconds = moment.seconds().rem_euclid(60);
    format!("{:04}{:02}{:02}T{}{seconds:02}Z", day.year(), day.month(), day.day(), minute.compact())
}
