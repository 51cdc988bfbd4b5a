//! The calendar pages are drawn from what is kept in memory; what is kept never outlives a change.

use std::time::Duration;

use madoguchi::db::{Fault, WriteTx};

use super::steps::{EMAIL, SLOT, acknowledge, book, choose_time, enter};
use crate::kit::{Browser, TestMunicipality};

/// Chooses 本庁舎 for one person and stands at the calendar.
async fn to_calendar(city: &TestMunicipality, browser: &mut Browser, number: u32, email: &str) {
    enter(city, browser, number, email).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await.press("人で次へ進む").await;
    assert_eq!(browser.path(), "/calendar");
}

fn built(city: &TestMunicipality) -> u64 {
    city.city.snapshots.built()
}

#[tokio::test]
async fn what_nobody_changed_is_counted_once_for_everybody() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    city.card(2, "鈴木 一郎").await;
    let (mut one, mut other) = (city.browser(), city.browser());
    to_calendar(&city, &mut one, 1, EMAIL).await;
    to_calendar(&city, &mut other, 2, "jiro@example.jp").await;
    let before = built(&city);
    for _ in 0..3 {
        one.open("/calendar?month=2026-04&day=2026-04-13").await;
        other.open("/calendar/list").await;
    }
    assert_eq!(built(&city), before);
    assert_eq!(before, 1);
}

#[tokio::test]
async fn the_last_seat_that_another_takes_is_full_at_the_next_look_and_free_again_when_the_hold_ends() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.offer(SLOT, 1).await;
    city.card(1, "田中 健太").await;
    city.card(2, "鈴木 一郎").await;
    let (mut one, mut other) = (city.browser(), city.browser());
    to_calendar(&city, &mut one, 1, EMAIL).await;
    to_calendar(&city, &mut other, 2, "jiro@example.jp").await;
    let day = "/calendar?month=2026-04&day=2026-04-13";
    let half_past_nine =
        |browser: &Browser| browser.page().controls.iter().any(|one| one.value.ends_with("0930"));
    one.open(day).await;
    assert!(half_past_nine(&one));
    let mut stale = one.clone();

    other.open("/calendar").await;
    choose_time(&mut other, "4月13日（月）", "9:30").await;
    one.open(day).await;
    assert!(!half_past_nine(&one), "held by another");
    other.open(day).await;
    assert!(half_past_nine(&other), "their own hold does not count against them");

    stale.tick("9:30から").press("この時間で次へ進む").await;
    assert_eq!((stale.status(), stale.path()), (422, "/calendar"), "a stale page sells nothing");
    assert_eq!(city.taken(SLOT).await, 1);

    city.clock.pass(Duration::from_mins(10));
    one.open(day).await;
    assert!(half_past_nine(&one), "the hold has ended without anybody writing");
}

#[tokio::test]
async fn a_booking_that_is_moved_gives_its_seat_back_to_the_page() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.offer(SLOT, 1).await;
    city.card(1, "田中 健太").await;
    city.card(2, "鈴木 一郎").await;
    let (mut one, mut other) = (city.browser(), city.browser());
    book(&city, &mut one, 1, EMAIL).await;
    city.letter(EMAIL).await;
    to_calendar(&city, &mut other, 2, "jiro@example.jp").await;
    let day = "/calendar?month=2026-04&day=2026-04-13";
    assert!(!other.open(day).await.page().controls.iter().any(|one| one.value.ends_with("0930")));

    one.open("/my/booking").await.follow("日時や場所を変える").await.press("日時を選び直す").await;
    choose_time(&mut one, "4月13日（月）", "10:00").await;
    acknowledge(&mut one).await;
    one.press("この内容に変更する").await;
    city.letter(EMAIL).await;
    assert!(other.open(day).await.page().controls.iter().any(|one| one.value.ends_with("0930")));
}

#[tokio::test]
async fn yesterdays_days_are_gone_at_midnight() {
    let city = TestMunicipality::at("2026-04-06 23:50").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    to_calendar(&city, &mut browser, 1, EMAIL).await;
    let first = |text: &str| text.lines().find(|line| line.contains("空きあり")).map(str::to_owned);
    let before = first(browser.open("/calendar/list").await.text());
    city.clock.set("2026-04-06 23:59");
    assert_eq!(first(browser.open("/calendar/list").await.text()), before);
    city.clock.set("2026-04-07 00:00");
    assert_ne!(first(browser.open("/calendar/list").await.text()), before, "the first day has moved on");
}

#[tokio::test]
async fn whatever_writes_a_booking_or_a_hold_is_counted_by_the_file() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    book(&city, &mut browser, 1, EMAIL).await;
    city.letter(EMAIL).await;
    let (office, branch) = (city.office, city.branch);
    let version = async |place: madoguchi::base::LocationId| {
        let read = move |tx: &WriteTx<'_>| {
            tx.one(
                "SELECT coalesce(max(version), 0) AS n FROM seat_version WHERE location_id = ?",
                [place],
                |row| row.get::<_, i64>("n"),
            )
        };
        city.write::<i64, Fault, _>(read).await
    };
    let statements = [
        ("UPDATE booking SET starts_min = starts_min + 30, ends_min = ends_min + 30", office),
        ("UPDATE booking SET location_id = (SELECT max(id) FROM location)", office),
        ("UPDATE booking SET seats = 2", branch),
        ("UPDATE booking SET status = 'cancelled', takes_seat = 0", branch),
        (
            "INSERT INTO hold (card_id, location_id, on_day, starts_min, ends_min, seats, expires_at)
             SELECT id, (SELECT min(id) FROM location), '2026-04-13', 600, 630, 1, 1 FROM card",
            office,
        ),
        ("UPDATE hold SET expires_at = 2", office),
        ("DELETE FROM hold", office),
    ];
    for (statement, place) in statements {
        let before = version(place).await;
        city.write::<usize, Fault, _>(move |tx| tx.run(statement, [])).await;
        assert!(version(place).await > before, "{statement}");
    }
}
