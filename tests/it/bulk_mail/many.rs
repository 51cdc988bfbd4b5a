//! Hundreds and thousands of letters: each arrives once, and no turn of the writer is long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use madoguchi::base::{BirthDate, Email, NoticeId};
use madoguchi::booking;
use madoguchi::cards::{self, NewCard};
use madoguchi::db::Lane;
use madoguchi::jobs::{deliver_mail, write_to_many};
use madoguchi::mail;
use madoguchi::settings;

use super::{approve, city, draft, says, tested};
use crate::kit::TestMunicipality;
use crate::kit::post_box::PostBox;

/// So many people with an address each, at a hundred domains, in a city that writes fast.
async fn addressed(city: &TestMunicipality, people: u32) {
    let numbers: Vec<u32> = (1..=people).collect();
    for slice in numbers.chunks(200) {
        let slice = slice.to_vec();
        city.write(move |tx| {
            for number in &slice {
                let notice = NoticeId::from_norm(format!("A13{number:06}"));
                let new = NewCard::notified(notice, "田中 健太", "", BirthDate::parse("1990-04-13").unwrap());
                let email = Email::parse(&format!("c{number}@d{}.example.jp", number % 100)).unwrap();
                let card = cards::add(tx, &new)?;
                cards::set_email(tx, card, Some(&email))?;
            }
            Ok::<_, cards::AddError>(())
        })
        .await;
    }
    let change = settings::Change { key: "bulk.per_minute".to_owned(), value: 6000.into() };
    city.write(move |tx| settings::set(tx, &change)).await;
}

/// So many people from the search to the last letter at the mail server: each once, and no slice holds the writer long.
#[expect(clippy::print_stdout, reason = "the figures are asked for")]
async fn everybody_gets_it_once(people: u32) {
    let mut city = city().await;
    city.mail_may_stay();
    addressed(&city, people).await;
    let mut manager = city.clerk("manager").await;
    let began = Instant::now();
    draft(&city, &mut manager, "カードをお受け取りください。\n{url}").await;
    println!("{people} people were collected in {:.1} s", began.elapsed().as_secs_f32());
    tested(&city, &mut manager).await;
    let here = manager.path().to_owned();
    approve(&city, &here).await;

    let post_box = PostBox::open(&[]).await;
    let desk = post_box.desk(&city);
    let (began, slowest) = (Instant::now(), Beside::begin(&city));
    while write_to_many(&city.city).await.unwrap().is_some() || post_box.count() < people as usize {
        deliver_mail(&desk, &city.city).await.unwrap();
        city.clock.pass(Duration::from_secs(15));
        assert!(began.elapsed() < Duration::from_mins(10), "{} have left", post_box.count());
    }
    let slowest = slowest.end().await;
    println!("{people} letters left in {:.1} s; beside them: {slowest}", began.elapsed().as_secs_f32());
    let mut to: Vec<String> = post_box.arrived().into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), post_box.count()), (people as usize, people as usize), "each of them once");
    manager.open(&here).await;
    assert!(
        says(&manager, &format!("{people}人のうち{people}人に送信（100％が済み）")),
        "{}",
        manager.text()
    );
}

/// A clerk who writes all the time, and how long each write took.
struct Beside(tokio::task::JoinHandle<Vec<Duration>>, Arc<AtomicBool>);

impl Beside {
    fn begin(city: &TestMunicipality) -> Self {
        let (db, over) = (city.city.db.clone(), Arc::new(AtomicBool::new(false)));
        let until = Arc::clone(&over);
        let writing = tokio::spawn(async move {
            let mut took = Vec::new();
            while !until.load(Ordering::SeqCst) {
                let began = Instant::now();
                let write = |tx: &madoguchi::db::WriteTx<'_>| {
                    tx.run("UPDATE location SET name = name WHERE id = 1", [])
                };
                db.write(madoguchi::db::Actor::Cli { uid: 0 }, write).await.unwrap();
                took.push(began.elapsed());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            took
        });
        Self(writing, over)
    }

    async fn end(self) -> String {
        self.1.store(true, Ordering::SeqCst);
        let mut took = self.0.await.unwrap();
        took.sort();
        let at = |part: usize| took[(took.len() - 1) * part / 100].as_millis();
        format!(
            "{} writes, half within {} ms, 99 of 100 within {} ms, the slowest {} ms",
            took.len(),
            at(50),
            at(99),
            at(100)
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_people_get_their_letter_once() {
    everybody_gets_it_once(500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; run it with: cargo test --test it -- --ignored ten_thousand --nocapture"]
async fn ten_thousand_people_get_their_letter_once() {
    everybody_gets_it_once(10_000).await;
}

/// The longest and the middle of some turns of the writer, in words.
fn told(mut took: Vec<f64>) -> String {
    took.sort_by(f64::total_cmp);
    let middle = took.get(took.len() / 2).copied().unwrap_or_default();
    let longest = took.last().copied().unwrap_or_default();
    format!("{} turns, half within {middle:.1} ms, the longest {longest:.1} ms", took.len())
}

/// A job of the writer, with how long it ran there; the flush after it is not counted.
async fn turn<T, E, F>(city: &TestMunicipality, took: &mut Vec<f64>, job: F) -> T
where
    T: Send + 'static,
    E: From<madoguchi::db::Fault> + std::fmt::Debug + Send + 'static,
    F: Fn(&madoguchi::db::WriteTx<'_>) -> Result<T, E> + Send + Sync + 'static,
{
    let clocked = move |tx: &madoguchi::db::WriteTx<'_>| -> Result<(T, f64), E> {
        let began = Instant::now();
        Ok((job(tx)?, began.elapsed().as_secs_f64() * 1000.0))
    };
    let (done, ms) = city.write(clocked).await;
    took.push(ms);
    done
}

/// Letters that the sender takes at once.
const AT_ONCE: usize = 8;

/// Everything that the sender writes for so many letters, a few rows a turn, while as many wait for a domain whose turn is over.
#[expect(clippy::print_stdout, reason = "the figures are asked for")]
async fn turns_of_the_sender(people: u32) {
    let mut city = city().await;
    city.mail_may_stay();
    addressed(&city, people).await;
    let mut manager = city.clerk("manager").await;
    draft(&city, &mut manager, "カードをお受け取りください。\n{url}").await;
    tested(&city, &mut manager).await;
    let here = manager.path().to_owned();
    approve(&city, &here).await;
    let stuck: Vec<String> = (0..people).map(|number| format!("s{number}@full.example.jp")).collect();
    for slice in stuck.chunks(500) {
        city.queue(slice, None).await;
        city.clock.pass(Duration::from_millis(1));
    }
    let bulk = madoguchi::base::BulkMailId::of(here.rsplit('/').next().unwrap().parse().unwrap());
    let (mut queued, mut claimed, mut noted) = (Vec::new(), Vec::new(), Vec::new());
    let mut allowance = mail::Allowance::anywhere(AT_ONCE);
    allowance.left.insert("full.example.jp".to_owned(), 0);
    let mut sent = 0;
    loop {
        let read = move |tx: &madoguchi::db::ReadTx<'_>| {
            booking::bulk::next_slice(tx, bulk, booking::bulk::SLICE_MAX)
        };
        let slice = city.city.db.read(Lane::Staff, read).await.unwrap();
        if let Some(slice) = slice.filter(|slice| slice.people() > 0) {
            assert!(
                slice.people() <= booking::bulk::SLICE_MAX as usize,
                "{} people in a turn",
                slice.people()
            );
            turn(&city, &mut queued, move |tx| booking::bulk::add_slice(tx, bulk, &slice)).await;
        }
        city.clock.pass(Duration::from_secs(10));
        loop {
            let wanted = allowance.clone();
            let ids = city.city.db.read(Lane::Staff, move |tx| mail::look_within(tx, &wanted)).await.unwrap();
            if ids.is_empty() {
                break;
            }
            let wanted = allowance.clone();
            let letters = turn(&city, &mut claimed, move |tx| mail::claim_these(tx, &wanted, &ids)).await;
            assert!(letters.len() <= AT_ONCE, "{} letters in a turn", letters.len());
            for letter in letters {
                let taken = mail::Sent::Taken { answer: "250 Ok".to_owned() };
                turn(&city, &mut noted, move |tx| mail::settle(tx, &letter, &taken)).await;
                sent += 1;
            }
        }
        if sent >= people {
            break;
        }
    }
    println!("{people} letters; queued: {}", told(queued));
    println!("claimed, {people} others waiting for their domain: {}", told(claimed));
    println!("noted: {}", told(noted));
}

#[tokio::test]
async fn no_turn_of_the_sender_writes_many_rows() {
    turns_of_the_sender(300).await;
}

#[tokio::test]
#[ignore = "takes a minute; run it with: cargo test --release --test it -- --ignored turns_of_ten_thousand --nocapture"]
async fn turns_of_ten_thousand_letters_are_measured() {
    turns_of_the_sender(10_000).await;
}
