//! Which letters exist, and what each needs to know.

use serde::{Deserialize, Serialize};

use crate::base::{Day, Minute, Moment};

/// A letter to a citizen, with the facts as they were when it was queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// The way to the booking pages.
    Link {
        /// The text of the link; forgotten once the letter is sent.
        token: String,
        /// The six digits; forgotten once the letter is sent.
        code: String,
        /// How long the link holds, in hours.
        hours: u16,
        /// How long the code holds, in minutes.
        code_minutes: u16,
    },
    /// Somebody asked to book for a card that is booked already; goes to the registered address only.
    AlreadyBooked(BookingFacts),
    /// The card cannot be collected yet.
    NotReady,
    /// The card was handed over already.
    AlreadyIssued,
    /// The address was replaced by another one; goes to the old one, so that its owner learns of it.
    AddressReplaced,
    /// A booking was made.
    BookingConfirmed(BookingFacts),
    /// A booking has another time, place or party.
    BookingChanged(BookingFacts),
    /// A booking was cancelled.
    BookingCancelled(BookingFacts),
    /// A booking is near. Spec: 7(3)⑪.
    Reminder(BookingFacts),
    /// An example of another letter, for staff who look at its wording.
    Sample {
        /// The letter.
        of: Box<Letter>,
    },
    /// Nobody came to a booking: the way to book again. Spec: 7(2)⑫.
    NoShow(BookingFacts),
    /// The time of a booking is no opening time any more; another one has to be chosen.
    NewTimeAsked(BookingFacts),
    /// The office is closed out of turn at the time of a booking; another time can be chosen by the link.
    OfficeClosed {
        /// The text of the link; forgotten once the letter is sent.
        token: String,
        /// Why, as staff wrote it.
        reason: String,
        /// The booking.
        #[serde(flatten)]
        facts: BookingFacts,
    },
    /// The office opens after all: a booking stands as it is.
    OfficeOpen(BookingFacts),
    /// The card waits past its last pick-up day: the second notice (再通知).
    Renotice(Renotice),
    /// A seat has become free for somebody who waits for one (空き待ち).
    SeatOffer(Offer),
    /// What staff wrote to many (一斉メール). Spec: 7(2)⑪.
    Bulk(Bulk),
}

impl Letter {
    /// The code stored in `outbox.kind`; also the name of its template's folder.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Link { .. } => "link",
            Self::AlreadyBooked(_) => "already_booked",
            Self::NotReady => "not_ready",
            Self::AlreadyIssued => "already_issued",
            Self::AddressReplaced => "address_replaced",
            Self::BookingConfirmed(_) => "booking_confirmed",
            Self::BookingChanged(_) => "booking_changed",
            Self::BookingCancelled(_) => "booking_cancelled",
            Self::Reminder(_) => "reminder",
            Self::NoShow(_) => "no_show",
            Self::Sample { .. } => "sample",
            Self::NewTimeAsked(_) => "new_time_asked",
            Self::OfficeClosed { .. } => "office_closed",
            Self::OfficeOpen(_) => "office_open",
            Self::Renotice(_) => "renotice",
            Self::SeatOffer(_) => "seat_offer",
            Self::Bulk(_) => "bulk",
        }
    }

    /// The word under which its sentences are kept: its own, or that of the letter that it is an example of.
    pub fn wording(&self) -> &'static str {
        match self {
            Self::Sample { of } => of.wording(),
            other => other.kind(),
        }
    }

    /// The booking that it tells of.
    pub fn booking(&self) -> Option<&BookingFacts> {
        match self {
            Self::Link { .. }
            | Self::NotReady
            | Self::AlreadyIssued
            | Self::AddressReplaced
            | Self::Sample { .. }
            | Self::Renotice(_)
            | Self::SeatOffer(_)
            | Self::Bulk(_) => None,
            Self::AlreadyBooked(facts)
            | Self::BookingConfirmed(facts)
            | Self::BookingChanged(facts)
            | Self::BookingCancelled(facts)
            | Self::Reminder(facts)
            | Self::NoShow(facts)
            | Self::NewTimeAsked(facts)
            | Self::OfficeClosed { facts, .. }
            | Self::OfficeOpen(facts) => Some(facts),
        }
    }

    /// The same letter with the number by which whoever gets it can refuse news; other letters stay as they are.
    #[must_use]
    pub(super) fn with_way_out(self, number: &str) -> Self {
        match self {
            Self::Bulk(bulk) if bulk.information => Self::Bulk(Bulk { stop: number.to_owned(), ..bulk }),
            Self::Sample { of } => Self::Sample { of: Box::new(of.with_way_out(number)) },
            other => other,
        }
    }

    /// The number by which whoever gets it can refuse news, where it tells news.
    pub fn way_out(&self) -> Option<&str> {
        match self {
            Self::Bulk(bulk) => Some(bulk.stop.as_str()).filter(|_| bulk.information),
            Self::Sample { of } => of.way_out(),
            _ => None,
        }
    }

    /// Whether it answers what a person does at this moment, a citizen or staff; the program sends all others by itself.
    pub fn is_asked_for(&self) -> bool {
        match self {
            Self::Link { .. }
            | Self::AlreadyBooked(_)
            | Self::NotReady
            | Self::AlreadyIssued
            | Self::AddressReplaced
            | Self::BookingConfirmed(_)
            | Self::BookingChanged(_)
            | Self::BookingCancelled(_)
            | Self::Sample { .. } => true,
            Self::Reminder(_)
            | Self::NoShow(_)
            | Self::NewTimeAsked(_)
            | Self::OfficeClosed { .. }
            | Self::OfficeOpen(_)
            | Self::Renotice(_)
            | Self::SeatOffer(_)
            | Self::Bulk(_) => false,
        }
    }

    /// The same letter without what only its receiver may know.
    #[must_use]
    pub fn without_secrets(self) -> Self {
        match self {
            Self::Link { hours, code_minutes, .. } => {
                Self::Link { token: String::new(), code: String::new(), hours, code_minutes }
            }
            Self::OfficeClosed { reason, facts, .. } => {
                Self::OfficeClosed { token: String::new(), reason, facts }
            }
            Self::SeatOffer(offer) => Self::SeatOffer(Offer { token: String::new(), ..offer }),
            other => other,
        }
    }
}

/// A second notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renotice {
    /// The last pick-up day now, if it is known.
    pub due: Option<Day>,
    /// The location that the notice names, in the letter's language; may be empty.
    pub location_name: String,
}

/// A seat that has become free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The text of the link; forgotten once the letter is sent.
    pub token: String,
    /// Name of the location, in the letter's language.
    pub location_name: String,
    /// The day in Japan.
    pub day: Day,
    /// First minute.
    pub starts: Minute,
    /// The minute after the last one.
    pub ends: Minute,
    /// How many people wait together.
    pub people: u8,
    /// Until when the seat is kept, or until when nobody else is told of it.
    pub until: Moment,
    /// Whether the seat is kept for them.
    pub held: bool,
}

/// One letter of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulk {
    /// The row of the letter to many that it belongs to; 0 in an example.
    pub bulk: i64,
    /// As staff wrote it, places unfilled.
    pub subject: String,
    /// The same.
    pub body: String,
    /// Whether it tells news, so that it says how to get no more of them.
    pub information: bool,
    /// The last pick-up day of the card.
    pub due: Option<Day>,
    /// Name of the location of the booking or of the notice; may be empty.
    pub location_name: String,
    /// Booking number; empty where it is no letter about bookings.
    pub booking_no: String,
    /// The day of the booking.
    pub day: Option<Day>,
    /// Its first minute.
    pub starts: Option<Minute>,
    /// The minute after the last one.
    pub ends: Option<Minute>,
    /// In a letter that leaves: the number by which whoever gets it can refuse news.
    #[serde(default)]
    pub stop: String,
}

/// A booking as a letter tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingFacts {
    /// The code of what it is for, which the city may write sentences of its own for; empty in letters of older builds.
    #[serde(default)]
    pub procedure_code: String,
    /// What it is for, in the letter's language; empty while there is only the hand-over of cards.
    #[serde(default)]
    pub procedure: String,
    /// What to bring, a line each; empty for the hand-over of cards, whose list the product knows.
    #[serde(default)]
    pub bring: Vec<String>,
    /// Booking number.
    pub booking_no: String,
    /// Name of the location, in the letter's language.
    pub location_name: String,
    /// Its address.
    pub address: String,
    /// How to get there.
    pub access: String,
    /// Its telephone number.
    pub phone: String,
    /// The day in Japan.
    pub day: Day,
    /// First minute.
    pub starts: Minute,
    /// The minute after the last one.
    pub ends: Minute,
    /// How many people.
    pub people: u8,
    /// How often the booking was changed; the `SEQUENCE` of its calendar file.
    pub sequence: u32,
    /// From this moment on it can no longer be changed on the web.
    pub change_until: Moment,
    /// The same for cancelling; `None` in letters queued by a build that knew one deadline.
    #[serde(default)]
    pub cancel_until: Option<Moment>,
}
