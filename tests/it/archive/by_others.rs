//! Other programs at the city's file: what they write is in the archive too, and looking costs nothing.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use madoguchi::archive::{ArchiveError, Target};
use madoguchi::db::{Db, Upgrades};

use super::shop::{Shop, act, level};
use super::{lineage, restored};

/// What an administrator types at night.
fn stock(file: &Path, sql: &str) {
    let ran = Command::new("sqlite3").args(["-cmd", ".timeout 10000"]).arg(file).arg(sql).output().unwrap();
    assert!(ran.status.success(), "{sql}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// Waits until nobody of this process has the file open.
async fn gone(db: &Db) {
    let patience = Instant::now() + Duration::from_secs(20);
    while db.is_writer_running() {
        assert!(Instant::now() < patience, "the writer does not leave");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const MORE: &str =
    "INSERT OR REPLACE INTO city_text (key, language, value, updated_at) VALUES ('x', 'ja', 'x', 0)";

#[tokio::test]
async fn what_a_stock_sqlite3_writes_beside_the_writer_is_shipped_with_the_next_commit() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    // The log has begun anew before: its beginning, with all of the schema, is long.
    for key in 0..3 {
        act(&db, 0, key).await;
    }
    shop.ship(&db);
    stock(&shop.file(), MORE);
    assert!(shop.send(&db).unwrap().is_none(), "it has no number yet");
    act(&db, 0, 2).await;
    assert!(!shop.ship(&db), "its pages were in the log");
    shop.same();
}

#[tokio::test]
async fn a_vacuum_by_a_stock_sqlite3_makes_the_whole_file_due_or_its_pages_are_shipped() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    for key in 0..60 {
        act(&db, 60, key).await;
    }
    shop.ship(&db);
    act(&db, 80, 3).await;
    // Twice: the second one writes over the log of the first.
    for _ in 0..2 {
        stock(&shop.file(), "VACUUM");
        stock(&shop.file(), MORE);
    }
    act(&db, 0, 2).await;
    shop.ship(&db);
    shop.same();
    act(&db, 60, 4).await;
    assert!(!shop.ship(&db), "then it goes on by pages");
    shop.same();
}

#[tokio::test]
async fn a_log_that_went_away_while_nobody_had_the_file_open_makes_the_whole_file_due() {
    let mut shop = Shop::new();
    shop.idle = Duration::from_millis(50);
    let db = shop.open(Upgrades::default());
    act(&db, 60, 1).await;
    shop.ship(&db);
    gone(&db).await;
    act(&db, 0, 2).await;
    assert!(!shop.ship(&db), "the log lies where it was");
    gone(&db).await;
    stock(&shop.file(), MORE);
    assert!(!shop.data.join("app.db-wal").exists(), "whoever leaves last takes the log away");
    assert!(shop.send(&db).unwrap().is_none(), "an idle city is not copied for it");
    act(&db, 0, 3).await;
    assert!(shop.ship(&db), "somebody may have written");
    shop.same();
}

#[tokio::test]
async fn a_write_while_the_program_is_stopped_makes_the_whole_file_due() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 60, 1).await;
    shop.ship(&db);
    act(&db, 60, 2).await;
    shop.ship(&db);
    db.close().await;
    drop(db);
    stock(&shop.file(), MORE);
    let db = shop.open(Upgrades::default());
    db.wake_writer().await;
    act(&db, 0, 3).await;
    assert!(shop.ship(&db));
    shop.same();
}

#[tokio::test]
async fn a_file_that_is_missing_or_damaged_in_the_middle_is_told_and_no_older_state_is_given_for_it() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    for key in 0..4 {
        act(&db, 0, key).await;
        shop.ship(&db);
    }
    let files = level(&lineage(&shop.archive()), 0);
    let whole = std::fs::read(files[1].place.shown()).unwrap();
    std::fs::remove_file(files[1].place.shown()).unwrap();
    let wrong = shop.own(Target::Newest).unwrap_err();
    assert!(matches!(wrong, ArchiveError::Hole { reached, .. } if reached == files[0].last), "{wrong}");
    let before = shop.own(Target::Commit(files[0].last)).unwrap();
    assert_eq!(before.0.0, files[0].last, "what lies before can still be had");
    let late = shop.own(Target::Commit(files[2].last + 100)).unwrap_err();
    assert!(matches!(late, ArchiveError::Hole { .. }), "{late}");
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(files[1].place.shown(), &damaged).unwrap();
    assert!(matches!(shop.own(Target::Newest).unwrap_err(), ArchiveError::Io { .. }));
    std::fs::write(files[1].place.shown(), &whole).unwrap();
    let late = shop.own(Target::Commit(files[2].last + 100)).unwrap_err();
    assert!(matches!(late, ArchiveError::TooLate { .. }), "{late}");
    restored(&lineage(&shop.archive()), &[], shop.dir.path());
    shop.same();
}
