//! Five years of a city, invented and written straight into its file: cards, bookings, letters, events.
//!
//! The events carry no true chain: the measurements read them, nobody verifies them.

use madoguchi::base::{Day, Minute, Moment, text};
use rusqlite::{Connection, Transaction, named_params};

/// Rows that pages can be asked for.
#[derive(Debug)]
pub struct Known {
    /// How many cards there are; they are numbered from 1.
    pub cards: i64,
    /// How many bookings there are; they are numbered from 1.
    pub bookings: i64,
    /// Bookings of today.
    pub today: Vec<i64>,
    /// Bookings that are to come.
    pub coming: Vec<i64>,
    /// How many events there are.
    pub events: i64,
    /// Size of the file.
    pub megabytes: i64,
}

impl Known {
    /// What the file holds.
    pub fn of(file: &Connection, today: Day) -> Self {
        let one = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let many = |sql: &str| {
            let mut found = file.prepare(sql).unwrap();
            let rows = found.query_map([today.to_string()], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        Self {
            cards: one("SELECT count(*) FROM card"),
            bookings: one("SELECT count(*) FROM booking"),
            today: many("SELECT id FROM booking WHERE on_day = ? AND location_id = 1 LIMIT 100"),
            coming: many("SELECT id FROM booking WHERE on_day > ? AND status = 'confirmed' LIMIT 100"),
            events: one("SELECT count(*) FROM history"),
            megabytes: one(
                "SELECT page_count * page_size / 1000000 FROM pragma_page_count(), pragma_page_size()",
            ),
        }
    }
}

const SURNAMES: [(&str, &str); 48] = [
    ("佐藤", "サトウ"),
    ("鈴木", "スズキ"),
    ("髙橋", "タカハシ"),
    ("田中", "タナカ"),
    ("伊藤", "イトウ"),
    ("渡邊", "ワタナベ"),
    ("山本", "ヤマモト"),
    ("中村", "ナカムラ"),
    ("小林", "コバヤシ"),
    ("加藤", "カトウ"),
    ("𠮷田", "ヨシダ"),
    ("山田", "ヤマダ"),
    ("佐々木", "ササキ"),
    ("山口", "ヤマグチ"),
    ("松本", "マツモト"),
    ("井上", "イノウエ"),
    ("木村", "キムラ"),
    ("林", "ハヤシ"),
    ("清水", "シミズ"),
    ("山﨑", "ヤマザキ"),
    ("森", "モリ"),
    ("池田", "イケダ"),
    ("橋本", "ハシモト"),
    ("阿部", "アベ"),
    ("石川", "イシカワ"),
    ("前田", "マエダ"),
    ("藤田", "フジタ"),
    ("小川", "オガワ"),
    ("後藤", "ゴトウ"),
    ("岡田", "オカダ"),
    ("長谷川", "ハセガワ"),
    ("村上", "ムラカミ"),
    ("近藤", "コンドウ"),
    ("石井", "イシイ"),
    ("坂本", "サカモト"),
    ("遠藤", "エンドウ"),
    ("青木", "アオキ"),
    ("藤井", "フジイ"),
    ("西村", "ニシムラ"),
    ("福田", "フクダ"),
    ("太田", "オオタ"),
    ("三浦", "ミウラ"),
    ("藤原", "フジワラ"),
    ("岡本", "オカモト"),
    ("松田", "マツダ"),
    ("中川", "ナカガワ"),
    ("原田", "ハラダ"),
    ("酒井", "サカイ"),
];

const FIRST: [(&str, &str); 12] = [
    ("健", "ケン"),
    ("花", "ハナ"),
    ("一", "カズ"),
    ("美", "ミ"),
    ("大", "ダイ"),
    ("和", "カズ"),
    ("直", "ナオ"),
    ("真", "マ"),
    ("千", "チ"),
    ("博", "ヒロ"),
    ("由", "ユ"),
    ("裕", "ユウ"),
];

const LAST: [(&str, &str); 12] = [
    ("太", "タ"),
    ("子", "コ"),
    ("郎", "ロウ"),
    ("咲", "サキ"),
    ("輔", "スケ"),
    ("樹", "キ"),
    ("代", "ヨ"),
    ("人", "ト"),
    ("香", "カ"),
    ("里", "リ"),
    ("夫", "オ"),
    ("奈", "ナ"),
];

const REMARKS: [&str; 8] =
    ["", "", "", "電話済。夕方を希望", "", "車いす", "", "ご家族が代理で来庁。委任状を確認する"];

/// Numbers that look drawn and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

fn int(n: usize) -> i64 {
    i64::try_from(n).unwrap()
}

/// Writes it all.
pub fn five_years(file: &mut Connection, cards: usize, now: Moment) {
    file.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA foreign_keys = OFF;")
        .unwrap();
    let tx = file.transaction().unwrap();
    let mut dice = Dice(3);
    runs(&tx, cards);
    people(&tx, cards, now, &mut dice);
    bookings(&tx, cards, now, &mut dice);
    letters(&tx, cards, now);
    events(&tx, cards, now, &mut dice);
    crate::more::rows(&tx, now);
    tx.commit().unwrap();
    file.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
}

fn runs(tx: &Transaction<'_>, cards: usize) {
    for run in 1..=cards / 1000 {
        tx.execute(
            "INSERT INTO import_run (id, kind, file_name, file_sha256, file_size, encoding, state, rows, new, actor,
                                     started_at, finished_at)
             VALUES (:id, 'card', :name, :sum, 100000, 'cp932', 'applied', 1000, 1000, '山田 花子', 1, 1)",
            named_params! { ":id": int(run), ":name": format!("koufu_{run:03}.csv"), ":sum": format!("{run:064x}") },
        )
        .unwrap();
    }
}

/// Where a card stands: nine in ten were handed over, the newest wait.
fn status(n: usize, cards: usize, dice: &mut Dice) -> &'static str {
    if n > cards - cards / 50 {
        return ["received", "preset_done", "notified", "notified"][dice.below(4)];
    }
    match dice.below(100) {
        0..=1 => "notice_returned",
        2 => "on_hold",
        3 => "incomplete",
        4 => "disposed",
        5 => "voided",
        6..=11 => "notified",
        12 => "renotified",
        _ => "issued",
    }
}

fn people(tx: &Transaction<'_>, cards: usize, now: Moment, dice: &mut Dice) {
    let mut insert = tx
        .prepare(
            "INSERT INTO card (id, notice_id, notice_id_norm, name, kana, name_search, kana_search, birth_date, birth_mmdd,
                               person_key, status, status_at, storage_id, shelf, position, location_id, made_on,
                               notice_sent_on, pickup_due_on, valid_until, inquiry_no, email, remark, import_run_id,
                               import_line, created_at, updated_at)
             VALUES (:id, :notice, :notice, :name, :kana, :name_key, :kana_key, :birth, :mmdd, :person, :status, :status_at,
                     :storage, :shelf, :position, :storage, :made, :sent, :due, :until, :inquiry, :email, :remark, :run,
                     :line, :at, :at)",
        )
        .unwrap();
    let first = now.day().minus(1825);
    for n in 1..=cards {
        let (surname, reading) = SURNAMES[dice.below(48).min(dice.below(48))];
        let (one, two) = (FIRST[dice.below(12)], LAST[dice.below(12)]);
        let name = format!("{surname}　{}{}", one.0, two.0);
        let kana = format!("{reading} {}{}", one.1, two.1);
        let birth =
            Day::new(1930, 1, 1).unwrap().plus(i32::try_from(dice.below(34_000)).unwrap()).to_string();
        let made = first.plus(i32::try_from(n * 1825 / cards).unwrap());
        let status = status(n, cards, dice);
        let sent = made.plus(3);
        insert
            .execute(named_params! {
                ":id": int(n),
                ":notice": format!("{}{:02}{n:06}", ["A", "B", "C", "D"][dice.below(4)], dice.below(100)),
                ":name_key": text::name_key(&name), ":kana_key": text::kana_key(&kana),
                ":name": name, ":kana": kana,
                ":mmdd": format!("{}{}", &birth[5..7], &birth[8..10]),
                ":person": format!("{name}|{birth}|{n}"), ":birth": birth,
                ":status": status, ":status_at": Moment::at(made.plus(30).min(now.day()), Minute::of(600)).millis(),
                ":storage": int(dice.below(12) + 1),
                ":shelf": format!("B-{:02}", dice.below(60)), ":position": format!("{:03}", dice.below(400)),
                ":made": made.to_string(), ":sent": sent.to_string(),
                ":due": (!dice.one_in(20)).then(|| sent.plus(90).to_string()),
                ":until": made.plus(3650).to_string(), ":inquiry": format!("{n:08}"),
                ":email": dice.one_in(2).then(|| format!("citizen{n}@mihon.example")),
                ":remark": REMARKS[dice.below(8)],
                ":run": int((n - 1) / 1000 + 1).min(int(cards / 1000)), ":line": int((n - 1) % 1000 + 2),
                ":at": Moment::at(made, Minute::of(540)).millis(),
            })
            .unwrap();
    }
}

fn bookings(tx: &Transaction<'_>, cards: usize, now: Moment, dice: &mut Dice) {
    let mut insert = tx
        .prepare(
            "INSERT INTO booking (id, booking_no, location_id, on_day, starts_min, ends_min, people, seats, status, takes_seat,
                                  channel, email, created_at, updated_at)
             VALUES (:id, :no, :location, :day, :starts, :starts + 30, 1, 1, :status, :takes, 'web', :email, :at, :at)",
        )
        .unwrap();
    let mut member = tx
        .prepare(
            "INSERT INTO booking_member (booking_id, position, procedure, card_id, person_key, outcome, live)
             SELECT :booking, 1, 'issuance', id, person_key, :outcome, :live FROM card WHERE id = :card",
        )
        .unwrap();
    let mut booked =
        tx.prepare("UPDATE card SET booking_state = 'confirmed', status = 'notified' WHERE id = ?").unwrap();
    let (all, today) = (cards * 7 / 4, now.day());
    let coming = cards / 60;
    for n in 1..=all {
        // The last ones lie in the coming sixty days, and each of them has a card of its own.
        let live = n > all - coming;
        let card = if live { cards - (all - n) } else { dice.below(cards - coming) + 1 };
        let day = if live {
            today.plus(i32::try_from((all - n) * 60 / coming).unwrap())
        } else {
            today.minus(1 + i32::try_from((all - n) * 1800 / all).unwrap())
        };
        let status = match (live, dice.below(10)) {
            (true, _) => "confirmed",
            (false, 0) => "cancelled",
            (false, 1) => "no_show",
            (false, _) => "completed",
        };
        insert
            .execute(named_params! {
                ":id": int(n), ":no": format!("{:04X}-{n:06}", n % 65_536), ":location": int(dice.below(12) + 1),
                ":day": day.to_string(), ":starts": int(540 + dice.below(12) * 30), ":status": status,
                ":takes": i64::from(status != "cancelled"),
                ":email": dice.one_in(2).then(|| format!("citizen{card}@mihon.example")),
                ":at": Moment::at(day.minus(10), Minute::of(1200)).millis(),
            })
            .unwrap();
        let outcome = (status == "completed").then_some("issued");
        member
            .execute(named_params! { ":booking": int(n), ":card": int(card), ":outcome": outcome, ":live": i64::from(live) })
            .unwrap();
        if live {
            booked.execute([int(card)]).unwrap();
        }
    }
}

fn letters(tx: &Transaction<'_>, cards: usize, now: Moment) {
    let mut insert = tx
        .prepare(
            "INSERT INTO outbox (kind, dedup_key, to_email, language, booking_id, card_id, params, state, attempts, next_at,
                                 message_id, created_at, finished_at)
             SELECT 'booking_confirmed', 'b' || id, email, 'ja', id,
                    (SELECT card_id FROM booking_member WHERE booking_id = booking.id), '\"Spent\"', 'sent', 1, created_at,
                    'm' || id, created_at, created_at
               FROM booking WHERE email IS NOT NULL AND :now > 0",
        )
        .unwrap();
    let sent = insert.execute(named_params! { ":now": now.millis() }).unwrap();
    assert!(sent > cards / 2, "letters");
}

fn events(tx: &Transaction<'_>, cards: usize, now: Moment, dice: &mut Dice) {
    let last: i64 = tx.query_row("SELECT ifnull(max(id), 0) FROM history", [], |row| row.get(0)).unwrap();
    let mut insert = tx
        .prepare(
            "INSERT INTO history (id, at, actor_kind, staff_id, actor, origin, operation, record_kind, record_id, fields, chain)
             VALUES (:id, :at, :kind, :staff, :actor, '10.0.0.1', :operation, :record, :row, :fields, zeroblob(32))",
        )
        .unwrap();
    let mut detail = tx
        .prepare("INSERT INTO history_detail (history_id, salt, detail) VALUES (?, zeroblob(16), ?)")
        .unwrap();
    let mut card_of = tx.prepare("INSERT INTO history_card (card_id, history_id) VALUES (?, ?)").unwrap();
    let all = cards * 15;
    let start = Moment::at(now.day().minus(1825), Minute::of(0)).millis();
    let step = (now.millis() - start) / int(all);
    for n in 1..=all {
        let id = last + int(n);
        // A card lives for half a year: its events lie near each other.
        let card = (n * cards / all + dice.below(cards / 10)).clamp(1, cards);
        let staff = dice.below(3) > 0;
        let (operation, record, fields, values) = match dice.below(4) {
            0 => (
                "card.status_changed",
                "card",
                "status",
                r#"[{"field":"status","before":"received","after":"notified"}]"#,
            ),
            1 => ("card.moved", "card", "shelf", r#"[{"field":"shelf","before":"B-01","after":"B-02"}]"#),
            2 => (
                "card.remark_changed",
                "card",
                "remark",
                r#"[{"field":"remark","before":null,"after":"電話済"}]"#,
            ),
            _ => ("booking.confirmed", "booking", "", r"[]"),
        };
        insert
            .execute(named_params! {
                ":id": id, ":at": start + step * int(n), ":kind": if staff { "staff" } else { "citizen" },
                ":staff": staff.then_some(1), ":actor": if staff { "山田 花子" } else { "市民" },
                ":operation": operation, ":record": record, ":row": int(card), ":fields": fields,
            })
            .unwrap();
        if record == "card" {
            detail.execute((id, format!(r#"{{"changes":{values},"reason":null}}"#))).unwrap();
        }
        card_of.execute((int(card), id)).unwrap();
    }
}
