//! Growth, shrinking, blobs, checkpoints in between, an upgrade, a directory that is away or full: the archive stays whole.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use madoguchi::archive::{Shipper, Target, rebuild};
use madoguchi::base::{Chance, Clock};
use madoguchi::config::ArchiveConfig;
use madoguchi::db::{Actor, Db, DbOptions, Fault, Frames, PickUp, Step, Upgrades, WriteTx};

use super::{dump, lineage, restored};

const CLERK: Actor = Actor::Cli { uid: 0 };

struct Shop {
    dir: tempfile::TempDir,
    config: ArchiveConfig,
}

impl Shop {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = ArchiveConfig {
            dir: Some(dir.path().join("archive")),
            min_free_mb: 1,
            ..ArchiveConfig::default()
        };
        Db::create(&dir.path().join("app.db"), "999999", &Clock::system(), &Chance::seeded(1), false)
            .unwrap();
        Self { dir, config }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("app.db")
    }

    fn shipper(&self) -> Shipper {
        Shipper::of(&self.config, "999999", &self.file()).unwrap()
    }

    fn open(&self, upgrades: Upgrades) -> Db {
        let shipper = self.shipper();
        let pick_up = PickUp::from_fn(move |id| Frames::after(shipper.place(id)));
        let options = DbOptions {
            pick_up: Some(pick_up),
            wal_passive: 200 << 10,
            wal_restart: 600 << 10,
            upgrades,
            ..DbOptions::default()
        };
        Db::open_with(&self.file(), "999999", Clock::system(), Chance::seeded(2), options).unwrap()
    }

    fn ship(&self, db: &Db) -> bool {
        let shipped = self.shipper().ship(&db.frames().unwrap(), db.file_id(), Clock::system().now());
        shipped.unwrap().is_some_and(|one| one.whole)
    }

    fn same(&self) {
        let archive = self.config.dir.clone().unwrap();
        let expected = dump(&self.file());
        assert!(
            restored(&lineage(&archive), &[], self.dir.path()) == expected,
            "the stock tool restores something else"
        );
        let own = self.dir.path().join("own.db");
        let _ = std::fs::remove_file(&own);
        rebuild(&archive.join("999999"), Target::Newest, &own).unwrap();
        assert!(dump(&own) == expected, "our own restores something else");
    }
}

fn put(tx: &WriteTx<'_>, key: u64, bytes: usize) -> Result<(), Fault> {
    let value = hex::encode(tx.chance().bytes::<16>()).repeat(bytes / 32 + 1);
    tx.run(
        "INSERT OR REPLACE INTO city_text (key, language, value, updated_at) VALUES (?, 'ja', ?, 0)",
        (key.to_string(), value),
    )?;
    Ok(())
}

async fn act(db: &Db, what: u64, key: u64) {
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

#[tokio::test]
async fn whatever_is_written_between_checkpoints_is_restored_page_by_page() {
    let shop = Shop::new();
    let chance = Chance::seeded(5);
    let db = shop.open(Upgrades::default());
    for step in 0..400 {
        act(&db, chance.below(100), chance.below(200)).await;
        if chance.below(5) == 0 {
            shop.ship(&db);
        }
        if step % 100 == 99 {
            shop.ship(&db);
            shop.same();
        }
    }
    db.close().await;
    shop.ship(&db);
    shop.same();
}

#[tokio::test]
async fn what_was_committed_and_not_shipped_is_shipped_after_the_next_start_as_pages_alone() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    assert!(shop.ship(&db), "the first one is the whole file");
    act(&db, 0, 2).await;
    assert!(!shop.ship(&db));
    act(&db, 60, 3).await;
    db.close().await;
    drop(db);
    let db = shop.open(Upgrades::default());
    db.wake_writer().await;
    assert!(!shop.ship(&db), "the log still held it");
    shop.same();
}

#[tokio::test]
async fn an_upgrade_of_the_schema_is_shipped_like_any_commit() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    shop.ship(&db);
    act(&db, 0, 2).await;
    shop.ship(&db);
    db.close().await;
    drop(db);
    let step = Step {
        name: Cow::Borrowed("0002_more"),
        sql: Cow::Borrowed("CREATE TABLE more (a TEXT) STRICT; INSERT INTO more VALUES ('x');"),
    };
    let db = shop.open(Upgrades::of(vec![step]));
    act(&db, 0, 3).await;
    assert!(!shop.ship(&db));
    shop.same();
    assert!(dump(&shop.file()).contains("CREATE TABLE more"));
}

#[tokio::test]
async fn a_directory_that_is_away_loses_nothing_and_one_that_is_full_begins_again_with_the_whole_file() {
    let mut shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    shop.ship(&db);
    let (archive, away) = (shop.dir.path().join("archive"), shop.dir.path().join("away"));
    std::fs::rename(&archive, &away).unwrap();
    std::fs::write(&archive, "no directory").unwrap();
    act(&db, 0, 2).await;
    let send = |shop: &Shop| shop.shipper().ship(&db.frames().unwrap(), db.file_id(), Clock::system().now());
    assert!(send(&shop).is_err());
    std::fs::remove_file(&archive).unwrap();
    std::fs::rename(&away, &archive).unwrap();
    act(&db, 0, 3).await;
    shop.ship(&db);
    shop.same();

    shop.config.min_free_mb = 1 << 40;
    act(&db, 60, 4).await;
    let full = send(&shop).unwrap_err().to_string();
    assert!(full.contains("archive.min_free_mb"), "{full}");
    shop.config.min_free_mb = 1;
    act(&db, 0, 5).await;
    assert!(send(&shop).unwrap().unwrap().whole);
    act(&db, 0, 6).await;
    shop.ship(&db);
    shop.same();
    assert!(Path::new(&archive).join("999999/LATEST").exists());
}
