//! The write path in process: against a bare loop, and what sharing a commit is worth.

use std::time::{Duration, Instant};

use madoguchi::base::{Chance, Clock};
use madoguchi::db::{Actor, Db, DbOptions, Fault, Lane, ReadTx, WriteTx};
use rusqlite::{Connection, named_params};

use super::row;

const TASKS: u64 = 64;
const SLICE: Duration = Duration::from_secs(2);
const ACTOR: Actor = Actor::System { job: "bench" };

/// One file, written through `db.write`.
struct File {
    db: Db,
    dir: tempfile::TempDir,
}

impl File {
    fn with(options: DbOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.db");
        let (clock, chance) = (Clock::system(), Chance::seeded(1));
        Db::create(&path, "999999", &clock, &chance, false).unwrap();
        let db = Db::open_with(&path, "999999", clock, chance, options).unwrap();
        Self { db, dir }
    }

    /// Writes from many tasks at once for a while: jobs, and commits that they took.
    async fn storm(&self, span: Duration) -> (u64, u64) {
        let before = self.commits().await;
        let until = Instant::now() + span;
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let db = self.db.clone();
                tokio::spawn(async move {
                    let mut jobs = 0_u64;
                    while Instant::now() < until {
                        let key = key(task, jobs);
                        db.write(ACTOR, move |tx| insert(tx, &key)).await.unwrap();
                        jobs += 1;
                    }
                    jobs
                })
            })
            .collect();
        let mut jobs = 0;
        for task in tasks {
            jobs += task.await.unwrap();
        }
        (jobs, self.commits().await - before)
    }

    async fn commits(&self) -> u64 {
        self.db.read(Lane::Staff, number).await.unwrap()
    }
}

fn number(tx: &ReadTx<'_>) -> Result<u64, Fault> {
    tx.commit_no()
}

fn key(task: u64, jobs: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&task.to_le_bytes());
    key[8..16].copy_from_slice(&jobs.to_le_bytes());
    key[16..].copy_from_slice(&std::process::id().to_le_bytes().repeat(2));
    key
}

const INSERT: &str =
    "INSERT OR REPLACE INTO once (key_hash, operation, result, created_at) VALUES (:key, 'bench', '1', 1)";

fn insert(tx: &WriteTx<'_>, key: &[u8; 24]) -> Result<(), Fault> {
    tx.run(INSERT, named_params! { ":key": key })?;
    Ok(())
}

/// `db.write` by 64 tasks against a bare loop of the same statements in batches of the size that was reached, in turn.
pub async fn in_process() {
    let file = File::with(DbOptions::default());
    let bare = bare_file();
    let (mut ours, mut theirs, mut size) = (0.0, 0.0, 1);
    for _ in 0..3 {
        let (jobs, commits) = file.storm(SLICE).await;
        size = (jobs / commits.max(1)).max(1);
        ours += rate(jobs);
        theirs += rate(bare_loop(&bare.0, size));
    }
    row(
        "db.write by 64 tasks, jobs a second (a bare loop of the same batches)",
        &format!("{:.0} ({:.0}), batch {size}", ours / 3.0, theirs / 3.0),
        &format!("ratio {:.2}, at least 0.5", ours / theirs),
    );
    file.db.close().await;
    drop(file.dir);
}

/// Group commit against batches of one, each flush made two milliseconds longer.
pub async fn group_commit() {
    let flush_extra = Duration::from_millis(2);
    let grouped = File::with(DbOptions { flush_extra, ..DbOptions::default() });
    let single = File::with(DbOptions { flush_extra, batch_jobs: 1, ..DbOptions::default() });
    let (mut many, mut one) = (0.0, 0.0);
    for _ in 0..2 {
        many += rate(grouped.storm(SLICE).await.0);
        one += rate(single.storm(SLICE).await.0);
    }
    row(
        "group commit against batches of one, flush + 2 ms, jobs a second",
        &format!("{:.0} ({:.0})", many / 2.0, one / 2.0),
        &format!("ratio {:.1}, at least 8", many / one),
    );
    grouped.db.close().await;
    single.db.close().await;
}

fn rate(jobs: u64) -> f64 {
    f64::from(u32::try_from(jobs).unwrap()) / SLICE.as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "the bare loop is what the product is compared with")]
fn bare_file() -> (Connection, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let conn = Connection::open(dir.path().join("bare.db")).unwrap();
    conn.execute_batch(include_str!("../../schema.sql")).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         INSERT INTO progress (id, commit_no, now_at) VALUES (1, 0, 0);",
    )
    .unwrap();
    (conn, dir)
}

fn bare_loop(conn: &Connection, size: u64) -> u64 {
    let (began, mut jobs) = (Instant::now(), 0);
    while began.elapsed() < SLICE {
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..size {
            let key = key(jobs % TASKS, jobs / TASKS);
            conn.prepare_cached(INSERT).unwrap().execute(named_params! { ":key": key }).unwrap();
            jobs += 1;
        }
        conn.execute_batch("UPDATE progress SET commit_no = commit_no + 1; COMMIT").unwrap();
    }
    jobs
}
