//! The demo on days that are not like others.

use std::path::Path;

use madoguchi::base::{Chance, Minute, Moment};
use madoguchi::cli::demo::Filling;
use madoguchi::db::{Db, Lane};
use madoguchi::municipalities;

fn at(day: &str, hour: u16) -> Moment {
    Moment::at(day.parse().unwrap(), Minute::of(hour * 60 + 20))
}

async fn fill(dir: &Path, now: Moment) -> i64 {
    let chance = Chance::seeded(now.millis().unsigned_abs());
    let filling = Filling { data_dir: dir.to_owned(), now, chance: &chance, known: Vec::new() };
    filling.fill().await.unwrap_or_else(|error| panic!("{now:?}: {error}"));
    let file = municipalities::file_of(dir, "999999");
    let clock = madoguchi::base::Clock::from_fn(move || now);
    let db = Db::open(&file, "999999", clock, chance).unwrap();
    let free = db.read(Lane::Staff, |tx| {
        tx.one("SELECT count(*) AS n FROM card WHERE label = 'notified'", [], |row| row.get::<_, i64>("n"))
    });
    let free = free.await.unwrap();
    db.close().await;
    free
}

#[tokio::test]
async fn the_city_can_be_made_on_any_day_and_brought_to_any_later_one() {
    for (day, hour, later) in [("2026-12-31", 23, 1), ("2027-05-01", 0, 40), ("2028-02-29", 10, 200)] {
        let dir = tempfile::tempdir().unwrap();
        let first = fill(dir.path(), at(day, hour)).await;
        assert!(first >= 200, "{day}: {first}");
        let now = at(day, hour).plus(std::time::Duration::from_hours(24 * later));
        let free = fill(dir.path(), now).await;
        assert!(free >= 200, "{day} and {later} days: {free}");
    }
}
