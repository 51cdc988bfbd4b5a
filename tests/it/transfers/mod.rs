//! Transfers: what must move follows from the bookings, step by step, and no card is booked where it cannot be in time.

mod follow;
mod pages;
mod property;
mod steps;
mod travel;

use madoguchi::base::{BookingId, CardId, LocationId, StorageId, TransferId};
use madoguchi::booking::{self, BookByStaff, Channel, Overbook, StaffBookingError};
use madoguchi::calendar::{self, NewStorage};
use madoguchi::cards::{self, Storing};
use madoguchi::db::Lane;
use madoguchi::transfers::{self, Act, StepError, StepMany, Stepped, Transfer, TransferStatus};

use crate::counter::office::{Office, clerk};

/// Two offices with a storage place each: two open days lie between them.
pub struct Round {
    pub office: Office,
    /// 本庁舎の保管庫.
    pub main: StorageId,
    /// 東の保管庫.
    pub east: StorageId,
}

impl Round {
    pub async fn at(time: &str) -> Self {
        let office = Office::at(time).await;
        let (here, there) = (office.here, office.there);
        let places = office.file.db.write(clerk(1), move |tx| {
            let add = |code: &str, location| {
                let name = format!("{code}の保管庫");
                calendar::add_storage(
                    tx,
                    &NewStorage { code: code.to_owned(), name, location: Some(location) },
                )
            };
            let (main, east) = (add("main", here)?, add("east", there)?);
            calendar::set_route(tx, main, there, 2)?;
            calendar::set_route(tx, east, here, 2)?;
            Ok::<_, calendar::EditError>((main, east))
        });
        let (main, east) = places.await.unwrap();
        Self { office, main, east }
    }

    /// A card in the storage place of 本庁舎, on shelf B-01.
    pub async fn card(&self, number: u32) -> CardId {
        let card = self.office.card(number, &format!("市民{number}"), "").await;
        self.put(card, self.main, "B-01").await;
        card
    }

    /// Puts a card somewhere by hand, as the page of its storage place does.
    pub async fn put(&self, card: CardId, storage: StorageId, on: &str) {
        let wish = Storing {
            card,
            storage: Some(storage),
            shelf: on.to_owned(),
            position: String::new(),
            expect_version: None,
        };
        let done = self.office.file.db.write(clerk(1), move |tx| {
            cards::move_to(tx, &wish)?;
            booking::follow_cards(tx, &[card]).map_err(cards::EditError::from)
        });
        done.await.unwrap();
    }

    pub async fn book(
        &self,
        location: LocationId,
        party: &[CardId],
        time: &str,
    ) -> Result<BookingId, StaffBookingError> {
        let wish = BookByStaff {
            party: party.to_vec(),
            slot: format!("{location}.{time}").parse().unwrap(),
            email: None,
            channel: Channel::Counter,
            overbook: Overbook::Because("試験".to_owned()),
            once: self.office.form(),
        };
        self.office.file.db.write(clerk(1), move |tx| booking::book_by_staff(tx, &wish)).await
    }

    pub async fn of_card(&self, card: CardId) -> Vec<Transfer> {
        self.office.file.db.read(Lane::Staff, move |tx| transfers::of_card(tx, card)).await.unwrap()
    }

    pub async fn open(&self, card: CardId) -> Option<Transfer> {
        self.office.file.db.read(Lane::Staff, move |tx| transfers::open_of(tx, card)).await.unwrap()
    }

    pub async fn get(&self, id: TransferId) -> Transfer {
        self.office.file.db.read(Lane::Staff, move |tx| transfers::get(tx, id)).await.unwrap().unwrap()
    }

    /// A step with the version that is true now.
    pub async fn step(&self, id: TransferId, act: Act) -> Result<Stepped, StepError> {
        let version = self.get(id).await.version;
        self.step_seen(id, version, act).await
    }

    pub async fn step_seen(&self, id: TransferId, version: i64, act: Act) -> Result<Stepped, StepError> {
        let wish = many(&[(id, version)], act, self.office.form());
        let answers = self.office.file.db.write(clerk(1), move |tx| transfers::step_many(tx, &wish)).await;
        answers.unwrap().remove(0).1
    }

    /// A card on its way to 東, booked there on 2026-04-13.
    pub async fn sent(&self, number: u32) -> (CardId, BookingId, TransferId) {
        let card = self.card(number).await;
        let booking = self.book(self.office.there, &[card], "2026-04-13.0900").await.unwrap();
        let transfer = self.open(card).await.unwrap().id;
        self.step(transfer, Act::Pull).await.unwrap();
        assert_eq!(self.step(transfer, Act::Send).await.unwrap().status, TransferStatus::InTransit);
        (card, booking, transfer)
    }

    /// The same, and arrived.
    pub async fn arrived(&self, number: u32) -> (CardId, BookingId, TransferId) {
        let (card, booking, transfer) = self.sent(number).await;
        assert_eq!(self.step(transfer, Act::Receive).await.unwrap().status, TransferStatus::Arrived);
        (card, booking, transfer)
    }
}

pub fn many(rows: &[(TransferId, i64)], act: Act, once: madoguchi::once::OnceKey) -> StepMany {
    StepMany {
        rows: rows.to_vec(),
        act,
        run: String::new(),
        seal: String::new(),
        storage: None,
        within: Vec::new(),
        once,
    }
}
