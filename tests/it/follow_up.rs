//! The letters of the clock: before a booking, and after one that nobody came to.

use madoguchi::booking::timed;
use madoguchi::db::{Actor, Fault, Lane};
use madoguchi::jobs::{Desk, deliver_mail, invite_again, mark_no_show, remind};
use madoguchi::mail::{State, Transport};
use madoguchi::render::Renderer;
use madoguchi::settings;

use crate::citizen::steps::{EMAIL, acknowledge, book, choose_time};
use crate::kit::{Browser, TestMunicipality};

const CLERK: Actor = Actor::Cli { uid: 0 };

/// Somebody booked Monday 13 April at 9:30, a week before.
async fn booked() -> (TestMunicipality, Browser) {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    book(&city, &mut browser, 1, EMAIL).await;
    city.letter(EMAIL).await;
    (city, browser)
}

async fn set(city: &TestMunicipality, key: &str, value: serde_json::Value) {
    let change = settings::Change { key: key.to_owned(), value };
    city.write(move |tx| settings::set(tx, &change)).await;
}

async fn kinds(city: &TestMunicipality) -> Vec<String> {
    city.letters(EMAIL).await.into_iter().map(|letter| letter.kind).collect()
}

#[tokio::test]
async fn the_reminder_leaves_the_day_before_at_half_past_twelve_and_once() {
    let (city, _) = booked().await;
    let due = remind(&city.city).await.unwrap().unwrap();
    city.clock.set("2026-04-12 12:29");
    assert_eq!(remind(&city.city).await.unwrap(), Some(due));
    assert!(kinds(&city).await.is_empty());
    city.clock.set("2026-04-12 12:30");
    assert_eq!(city.clock.clock().now(), due);
    assert_eq!(remind(&city.city).await.unwrap(), None);
    let letter = city.letter(EMAIL).await;
    assert_eq!(letter.kind, "reminder");
    for told in ["4月13日", "9:30", "本庁舎", "交付通知書", "/my"] {
        assert!(letter.body.contains(told), "{told} in {}", letter.body);
    }
    assert!(!letter.body.contains("田中"), "no name leaves the house");
    city.clock.set("2026-04-12 18:00");
    assert_eq!(remind(&city.city).await.unwrap(), None);
    assert!(kinds(&city).await.is_empty());
}

#[tokio::test]
async fn a_city_may_remind_earlier_or_not_at_all() {
    let (city, _) = booked().await;
    set(&city, "reminder.on", false.into()).await;
    city.clock.set("2026-04-12 13:00");
    assert_eq!(remind(&city.city).await.unwrap(), None);
    assert!(kinds(&city).await.is_empty());

    let (city, _) = booked().await;
    set(&city, "reminder.days", 3.into()).await;
    set(&city, "reminder.at", (9 * 60).into()).await;
    city.clock.set("2026-04-10 08:59");
    remind(&city.city).await.unwrap();
    assert!(kinds(&city).await.is_empty());
    city.clock.set("2026-04-10 09:00");
    remind(&city.city).await.unwrap();
    assert_eq!(kinds(&city).await, ["reminder"]);
}

#[tokio::test]
async fn a_time_that_was_told_after_the_moment_is_not_told_twice_and_a_new_time_is_reminded_of() {
    let (city, mut browser) = booked().await;
    set(&city, "reminder.days", 7.into()).await;
    city.clock.set("2026-04-06 09:01");
    remind(&city.city).await.unwrap();
    assert!(kinds(&city).await.is_empty(), "half past twelve is not over, and today is the first day");
    browser.open("/my/booking").await.follow("日時や場所を変える").await.press("日時を選び直す").await;
    choose_time(&mut browser, "4月14日（火）", "10:00").await;
    acknowledge(&mut browser).await;
    browser.press("この内容に変更する").await;
    assert_eq!(kinds(&city).await, ["booking_changed"]);
    set(&city, "reminder.days", 14.into()).await;
    assert_eq!(remind(&city.city).await.unwrap(), None);
    assert!(
        kinds(&city).await.is_empty(),
        "the letter of the change came after the moment and says the same"
    );

    let (city, mut browser) = booked().await;
    set(&city, "reminder.days", 3.into()).await;
    browser.open("/my/booking").await.follow("日時や場所を変える").await.press("日時を選び直す").await;
    choose_time(&mut browser, "4月14日（火）", "10:00").await;
    acknowledge(&mut browser).await;
    browser.press("この内容に変更する").await;
    assert_eq!(kinds(&city).await, ["booking_changed"]);
    city.clock.set("2026-04-10 12:30");
    remind(&city.city).await.unwrap();
    assert!(kinds(&city).await.is_empty(), "that was the moment of the time that is given up");
    city.clock.set("2026-04-11 12:30");
    remind(&city.city).await.unwrap();
    let letter = city.letter(EMAIL).await;
    assert!(letter.kind == "reminder" && letter.body.contains("4月14日"), "{}", letter.body);
}

#[tokio::test]
async fn a_reminder_that_waits_is_not_sent_when_its_booking_is_gone() {
    let (mut city, _) = booked().await;
    city.mail_may_stay();
    city.clock.set("2026-04-12 12:30");
    remind(&city.city).await.unwrap();
    cancel(&city).await;
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::new(
        city.state.registry.clone(),
        Renderer::load().unwrap(),
        Transport::Files(dir.path().to_owned()),
        city.clock.clock(),
    );
    deliver_mail(&desk, &city.city).await.unwrap();
    let listed = city
        .city
        .db
        .read(Lane::Staff, |tx| madoguchi::mail::of_booking(tx, madoguchi::base::BookingId::of(1)));
    let listed = listed.await.unwrap_or_else(|fault: Fault| panic!("{fault}"));
    let of = |kind: &str| listed.iter().find(|one| one.kind == kind).map(|one| one.state);
    assert_eq!(of("reminder"), Some(State::Cancelled));
    assert_eq!(of("booking_cancelled"), Some(State::Sent));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "only the cancellation left");
}

async fn cancel(city: &TestMunicipality) {
    let cancelled = city.city.db.write(CLERK, |tx| {
        let id = madoguchi::base::BookingId::of(1);
        let booking = madoguchi::booking::get(tx, id)?.ok_or(Fault::Closed)?;
        let wish = madoguchi::booking::CancelByStaff {
            seen: madoguchi::booking::Seen { booking: id, version: booking.version },
            people: Vec::new(),
            reason: "電話で申し出".to_owned(),
            once: madoguchi::once::OnceKey::from_form("form-that-cancels").unwrap(),
        };
        madoguchi::booking::cancel_by_staff(tx, &wish).map_err(|error| Fault::Stored(error.to_string()))
    });
    cancelled.await.unwrap();
}

#[tokio::test]
async fn who_did_not_come_is_asked_the_day_after_and_once_more_two_weeks_later() {
    let (city, _) = booked().await;
    set(&city, "reminder.on", false.into()).await;
    city.clock.set("2026-04-13 11:00");
    mark_no_show(&city.city).await.unwrap();
    let due = invite_again(&city.city).await.unwrap().unwrap();
    city.clock.set("2026-04-14 12:29");
    assert_eq!(invite_again(&city.city).await.unwrap(), Some(due));
    assert!(kinds(&city).await.is_empty());
    city.clock.set("2026-04-14 12:30");
    assert_eq!(city.clock.clock().now(), due);
    let again = invite_again(&city.city).await.unwrap().unwrap();
    let letter = city.letter(EMAIL).await;
    assert_eq!(letter.kind, "no_show");
    assert!(letter.body.contains("4月13日") && letter.body.contains("もう一度予約"), "{}", letter.body);

    city.clock.set("2026-04-28 12:29");
    assert_eq!(invite_again(&city.city).await.unwrap(), Some(again));
    assert!(kinds(&city).await.is_empty());
    city.clock.set("2026-04-28 12:30");
    assert_eq!(invite_again(&city.city).await.unwrap(), None, "twice is all that the city asks");
    assert_eq!(kinds(&city).await, ["no_show"]);
}

#[tokio::test]
async fn nobody_is_asked_who_booked_again_or_whose_case_is_closed_or_where_the_rule_is_off() {
    let (city, _) = booked().await;
    set(&city, "reminder.on", false.into()).await;
    city.clock.set("2026-04-13 11:00");
    mark_no_show(&city.city).await.unwrap();
    set(&city, "no_show.invite", false.into()).await;
    city.clock.set("2026-04-15 12:30");
    assert_eq!(invite_again(&city.city).await.unwrap(), None);
    set(&city, "no_show.invite", true.into()).await;
    let close = |how| timed::CloseCases { bookings: vec![madoguchi::base::BookingId::of(1)], how };
    let stopped = close(Some(timed::Followed::Stopped));
    assert_eq!(city.write(move |tx| timed::close_cases(tx, &stopped)).await, 1);
    assert_eq!(invite_again(&city.city).await.unwrap(), None);
    let open = close(None);
    assert_eq!(city.write(move |tx| timed::close_cases(tx, &open)).await, 1);

    let mut browser = city.browser();
    crate::citizen::steps::enter(&city, &mut browser, 1, EMAIL).await;
    crate::citizen::steps::choose(&mut browser, "本庁舎", "4月20日（月）", "9:30").await;
    acknowledge(&mut browser).await;
    browser.press("この内容で予約する").await;
    assert_eq!(kinds(&city).await, ["booking_confirmed"]);
    assert_eq!(invite_again(&city.city).await.unwrap(), None);
    assert!(kinds(&city).await.is_empty(), "they have booked again");
}
