//! The write path when something goes wrong in it: one job's fault is its own, and a file that is not ours stays as it is.

use std::sync::Arc;

use madoguchi::base::Chance;
use madoguchi::db::{Actor, Db, Fault, Lane, OpenError, WriteTx};

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
    tx.run("INSERT INTO procedure (code, name) VALUES (?, 'x')", [format!("p{number}")]).map(|_| ())
}

async fn written(file: &TestFile) -> i64 {
    let count = |tx: &madoguchi::db::ReadTx<'_>| {
        tx.one("SELECT count(*) AS n FROM procedure", [], |row| row.get::<_, i64>("n"))
    };
    file.db.read(Lane::Staff, count).await.unwrap()
}

/// Sixteen jobs at once; the eighth does `bad`. Gives how many succeeded.
async fn sixteen(file: &Arc<TestFile>, bad: fn(&WriteTx<'_>) -> Result<(), Refused>) -> usize {
    let jobs: Vec<_> = (0..16)
        .map(|number| {
            let file = Arc::clone(file);
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
        tx.run("INSERT OR ROLLBACK INTO procedure (code, name) VALUES ('p8', 'x')", [])?;
        Ok(())
    };
    assert_eq!(sixteen(&file, lost).await, 15);
    assert_eq!(written(&file).await, 15, "those that stood in the same transaction were run again");
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
