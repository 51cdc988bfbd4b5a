//! The invented city of the demo lives through the product's own operations.

use std::collections::BTreeMap;

use madoguchi::accounts::{self, NewStaff, Password};
use madoguchi::base::{BirthDate, Chance, Day, Moment, NoticeId, NoticePattern};
use madoguchi::booking::{self, BookingStatus};
use madoguchi::calendar;
use madoguchi::cards::{self, NewCard};
use madoguchi::cli::demo::{Invented, Story, StoryClock, shape};
use madoguchi::db::{Actor, Db, Fault, Lane, WriteTx};
use madoguchi::municipalities;

const SYSTEM: Actor = Actor::System { job: "demo" };

fn at(text: &str) -> Moment {
    let (day, hour) = text.split_once(' ').unwrap();
    Moment::at(day.parse().unwrap(), madoguchi::base::Minute::of(hour.parse::<u16>().unwrap() * 60))
}

fn register(tx: &WriteTx<'_>, city: &Invented, count: usize) -> Result<(), cards::AddError> {
    let places: BTreeMap<String, _> =
        calendar::locations(tx)?.into_iter().map(|place| (place.code, place.id)).collect();
    for number in 0..count {
        let who = city.person(number);
        let notice = NoticeId::parse(&who.notice_id, &NoticePattern::default()).unwrap();
        let birth = BirthDate::parse(&who.birth.to_string()).unwrap();
        let card = NewCard::notified(notice, &who.name, &who.kana, birth);
        cards::add(tx, &NewCard { location: places.get(&who.place).copied(), ..card })?;
    }
    Ok(())
}

async fn clerk(db: &Db) -> Actor {
    let password = Password::hash(&"kakuni-nagai-aikotoba-1".to_owned().into(), &Chance::seeded(2)).unwrap();
    let new = NewStaff {
        user: "clerk".to_owned(),
        name: "山田 花子".to_owned(),
        role: "counter".to_owned(),
        password,
        must_change: false,
        home: None,
    };
    let id = db.write(SYSTEM, move |tx| accounts::add(tx, &new)).await.unwrap();
    Actor::Staff { id, name: "山田 花子".to_owned(), origin: "demo".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_city_lives_until_this_moment_and_leaves_people_to_book() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.db");
    let (began, now) = (at("2026-04-09 8"), at("2026-04-13 11"));
    let clock = StoryClock::at(began);
    Db::create(&path, "999999", &clock.clock(), &Chance::seeded(1), true).unwrap();
    let db = Db::open(&path, "999999", clock.clock(), Chance::seeded(1)).unwrap();
    db.write(SYSTEM, municipalities::seed).await.unwrap();
    db.write(SYSTEM, move |tx| shape(tx, &Invented::load().unwrap(), began.day())).await.unwrap();
    db.write(SYSTEM, |tx| register(tx, &Invented::load().unwrap(), 1400)).await.unwrap();

    let clerk = clerk(&db).await;
    let city = Invented::load().unwrap();
    let story = Story { city: &city, db: &db, clock: &clock, agent: clerk.clone(), clerk };
    story.tell(began.day(), now).await.unwrap();

    let today: Day = "2026-04-13".parse().unwrap();
    let boards = db.read(Lane::Staff, move |tx| {
        let places = calendar::locations(tx)?;
        places.iter().map(|place| booking::day_board(tx, place.id, today)).collect::<Result<Vec<_>, Fault>>()
    });
    let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
    for row in boards.await.unwrap().into_iter().flatten() {
        *by_status.entry(row.booking.status.code()).or_default() += 1;
    }
    for status in [BookingStatus::Confirmed, BookingStatus::CheckedIn, BookingStatus::Completed] {
        assert!(by_status.contains_key(status.code()), "{status:?} in {by_status:?}");
    }
    let bookable = db.read(Lane::Staff, |tx| {
        tx.one("SELECT count(*) AS n FROM card WHERE label = 'notified'", [], |row| row.get::<_, i64>("n"))
    });
    let bookable = bookable.await.unwrap();
    assert!(bookable >= 200, "{bookable} can be booked");
    let channels = db.read(Lane::Staff, |tx| {
        tx.all("SELECT channel, count(*) AS n FROM booking GROUP BY channel", [], |row| {
            Ok((row.get::<_, String>("channel")?, row.get::<_, i64>("n")?))
        })
    });
    let channels: BTreeMap<String, i64> = channels.await.unwrap().into_iter().collect();
    assert!(channels.len() >= 3, "{channels:?}");
}
