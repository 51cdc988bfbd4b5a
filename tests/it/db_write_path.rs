//! The write path when something goes wrong in it: one job's fault is its own, and a file that is not ours stays as it is.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use madoguchi::base::Chance;
use madoguchi::db::{Actor, Db, DbOptions, Fault, Lane, OnConnect, OpenError, WriteTx};

use crate::kit::StoppedClock;
use crate::kit::city::{CODE, TestFile, citizen};

const SYSTEM: Actor = Actor::System { job: "test" };

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("refused")]
    ByRule,
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn insert(tx: &WriteTx<'_>, number: usize) -> Result<(), Fault> {
    tx.run("INSERT INTO role (code, name) VALUES (?, 'x')", [format!("p{number}")]).map(|_| ())
}

fn failed_with<T>(result: &Result<T, Fault>, code: rusqlite::ErrorCode) -> bool {
    matches!(result, Err(Fault::Sql(error)) if error.sqlite_error_code() == Some(code))
}

async fn written(file: &TestFile) -> i64 {
    let count = |tx: &madoguchi::db::ReadTx<'_>| {
        tx.one("SELECT count(*) AS n FROM role", [], |row| row.get::<_, i64>("n"))
    };
    file.db.read(Lane::Staff, count).await.unwrap()
}

/// Sixteen jobs at once; the eighth does `bad`. Gives how many succeeded.
async fn sixteen<F>(file: &Arc<TestFile>, bad: F) -> usize
where
    F: Fn(&WriteTx<'_>) -> Result<(), Refused> + Clone + Send + 'static,
{
    let jobs: Vec<_> = (0..16)
        .map(|number| {
            let (file, bad) = (Arc::clone(file), bad.clone());
            tokio::spawn(async move {
                let job = move |tx: &WriteTx<'_>| -> Result<(), Refused> {
                    insert(tx, number)?;
                    if number == 8 { bad(tx) } else { Ok(()) }
                };
                file.db.write(citizen(), job).await.is_ok()
            })
        })
        .collect();
    let mut succeeded = 0;
    for job in jobs {
        succeeded += usize::from(job.await.unwrap());
    }
    succeeded
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_sixteen_takes_only_its_own_rows_back() {
    let file = Arc::new(TestFile::at("2026-04-13 09:42"));
    assert_eq!(sixteen(&file, |_| Err(Refused::ByRule)).await, 15);
    assert_eq!(written(&file).await, 15);
}

#[tokio::test]
async fn a_panic_in_the_middle_of_sixteen_is_caught() {
    let file = Arc::new(TestFile::at("2026-04-13 09:42"));
    assert_eq!(sixteen(&file, |_| panic!("on purpose")).await, 15);
    assert_eq!(written(&file).await, 15);
    file.db.write(SYSTEM, |tx| insert(tx, 99)).await.unwrap();
}

#[tokio::test]
async fn a_job_that_ends_the_whole_transaction_harms_no_other() {
    let file = Arc::new(TestFile::at("2026-04-13 09:42"));
    let lost = |tx: &WriteTx<'_>| -> Result<(), Refused> {
        tx.run("INSERT OR ROLLBACK INTO role (code, name) VALUES ('p8', 'x')", [])?;
        Ok(())
    };
    assert_eq!(sixteen(&file, lost).await, 15);
    assert_eq!(written(&file).await, 15, "those that stood in the same transaction were run again");
}

#[tokio::test]
async fn a_full_disk_in_the_middle_of_sixteen_harms_no_other() {
    let file = Arc::new(TestFile::at("2026-04-13 09:42"));
    let was_full = Arc::new(AtomicBool::new(false));
    let is_full = Arc::clone(&was_full);
    let full = move |tx: &WriteTx<'_>| -> Result<(), Refused> {
        let pages: i64 = tx.one("PRAGMA page_count", [], |row| row.get("page_count"))?;
        let limit = |pages: i64| {
            tx.one(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>("max_page_count"))
        };
        limit(pages)?;
        let bulk = tx.run(
            "INSERT INTO city_text (key, language, value, updated_at) VALUES ('k', 'ja', hex(zeroblob(99999)), 0)",
            [],
        );
        limit(1 << 30)?;
        is_full.store(failed_with(&bulk, rusqlite::ErrorCode::DiskFull), SeqCst);
        Ok(bulk.map(|_| ())?)
    };
    assert_eq!(sixteen(&file, full).await, 15);
    assert!(was_full.load(SeqCst));
    assert_eq!(written(&file).await, 15);
}

#[tokio::test]
async fn a_reference_that_is_left_open_fails_its_own_job_and_no_other() {
    let file = Arc::new(TestFile::at("2026-04-13 09:42"));
    let open = |tx: &WriteTx<'_>| -> Result<(), Refused> {
        tx.one("PRAGMA defer_foreign_keys = ON", [], |_| Ok(())).or_else(|fault| match fault {
            Fault::Sql(rusqlite::Error::QueryReturnedNoRows) => Ok(()),
            other => Err(other),
        })?;
        tx.run("INSERT INTO role_permission (role_id, permission) VALUES (999, 'x')", [])?;
        Ok(())
    };
    assert_eq!(sixteen(&file, open).await, 15);
    assert_eq!(written(&file).await, 15);
}

#[tokio::test]
async fn an_interrupt_in_the_middle_of_sixteen_harms_no_other() {
    let interrupted = Arc::new(AtomicBool::new(false));
    let was_interrupted = Arc::new(AtomicBool::new(false));
    let is_interrupted = Arc::clone(&was_interrupted);
    let now = Arc::clone(&interrupted);
    let hook = OnConnect::from_fn(move |conn| {
        let now = Arc::clone(&now);
        let stop = move || now.swap(false, SeqCst);
        conn.progress_handler(1, Some(stop)).unwrap();
    });
    let options = DbOptions { on_connect: Some(hook), ..DbOptions::default() };
    let file = Arc::new(TestFile::served("2026-04-13 09:42", options));
    let bad = move |tx: &WriteTx<'_>| -> Result<(), Refused> {
        interrupted.store(true, SeqCst);
        let ran = tx.run("INSERT INTO role (code, name) VALUES ('i', 'x')", []);
        is_interrupted.store(failed_with(&ran, rusqlite::ErrorCode::OperationInterrupted), SeqCst);
        Ok(ran.map(|_| ())?)
    };
    assert_eq!(sixteen(&file, bad).await, 15);
    assert!(was_interrupted.load(SeqCst));
    assert_eq!(written(&file).await, 15);
}

/// A city whose COMMIT is refused so many times.
fn commits_fail(times: usize) -> TestFile {
    use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};
    let left = Arc::new(AtomicUsize::new(times));
    let hook = OnConnect::from_fn(move |conn| {
        let left = Arc::clone(&left);
        let refuse = move |context: AuthContext<'_>| {
            let commit = matches!(
                context.action,
                AuthAction::Transaction { operation: TransactionOperation::Unknown, .. }
            );
            let refused = commit && left.try_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
            if refused { Authorization::Deny } else { Authorization::Allow }
        };
        conn.authorizer(Some(refuse)).unwrap();
    });
    TestFile::served("2026-04-13 09:42", DbOptions { on_connect: Some(hook), ..DbOptions::default() })
}

#[tokio::test]
async fn a_commit_that_failed_means_that_nothing_was_registered() {
    let file = commits_fail(1);
    let failed = file.db.write(citizen(), |tx| insert(tx, 1)).await;
    assert!(matches!(failed, Err(Fault::NotRegistered(_))), "{failed:?}");
    assert_eq!(written(&file).await, 0);
    file.db.write(citizen(), |tx| insert(tx, 1)).await.unwrap();
    assert_eq!(written(&file).await, 1, "the next one stands");
}

#[tokio::test]
async fn when_it_cannot_be_said_whether_a_commit_stands_nobody_says_so() {
    let file = commits_fail(2);
    let failed = file.db.write(citizen(), |tx| insert(tx, 1)).await;
    assert!(matches!(failed, Err(Fault::Unsure)), "{failed:?}");
    file.db.write(citizen(), |tx| insert(tx, 2)).await.unwrap();
}

#[tokio::test]
async fn time_never_goes_back_for_a_file() {
    let file = TestFile::at("2026-04-13 09:42");
    let now = || file.db.write(SYSTEM, |tx| Ok::<_, Fault>(tx.now()));
    let before = now().await.unwrap();
    file.clock.set("2026-04-13 09:00");
    assert!(now().await.unwrap() >= before);
    file.clock.set("2026-04-13 10:00");
    assert!(now().await.unwrap() > before);
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_refused_and_left_as_it_is() {
    let file = TestFile::at("2026-04-13 09:42");
    let clock = StoppedClock::at("2026-04-13 09:42").clock();
    let dir = tempfile::tempdir().unwrap();
    let open = |path: &std::path::Path, code: &str| Db::open(path, code, clock.clone(), Chance::seeded(2));

    let other = open(&file.dir.path().join("app.db"), "123456");
    assert!(matches!(other, Err(OpenError::OtherMunicipality { .. })));
    assert!(matches!(open(&dir.path().join("none.db"), CODE), Err(OpenError::Missing { .. })));

    let garbage = dir.path().join("garbage.db");
    std::fs::write(&garbage, vec![7_u8; 40_000]).unwrap();
    assert!(open(&garbage, CODE).is_err());
    assert_eq!(std::fs::read(&garbage).unwrap(), vec![7_u8; 40_000]);

    let again = Db::create(&file.dir.path().join("app.db"), CODE, &clock, &Chance::seeded(3), false);
    assert!(matches!(again, Err(OpenError::Exists { .. })));
}
