//! A city's file with an archive, without the program around it.

use std::path::PathBuf;
use std::time::Duration;

use madoguchi::archive::{ArchiveError, Place, Shipped, Shipper, Target, newest_lineage, rebuild};
use madoguchi::base::{Chance, Clock, Moment};
use madoguchi::config::ArchiveConfig;
use madoguchi::db::{Actor, Db, DbOptions, Fault, Frames, PickUp, Upgrades, WriteTx};

use super::{dump, restored};

const CLERK: Actor = Actor::Cli { uid: 0 };

/// The file, the archive and a scratch directory.
pub struct Shop {
    pub dir: tempfile::TempDir,
    pub config: ArchiveConfig,
    pub clock: Clock,
    /// The directory of the city's file.
    pub data: PathBuf,
    /// After which the writer leaves.
    pub idle: Duration,
}

impl Shop {
    pub fn new() -> Self {
        Self::at(Clock::system())
    }

    pub fn at(clock: Clock) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        Self::of(dir, data, clock)
    }

    /// A shop whose data lie in `data`.
    pub fn of(dir: tempfile::TempDir, data: PathBuf, clock: Clock) -> Self {
        let config = ArchiveConfig {
            dir: Some(dir.path().join("archive")),
            min_free_mb: 1,
            ..ArchiveConfig::default()
        };
        std::fs::create_dir_all(&data).unwrap();
        Db::create(&data.join("app.db"), "999999", &clock, &Chance::seeded(1), false).unwrap();
        Self { dir, config, clock, data, idle: DbOptions::default().idle_stop }
    }

    pub fn file(&self) -> PathBuf {
        self.data.join("app.db")
    }

    /// A shop whose archive lies in a bucket of its own.
    pub fn in_bucket(bucket: &str, clock: Clock) -> Self {
        let mut shop = Self::at(clock);
        shop.config = ArchiveConfig { min_free_mb: 1, ..super::store::config(bucket) };
        shop
    }

    /// The city's place in the archive.
    pub fn city(&self) -> Place {
        Place::of(&self.config, "999999").unwrap()
    }

    /// The newest lineage.
    pub fn lineage(&self) -> Place {
        newest_lineage(&self.city()).unwrap().unwrap()
    }

    pub fn archive(&self) -> PathBuf {
        self.config.dir.clone().unwrap()
    }

    pub fn shipper(&self) -> Shipper {
        Shipper::of(&self.config, "999999", &self.file()).unwrap()
    }

    pub fn open(&self, upgrades: Upgrades) -> Db {
        let shipper = self.shipper();
        let pick_up = PickUp::from_fn(move |id| Frames::after(shipper.place(id)));
        let options = DbOptions {
            pick_up: Some(pick_up),
            wal_passive: 200 << 10,
            wal_restart: 600 << 10,
            idle_stop: self.idle,
            upgrades,
            ..DbOptions::default()
        };
        Db::open_with(&self.file(), "999999", self.clock.clone(), Chance::seeded(2), options).unwrap()
    }

    pub fn send(&self, db: &Db) -> Result<Option<Shipped>, ArchiveError> {
        self.shipper().ship(&db.frames().unwrap(), db.file_id(), self.clock.now())
    }

    /// Ships what waits, and says whether that was the whole file.
    pub fn ship(&self, db: &Db) -> bool {
        self.send(db).unwrap().is_some_and(|one| one.whole)
    }

    /// The stock tool and our own restore what the file holds.
    pub fn same(&self) {
        let expected = dump(&self.file());
        let stock = restored(&self.lineage(), &[], self.dir.path());
        assert!(stock == expected, "the stock tool restores something else");
        assert!(self.own(Target::Newest).unwrap().1 == expected, "our own restores something else");
    }

    /// What our own restores: the number and moment of the last commit, and the text of the database.
    pub fn own(&self, target: Target) -> Result<((u64, Moment), String), ArchiveError> {
        let own = self.dir.path().join("own.db");
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(self.dir.path().join(format!("own.db{end}")));
        }
        let last = rebuild(&self.city(), target, &own)?;
        Ok((last, dump(&own)))
    }
}

pub fn put(tx: &WriteTx<'_>, key: u64, bytes: usize) -> Result<(), Fault> {
    let value = hex::encode(tx.chance().bytes::<16>()).repeat(bytes / 32 + 1);
    tx.run(
        "INSERT OR REPLACE INTO city_text (key, language, value, updated_at) VALUES (?, 'ja', ?, 0)",
        (key.to_string(), value),
    )?;
    Ok(())
}

/// Something that is committed: 0 a row of this key, 60 a large one, from 75 on rows go, from 95 on the file shrinks.
pub async fn act(db: &Db, what: u64, key: u64) {
    let done = db.write(CLERK, move |tx| match what {
        0..55 => put(tx, key, 700),
        55..75 => put(tx, key, 60_000),
        75..90 => tx
            .run(
                "DELETE FROM city_text WHERE CAST(key AS INTEGER) % 7 = ?",
                [i64::try_from(key % 7).unwrap()],
            )
            .map(|_| ()),
        90..95 => tx.run("DELETE FROM city_text", []).map(|_| ()),
        _ => tx.all("PRAGMA incremental_vacuum(1000)", [], |_| Ok(())).map(|_| ()),
    });
    done.await.unwrap();
}

/// The files of a level.
pub fn level(lineage: &Place, level: u8) -> Vec<madoguchi::archive::Listed> {
    madoguchi::archive::levels(lineage, level).unwrap()
}
