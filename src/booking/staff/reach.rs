//! Which days staff may book for a party at a location, and how long its cards travel there.

use crate::base::{CardId, Day, LocationId};
use crate::booking::person;
use crate::calendar::{self, Audience, Span};
use crate::cards::Card;
use crate::db::{Fault, ReadTx};
use crate::settings;
use crate::transfers;

/// How one card gets to the location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The card.
    pub card: CardId,
    /// Open days that it travels; 0 = it lies there already.
    pub days: u16,
    /// The first day on which it can be handed over there; `None` when the location does not open within a year.
    pub from: Option<Day>,
}

/// What can be booked for a party at a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The days of the window, with the travel of the slowest card; `None` when no day is left.
    pub span: Option<Span>,
    /// Each card's way, in the order of the party.
    pub ways: Vec<Way>,
}

/// The days that staff may book for these cards at a location, as [`super::book_by_staff`] will count them.
///
/// Spec: 7(2)④ ⑥.
pub fn reach(tx: &ReadTx<'_>, party: &[Card], location: LocationId) -> Result<Reach, Fault> {
    let today = tx.today();
    let rules = calendar::rules(tx, location, today, today.plus(calendar::COUNTING_REACH))?;
    let window = calendar::window(tx, location, Audience::Staff)?;
    let default = settings::read(tx)?.lead_days_default;
    let mut ways = Vec::new();
    for card in party {
        let days = transfers::travel_days(tx, card, location, default)?;
        ways.push(Way { card: card.id, days, from: rules.open_day_after(today, days) });
    }
    let travel = person::travel(tx, party, location)?;
    Ok(Reach { span: window.span(tx.now(), &rules, travel), ways })
}
