//! The states that the pages of the outbox can show.

use super::failures::{Failures, Line, One};
use super::letter::Shown;
use super::list::{Outbox, Row, Tally};
use crate::base::{BookingId, CardId, Moment, OutboxId};
use crate::web::staff::parts::Wrong;

const AT: Moment = Moment::from_millis(1_775_980_800_000);

fn row(id: i64, tag: (&'static str, &'static str)) -> Row {
    let (dead, waits) = (tag.1 == "bad", tag.1 == "info" || tag.1 == "wait");
    Row {
        id: OutboxId::of(id),
        at: AT,
        kind: "予約完了",
        card: (id != 3).then(|| (CardId::of(1), "A13-345603".to_owned())),
        booking: (id != 3).then(|| (BookingId::of(1), "K7M2-0413".to_owned())),
        to: "ta***@example.jp".to_owned(),
        tag,
        attempts: 2,
        sent: (!waits && !dead).then_some(AT),
        bounced: dead.then_some(AT),
        next: waits.then_some(AT),
        answer: (dead || waits).then(|| "550 5.1.1 ＜宛先＞ User unknown".to_owned()),
        again: !waits,
        off: waits,
    }
}

fn page(rows: Vec<Row>, may: bool, wrong: Vec<Wrong>) -> Outbox {
    Outbox {
        counts: Tally {
            waiting: u32::from(may),
            held: u32::from(may),
            sent_today: 188,
            dead_today: 2,
            next: may.then_some(AT),
        },
        stopped: may,
        may_set: may,
        states: vec![("waiting", "送信待ち", may)],
        kinds: vec![("link", "手続きの案内", false)],
        from: String::new(),
        to: String::new(),
        about: may.then(|| "予約 K7M2-0413".to_owned()),
        fields: vec![("state", "waiting".to_owned())],
        typed: String::new(),
        rows,
        older: may.then(|| "/mail?before=3#main".to_owned()),
        newest: may.then(|| "/mail#main".to_owned()),
        may_act: may,
        may_book: may,
        wrong,
    }
}

pub(super) fn outbox() -> Vec<(&'static str, Outbox)> {
    let rows = vec![
        row(1, ("送信待ち", "info")),
        row(2, ("送信済", "done")),
        row(3, ("不達", "bad")),
        row(4, ("取りやめ", "none")),
    ];
    let wrong = ["list", "q", "from", "to"].map(|field| Wrong::new(field, "確かめてください。"));
    vec![
        ("the outbox", page(rows.clone(), true, Vec::new())),
        ("the outbox for whoever may only look", page(rows.clone(), false, Vec::new())),
        ("the outbox with mistakes", page(rows, true, wrong.into())),
        ("an empty outbox", page(Vec::new(), false, Vec::new())),
    ]
}

fn shown(full: bool) -> Shown {
    Shown {
        id: OutboxId::of(1),
        kind: "事前のお知らせ",
        tag: if full { ("不達", "bad") } else { ("送信待ち", "info") },
        to: "ta***@example.jp".to_owned(),
        language: "ja".to_owned(),
        at: AT,
        sent: full.then_some(AT),
        ended: (!full).then_some(AT),
        bounced: full.then_some(AT),
        next: (!full).then_some(AT),
        attempts: u32::from(full),
        answer: full.then(|| "250 Ok".to_owned()),
        card: full.then(|| (CardId::of(1), "A13-345603".to_owned(), "田中 健太".to_owned())),
        booking: full.then(|| (BookingId::of(1), "K7M2-0413".to_owned())),
        copy_of: full.then(|| OutboxId::of(2)),
        text: full.then(|| ("明日の予約".to_owned(), "本文\n".to_owned(), true)),
        reworded: full.then_some(AT),
        failure: full.then_some((1, true)),
        story: if full {
            vec![(AT, "メールを送り直した".to_owned(), "山田".to_owned())]
        } else {
            Vec::new()
        },
        again: full,
        off: !full,
        may_act: true,
        may_book: full,
    }
}

pub(super) fn letter() -> Vec<(&'static str, Shown)> {
    vec![("a letter", shown(true)), ("a letter that waits", shown(false))]
}

fn line(suppressed: bool) -> Line {
    Line {
        id: 1,
        email: "ta***@example.jp".to_owned(),
        tag: if suppressed {
            ("メール不達・送信停止", "bad")
        } else {
            ("一時的な不達", "wait")
        },
        hard: u32::from(suppressed) * 2,
        soft: 1,
        first: AT,
        last: AT,
        answer: "550 5.1.1 ＜宛先＞ User unknown".to_owned(),
        letter: suppressed.then(|| OutboxId::of(1)),
        suppressed: suppressed.then_some(AT),
        cards: if suppressed {
            vec![(CardId::of(1), "A13-345603".to_owned(), "田中 健太".to_owned())]
        } else {
            Vec::new()
        },
    }
}

pub(super) fn failures() -> Vec<(&'static str, Failures)> {
    let of = |rows: Vec<Line>, after| Failures {
        older: (after > 0).then(|| "/mail/failures?at=1&row=1#main".to_owned()),
        later_page: after > 0,
        rows,
        after,
        may_act: after > 0,
        may_set: after > 0,
    };
    vec![
        ("addresses that are not reached", of(vec![line(true), line(false)], 2)),
        ("every address is reached", of(Vec::new(), 0)),
    ]
}

pub(super) fn failure() -> Vec<(&'static str, One)> {
    let of = |may, wrong| One { line: line(may), reason: String::new(), may_act: may, may_book: may, wrong };
    vec![
        ("an address that is not reached", of(true, Vec::new())),
        ("the same with a mistake", of(true, vec![Wrong::new("reason", "理由を入力してください。")])),
        ("the same for whoever may only look", of(false, Vec::new())),
    ]
}
