//! Those who wait for a seat: asked in order, told of a free seat one after the other, never shown a number.

use std::time::Duration;

use madoguchi::booking::{self, CancelByStaff, Seen};
use madoguchi::db::{Fault, Lane};
use madoguchi::jobs::offer_seats;
use madoguchi::once::OnceKey;
use madoguchi::settings;

use crate::citizen::steps::{acknowledge, book, enter};
use crate::kit::{Browser, TestMunicipality};

const FIRST: &str = "first@example.jp";
const SECOND: &str = "second@example.jp";

/// 本庁舎 has one seat in all: on 13 April at 9:30; card 1 has it.
async fn full() -> TestMunicipality {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for number in 1..=4 {
        city.card(number, &format!("田中 {number}郎")).await;
    }
    let office = city.office;
    city.write(move |tx| {
        tx.run(
            "INSERT INTO slot_override (location_id, on_day, starts_min, capacity, citizen_open)
             WITH RECURSIVE days(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM days WHERE n < 120),
                            mins(m) AS (SELECT 540 UNION ALL SELECT m + 30 FROM mins WHERE m < 990)
             SELECT ?, date('2026-04-06', n || ' days'), m, iif(n = 7 AND m = 570, 1, 0), 1 FROM days, mins
              WHERE m < 720 OR m >= 780",
            [office],
        )?;
        tx.run("INSERT INTO calendar_version (location_id, version) VALUES (?, 2) ON CONFLICT DO UPDATE SET version = version + 1", [office])
    })
    .await;
    book(&city, &mut city.browser(), 1, "booked@example.jp").await;
    city.letter("booked@example.jp").await;
    city
}

/// Card `number` waits for the whole stretch.
async fn waits(city: &TestMunicipality, number: u32, email: &str) -> Browser {
    let mut browser = city.browser();
    enter(city, &mut browser, number, email).await;
    if browser.path() == "/location" {
        browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    }
    if browser.path() == "/family" {
        browser.press("人で次へ進む").await;
    }
    assert!(browser.says("いまは予約できる日がありません"), "{}", browser.text());
    browser.follow("空きが出たら知らせてもらう").await;
    browser.press("登録する").await;
    assert!(browser.says("空き待ちに登録しました"), "{}", browser.text());
    browser
}

async fn free_the_seat(city: &TestMunicipality) {
    let read = city.city.db.read(Lane::Staff, |tx| {
        tx.one("SELECT id, version FROM booking WHERE status = 'confirmed' ORDER BY id LIMIT 1", [], |row| {
            Ok((row.get::<_, madoguchi::base::BookingId>("id")?, row.get::<_, i64>("version")?))
        })
    });
    let (booking, version): (_, i64) = read.await.unwrap_or_else(|fault: Fault| panic!("{fault}"));
    let wish = CancelByStaff {
        seen: Seen { booking, version },
        people: Vec::new(),
        reason: "本人から電話".to_owned(),
        once: OnceKey::from_form(&format!("fedcba9876543210{booking}")).unwrap(),
    };
    city.write(move |tx| booking::cancel_by_staff(tx, &wish)).await;
}

async fn state(city: &TestMunicipality, number: u32) -> String {
    let read = city.city.db.read(Lane::Staff, move |tx| {
        tx.one(
            "SELECT state FROM waiting JOIN card ON card.id = card_id WHERE notice_id_norm = ? ORDER BY waiting.id DESC LIMIT 1",
            [format!("A13{number:06}")],
            |row| row.get("state"),
        )
    });
    read.await.unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

#[tokio::test]
async fn a_seat_that_becomes_free_is_told_to_the_first_who_waits_and_to_nobody_else_until_their_time_is_over()
{
    let city = full().await;
    waits(&city, 2, FIRST).await;
    city.clock.pass(Duration::from_mins(1));
    waits(&city, 3, SECOND).await;
    offer_seats(&city.city).await.unwrap();
    assert!(city.letters(FIRST).await.is_empty(), "nothing is free yet");

    free_the_seat(&city).await;
    city.letter("booked@example.jp").await;
    let next = offer_seats(&city.city).await.unwrap();
    assert!(next.is_some());
    let letter = city.letter(FIRST).await;
    assert_eq!(letter.kind, "seat_offer");
    assert!(letter.body.contains("9:30") && letter.body.contains("本庁舎"), "{}", letter.body);
    assert!(letter.body.contains("先に予約した方が優先です"), "{}", letter.body);
    offer_seats(&city.city).await.unwrap();
    assert!(city.letters(SECOND).await.is_empty(), "the seat is told to one");

    // 23 hours and 59 minutes later it is theirs still, a minute later it is told on, and the first goes to the end.
    city.clock.pass(Duration::from_mins(24 * 60 - 1));
    offer_seats(&city.city).await.unwrap();
    assert!(city.letters(SECOND).await.is_empty());
    city.clock.pass(Duration::from_mins(1));
    offer_seats(&city.city).await.unwrap();
    offer_seats(&city.city).await.unwrap();
    let letter = city.letter(SECOND).await;
    let mut browser = city.browser();
    browser.open(&letter.link("/m/")).await.fill("月", "4").fill("日", "13");
    browser.press("予約の手続きを続ける").await;
    assert_eq!(browser.path(), "/calendar", "the link leads to the day: {}", browser.text());
    browser.tick("9:30から").press("この時間で次へ進む").await;
    acknowledge(&mut browser).await;
    browser.press("この内容で予約する").await;
    assert_eq!(browser.path(), "/done");
    city.letter(SECOND).await;
    assert_eq!(state(&city, 3).await, "booked");
    assert_eq!(state(&city, 2).await, "waiting");
}

#[tokio::test]
async fn where_the_city_keeps_the_seat_nobody_else_can_take_it_and_reading_on_does_not_lose_it() {
    let city = full().await;
    let change = settings::Change { key: "waiting.hold".to_owned(), value: true.into() };
    city.write(move |tx| settings::set(tx, &change)).await;
    waits(&city, 2, FIRST).await;
    free_the_seat(&city).await;
    city.letter("booked@example.jp").await;
    offer_seats(&city.city).await.unwrap();
    let letter = city.letter(FIRST).await;
    assert!(letter.body.contains("あなたのために取り置いています"), "{}", letter.body);
    let mut other = city.browser();
    enter(&city, &mut other, 4, "other@example.jp").await;
    other.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    other.press("人で次へ進む").await;
    assert!(other.says("いまは予約できる日がありません"), "{}", other.text());

    let mut browser = city.browser();
    browser.open(&letter.link("/m/")).await.fill("月", "4").fill("日", "13");
    browser.press("予約の手続きを続ける").await;
    browser.tick("9:30から").press("この時間で次へ進む").await;
    acknowledge(&mut browser).await;
    city.clock.pass(Duration::from_mins(20));
    other.open("/calendar").await;
    assert!(other.says("いまは予約できる日がありません"), "kept longer than ten minutes: {}", other.text());
    browser.press("この内容で予約する").await;
    assert_eq!(browser.path(), "/done", "{}", browser.text());
    city.letter(FIRST).await;
}

#[tokio::test]
async fn whoever_leaves_is_told_nothing_and_whoever_waits_sees_no_number() {
    let city = full().await;
    let mut one = waits(&city, 2, FIRST).await;
    let mut other = waits(&city, 3, SECOND).await;
    for browser in [&mut one, &mut other] {
        browser.open("/calendar/wait").await;
        let text = browser.text().to_owned();
        for count in ["2人目", "1番", "2番", "待ち人数", "2組"] {
            assert!(!text.contains(count), "{count} in {text}");
        }
    }
    let length = |browser: &Browser| browser.text().chars().count();
    assert!(length(&one).abs_diff(length(&other)) < 4, "both see the same page");
    one.press("空き待ちをやめる").await;
    assert!(one.says("空き待ちをやめました"), "{}", one.text());
    free_the_seat(&city).await;
    city.letter("booked@example.jp").await;
    offer_seats(&city.city).await.unwrap();
    assert!(city.letters(FIRST).await.is_empty());
    city.letter(SECOND).await;
}

#[tokio::test]
async fn the_end_before_the_beginning_is_said_at_the_field() {
    let city = full().await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 2, FIRST).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    browser.press("人で次へ進む").await.follow("空きが出たら知らせてもらう").await;
    let (first, last) = (browser.hidden("csrf"), browser.hidden("once"));
    browser
        .post(
            "/calendar/wait",
            &[
                ("csrf", &first),
                ("once", &last),
                ("from", "2026-04-20"),
                ("to", "2026-04-13"),
                ("part", "any"),
            ],
        )
        .await;
    assert_eq!(browser.status(), 422);
    assert!(browser.says("終わりの日は、始めの日と同じか後の日"), "{}", browser.text());
}

#[tokio::test]
async fn staff_see_who_waits_where_and_take_somebody_off() {
    let city = full().await;
    waits(&city, 2, FIRST).await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/calendar/waiting").await;
    assert!(clerk.says("田中 2郎") && clerk.says("本庁舎"), "{}", clerk.text());
    clerk.open("/calendar/waiting?day=2027-01-01").await;
    assert!(clerk.says("空き待ちの方はいません"), "{}", clerk.text());
    clerk.open("/calendar/waiting").await.press("外す").await;
    assert!(clerk.says("空き待ちから外しました"), "{}", clerk.text());
    assert_eq!(state(&city, 2).await, "left");
}
