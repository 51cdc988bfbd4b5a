//! Card files, from bytes to cards: what each row becomes, what is left alone, and what is refused whole.

use std::sync::Arc;

use madoguchi::base::{BirthDate, CardId, LocationId, NoticeId, NoticePattern};
use madoguchi::calendar::{self, NewStorage};
use madoguchi::cards::import::{self, ApplyError, Encoding, File, Options, ReadError, Report, RunState, Why};
use madoguchi::cards::storage::{self, BoxKind, BoxWish, NewRule};
use madoguchi::cards::{self, Card, CardStatus};
use madoguchi::db::{Actor, Lane};
use madoguchi::{history, municipalities};

use crate::kit::city::TestFile;
use crate::kit::location::new_location;

const CLERK: Actor = Actor::Cli { uid: 1000 };
const CP932: &[u8] = include_bytes!("../fixtures/cards-cp932.csv");
const UTF16: &[u8] = include_bytes!("../fixtures/cards-utf16le.csv");
const HEAD: &str = "交付通知書ID,氏名,フリガナ,生年月日,通知書発送日,棚番号,照会番号";

async fn city() -> TestFile {
    let file = TestFile::at("2026-04-13 09:42");
    let seeded = file.db.write(CLERK, |tx| {
        municipalities::seed(tx)?;
        let place = new_location("main", "本庁舎");
        let location: LocationId = calendar::add_location(tx, &place)?;
        let vault = NewStorage { code: "S1".to_owned(), name: "金庫".to_owned(), location: Some(location) };
        calendar::add_storage(tx, &vault)?;
        Ok::<_, calendar::EditError>(())
    });
    seeded.await.unwrap();
    file
}

async fn read(city: &TestFile, bytes: &[u8]) -> Result<Arc<File>, ReadError> {
    let context = city.db.read(Lane::Staff, municipalities::import_context).await.unwrap();
    import::read(bytes, &context).map(Arc::new)
}

fn rows(rows: &str) -> Vec<u8> {
    format!("{HEAD}\n{rows}").into_bytes()
}

async fn dry(city: &TestFile, bytes: &[u8]) -> Report {
    let file = read(city, bytes).await.unwrap();
    import::dry_run(&city.db, &file, false, &|_, _| ()).await.unwrap()
}

async fn apply(city: &TestFile, bytes: &[u8], skip_errors: bool) -> Result<import::Applied, ApplyError> {
    let file = read(city, bytes).await.unwrap();
    let options = Options { file_name: "cards.csv".to_owned(), skip_errors, ..Options::default() };
    import::apply(&city.db, &CLERK, &file, &options, &|_, _| ()).await
}

async fn with_notice(city: &TestFile, notice: &str) -> Vec<Card> {
    let notice = NoticeId::parse(notice, &NoticePattern::default()).unwrap();
    city.db.read(Lane::Staff, move |tx| cards::with_notice(tx, &notice)).await.unwrap()
}

async fn count(city: &TestFile) -> u64 {
    city.db.read(Lane::Staff, cards::count).await.unwrap()
}

fn outcome(report: &Report) -> [u32; 6] {
    let tally = &report.tally;
    [tally.new, tally.changed, tally.unchanged, tally.duplicate, tally.error, tally.conflict]
}

#[tokio::test]
async fn a_file_of_a_vendor_comes_in_with_every_character_as_it_was() {
    let city = city().await;
    let file = read(&city, CP932).await.unwrap();
    assert_eq!(file.found.encoding, Some(Encoding::Cp932));
    assert_eq!(file.doubtful().map(|row| row.line).collect::<Vec<_>>(), [7], "the private character");

    let report = dry(&city, CP932).await;
    assert_eq!(outcome(&report), [4, 0, 0, 0, 3, 2]);
    let errors: Vec<_> = report.errors.iter().map(|error| (error.line, error.column, error.why)).collect();
    let wrong_day = Why::DateDay { month: 2, day: 29 };
    assert_eq!(errors, [(4, "氏名", Why::Control), (6, "生年月日", wrong_day), (9, "", Why::TooFewFields)]);
    assert_eq!(count(&city).await, 0, "a dry run writes nothing");

    apply(&city, CP932, true).await.unwrap();
    let [first] = <[Card; 1]>::try_from(with_notice(&city, "A13-345601").await).unwrap();
    assert_eq!((first.name.uncover().as_str(), first.kana.uncover().as_str()), ("髙橋　花子", "ﾀｶﾊｼ ﾊﾅｺ"));
    assert_eq!(*first.birth.uncover(), BirthDate::parse("1990-04-13").unwrap());
    assert_eq!((first.shelf.as_str(), first.position.as_str()), ("B-4", "101"));
    assert!(first.location.is_some() && first.storage.is_some() && first.import_run.is_some());
    assert_eq!(first.status, CardStatus::Notified);
    let [second] = <[Card; 1]>::try_from(with_notice(&city, "A13345602").await).unwrap();
    assert_eq!(second.name.uncover(), "山﨑 一");
    assert_eq!(second.pickup_due_on.map(|day| day.to_string()).as_deref(), Some("2026-06-28"));
    assert_eq!(with_notice(&city, "A13-345604").await.len(), 2, "one notice ID, two persons");
}

#[tokio::test]
async fn the_same_file_in_utf16_means_the_same() {
    let city = city().await;
    let (one, other) = (dry(&city, CP932).await, dry(&city, UTF16).await);
    assert_eq!(read(&city, UTF16).await.unwrap().found.encoding, Some(Encoding::Utf16Le));
    assert_eq!(one, other);
}

#[tokio::test]
async fn a_file_with_a_bad_row_changes_nothing_unless_asked() {
    let city = city().await;
    let refused = apply(&city, CP932, false).await;
    let Err(ApplyError::Rows(report)) = refused else { panic!("{refused:?}") };
    assert_eq!(report.errors.len(), 3);
    assert_eq!(count(&city).await, 0);
    let runs = city.db.read(Lane::Staff, |tx| import::runs(tx, 10)).await.unwrap();
    assert!(runs.is_empty(), "a refused file leaves no run");
}

#[tokio::test]
async fn the_same_file_takes_effect_once_and_its_rows_are_known_in_another() {
    let city = city().await;
    let file = rows("A13-345601,山田 花子,ヤマダ ハナコ,1990-04-13,2026-03-30,,\n");
    let run = apply(&city, &file, false).await.unwrap().run;
    let again = apply(&city, &file, false).await;
    assert!(matches!(again, Err(ApplyError::Again(known)) if known == run), "{again:?}");

    let other = rows("a13345601,山田　花子,,H2.4.13,,,\nA13-345602,林 一,,1970-01-01,,,\n");
    let report = apply(&city, &other, false).await.unwrap().report;
    assert_eq!(outcome(&report), [1, 1, 0, 0, 0, 0], "the space in the name is wider");
    assert_eq!(count(&city).await, 2);
}

#[tokio::test]
async fn a_registered_card_keeps_its_status_its_place_and_its_remark() {
    let city = city().await;
    apply(&city, &rows("A13-345601,山田 花子,ヤマダ ハナコ,1990-04-13,2026-03-30,B-4-101,7\n"), false)
        .await
        .unwrap();
    let card = with_notice(&city, "A13-345601").await.remove(0);
    let wish = cards::SetRemark {
        card: card.id,
        remark: "車いす".to_owned(),
        no_my_number: false,
        expect_version: card.version,
    };
    city.db.write(CLERK, move |tx| cards::set_remark(tx, &wish)).await.unwrap();

    let other = rows("A13-345601,山田 花子,ヤマダ ハナ,1990-04-13,,C-1-1,7\n");
    let report = apply(&city, &other, false).await.unwrap().report;
    assert_eq!(outcome(&report), [0, 1, 0, 0, 0, 0]);
    let now = with_notice(&city, "A13-345601").await.remove(0);
    assert_eq!(now.kana.uncover(), "ヤマダ ハナ");
    assert_eq!(
        (now.status, now.shelf.as_str(), now.remark.uncover().as_str()),
        (CardStatus::Notified, "B-4", "車いす")
    );
    assert!(now.notice_sent_on.is_some(), "an empty cell takes nothing away");

    let entries = city.db.read(Lane::Staff, move |tx| history::of_card(tx, card.id)).await.unwrap();
    let operations: Vec<_> = entries.iter().rev().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(operations, ["import.started", "card.remark_changed", "card.import_changed"]);
    assert_eq!(entries[0].fields, ["kana"]);
    assert_eq!(entries[0].actor, "cli:1000");
}

#[tokio::test]
async fn an_inquiry_number_finds_its_card_and_never_another_persons() {
    let city = city().await;
    apply(&city, &rows("A13-345601,山田 花子,ヤ,1990-04-13,,,7\n"), false).await.unwrap();
    let moved = dry(&city, &rows("B13-345601,山田 花子,ヤ,1990-04-13,,,7\n")).await;
    assert_eq!(outcome(&moved), [0, 1, 0, 0, 0, 0], "the same card under another notice ID");
    let again = dry(&city, &rows("A13-345601,山田 花子,ヤ,1990-04-13,,,8\n")).await;
    assert_eq!(outcome(&again), [1, 0, 0, 0, 0, 0], "a second card of one person, no conflict");
    let other = dry(&city, &rows("A13-345601,林 一,ハ,1970-01-01,,,7\n")).await;
    assert_eq!(other.errors.first().map(|error| error.why), Some(Why::OtherPerson));
}

#[tokio::test]
async fn a_conflict_is_another_person_with_the_same_notice_id() {
    let city = city().await;
    apply(&city, &rows("A13-345601,山田 花子,ヤ,1990-04-13,,,\n"), false).await.unwrap();
    let other = rows("A13-345601,林 一,ハ,1970-01-01,,,\nA13-345601,林 一,ハ,1970-01-01,,,\n");
    let report = apply(&city, &other, false).await.unwrap().report;
    assert_eq!(outcome(&report), [1, 0, 0, 1, 0, 1]);
    let json = serde_json::to_value(&report).unwrap();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["changed", "conflict", "duplicate", "error", "errors", "new", "rows", "unchanged"];
    assert_eq!(keys.iter().copied().collect::<std::collections::BTreeSet<_>>(), expected.into());
    assert_eq!(json["rows"], 2);
}

#[tokio::test]
async fn a_file_with_individual_numbers_is_refused_and_none_is_repeated() {
    let city = city().await;
    let text = rows(&"A13-345601,山田,ヤ,1990-04-13,,,123456789018\n".repeat(20));
    let refused = read(&city, &text).await.unwrap_err();
    assert_eq!(refused, ReadError::MyNumber { column: 7 });
    assert!(!format!("{refused} {refused:?}").contains("1234"));
}

#[tokio::test]
async fn rows_of_an_import_that_was_cut_off_are_seen_by_nobody_and_gone_after_a_restart() {
    let city = city().await;
    apply(&city, &rows("A13-345601,山田 花子,ヤ,1990-04-13,,,\n"), false).await.unwrap();
    // What a process leaves that is killed between two slices.
    city.db
        .write(CLERK, |tx| {
            tx.run(
                "INSERT INTO import_run (id, kind, file_name, file_sha256, file_size, encoding, state, actor, started_at)
                 VALUES (99, 'card', 'x.csv', 'abc', 1, 'utf-8', 'applying', 'cli:0', 0)",
                [],
            )?;
            tx.run(
                "INSERT INTO card (notice_id, notice_id_norm, name, name_search, birth_date, birth_mmdd, person_key,
                                   status, status_at, import_run_id, created_at, updated_at)
                 VALUES ('A13-345602', 'A13345602', '林', '林', '1970-01-01', '0101', '林|1970-01-01',
                         'notified', 0, 99, 0, 0)",
                [],
            )?;
            tx.run("INSERT INTO import_change (run_id, card_id, line, fields) VALUES (99, 1, 2, '{\"kana\":[\"ヤ\",\"ミ\"]}')", [])
        })
        .await
        .unwrap();
    assert_eq!(count(&city).await, 1);
    assert!(with_notice(&city, "A13-345602").await.is_empty());
    let second = apply(&city, &rows("A13-345603,森 一,モ,1990-04-13,,,\n"), false).await;
    assert!(matches!(second, Err(ApplyError::Running(_))), "{second:?}");

    import::clean_up_all(&city.db).await.unwrap();
    let run = city.db.read(Lane::Staff, |tx| import::runs(tx, 1)).await.unwrap().remove(0);
    assert_eq!(run.state, RunState::Failed);
    assert_eq!(with_notice(&city, "A13-345601").await[0].kana.uncover(), "ヤ");
    assert!(!city.db.read(Lane::Staff, import::is_due).await.unwrap());
    apply(&city, &rows("A13-345603,森 一,モ,1990-04-13,,,\n"), false).await.unwrap();
    assert_eq!(count(&city).await, 2);
}

#[tokio::test]
async fn changes_of_an_import_that_stands_are_carried_on_after_a_restart() {
    let city = city().await;
    let run = apply(&city, &rows("A13-345601,山田 花子,ヤ,1990-04-13,,,\n"), false).await.unwrap().run;
    let card = with_notice(&city, "A13-345601").await.remove(0).id;
    city.db
        .write(CLERK, move |tx| {
            let sql = "INSERT INTO import_change (run_id, card_id, line, fields) VALUES (?, ?, 2, '{\"kana\":[\"ヤ\",\"ミ\"]}')";
            tx.run(sql, (run, card))
        })
        .await
        .unwrap();
    import::clean_up_all(&city.db).await.unwrap();
    assert_eq!(with_notice(&city, "A13-345601").await[0].kana.uncover(), "ミ");
    assert!(!city.db.read(Lane::Staff, import::is_due).await.unwrap());
}

#[tokio::test]
async fn an_import_that_stands_is_not_taken_back_when_its_changes_have_to_wait() {
    let city = city().await;
    apply(&city, &rows("A13-345601,山田 花子,ヤ,1990-04-13,,,\n"), false).await.unwrap();
    let trigger = "CREATE TRIGGER stuck BEFORE UPDATE ON card BEGIN SELECT RAISE(ABORT, 'stuck'); END";
    city.db.write(CLERK, move |tx| tx.run(trigger, [])).await.unwrap();
    let both = rows("A13-345601,山田 花子,ミ,1990-04-13,,,\nA13-345602,林 一,ハ,1990-04-13,,,\n");
    let stuck = apply(&city, &both, false).await;
    assert!(matches!(stuck, Err(ApplyError::Fault(_))), "{stuck:?}");
    assert_eq!(with_notice(&city, "A13-345602").await.len(), 1, "what stands stays");

    city.db.write(CLERK, |tx| tx.run("DROP TRIGGER stuck", [])).await.unwrap();
    import::clean_up_all(&city.db).await.unwrap();
    assert_eq!(with_notice(&city, "A13-345601").await[0].kana.uncover(), "ミ");
    assert_eq!(count(&city).await, 2);
}

#[tokio::test]
async fn an_import_that_fails_on_its_way_leaves_nothing() {
    let city = city().await;
    let many: String =
        (0..1000).fold(String::new(), |rows, n| rows + &format!("A13-{n:06},山田,ヤ,1990-04-13,,,\n"));
    let stumble = format!("{many}B13-000001,林,ハ,1990-04-13,,,7\n");
    let setup = rows("C13-000001,森,モ,1990-04-13,,,7\n");
    apply(&city, &setup, false).await.unwrap();
    let refused = apply(&city, &rows(&stumble), false).await;
    assert!(matches!(refused, Err(ApplyError::Rows(ref report)) if report.errors.len() == 1), "{refused:?}");
    assert_eq!(count(&city).await, 1);
    let left = |tx: &madoguchi::db::ReadTx<'_>| {
        tx.one("SELECT (SELECT count(*) FROM card) + (SELECT count(*) FROM import_change) AS n", [], |row| {
            row.get::<_, i64>("n")
        })
    };
    assert_eq!(city.db.read(Lane::Staff, left).await.unwrap(), 1);
    let report = apply(&city, &rows(&stumble), true).await.unwrap().report;
    assert_eq!(outcome(&report), [1000, 0, 0, 0, 1, 0]);
    let verdict = city.db.read(Lane::Staff, |tx| history::verify(tx, &history::Link::start(), 100_000)).await;
    assert!(matches!(verdict, Ok(history::Verdict::Sound(_))), "{verdict:?}");
}

#[tokio::test]
async fn boxes_fill_up_one_after_the_other_however_the_file_is_cut_into_slices() {
    const CAPACITY: u16 = 60;
    let city = city().await;
    let boxes = city.db.write(CLERK, |tx| {
        let place = storage::places(tx)?.first().map(|place| place.id).unwrap();
        for (position, code) in [(1, "B-01"), (2, "B-02"), (3, "B-03")] {
            let (kind, capacity, retired) = (BoxKind::Normal, Some(CAPACITY), false);
            let (code, barcode) = (code.to_owned(), String::new());
            storage::add_box(tx, place, &BoxWish { code, barcode, kind, capacity, position, retired })?;
        }
        Ok::<_, storage::PlaceError>(place)
    });
    let place = boxes.await.unwrap();
    let rule = NewRule { storage: Some(place), ..NewRule::default() };
    city.db.write(CLERK, move |tx| storage::add_rule(tx, &rule)).await.unwrap();

    let all: Vec<_> = (0..200).map(|at| format!("A13{at:06},山田{at},ヤマダ,1990-04-13,,,\n")).collect();
    apply(&city, &rows(&all.concat()), false).await.unwrap();
    let ids: Vec<CardId> = (1..=200).map(CardId::of).collect();
    let cards = city.db.read(Lane::Staff, move |tx| cards::of_ids(tx, &ids)).await.unwrap();
    let spots: Vec<_> = cards.values().map(|card| (card.shelf.as_str(), card.position.clone())).collect();
    let numbers = |code| (1..=CAPACITY).map(move |number| (code, format!("{number:03}")));
    let full = ["B-01", "B-02", "B-03"].into_iter().flat_map(numbers);
    let expected: Vec<_> = full.chain(std::iter::repeat_n(("", String::new()), 20)).collect();
    assert_eq!(spots, expected);
    assert!(cards.values().all(|card| card.storage == Some(place)));
}
