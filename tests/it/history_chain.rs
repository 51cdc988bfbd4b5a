//! The operation log: what it holds, and that a change to it is found.

use madoguchi::base::CardId;
use madoguchi::db::{Fault, Lane};
use madoguchi::history::{self, Change, Event, Link, Record, Verdict};

use crate::kit::city::{TestFile, citizen};

const CARD: CardId = CardId::of(1);

async fn file_with_card() -> TestFile {
    let file = TestFile::at("2026-04-13 09:42");
    let card = file.db.write(citizen(), |tx| {
        tx.run(
            "INSERT INTO card (id, notice_id, notice_id_norm, name, name_search, birth_date, birth_mmdd, person_key,
               status, status_at, created_at, updated_at)
             VALUES (1, 'A13-345603', 'A13345603', '見本 花子', '見本花子', '1990-04-01', '0401', 'k', 'notified', 0, 0, 0)",
            [],
        )
    });
    card.await.unwrap();
    file
}

async fn note(file: &TestFile, text: &'static str) {
    let written = file.db.write(citizen(), move |tx| {
        let change = Change::new("remark", None, Some(text.to_owned()));
        let event = Event {
            cards: &[CARD],
            changes: vec![change],
            reason: Some("電話".to_owned()),
            ..Event::of("card.remark_set", Record::Card(CARD))
        };
        history::record(tx, &event)
    });
    written.await.unwrap();
}

async fn verdict(file: &TestFile) -> Verdict {
    file.db.read(Lane::Staff, |tx| history::verify(tx, &Link::start(), 100)).await.unwrap()
}

/// What somebody with the file in their hands could do; the triggers are no obstacle to them.
async fn tamper(file: &TestFile, sql: &'static str) {
    let done = file.db.write(citizen(), move |tx| {
        tx.run("DROP TRIGGER history_no_update", [])?;
        tx.run("DROP TRIGGER history_no_delete", [])?;
        tx.run("DELETE FROM history_card", [])?;
        tx.run(sql, [])
    });
    done.await.unwrap();
}

#[tokio::test]
async fn a_card_tells_who_did_what_when_and_the_values() {
    let file = file_with_card().await;
    note(&file, "車いす").await;
    note(&file, "車いす、付添あり").await;
    let entries = file.db.read(Lane::Staff, |tx| history::of_card(tx, CARD)).await.unwrap();
    assert_eq!(entries.len(), 2);
    let newest = entries.first().unwrap();
    assert_eq!((newest.id.get(), newest.operation.as_str()), (2, "card.remark_set"));
    assert_eq!((newest.actor.as_str(), newest.origin.as_str()), ("市民", "192.0.2.1"));
    assert_eq!((newest.at, newest.fields.join(",")), (file.clock.clock().now(), "remark".to_owned()));
    let detail = newest.detail.as_ref().unwrap();
    assert_eq!(detail.reason.as_deref(), Some("電話"));
    assert_eq!(detail.changes.first().unwrap().uncover().1, Some("車いす、付添あり"));
    let same = file.db.read(Lane::Staff, |tx| history::of_record(tx, Record::Card(CARD))).await.unwrap();
    assert_eq!(same, entries);
}

#[tokio::test]
async fn an_untouched_log_is_sound_in_any_slices() {
    let file = file_with_card().await;
    for text in ["一", "二", "三"] {
        note(&file, text).await;
    }
    let Verdict::Sound(whole) = verdict(&file).await else { panic!("broken") };
    assert_eq!(whole.events(), 3);
    let sliced = file.db.read(Lane::Staff, |tx| {
        let mut link = Link::start();
        loop {
            match history::verify(tx, &link, 2)? {
                Verdict::More(next) => link = next,
                end => return Ok::<_, Fault>(end),
            }
        }
    });
    assert_eq!(sliced.await.unwrap(), Verdict::Sound(whole));
}

#[tokio::test]
async fn the_log_refuses_change_and_deletion() {
    let file = file_with_card().await;
    note(&file, "一").await;
    for sql in ["UPDATE history SET actor = 'x'", "DELETE FROM history"] {
        assert!(file.db.write(citizen(), move |tx| tx.run(sql, [])).await.is_err(), "{sql}");
    }
    assert!(matches!(verdict(&file).await, Verdict::Sound(_)));
}

#[tokio::test]
async fn a_changed_row_a_removed_row_and_changed_values_are_found() {
    for (sql, at) in [
        ("UPDATE history SET actor = '別人' WHERE id = 2", 2),
        ("DELETE FROM history WHERE id = 2", 3),
        ("UPDATE history_detail SET detail = replace(detail, '二', '弐') WHERE history_id = 2", 2),
        ("UPDATE history SET detail_hash = NULL WHERE id = 1", 1),
    ] {
        let file = file_with_card().await;
        for text in ["一", "二", "三"] {
            note(&file, text).await;
        }
        if at == 3 {
            let gone =
                file.db.write(citizen(), |tx| tx.run("DELETE FROM history_detail WHERE history_id = 2", []));
            gone.await.unwrap();
        }
        tamper(&file, sql).await;
        assert_eq!(verdict(&file).await, Verdict::Broken(madoguchi::base::HistoryId::of(at)), "{sql}");
    }
}

#[tokio::test]
async fn purged_values_leave_the_chain_whole() {
    let file = file_with_card().await;
    note(&file, "一").await;
    note(&file, "二").await;
    file.db.write(citizen(), |tx| tx.run("DELETE FROM history_detail", [])).await.unwrap();
    assert!(matches!(verdict(&file).await, Verdict::Sound(link) if link.events() == 2));
    let entries = file.db.read(Lane::Staff, |tx| history::of_card(tx, CARD)).await.unwrap();
    assert!(entries.iter().all(|entry| entry.detail.is_none() && entry.fields == ["remark"]));
}

#[tokio::test]
async fn the_same_value_hashes_differently_each_time() {
    let file = file_with_card().await;
    note(&file, "同じ").await;
    note(&file, "同じ").await;
    let hashes = file.db.read(Lane::Staff, |tx| {
        tx.all("SELECT DISTINCT detail_hash FROM history", [], |row| row.get::<_, Vec<u8>>("detail_hash"))
    });
    assert_eq!(hashes.await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_view_of_a_person_is_kept() {
    let file = file_with_card().await;
    let seen = file.db.write(citizen(), |tx| {
        history::saw(tx, "cards.show", Record::Card(CARD))?;
        history::saw(tx, "cards.search", None::<Record>)
    });
    seen.await.unwrap();
    let rows = file.db.read(Lane::Staff, |tx| {
        tx.all("SELECT page, record_kind, record_id FROM access ORDER BY id", [], |row| {
            Ok((
                row.get::<_, String>("page")?,
                row.get::<_, String>("record_kind")?,
                row.get::<_, Option<i64>>("record_id")?,
            ))
        })
    });
    let expected = [
        ("cards.show".to_owned(), "card".to_owned(), Some(1)),
        ("cards.search".to_owned(), String::new(), None),
    ];
    assert_eq!(rows.await.unwrap(), expected);
}
