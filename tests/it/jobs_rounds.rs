//! What the program does by itself: nobody came, what is over goes, and letters leave soon after the commit.

use std::time::{Duration, Instant};

use madoguchi::app::App;
use madoguchi::base::{Chance, Email};
use madoguchi::config::MailTransport;
use madoguchi::db::{Actor, Lane};
use madoguchi::jobs::{mark_no_show, sweep};
use madoguchi::mail::{self, Letter, Post};

use crate::citizen::steps::{EMAIL, book, enter};
use crate::kit::TestMunicipality;
use crate::kit::house::House;
use crate::kit::post_box::PostBox;

const CLERK: Actor = Actor::Cli { uid: 0 };

async fn booked() -> TestMunicipality {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    book(&city, &mut city.browser(), 1, EMAIL).await;
    city.letter(EMAIL).await;
    city
}

async fn count(city: &TestMunicipality, sql: &'static str) -> i64 {
    let counted = city.city.db.read(Lane::Staff, move |tx| tx.one(sql, [], |row| row.get("n")));
    counted.await.unwrap_or_else(|fault: madoguchi::db::Fault| panic!("{fault}"))
}

#[tokio::test]
async fn a_booking_is_marked_an_hour_after_its_end_when_nobody_came_and_not_before() {
    let city = booked().await;
    let marked = "SELECT COUNT(*) AS n FROM booking WHERE status = 'no_show'";
    let at_eleven = mark_no_show(&city.city).await.unwrap().unwrap();
    city.clock.set("2026-04-13 10:59");
    assert_eq!(mark_no_show(&city.city).await.unwrap(), Some(at_eleven));
    assert_eq!(count(&city, marked).await, 0);
    city.clock.set("2026-04-13 11:00");
    assert_eq!(city.clock.clock().now(), at_eleven);
    assert_eq!(mark_no_show(&city.city).await.unwrap(), None);
    assert_eq!(count(&city, marked).await, 1);
    let told =
        "SELECT COUNT(*) AS n FROM history WHERE operation = 'booking.no_show' AND actor = 'mark_no_show'";
    assert_eq!(count(&city, told).await, 1);
}

#[tokio::test]
async fn the_time_after_which_nobody_is_waited_for_is_the_citys() {
    let city = booked().await;
    let change = madoguchi::settings::Change { key: "no_show.after_minutes".to_owned(), value: 0.into() };
    city.write(move |tx| madoguchi::settings::set(tx, &change)).await;
    city.clock.set("2026-04-13 10:00");
    assert_eq!(mark_no_show(&city.city).await.unwrap(), None);
    assert_eq!(count(&city, "SELECT COUNT(*) AS n FROM booking WHERE status = 'no_show'").await, 1);
}

#[tokio::test]
async fn what_is_over_goes_and_what_lives_stays() {
    let mut city = booked().await;
    city.mail_may_stay();
    city.card(2, "佐藤 恵").await;
    let rows = |table: &str| -> &'static str {
        match table {
            "hold" => "SELECT COUNT(*) AS n FROM hold",
            "session" => "SELECT COUNT(*) AS n FROM citizen_session",
            _ => "SELECT COUNT(*) AS n FROM once",
        }
    };
    city.clock.set("2026-04-07 08:00");
    enter(&city, &mut city.browser(), 2, "megumi@example.jp").await;
    assert_eq!(count(&city, rows("session")).await, 2);

    // The first session ended for good at nine, the second one lives until tomorrow.
    city.clock.set("2026-04-07 10:30");
    let next = sweep(&city.city).await.unwrap().unwrap();
    assert!(next > city.clock.clock().now());
    assert_eq!(count(&city, rows("session")).await, 1);
    assert_eq!(count(&city, rows("once")).await, 1, "a form may still be sent again");

    city.clock.set("2026-04-20 09:00");
    assert_eq!(sweep(&city.city).await.unwrap(), None, "nothing is left to sweep");
    for table in ["hold", "session", "once"] {
        assert_eq!(count(&city, rows(table)).await, 0, "{table}");
    }
    assert_eq!(count(&city, "SELECT COUNT(*) AS n FROM booking").await, 1, "bookings stay");
}

#[tokio::test]
async fn a_letter_leaves_the_running_program_soon_after_its_commit() {
    let mut house = House::at("2026-04-13 09:42").await;
    let post_box = PostBox::open(&[]).await;
    house.config.mail.transport = MailTransport::Smtp;
    house.config.mail.host = post_box.address.ip().to_string();
    house.config.mail.port = post_box.address.port();
    let app = App::start(&house.config, &house.clock.clock(), &Chance::seeded(3)).unwrap();
    let profile = app.registry().profiles()[0].clone();
    let city = app.registry().open(&profile).await.unwrap();
    for number in 1..=3 {
        let queued = city.db.write(CLERK, move |tx| {
            let to = Email::parse("taro@example.jp").unwrap();
            let dedup = format!("letter {number}");
            let letter = Letter::NotReady;
            let post = Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup };
            mail::enqueue(tx, &post)
        });
        queued.await.unwrap();
        let patience = Instant::now() + Duration::from_secs(20);
        while post_box.arrived().len() < number {
            assert!(Instant::now() < patience, "letter {number} does not arrive");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    app.stop().await;
    assert_eq!(post_box.arrived().len(), 3);
}

#[tokio::test]
async fn after_a_start_a_city_is_opened_when_it_has_something_to_do_and_not_before() {
    let mut house = House::at("2026-04-13 09:42").await;
    house.config.mail.transport = MailTransport::File;
    house.config.mail.dir = house.dir.path().join("mail");
    let idle = App::start(&house.config, &house.clock.clock(), &Chance::seeded(3)).unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(idle.registry().opened().is_empty(), "nobody asked and nothing is due");
    idle.stop().await;

    let city = house.city().await;
    let queued = city.db.write(CLERK, |tx| {
        let to = Email::parse("taro@example.jp").unwrap();
        let dedup = "one".to_owned();
        let post =
            Post { to: &to, language: "ja", letter: &Letter::NotReady, booking: None, card: None, dedup };
        mail::enqueue(tx, &post)
    });
    queued.await.unwrap();
    house.registry.close().await;
    let app = App::start(&house.config, &house.clock.clock(), &Chance::seeded(3)).unwrap();
    let written = || std::fs::read_dir(&house.config.mail.dir).map_or(0, Iterator::count);
    let patience = Instant::now() + Duration::from_secs(20);
    while written() == 0 {
        assert!(Instant::now() < patience, "what waited before the start is not sent");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    app.stop().await;
}
