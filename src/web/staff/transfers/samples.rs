//! Invented transfers for the check that draws every page in every state.

use super::routes::{Cell, Line, Routes};
use super::view::{Answer, Choice, Group, Person, Row, Tab, Transfers};
use crate::base::{CardId, Day, Minute, TransferId};
use crate::web::staff::parts::Wrong;

fn day() -> Day {
    Day::from_date(jiff::civil::date(2026, 4, 13))
}

fn row(tag: (&'static str, &'static str), next: Vec<(&'static str, &'static str)>) -> Row {
    Row {
        id: TransferId::of(12),
        version: 3,
        card: CardId::of(5),
        name: "髙橋 美咲".to_owned(),
        kana: "タカハシ ミサキ".to_owned(),
        notice: "A13-345603".to_owned(),
        birth: Some("1990-04-13".to_owned()),
        place: "本庁舎の保管庫 B-04-137".to_owned(),
        to: "東総合支所".to_owned(),
        day: Some(day()),
        starts: Some(Minute::of(570)),
        people: Some(2),
        run: "0413-1".to_owned(),
        tag,
        tone: "s-wait",
        notes: vec!["今日の便に必要".to_owned()],
        next,
        steps: vec!["引抜 4/13（月）9:42 山田 花子".to_owned()],
    }
}

fn page(stage: &'static str, rows: Vec<Row>) -> Transfers {
    let group = Group {
        from: "本庁舎の保管庫".to_owned(),
        to: "東総合支所".to_owned(),
        day: Some(day()),
        hint: "4/9（木）までに発送".to_owned(),
        late: false,
        rows,
    };
    let choice = || vec![Choice { code: "1".to_owned(), label: "本庁舎".to_owned(), chosen: true }];
    Transfers {
        stage,
        tabs: vec![
            Tab { code: "send", label: "発送する", count: Some(6), current: stage == "send" },
            Tab { code: "done", label: "済んだもの", count: None, current: stage == "done" },
        ],
        from: choice(),
        to: choice(),
        statuses: choice(),
        day: None,
        sends: stage == "send",
        shown: group.rows.len(),
        found: 2,
        late: usize::from(stage == "moving"),
        groups: if group.rows.is_empty() { Vec::new() } else { vec![group] },
        answer: None,
        choices: Vec::new(),
        storages: vec![(1, "東の保管庫".to_owned()), (2, "東の金庫".to_owned())],
        today: day(),
        query: "stage=send&from=1&to=all".to_owned(),
        may_edit_routes: true,
        may_export: true,
        may_see_cards: stage != "receive",
        wrong: Vec::new(),
    }
}

pub(super) fn list() -> Vec<(&'static str, Transfers)> {
    let send = || row(("未発送", "wait"), vec![("pull", "引抜"), ("send", "発送")]);
    let answer = |bad, undo| Answer {
        bad,
        head: "届け先",
        shelf: "東総合支所".to_owned(),
        name: "髙橋 美咲".to_owned(),
        notice: "A13-345603".to_owned(),
        birth: (!bad).then(|| "1990-04-13".to_owned()),
        alike: bad.then_some("同姓同名あり"),
        tag: ("輸送中", "move"),
        text: "髙橋 美咲さんのカードを発送済にしました。".to_owned(),
        undo,
    };
    let person = Person {
        card: CardId::of(5),
        name: "髙橋 美咲".to_owned(),
        kana: String::new(),
        notice: "A13-345603".to_owned(),
        birth: Some("1990-04-13".to_owned()),
    };
    let scanned = answer(false, Some((TransferId::of(12), 3)));
    vec![
        ("to send", page("send", vec![send(), Row { people: None, starts: None, day: None, ..send() }])),
        ("scanned", Transfers { answer: Some(scanned), ..page("send", vec![send()]) }),
        ("scanned, goes on", Transfers { answer: Some(answer(true, None)), ..page("receive", vec![send()]) }),
        ("several", Transfers { choices: vec![person], ..page("receive", vec![send()]) }),
        ("under way", page("moving", vec![row(("輸送中", "move"), vec![("receive", "受領")])])),
        ("returns", page("returns", vec![row(("返送が必要", "wait"), vec![("send_home", "返送する")])])),
        ("done", page("done", vec![Row { next: Vec::new(), ..row(("到着", "ok"), Vec::new()) }])),
        ("empty", page("send", Vec::new())),
        (
            "refused",
            Transfers {
                wrong: vec![Wrong::new("scan", "この番号のカードは登録されていません。")],
                ..page("receive", Vec::new())
            },
        ),
    ]
}

pub(super) fn routes() -> Vec<(&'static str, Routes)> {
    let cell = |same| Cell {
        field: "r1-2".to_owned(),
        label: "本庁舎の保管庫から東総合支所へ".to_owned(),
        days: "2".to_owned(),
        seen: "2".to_owned(),
        same,
    };
    let line = || Line {
        storage: 1,
        name: "本庁舎の保管庫".to_owned(),
        stands: "本庁舎".to_owned(),
        cells: vec![cell(true), cell(false)],
        sentences: vec!["東総合支所へは2開庁日。今日申し込むと、受け取れるのは早くて4/15（水）".to_owned()],
    };
    let of = |lines, wrong| Routes {
        default: 3,
        today: day(),
        columns: vec![(1, "本庁舎".to_owned()), (2, "東総合支所".to_owned())],
        lines,
        wrong,
    };
    vec![
        ("routes", of(vec![line()], Vec::new())),
        ("refused", of(vec![line()], vec![Wrong::new("routes", "日数は0から60までの数です。")])),
        ("no storage", of(Vec::new(), Vec::new())),
    ]
}
