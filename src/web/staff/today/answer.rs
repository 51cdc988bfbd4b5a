//! What a scan is answered with: the shelf first, then who it is and what can be done.

use serde::Serialize;

use super::view::With;
use crate::base::{BookingId, CardId, Day, LocationId, Minute, Moment};
use crate::booking::{BoardRow, Booking, BookingStatus, Outcome};
use crate::cards::{Card, CardStatus};
use crate::web::staff::alike::{Alikes, Beware};
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::{Places, Stored};
use crate::web::staff::wording;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Case {
    /// Booked for today, here; not checked in (any more).
    Expected,
    /// Checked in, by this scan or before.
    Waiting,
    /// Everybody has the card.
    Issued,
    /// Papers are missing.
    Incomplete,
    /// Counted as not come today.
    NoShow,
    /// Today, at another office.
    Elsewhere,
    /// On a later day.
    Later,
    /// On a day that has passed.
    Missed,
    /// No booking, and the card can be handed over.
    Bare,
    /// No booking, and the card was handed over before.
    Gone,
    /// No booking, and the card cannot be handed over as it stands.
    NotReady,
}

/// The panel beside the scan box.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) case: Case,
    pub(super) bad: bool,
    pub(super) again: bool,
    /// The card that the panel is about; none for people who are known by no card.
    pub(super) card: Option<CardId>,
    /// What they come for, where it is not the hand-over of a card.
    pub(super) other: Option<Other>,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    pub(super) tag: (&'static str, &'static str),
    pub(super) stored: Stored,
    pub(super) since: Moment,
    pub(super) booking: Option<Told>,
    /// Whom the people of the answer can be taken for.
    pub(super) beware: Vec<Beware>,
}

/// Another procedure than the hand-over of cards: nothing is fetched from a shelf.
#[derive(Debug, Serialize)]
pub(super) struct Other {
    name: String,
    phone: String,
}

/// What the panel says of the booking.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    id: BookingId,
    day: Day,
    starts: Minute,
    people: u8,
    left: usize,
    place: String,
    status: &'static str,
    checked_in: Option<Moment>,
    handed: Option<(Moment, String)>,
    reasons: Vec<String>,
    others: Vec<With>,
}

/// One of several people that a scan may mean.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) card: CardId,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    pub(super) tag: (&'static str, &'static str),
    pub(super) place: String,
}

/// From where and when somebody looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand<'a> {
    pub(super) here: LocationId,
    pub(super) today: Day,
    pub(super) sight: Sight,
    pub(super) places: &'a Places,
    pub(super) alikes: &'a Alikes,
}

/// The answer about a booking; `meant` is whose card was scanned, else the first person's is shown.
pub(super) fn of_booking(
    row: &BoardRow,
    meant: Option<CardId>,
    again: bool,
    stand: Stand<'_>,
) -> Option<Answer> {
    let case = case_of(&row.booking, stand);
    let issuance = row.booking.is_issuance();
    let tag = wording::status_of(row.booking.status, issuance);
    let card = meant.and_then(|id| row.cards.get(&id)).or(row.lead());
    let mut answer = match card {
        Some(card) => frame(card, case, tag, stand),
        None => without_card(row, case, tag, stand)?,
    };
    if !issuance {
        answer.other = Some(Other {
            name: row.procedure.clone().unwrap_or_default(),
            phone: row.applicant().map(|one| stand.sight.phone(one)).unwrap_or_default(),
        });
        answer.bad = !is_fine(case);
    }
    answer.again = again && case == Case::Waiting;
    answer.booking = Some(told(row, card, stand));
    let family = row.people().filter(|other| Some(other.id) != card.map(|card| card.id));
    answer.beware.extend(family.filter_map(|other| stand.alikes.of(other, stand.sight, stand.places)));
    Some(answer)
}

/// The answer about a card that no booking has.
pub(super) fn of_card(card: &Card, stand: Stand<'_>) -> Answer {
    let case = match card.status {
        CardStatus::Issued | CardStatus::Mailed => Case::Gone,
        status if status.may_become(CardStatus::Issued, card.status_before) => Case::Bare,
        _ => Case::NotReady,
    };
    frame(card, case, wording::label(card.label), stand)
}

/// One of several.
pub(super) fn choice(card: &Card, stand: Stand<'_>) -> Choice {
    Choice {
        card: card.id,
        name: stand.sight.name(card),
        kana: stand.sight.kana(card),
        notice: stand.sight.notice(card),
        birth: stand.sight.birth(card),
        tag: wording::label(card.label),
        place: stand.places.of(card).text,
    }
}

fn case_of(booking: &Booking, stand: Stand<'_>) -> Case {
    if booking.day > stand.today {
        return Case::Later;
    }
    if booking.day < stand.today && booking.status != BookingStatus::CheckedIn {
        return Case::Missed;
    }
    match booking.status {
        BookingStatus::Completed => Case::Issued,
        BookingStatus::Incomplete => Case::Incomplete,
        _ if booking.location != stand.here => Case::Elsewhere,
        BookingStatus::CheckedIn => Case::Waiting,
        BookingStatus::Confirmed => Case::Expected,
        BookingStatus::NoShow | BookingStatus::Cancelled => Case::NoShow,
    }
}

fn frame(card: &Card, case: Case, tag: (&'static str, &'static str), stand: Stand<'_>) -> Answer {
    let stored = stand.places.of(card);
    Answer {
        case,
        bad: !is_fine(case) || (stored.absent && case != Case::Issued),
        again: false,
        card: Some(card.id),
        other: None,
        name: stand.sight.name(card),
        kana: stand.sight.kana(card),
        notice: stand.sight.notice(card),
        birth: stand.sight.birth(card),
        tag,
        stored,
        since: card.status_at,
        booking: None,
        beware: stand.alikes.of(card, stand.sight, stand.places).into_iter().collect(),
    }
}

fn is_fine(case: Case) -> bool {
    matches!(case, Case::Waiting | Case::Issued | Case::Expected | Case::Bare)
}

/// The answer about people who are known by what they said.
fn without_card(
    row: &BoardRow,
    case: Case,
    tag: (&'static str, &'static str),
    stand: Stand<'_>,
) -> Option<Answer> {
    let lead = row.applicant()?;
    Some(Answer {
        case,
        bad: !is_fine(case),
        again: false,
        card: None,
        other: None,
        name: stand.sight.applicant(lead),
        kana: String::new(),
        notice: String::new(),
        birth: stand.sight.birth_of(lead),
        tag,
        stored: Stored::default(),
        since: row.booking.created_at,
        booking: None,
        beware: Vec::new(),
    })
}

fn told(row: &BoardRow, card: Option<&Card>, stand: Stand<'_>) -> Told {
    let booking = &row.booking;
    let shelves = row.booking.is_issuance();
    let outcome = |card: &Card| booking.member_of(card.id).and_then(|member| member.outcome);
    let meant = card.map(|card| card.id);
    let others = row
        .people()
        .filter(|other| shelves && Some(other.id) != meant && outcome(other) != Some(Outcome::Issued));
    let lacking = row.people().filter(|card| outcome(card) == Some(Outcome::Incomplete));
    Told {
        id: booking.id,
        day: booking.day,
        starts: booking.starts,
        people: booking.people,
        left: booking.members.iter().filter(|member| member.outcome != Some(Outcome::Issued)).count(),
        place: stand.places.name(booking.location),
        status: booking.status.code(),
        checked_in: booking.checked_in_at,
        handed: row.handed_over.as_ref().map(|handed| (handed.at, handed.by.clone())),
        others: others.map(|other| With::of(other, stand.sight, stand.places)).collect(),
        reasons: lacking.filter_map(|card| card.incomplete_reason.clone()).collect(),
    }
}
