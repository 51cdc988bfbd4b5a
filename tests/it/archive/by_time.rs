//! Weeks of use: small files become larger ones, what is over goes, and every moment that is promised can be gone back to.

use std::time::Duration;

use madoguchi::archive::{Shipper, Target};
use madoguchi::base::{Day, Minute, Moment};
use madoguchi::db::{Db, Upgrades};

use super::shop::{Shop, act, level};
use super::{dump, restored};
use crate::kit::StoppedClock;

/// The last day of the weeks, and how many days before it they begin.
const LAST: &str = "2026-05-20";
const DAYS: i32 = 40;

/// Of each commit: number, moment, and the text of the database after it.
type States = Vec<(u64, Moment, String)>;

async fn commit(shop: &Shop, clock: &StoppedClock, db: &Db, shipper: &Shipper, states: &mut States) {
    let key = states.len() as u64;
    act(db, 0, key % 50).await;
    let now = clock.clock().now();
    let done = shipper.ship(&db.frames().unwrap(), db.file_id(), now).unwrap().unwrap();
    states.push((done.commit_no, now, dump(&shop.file())));
}

fn night(clock: &StoppedClock, db: &Db, shipper: &Shipper) {
    let image = shipper.picture().unwrap();
    assert!(shipper.keep(&image, db.file_id()).unwrap());
    shipper.tidy(db.file_id(), clock.clock().now()).unwrap();
}

/// Three commits by day, one at the last second, a whole file at one in the morning.
async fn weeks(shop: &Shop, clock: &StoppedClock, db: &Db, shipper: &Shipper) -> States {
    let mut states = States::new();
    let last: Day = LAST.parse().unwrap();
    for back in (0..DAYS).rev() {
        let day = last.minus(back);
        clock.set(&format!("{day} 01:00"));
        if !states.is_empty() {
            night(clock, db, shipper);
        }
        for time in ["09:00:01", "09:03:00", "10:30:00", "23:59:59"] {
            clock.set(&format!("{day} {time}"));
            commit(shop, clock, db, shipper, &mut states).await;
        }
    }
    states
}

/// What the database was at a moment.
fn then(states: &States, at: Moment) -> &str {
    states.iter().rev().find(|(_, made, _)| *made <= at).map(|(_, _, text)| text.as_str()).unwrap()
}

#[tokio::test]
async fn after_weeks_each_promised_moment_is_restored_and_what_is_over_is_gone() {
    let clock = StoppedClock::at("2026-04-10 08:00");
    after_weeks(Shop::at(clock.clock()), clock).await;
}

/// The same in a directory and in a bucket.
pub async fn after_weeks(shop: Shop, clock: StoppedClock) {
    let (db, shipper) = (shop.open(Upgrades::default()), shop.shipper());
    let states = weeks(&shop, &clock, &db, &shipper).await;
    clock.set("2026-05-21 00:01:00");
    shipper.tidy(db.file_id(), clock.clock().now()).unwrap();
    let now = clock.clock().now();
    let lineage = shop.lineage();

    let whole = level(&lineage, 9);
    assert!((10..=13).contains(&whole.len()), "a week of them, and one a week before: {}", whole.len());
    let seconds = level(&lineage, 0);
    assert_eq!(seconds.len(), 4, "those of a day: {seconds:?}");
    assert!(level(&lineage, 1).len() < 4 * 8 && !level(&lineage, 1).is_empty());

    let last: Day = LAST.parse().unwrap();
    for back in 0..30 {
        let day = last.minus(back);
        let end = Moment::at(day, Minute::of(1439)).plus(Duration::from_secs(59));
        let ((_, at), text) = shop.own(Target::At(end)).unwrap();
        assert!(at == end && text == then(&states, end), "{day} 23:59:59");
        let start = Moment::at(day, Minute::of(0));
        let ((_, at), text) = shop.own(Target::At(start)).unwrap();
        assert!(at < start && text == then(&states, start), "{day} 00:00:00");
    }
    for (number, at, text) in states.iter().rev().take(4) {
        assert!(now.since(*at) < Duration::from_hours(24));
        assert!(shop.own(Target::Commit(*number)).unwrap().1 == *text, "each of the last day");
        assert!(restored(&lineage, &["-txid", &format!("{number:016x}")], shop.dir.path()) == *text);
    }
    // In a bucket the stock tool goes no further back than the store's own clock says that there is something.
    let by_moment: &[i32] = if shop.config.dir.is_some() { &[1, 6, 12, 25] } else { &[] };
    for back in by_moment {
        let noon = Moment::at(last.minus(*back), Minute::of(720));
        let moment = jiff::Timestamp::from_millisecond(noon.millis()).unwrap().to_string();
        let stock = restored(&lineage, &["-timestamp", &moment], shop.dir.path());
        assert!(stock == then(&states, noon), "the stock tool, {back} days ago");
    }
    assert!(shop.own(Target::At(states[0].1)).is_err(), "that is longer ago than anything is kept");
    shop.same();
}

#[tokio::test]
async fn a_busy_hour_becomes_one_file_and_each_second_of_it_stays() {
    let clock = StoppedClock::at("2026-04-13 09:00:00");
    let shop = Shop::at(clock.clock());
    let (db, shipper) = (shop.open(Upgrades::default()), shop.shipper());
    let mut states = States::new();
    for step in 0..260_u64 {
        clock.pass(Duration::from_secs(if step < 120 { 1 } else { 20 }));
        commit(&shop, &clock, &db, &shipper, &mut states).await;
        if step % 20 == 0 {
            shipper.tidy(db.file_id(), clock.clock().now()).unwrap();
        }
    }
    clock.set("2026-04-13 11:00:30");
    shipper.tidy(db.file_id(), clock.clock().now()).unwrap();
    let lineage = shop.lineage();
    assert_eq!(level(&lineage, 0).len(), 259, "nothing is thrown away yet");
    let minutes = level(&lineage, 1);
    assert!(minutes.windows(2).all(|two| two[0].last + 1 == two[1].first), "{minutes:?}");
    assert_eq!(level(&lineage, 2).len(), 1, "one hour");
    shop.same();
    let (number, _, text) = &states[130];
    assert!(shop.own(Target::Commit(*number)).unwrap().1 == *text);
    // The next day the seconds are gone, and both tools go by the larger files.
    clock.set("2026-04-14 12:00:00");
    shipper.tidy(db.file_id(), clock.clock().now()).unwrap();
    assert_eq!(level(&lineage, 0).len(), 0);
    shop.same();
    let half =
        Moment::at("2026-04-13".parse().unwrap(), Minute::of(9 * 60 + 29)).plus(Duration::from_secs(59));
    assert!(
        shop.own(Target::At(half)).unwrap().1 == then(&states, half),
        "a step of five minutes ends there"
    );
    commit(&shop, &clock, &db, &shipper, &mut states).await;
    shop.same();
}
