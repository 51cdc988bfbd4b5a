//! Readers: each side of the house has its own.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use madoguchi::db::{Fault, Lane, ReadTx};

use super::kit::city::TestFile;

fn seen(tx: &ReadTx<'_>) -> Result<u64, Fault> {
    tx.commit_no()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_citizens_leaves_staff_their_readers() {
    let file = TestFile::at("2026-04-13 09:42");
    // As many as a file has for each lane by default; they stay inside until the test lets them go.
    let inside = Arc::new(Barrier::new(5));
    let go = Arc::new(Barrier::new(5));
    let crowd: Vec<_> = (0..4)
        .map(|_| {
            let (db, inside, go) = (file.db.clone(), Arc::clone(&inside), Arc::clone(&go));
            tokio::spawn(async move {
                db.read(Lane::Citizen, move |tx| {
                    inside.wait();
                    go.wait();
                    tx.commit_no()
                })
                .await
            })
        })
        .collect();
    tokio::task::spawn_blocking(move || inside.wait()).await.unwrap();

    let one_more = file.db.read(Lane::Citizen, seen).await;
    assert!(matches!(one_more, Err(Fault::Busy)), "a fifth citizen waits in vain: {one_more:?}");
    assert_eq!(file.db.read(Lane::Staff, seen).await.unwrap(), 0);

    tokio::task::spawn_blocking(move || go.wait()).await.unwrap();
    for one in crowd {
        one.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_read_one_after_the_other_with_patience_and_in_nobodys_way() {
    let file = TestFile::at("2026-04-13 09:42");
    let (inside, go) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let first = tokio::spawn({
        let (db, inside, go) = (file.db.clone(), Arc::clone(&inside), Arc::clone(&go));
        async move {
            db.read(Lane::Background, move |tx| {
                inside.wait();
                go.wait();
                tx.commit_no()
            })
            .await
        }
    });
    tokio::task::spawn_blocking(move || inside.wait()).await.unwrap();
    let second = tokio::spawn({
        let db = file.db.clone();
        async move { db.read(Lane::Background, seen).await }
    });
    for lane in [Lane::Staff, Lane::Citizen] {
        assert_eq!(file.db.read(lane, seen).await.unwrap(), 0);
    }
    // Longer than people wait for a reader.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(!second.is_finished(), "the second job stands behind the first one");
    tokio::task::spawn_blocking(move || go.wait()).await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(second.await.unwrap().unwrap(), 0);
}
