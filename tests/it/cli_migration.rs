//! Bookings, card states and mail addresses of a former system, brought in by the command: the true binary, offline and beside a server.
//!
//! Spec: 7(1)⑬.

use std::process::Output;

use madoguchi::base::{CardId, Chance, Clock, Day, LocationId};
use madoguchi::booking::{self, Booking, Channel};
use madoguchi::calendar;
use madoguchi::cards::{self, Card, CardStatus};
use madoguchi::db::{Actor, Db, Fault, Lane};
use serde_json::Value;

use crate::kit::municipality::shape;
use crate::kit::program::{Desk, said};

const CARDS: &str = "交付通知書ID,氏名,フリガナ,生年月日,通知書発送日\n\
    A13-345601,田中 健太,タナカ ケンタ,1990-04-13,2026-01-05\n\
    A13-345602,田中 花,タナカ ハナ,2015-05-05,2026-01-05\n\
    A13-345603,林 一,ハヤシ ハジメ,1980-12-01,2026-01-05\n";

const HEAD: &str = "交付通知書ID,生年月日,交付場所,予約日,開始時刻,メールアドレス,予約番号";

/// A city with two offices and three registered cards, and the next day on which 本庁舎 is open.
async fn city() -> (Desk, Day) {
    let desk = Desk::new();
    desk.add_city();
    let db = open(&desk);
    let (office, _) = db.write(Actor::Cli { uid: 0 }, shape).await.unwrap();
    let day = db.read(Lane::Staff, move |tx| open_day(tx, office)).await.unwrap();
    db.close().await;
    std::fs::write(desk.path("cards.csv"), CARDS).unwrap();
    assert_eq!(import(&desk, &["cards.csv"]).1["new"], 3);
    (desk, day)
}

fn open(desk: &Desk) -> Db {
    Db::open(&desk.file(), "999999", Clock::system(), Chance::seeded(1)).unwrap()
}

fn open_day(tx: &madoguchi::db::ReadTx<'_>, office: LocationId) -> Result<Day, Fault> {
    let (from, to) = (tx.today().plus(7), tx.today().plus(40));
    let rules = calendar::rules(tx, office, from, to)?;
    Ok((0..30).map(|n| from.plus(n)).find(|day| !rules.slots(*day).is_empty()).unwrap())
}

fn call(desk: &Desk, words: &[&str]) -> Output {
    let mut call = vec!["import", "--json", "--municipality", "mihon"];
    let path = desk.path(words.last().unwrap()).display().to_string();
    call.extend(&words[..words.len() - 1]);
    call.push(&path);
    desk.run(&call)
}

fn import(desk: &Desk, words: &[&str]) -> (Option<i32>, Value) {
    let done = call(desk, words);
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap_or_else(|_| said(&done).into()))
}

/// New, changed, unchanged, duplicate, error, conflict.
fn counts(report: &Value) -> [u64; 6] {
    ["new", "changed", "unchanged", "duplicate", "error", "conflict"]
        .map(|key| report[key].as_u64().unwrap_or_else(|| panic!("{report}")))
}

/// The card with this ID, and its live booking.
async fn found(desk: &Desk, notice: &str) -> (Card, Option<Booking>) {
    let (db, notice) = (open(desk), notice.to_owned());
    let found = db
        .read(Lane::Staff, move |tx| {
            let id: CardId = tx.one(
                "SELECT id FROM card WHERE notice_id_norm = :notice",
                rusqlite::named_params! { ":notice": notice },
                |row| row.get("id"),
            )?;
            let card = cards::get(tx, id)?.unwrap();
            Ok::<_, Fault>((card, booking::live_of_card(tx, id)?))
        })
        .await
        .unwrap();
    db.close().await;
    found
}

#[tokio::test]
async fn bookings_come_in_offline_and_running_twice_changes_nothing() {
    let (desk, day) = city().await;
    let rows = format!(
        "{HEAD}\nA13-345601,1990-04-13,本庁舎,{day},9:30,taro@example.jp,K-7\nA13-345602,2015-05-05,本庁舎,{day},9:30,,K-7\n"
    );
    std::fs::write(desk.path("old.csv"), &rows).unwrap();
    let kind = ["--kind", "booking"];
    let (code, report) = import(&desk, &[&kind[..], &["--dry-run", "old.csv"]].concat());
    assert_eq!((code, counts(&report)), (Some(0), [2, 0, 0, 0, 0, 0]), "{report}");
    assert!(found(&desk, "A13345601").await.1.is_none(), "a dry run wrote nothing");

    let (code, report) = import(&desk, &[&kind[..], &["old.csv"]].concat());
    assert_eq!((code, counts(&report)), (Some(0), [2, 0, 0, 0, 0, 0]), "{report}");
    let made = found(&desk, "A13345601").await.1.unwrap();
    assert_eq!((made.channel, made.people, made.day), (Channel::Migrated, 2, day));

    let again = call(&desk, &[&kind[..], &["old.csv"]].concat());
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("old.csv") && said(&again).contains("run 2"), "{}", said(&again));
    std::fs::write(desk.path("more.csv"), format!("{rows}\n")).unwrap();
    let (code, report) = import(&desk, &[&kind[..], &["more.csv"]].concat());
    assert_eq!((code, counts(&report)), (Some(0), [0, 0, 2, 0, 0, 0]), "the same rows in another file");
}

#[tokio::test]
async fn bookings_come_in_through_a_running_server_row_by_row_and_over_capacity_only_when_it_was_said() {
    let (desk, day) = city().await;
    let db = open(&desk);
    let slot: calendar::SlotId = format!("1.{day}.0930").parse().unwrap();
    db.write(Actor::Cli { uid: 0 }, move |tx| {
        let one = calendar::SlotOverride { capacity: Some(1), citizen_open: true };
        calendar::override_slot(tx, &slot, one)
    })
    .await
    .unwrap();
    db.close().await;
    let server = desk.serve();
    let rows = format!(
        "{HEAD}\nA13-345601,1990-04-13,本庁舎,{day},9:30,,\nA13-345602,2015-05-05,本庁舎,{day},9:30,,\n\
         A13-999999,2015-05-05,本庁舎,{day},9:30,,\n"
    );
    std::fs::write(desk.path("old.csv"), &rows).unwrap();
    let kind = ["--kind", "booking"];
    let (code, report) = import(&desk, &[&kind[..], &["old.csv"]].concat());
    assert_eq!((code, counts(&report)), (Some(1), [1, 0, 0, 0, 2, 0]), "{report}");
    assert_eq!((&report["errors"][0]["line"], &report["errors"][1]["line"]), (&3.into(), &4.into()));
    assert!(report["errors"][0]["why"].as_str().unwrap().contains("枠がいっぱい"), "{report}");

    let (code, report) =
        import(&desk, &[&kind[..], &["--skip-errors", "--over-capacity", "old.csv"]].concat());
    assert_eq!(
        (code, counts(&report)),
        (Some(0), [2, 0, 0, 0, 1, 1]),
        "nothing was written before: {report}"
    );
    server.stop();
    let over = [found(&desk, "A13345601").await.1, found(&desk, "A13345602").await.1];
    assert_eq!(over.map(|one| one.unwrap().over_reason.is_some()), [false, true]);
    let over = call(&desk, &["--over-capacity", "cards.csv"]);
    assert_eq!(over.status.code(), Some(2), "cards take no seats: {}", said(&over));
}

#[tokio::test]
async fn states_and_addresses_come_over_and_running_twice_changes_nothing() {
    let (desk, _) = city().await;
    let rows = "交付通知書ID,生年月日,状態,メールアドレス\nA13-345601,1990-04-13,交付済,taro@example.jp\n\
                A13-345603,1980-12-01,よくわからない,\n";
    std::fs::write(desk.path("states.csv"), rows).unwrap();
    let server = desk.serve();
    let kind = ["--kind", "card_status"];
    let (code, report) = import(&desk, &[&kind[..], &["states.csv"]].concat());
    assert_eq!((code, counts(&report)), (Some(1), [0, 1, 0, 0, 1, 0]), "{report}");
    let (code, report) = import(&desk, &[&kind[..], &["--skip-errors", "states.csv"]].concat());
    assert_eq!((code, counts(&report)), (Some(0), [0, 1, 0, 0, 1, 0]), "{report}");
    server.stop();
    let (card, _) = found(&desk, "A13345601").await;
    assert_eq!(card.status, CardStatus::Issued);
    assert_eq!(card.email.map(|email| email.uncover().clone()).as_deref(), Some("taro@example.jp"));

    std::fs::write(desk.path("again.csv"), format!("{rows}\n")).unwrap();
    let (code, report) = import(&desk, &[&kind[..], &["--skip-errors", "again.csv"]].concat());
    assert_eq!((code, counts(&report)), (Some(0), [0, 0, 1, 0, 1, 0]), "{report}");
}

#[tokio::test]
async fn a_profile_says_of_which_kind_its_files_are() {
    let (desk, day) = city().await;
    let profile = "name = \"旧システム\"\nkind = \"booking\"\n\
        [[columns]]\ntarget = \"notice_id\"\nheader = \"番号\"\n[[columns]]\ntarget = \"birth\"\nheader = \"誕生日\"\n\
        [[columns]]\ntarget = \"location\"\nheader = \"窓口\"\nvalues = { \"本庁\" = \"本庁舎\" }\n\
        [[columns]]\ntarget = \"day\"\nheader = \"日\"\n[[columns]]\ntarget = \"start\"\nheader = \"時\"\n";
    std::fs::write(desk.path("old.toml"), profile).unwrap();
    let rows = format!("番号,誕生日,窓口,日,時\nA13-345603,S55.12.1,本庁,{day},1030\n");
    std::fs::write(desk.path("old.csv"), rows).unwrap();
    let written = desk.path("old.toml").display().to_string();
    let (code, report) = import(&desk, &["--profile", &written, "old.csv"]);
    assert_eq!((code, counts(&report)), (Some(0), [1, 0, 0, 0, 0, 0]), "{report}");
    assert!(found(&desk, "A13345603").await.1.is_some());
    let both = call(&desk, &["--profile", &written, "--kind", "booking", "old.csv"]);
    assert_eq!(both.status.code(), Some(2), "one of the two: {}", said(&both));
}
