//! An office that opens on weekdays from 9:00 to 12:00 in half hours of five seats, with two clerks.

use std::sync::atomic::{AtomicU32, Ordering};

use madoguchi::base::{BirthDate, BookingId, CardId, LocationId, NoticeId, StaffId};
use madoguchi::booking::{
    self, Act, BookByStaff, Booking, CancelByStaff, Channel, CounterError, Overbook, Seen, Serve, Served,
};
use madoguchi::calendar::{self, Period, Weekly};
use madoguchi::cards::{self, Card, NewCard};
use madoguchi::db::{Actor, Fault, Lane, WriteTx};
use madoguchi::history::Entry;
use madoguchi::once::OnceKey;

use crate::kit::city::TestFile;
use crate::kit::location::new_location;

pub struct Office {
    pub file: TestFile,
    pub here: LocationId,
    pub there: LocationId,
    forms: AtomicU32,
}

/// A clerk; 1 and 2 are there.
pub fn clerk(number: i64) -> Actor {
    Actor::Staff { id: StaffId::of(number), name: format!("職員{number}"), origin: "10.0.0.1".to_owned() }
}

impl Office {
    pub async fn at(time: &str) -> Self {
        let file = TestFile::at(time);
        let (here, there) = file.db.write(Actor::Cli { uid: 0 }, shape).await.unwrap();
        Self { file, here, there, forms: AtomicU32::new(0) }
    }

    pub async fn card(&self, number: u32, name: &str, kana: &str) -> CardId {
        let born = BirthDate::parse("1990-04-13").unwrap();
        let new = NewCard::notified(NoticeId::from_norm(format!("A13{number:06}")), name, kana, born);
        self.file.db.write(clerk(1), move |tx| cards::add(tx, &new)).await.unwrap()
    }

    /// A booking here for these cards at `2026-04-13.0900`.
    pub async fn booked(&self, party: &[CardId], time: &str) -> BookingId {
        self.booked_at(self.here, party, time).await
    }

    pub async fn booked_at(&self, location: LocationId, party: &[CardId], time: &str) -> BookingId {
        let wish = BookByStaff {
            party: party.to_vec(),
            slot: format!("{location}.{time}").parse().unwrap(),
            email: None,
            channel: Channel::Counter,
            overbook: Overbook::Because("試験".to_owned()),
            once: self.form(),
        };
        self.file.db.write(clerk(1), move |tx| booking::book_by_staff(tx, &wish)).await.unwrap()
    }

    /// The key of a new form.
    pub fn form(&self) -> OnceKey {
        OnceKey::from_form(&format!("form-of-the-test-{:06}", self.forms.fetch_add(1, Ordering::SeqCst)))
            .unwrap()
    }

    pub async fn serve(&self, booking: BookingId, act: Act) -> Result<Served, CounterError> {
        self.serve_as(clerk(1), booking, act).await
    }

    pub async fn serve_as(&self, who: Actor, booking: BookingId, act: Act) -> Result<Served, CounterError> {
        let wish = Serve { booking, act, once: self.form() };
        self.file.db.write(who, move |tx| booking::serve(tx, &wish)).await
    }

    /// Gives a booking up, as staff do on the telephone.
    pub async fn cancelled(&self, id: BookingId) {
        let seen = Seen { booking: id, version: self.booking(id).await.version };
        let wish =
            CancelByStaff { seen, people: vec![], reason: "電話で取消".to_owned(), once: self.form() };
        self.file.db.write(clerk(1), move |tx| booking::cancel_by_staff(tx, &wish)).await.unwrap();
    }

    pub async fn booking(&self, id: BookingId) -> Booking {
        self.file.db.read(Lane::Staff, move |tx| booking::get(tx, id)).await.unwrap().unwrap()
    }

    pub async fn look(&self, card: CardId) -> Card {
        self.file.db.read(Lane::Staff, move |tx| cards::get(tx, card)).await.unwrap().unwrap()
    }

    /// The operations in a card's history, newest first.
    pub async fn story(&self, card: CardId) -> Vec<String> {
        let story: Result<Vec<Entry>, Fault> =
            self.file.db.read(Lane::Staff, move |tx| madoguchi::history::of_card(tx, card)).await;
        story.unwrap().into_iter().map(|entry| entry.operation).collect()
    }

    /// How often an operation stands in a card's history.
    pub async fn times(&self, card: CardId, operation: &str) -> usize {
        self.story(card).await.iter().filter(|told| *told == operation).count()
    }
}

fn shape(tx: &WriteTx<'_>) -> Result<(LocationId, LocationId), calendar::EditError> {
    booking::seed(tx)?;
    for (id, user) in [(1, "hanako"), (2, "taro")] {
        tx.run("INSERT OR IGNORE INTO role (id, code, name) VALUES (1, 'counter', '窓口')", [])?;
        tx.run(
            "INSERT INTO staff (id, user, name, role_id, password_hash, password_changed_at, created_at)
             VALUES (?1, ?2, ?2, 1, '', 0, 0)",
            (id, user),
        )?;
    }
    let minute = madoguchi::base::Minute::of;
    let period = Period { starts: minute(540), ends: minute(720), unit: 30, capacity: 5 };
    let pattern = Some(calendar::set_pattern(tx, "通常", &[period])?);
    let mut made = Vec::new();
    for (code, name) in [("main", "本庁舎"), ("east", "東総合支所")] {
        let location = calendar::add_location(tx, &new_location(code, name))?;
        for weekday in 1..=5 {
            let effective = "2026-01-01".parse().unwrap();
            calendar::set_weekly(tx, &Weekly { location, weekday, effective, pattern, capacity: None })?;
        }
        made.push(location);
    }
    Ok((made[0], made[1]))
}
