//! The states that the page of the search can show.

use super::line::Line;
use super::view::{Cards, Choice, Column, File, Form, Found, OnFilter, Span, StateCount};
use crate::base::{CardId, Minute};
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::Stored;

pub(super) fn all() -> Vec<(&'static str, Cards)> {
    let wrong = vec![
        Wrong::new("q", "長すぎます。"),
        Wrong::new("birth", "読めません。"),
        Wrong::new("sent_from", "読めません。"),
        Wrong::new("run", "読めません。"),
    ];
    let file = |reason: &str| File {
        fields: vec![("s", "ab12".to_owned())],
        asks_reason: true,
        reason: reason.to_owned(),
        lists: "/lists/cards?s=ab12#main".to_owned(),
        labels: Some("/lists/labels?s=ab12#main".to_owned()),
    };
    let no_reason = vec![Wrong::new("reason", "理由を書いてください。")];
    let asking = Found { file: Some(file("")), ..found() };
    vec![
        ("search", page(None)),
        ("search found", page(Some(found()))),
        ("search that asks why", page(Some(asking))),
        (
            "search without a reason",
            Cards { wrong: no_reason, ..page(Some(Found { file: Some(file("x")), ..found() })) },
        ),
        (
            "search seen by an auditor",
            Cards { sight: Sight::NONE, ..page(Some(Found { file: None, ..found() })) },
        ),
        ("search found nothing", page(Some(Found { total: 0, rows: Vec::new(), ..found() }))),
        ("search found too many", page(Some(Found { too_many: true, ..found() }))),
        ("search gone", Cards { gone: true, ..page(None) }),
        ("search by no number", Cards { no_number: true, ..page(None) }),
        ("search wrong", Cards { wrong, ..page(None) }),
    ]
}

fn page(found: Option<Found>) -> Cards {
    let choice = || Choice { value: "1".to_owned(), label: "本庁舎".to_owned(), chosen: true };
    let day = || "2026-04-01".parse().ok();
    Cards {
        registered: 18_402,
        form: Form {
            q: "345".to_owned(),
            email: "1",
            run: Some(12),
            unfolded: found.is_some(),
            spans: vec![
                Span { item: "予約日", from: ("booked_from", day()), to: ("booked_to", None) },
                Span { item: "通知書発送", from: ("sent_from", None), to: ("sent_to", day()) },
            ],
            ..Form::default()
        },
        labels: vec![choice()],
        storages: vec![choice()],
        locations: vec![choice()],
        sight: Sight::ALL,
        may_import: true,
        may_update: true,
        mail: Some("/mail/bulk/new?cards_label=booked#main".to_owned()),
        states: vec![StateCount { code: "booked", tag: ("予約", "book"), cards: 3 }],
        found,
        gone: false,
        no_number: false,
        wrong: Vec::new(),
    }
}

fn found() -> Found {
    let line = |birth: Option<&str>| Line {
        id: CardId::of(1),
        notice: "A13-345603".to_owned(),
        name: "田中 健太".to_owned(),
        kana: "タナカ ケンタ".to_owned(),
        birth: birth.map(str::to_owned),
        tag: ("予約", "book"),
        stored: Stored::sample(""),
        booked: birth.and_then(|_| Some(("2026-04-13".parse().ok()?, Minute::of(570)))),
        due: birth.and_then(|_| "2026-06-30".parse().ok()),
        email: birth.is_some(),
        notes: vec!["電話済".to_owned()],
    };
    Found {
        total: 60,
        too_many: false,
        from: 1,
        to: 50,
        filters: vec![OnFilter { words: "ことば：345".to_owned(), off: "/cards#main".to_owned() }],
        columns: vec![
            Column {
                label: "氏名",
                href: Some("/cards?sort=name#main".to_owned()),
                sorted: Some("ascending"),
            },
            Column { label: "予約", href: None, sorted: None },
        ],
        rows: vec![line(Some("1990-04-13")), line(None)],
        first: Some("/cards?s=ab12#main".to_owned()),
        back: Some("/cards?s=ab12&before=1&at=1#main".to_owned()),
        next: Some("/cards?s=ab12&after=50&at=51#main".to_owned()),
        words: "ことば：345".to_owned(),
        tips: vec!["氏名は姓だけでも探せます。".to_owned()],
        fields: vec![("s", "ab12".to_owned())],
        file: Some(File {
            fields: vec![("s", "ab12".to_owned())],
            asks_reason: false,
            reason: String::new(),
            lists: "/lists/cards?s=ab12#main".to_owned(),
            labels: None,
        }),
    }
}
