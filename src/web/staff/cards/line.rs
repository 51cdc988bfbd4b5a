//! One card of the list.

use serde::Serialize;

use crate::base::{CardId, Day, Minute};
use crate::booking;
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::{Places, Stored};
use crate::web::staff::wording;

/// One card.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) id: CardId,
    pub(super) notice: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) birth: Option<String>,
    pub(super) tag: (&'static str, &'static str),
    pub(super) stored: Stored,
    pub(super) booked: Option<(Day, Minute)>,
    pub(super) due: Option<Day>,
    pub(super) email: bool,
    pub(super) notes: Vec<String>,
}

impl Line {
    /// Reads what the list says beside the card's own facts.
    pub(super) fn of(tx: &ReadTx<'_>, card: &Card, sight: Sight, places: &Places) -> Result<Self, Fault> {
        let booked = booking::live_of_card(tx, card.id)?.map(|booking| (booking.day, booking.starts));
        Ok(Self {
            id: card.id,
            notice: sight.notice(card),
            name: sight.name(card),
            kana: sight.kana(card),
            birth: sight.birth(card),
            tag: wording::label(card.label),
            stored: places.of(card),
            booked,
            due: card.pickup_due_on,
            email: card.email.is_some(),
            notes: notes(tx, card, sight)?,
        })
    }
}

/// What must be seen beside a name: who could be taken for this person, what is missing, the remark.
fn notes(tx: &ReadTx<'_>, card: &Card, sight: Sight) -> Result<Vec<String>, Fault> {
    let mut notes = Vec::new();
    let same = cards::same_notice(tx, card)?.len();
    if same > 0 {
        notes.push(format!("同じ通知書ID {}件", same + 1));
    }
    if !cards::same_person(tx, card)?.is_empty() {
        notes.push("同じ人のカードがほかにあります".to_owned());
    }
    if card.overridden {
        notes.push("規則にない変更".to_owned());
    }
    if card.status == cards::CardStatus::Incomplete {
        notes.extend(card.incomplete_reason.clone());
    }
    if let Some(first) = sight.remark(card).and_then(|remark| remark.lines().next()) {
        notes.push(first.chars().take(20).collect());
    }
    Ok(notes)
}
