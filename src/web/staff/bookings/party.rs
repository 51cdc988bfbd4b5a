//! The people of a booking as the console shows them: who, in which state, where the card lies, how long it travels.

use std::collections::BTreeMap;

use serde::Serialize;

use super::typed::MINOR;
use crate::base::{BookingId, CardId, Day, Minute};
use crate::booking::{self, Applicant, Booking, Procedure, Reach, Way, Who};
use crate::calendar::{self, Location};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};
use crate::web::staff::alike::{Alikes, Beware};
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::Places;
use crate::web::staff::wording;

/// One person.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Person {
    /// As forms name them.
    pub(super) key: String,
    /// Their card, where they are known by one.
    pub(super) card: Option<CardId>,
    /// The number that they left, where they are not.
    pub(super) phone: Option<String>,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    pub(super) age: Option<u16>,
    pub(super) minor: bool,
    pub(super) label: (&'static str, &'static str),
    /// Where the card lies.
    pub(super) stored: String,
    pub(super) storage: String,
    /// Open days that it travels to the chosen place.
    pub(super) travel: u16,
    pub(super) from: Option<Day>,
    /// The live booking that the citizen has.
    pub(super) booked: Option<Booked>,
    /// Whether the card's own state keeps it from being booked.
    pub(super) unfit: bool,
    /// How the visit ended, in words.
    pub(super) outcome: Option<&'static str>,
    /// A word where this person can be taken for another, and for whom.
    pub(super) note: Option<&'static str>,
    pub(super) beware: Option<Beware>,
}

/// A booking that stands in the way.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Booked {
    pub(super) id: BookingId,
    pub(super) no: String,
    pub(super) day: Day,
    pub(super) starts: Minute,
    pub(super) place: String,
}

/// What is read to show people.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) cards: Vec<Card>,
    applicants: Vec<Applicant>,
    issuance: bool,
    booked: BTreeMap<CardId, Booked>,
    places: Places,
    alikes: Alikes,
    ways: Vec<Way>,
}

impl Known {
    /// Reads these cards in this order, and what their citizens have booked for the procedure.
    pub(super) fn read(tx: &ReadTx<'_>, procedure: &Procedure, ids: &[CardId]) -> Result<Self, Fault> {
        let mut found = cards::of_ids(tx, ids)?;
        let cards: Vec<Card> = ids.iter().filter_map(|id| found.remove(id)).collect();
        let live = booking::standing(tx, procedure, ids)?;
        let mut booked = BTreeMap::new();
        for (card, id) in live {
            if let Some(one) = booking::get(tx, id)? {
                booked.insert(card, existing(tx, &one)?);
            }
        }
        let (applicants, issuance) = (Vec::new(), procedure.is_issuance());
        Ok(Self {
            cards,
            applicants,
            issuance,
            booked,
            places: Places::read(tx, None)?,
            alikes: Alikes::read(tx, ids.iter().copied())?,
            ways: Vec::new(),
        })
    }

    /// The people of a booking, by card or as applicants.
    pub(super) fn of_booking(tx: &ReadTx<'_>, booking: &Booking) -> Result<Self, Fault> {
        let procedure = booking::procedure_of(tx, booking)?;
        let mut known = Self::read(tx, &procedure, &booking.cards())?;
        for id in booking.people_in().filter_map(Who::applicant) {
            known.applicants.extend(booking::applicant(tx, id)?);
        }
        Ok(known)
    }

    /// With each card's way to the place.
    pub(super) fn with(mut self, reach: &Reach) -> Self {
        self.ways.clone_from(&reach.ways);
        self
    }

    /// The people; `own` is the booking that they are in, which stands in nobody's way.
    pub(super) fn people(&self, sight: Sight, today: Day, own: Option<&Booking>) -> Vec<Person> {
        let cards = self.cards.iter().map(|card| self.person(card, sight, today, own));
        let others = self.applicants.iter().map(|one| self.applicant(one, sight, today, own));
        cards.chain(others).collect()
    }

    fn applicant(&self, one: &Applicant, sight: Sight, today: Day, own: Option<&Booking>) -> Person {
        let who = Who::Applicant(one.id);
        let age = sight.age_of(one, today);
        let outcome = own.and_then(|own| own.member(who)).and_then(|member| member.outcome);
        Person {
            key: who.to_string(),
            card: None,
            phone: Some(sight.phone(one)),
            name: sight.applicant(one),
            kana: String::new(),
            notice: String::new(),
            birth: sight.birth_of(one),
            note: None,
            beware: None,
            minor: age.is_some_and(|age| age < MINOR),
            age,
            label: ("", ""),
            stored: String::new(),
            storage: String::new(),
            travel: 0,
            from: None,
            booked: None,
            unfit: false,
            outcome: outcome.map(|outcome| wording::outcome(outcome, self.issuance)),
        }
    }

    fn person(&self, card: &Card, sight: Sight, today: Day, own: Option<&Booking>) -> Person {
        let stored = self.places.of(card);
        let way = self.ways.iter().find(|way| way.card == card.id);
        let age = sight.age(card, today);
        let booked = self.booked.get(&card.id).filter(|one| own.is_none_or(|own| own.id != one.id));
        let outcome = own.and_then(|own| own.member_of(card.id)).and_then(|member| member.outcome);
        Person {
            key: Who::Card(card.id).to_string(),
            card: Some(card.id),
            phone: None,
            name: sight.name(card),
            kana: sight.kana(card),
            notice: sight.notice(card),
            birth: sight.birth(card),
            note: self.alikes.note(card.id),
            beware: self.alikes.of(card, sight, &self.places),
            minor: age.is_some_and(|age| age < MINOR),
            age,
            label: wording::label(card.label),
            stored: stored.text,
            storage: stored.storage,
            travel: way.map_or(0, |way| way.days),
            from: way.and_then(|way| way.from),
            booked: booked.cloned(),
            unfit: self.issuance && !card.may_be_booked(),
            outcome: outcome.map(|outcome| wording::outcome(outcome, self.issuance)),
        }
    }
}

fn existing(tx: &ReadTx<'_>, booking: &Booking) -> Result<Booked, Fault> {
    let place: Option<Location> = calendar::location(tx, booking.location)?;
    Ok(Booked {
        id: booking.id,
        no: booking.no.clone(),
        day: booking.day,
        starts: booking.starts,
        place: place.map(|place| place.name).unwrap_or_default(),
    })
}
