//! A municipality in a temporary directory, with a stopped clock and seeded chance.

use madoguchi::base::Chance;
use madoguchi::db::{Actor, Db, DbOptions};

use super::StoppedClock;

/// The code of the invented city 見本市.
pub const CODE: &str = "999999";

/// An open file of its own, gone when dropped.
#[derive(Debug)]
pub struct TestFile {
    /// The open database.
    pub db: Db,
    /// The clock that it reads.
    pub clock: StoppedClock,
    /// Where it lies.
    pub dir: tempfile::TempDir,
}

impl TestFile {
    /// A new, empty file at this time in Japan (`2026-04-13 09:42`).
    pub fn at(time: &str) -> Self {
        Self::served(time, DbOptions::default())
    }

    /// The same, served in another way.
    pub fn served(time: &str, options: DbOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.db");
        let clock = StoppedClock::at(time);
        let chance = Chance::seeded(1);
        Db::create(&path, CODE, &clock.clock(), &chance, false).unwrap();
        let db = Db::open_with(&path, CODE, clock.clock(), chance, options).unwrap();
        Self { db, clock, dir }
    }
}

/// A citizen somewhere on the internet.
pub fn citizen() -> Actor {
    Actor::Citizen { origin: "192.0.2.1".to_owned() }
}

#[tokio::test]
async fn what_is_written_can_be_read() {
    let file = TestFile::at("2026-04-13 09:42");
    let written = file.db.write(citizen(), |tx| {
        tx.run("INSERT INTO procedure (code, name) VALUES ('issuance', 'カードの受け取り')", [])
    });
    assert_eq!(written.await.unwrap(), 1);
    let names = file.db.read(madoguchi::db::Lane::Citizen, |tx| {
        tx.all("SELECT name FROM procedure", [], |row| row.get::<_, String>("name"))
    });
    assert_eq!(names.await.unwrap(), ["カードの受け取り"]);
    assert!(file.dir.path().join("app.db").exists());
    file.clock.set("2026-04-13 09:43");
}
