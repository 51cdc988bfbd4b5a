//! A clerk's desk: the console of a city with two offices, cards on shelves, bookings, and a browser.

use std::sync::atomic::{AtomicU32, Ordering};

use madoguchi::base::{BirthDate, BookingId, CardId, LocationId, NoticeId, StorageId};
use madoguchi::booking::{self, BookByStaff, Booking, Channel, Overbook};
use madoguchi::calendar::{self, NewStorage, Period, Weekly};
use madoguchi::cards::{self, Card, NewCard};
use madoguchi::db::{Lane, WriteTx};
use madoguchi::once::OnceKey;

use crate::kit::StoppedClock;
use crate::kit::browser::Browser;
use crate::kit::console::{Console, PASSWORD};

pub struct Desk {
    pub console: Console,
    pub here: LocationId,
    pub there: LocationId,
    shelves: [StorageId; 2],
    forms: AtomicU32,
    opens: String,
}

impl Desk {
    /// A desk that opens at this time; a week before, bookings for it can still be made.
    pub async fn at(time: &str) -> Self {
        let console = Console::at("2026-04-06 09:00").await;
        let [here, there] = console.offices;
        let shelves = console.write(move |tx| shape(tx, here, there)).await.unwrap();
        Self { console, here, there, shelves, forms: AtomicU32::new(0), opens: time.to_owned() }
    }

    /// The desk opens, if it has not yet.
    pub fn open(&self) {
        let opens = StoppedClock::at(&self.opens).clock().now();
        if self.console.clock.clock().now() < opens {
            self.console.clock.set(&self.opens);
        }
    }

    /// A browser in which the person of this role is signed in, at today's board if that is theirs.
    pub async fn browser(&self, role: &str) -> Browser {
        self.open();
        let mut browser = Browser::new(self.console.router(), "/mihon").at_address("10.0.0.7");
        browser.open("/login").await.fill("利用者ID", role).fill("パスワード", PASSWORD);
        browser.press("ログイン").await;
        assert_eq!(browser.status(), 200, "{}", browser.text());
        browser
    }

    /// A card on a shelf of this office.
    pub async fn card(&self, number: u32, name: &str, kana: &str) -> CardId {
        self.card_in(self.shelves[0], number, name, kana).await
    }

    /// A card on a shelf of the other office.
    pub async fn card_there(&self, number: u32, name: &str) -> CardId {
        self.card_in(self.shelves[1], number, name, "").await
    }

    async fn card_in(&self, storage: StorageId, number: u32, name: &str, kana: &str) -> CardId {
        let born = BirthDate::parse("1990-04-13").unwrap();
        let notice = NoticeId::from_norm(format!("A13{number:06}"));
        let new = NewCard {
            storage: Some(storage),
            shelf: "B-03".to_owned(),
            position: format!("{number:03}"),
            ..NewCard::notified(notice, name, kana, born)
        };
        self.console.write(move |tx| cards::add(tx, &new)).await.unwrap()
    }

    /// A booking here, such as at `2026-04-13.0930`.
    pub async fn booked(&self, party: &[CardId], time: &str) -> BookingId {
        self.booked_at(self.here, party, time).await
    }

    pub async fn booked_at(&self, location: LocationId, party: &[CardId], time: &str) -> BookingId {
        let once = format!("form-of-the-desk-{:06}", self.forms.fetch_add(1, Ordering::SeqCst));
        let wish = BookByStaff {
            party: party.to_vec(),
            slot: format!("{location}.{time}").parse().unwrap(),
            email: None,
            channel: Channel::Counter,
            overbook: Overbook::Because("試験".to_owned()),
            once: OnceKey::from_form(&once).unwrap(),
        };
        self.console.write(move |tx| booking::book_by_staff(tx, &wish)).await.unwrap()
    }

    pub async fn booking(&self, id: BookingId) -> Booking {
        let read = self.console.city.db.read(Lane::Staff, move |tx| booking::get(tx, id));
        read.await.unwrap().unwrap()
    }

    pub async fn look(&self, card: CardId) -> Card {
        self.console.city.db.read(Lane::Staff, move |tx| cards::get(tx, card)).await.unwrap().unwrap()
    }

    /// How often an operation stands in a card's history.
    pub async fn times(&self, card: CardId, operation: &str) -> usize {
        let story = self.console.city.db.read(Lane::Staff, move |tx| madoguchi::history::of_card(tx, card));
        story.await.unwrap().iter().filter(|told| told.operation == operation).count()
    }
}

fn shape(
    tx: &WriteTx<'_>,
    here: LocationId,
    there: LocationId,
) -> Result<[StorageId; 2], calendar::EditError> {
    let minute = madoguchi::base::Minute::of;
    let period = Period { starts: minute(540), ends: minute(720), unit: 30, capacity: 5 };
    let pattern = Some(calendar::set_pattern(tx, "午前", &[period])?);
    let mut shelves = Vec::new();
    for (location, code) in [(here, "S1"), (there, "S2")] {
        for weekday in 1..=5 {
            let effective = "2026-01-01".parse().unwrap();
            calendar::set_weekly(tx, &Weekly { location, weekday, effective, pattern, capacity: None })?;
        }
        let name = format!("{}の棚", if location == here { "本庁舎" } else { "東" });
        let storage = NewStorage { code: code.to_owned(), name, location: Some(location) };
        shelves.push(calendar::add_storage(tx, &storage)?);
    }
    Ok([shelves[0], shelves[1]])
}
