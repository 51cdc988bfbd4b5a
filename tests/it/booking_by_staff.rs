//! Staff book, move, add, take out and cancel: what they may, what is refused, and that nothing is done twice.

use madoguchi::base::{BirthDate, BookingId, CardId, LocationId, NoticeId, StorageId};
use madoguchi::booking::{
    self, Act, BookByStaff, BookingStatus, CancelByStaff, CancelByStaffError, Cancelled, ChangeTo, Channel,
    JoinByStaff, JoinError, Overbook, PersonRefusal, Seen, ShiftError, SlotRefusal, StaffBookingError,
};
use madoguchi::calendar::{self, NewStorage};
use madoguchi::cards::{self, NewCard};
use madoguchi::db::Lane;
use madoguchi::mail::Letter;
use madoguchi::once::OnceKey;

use crate::counter::office::{Office, clerk};

struct Wish<'a> {
    party: &'a [CardId],
    slot: String,
    overbook: Overbook,
}

async fn book(office: &Office, wish: Wish<'_>) -> Result<BookingId, StaffBookingError> {
    let once = office.form();
    book_with(office, wish, once).await
}

async fn book_with(office: &Office, wish: Wish<'_>, once: OnceKey) -> Result<BookingId, StaffBookingError> {
    let wish = BookByStaff {
        party: wish.party.to_vec(),
        slot: wish.slot.parse().unwrap(),
        email: None,
        channel: Channel::Telephone,
        overbook: wish.overbook,
        once,
    };
    office.file.db.write(clerk(1), move |tx| booking::book_by_staff(tx, &wish)).await
}

fn here(office: &Office, rest: &str) -> String {
    format!("{}.{rest}", office.here)
}

async fn seen(office: &Office, booking: BookingId) -> Seen {
    Seen { booking, version: office.booking(booking).await.version }
}

async fn shift(
    office: &Office,
    seen: Seen,
    slot: String,
    overbook: Overbook,
) -> Result<BookingId, ShiftError> {
    let wish = ChangeTo { seen, slot: slot.parse().unwrap(), overbook, once: office.form() };
    office.file.db.write(clerk(1), move |tx| booking::change_by_staff(tx, &wish)).await
}

async fn join(office: &Office, seen: Seen, card: CardId, overbook: Overbook) -> Result<BookingId, JoinError> {
    let wish = JoinByStaff { seen, newcomer: card.into(), overbook, once: office.form() };
    office.file.db.write(clerk(1), move |tx| booking::join_by_staff(tx, &wish)).await
}

async fn cancel(
    office: &Office,
    seen: Seen,
    people: &[CardId],
    reason: &str,
) -> Result<Cancelled, CancelByStaffError> {
    let wish = CancelByStaff {
        seen,
        people: people.iter().copied().map(Into::into).collect(),
        reason: reason.to_owned(),
        once: office.form(),
    };
    office.file.db.write(clerk(1), move |tx| booking::cancel_by_staff(tx, &wish)).await
}

async fn people(office: &Office, from: u32, to: u32) -> Vec<CardId> {
    let mut cards = Vec::new();
    for number in from..=to {
        cards.push(office.card(number, &format!("市民{number}"), "").await);
    }
    cards
}

async fn taken(office: &Office, location: LocationId, day: &str, time: u16) -> u32 {
    let day = day.parse().unwrap();
    let loads = office.file.db.read(Lane::Staff, move |tx| booking::day_load(tx, location, day)).await;
    loads.unwrap().into_iter().find(|load| load.slot.starts.get() == time).unwrap().taken
}

#[tokio::test]
async fn capacity_is_gone_over_only_with_a_reason_that_says_something() {
    let office = Office::at("2026-04-06 09:00").await;
    let full = people(&office, 1, 5).await;
    office.booked(&full, "2026-04-13.0900").await;
    let more = people(&office, 6, 6).await;
    let slot = || here(&office, "2026-04-13.0900");
    for overbook in [Overbook::No, Overbook::Because("　 ".to_owned())] {
        let refused = book(&office, Wish { party: &more, slot: slot(), overbook }).await;
        assert!(matches!(refused, Err(StaffBookingError::Slot(SlotRefusal::Full))), "{refused:?}");
    }
    let because = Overbook::Because(" 係長 了承済み ".to_owned());
    let made = book(&office, Wish { party: &more, slot: slot(), overbook: because }).await.unwrap();
    let booking = office.booking(made).await;
    assert_eq!(booking.over_reason.as_deref(), Some("係長 了承済み"));
    assert_eq!(taken(&office, office.here, "2026-04-13", 540).await, 6);
}

#[tokio::test]
async fn a_reason_is_not_kept_where_capacity_sufficed() {
    let office = Office::at("2026-04-06 09:00").await;
    let one = people(&office, 1, 1).await;
    let because = Overbook::Because("念のため".to_owned());
    let wish = Wish { party: &one, slot: here(&office, "2026-04-13.0900"), overbook: because };
    let made = book(&office, wish).await.unwrap();
    assert_eq!(office.booking(made).await.over_reason, None);
}

#[tokio::test]
async fn a_form_sent_twice_books_once() {
    let office = Office::at("2026-04-06 09:00").await;
    let one = people(&office, 1, 1).await;
    let form = office.form();
    let asked = || Wish { party: &one, slot: here(&office, "2026-04-13.0900"), overbook: Overbook::No };
    let first = book_with(&office, asked(), form).await.unwrap();
    assert_eq!(book_with(&office, asked(), form).await.unwrap(), first);
    let another = book(&office, asked()).await;
    assert!(
        matches!(another, Err(StaffBookingError::Person { place: 0, why: PersonRefusal::AlreadyBooked })),
        "{another:?}"
    );
    assert_eq!(taken(&office, office.here, "2026-04-13", 540).await, 1);
}

#[tokio::test]
async fn the_same_person_twice_in_one_party_is_refused_whole() {
    let office = Office::at("2026-04-06 09:00").await;
    let one = people(&office, 1, 1).await[0];
    let wish = Wish { party: &[one, one], slot: here(&office, "2026-04-13.0900"), overbook: Overbook::No };
    let refused = book(&office, wish).await;
    assert!(matches!(refused, Err(StaffBookingError::Twice { place: 1 })), "{refused:?}");
    assert_eq!(taken(&office, office.here, "2026-04-13", 540).await, 0);
}

#[tokio::test]
async fn today_can_be_booked_until_a_slot_begins_and_the_last_day_until_midnight() {
    let office = Office::at("2026-04-13 09:29").await;
    let cards = people(&office, 1, 6).await;
    let slot = |rest: &str| here(&office, rest);
    let no = || Overbook::No;
    let outside = |result: Result<BookingId, StaffBookingError>| {
        matches!(result, Err(StaffBookingError::Slot(SlotRefusal::Outside)))
    };
    let begun =
        book(&office, Wish { party: &cards[..1], slot: slot("2026-04-13.0900"), overbook: no() }).await;
    assert!(outside(begun), "it began at nine");
    let next =
        book(&office, Wish { party: &cards[..1], slot: slot("2026-04-13.0930"), overbook: no() }).await;
    next.unwrap();
    office.file.clock.set("2026-04-13 09:30");
    let begins =
        book(&office, Wish { party: &cards[1..2], slot: slot("2026-04-13.0930"), overbook: no() }).await;
    assert!(outside(begins), "at its own minute a slot has begun");

    // 90 days after 13 April lies Sunday 12 July; the Friday before is inside, Monday only from the 14th on.
    office.file.clock.set("2026-04-13 23:59");
    let monday =
        book(&office, Wish { party: &cards[2..3], slot: slot("2026-07-13.0900"), overbook: no() }).await;
    assert!(outside(monday), "a minute before midnight it is one day too far");
    office.file.clock.set("2026-04-14 00:00");
    let monday =
        book(&office, Wish { party: &cards[2..3], slot: slot("2026-07-13.0900"), overbook: no() }).await;
    monday.unwrap();
    let yesterday =
        book(&office, Wish { party: &cards[3..4], slot: slot("2026-04-13.1130"), overbook: no() }).await;
    assert!(outside(yesterday));
}

#[tokio::test]
async fn closed_and_made_up_slots_are_refused() {
    let office = Office::at("2026-04-06 09:00").await;
    let one = people(&office, 1, 1).await;
    for rest in ["2026-04-12.0900", "2026-04-13.0915", "2026-04-13.1200", "2026-04-29.0900"] {
        let wish =
            Wish { party: &one, slot: here(&office, rest), overbook: Overbook::Because("是非".to_owned()) };
        let refused = book(&office, wish).await;
        assert!(matches!(refused, Err(StaffBookingError::Slot(SlotRefusal::Closed))), "{rest}: {refused:?}");
    }
    let wish = Wish { party: &one, slot: "99.2026-04-13.0900".to_owned(), overbook: Overbook::No };
    let refused = book(&office, wish).await;
    assert!(matches!(refused, Err(StaffBookingError::Slot(SlotRefusal::Closed))), "{refused:?}");
}

async fn stored_in_the_east(office: &Office, days: u16) -> CardId {
    let (here, there) = (office.here, office.there);
    let storage: StorageId = office
        .file
        .db
        .write(clerk(1), move |tx| {
            let new = NewStorage { code: "E".to_owned(), name: "東".to_owned(), location: Some(there) };
            let storage = calendar::add_storage(tx, &new)?;
            calendar::set_route(tx, storage, here, days)?;
            Ok::<_, calendar::EditError>(storage)
        })
        .await
        .unwrap();
    let born = BirthDate::parse("2018-09-02").unwrap();
    let mut new = NewCard::notified(NoticeId::from_norm("B13000001"), "田中 美優", "タナカ ミユ", born);
    new.storage = Some(storage);
    office.file.db.write(clerk(1), move |tx| cards::add(tx, &new)).await.unwrap()
}

#[tokio::test]
async fn a_card_that_must_travel_moves_the_first_day_even_for_staff() {
    let office = Office::at("2026-04-13 08:00").await;
    let child = stored_in_the_east(&office, 2).await;
    let (location, there) = (office.here, office.there);
    let reach = |place: LocationId| {
        office.file.db.read(Lane::Staff, move |tx| {
            let card = cards::get(tx, child)?.unwrap();
            booking::reach(tx, &[card], place)
        })
    };
    let far = reach(location).await.unwrap();
    assert_eq!((far.ways[0].days, far.ways[0].from), (2, Some("2026-04-15".parse().unwrap())));
    assert_eq!(far.span.unwrap().first, "2026-04-15".parse().unwrap());
    assert_eq!(reach(there).await.unwrap().span.unwrap().first, "2026-04-13".parse().unwrap());

    let early = Wish {
        party: &[child],
        slot: here(&office, "2026-04-14.0900"),
        overbook: Overbook::Because("急ぎ".to_owned()),
    };
    let refused = book(&office, early).await;
    assert!(matches!(refused, Err(StaffBookingError::Slot(SlotRefusal::Outside))), "{refused:?}");
    let wish = Wish { party: &[child], slot: here(&office, "2026-04-15.0900"), overbook: Overbook::No };
    book(&office, wish).await.unwrap();
}

#[tokio::test]
async fn a_booking_keeps_its_seat_until_it_has_the_new_one() {
    let office = Office::at("2026-04-06 09:00").await;
    let full = people(&office, 1, 5).await;
    office.booked(&full, "2026-04-13.0900").await;
    let one = people(&office, 6, 6).await;
    let id = office.booked(&one, "2026-04-13.0930").await;

    let refused = shift(&office, seen(&office, id).await, here(&office, "2026-04-13.0900"), Overbook::No);
    assert!(matches!(refused.await, Err(ShiftError::Slot(SlotRefusal::Full))));
    assert_eq!(taken(&office, office.here, "2026-04-13", 570).await, 1, "the old seat is still its own");

    let over = Overbook::Because("係長 了承済み".to_owned());
    shift(&office, seen(&office, id).await, here(&office, "2026-04-13.0900"), over).await.unwrap();
    assert_eq!(taken(&office, office.here, "2026-04-13", 570).await, 0);
    assert_eq!(office.booking(id).await.over_reason.as_deref(), Some("係長 了承済み"));

    let east = format!("{}.2026-04-14.1000", office.there);
    shift(&office, seen(&office, id).await, east, Overbook::No).await.unwrap();
    let moved = office.booking(id).await;
    assert_eq!((moved.location, moved.over_reason, moved.sequence), (office.there, None, 2));
    assert_eq!(office.times(one[0], "booking.changed").await, 2);
}

#[tokio::test]
async fn whoever_is_slower_is_told_that_the_booking_changed() {
    let office = Office::at("2026-04-06 09:00").await;
    let one = people(&office, 1, 2).await;
    let id = office.booked(&one[..1], "2026-04-13.0900").await;
    let old = seen(&office, id).await;
    shift(&office, old, here(&office, "2026-04-13.0930"), Overbook::No).await.unwrap();

    let late = shift(&office, old, here(&office, "2026-04-13.1000"), Overbook::No).await;
    assert!(matches!(late, Err(ShiftError::Changed)), "{late:?}");
    assert!(matches!(join(&office, old, one[1], Overbook::No).await, Err(JoinError::Changed)));
    let cancelled = cancel(&office, old, &[], "電話").await;
    assert!(matches!(cancelled, Err(CancelByStaffError::Changed)), "{cancelled:?}");
    assert_eq!(office.booking(id).await.starts.get(), 570, "the first change stands");

    let same = shift(&office, seen(&office, id).await, here(&office, "2026-04-13.0930"), Overbook::No).await;
    assert!(matches!(same, Err(ShiftError::SameSlot)), "{same:?}");
}

#[tokio::test]
async fn a_relative_joins_while_a_seat_is_left_or_with_a_reason() {
    let office = Office::at("2026-04-06 09:00").await;
    let others = people(&office, 1, 3).await;
    office.booked(&others, "2026-04-13.0900").await;
    let family = people(&office, 4, 6).await;
    let id = office.booked(&family[..1], "2026-04-13.0900").await;
    join(&office, seen(&office, id).await, family[1], Overbook::No).await.unwrap();
    let full = join(&office, seen(&office, id).await, family[2], Overbook::No).await;
    assert!(matches!(full, Err(JoinError::Slot(SlotRefusal::Full))), "{full:?}");
    let because = Overbook::Because("家族で来庁".to_owned());
    join(&office, seen(&office, id).await, family[2], because).await.unwrap();

    let booking = office.booking(id).await;
    assert_eq!((booking.people, booking.members.len()), (3, 3));
    assert_eq!(booking.over_reason.as_deref(), Some("家族で来庁"));
    let twice = join(&office, seen(&office, id).await, others[0], Overbook::No).await;
    assert!(matches!(twice, Err(JoinError::Person(PersonRefusal::AlreadyBooked))), "{twice:?}");
}

#[tokio::test]
async fn a_sixth_person_does_not_join() {
    let office = Office::at("2026-04-06 09:00").await;
    let family = people(&office, 1, 6).await;
    let id = office.booked(&family[..5], "2026-04-13.0900").await;
    let sixth = join(&office, seen(&office, id).await, family[5], Overbook::Because("是非".to_owned())).await;
    assert!(matches!(sixth, Err(JoinError::TooManyPeople { most: 5 })), "{sixth:?}");
}

#[tokio::test]
async fn taking_people_out_gives_their_seats_back_and_the_last_one_ends_the_booking() {
    let office = Office::at("2026-04-06 09:00").await;
    let family = people(&office, 1, 3).await;
    let id = office.booked(&family, "2026-04-13.0900").await;
    let unsaid = cancel(&office, seen(&office, id).await, &family[..1], " ").await;
    assert!(matches!(unsaid, Err(CancelByStaffError::ReasonNeeded)));

    let left = cancel(&office, seen(&office, id).await, &family[..1], "本人だけ別の日に").await.unwrap();
    assert_eq!(left, Cancelled::Left { people: 2 });
    assert_eq!(taken(&office, office.here, "2026-04-13", 540).await, 2);
    let stranger = cancel(&office, seen(&office, id).await, &family[..1], "もう一度").await;
    assert!(matches!(stranger, Err(CancelByStaffError::Nobody)), "{stranger:?}");

    let all = cancel(&office, seen(&office, id).await, &[], "電話で取消").await.unwrap();
    assert_eq!(all, Cancelled::All);
    assert_eq!(office.booking(id).await.status, BookingStatus::Cancelled);
    assert_eq!(taken(&office, office.here, "2026-04-13", 540).await, 0);
    let again = cancel(&office, seen(&office, id).await, &[], "もう一度").await;
    assert!(matches!(again, Err(CancelByStaffError::Gone)), "{again:?}");
}

#[tokio::test]
async fn a_cancel_form_sent_twice_cancels_once() {
    let office = Office::at("2026-04-06 09:00").await;
    let family = people(&office, 1, 2).await;
    let id = office.booked(&family, "2026-04-13.0900").await;
    let wish = CancelByStaff {
        seen: seen(&office, id).await,
        people: vec![family[0].into()],
        reason: "電話".to_owned(),
        once: office.form(),
    };
    for _ in 0..2 {
        let wish = wish.clone();
        let done = office.file.db.write(clerk(1), move |tx| booking::cancel_by_staff(tx, &wish)).await;
        assert_eq!(done.unwrap(), Cancelled::Left { people: 1 });
    }
    assert_eq!(office.booking(id).await.members.len(), 1);
}

#[tokio::test]
async fn whoever_has_the_card_is_not_taken_out_of_the_booking() {
    let office = Office::at("2026-04-13 09:00").await;
    let family = people(&office, 1, 2).await;
    let id = office.booked(&family, "2026-04-13.0930").await;
    office.serve(id, Act::CheckIn).await.unwrap();
    office.serve(id, Act::HandOver(vec![family[0].into()])).await.unwrap();
    let whole = cancel(&office, seen(&office, id).await, &[], "帰られた").await;
    assert!(matches!(whole, Err(CancelByStaffError::Served)), "{whole:?}");
    let rest = cancel(&office, seen(&office, id).await, &family[1..], "帰られた").await;
    assert_eq!(rest.unwrap(), Cancelled::Left { people: 1 });
}

#[tokio::test]
async fn each_act_of_staff_is_told_by_mail_where_an_address_is_known() {
    let office = Office::at("2026-04-06 09:00").await;
    let family = people(&office, 1, 2).await;
    let wish = BookByStaff {
        party: family[..1].to_vec(),
        slot: here(&office, "2026-04-13.0900").parse().unwrap(),
        email: Some(madoguchi::base::Email::parse("taro..@docomo.ne.jp").unwrap()),
        channel: Channel::Counter,
        overbook: Overbook::No,
        once: office.form(),
    };
    let id = office.file.db.write(clerk(1), move |tx| booking::book_by_staff(tx, &wish)).await.unwrap();
    shift(&office, seen(&office, id).await, here(&office, "2026-04-13.0930"), Overbook::No).await.unwrap();
    join(&office, seen(&office, id).await, family[1], Overbook::No).await.unwrap();
    cancel(&office, seen(&office, id).await, &[], "電話で取消").await.unwrap();

    let due = office.file.db.write(clerk(1), |tx| madoguchi::mail::claim(tx, 10)).await.unwrap();
    let kinds: Vec<&str> = due.iter().map(|due| Letter::kind(&due.letter)).collect();
    assert_eq!(kinds, ["booking_confirmed", "booking_changed", "booking_changed", "booking_cancelled"]);
    assert!(due.iter().all(|due| due.to.as_str() == "taro..@docomo.ne.jp"));
}
