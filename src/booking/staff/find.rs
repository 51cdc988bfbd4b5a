//! Who is meant by what staff scanned or typed when they book for somebody.

use crate::base::notice::{self, NoticePattern};
use crate::base::{BookingId, CardId, NoticeId};
use crate::booking::{CHOICE_MAX, scan, store};
use crate::cards::{self, Card, Terms};
use crate::db::{Fault, ReadTx};

/// What was scanned or typed.
#[derive(Clone, Debug)]
pub struct Find {
    /// As it came in.
    pub typed: String,
    /// The shape of this city's notice IDs.
    pub pattern: NoticePattern,
    /// Whether names and kana may be asked for.
    pub by_name: bool,
}

/// Whom it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// Nothing was typed.
    Empty,
    /// Nobody is known under it.
    Unknown,
    /// So many people that the choice would be no help.
    TooMany,
    /// The number of a booking.
    Booking(BookingId),
    /// One person, or several of whom one is to be chosen. A notice ID is not unique: 7(1)④.
    Cards(Vec<CardId>),
}

/// Finds cards by notice ID, name or reading, and bookings by number, whatever state they are in.
///
/// Spec: 7(2)④ ⑧, 7(1)④.
pub fn candidates(tx: &ReadTx<'_>, wish: &Find) -> Result<Candidates, Fault> {
    let norm = notice::normalise(&wish.typed);
    if norm.is_empty() {
        return Ok(Candidates::Empty);
    }
    if let Some(no) = scan::number_in(&norm)
        && let Some(booking) = store::by_no(tx, &no)?
    {
        return Ok(Candidates::Booking(booking.id));
    }
    if let Ok(notice) = NoticeId::parse(&wish.typed, &wish.pattern) {
        return Ok(of_cards(&cards::with_notice(tx, &notice)?));
    }
    if !wish.by_name {
        return Ok(Candidates::Unknown);
    }
    let terms = Terms { name: Some(wish.typed.clone()), ..Terms::default() };
    let found = cards::search(tx, &terms, None)?;
    Ok(if found.hits.len() > CHOICE_MAX { Candidates::TooMany } else { of_cards(&found.hits) })
}

fn of_cards(found: &[Card]) -> Candidates {
    if found.is_empty() {
        return Candidates::Unknown;
    }
    Candidates::Cards(found.iter().map(|card| card.id).collect())
}
