//! What staff read over many days and places: counts that agree with what is taken, lists that agree with what is there.

use madoguchi::base::{BookingId, Day, LocationId};
use madoguchi::booking::{self, Act, BookingStatus, Channel, DayCount, PlaceCount, SlotCount, Wanted};
use madoguchi::calendar::{self, ClosedBecause, SlotOverride, SpecialDay};
use madoguchi::db::{Fault, Lane};

use crate::counter::office::{Office, clerk};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn counts(office: &Office, from: &str, to: &str) -> Vec<PlaceCount> {
    let (from, to) = (day(from), day(to));
    let read = office.file.db.read(Lane::Staff, move |tx| {
        let places = calendar::locations(tx)?;
        booking::count_days(tx, &places, from, to)
    });
    read.await.unwrap()
}

fn of(counts: &[PlaceCount], place: LocationId, day: &str) -> DayCount {
    let place = counts.iter().find(|one| one.location.id == place).unwrap();
    place.days.iter().find(|one| one.day == self::day(day)).unwrap().clone()
}

async fn books(office: &Office, first: u32, people: u32, time: &str) -> BookingId {
    let mut party = Vec::new();
    for number in first..first + people {
        party.push(office.card(number, &format!("市民{number}"), "").await);
    }
    office.booked(&party, time).await
}

#[tokio::test]
async fn a_day_counts_its_bookings_its_holds_and_what_is_over() {
    let office = Office::at("2026-04-06 09:00").await;
    books(&office, 1, 5, "2026-04-13.0900").await;
    books(&office, 6, 2, "2026-04-13.0900").await;
    let gone = books(&office, 8, 2, "2026-04-13.0930").await;
    office.cancelled(gone).await;
    let here = office.here;
    let holder = office.card(20, "仮押さえ", "").await;
    office
        .file
        .db
        .write(clerk(1), move |tx| {
            for (card, minute, until) in [(holder, 600, 3_600_000), (holder, 630, 0)] {
                tx.run(
                    "INSERT INTO hold (card_id, location_id, on_day, starts_min, ends_min, seats, expires_at)
                     VALUES (?1, ?2, '2026-04-13', ?3, ?3 + 30, 3, ?4)
                     ON CONFLICT (card_id) DO NOTHING",
                    (card, here, minute, tx.now().millis() + until),
                )?;
            }
            Ok::<_, Fault>(())
        })
        .await
        .unwrap();

    let counts = counts(&office, "2026-04-01", "2026-04-30").await;
    let monday = of(&counts, here, "2026-04-13");
    assert_eq!((monday.capacity(), monday.booked, monday.held), (30, 7, 3));
    assert_eq!((monday.free(), monday.over()), (22, 2));
    let slots: Vec<(u32, u32)> = monday.slots.iter().map(|one| (one.booked, one.held)).collect();
    assert_eq!(slots, [(7, 0), (0, 0), (0, 3), (0, 0), (0, 0), (0, 0)]);
    assert_eq!(of(&counts, office.there, "2026-04-13").taken(), 0, "another place is not touched");

    office.file.clock.set("2026-04-06 11:00");
    let later = self::counts(&office, "2026-04-13", "2026-04-13").await;
    assert_eq!(of(&later, here, "2026-04-13").held, 0, "a hold that has run out does not count");
}

#[tokio::test]
async fn closed_days_say_why_and_special_days_say_what_they_are() {
    let office = Office::at("2026-04-06 09:00").await;
    let (here, there) = (office.here, office.there);
    books(&office, 1, 2, "2026-04-14.0900").await;
    office
        .file
        .db
        .write(clerk(1), move |tx| {
            let closed = SpecialDay::Closed { reason: "停電".to_owned() };
            calendar::set_special_day(tx, Some(here), day("2026-04-14"), &closed)?;
            let pattern = calendar::patterns(tx)?[0].id;
            let open =
                SpecialDay::Open {
                    pattern, unit: None, capacity: Some(2), reason: "臨時開庁".to_owned()
                };
            calendar::set_special_day(tx, None, day("2026-04-18"), &open)?;
            let slot = format!("{there}.2026-04-15.0900").parse().unwrap();
            calendar::override_slot(tx, &slot, SlotOverride { capacity: Some(9), citizen_open: true })
        })
        .await
        .unwrap();

    let counts = counts(&office, "2026-04-01", "2026-04-30").await;
    let power = of(&counts, here, "2026-04-14");
    assert_eq!(power.closed, Some(ClosedBecause::Special("停電".to_owned())));
    assert_eq!(
        (power.booked, power.capacity()),
        (2, 0),
        "bookings of a day that was closed later still show"
    );
    assert_eq!(of(&counts, there, "2026-04-14").closed, None);
    let saturday = of(&counts, there, "2026-04-18");
    assert_eq!((saturday.special.as_deref(), saturday.capacity()), (Some("臨時開庁"), 12));
    let showa = of(&counts, here, "2026-04-29");
    assert_eq!(showa.closed, Some(ClosedBecause::Holiday("昭和の日".to_owned())));
    assert_eq!(of(&counts, here, "2026-04-19").closed, Some(ClosedBecause::Weekday));
    assert_eq!(of(&counts, there, "2026-04-15").capacity(), 34);
    assert_eq!(of(&counts, here, "2026-04-15").capacity(), 30);
}

#[tokio::test]
async fn every_place_at_once_counts_what_each_counts_alone() {
    let office = Office::at("2026-04-06 09:00").await;
    books(&office, 1, 3, "2026-04-13.0900").await;
    let guest = office.card(9, "東の人", "").await;
    office.booked_at(office.there, &[guest], "2026-04-20.1130").await;
    let all = counts(&office, "2026-04-01", "2026-04-30").await;
    for place in [office.here, office.there] {
        let alone = office.file.db.read(Lane::Staff, move |tx| {
            booking::month_load(tx, place, day("2026-04-01"), day("2026-04-30"))
        });
        for (day, loads) in alone.await.unwrap() {
            let together = of(&all, place, &day.to_string());
            let taken: Vec<u32> = together.slots.iter().map(SlotCount::taken).collect();
            assert_eq!(taken, loads.iter().map(|load| load.taken).collect::<Vec<_>>(), "{place} {day}");
        }
    }
}

#[tokio::test]
async fn people_who_got_their_card_are_counted_for_the_day() {
    let office = Office::at("2026-04-13 08:00").await;
    let family = books(&office, 1, 3, "2026-04-13.0900").await;
    office.serve(family, Act::HandOver(vec![])).await.unwrap();
    books(&office, 5, 1, "2026-04-13.0930").await;
    let counts = counts(&office, "2026-04-13", "2026-04-13").await;
    assert_eq!(of(&counts, office.here, "2026-04-13").issued, 3);
}

fn april() -> Wanted {
    Wanted {
        from: day("2026-04-01"),
        to: day("2026-04-30"),
        locations: vec![],
        status: None,
        channel: None,
        over: false,
    }
}

#[tokio::test]
async fn a_list_takes_only_what_was_asked_for() {
    let office = Office::at("2026-04-06 09:00").await;
    let first = books(&office, 1, 5, "2026-04-13.0900").await;
    let over = books(&office, 6, 1, "2026-04-13.0900").await;
    let gone = books(&office, 7, 1, "2026-04-14.0900").await;
    office.cancelled(gone).await;
    let guest = office.card(9, "東の人", "").await;
    let east = office.booked_at(office.there, &[guest], "2026-04-20.1130").await;
    books(&office, 10, 1, "2026-05-01.0900").await;

    let list = async |wanted: Wanted| {
        let read = office.file.db.read(Lane::Staff, move |tx| booking::list(tx, &wanted, 0));
        let listed = read.await.unwrap();
        (listed.rows.iter().map(|row| row.booking.id).collect::<Vec<_>>(), listed.bookings, listed.people)
    };
    assert_eq!(list(april()).await, (vec![first, over, gone, east], 4, 8));
    let live = Wanted { status: Some(BookingStatus::Confirmed), ..april() };
    assert_eq!(list(live).await, (vec![first, over, east], 3, 7));
    assert_eq!(list(Wanted { locations: vec![office.there], ..april() }).await, (vec![east], 1, 1));
    let both = Wanted { locations: vec![office.here, office.there], ..april() };
    assert_eq!(list(both).await.1, 4);
    assert_eq!(list(Wanted { over: true, ..april() }).await, (vec![over], 1, 1));
    assert_eq!(list(Wanted { channel: Some(Channel::Web), ..april() }).await, (vec![], 0, 0));
    let one_day = Wanted { from: day("2026-04-14"), to: day("2026-04-14"), ..april() };
    assert_eq!(list(one_day).await, (vec![gone], 1, 1));
}

#[tokio::test]
async fn a_long_list_comes_in_pages_without_loss() {
    let office = Office::at("2026-04-06 09:00").await;
    for number in 0..53 {
        books(&office, number + 1, 1, "2026-04-13.0900").await;
    }
    let page =
        |number: usize| office.file.db.read(Lane::Staff, move |tx| booking::list(tx, &april(), number));
    let (first, second) = (page(0).await.unwrap(), page(1).await.unwrap());
    assert_eq!((first.rows.len(), second.rows.len(), first.bookings), (booking::PAGE, 3, 53));
    assert!(
        first.rows.iter().chain(&second.rows).all(|row| row.lead().is_some()),
        "each row knows its person"
    );
    let mut ids: Vec<BookingId> = first.rows.iter().chain(&second.rows).map(|row| row.booking.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 53);
}
