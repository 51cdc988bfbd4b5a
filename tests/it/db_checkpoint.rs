//! The log stays short while readers overlap; when it does not, new readers wait until the running ones are back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use madoguchi::db::{Actor, DbOptions, Fault, Lane, ReadTx, WriteTx};

use crate::kit::city::TestFile;

const SYSTEM: Actor = Actor::System { job: "test" };
const RESTART: u64 = 1 << 20;

/// Some hundred kilobytes of new pages each time.
fn bulk(tx: &WriteTx<'_>) -> Result<(), Fault> {
    tx.run(
        "INSERT OR REPLACE INTO city_text (key, language, value, updated_at)
         VALUES ('bulk', 'ja', hex(randomblob(50000)), 0)",
        [],
    )
    .map(|_| ())
}

fn seen(tx: &ReadTx<'_>) -> Result<u64, Fault> {
    tx.commit_no()
}

fn file() -> TestFile {
    let options = DbOptions {
        wal_passive: RESTART / 4,
        wal_restart: RESTART,
        reader_wait: Duration::from_mins(1),
        ..DbOptions::default()
    };
    TestFile::served("2026-04-13 09:42", options)
}

fn log_bytes(file: &TestFile) -> u64 {
    std::fs::metadata(file.dir.path().join("app.db-wal")).unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_stays_bounded_while_readers_overlap() {
    let file = Arc::new(file());
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|lag| {
            let (file, stop) = (Arc::clone(&file), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut reads = 0;
                while !stop.load(Ordering::SeqCst) {
                    let slow = move |tx: &ReadTx<'_>| {
                        let before = tx.commit_no()?;
                        // As long as a page that reads much; its view is held all the while.
                        let (_open, never) = std::sync::mpsc::channel::<()>();
                        let _ = never.recv_timeout(Duration::from_millis(20 + 7 * lag));
                        assert_eq!(tx.commit_no()?, before);
                        Ok::<_, Fault>(())
                    };
                    file.db.read(Lane::Citizen, slow).await.unwrap();
                    reads += 1;
                }
                reads
            })
        })
        .collect();
    let mut longest = 0;
    for _ in 0..400 {
        file.db.write(SYSTEM, bulk).await.unwrap();
        longest = longest.max(log_bytes(&file));
    }
    stop.store(true, Ordering::SeqCst);
    let mut reads = 0;
    for reader in readers {
        reads += reader.await.unwrap();
    }
    assert!(reads > 20, "only {reads} reads came through");
    assert!(longest < 16 * RESTART, "forty megabytes were written and the log grew to {longest} bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_two_failures_a_new_reader_waits_for_the_one_that_is_inside() {
    let file = Arc::new(file());
    file.db.write(SYSTEM, bulk).await.unwrap();
    let (inside, go) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (db, is_inside, may_go) = (file.db.clone(), Arc::clone(&inside), Arc::clone(&go));
    let old = tokio::spawn(async move {
        db.read(Lane::Citizen, move |tx| {
            let before = tx.commit_no()?;
            is_inside.wait();
            may_go.wait();
            Ok::<_, Fault>((before, tx.commit_no()?))
        })
        .await
    });
    tokio::task::spawn_blocking(move || inside.wait()).await.unwrap();
    while log_bytes(&file) < 3 * RESTART {
        file.db.write(SYSTEM, bulk).await.unwrap();
    }

    let db = file.db.clone();
    let late = tokio::spawn(async move { db.read(Lane::Citizen, seen).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!late.is_finished(), "a new reader came in beside the old one");
    file.db.write(SYSTEM, bulk).await.unwrap();

    tokio::task::spawn_blocking(move || go.wait()).await.unwrap();
    let (before, after) = old.await.unwrap().unwrap();
    assert_eq!(before, after, "the old view was not disturbed");
    assert!(late.await.unwrap().unwrap() > after);

    let length = log_bytes(&file);
    for _ in 0..8 {
        file.db.write(SYSTEM, bulk).await.unwrap();
    }
    assert_eq!(log_bytes(&file), length, "the log begins again from its start");
}
