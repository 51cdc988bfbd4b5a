//! Days are Japan's whatever zone the host has: the tests of the boundaries run again in other zones, and the true binary
//! shows and books the same there.
//!
//! Spec: 7(2)⑥.

use std::path::PathBuf;
use std::process::Command;

use madoguchi::base::{BirthDate, Chance, Clock, NoticeId};
use madoguchi::booking;
use madoguchi::cards::{self, NewCard};
use madoguchi::db::{Actor, Db, Fault, Lane};

use crate::citizen::steps;
use crate::kit::http::far;
use crate::kit::municipality::shape;
use crate::kit::program::{Desk, look_into};
use crate::kit::{Browser, TestMunicipality};

/// A zone west of Japan by nine hours, one by thirteen or fourteen, and one east of it.
const ZONES: [&str; 3] = ["UTC", "America/New_York", "Pacific/Auckland"];

/// Tests that stand at the seconds around midnight in Japan, with the whole way through pages and letters.
const BOUNDARIES: [&str; 6] = [
    "process::days_in_zones::the_first_and_the_last_day_move_at_midnight_in_japan",
    "citizen::deadlines::a_deadline_in_open_days_skips_the_weekend_and_ends_at_its_second",
    "staff_calendar::windows::the_rule_is_said_in_words_before_and_after_and_holds_from_midnight_in_japan",
    "staff_calendar::patterns::a_pattern_changes_from_a_day_on_and_the_days_before_stay_as_they_were",
    "staff_booking::closing::the_link_of_a_closure_leads_from_the_letter_to_another_time",
    "calendar_schedule::the_first_day_moves_at_midnight_in_japan",
];

#[tokio::test]
async fn the_first_and_the_last_day_move_at_midnight_in_japan() {
    for (before, after, gone, come) in [
        // (a second before midnight, midnight, the first day until then, the last day from then on)
        ("2026-04-05 23:59:59", "2026-04-06 00:00:00", "4月8日（水）", "6月5日（金）"),
        ("2028-02-24 23:59:59", "2028-02-25 00:00:00", "2月29日（火）", "4月25日（火）"),
        ("2027-12-31 23:59:59", "2028-01-01 00:00:00", "1月6日（木）", "3月1日（水）"),
    ] {
        let city = TestMunicipality::at(before).await;
        city.card(1, "田中 健太").await;
        let mut browser = city.browser();
        steps::enter(&city, &mut browser, 1, steps::EMAIL).await;
        browser
            .select("受け取る場所", "本庁舎")
            .press("この場所で次へ進む")
            .await
            .press("人で次へ進む")
            .await;
        let offered = |browser: &Browser| browser.text().to_owned();
        browser.open("/calendar/list").await;
        assert!(offered(&browser).contains(gone), "{before}: {}", offered(&browser));
        let month = |day: &str| {
            let month: u8 = day.split('月').next().unwrap().parse().unwrap();
            let year: u16 = after[..4].parse().unwrap();
            format!("/calendar?month={year}-{month:02}")
        };
        browser.open(&month(come)).await;
        assert!(!links(&browser, come), "{before}: {come} is offered too early");
        city.clock.set(after);
        browser.open("/calendar/list").await;
        let first_is_gone = !offered(&browser).contains(gone) || before.starts_with("2027-12-31");
        assert!(first_is_gone, "{after}: {gone} is offered too late");
        browser.open(&month(come)).await;
        assert!(links(&browser, come), "{after}: {}", offered(&browser));
    }
}

/// Whether a link of the page says these words.
fn links(browser: &Browser, words: &str) -> bool {
    browser.page().links.iter().any(|link| link.name.contains(words))
}

#[test]
fn the_boundaries_hold_in_every_zone_of_the_host() {
    for zone in ZONES {
        let mut tests = Command::new(std::env::current_exe().unwrap());
        let run =
            tests.args(["--exact", "--test-threads", "2"]).args(BOUNDARIES).env("TZ", zone).output().unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        let all = format!("{} passed; 0 failed", BOUNDARIES.len());
        assert!(run.status.success() && said.contains(&all), "{zone}:\n{said}");
    }
}

const CLERK: Actor = Actor::Cli { uid: 0 };

/// What citizens and staff see of one file, served by the true binary on a host in a zone, and a booking made there.
async fn seen_in(zone: &str) -> Vec<String> {
    let desk = Desk::new();
    desk.add_city();
    let db = Db::open(&desk.file(), "999999", Clock::system(), Chance::seeded(1)).unwrap();
    db.write(CLERK, shape).await.unwrap();
    let notice = NoticeId::from_norm("A13000001".to_owned());
    let new = NewCard::notified(notice, "田中 健太", "", BirthDate::parse("1990-04-13").unwrap());
    db.write(CLERK, move |tx| cards::add(tx, &new)).await.unwrap();
    db.close().await;
    let server = desk.serve_with(&[("TZ", PathBuf::from(zone))]);
    let mut browser = Browser::new(far(server.citizen), "/mihon");
    browser.open("/notice#main").await;
    browser
        .fill("交付通知書の番号", "A13-000001")
        .fill("月", "4")
        .fill("日", "13")
        .press("確認して次へ進む")
        .await;
    browser.fill("メールアドレス", "taro@example.jp").press("メールを送る").await;
    let link = super::crash::link_to(&desk.path("mail"), "taro@example.jp").await;
    browser.open(&link).await.press("予約の手続きを続ける").await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await.press("人で次へ進む").await;
    let mut seen = vec![browser.text().to_owned()];
    browser.open("/calendar/list").await;
    seen.push(browser.text().to_owned());
    let first = browser.page().links.iter().find(|link| link.href.contains("day=")).unwrap().name.clone();
    browser.follow(&first).await;
    let (slot, label) = (browser.field("slot")[0].value.clone(), browser.field("slot")[0].label.clone());
    browser.tick(&label).press("この時間で次へ進む").await;
    steps::acknowledge(&mut browser).await;
    browser.press("この内容で予約する").await;
    assert_eq!(browser.path(), "/done", "{}", browser.text());
    server.stop();
    seen.push(slot);
    let reader = look_into(&desk.file());
    let booked: String = reader
        .query_row("SELECT on_day || ' ' || starts_min AS at FROM booking", [], |row| row.get("at"))
        .unwrap();
    seen.push(booked);
    let db = Db::open(&desk.file(), "999999", Clock::system(), Chance::seeded(1)).unwrap();
    let told = db.read(Lane::Staff, |tx| {
        let id = booking::by_no(
            tx,
            &tx.one("SELECT booking_no FROM booking", [], |row| row.get::<_, String>("booking_no"))?,
        )?;
        let until = booking::deadlines(tx, &id.unwrap())?;
        Ok::<_, Fault>(format!("{} {}", until.change.day(), until.change.minute()))
    });
    seen.push(told.await.unwrap());
    db.close().await;
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_true_binary_shows_the_same_days_and_books_the_same_time_in_every_zone() {
    // Midnight in Japan between two of the runs would make them differ by right; then they are made once more.
    for _ in 0..2 {
        let today = Clock::system().now().day();
        let here = seen_in("Asia/Tokyo").await;
        let mut there = Vec::new();
        for zone in ZONES {
            there.push(seen_in(zone).await);
        }
        if Clock::system().now().day() != today {
            continue;
        }
        for (zone, seen) in ZONES.iter().zip(&there) {
            assert_eq!(seen, &here, "{zone}");
        }
        return;
    }
    panic!("midnight came twice");
}
