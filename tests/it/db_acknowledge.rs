//! Between "the frames are committed" and "they are acknowledged": nothing is shown, nothing is promised.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use madoguchi::config::LimitsConfig;
use madoguchi::db::{Acknowledge, Actor, DbOptions, Fault, Lane, NotAcknowledged, ReadTx, WriteTx};
use madoguchi::once::{self, OnceKey};

use crate::citizen::steps::{EMAIL, SLOT, acknowledge, choose, enter};
use crate::kit::TestMunicipality;
use crate::kit::city::{TestFile, citizen};

const SYSTEM: Actor = Actor::System { job: "test" };

fn insert(tx: &WriteTx<'_>) -> Result<(), Fault> {
    tx.run("INSERT INTO role (code, name) VALUES ('p', 'x')", []).map(|_| ())
}

fn count(tx: &ReadTx<'_>) -> Result<i64, Fault> {
    tx.one("SELECT count(*) AS n FROM role", [], |row| row.get("n"))
}

/// A peer that acknowledges when it is told to.
#[derive(Clone, Default)]
struct Peer(Arc<(Mutex<bool>, Condvar)>);

impl Peer {
    fn acknowledge(&self) -> Acknowledge {
        let peer = self.clone();
        Acknowledge::from_fn(move |_| {
            let open = peer.0.0.lock().unwrap();
            let _open = peer.0.1.wait_while(open, |open| !*open).unwrap();
            Ok(())
        })
    }

    fn answers(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn is_silent(&self) {
        *self.0.0.lock().unwrap() = false;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_what_is_not_acknowledged() {
    let peer = Peer::default();
    let options = DbOptions {
        acknowledge: peer.acknowledge(),
        acknowledge_wait: Duration::from_millis(300),
        ..DbOptions::default()
    };
    peer.answers();
    let file = TestFile::served("2026-04-13 09:42", options);
    assert_eq!(file.db.read(Lane::Citizen, count).await.unwrap(), 0);

    peer.is_silent();
    let db = file.db.clone();
    let writing = tokio::spawn(async move { db.write(citizen(), insert).await });
    let seen = loop {
        let read = file.db.read(Lane::Citizen, count).await;
        if !matches!(read, Ok(0)) {
            break read;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert!(matches!(seen, Err(Fault::Unsure)), "a committed row was shown before its time: {seen:?}");
    assert!(!writing.is_finished(), "and who wrote it was told so");

    let db = file.db.clone();
    let patient = tokio::spawn(async move { db.read(Lane::Citizen, count).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    peer.answers();
    assert_eq!(patient.await.unwrap().unwrap(), 1, "once it is acknowledged, who waited gets it");
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn one_acknowledgement_is_asked_for_a_whole_batch() {
    let asked = Arc::new(AtomicU64::new(0));
    let asks = Arc::clone(&asked);
    let acknowledge = Acknowledge::from_fn(move |_| {
        asks.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let file = TestFile::served("2026-04-13 09:42", DbOptions { acknowledge, ..DbOptions::default() });
    file.db.write(SYSTEM, insert).await.unwrap();
    let before = asked.load(Ordering::SeqCst);
    let jobs: Vec<_> = (0..40)
        .map(|number| {
            let db = file.db.clone();
            tokio::spawn(async move {
                db.write(citizen(), move |tx| {
                    tx.run("INSERT INTO role (code, name) VALUES (?, 'x')", [format!("q{number}")])
                })
                .await
            })
        })
        .collect();
    for job in jobs {
        job.await.unwrap().unwrap();
    }
    let rounds = asked.load(Ordering::SeqCst) - before;
    assert!((1..20).contains(&rounds), "{rounds} acknowledgements for 40 jobs");
    assert_eq!(file.db.acknowledged(), rounds + 1);
}

#[tokio::test]
async fn an_unacknowledged_commit_is_unsure_and_the_same_form_again_gives_the_true_result() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let acknowledge =
        Acknowledge::from_fn(
            move |_| {
                if is_down.load(Ordering::SeqCst) { Err(NotAcknowledged) } else { Ok(()) }
            },
        );
    let file = TestFile::served("2026-04-13 09:42", DbOptions { acknowledge, ..DbOptions::default() });
    let form = || {
        let key = OnceKey::from_form(&"7".repeat(32)).unwrap();
        file.db.write(citizen(), move |tx| {
            if let Some(result) = once::seen(tx, &key)? {
                return Ok::<_, Fault>(result);
            }
            insert(tx)?;
            once::keep(tx, &key, "test.done", "first")?;
            Ok("first".to_owned())
        })
    };
    down.store(true, Ordering::SeqCst);
    let sent = form().await;
    assert!(matches!(sent, Err(Fault::Unsure)), "{sent:?}");
    let again = form().await;
    assert!(matches!(again, Err(Fault::Unsure)), "its answer rests on the same commit: {again:?}");

    down.store(false, Ordering::SeqCst);
    assert_eq!(form().await.unwrap(), "first");
    assert_eq!(file.db.read(Lane::Citizen, count).await.unwrap(), 1, "and it took effect once");
}

/// A city whose peer can be cut off, and the switch for it.
async fn city_with_peer() -> (TestMunicipality, Arc<AtomicBool>) {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let acknowledge =
        Acknowledge::from_fn(
            move |_| {
                if is_down.load(Ordering::SeqCst) { Err(NotAcknowledged) } else { Ok(()) }
            },
        );
    let wait = Duration::from_millis(200);
    let options = DbOptions { acknowledge, acknowledge_wait: wait, ..DbOptions::default() };
    let city = TestMunicipality::served("2026-04-06 09:00", LimitsConfig::default(), options).await;
    (city, down)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_whose_booking_is_unsure_is_told_so_and_sends_the_form_again() {
    let (city, down) = city_with_peer().await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    choose(&mut browser, "本庁舎", "4月13日（月）", "9:30").await;
    acknowledge(&mut browser).await;

    let form = browser.clone();
    down.store(true, Ordering::SeqCst);
    browser.press("この内容で予約する").await;
    assert_eq!(browser.status(), 503);
    assert_ne!(browser.header("retry-after"), "");

    down.store(false, Ordering::SeqCst);
    let mut browser = form;
    browser.press("この内容で予約する").await;
    assert_eq!(browser.path(), "/done");
    assert_eq!(city.taken(SLOT).await, 1);
    assert_eq!(city.letters(EMAIL).await.len(), 1, "one booking, one letter");
}
