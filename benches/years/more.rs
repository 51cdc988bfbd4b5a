//! Rows of which a city has a few, each of a size that is met: a letter to ten thousand, a stock-take of a thousand, a closed day.

use madoguchi::base::{Minute, Moment};
use rusqlite::{Transaction, named_params};

/// People of the letter to many.
const LETTERS: i64 = 10_000;

/// Cards of the stock-take, and those of them that were not found.
const COUNTED: i64 = 1000;
const MISSING: i64 = 20;

/// Bookings of the closed day, and of the change of the calendar.
const STRUCK: i64 = 200;

/// Writes one of each.
pub fn rows(tx: &Transaction<'_>, now: Moment) {
    boxes(tx);
    letter_to_many(tx, now);
    stocktake(tx, now);
    missing(tx, now);
    failures(tx, now);
    closure(tx, now);
    change(tx, now);
    profile(tx, now);
}

fn run(tx: &Transaction<'_>, sql: &str, now: Moment) {
    let before = Moment::at(now.day().minus(1), Minute::of(600)).millis();
    let mut statement = tx.prepare(sql).unwrap();
    let named: Vec<(&str, i64)> = [
        (":at", before),
        (":letters", LETTERS),
        (":counted", COUNTED),
        (":missing", MISSING),
        (":struck", STRUCK),
    ]
    .into_iter()
    .filter(|(name, _)| statement.parameter_index(name).unwrap().is_some())
    .collect();
    let bound: Vec<(&str, &dyn rusqlite::ToSql)> =
        named.iter().map(|(name, value)| (*name, value as &dyn rusqlite::ToSql)).collect();
    let changed = statement.execute(bound.as_slice()).unwrap();
    assert!(changed > 0, "{sql}");
}

fn boxes(tx: &Transaction<'_>) {
    for n in 0..60 {
        tx.execute(
            "INSERT INTO storage_box (storage_id, code, kind, capacity, position)
             SELECT id, :code, 'normal', 400, :n FROM storage",
            named_params! { ":code": format!("B-{n:02}"), ":n": n },
        )
        .unwrap();
    }
}

fn letter_to_many(tx: &Transaction<'_>, now: Moment) {
    run(
        tx,
        "INSERT INTO bulk_mail (id, state, purpose, audience, audience_words, quiet_days, staff_id, actor, origin, tested_at,
                                created_at, touched_at, started_at, finished_at)
         VALUES (1, 'done', 'information', '{\"of\":\"watched\",\"list\":\"due_soon\"}', '受取期限が近い方', 0, 1, '山田 花子',
                 '10.0.0.1', :at, :at, :at, :at, :at)",
        now,
    );
    run(
        tx,
        "INSERT INTO bulk_mail_text (bulk_id, language, subject, body)
         SELECT 1, 'ja', 'カードの受け取りについて', '受取期限が近づいています。' WHERE :at > 0",
        now,
    );
    run(
        tx,
        "INSERT INTO bulk_mail_row (bulk_id, position, card_id, email_key, language, result, tries, at)
         SELECT 1, row_number() OVER (ORDER BY id), id, CASE WHEN id % 20 > 0 THEN email END, 'ja',
                CASE WHEN id % 20 = 0 THEN 'no_address' WHEN id % 20 = 1 THEN 'suppressed' ELSE 'queued' END, 1, :at
           FROM card WHERE email IS NOT NULL ORDER BY id LIMIT :letters",
        now,
    );
}

fn stocktake(tx: &Transaction<'_>, now: Moment) {
    run(
        tx,
        "INSERT INTO stocktake (id, storage_id, shelf, state, started_at, started_by, finished_at, finished_by, expected, found,
                                missing, foreign_cards)
         VALUES (1, 1, '', 'finished', :at, '山田 花子', :at, '山田 花子', :counted, :counted - :missing, :missing, 0)",
        now,
    );
    run(
        tx,
        "INSERT INTO stocktake_line (stocktake_id, card_id, outcome, storage_id, label, times, at, by)
         SELECT 1, id, CASE WHEN row_number() OVER (ORDER BY id DESC) <= :missing THEN 'missing' ELSE 'found' END, storage_id,
                shelf || '-' || position, 1, :at, '山田 花子'
           FROM card WHERE storage_id = 1 AND at_place = 1 ORDER BY id DESC LIMIT :counted",
        now,
    );
}

fn missing(tx: &Transaction<'_>, now: Moment) {
    run(
        tx,
        "INSERT INTO missing_card (card_id, state, noticed_at, noticed_by, how, stocktake_id, last_storage_id, last_label)
         SELECT card_id, 'open', at, by, '棚卸で見つからない', 1, storage_id, label
           FROM stocktake_line WHERE outcome = 'missing' AND :at > 0",
        now,
    );
    run(
        tx,
        "UPDATE card SET status_before = status, status = 'missing', status_at = :at
          WHERE id IN (SELECT card_id FROM missing_card)",
        now,
    );
    run(
        tx,
        "INSERT INTO missing_step (missing_id, at, by, text) SELECT id, :at, '山田 花子', '両隣の棚を見た' FROM missing_card",
        now,
    );
}

fn failures(tx: &Transaction<'_>, now: Moment) {
    run(
        tx,
        "INSERT INTO mail_failure (email, hard, first_at, last_at, last_answer, last_outbox, suppressed_at)
         SELECT to_email, 2, :at, :at, '550 5.1.1 unknown user', max(id), :at
           FROM outbox GROUP BY to_email LIMIT :counted",
        now,
    );
}

fn closure(tx: &Transaction<'_>, now: Moment) {
    run(
        tx,
        "INSERT INTO closure (id, from_at, to_at, reason, state, created_at, created_by, finished_at)
         VALUES (1, :at, :at + 3600000, '全国システムの停止', 'told', :at, '山田 花子', :at)",
        now,
    );
    run(
        tx,
        "INSERT INTO closure_place (closure_id, location_id) SELECT 1, id FROM location WHERE :at > 0",
        now,
    );
    run(
        tx,
        "INSERT INTO closure_item (closure_id, booking_id, told_by)
         SELECT 1, id, CASE WHEN email IS NULL THEN 'telephone' ELSE 'mail' END
           FROM booking WHERE status = 'confirmed' ORDER BY id LIMIT :struck",
        now,
    );
}

fn change(tx: &Transaction<'_>, now: Moment) {
    run(
        tx,
        "INSERT INTO calendar_change (id, at, staff_id, actor, what, plan, before)
         VALUES (1, :at, 1, '山田 花子', '停電のため閉庁', '{\"edits\":[]}', '{\"edits\":[]}')",
        now,
    );
    run(
        tx,
        "INSERT INTO affected_booking (change_id, booking_id, why, choice, location_id, on_day, starts_min, settled_at)
         SELECT 1, id, 'outside', 'call', location_id, on_day, starts_min, :at
           FROM booking WHERE status = 'confirmed' ORDER BY id DESC LIMIT :struck",
        now,
    );
}

fn profile(tx: &Transaction<'_>, now: Moment) {
    let toml = r#"name = "交付一覧"
kind = "card"
format = "fixed_bytes"
encoding = "cp932"
header = false
date_formats = ["EYYMMDD"]

[[columns]]
target = "交付通知書ID"
bytes = [1, 9]

[[columns]]
target = "name"
bytes = [10, 40]

[[columns]]
target = "birth"
bytes = [50, 7]
"#;
    tx.execute(
        "INSERT INTO import_profile (id, name, version, kind, toml, actor, saved_at)
         VALUES (1, '交付一覧', 1, 'card', :toml, '山田 花子', :at)",
        named_params! { ":toml": toml, ":at": now.millis() },
    )
    .unwrap();
}
