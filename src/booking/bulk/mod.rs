//! A letter to many (一斉メール): whom it goes to, what it says, who agreed, and what became of each.
//!
//! **Invariant:** whom it goes to is collected once, in slices; each is looked at again right before their letter is queued, and
//! whoever does not fit any more gets none.
//! **Invariant:** an address gets the same letter once, whatever stops and starts in between; the schema refuses it last.
//! **Invariant:** nobody agrees to their own letter where the city asks for a second person; the schema refuses it last.
//! **Invariant:** no slice holds the writer long, and what was begun goes on after a restart.
//!
//! Spec: 7(2)⑪.

mod begin;
mod collect;
mod decide;
mod look;
mod send;
mod store;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::BookingStatus;
use crate::base::{BookingId, BulkMailId, CardId, Day, HistoryId, LocationId, Moment, Personal, StaffId};
use crate::cards::watch::WatchList;
use crate::cards::{LookIn, Terms};
use crate::db::Actor;
use crate::stored_as_code;

pub use begin::{Begin, BeginError, begin};
pub use collect::{Part, add_part, next_part};
pub use decide::{DecideError, approve, drop_draft, propose, refuse};
pub use look::{
    Line, Next, SHOWN, Sum, Work, get, lines, next_work, recent, sample_letter, sum, without_address,
};
pub use send::{
    SLICE_MAX, Slice, Steer, add_slice, forget, next_slice, next_taken_back, steer, still_so, take_back,
};
pub use text::{SetText, SetTextError, TestLetter, TextWords, of_booking_places, send_test, set_text};

/// How far a letter to many is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkState {
    /// Its people are being collected.
    Collecting,
    /// It is being written.
    Draft,
    /// It waits for the second person.
    Proposed,
    /// The second person did not agree; it can be written anew.
    Refused,
    /// Its letters are being queued.
    Sending,
    /// Somebody stopped it.
    Stopped,
    /// Every letter is in the outbox.
    Done,
    /// It was given up before it was sent.
    Dropped,
}

impl BulkState {
    const ALL: [Self; 8] = [
        Self::Collecting,
        Self::Draft,
        Self::Proposed,
        Self::Refused,
        Self::Sending,
        Self::Stopped,
        Self::Done,
        Self::Dropped,
    ];

    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Collecting => "collecting",
            Self::Draft => "draft",
            Self::Proposed => "proposed",
            Self::Refused => "refused",
            Self::Sending => "sending",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    /// The state with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Whether its words can be changed.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Draft | Self::Refused)
    }
}

stored_as_code!(BulkState);

/// What a letter to many is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It belongs to the procedure of its people (手続きの連絡).
    Procedure,
    /// News (お知らせ): it says how to get no more of them.
    Information,
    /// The second notice (再通知): its words are those of the letter's wording, and the card takes the status.
    Renotice,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Procedure, Self::Information, Self::Renotice];

    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Procedure => "procedure",
            Self::Information => "information",
            Self::Renotice => "renotice",
        }
    }

    /// The purpose with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

stored_as_code!(Purpose);

/// Whom a letter to many goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Audience {
    /// The cards that fit one of these searches.
    Cards {
        /// The searches.
        any: Vec<Terms>,
        /// What whoever asked may look into.
        look: LookIn,
    },
    /// The cards of a list of what is due.
    Watched {
        /// The code of the list.
        list: String,
    },
    /// The people of bookings: one letter a booking.
    Bookings {
        /// The first day.
        from: Day,
        /// The last day.
        to: Day,
        /// Where; empty = everywhere.
        locations: Vec<LocationId>,
        /// The code of their status: those who come, or those who did not.
        status: String,
    },
}

impl Audience {
    /// Whether its people are those of bookings.
    pub fn is_of_bookings(&self) -> bool {
        matches!(self, Self::Bookings { .. })
    }

    fn list(code: &str) -> Option<WatchList> {
        WatchList::from_code(code)
    }

    fn status(code: &str) -> Option<BookingStatus> {
        BookingStatus::from_code(code)
            .filter(|one| matches!(one, BookingStatus::Confirmed | BookingStatus::NoShow))
    }
}

/// A letter to many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkMail {
    /// Its row.
    pub id: BulkMailId,
    /// How far it is.
    pub state: BulkState,
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it goes to.
    pub audience: Audience,
    /// The same in words; they may tell of a person, as a name that was searched for does.
    pub audience_words: Personal<String>,
    /// Whoever got a letter to many in so many days gets none.
    pub quiet_days: u16,
    pub(super) cursor: (usize, i64),
    /// Who made it.
    pub staff: StaffId,
    /// Their name.
    pub actor: String,
    pub(super) origin: String,
    /// When these words were sent as a test.
    pub tested_at: Option<Moment>,
    /// Who decided.
    pub approver: Option<String>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Why the second person did not agree.
    pub refusal: Option<String>,
    pub(super) paced_until: Moment,
    pub(super) event: Option<HistoryId>,
    /// When it was made.
    pub created_at: Moment,
    /// When its first letter was queued.
    pub started_at: Option<Moment>,
    /// When its last letter was queued.
    pub finished_at: Option<Moment>,
    /// The number of this state.
    pub version: i64,
    /// Its words, by language.
    pub texts: BTreeMap<String, TextWords>,
}

impl BulkMail {
    /// Who acts in its slices: whoever made it, also when the program carries it on.
    pub fn acting(&self) -> Actor {
        Actor::Staff { id: self.staff, name: self.actor.clone(), origin: self.origin.clone() }
    }

    /// The language in which somebody who reads `wanted` gets it.
    pub fn language_for<'a>(&self, wanted: &'a str) -> &'a str {
        if self.purpose == Purpose::Renotice || self.texts.contains_key(wanted) { wanted } else { "ja" }
    }
}

/// What became of one of its people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// They will get it.
    Waiting,
    /// Their letter is in the outbox.
    Queued,
    /// No address is known.
    NoAddress,
    /// Letters to the address came back: none is sent before staff have cleared it, whatever it is for.
    Suppressed,
    /// Somebody else of the list has the same address, which gets one letter.
    SameAddress,
    /// They got a letter to many a little while ago.
    Told,
    /// They do not fit any more.
    Gone,
    /// Something that the words want filled is not known of them.
    NoValue,
    /// They want no news by mail.
    Refused,
}

impl Fate {
    /// Every fate.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Queued,
        Self::NoAddress,
        Self::Suppressed,
        Self::SameAddress,
        Self::Told,
        Self::Gone,
        Self::NoValue,
        Self::Refused,
    ];

    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Queued => "queued",
            Self::NoAddress => "no_address",
            Self::Suppressed => "suppressed",
            Self::SameAddress => "same_address",
            Self::Told => "told",
            Self::Gone => "gone",
            Self::NoValue => "no_value",
            Self::Refused => "refused",
        }
    }

    /// The fate with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

stored_as_code!(Fate);

/// Somebody of the list as they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Their card.
    pub card: Option<CardId>,
    /// Their booking, where the list is one of bookings.
    pub booking: Option<BookingId>,
    /// Their address.
    pub email: Option<Personal<String>>,
    /// Their language.
    pub language: String,
}
