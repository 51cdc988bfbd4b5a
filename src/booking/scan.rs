//! What a scan or a few typed letters at the counter mean: a booking, a card, several people, nobody.
//!
//! **Invariant:** two cards with one notice ID are never told apart by guessing: a person chooses (7(1)④).

use super::{BoardRow, Booking, BookingStatus, board, store};
use crate::base::notice::{self, NoticePattern};
use crate::base::{BookingId, CardId, Day, LocationId, NoticeId, text};
use crate::cards::{self, Card, Terms};
use crate::db::{Fault, ReadTx};

/// The most people that are offered for choice.
pub const CHOICE_MAX: usize = 20;

/// What was scanned or typed, and where.
#[derive(Clone, Debug)]
pub struct Scan {
    /// As it came in.
    pub typed: String,
    /// The office.
    pub location: LocationId,
    /// The shape of this city's notice IDs.
    pub pattern: NoticePattern,
    /// Whether names and kana may be asked for.
    pub by_name: bool,
}

/// What it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// Nothing was typed.
    Empty,
    /// Nobody is known under it.
    Unknown,
    /// So many people that the choice would be no help.
    TooMany,
    /// Several people: one is to be chosen.
    Several(Vec<CardId>),
    /// One card, in no booking that matters today.
    Card(CardId),
    /// A booking, and whose card was meant, if one was.
    Booking {
        /// The booking: of today where there is one, else the live one.
        booking: BookingId,
        /// The card.
        card: Option<CardId>,
    },
}

/// Finds out what a scan means: a booking number, a notice ID, or a name or reading, first among today's people here.
///
/// Spec: 7(2)⑦ ⑧, 7(1)④.
pub fn scan(tx: &ReadTx<'_>, wish: &Scan) -> Result<Scanned, Fault> {
    let norm = notice::normalise(&wish.typed);
    if norm.is_empty() {
        return Ok(Scanned::Empty);
    }
    if let Some(booking) = by_number(tx, &norm)? {
        return Ok(Scanned::Booking { booking: booking.id, card: None });
    }
    if let Ok(notice) = NoticeId::parse(&wish.typed, &wish.pattern) {
        let found = cards::with_notice(tx, &notice)?;
        return choose(tx, wish.location, found.iter().map(|card| card.id).collect());
    }
    if wish.by_name { by_name(tx, wish) } else { Ok(Scanned::Unknown) }
}

/// What a card means here and now, once it is known which one.
pub fn scan_card(tx: &ReadTx<'_>, card: CardId, location: LocationId) -> Result<Scanned, Fault> {
    let today = tx.today();
    let bookings = super::of_card(tx, card)?;
    let matters = bookings
        .iter()
        .filter_map(|booking| Some((weight(booking, card, today, location)?, booking)))
        .max_by_key(|(weight, booking)| (*weight, booking.id));
    Ok(match matters {
        Some((_, booking)) => Scanned::Booking { booking: booking.id, card: Some(card) },
        None => Scanned::Card(card),
    })
}

/// How much a booking matters at the counter: one of today here, one of today, a live one, one that was missed.
fn weight(booking: &Booking, card: CardId, today: Day, location: LocationId) -> Option<u8> {
    booking.member_of(card)?;
    match booking.status {
        BookingStatus::Cancelled => None,
        _ if booking.day == today && booking.location == location => Some(4),
        _ if booking.day == today => Some(3),
        BookingStatus::Confirmed | BookingStatus::CheckedIn => Some(2),
        BookingStatus::NoShow => Some(1),
        BookingStatus::Completed | BookingStatus::Incomplete => None,
    }
}

fn by_number(tx: &ReadTx<'_>, norm: &str) -> Result<Option<Booking>, Fault> {
    number_in(norm).map(|no| store::by_no(tx, &no)).transpose().map(Option::flatten)
}

/// The booking number in a normalised text: four signs, a dash and four digits.
pub(super) fn number_in(norm: &str) -> Option<String> {
    let (signs, day) = norm.split_at_checked(4)?;
    (day.len() == 4 && day.bytes().all(|digit| digit.is_ascii_digit())).then(|| format!("{signs}-{day}"))
}

fn by_name(tx: &ReadTx<'_>, wish: &Scan) -> Result<Scanned, Fault> {
    let here = board::day_board(tx, wish.location, tx.today())?;
    let mut rows = here.iter().filter_map(|row| Some((row, named(row, &wish.typed)?)));
    match (rows.next(), rows.next()) {
        (Some((row, card)), None) if wish.typed.chars().count() > 1 => {
            return Ok(Scanned::Booking { booking: row.booking.id, card: Some(card) });
        }
        (Some(_), _) => {
            let all = here.iter().filter_map(|row| named(row, &wish.typed));
            return Ok(several(all.collect()));
        }
        (None, _) => {}
    }
    let terms = Terms { name: Some(wish.typed.clone()), ..Terms::default() };
    let found = cards::search(tx, &terms, None)?;
    choose(tx, wish.location, found.hits.iter().map(|card| card.id).collect())
}

/// The first person of a booking whose name or reading holds what was typed.
fn named(row: &BoardRow, typed: &str) -> Option<CardId> {
    let (name, kana) = (text::name_key(typed), text::kana_key(typed));
    let holds = |key: String, typed: &str| !typed.is_empty() && key.contains(typed);
    let fits = |card: &&Card| {
        holds(text::name_key(card.name.uncover()), &name) || holds(text::kana_key(card.kana.uncover()), &kana)
    };
    row.people().find(fits).map(|card| card.id)
}

fn choose(tx: &ReadTx<'_>, location: LocationId, found: Vec<CardId>) -> Result<Scanned, Fault> {
    match found.as_slice() {
        [] => Ok(Scanned::Unknown),
        [only] => scan_card(tx, *only, location),
        _ => Ok(several(found)),
    }
}

fn several(found: Vec<CardId>) -> Scanned {
    if found.len() > CHOICE_MAX { Scanned::TooMany } else { Scanned::Several(found) }
}
