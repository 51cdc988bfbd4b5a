//! The states that the pages of storage can show.

use super::edit::{self, BoxForm, PlaceForm};
use super::hand_over::{HandOvers, Waiting};
use super::labels::{Label, Labels, Sheet};
use super::list::{Group, Lost, Row, Storages};
use super::missing::{self, MissingList, MissingPage};
use super::moves::{Answer, MovePage};
use super::place::PlacePage;
use super::rules::{self, Rules};
use super::stocktake::{Counting, LostLine, ReadLine, Report};
use super::stocktakes::{self, Stocktakes};
use super::{Choice, Shown};
use crate::base::{
    BoxId, CardId, Day, LocationId, MissingCardId, Moment, StaffId, StocktakeId, StorageId, StorageRuleId,
};
use crate::cards::missing::Step;
use crate::cards::stocktake::Tally;
use crate::web::staff::parts::Wrong;

const AT: Moment = Moment::from_millis(1_775_980_800_000);

fn day() -> Option<Day> {
    "2026-04-13".parse().ok()
}

fn card() -> Shown {
    Shown {
        id: CardId::of(1),
        name: "髙橋 美咲".to_owned(),
        kana: "タカハシ ミサキ".to_owned(),
        notice: "A13-345603".to_owned(),
        birth: Some("1990-04-13".to_owned()),
        tag: ("通知書発送済", "info"),
        place: "本庁舎 保管庫 B-04-103".to_owned(),
        label: "B-04-103".to_owned(),
        version: 3,
    }
}

fn bare() -> Shown {
    Shown { birth: None, kana: String::new(), label: String::new(), ..card() }
}

fn target() -> Vec<Choice> {
    vec![("b1".to_owned(), "本庁舎 保管庫 B-04".to_owned(), true)]
}

pub(super) fn storages() -> Vec<(&'static str, Storages)> {
    let row = |full| Row {
        storage: StorageId::of(1),
        target: Some(BoxId::of(1)).filter(|_| full),
        code: if full { "B-04".to_owned() } else { String::new() },
        place: "本庁舎 保管庫".to_owned(),
        kind: "通常",
        cards: 120,
        expected: u32::from(full),
        capacity: Some(120).filter(|_| full),
        fill: Some(100).filter(|_| full),
        full,
        retired: full,
        counted: day().filter(|_| full),
        found: Some(("1枚不足".to_owned(), "bad")).filter(|_| full),
    };
    let lost = |card| Lost { record: 1, card, last: "B-04".to_owned() };
    let group = |rows| Group {
        storage: StorageId::of(1),
        name: "本庁舎 保管庫".to_owned(),
        location: "駅前".to_owned(),
        cards: 120,
        rows,
    };
    let office = |id: &str, chosen| (id.to_owned(), "本庁舎 市民課".to_owned(), chosen);
    let of = |groups, lost, may_edit| Storages {
        total: 120,
        missing: 2,
        offices: vec![office("all", false), office("1", true), office("2", false)],
        groups,
        lost,
        may_edit,
    };
    vec![
        ("boxes", of(vec![group(vec![row(true), row(false)])], vec![lost(Some(card())), lost(None)], true)),
        ("no boxes", of(Vec::new(), Vec::new(), true)),
        ("no boxes for who may not add", of(Vec::new(), Vec::new(), false)),
    ]
}

pub(super) fn place() -> Vec<(&'static str, PlacePage)> {
    let of = |rows: Vec<Shown>, boxed: bool, wrong| PlacePage {
        id: StorageId::of(1),
        name: "本庁舎 保管庫".to_owned(),
        location: "本庁舎".to_owned(),
        retired: !boxed,
        boxes: if boxed { vec![(BoxId::of(1), "B-04".to_owned(), 2, true)] } else { Vec::new() },
        chosen: boxed.then(|| (BoxId::of(1), "B-04".to_owned())),
        all: 2,
        more: boxed,
        rows,
        targets: target(),
        at: AT,
        by: "山田 花子".to_owned(),
        may_edit: boxed,
        wrong,
    };
    let wrong = vec![Wrong::new("k1", "選んでください。"), Wrong::new("to", "選んでください。")];
    vec![
        ("cards", of(vec![card(), bare()], true, Vec::new())),
        ("wrong", of(vec![card()], false, wrong)),
        ("empty", of(Vec::new(), false, Vec::new())),
        ("empty box", of(Vec::new(), true, Vec::new())),
    ]
}

pub(super) fn moving() -> Vec<(&'static str, MovePage)> {
    let of = |to: bool, answer, choices, refused: Option<&str>| MovePage {
        to: to.then(|| ("b1".to_owned(), "本庁舎 保管庫 B-04".to_owned())),
        filled: to.then_some((119, Some(120))),
        targets: target(),
        answer,
        choices,
        refused: refused.map(str::to_owned),
    };
    let answer = |again| Some(Answer { card: card(), again });
    vec![
        ("nothing yet", of(false, None, Vec::new(), None)),
        ("moved", of(true, answer(false), Vec::new(), None)),
        ("moved without a target", of(false, answer(false), Vec::new(), None)),
        ("there already", of(true, answer(true), Vec::new(), None)),
        ("two cards", of(true, None, vec![card(), bare()], None)),
        ("refused", of(true, None, Vec::new(), Some("この箱はいっぱいです。"))),
    ]
}

pub(super) fn hand_overs() -> Vec<(&'static str, HandOvers)> {
    let waiting = |mine| Waiting {
        card: card(),
        from: "山田 花子".to_owned(),
        to: "佐藤 健".to_owned(),
        since: AT,
        mine,
        alike: mine.then_some("同姓同名あり"),
    };
    let of = |taking, answer: Option<(Shown, bool)>, choices, waiting, refused: Option<&str>| HandOvers {
        people: vec![(StaffId::of(2), "佐藤 健".to_owned(), true)],
        targets: target(),
        taking,
        alike: answer.as_ref().map(|_| "同姓同名あり"),
        answer,
        choices,
        waiting,
        refused: refused.map(str::to_owned),
    };
    vec![
        ("nothing", of(false, None, Vec::new(), Vec::new(), None)),
        ("given", of(false, Some((card(), false)), Vec::new(), vec![waiting(true), waiting(false)], None)),
        ("taken", of(true, Some((bare(), false)), Vec::new(), Vec::new(), None)),
        ("twice", of(true, Some((card(), true)), Vec::new(), Vec::new(), None)),
        ("two cards", of(true, None, vec![card()], Vec::new(), None)),
        ("refused", of(false, None, Vec::new(), Vec::new(), Some("渡す相手を選んでください。"))),
    ]
}

pub(super) fn place_form() -> Vec<(&'static str, PlaceForm)> {
    let line = edit::Line {
        id: BoxId::of(1),
        code: "B-04".to_owned(),
        kind: "通常",
        capacity: Some(120),
        barcode: "BX00001".to_owned(),
        retired: true,
    };
    let of = |id, boxes, wrong| PlaceForm {
        id,
        code: "h".to_owned(),
        name: "本庁舎 保管庫".to_owned(),
        locations: vec![(LocationId::of(1), "本庁舎".to_owned(), true)],
        barcode: "ST00001".to_owned(),
        position: "1".to_owned(),
        retired: true,
        version: 1,
        boxes,
        wrong,
    };
    let wrong = ["code", "name", "barcode", "retired"].map(|field| Wrong::new(field, "直してください。"));
    vec![
        ("a new place", of(None, Vec::new(), Vec::new())),
        ("a place", of(Some(StorageId::of(1)), vec![line], Vec::new())),
        ("a place without boxes", of(Some(StorageId::of(1)), Vec::new(), wrong.to_vec())),
    ]
}

pub(super) fn box_form() -> Vec<(&'static str, BoxForm)> {
    let of = |id, wrong| BoxForm {
        id,
        storage: StorageId::of(1),
        place: "本庁舎 保管庫".to_owned(),
        code: "B-04".to_owned(),
        kinds: vec![("normal", "通常", true)],
        capacity: "120".to_owned(),
        barcode: String::new(),
        position: "4".to_owned(),
        retired: true,
        version: 1,
        wrong,
    };
    let wrong =
        ["code", "kind", "capacity", "barcode", "retired"].map(|field| Wrong::new(field, "直してください。"));
    vec![("a new box", of(None, Vec::new())), ("a box", of(Some(BoxId::of(1)), wrong.to_vec()))]
}

pub(super) fn labels() -> Vec<(&'static str, Labels)> {
    let label = Label::of("B-04", "本庁舎 保管庫", "BX00001");
    let sheet = |labels| Sheet { title: "本庁舎 保管庫".to_owned(), labels };
    let choice = |code: &str, chosen| (code.to_owned(), "本庁舎 保管庫（2枚）".to_owned(), chosen);
    let places = vec![choice("1", true), choice("all", false)];
    vec![
        ("labels", Labels { places, sheets: vec![sheet(vec![label])], count: 1 }),
        ("none", Labels { places: Vec::new(), sheets: Vec::new(), count: 0 }),
    ]
}

pub(super) fn rules() -> Vec<(&'static str, Rules)> {
    let line = |first| rules::Line {
        id: StorageRuleId::of(1),
        when: "すべてのカード".to_owned(),
        to: "本庁舎 保管庫".to_owned(),
        first,
    };
    let of = |rows, example: Option<&str>, wrong| Rules {
        rows,
        locations: vec![(LocationId::of(1), "本庁舎".to_owned(), true)],
        targets: target(),
        typed: rules::Typed::default(),
        example: example.map(str::to_owned),
        wrong,
    };
    let wrong = ["prefix", "from", "target", "notice"].map(|field| Wrong::new(field, "直してください。"));
    vec![
        ("rules", of(vec![line(true), line(false)], Some("本庁舎 保管庫 B-04-001"), Vec::new())),
        ("no rules", of(Vec::new(), None, wrong.to_vec())),
    ]
}

pub(super) fn stocktakes() -> Vec<(&'static str, Stocktakes)> {
    let line = |open: bool| stocktakes::Line {
        id: StocktakeId::of(1),
        place: "本庁舎 保管庫 B-04".to_owned(),
        started_at: AT,
        started_by: "山田 花子".to_owned(),
        ended_at: Some(AT).filter(|_| !open),
        open,
        counts: Some((97, 96, 1, 2)).filter(|_| !open),
        tag: ("1枚不足".to_owned(), "bad"),
    };
    let of = |rows, wrong| Stocktakes { targets: target(), rows, wrong };
    vec![
        ("some", of(vec![line(true), line(false)], Vec::new())),
        ("none", of(Vec::new(), vec![Wrong::new("target", "選んでください。")])),
    ]
}

fn read(found: bool) -> ReadLine {
    ReadLine {
        at: AT,
        by: "山田 花子".to_owned(),
        card: Some(card()),
        typed: String::new(),
        tag: if found {
            ("この場所のカード".to_owned(), "done")
        } else {
            ("登録では H-01".to_owned(), "bad")
        },
        times: 2,
        here: !found,
    }
}

fn unknown() -> ReadLine {
    ReadLine { card: None, typed: "Z99999999".to_owned(), times: 1, here: false, ..read(false) }
}

pub(super) fn counting() -> Vec<(&'static str, Counting)> {
    let of = |lines, left, answer, choices, refused: Option<&str>, asks_end| Counting {
        id: StocktakeId::of(1),
        place: "本庁舎 保管庫 B-04".to_owned(),
        started_at: AT,
        started_by: "山田 花子".to_owned(),
        tally: Tally { expected: 97, found: 61, missing: 36, foreign: 1 },
        lines,
        left,
        again: asks_end,
        answer,
        choices,
        refused: refused.map(str::to_owned),
        asks_end,
        sheet: asks_end.then(|| (StorageId::of(1), "B-04".to_owned())),
    };
    vec![
        ("begun", of(Vec::new(), vec![card(), bare()], None, Vec::new(), None, false)),
        ("read", of(vec![read(false), unknown()], vec![card()], Some(read(true)), Vec::new(), None, true)),
        ("a foreign card", of(Vec::new(), Vec::new(), Some(read(false)), Vec::new(), None, false)),
        ("two cards", of(Vec::new(), vec![card()], None, vec![card()], None, false)),
        ("refused", of(Vec::new(), vec![card()], None, Vec::new(), Some("読み取れません。"), false)),
    ]
}

pub(super) fn report() -> Vec<(&'static str, Report)> {
    let lost = |open: bool| LostLine {
        card: card(),
        was: "B-04-103".to_owned(),
        booked: day().filter(|_| open),
        open,
        record: Some(1).filter(|_| !open),
    };
    let of = |missing: Vec<LostLine>, foreign, abandoned: bool, wrong| Report {
        id: StocktakeId::of(1),
        place: "本庁舎 保管庫 B-04".to_owned(),
        started_at: AT,
        started_by: "山田 花子".to_owned(),
        ended_at: Some(AT).filter(|_| !abandoned),
        ended_by: "佐藤 健".to_owned(),
        abandoned,
        finishing: false,
        tally: (!abandoned).then_some(Tally { expected: 97, found: 96, missing: 1, foreign: 1 }),
        may_lose: !missing.is_empty(),
        missing,
        foreign,
        reason: String::new(),
        wrong,
    };
    let wrong = ["k1", "reason"].map(|field| Wrong::new(field, "直してください。"));
    vec![
        ("missing", of(vec![lost(true), lost(false)], vec![read(false), unknown()], false, wrong.to_vec())),
        ("all there", of(Vec::new(), Vec::new(), false, Vec::new())),
        ("broken off", of(Vec::new(), Vec::new(), true, Vec::new())),
        (
            "being counted up",
            Report { finishing: true, tally: None, ..of(Vec::new(), Vec::new(), false, Vec::new()) },
        ),
    ]
}

fn missing_line(open: bool) -> missing::Line {
    missing::Line {
        id: MissingCardId::of(1),
        card: Some(card()).filter(|_| open),
        tag: ("探している", "bad"),
        noticed_at: AT,
        noticed_by: "山田 花子".to_owned(),
        last: "本庁舎 保管庫 B-04（4/8 11:20 佐藤）".to_owned(),
        booked: day().filter(|_| open),
    }
}

pub(super) fn missing_list() -> Vec<(&'static str, MissingList)> {
    let rows = vec![missing_line(true), missing_line(false)];
    vec![("some", MissingList { rows, open: 1 }), ("none", MissingList { rows: Vec::new(), open: 0 })]
}

pub(super) fn missing_page() -> Vec<(&'static str, MissingPage)> {
    let step = Step { at: AT, by: "山田 花子".to_owned(), text: "金庫を全部見た".to_owned() };
    let of = |open: bool, steps, wrong| MissingPage {
        line: missing_line(open),
        how: "棚卸で見つからない".to_owned(),
        stocktake: Some(1).filter(|_| open),
        steps,
        open,
        ended: (!open).then(|| (AT, "佐藤 健".to_owned(), "隣の箱にあった".to_owned())),
        version: 1,
        targets: target(),
        may_end: true,
        typed: missing::Typed::default(),
        wrong,
    };
    let wrong = ["step", "to", "words", "ending"].map(|field| Wrong::new(field, "直してください。"));
    vec![("open", of(true, vec![step], wrong.to_vec())), ("ended", of(false, Vec::new(), Vec::new()))]
}
