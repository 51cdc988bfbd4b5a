//! Invented pull lists for the check that draws every page in every state.

use super::view::{Answer, BarsView, Group, Person, PullPage, Row};
use crate::base::{CardId, Day, Minute};
use crate::web::staff::parts::Wrong;

fn row(done: bool, here: bool) -> Row {
    Row {
        pick: "c5".to_owned(),
        card: CardId::of(5),
        done,
        lost: !done && here,
        shelf: "B-04-137".to_owned(),
        name: "𠮷田 髙志".to_owned(),
        kana: "ヨシダ タカシ".to_owned(),
        notice: "A16-345606".to_owned(),
        birth: here.then(|| "1990-04-13".to_owned()),
        alike: done.then_some("同姓同名あり"),
        bars: BarsView::of("A16345606".to_owned()),
        starts: Some(Minute::of(570)),
        people: 2,
        notes: vec!["家族と同時".to_owned()],
        here,
    }
}

fn of(groups: Vec<Group>, back: Vec<Row>) -> PullPage {
    let day = Day::from_date(jiff::civil::date(2026, 4, 14));
    PullPage {
        day,
        place: "本庁舎".to_owned(),
        location: 1,
        time: "am",
        route: back.is_empty().then(|| "東総合支所".to_owned()),
        purpose: "counter".to_owned(),
        by_time: false,
        locations: vec![(1, "本庁舎".to_owned(), true)],
        routes: vec![(2, "東総合支所".to_owned(), back.is_empty())],
        all: groups.iter().map(|group| group.rows.len()).sum(),
        done: 1,
        groups,
        back,
        answer: None,
        choices: Vec::new(),
        query: "day=2026-04-14&location=1&time=am&for=counter&order=shelf".to_owned(),
        may_export: true,
        may_see_cards: true,
        wrong: Vec::new(),
    }
}

pub(super) fn page() -> Vec<(&'static str, PullPage)> {
    let near = || Group {
        title: "本庁舎の保管庫　箱 B-04".to_owned(),
        elsewhere: false,
        rows: vec![row(true, true), Row { bars: None, ..row(false, true) }],
    };
    let far = Group {
        title: "この場所の棚にないカード".to_owned(),
        elsewhere: true,
        rows: vec![Row { starts: None, ..row(false, false) }],
    };
    let answer = |undo: Option<String>| Answer {
        head: "棚",
        shelf: "B-04-137".to_owned(),
        name: "𠮷田 髙志".to_owned(),
        notice: "A16-345606".to_owned(),
        birth: undo.as_ref().map(|_| "1990-04-13".to_owned()),
        alike: undo.as_ref().map(|_| "同姓同名あり"),
        text: "引抜済にしました。".to_owned(),
        undo,
    };
    let choice = Person {
        card: CardId::of(5),
        name: "𠮷田 髙志".to_owned(),
        notice: "A16-345606".to_owned(),
        birth: Some("1990-04-13".to_owned()),
    };
    let scanned = PullPage { answer: Some(answer(Some("c5".to_owned()))), ..of(vec![near()], Vec::new()) };
    let for_transfer = PullPage { answer: Some(answer(None)), ..of(vec![near()], Vec::new()) };
    let several = PullPage { choices: vec![choice], ..of(vec![near()], Vec::new()) };
    let wrong = vec![Wrong::new("scan", "この番号のカードは登録されていません。")];
    vec![
        ("a day", of(vec![near(), far], vec![row(false, true)])),
        ("scanned", scanned),
        ("scanned for a transfer", for_transfer),
        ("several", several),
        ("empty", of(Vec::new(), Vec::new())),
        ("refused", PullPage { wrong, ..of(Vec::new(), Vec::new()) }),
    ]
}
