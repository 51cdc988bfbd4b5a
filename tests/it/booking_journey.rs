//! A booking from the first check of a notice to the counter, by the operations that every front end calls.

use std::sync::Arc;
use std::time::Duration;

use madoguchi::base::{BirthDate, BookingId, CardId, Email, LocationId, MonthDay, NoticeId};
use madoguchi::booking::entry::{
    self, Identified, Identify, Invite, Invited, Limits, OpenLink, Opened, SessionKey,
};
use madoguchi::booking::{
    self, BookByStaff, BookingStatus, Cancel, Cancelled, Channel, Confirm, ConfirmError, Confirmed, HandOver,
    Hold, HoldError, Overbook, SlotRefusal, StaffBookingError,
};
use madoguchi::calendar::{self, NewLocation, Period, SlotId, Weekly};
use madoguchi::cards::{self, CardStatus, NewCard};
use madoguchi::db::{Actor, Lane, WriteTx};
use madoguchi::mail::Letter;
use madoguchi::once::OnceKey;

use crate::kit::city::{TestFile, citizen};
use crate::kit::location::new_location;

const CLERK: Actor = Actor::Cli { uid: 0 };
const EMAIL: &str = "taro@example.jp";

/// A city with one office that opens on weekdays from 9:00 to 12:00 in half hours of five seats.
pub struct City {
    pub file: TestFile,
    pub office: LocationId,
}

impl City {
    pub async fn at(time: &str) -> Self {
        let file = TestFile::at(time);
        let office = file.db.write(CLERK, shape).await.unwrap();
        Self { file, office }
    }

    pub fn slot(&self, rest: &str) -> SlotId {
        format!("{}.{rest}", self.office).parse().unwrap()
    }

    pub async fn card(&self, number: u32, name: &str) -> CardId {
        let new = NewCard::notified(notice(number), name, "", BirthDate::parse("1990-04-13").unwrap());
        self.file.db.write(CLERK, move |tx| cards::add(tx, &new)).await.unwrap()
    }

    async fn identify(&self, number: u32, day: u8) -> Identified {
        let wish = check(number, day);
        self.file.db.write(citizen(), move |tx| entry::identify(tx, &wish)).await.unwrap()
    }

    /// A session for this card, by way of its mail.
    pub async fn session(&self, card: CardId, email: &str) -> SessionKey {
        let wish = Invite {
            asker: madoguchi::booking::entry::Asker::Card(card),
            procedure: madoguchi::booking::ISSUANCE.to_owned(),
            email: Email::parse(email).unwrap(),
            language: "ja".to_owned(),
            browser: "browser".to_owned(),
            limits: Limits::default(),
        };
        let sent = self.file.db.write(citizen(), move |tx| entry::invite(tx, &wish)).await.unwrap();
        assert_eq!(sent, Invited::Sent);
        let token = self.letters(email).await.into_iter().find_map(|letter| match letter {
            Letter::Link { token, .. } => Some(token),
            _ => None,
        });
        let open = OpenLink {
            token: token.unwrap(),
            browser: Some("browser".to_owned()),
            birthday: None,
            limits: Limits::default(),
        };
        let opened = self.file.db.write(citizen(), move |tx| entry::open_link(tx, &open)).await.unwrap();
        let Opened::Session { token, .. } = opened else { panic!("{opened:?}") };
        SessionKey::of(&token)
    }

    /// The letters queued for an address since the last look.
    async fn letters(&self, email: &str) -> Vec<Letter> {
        let due = self.file.db.write(CLERK, |tx| madoguchi::mail::claim(tx, 100)).await.unwrap();
        due.into_iter().filter(|due| due.to.as_str() == email).map(|due| due.letter).collect()
    }

    pub async fn hold(&self, key: SessionKey, slot: SlotId) -> Result<(), HoldError> {
        let wish = Hold { key, slot };
        self.file.db.write(citizen(), move |tx| booking::hold(tx, &wish)).await.map(|_| ())
    }

    pub async fn acknowledge(&self, key: SessionKey) {
        self.file.db.write(citizen(), move |tx| entry::acknowledge(tx, &key, &[1, 2], 2)).await.unwrap();
    }

    async fn confirm(&self, key: SessionKey, once: &str) -> Result<Confirmed, ConfirmError> {
        let wish = Confirm { key, once: once_key(once) };
        self.file.db.write(citizen(), move |tx| booking::confirm(tx, &wish)).await
    }

    /// A booking of this card in this slot, by its citizen.
    async fn booked(&self, number: u32, name: &str, slot: SlotId) -> (SessionKey, BookingId) {
        let card = self.card(number, name).await;
        let key = self.session(card, EMAIL).await;
        self.hold(key, slot).await.unwrap();
        self.acknowledge(key).await;
        (key, self.confirm(key, &format!("b{number}")).await.unwrap().booking)
    }

    async fn booking(&self, id: BookingId) -> booking::Booking {
        self.file.db.read(Lane::Staff, move |tx| booking::get(tx, id)).await.unwrap().unwrap()
    }

    pub async fn taken(&self, slot: SlotId) -> u32 {
        let load = self.file.db.read(Lane::Staff, move |tx| booking::day_load(tx, slot.location, slot.day));
        load.await.unwrap().into_iter().find(|load| load.slot.starts == slot.starts).unwrap().taken
    }
}

fn shape(tx: &WriteTx<'_>) -> Result<LocationId, calendar::EditError> {
    booking::seed(tx)?;
    let minute = madoguchi::base::Minute::of;
    let period = Period { starts: minute(540), ends: minute(720), unit: 30, capacity: 5 };
    let pattern = Some(calendar::set_pattern(tx, "通常", &[period])?);
    let location = calendar::add_location(
        tx,
        &NewLocation { address: "見本町1-1".to_owned(), ..new_location("main", "本庁舎") },
    )?;
    for weekday in 1..=5 {
        let effective = "2026-01-01".parse().unwrap();
        calendar::set_weekly(tx, &Weekly { location, weekday, effective, pattern, capacity: None })?;
    }
    Ok(location)
}

fn notice(number: u32) -> NoticeId {
    NoticeId::from_norm(format!("A13{number:06}"))
}

fn check(number: u32, day: u8) -> Identify {
    Identify {
        notice: notice(number),
        birthday: MonthDay::new(4, day).unwrap(),
        birth_year: None,
        kana: None,
        network: "192.0.2.1".to_owned(),
        mail_only: false,
        limits: Limits::default(),
    }
}

fn once_key(text: &str) -> OnceKey {
    OnceKey::from_form(&hex::encode(sha2_of(text))).unwrap()
}

fn sha2_of(text: &str) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(text.as_bytes()).into()
}

#[tokio::test]
async fn a_citizen_books_and_is_told() {
    let city = City::at("2026-04-06 09:00").await;
    let card = city.card(1, "田中 健太").await;
    assert_eq!(city.identify(1, 13).await, Identified::Known(Some(card)));
    let key = city.session(card, EMAIL).await;
    let slot = city.slot("2026-04-13.0930");

    assert!(matches!(city.confirm(key, "x").await, Err(ConfirmError::NoSlot)));
    city.hold(key, slot).await.unwrap();
    assert_eq!(city.taken(slot).await, 1, "the hold takes the seat");
    assert!(matches!(city.confirm(key, "x").await, Err(ConfirmError::NotAcknowledged)));
    city.acknowledge(key).await;
    let made = city.confirm(key, "x").await.unwrap();
    assert_eq!(city.confirm(key, "x").await.unwrap(), made, "the same form again gives the same booking");

    assert_eq!(city.taken(slot).await, 1, "the hold became the booking");
    let booking = city.booking(made.booking).await;
    assert_eq!((booking.people, booking.status), (1, BookingStatus::Confirmed));
    let letters = city.letters(EMAIL).await;
    assert!(
        matches!(&letters[..], [Letter::BookingConfirmed(facts)] if facts.booking_no == booking.no),
        "{letters:?}"
    );
    let story =
        city.file.db.read(Lane::Staff, move |tx| madoguchi::history::of_card(tx, card)).await.unwrap();
    assert_eq!(story[0].operation, "booking.confirmed");
}

#[tokio::test]
async fn another_time_asks_for_the_precautions_again() {
    let city = City::at("2026-04-06 09:00").await;
    let card = city.card(1, "田中 健太").await;
    let key = city.session(card, EMAIL).await;
    city.hold(key, city.slot("2026-04-13.0930")).await.unwrap();
    city.acknowledge(key).await;
    city.hold(key, city.slot("2026-04-14.0930")).await.unwrap();
    assert!(matches!(city.confirm(key, "x").await, Err(ConfirmError::NotAcknowledged)));
}

#[tokio::test]
async fn a_wrong_check_says_nothing_and_locks_after_five() {
    let city = City::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    assert_eq!(city.identify(1, 14).await, Identified::Mismatch { again: false });
    assert_eq!(
        city.identify(2, 13).await,
        Identified::Mismatch { again: false },
        "an unknown ID looks the same"
    );
    for _ in 0..3 {
        assert_eq!(city.identify(1, 14).await, Identified::Mismatch { again: true });
    }
    let Identified::Locked { until } = city.identify(1, 14).await else { panic!("not locked") };
    assert_eq!(city.identify(1, 13).await, Identified::Locked { until }, "also for the right birthday");
    city.file.clock.pass(Duration::from_mins(30));
    assert!(matches!(city.identify(1, 13).await, Identified::Known(Some(_))));
}

#[tokio::test]
async fn while_very_many_checks_fail_a_wrong_one_looks_right_and_a_right_one_is_right() {
    let city = City::at("2026-04-06 09:00").await;
    let card = city.card(1, "田中 健太").await;
    for (day, known) in [(14, None), (13, Some(card))] {
        let wish = Identify { mail_only: true, ..check(1, day) };
        let answered = city.file.db.write(citizen(), move |tx| entry::identify(tx, &wish)).await.unwrap();
        assert_eq!(answered, Identified::Known(known));
    }
}

#[tokio::test]
async fn people_who_share_id_and_birthday_are_asked_for_the_year() {
    let city = City::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let older =
        NewCard::notified(notice(1), "田中 一郎", "タナカ イチロウ", BirthDate::parse("1955-04-13").unwrap());
    let older = city.file.db.write(CLERK, move |tx| cards::add(tx, &older)).await.unwrap();
    assert_eq!(city.identify(1, 13).await, Identified::NeedYear);
    let wish = Identify { birth_year: Some(1955), ..check(1, 13) };
    let known = city.file.db.write(citizen(), move |tx| entry::identify(tx, &wish)).await.unwrap();
    assert_eq!(known, Identified::Known(Some(older)));
}

#[tokio::test]
async fn one_citizen_has_one_live_booking_whatever_the_card_and_the_channel() {
    let city = City::at("2026-04-06 09:00").await;
    let slot = city.slot("2026-04-13.0930");
    city.booked(1, "田中 健太", slot).await;
    let second_card = city.card(2, "田中　健太").await;
    let wish = by_staff(&[second_card], slot, Overbook::No, "s");
    let refused = city.file.db.write(CLERK, move |tx| booking::book_by_staff(tx, &wish)).await;
    assert!(matches!(
        refused,
        Err(StaffBookingError::Person { why: booking::PersonRefusal::AlreadyBooked, .. })
    ));
}

fn by_staff(party: &[CardId], slot: SlotId, overbook: Overbook, once: &str) -> BookByStaff {
    let (party, once) = (party.to_vec(), once_key(once));
    BookByStaff { party, slot, email: None, channel: Channel::Telephone, overbook, once }
}

#[tokio::test]
async fn a_family_is_booked_whole_or_not_at_all() {
    let city = City::at("2026-04-06 09:00").await;
    let slot = city.slot("2026-04-13.0900");
    let mut party = Vec::new();
    for number in 1..=3 {
        party.push(city.card(number, &format!("家族{number}")).await);
    }
    let three = by_staff(&party, slot, Overbook::No, "three");
    city.file.db.write(CLERK, move |tx| booking::book_by_staff(tx, &three)).await.unwrap();
    let mut others = Vec::new();
    for number in 4..=6 {
        others.push(city.card(number, &format!("別の家族{number}")).await);
    }
    let more = by_staff(&others, slot, Overbook::No, "more");
    let wish = more.clone();
    let refused = city.file.db.write(CLERK, move |tx| booking::book_by_staff(tx, &wish)).await;
    assert!(
        matches!(refused, Err(StaffBookingError::Slot(SlotRefusal::Full))),
        "two seats are left for three"
    );
    assert_eq!(city.taken(slot).await, 3);

    let over = BookByStaff { overbook: Overbook::Because("窓口で対応".to_owned()), ..more };
    let id = city.file.db.write(CLERK, move |tx| booking::book_by_staff(tx, &over)).await.unwrap();
    assert_eq!(city.booking(id).await.over_reason.as_deref(), Some("窓口で対応"));
}

#[tokio::test]
async fn what_is_not_offered_cannot_be_held() {
    let city = City::at("2026-04-06 09:00").await;
    let card = city.card(1, "田中 健太").await;
    let key = city.session(card, EMAIL).await;
    for (slot, outside) in [
        ("2026-04-13.0915", false),
        ("2026-04-12.0900", false),
        ("2026-04-29.0900", false),
        ("2026-04-03.0900", true),
        ("2026-04-07.0900", true),
        ("2027-04-12.0900", true),
    ] {
        let refused = city.hold(key, city.slot(slot)).await;
        match refused {
            Err(HoldError::Slot(SlotRefusal::Closed)) => assert!(!outside, "{slot}"),
            Err(HoldError::Slot(SlotRefusal::Outside)) => assert!(outside, "{slot}"),
            other => panic!("{slot}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_hold_ends_to_the_millisecond_and_the_booking_still_succeeds_while_seats_are_free() {
    let city = City::at("2026-04-06 09:00").await;
    let slot = city.slot("2026-04-13.0900");
    let card = city.card(1, "田中 健太").await;
    let key = city.session(card, EMAIL).await;
    city.hold(key, slot).await.unwrap();
    city.acknowledge(key).await;
    city.file.clock.pass(Duration::from_mins(10) - Duration::from_millis(1));
    assert_eq!(city.taken(slot).await, 1);
    city.file.clock.pass(Duration::from_millis(1));
    assert_eq!(city.taken(slot).await, 0);
    city.confirm(key, "late").await.unwrap();
    assert_eq!(city.taken(slot).await, 1);
}

#[tokio::test]
async fn the_old_seat_is_given_up_only_with_the_new_one() {
    let city = City::at("2026-04-06 09:00").await;
    let (old, full) = (city.slot("2026-04-13.0900"), city.slot("2026-04-13.0930"));
    let (key, id) = city.booked(1, "田中 健太", old).await;
    let mut others = Vec::new();
    for number in 11..=15 {
        others.push(city.card(number, &format!("先客{number}")).await);
    }
    let five = by_staff(&others, full, Overbook::No, "five");
    city.file.db.write(CLERK, move |tx| booking::book_by_staff(tx, &five)).await.unwrap();

    city.file.db.write(citizen(), move |tx| entry::start_change(tx, &key)).await.unwrap();
    assert!(matches!(city.hold(key, full).await, Err(HoldError::Slot(SlotRefusal::Full))));
    assert_eq!((city.taken(old).await, city.booking(id).await.starts), (1, old.starts));

    let free = city.slot("2026-04-14.1000");
    city.hold(key, free).await.unwrap();
    city.acknowledge(key).await;
    let once = once_key("change");
    city.file.db.write(citizen(), move |tx| booking::change(tx, &key, &once)).await.unwrap();
    let booking = city.booking(id).await;
    assert_eq!((booking.day, booking.sequence), (free.day, 1));
    assert_eq!((city.taken(old).await, city.taken(free).await), (0, 1));
    assert!(matches!(city.letters(EMAIL).await.last(), Some(Letter::BookingChanged(_))));
}

#[tokio::test]
async fn a_relative_joins_and_leaves_and_the_rest_is_cancelled() {
    let city = City::at("2026-04-06 09:00").await;
    let slot = city.slot("2026-04-13.0900");
    let (key, id) = city.booked(1, "田中 健太", slot).await;
    let relative = city.card(2, "田中 美優").await;
    let wish = booking::AddFamily {
        key,
        relative: booking::Relative::Notice(check(2, 13)),
        once: once_key("family"),
    };
    let added = city.file.db.write(citizen(), move |tx| booking::add_family(tx, &wish)).await.unwrap();
    assert_eq!(added, Ok(id));
    assert_eq!((city.booking(id).await.people, city.taken(slot).await), (2, 2));

    let out = Cancel { key, people: vec![relative.into()], once: once_key("out") };
    let left = city.file.db.write(citizen(), move |tx| booking::cancel(tx, &out)).await.unwrap();
    assert_eq!((left, city.taken(slot).await), (Cancelled::Left { people: 1 }, 1));
    let rest = Cancel { key, people: city.booking(id).await.people_in().collect(), once: once_key("rest") };
    let left = city.file.db.write(citizen(), move |tx| booking::cancel(tx, &rest)).await.unwrap();
    assert_eq!((left, city.taken(slot).await), (Cancelled::All, 0));
    assert!(matches!(city.letters(EMAIL).await.last(), Some(Letter::BookingCancelled(_))));
    let again = city.file.db.read(Lane::Staff, move |tx| booking::live_of_card(tx, relative)).await.unwrap();
    assert_eq!(again, None);
}

#[tokio::test]
async fn a_booking_cannot_be_changed_on_the_web_after_its_deadline() {
    let city = City::at("2026-04-06 09:00").await;
    let (key, id) = city.booked(1, "田中 健太", city.slot("2026-04-13.0900")).await;
    city.file.clock.set("2026-04-12 17:00");
    let key = renewed(&city, id, key).await;
    let wish = Cancel { key, people: city.booking(id).await.people_in().collect(), once: once_key("late") };
    let refused = city.file.db.write(citizen(), move |tx| booking::cancel(tx, &wish)).await;
    assert!(matches!(refused, Err(booking::CancelError::TooLate)), "{refused:?}");
}

/// A new session for the card of a booking: the first one has ended in the meantime.
async fn renewed(city: &City, id: BookingId, _ended: SessionKey) -> SessionKey {
    let card = city.booking(id).await.cards()[0];
    city.session(card, EMAIL).await
}

#[tokio::test]
async fn a_family_is_served_at_the_counter() {
    let city = City::at("2026-04-06 09:00").await;
    let slot = city.slot("2026-04-13.0900");
    let party = [city.card(1, "田中 健太").await, city.card(2, "田中 美優").await];
    let wish = by_staff(&party, slot, Overbook::No, "counter");
    let id = city.file.db.write(CLERK, move |tx| booking::book_by_staff(tx, &wish)).await.unwrap();
    city.file.clock.set("2026-04-13 08:58");
    let first = city.file.db.write(CLERK, move |tx| booking::check_in(tx, id)).await.unwrap();
    let again = city.file.db.write(CLERK, move |tx| booking::check_in(tx, id)).await.unwrap();
    assert_eq!((first.changed, again.changed), (true, false), "a second scan changes nothing");
    let lacking = party[1];
    let half = booking::Incomplete {
        booking: id,
        who: lacking.into(),
        reason: "本人確認書類が1点不足".to_owned(),
        code: None,
    };
    let half = city.file.db.write(CLERK, move |tx| booking::incomplete(tx, &half));
    assert_eq!(half.await.unwrap().status, BookingStatus::CheckedIn, "one of two is still to be served");
    let rest = HandOver { booking: id, people: Vec::new() };
    let done = city.file.db.write(CLERK, move |tx| booking::hand_over(tx, &rest)).await.unwrap();
    assert_eq!(done.status, BookingStatus::Completed, "the missing paper was found: everybody has the card");
    let status = |card| city.file.db.read(Lane::Staff, move |tx| cards::get(tx, card));
    for card in party {
        assert_eq!(status(card).await.unwrap().unwrap().status, CardStatus::Issued);
    }
    let walk_in = city.card(3, "飛び込み 花子").await;
    let visit = booking::WalkIn { card: walk_in, location: city.office };
    city.file.db.write(CLERK, move |tx| booking::hand_over_walk_in(tx, &visit)).await.unwrap();
    assert_eq!(status(walk_in).await.unwrap().unwrap().status, CardStatus::Issued);
}

#[tokio::test]
async fn who_does_not_come_loses_the_seat_only_on_paper() {
    let city = City::at("2026-04-06 09:00").await;
    let (_, id) = city.booked(1, "田中 健太", city.slot("2026-04-13.0900")).await;
    city.file.clock.set("2026-04-13 11:00");
    let gone = city.file.db.write(CLERK, move |tx| booking::mark_no_show(tx, id)).await.unwrap();
    assert_eq!(gone.status, BookingStatus::NoShow);
    let late = city.file.db.write(CLERK, move |tx| booking::check_in(tx, id)).await.unwrap();
    assert_eq!(late.status, BookingStatus::CheckedIn, "a late comer is welcome");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_seat_goes_to_one_of_citizen_and_staff() {
    for round in 0..10 {
        let city = Arc::new(City::at("2026-04-06 09:00").await);
        let slot = city.slot("2026-04-13.0900");
        let mut four = Vec::new();
        for number in 0..4 {
            four.push(city.card(number, &format!("先客{number}")).await);
        }
        let before = by_staff(&four, slot, Overbook::No, "before");
        city.file.db.write(CLERK, move |tx| booking::book_by_staff(tx, &before)).await.unwrap();
        let (at_home, at_counter) = (city.card(10, "家の人").await, city.card(11, "窓口の人").await);
        let key = city.session(at_home, EMAIL).await;
        let web = {
            let city = Arc::clone(&city);
            tokio::spawn(async move { city.hold(key, slot).await.is_ok() })
        };
        let wish = by_staff(&[at_counter], slot, Overbook::No, "last");
        let desk = {
            let city = Arc::clone(&city);
            tokio::spawn(async move {
                city.file.db.write(CLERK, move |tx| booking::book_by_staff(tx, &wish)).await.is_ok()
            })
        };
        let (web, desk) = (web.await.unwrap(), desk.await.unwrap());
        assert!(web != desk, "round {round}: exactly one of them");
        assert_eq!(city.taken(slot).await, 5);
    }
}
