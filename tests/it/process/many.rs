//! The program is killed while a letter to many goes out; the next start goes on, and nobody is written to twice.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use madoguchi::accounts::{self, NewStaff, Password};
use madoguchi::base::{BirthDate, Chance, Clock, Email, NoticeId, Personal};
use madoguchi::booking::bulk::{self, Audience, Begin, Purpose, SetText, TextWords};
use madoguchi::cards::{self, LookIn, NewCard, Terms};
use madoguchi::db::{Actor, Db, Lane};
use madoguchi::once::OnceKey;
use madoguchi::settings;
use rustix::process::Signal;

use crate::kit::municipality::shape;
use crate::kit::program::{Desk, look_into};

const PEOPLE: u32 = 240;

/// So many letters are there when the power goes.
const SENT: usize = 40;

const CLERK: Actor = Actor::Cli { uid: 0 };

fn open(desk: &Desk) -> Db {
    Db::open(&desk.file(), "999999", Clock::system(), Chance::system()).unwrap()
}

/// Two people who may write to many.
async fn managers(db: &Db) -> Vec<Actor> {
    let hire = |user: &'static str| {
        let hash = Password::hash(&"ひばり tonbo 88".to_owned().into(), &Chance::system()).unwrap();
        NewStaff {
            user: user.to_owned(),
            name: user.to_owned(),
            role: "manager".to_owned(),
            password: hash,
            must_change: false,
            home: None,
        }
    };
    let mut actors = Vec::new();
    for user in ["first", "second"] {
        let new = hire(user);
        let id = db.write(CLERK, move |tx| accounts::add(tx, &new)).await.unwrap();
        actors.push(Actor::Staff { id, name: user.to_owned(), origin: "10.0.0.1".to_owned() });
    }
    actors
}

/// A letter to everybody, agreed to, of which nothing has left.
async fn prepare(desk: &Desk) {
    let db = open(desk);
    db.write(CLERK, shape).await.unwrap();
    for number in 0..PEOPLE {
        let notice = NoticeId::from_norm(format!("A13{number:06}"));
        let new = NewCard::notified(notice, "田中 健太", "", BirthDate::parse("1990-04-13").unwrap());
        let new = NewCard { name: format!("田中 健太{number}"), ..new };
        let email = Email::parse(&format!("citizen{number}@example.jp")).unwrap();
        db.write(CLERK, move |tx| {
            let card = cards::add(tx, &new)?;
            cards::set_email(tx, card, Some(&email))?;
            Ok::<_, cards::AddError>(())
        })
        .await
        .unwrap();
    }
    let actors = managers(&db).await;
    let change = settings::Change { key: "bulk.per_minute".to_owned(), value: 3000.into() };
    db.write(CLERK, move |tx| settings::set(tx, &change)).await.unwrap();
    let wish = Begin {
        audience: Audience::Cards {
            any: vec![Terms { has_email: Some(true), ..Terms::default() }],
            look: LookIn::ALL,
        },
        words: Personal::of("全員".to_owned()),
        purpose: Purpose::Information,
        quiet_days: 0,
        once: OnceKey::from_form("0123456789abcdef0123456789abcdef").unwrap(),
    };
    let id = db.write(actors[0].clone(), move |tx| bulk::begin(tx, &wish)).await.unwrap();
    while let Some(part) = db.read(Lane::Staff, move |tx| bulk::next_part(tx, id)).await.unwrap() {
        db.write(actors[0].clone(), move |tx| bulk::add_part(tx, id, &part)).await.unwrap();
    }
    let version = |db: &Db| {
        let db = db.clone();
        async move { db.read(Lane::Staff, move |tx| bulk::get(tx, id)).await.unwrap().unwrap().version }
    };
    let words = TextWords { subject: "お知らせ".to_owned(), body: "お知らせです。".to_owned() };
    let text =
        SetText { id, expect_version: version(&db).await, texts: BTreeMap::from([("ja".to_owned(), words)]) };
    db.write(actors[0].clone(), move |tx| bulk::set_text(tx, &text)).await.unwrap();
    db.write(CLERK, move |tx| tx.run("UPDATE bulk_mail SET tested_at = 1 WHERE id = ?", [id])).await.unwrap();
    let seen = version(&db).await;
    db.write(actors[0].clone(), move |tx| bulk::propose(tx, id, seen)).await.unwrap();
    let seen = version(&db).await;
    db.write(actors[1].clone(), move |tx| bulk::approve(tx, id, seen)).await.unwrap();
    db.close().await;
}

/// To whom letters were written; each letter is a file of its own.
fn written(desk: &Desk) -> Vec<String> {
    let mut to = Vec::new();
    for entry in std::fs::read_dir(desk.path("mail")).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "eml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let line = text.lines().find(|line| line.starts_with("To: ")).unwrap();
            to.push(line.trim_start_matches("To: ").trim().to_owned());
        }
    }
    to
}

fn wait_for(desk: &Desk, letters: usize) {
    let patience = Instant::now() + Duration::from_mins(1);
    while written(desk).len() < letters {
        assert!(Instant::now() < patience, "{} of {letters} letters came", written(desk).len());
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_to_many_goes_on_after_a_kill_and_writes_to_nobody_twice() {
    let desk = Desk::new();
    desk.add_city();
    prepare(&desk).await;
    let server = desk.serve();
    wait_for(&desk, SENT);
    server.signal(Signal::KILL);
    server.ended();
    let before = written(&desk).len();
    assert!((SENT..PEOPLE as usize).contains(&before), "the kill came in the middle: {before}");
    let server = desk.serve();
    wait_for(&desk, PEOPLE as usize);
    server.stop();
    let to = written(&desk);
    let each: BTreeSet<&String> = to.iter().collect();
    assert_eq!((to.len(), each.len()), (PEOPLE as usize, PEOPLE as usize), "each address once");
    let reader = look_into(&desk.file());
    let count = |sql: &str| reader.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM outbox WHERE kind = 'bulk'"), i64::from(PEOPLE));
    assert_eq!(count("SELECT count(*) FROM bulk_mail WHERE state = 'done'"), 1);
}
