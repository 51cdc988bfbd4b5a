//! What both files hold after a storm: everything that was promised, nothing twice, the same on both machines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use madoguchi::backup;
use madoguchi::base::Clock;
use rusqlite::Connection;
use rustix::process::Signal;

use super::city::{CODE, SEATS, notice};
use super::cluster::Cluster;
use super::storm::Promise;

/// Ends both nodes at the same commit and compares what they leave. They are off afterwards.
pub async fn both_hold(cluster: &Cluster, promises: &[Promise]) {
    both_hold_as(cluster, promises, |_| {}).await;
}

/// Has this program read a copy that a newer build left.
pub fn as_before_the_step(file: &Path) {
    let db = open(file);
    let version: i64 = one(&db, "PRAGMA user_version");
    assert_eq!(version, madoguchi::db::SCHEMA_VERSION + 1, "the step was done");
    db.execute_batch(&format!("PRAGMA user_version = {}", madoguchi::db::SCHEMA_VERSION)).unwrap();
    drop(db);
    fold(file);
}

/// The same, with the copies made ready for this program first.
pub async fn both_hold_as(cluster: &Cluster, promises: &[Promise], ready: impl Fn(&Path)) {
    for attempt in 0.. {
        let leader = cluster.settled().await;
        // What the leader has committed is on its way; after this moment it commits nothing more.
        tokio::time::sleep(Duration::from_millis(300)).await;
        cluster.nodes[leader].signal(Signal::STOP);
        tokio::time::sleep(Duration::from_millis(300)).await;
        cluster.nodes[1 - leader].kill();
        cluster.nodes[leader].kill();
        let files = [0, 1].map(|at| taken(cluster, at));
        for file in &files {
            ready(file);
        }
        let [first, second] = [0, 1].map(|at| commit_no(&files[at]));
        if first == second {
            holds(cluster, &files[0], promises);
            same(&files);
            return;
        }
        // A job of the leader's committed in the very moment in which it was stopped.
        assert!(attempt < 3, "one stands at commit {first}, the other at {second}\n{}", cluster.logs());
        cluster.nodes.iter().for_each(super::machine::Machine::start);
    }
}

/// The city's file of a node that is off, with what SQLite's log holds of it.
pub fn taken(cluster: &Cluster, at: usize) -> PathBuf {
    let (from, dir) = (cluster.file(at), cluster.scratch().join(super::cluster::NODES[at]));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    for end in ["db", "db-wal"] {
        let file = from.with_extension(end);
        if file.exists() {
            std::fs::copy(&file, dir.join("app").with_extension(end)).unwrap();
        }
    }
    let file = dir.join("app.db");
    fold(&file);
    file
}

/// Puts what SQLite's log holds into the file.
pub fn fold(file: &Path) {
    open(file).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test looks at a file that nobody serves")]
fn open(file: &Path) -> Connection {
    Connection::open(file).unwrap()
}

fn commit_no(file: &Path) -> i64 {
    open(file).query_row("SELECT commit_no FROM progress", [], |row| row.get(0)).unwrap()
}

fn same([first, second]: &[PathBuf; 2]) {
    let read = |file: &PathBuf| {
        let mut bytes = std::fs::read(file).unwrap();
        // What the engine counts for readers of other kinds of journals, and its version. A copy of a file counts anew.
        bytes[24..28].fill(0);
        bytes[92..100].fill(0);
        bytes
    };
    let (ours, theirs) = (read(first), read(second));
    if ours == theirs {
        return;
    }
    let pages = ours.chunks(4096).zip(theirs.chunks(4096)).zip(1..);
    let other: Vec<i32> =
        pages.filter(|((ours, theirs), _)| ours != theirs).map(|(_, number)| number).collect();
    panic!("{} and {} bytes; these pages differ: {other:?}", ours.len(), theirs.len());
}

/// Everything promised is in the file, and nothing that must not be.
pub fn holds(cluster: &Cluster, file: &Path, promises: &[Promise]) {
    if let Err(wrong) = backup::prove_file(file, CODE, Clock::system().now()) {
        panic!("{wrong:?}\n{}", cluster.logs());
    }
    let db = open(file);
    let booked = booked(&db);
    for Promise { citizen, number } in promises {
        let found = booked.get(&notice(*citizen)).map(Vec::as_slice).unwrap_or_default();
        assert!(
            found == [number.as_str()],
            "citizen {citizen} was promised {number}; booked is {found:?}\n{}",
            cluster.logs()
        );
    }
    let twice: Vec<&String> =
        booked.iter().filter(|(_, numbers)| numbers.len() > 1).map(|(card, _)| card).collect();
    assert!(twice.is_empty(), "booked twice: {twice:?}");
    let fullest: u16 = one(
        &db,
        "SELECT coalesce(max(taken), 0) FROM (SELECT sum(seats) AS taken FROM booking WHERE takes_seat = 1
         GROUP BY location_id, on_day, starts_min)",
    );
    assert!(fullest <= SEATS, "{fullest} seats of {SEATS}");
    let untold: i64 = one(
        &db,
        "SELECT count(*) FROM booking WHERE 1 <> (SELECT count(*) FROM outbox WHERE booking_id = booking.id
         AND kind = 'booking_confirmed')",
    );
    assert_eq!(untold, 0, "bookings without their mail, or with more than one");
}

/// How many bookings a file has.
pub fn bookings(file: &Path) -> usize {
    let count: i64 = one(&open(file), "SELECT count(*) FROM booking");
    usize::try_from(count).unwrap()
}

/// Letters that are on their way at once: so many may be sent again by whoever leads next.
const UNDER_WAY: u64 = 8;

/// Every letter of a booking has left; twice only those that were on their way when the leader changed. A mailbox can tell: the file
/// of a letter has the name of its Message-ID.
pub fn letters(cluster: &Cluster, epochs: u64) {
    let db = open(&taken(cluster, 0));
    let mut read = db
        .prepare("SELECT message_id FROM outbox WHERE kind = 'booking_confirmed' AND state = 'sent'")
        .unwrap();
    let sent: Vec<String> = read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let left = [0, 1].map(|at| cluster.letters(at));
    let missing: Vec<&String> = sent.iter().filter(|id| left.iter().all(|one| !one.contains(*id))).collect();
    assert!(missing.is_empty(), "written down as sent, and never sent: {missing:?}");
    let twice = left[0].intersection(&left[1]).count();
    println!("letters that left {}, twice {twice}, leaders {epochs}", sent.len());
    assert!(
        u64::try_from(twice).unwrap() <= epochs * UNDER_WAY,
        "{twice} letters left twice, {epochs} leaders"
    );
}

/// The Message-IDs of the letters that a node was handing over when it stopped. It is not running.
pub fn under_way(cluster: &Cluster, at: usize) -> BTreeSet<String> {
    let db = open(&taken(cluster, at));
    let mut read = db.prepare("SELECT message_id FROM outbox WHERE state = 'sending'").unwrap();
    read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn one<T: rusqlite::types::FromSql>(db: &Connection, sql: &str) -> T {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The numbers of every card's bookings.
fn booked(db: &Connection) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut read = db
        .prepare(
            "SELECT card.notice_id_norm, booking.booking_no FROM booking_member
             JOIN card ON card.id = booking_member.card_id JOIN booking ON booking.id = booking_member.booking_id",
        )
        .unwrap();
    let rows = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    for row in rows {
        let (card, number): (String, String) = row.unwrap();
        all.entry(card).or_default().push(number);
    }
    all
}
