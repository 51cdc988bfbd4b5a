//! A stock `sqlite3` beside the running program: it may look, and nothing is lost by it.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use madoguchi::base::Chance;
use madoguchi::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};

use crate::kit::city::{CODE, TestFile};

const SYSTEM: Actor = Actor::System { job: "test" };

fn insert(tx: &WriteTx<'_>, number: usize) -> Result<(), Fault> {
    tx.run("INSERT INTO role (code, name) VALUES (?, 'x')", [format!("p{number}")]).map(|_| ())
}

fn seen(tx: &ReadTx<'_>) -> Result<u64, Fault> {
    tx.commit_no()
}

fn path(file: &TestFile) -> PathBuf {
    file.dir.path().join("app.db")
}

/// Runs the shell of the distribution on the file, as an administrator does at night.
fn stock(file: &TestFile) -> String {
    let ran = Command::new("sqlite3").arg(path(file)).arg("SELECT count(*) FROM role").output();
    let ran = ran.unwrap_or_else(|error| panic!("sqlite3 is needed, the Debian package sqlite3: {error}"));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

/// The log's inode; `None` when there is no log any more.
fn log(file: &TestFile) -> Option<u64> {
    std::fs::metadata(file.dir.path().join("app.db-wal")).ok().map(|meta| meta.ino())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_sqlite3_in_a_loop_beside_a_storm_costs_no_write() {
    let file = Arc::new(TestFile::at("2026-04-13 09:42"));
    file.db.write(SYSTEM, |tx| insert(tx, 0)).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (looked, done) = (Arc::clone(&file), Arc::clone(&stop));
    let looking = tokio::task::spawn_blocking(move || {
        let mut looks = 0;
        while !done.load(Ordering::SeqCst) || looks < 5 {
            stock(&looked);
            looks += 1;
        }
        looks
    });
    let before = log(&file).unwrap();
    for round in 0..40 {
        let jobs: Vec<_> = (0..25)
            .map(|number| {
                let db = file.db.clone();
                tokio::spawn(
                    async move { db.write(SYSTEM, move |tx| insert(tx, 1 + round * 25 + number)).await },
                )
            })
            .collect();
        for job in jobs {
            job.await.unwrap().unwrap();
        }
        file.db.read(Lane::Citizen, seen).await.unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    assert!(looking.await.unwrap() >= 5);
    assert_eq!(log(&file), Some(before), "the live log is the one that it was");
    assert_eq!(stock(&file), "1001");

    file.db.close().await;
    let again = Db::open(&path(&file), CODE, file.clock.clock(), Chance::seeded(2)).unwrap();
    let count =
        again.write(SYSTEM, |tx| tx.one("SELECT count(*) AS n FROM role", [], |row| row.get::<_, i64>("n")));
    assert_eq!(count.await.unwrap(), 1001);
}

/// The control: why nothing but SQLite may open the file. A `close` of our own takes SQLite's locks away, and then the
/// stock shell takes itself for the last one and removes the live log.
#[tokio::test]
async fn one_close_of_the_file_by_ourselves_and_the_live_log_is_gone() {
    let file = TestFile::at("2026-04-13 09:42");
    file.db.write(SYSTEM, |tx| insert(tx, 0)).await.unwrap();
    let live = log(&file);
    stock(&file);
    assert_eq!(log(&file), live, "beside a process that keeps the rule it stays");

    drop(std::fs::File::open(path(&file)).unwrap());
    drop(std::fs::File::open(file.dir.path().join("app.db-shm")).unwrap());
    stock(&file);
    assert_ne!(log(&file), live, "what SQLite promised to keep was kept only by its locks");
}
