//! A directory that is away, full, or another one: bookings go on, nothing is left out, and what cannot be kept is begun anew.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use madoguchi::archive::{ArchiveError, Target, newest_lineage};
use madoguchi::base::Clock;
use madoguchi::db::{Actor, Db, Fault, Upgrades};

use super::shop::{Shop, act, put};
use super::{dump, lineage};

/// A file system of a few megabytes, gone with this value. Only the superuser may have one.
struct Small(PathBuf);

impl Small {
    #[expect(clippy::print_stdout, reason = "says what was not tried")]
    fn of(dir: &Path, megabytes: u32) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            println!("not tried: a full disk needs a file system of its own, which only root may mount");
            return None;
        }
        std::fs::create_dir_all(dir).unwrap();
        let size = format!("size={megabytes}m,mode=700");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "small"]).arg(dir).output().unwrap();
        if !mounted.status.success() {
            println!("not tried: a full disk needs a file system of its own, and this machine mounts none");
            return None;
        }
        Some(Self(dir.to_owned()))
    }

    fn enlarge(&self, megabytes: u32) {
        let size = format!("remount,size={megabytes}m");
        assert!(Command::new("mount").args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Writes until nothing more can be written.
fn fill(path: &Path) {
    let mut file = std::fs::File::create(path).unwrap();
    for block in [64 << 10, 1 << 10] {
        while file.write_all(&vec![1; block]).is_ok() {}
    }
}

#[tokio::test]
async fn a_directory_that_is_away_loses_nothing() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    shop.ship(&db);
    let (archive, away) = (shop.archive(), shop.dir.path().join("away"));
    std::fs::rename(&archive, &away).unwrap();
    std::fs::write(&archive, "no directory").unwrap();
    act(&db, 0, 2).await;
    assert!(shop.send(&db).is_err());
    assert!(db.frames().unwrap().backlog().is_some(), "it waits");
    let under_way = db.frames().unwrap().take().unwrap();
    assert!(
        db.frames().unwrap().backlog().is_some(),
        "what is under way has not arrived: a disk may hang for hours"
    );
    db.frames().unwrap().give_back(under_way);
    act(&db, 60, 3).await;
    assert!(shop.send(&db).is_err());
    std::fs::remove_file(&archive).unwrap();
    std::fs::rename(&away, &archive).unwrap();
    act(&db, 0, 4).await;
    assert!(!shop.ship(&db), "what waited is enough");
    assert!(db.frames().unwrap().backlog().is_none());
    shop.same();
}

#[tokio::test]
async fn an_empty_directory_in_its_place_gets_a_lineage_and_the_first_one_goes_on_without_a_hole_when_it_comes_back()
 {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    shop.ship(&db);
    let (archive, away) = (shop.archive(), shop.dir.path().join("away"));
    // A share that is not mounted looks like this.
    std::fs::rename(&archive, &away).unwrap();
    act(&db, 0, 2).await;
    assert!(shop.ship(&db), "nothing is there, so the whole file is shipped");
    shop.same();
    std::fs::remove_dir_all(&archive).unwrap();
    std::fs::rename(&away, &archive).unwrap();
    act(&db, 0, 3).await;
    assert!(shop.ship(&db), "pages of the second commit are not in this one");
    shop.same();
}

#[tokio::test]
async fn below_the_room_that_must_be_left_what_waits_is_dropped_and_a_new_lineage_is_begun() {
    let mut shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    shop.ship(&db);
    let first = lineage(&shop.archive());
    let then = dump(&shop.file());
    shop.config.min_free_mb = 1 << 40;
    act(&db, 60, 4).await;
    let full = shop.send(&db).unwrap_err();
    assert!(matches!(full, ArchiveError::NoRoom { .. }), "{full}");
    assert!(full.to_string().contains("archive.min_free_mb"), "{full}");
    assert!(full.sentence().contains("空けるか広げると"), "{}", full.sentence());
    assert!(shop.send(&db).is_err(), "it goes on failing while nothing is committed");
    assert!(db.frames().unwrap().backlog().is_some_and(|(_, bytes)| bytes == 0), "no memory is held for it");
    shop.config.min_free_mb = 1;
    act(&db, 0, 5).await;
    assert!(shop.ship(&db));
    let second = lineage(&shop.archive());
    assert_ne!(first, second);
    act(&db, 0, 6).await;
    assert!(!shop.ship(&db));
    shop.same();
    // What lies before the new lineage is still found in the one before.
    let number = madoguchi::archive::levels(&first, 9).unwrap()[0].last;
    let ((found, _), text) = shop.own(Target::Commit(number)).unwrap();
    assert!(found == number && text == then);
}

#[tokio::test]
async fn a_full_disk_of_the_archive_holds_no_write_up_and_all_of_it_is_shipped_once_there_is_room() {
    let mut shop = Shop::new();
    let Some(small) = Small::of(&shop.archive(), 8) else { return };
    shop.config.min_free_mb = 0;
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    shop.ship(&db);
    let filler = shop.archive().join("filler");
    fill(&filler);
    act(&db, 60, 2).await;
    let full = shop.send(&db).unwrap_err();
    assert!(matches!(full, ArchiveError::Io { .. }), "{full}");
    for key in 1000..1020 {
        act(&db, 60, key).await;
        assert!(shop.send(&db).is_err());
    }
    std::fs::remove_file(&filler).unwrap();
    assert!(!shop.ship(&db), "what waited is enough");
    shop.same();
    let lineage = newest_lineage(&shop.city()).unwrap().unwrap();
    let half = std::fs::read_dir(lineage.shown().join("ltx/0")).unwrap();
    let half = half.filter(|one| one.as_ref().unwrap().file_name().to_string_lossy().ends_with(".tmp"));
    assert_eq!(half.count(), 0, "nothing half lies about");
    drop(db);
    drop(small);
}

#[tokio::test]
async fn a_full_disk_of_the_data_refuses_writes_and_the_archive_holds_each_that_was_taken() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let Some(small) = Small::of(&data, 6) else { return };
    let shop = Shop::of(dir, data, Clock::system());
    let db = shop.open(Upgrades::default());
    let mut taken = Vec::new();
    for key in 0..400 {
        if write(&db, key).await {
            taken.push(key);
        } else {
            break;
        }
        if key % 3 == 0 {
            shop.ship(&db);
        }
    }
    assert!(taken.len() < 400, "six megabytes are full before");
    for key in 1000..1010 {
        if write(&db, key).await {
            taken.push(key);
        }
        shop.ship(&db);
    }
    small.enlarge(64);
    for key in 2000..2010 {
        assert!(write(&db, key).await);
        taken.push(key);
    }
    shop.ship(&db);
    shop.same();
    let text = shop.own(Target::Newest).unwrap().1;
    for key in taken {
        assert!(text.contains(&format!("INSERT INTO city_text VALUES('{key}',")), "{key}");
    }
    drop(db);
    drop(small);
}

async fn write(db: &Db, key: u64) -> bool {
    db.write::<_, Fault>(Actor::Cli { uid: 0 }, move |tx| put(tx, key, 60_000)).await.is_ok()
}
