//! The program is killed in the middle of a storm of bookings, and everything that a citizen was told still holds.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use madoguchi::base::{BirthDate, Chance, Clock, Day, LocationId, Minute, NoticeId};
use madoguchi::booking;
use madoguchi::cards::{self, NewCard};
use madoguchi::db::{Actor, Db, Fault, Lane, ReadTx};
use rustix::process::Signal;
use tokio::sync::Semaphore;

use crate::kit::Browser;
use crate::kit::http::far;
use crate::kit::municipality::shape;
use crate::kit::program::{Desk, look_into};

const CITIZENS: u32 = 36;

/// So many press at the same moment.
const CROWD: usize = 6;

/// So many have been told "booked" when the power goes.
const TOLD: usize = 8;

const CLERK: Actor = Actor::Cli { uid: 0 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_a_storm_loses_no_acknowledged_booking_and_leaves_no_orphan_seat() {
    let desk = Desk::new();
    desk.configure("[limits]\nnetwork_failures = 100000\n");
    desk.add_city();
    let slots = prepare(&desk).await;
    let server = desk.serve();
    let walks: Vec<_> = (0..CITIZENS)
        .map(|number| walk_to_confirm(desk.path("mail"), server.citizen, number, slots.clone()))
        .map(tokio::spawn)
        .collect();
    let mut browsers = Vec::new();
    for walk in walks {
        browsers.push(walk.await.unwrap());
    }

    let told = Arc::new(AtomicUsize::new(0));
    let crowd = Arc::new(Semaphore::new(CROWD));
    let storm: Vec<_> = browsers
        .into_iter()
        .map(|browser| tokio::spawn(press(browser, Arc::clone(&crowd), Arc::clone(&told))))
        .collect();
    let patience = Instant::now() + Duration::from_secs(30);
    while told.load(Ordering::SeqCst) < TOLD && Instant::now() < patience {
        tokio::task::yield_now().await;
    }
    server.signal(Signal::KILL);
    assert_eq!(server.ended(), None, "nothing was finished in good order");
    let mut after = Vec::new();
    for citizen in storm {
        after.push(citizen.await.unwrap());
    }
    let acknowledged: Vec<bool> = after.iter().map(|(_, told)| *told).collect();
    let sum = acknowledged.iter().filter(|told| **told).count();
    assert!((TOLD..acknowledged.len()).contains(&sum), "the kill came in the middle: {sum} were told");

    // The next start finds all of it, and whoever was told nothing sends the same form again.
    let booked = booked_cards(&desk);
    let server = desk.serve();
    for (number, told) in acknowledged.iter().enumerate() {
        let there = booked.get(&u32::try_from(number).unwrap()).copied().unwrap_or(0);
        assert!(there == 1 || (!told && there == 0), "citizen {number}: told {told}, {there} bookings");
    }
    for (mut browser, was_told) in after {
        browser = browser.served_by(far(server.citizen));
        if !was_told {
            browser.press("この内容で予約する").await;
            assert_eq!((browser.status(), browser.path()), (200, "/done"), "{}", browser.text());
        }
        browser.open("/my/booking").await;
        assert!(browser.says("本庁舎"), "{}", browser.text());
    }
    server.stop();
    let booked = booked_cards(&desk);
    assert_eq!(booked.len(), usize::try_from(CITIZENS).unwrap());
    assert!(booked.values().all(|bookings| *bookings == 1), "{booked:?}");
    no_orphans(&desk).await;
}

/// Offices, cards, and the slots of a day that is far enough ahead.
pub(super) async fn prepare(desk: &Desk) -> Vec<(Day, Minute)> {
    let db = open(desk);
    let (office, _) = db.write(CLERK, shape).await.unwrap();
    for number in 0..CITIZENS {
        let notice = NoticeId::from_norm(format!("A13{number:06}"));
        let new = NewCard::notified(notice, "田中 健太", "", BirthDate::parse("1990-04-13").unwrap());
        // One person may have one booking, so everybody has a name of their own.
        let new = NewCard { name: format!("田中 健太{number}"), ..new };
        db.write(CLERK, move |tx| cards::add(tx, &new)).await.unwrap();
    }
    let slots = db.read(Lane::Staff, move |tx| first_open_day(tx, office)).await.unwrap();
    db.close().await;
    slots
}

fn first_open_day(tx: &ReadTx<'_>, office: LocationId) -> Result<Vec<(Day, Minute)>, Fault> {
    for ahead in 7..30 {
        let day = tx.today().plus(ahead);
        let loads = booking::day_load(tx, office, day)?;
        if !loads.is_empty() {
            return Ok(loads.into_iter().map(|load| (day, load.slot.starts)).collect());
        }
    }
    panic!("no open day within a month")
}

/// From the check of the notice to the last page, in a browser of their own.
pub(super) async fn walk_to_confirm(
    mails: PathBuf,
    citizen: SocketAddr,
    number: u32,
    slots: Vec<(Day, Minute)>,
) -> Browser {
    let mut browser = Browser::new(far(citizen), "/mihon");
    let address = format!("citizen{number}@example.jp");
    browser.open("/notice#main").await;
    browser.fill("交付通知書の番号", &format!("A13-{number:06}")).fill("月", "4").fill("日", "13");
    browser.press("確認して次へ進む").await;
    browser.fill("メールアドレス", &address).press("メールを送る").await;
    let link = link_to(&mails, &address).await;
    browser.open(&link).await.press("予約の手続きを続ける").await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    browser.press("人で次へ進む").await;
    let (day, starts) = slots[usize::try_from(number).unwrap() % slots.len()];
    browser.open(&format!("/calendar?month={}&day={day}", &day.to_string()[..7])).await;
    let time = format!("{}:{:02}から", starts.get() / 60, starts.get() % 60);
    browser.tick(&time).press("この時間で次へ進む").await;
    for number in 1..=5 {
        browser.tick(&format!("{number}. "));
    }
    browser.press("すべて確認しました").await;
    assert_eq!(browser.path(), "/confirm", "{}", browser.text());
    browser
}

/// Presses the last button; whether the answer was "booked".
async fn press(mut browser: Browser, crowd: Arc<Semaphore>, told: Arc<AtomicUsize>) -> (Browser, bool) {
    let _place = crowd.acquire().await.unwrap();
    let before = browser.clone();
    browser.press("この内容で予約する").await;
    if browser.path() == "/done" {
        told.fetch_add(1, Ordering::SeqCst);
        return (browser, true);
    }
    (before, false)
}

/// The link in the mail to this address, once it was written.
pub(super) async fn link_to(mails: &Path, address: &str) -> String {
    let patience = Instant::now() + Duration::from_secs(20);
    while Instant::now() < patience {
        for entry in std::fs::read_dir(mails).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "eml") {
                let text = std::fs::read_to_string(&path).unwrap();
                if text.contains(&format!("To: {address}\r\n")) {
                    return link_in(&text);
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no mail to {address}")
}

fn link_in(mail: &str) -> String {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let text = if head.contains("base64") {
        let packed: String = body.split_whitespace().collect();
        String::from_utf8(BASE64_STANDARD.decode(packed).unwrap()).unwrap()
    } else {
        body.to_owned()
    };
    let link = text.split_whitespace().find(|word| word.contains("/m/"));
    link.unwrap_or_else(|| panic!("no link in:\n{text}")).to_owned()
}

/// How many live bookings each card has, by the number of its notice.
fn booked_cards(desk: &Desk) -> HashMap<u32, u32> {
    let reader = look_into(&desk.file());
    let mut statement = reader
        .prepare(
            "SELECT notice_id_norm AS notice, COUNT(*) AS bookings
             FROM booking_member JOIN card ON card.id = card_id
             WHERE live = 1 GROUP BY card.id",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        let notice: String = row.get("notice")?;
        Ok((notice[3..].parse().unwrap(), row.get("bookings")?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Each seat that is taken belongs to a booking with its people, its event and its mail; no slot holds more than it may.
async fn no_orphans(desk: &Desk) {
    let db = open(desk);
    let counts = db.read(Lane::Staff, |tx| {
        let count = |sql: &str| tx.one(sql, [], |row| row.get::<_, i64>("n"));
        Ok::<_, Fault>([
            ("seats without people", count("SELECT COUNT(*) AS n FROM booking WHERE takes_seat = 1 AND people <> (SELECT COUNT(*) FROM booking_member WHERE booking_id = booking.id AND live = 1)")?),
            ("bookings without their event", count("SELECT COUNT(*) AS n FROM booking WHERE NOT EXISTS (SELECT 1 FROM history WHERE operation = 'booking.confirmed' AND record_kind = 'booking' AND record_id = booking.id)")?),
            ("bookings without their mail", count("SELECT COUNT(*) AS n FROM booking WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE kind = 'booking_confirmed' AND booking_id = booking.id)")?),
            ("cards that do not know their booking", count("SELECT COUNT(*) AS n FROM booking_member JOIN card ON card.id = card_id WHERE live = 1 AND card.booking_state IS NOT 'confirmed'")?),
            ("holds beside a booking", count("SELECT COUNT(*) AS n FROM hold WHERE card_id IN (SELECT card_id FROM booking_member WHERE live = 1)")?),
            ("slots over four", count("SELECT COUNT(*) AS n FROM (SELECT 1 FROM booking WHERE takes_seat = 1 GROUP BY location_id, on_day, starts_min HAVING SUM(seats) > 4)")?),
        ])
    });
    for (what, found) in counts.await.unwrap() {
        assert_eq!(found, 0, "{what}");
    }
    db.close().await;
}

fn open(desk: &Desk) -> Db {
    Db::open(&desk.file(), "999999", Clock::system(), Chance::system()).unwrap()
}
