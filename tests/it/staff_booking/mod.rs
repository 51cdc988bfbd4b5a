//! Staff look at the calendar and book, by the front door of the console.

mod calendar;
mod closing;
mod edit;
mod families;
mod list;
mod other;
mod register;

use madoguchi::base::{BookingId, CardId};
use madoguchi::booking::{self, BookByStaff, Booking, Channel, Overbook};
use madoguchi::db::Lane;
use madoguchi::once::OnceKey;

use crate::kit::Browser;
use crate::kit::municipality::TestMunicipality;

/// So many people with the numbers from `first` on: 市民1, 市民2 …
async fn people(city: &TestMunicipality, first: u32, count: u32) -> Vec<CardId> {
    let mut cards = Vec::new();
    for number in first..first + count {
        cards.push(city.card(number, &format!("市民{number}")).await);
    }
    cards
}

/// A booking of these cards at 本庁舎 (`2026-04-13.0900`), as other staff made it.
async fn booked(city: &TestMunicipality, party: &[CardId], slot: &str) -> BookingId {
    let wish = BookByStaff {
        party: party.to_vec(),
        slot: format!("{}.{slot}", city.office).parse().unwrap(),
        email: None,
        channel: Channel::Counter,
        overbook: Overbook::Because("試験".to_owned()),
        once: OnceKey::from_form(&format!("form-of-the-test-{}", party[0])).unwrap(),
    };
    city.write(move |tx| booking::book_by_staff(tx, &wish)).await
}

async fn look(city: &TestMunicipality, id: BookingId) -> Booking {
    city.city.db.read(Lane::Staff, move |tx| booking::get(tx, id)).await.unwrap().unwrap()
}

/// The booking that a card is in now.
async fn live(city: &TestMunicipality, card: CardId) -> Option<Booking> {
    city.city.db.read(Lane::Staff, move |tx| booking::live_of_card(tx, card)).await.unwrap()
}

/// Opens the form for these people at a day of 本庁舎.
async fn open_form<'b>(
    clerk: &'b mut Browser,
    city: &TestMunicipality,
    party: &[CardId],
    day: &str,
) -> &'b mut Browser {
    let members: Vec<String> = party.iter().map(|card| format!("member={card}&")).collect();
    let address = format!("/bookings/new?{}location={}&day={day}", members.concat(), city.office);
    clerk.open(&address).await
}
