//! The queue in front of the writer: full lanes, turns, callers that went away, a clock that jumps, an idle city.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use madoguchi::db::{Actor, Db, DbOptions, Fault, WriteTx};

use crate::kit::city::{TestFile, citizen};

const SYSTEM: Actor = Actor::System { job: "test" };

fn insert(tx: &WriteTx<'_>, number: usize) -> Result<(), Fault> {
    tx.run("INSERT INTO role (code, name) VALUES (?, 'x')", [format!("p{number}")]).map(|_| ())
}

async fn written(db: &Db) -> i64 {
    let count = |tx: &WriteTx<'_>| tx.one("SELECT count(*) AS n FROM role", [], |row| row.get::<_, i64>("n"));
    db.write(SYSTEM, count).await.unwrap()
}

/// A job that holds the writer until it is let go.
struct Held {
    go: mpsc::Sender<()>,
    done: tokio::task::JoinHandle<Result<(), Fault>>,
}

impl Held {
    /// Comes back once the job has begun.
    async fn begin(db: &Db, number: usize) -> Self {
        let (go, wait) = mpsc::channel();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (wait, begun) = (Mutex::new(wait), Mutex::new(Some(begun)));
        let db = db.clone();
        let done = tokio::spawn(async move {
            db.write(SYSTEM, move |tx| {
                insert(tx, number)?;
                if let Some(begun) = begun.lock().unwrap().take() {
                    begun.send(()).unwrap();
                }
                let _ = wait.lock().unwrap().recv();
                Ok(())
            })
            .await
        });
        has_begun.await.unwrap();
        Self { go, done }
    }

    async fn end(self) {
        self.go.send(()).unwrap();
        self.done.await.unwrap().unwrap();
    }
}

/// Lets every task that was just spawned reach its place in the queue.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_lane_says_so_at_once_and_leaves_the_other_lane_alone() {
    let options = DbOptions { citizen_lane: 2, staff_lane: 2, ..DbOptions::default() };
    let file = TestFile::served("2026-04-13 09:42", options);
    let held = Held::begin(&file.db, 0).await;
    let waiting: Vec<_> = (1..3)
        .map(|number| {
            let db = file.db.clone();
            tokio::spawn(async move { db.write(citizen(), move |tx| insert(tx, number)).await })
        })
        .collect();
    settle().await;
    let too_many = file.db.write(citizen(), |tx| insert(tx, 3)).await;
    assert!(matches!(too_many, Err(Fault::Busy)), "{too_many:?}");
    let db = file.db.clone();
    let staff = tokio::spawn(async move { db.write(SYSTEM, |tx| insert(tx, 4)).await });
    settle().await;
    held.end().await;
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    staff.await.unwrap().unwrap();
    assert_eq!(written(&file.db).await, 4, "all but the one that was told to come again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_waits_for_one_citizen_and_not_for_a_flood_of_them() {
    let options = DbOptions { batch_jobs: 8, ..DbOptions::default() };
    let file = TestFile::served("2026-04-13 09:42", options);
    let held = Held::begin(&file.db, 0).await;
    let place = Arc::new(AtomicUsize::new(0));
    let flood: Vec<_> = (1..200)
        .map(|number| {
            let (db, place) = (file.db.clone(), Arc::clone(&place));
            tokio::spawn(async move {
                db.write(citizen(), move |tx| {
                    place.fetch_add(1, Ordering::SeqCst);
                    insert(tx, number)
                })
                .await
            })
        })
        .collect();
    settle().await;
    let (db, seen) = (file.db.clone(), Arc::clone(&place));
    let clerk = tokio::spawn(async move {
        db.write(SYSTEM, move |tx| insert(tx, 999).map(|()| seen.load(Ordering::SeqCst))).await
    });
    settle().await;
    assert_eq!(place.load(Ordering::SeqCst), 0, "nobody came before");
    held.end().await;
    let before_the_clerk = clerk.await.unwrap().unwrap();
    assert!(before_the_clerk <= 2, "{before_the_clerk} citizens came first");
    for one in flood {
        one.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_work_in_slices_lets_the_others_go_between_and_nobody_waits_for_a_slice_in_one_transaction() {
    let file = TestFile::at("2026-04-13 09:42");
    let held = Held::begin(&file.db, 0).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |what: String| {
        let order = Arc::clone(&order);
        move |tx: &WriteTx<'_>| {
            let commit = tx.one("SELECT commit_no AS n FROM progress", [], |row| row.get::<_, i64>("n"))?;
            order.lock().unwrap().push((what.clone(), commit));
            insert(tx, 100 + order.lock().unwrap().len())
        }
    };
    let mut waiting = Vec::new();
    for number in 0..3 {
        let (db, job) = (file.db.clone(), note(format!("slice {number}")));
        waiting.push(tokio::spawn(async move { db.write_slice(SYSTEM, job).await }));
        settle().await;
    }
    for name in ["a clerk", "another clerk"] {
        let (db, job) = (file.db.clone(), note(name.to_owned()));
        waiting.push(tokio::spawn(async move { db.write(SYSTEM, job).await }));
        settle().await;
    }
    held.end().await;
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    let order = std::mem::take(&mut *order.lock().unwrap());
    let names: Vec<&str> = order.iter().map(|(what, _)| what.as_str()).collect();
    // The writer was busy for others before: a slice is due. The clerks come next, together, although two slices waited longer.
    assert_eq!(names, ["slice 0", "a clerk", "another clerk", "slice 1", "slice 2"]);
    let commits: std::collections::BTreeSet<i64> = order.iter().map(|(_, commit)| *commit).collect();
    assert_eq!(commits.len(), 4, "each slice has a transaction of its own: {order:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_work_goes_on_under_a_flood_of_writes() {
    let file = TestFile::served("2026-04-13 09:42", DbOptions { batch_jobs: 8, ..DbOptions::default() });
    let held = Held::begin(&file.db, 0).await;
    let place = Arc::new(AtomicUsize::new(0));
    let flood: Vec<_> = (1..200)
        .map(|number| {
            let (db, place) = (file.db.clone(), Arc::clone(&place));
            let job = move |tx: &WriteTx<'_>| {
                place.fetch_add(1, Ordering::SeqCst);
                insert(tx, number)
            };
            tokio::spawn(async move { db.write(citizen(), job).await })
        })
        .collect();
    let (db, seen) = (file.db.clone(), Arc::clone(&place));
    let slice = tokio::spawn(async move {
        db.write_slice(SYSTEM, move |tx| insert(tx, 999).map(|()| seen.load(Ordering::SeqCst))).await
    });
    settle().await;
    held.end().await;
    let before = slice.await.unwrap().unwrap();
    assert!(before <= 8, "{before} others came first: more than the transaction that was open");
    for one in flood {
        one.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_caller_went_away_is_dropped_before_it_starts_and_finished_after() {
    let file = TestFile::at("2026-04-13 09:42");
    let held = Held::begin(&file.db, 0).await;
    let db = file.db.clone();
    let gone = tokio::spawn(async move { db.write(citizen(), |tx| insert(tx, 1)).await });
    settle().await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());

    // This caller goes away as well, but its job has begun.
    held.done.abort();
    settle().await;
    held.go.send(()).unwrap();

    assert_eq!(written(&file.db).await, 1);
    let code = |tx: &WriteTx<'_>| tx.one("SELECT code FROM role", [], |row| row.get::<_, String>("code"));
    assert_eq!(file.db.write(SYSTEM, code).await.unwrap(), "p0");
}

#[tokio::test]
async fn a_clock_that_jumps_more_than_a_minute_raises_an_alarm_and_one_that_is_set_right_does_not() {
    let file = TestFile::at("2026-04-13 09:42");
    let now = || file.db.write(SYSTEM, |tx| Ok::<_, Fault>(tx.now()));
    let began = now().await.unwrap();
    file.clock.pass(Duration::from_secs(20));
    now().await.unwrap();
    assert_eq!(file.db.clock_jump(), None);

    file.clock.set("2026-04-13 10:42");
    now().await.unwrap();
    let forward = file.db.clock_jump().unwrap();
    assert!(forward.by_ms > 3_500_000, "{forward:?}");

    file.clock.set("2026-04-13 09:42");
    let after = now().await.unwrap();
    let back = file.db.clock_jump().unwrap();
    assert!(back.by_ms < -3_500_000, "{back:?}");
    assert!(after.since(began) >= Duration::from_hours(1), "the file's own time stands still meanwhile");

    // A day is that of the file's time, also for who reads.
    let read = file.db.read(madoguchi::db::Lane::Citizen, |tx| Ok::<_, Fault>(tx.now()));
    assert_eq!(read.await.unwrap(), after);
}

#[tokio::test]
async fn an_idle_city_has_neither_a_thread_nor_a_connection() {
    let options = DbOptions { idle_stop: Duration::from_millis(50), ..DbOptions::default() };
    let file = TestFile::served("2026-04-13 09:42", options);
    assert!(!file.db.is_writer_running());
    assert_eq!(open_files(&file), 0, "a city that is open and was not asked for anything");
    for number in 0..3 {
        file.db.write(SYSTEM, move |tx| insert(tx, number)).await.unwrap();
        let stopped = async {
            while file.db.is_writer_running() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), stopped).await.unwrap();
        assert_eq!(open_files(&file), 0, "the writer closed what it had open");
    }
    assert_eq!(written(&file.db).await, 3, "it starts again when there is something to write");
}

/// Descriptors of this process that lead to the city's files.
fn open_files(file: &TestFile) -> usize {
    std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter(|target| target.starts_with(file.dir.path()))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_when_the_city_is_closed_is_still_written() {
    let file = TestFile::at("2026-04-13 09:42");
    let held = Held::begin(&file.db, 0).await;
    let db = file.db.clone();
    let waits = tokio::spawn(async move { db.write(citizen(), |tx| insert(tx, 1)).await });
    settle().await;
    let db = file.db.clone();
    let closing = tokio::spawn(async move { db.close().await });
    settle().await;
    let late = file.db.write(citizen(), |tx| insert(tx, 2)).await;
    assert!(matches!(late, Err(Fault::Closed)), "{late:?}");
    held.end().await;
    waits.await.unwrap().unwrap();
    closing.await.unwrap();
    assert!(!file.db.is_writer_running());
}
