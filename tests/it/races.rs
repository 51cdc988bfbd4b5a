//! The last seat, wanted by many at once: over the pages of both sides, at the hold and at the confirmation, each time
//! with a control in which the seats are not counted and which does oversell.

use std::sync::Arc;

use madoguchi::booking::{self, BookByStaff, Channel, Confirm, Hold, Overbook};
use madoguchi::calendar::SlotId;
use madoguchi::config::LimitsConfig;
use madoguchi::db::{Actor, Fault, WriteTx};
use madoguchi::once::OnceKey;

use crate::booking_journey::City;
use crate::citizen::steps::{SLOT, acknowledge, choose};
use crate::kit::{Browser, TestMunicipality};

const CLERK: Actor = Actor::Cli { uid: 0 };
/// Each slot of 本庁舎 has so many seats.
const SEATS: u32 = 4;

/// A limit that a crowd behind one address does not meet.
fn generous() -> LimitsConfig {
    LimitsConfig { network_failures: 100_000, ..LimitsConfig::default() }
}

async fn city(holds: bool) -> Arc<TestMunicipality> {
    let mut city = TestMunicipality::with_limits("2026-04-06 09:00", generous()).await;
    city.mail_may_stay();
    if !holds {
        city.write(no_holds).await;
    }
    Arc::new(city)
}

fn no_holds(tx: &WriteTx<'_>) -> Result<(), Fault> {
    let change = madoguchi::settings::Change { key: "booking.hold_minutes".to_owned(), value: 0.into() };
    madoguchi::settings::set(tx, &change).map(|_| ()).map_err(|error| Fault::Stored(error.to_string()))
}

/// A citizen who stands before the choice of a location.
async fn entered(city: &TestMunicipality, number: u32) -> Browser {
    city.card(number, &format!("市民{number}")).await;
    let mut browser = city.browser().at_address(&format!("198.51.100.{number}"));
    crate::citizen::steps::enter(city, &mut browser, number, &format!("c{number}@example.jp")).await;
    browser
}

/// A citizen at the page of times with the wanted one ticked.
async fn at_the_times(city: &TestMunicipality, number: u32) -> Browser {
    let mut browser = entered(city, number).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    browser.press("人で次へ進む").await;
    browser.follow("4月13日（月）").await.tick("9:30から");
    browser
}

/// A citizen at the last page.
async fn at_the_confirmation(city: &TestMunicipality, number: u32) -> Browser {
    let mut browser = entered(city, number).await;
    choose(&mut browser, "本庁舎", "4月13日（月）", "9:30").await;
    acknowledge(&mut browser).await;
    browser
}

/// What a clerk wants for somebody on the telephone, in the same slot.
async fn on_the_telephone(city: &TestMunicipality, number: u32) -> BookByStaff {
    BookByStaff {
        party: vec![city.card(number, &format!("電話{number}")).await],
        slot: format!("{}.{SLOT}", city.office).parse().unwrap(),
        email: None,
        channel: Channel::Telephone,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("{number:032}")).unwrap(),
    }
}

/// Everybody presses at once; gives who arrived where, and how many calls of staff were booked.
async fn all_at_once(
    city: &Arc<TestMunicipality>,
    browsers: Vec<Browser>,
    button: &'static str,
    calls: Vec<BookByStaff>,
) -> (Vec<Browser>, usize) {
    let crowd: Vec<_> = browsers
        .into_iter()
        .map(|mut browser| {
            tokio::spawn(async move {
                browser.press(button).await;
                browser
            })
        })
        .collect();
    let staff: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let db = city.city.db.clone();
            tokio::spawn(
                async move { db.write(CLERK, move |tx| booking::book_by_staff(tx, &call)).await.is_ok() },
            )
        })
        .collect();
    let (mut arrived, mut booked) = (Vec::new(), 0);
    for one in crowd {
        arrived.push(one.await.unwrap());
    }
    for one in staff {
        booked += usize::from(one.await.unwrap());
    }
    (arrived, booked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_seats_are_held_once_whoever_presses_first_and_the_others_are_told() {
    let city = city(true).await;
    let (mut browsers, mut calls) = (Vec::new(), Vec::new());
    for number in 1..=12 {
        browsers.push(at_the_times(&city, number).await);
    }
    for number in 21..=24 {
        calls.push(on_the_telephone(&city, number).await);
    }
    let (arrived, booked) = all_at_once(&city, browsers, "この時間で次へ進む", calls).await;
    let held = arrived.iter().filter(|browser| browser.path() == "/precautions").count();
    assert_eq!(held + booked, SEATS as usize, "{held} held and {booked} booked by staff");
    assert_eq!(city.taken(SLOT).await, SEATS);
    for late in arrived.iter().filter(|browser| browser.path() != "/precautions") {
        assert_eq!((late.status(), late.path()), (422, "/calendar"));
    }
    for mut first in arrived.into_iter().filter(|browser| browser.path() == "/precautions") {
        acknowledge(&mut first).await;
        first.press("この内容で予約する").await;
        assert_eq!(first.path(), "/done", "who holds a seat gets it");
    }
    assert_eq!(city.taken(SLOT).await, SEATS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_seats_are_booked_once_where_the_city_holds_none() {
    let city = city(false).await;
    let (mut browsers, mut calls) = (Vec::new(), Vec::new());
    for number in 1..=12 {
        browsers.push(at_the_confirmation(&city, number).await);
    }
    for number in 21..=24 {
        calls.push(on_the_telephone(&city, number).await);
    }
    let (arrived, by_staff) = all_at_once(&city, browsers, "この内容で予約する", calls).await;
    let done = arrived.iter().filter(|browser| browser.path() == "/done").count();
    assert_eq!(done + by_staff, SEATS as usize, "{done} booked by citizens and {by_staff} by staff");
    assert_eq!(city.taken(SLOT).await, SEATS);
    for late in arrived.iter().filter(|browser| browser.path() != "/done") {
        assert_eq!(late.status(), 422);
        let other_time = late.page().links.iter().any(|link| link.href.contains("/calendar?"));
        assert!(other_time, "whoever was late is led to another time: {}", late.text());
    }
}

/// Twenty citizens hold the same slot of five seats, `counted` or not; gives the seats that are then taken.
async fn hold_rush(counted: bool) -> u32 {
    let city = Arc::new(City::at("2026-04-06 09:00").await);
    let slot: SlotId = city.slot("2026-04-13.0900");
    let mut keys = Vec::new();
    for number in 0..20 {
        let card = city.card(number, &format!("市民{number}")).await;
        keys.push(city.session(card, &format!("hold{number}@example.jp")).await);
    }
    let all: Vec<_> = keys
        .into_iter()
        .map(|key| {
            let city = Arc::clone(&city);
            let wish = Hold { key, slot };
            tokio::spawn(async move {
                let job = move |tx: &WriteTx<'_>| {
                    if counted { booking::hold(tx, &wish) } else { booking::unguarded::hold(tx, &wish) }
                };
                city.file.db.write(CLERK, job).await.is_ok()
            })
        })
        .collect();
    for one in all {
        one.await.unwrap();
    }
    city.taken(slot).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_hold_five_seats_and_without_the_count_they_would_hold_twenty() {
    assert_eq!(hold_rush(true).await, 5);
    assert_eq!(hold_rush(false).await, 20, "the control oversells, so the five above mean something");
}

/// Twelve citizens with nothing held confirm the same slot of five seats, `counted` or not.
async fn confirm_rush(counted: bool) -> u32 {
    let city = Arc::new(City::at("2026-04-06 09:00").await);
    let slot: SlotId = city.slot("2026-04-13.0900");
    city.file.db.write(CLERK, no_holds).await.unwrap();
    let mut wishes = Vec::new();
    for number in 0..12 {
        let card = city.card(number, &format!("市民{number}")).await;
        let key = city.session(card, &format!("confirm{number}@example.jp")).await;
        city.hold(key, slot).await.unwrap();
        city.acknowledge(key).await;
        wishes.push(Confirm { key, once: OnceKey::from_form(&format!("{number:032}")).unwrap() });
    }
    let all: Vec<_> = wishes
        .into_iter()
        .map(|wish| {
            let city = Arc::clone(&city);
            tokio::spawn(async move {
                let job = move |tx: &WriteTx<'_>| {
                    if counted { booking::confirm(tx, &wish) } else { booking::unguarded::confirm(tx, &wish) }
                };
                city.file.db.write(CLERK, job).await.is_ok()
            })
        })
        .collect();
    for one in all {
        one.await.unwrap();
    }
    city.taken(slot).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twelve_book_five_seats_and_without_the_count_they_would_book_twelve() {
    assert_eq!(confirm_rush(true).await, 5);
    assert_eq!(confirm_rush(false).await, 12, "the control oversells, so the five above mean something");
}
