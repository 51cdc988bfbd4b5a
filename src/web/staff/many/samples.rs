//! The lists with something in them, for the test that draws every state.

use super::batch::{Asked, Counts, Line, May, Pages, Shown};
use super::disposal::Disposal;
use super::form::{Many, Recent};
use super::undo::Undo;
use super::wanted::Typed;
use crate::base::{BatchId, CardId, Minute, Moment};
use crate::cards::CardStatus;
use crate::web::staff::parts::Wrong;

const AT: Moment = Moment::from_millis(1_775_980_800_000);

pub(super) fn many() -> Vec<(&'static str, Many)> {
    let recent = Recent {
        id: BatchId::of(3),
        at: AT,
        by: "鈴木 一郎".to_owned(),
        what: "「廃棄済」にする".to_owned(),
        picked: 12,
        updated: 0,
        skipped: 0,
        tag: ("承認待ち", "wait"),
    };
    let of = |wrong, recent: Vec<Recent>| Many {
        ids: "A13-345603".to_owned(),
        wanted: Typed::starting(Some(CardStatus::Voided)).drawn_for(true),
        most: 3000,
        recent,
        wrong,
    };
    let fields = ["ids", "to", "code", "reason", "on"];
    let wrong = fields.map(|field| Wrong::new(field, "確かめてください。"));
    vec![("a list", of(Vec::new(), vec![recent])), ("an empty list", of(wrong.into(), Vec::new()))]
}

fn line(state: &'static str) -> Line {
    Line {
        position: 0,
        number: 1,
        typed: "A13-345603".to_owned(),
        card: Some(CardId::of(1)),
        name: "髙橋 美咲".to_owned(),
        kana: "タカハシ ミサキ".to_owned(),
        birth: Some("1990-04-13".to_owned()),
        tag: ("通知書発送済", "info"),
        from: Some("通知書発送済"),
        storage: "本庁舎 B-04 103".to_owned(),
        shared: state == "can",
        state,
        why: ["cannot", "skipped"].contains(&state).then(|| "すでに交付済です。".to_owned()),
        ends: (state == "can").then(|| (AT.day(), Minute::of(570))),
        beyond: state == "can",
    }
}

fn list(state: &'static str, lines: &[&'static str]) -> Shown {
    let none = Line { card: None, name: String::new(), birth: None, from: None, ..line("cannot") };
    let lines: Vec<Line> = lines.iter().map(|state| line(state)).chain([none]).collect();
    Shown {
        id: BatchId::of(3),
        state,
        to: Some(("voided", "失効")),
        wanted: Typed::starting(Some(CardStatus::Voided)).drawn_for(true),
        asked: Asked {
            reason: Some("転出の届出".to_owned()),
            code: Some("転出"),
            on: Some(("発送日", AT.day())),
            due: Some(AT.day()),
            evidence: "2026-0410-07".to_owned(),
            beyond: true,
        },
        counts: Counts { all: lines.len(), can: 1, ends: 1, waits: 1, updated: 1, skipped: 1, left: 1 },
        lines,
        pages: None,
        by: "鈴木 一郎".to_owned(),
        at: AT,
        decided: Some(("佐々木 係長".to_owned(), Some(AT))),
        refusal: Some("まだ連絡がつく方がいます。".to_owned()),
        undo_of: None,
        undone_by: None,
        may: May { act: true, undo: true },
        disposal: true,
        printed: (AT, "佐々木 係長".to_owned()),
        wrong: Vec::new(),
    }
}

pub(super) fn shown() -> Vec<(&'static str, Shown)> {
    let bare = |state, lines: &[&'static str]| Shown {
        to: None,
        asked: Asked::default(),
        decided: None,
        refusal: None,
        disposal: false,
        may: May::default(),
        ..list(state, lines)
    };
    let wrong = vec![Wrong::new("k1", "更新するカードを選んでください。")];
    vec![
        (
            "a list to be asked about",
            Shown { may: May { act: true, undo: false }, ..bare("open", &["unasked"]) },
        ),
        ("a list that was looked at", list("open", &["can", "cannot"])),
        (
            "a list that is taken as a whole",
            Shown { pages: Some(Pages { page: 2, of: 3, each: 200 }), ..list("open", &["can", "cannot"]) },
        ),
        (
            "a long list that was written",
            Shown { pages: Some(Pages { page: 1, of: 16, each: 200 }), ..list("done", &["updated"]) },
        ),
        ("a list without a tick", Shown { wrong, ..list("open", &["can"]) }),
        ("a list that is being written", list("applying", &["waits", "updated"])),
        ("a list that was written", list("done", &["updated", "skipped", "left"])),
        (
            "a list that was taken back",
            Shown { undone_by: Some(BatchId::of(4)), ..list("done", &["updated"]) },
        ),
        (
            "a list that takes another back",
            Shown { undo_of: Some(BatchId::of(3)), ..bare("done", &["updated"]) },
        ),
        ("a disposal that was refused", list("refused", &["waits"])),
    ]
}

pub(super) fn disposal() -> Vec<(&'static str, Disposal)> {
    let of = |mine, may, wrong| Disposal {
        list: list("proposed", &["waits"]),
        cards: vec![line("waits")],
        groups: vec![("廃棄候補".to_owned(), 9), ("失効".to_owned(), 3)],
        mine,
        may,
        refusing: String::new(),
        wrong,
    };
    let wrong = ["n", "refusing"].map(|field| Wrong::new(field, "確かめてください。"));
    vec![
        ("a disposal of one's own", of(true, false, Vec::new())),
        ("a disposal of somebody else", of(false, true, Vec::new())),
        ("a disposal that is not for this person", of(false, false, Vec::new())),
        ("a disposal with a wrong number", of(false, true, wrong.into())),
    ]
}

pub(super) fn undo() -> Vec<(&'static str, Undo)> {
    let of = |needs_reason, wrong| Undo {
        id: BatchId::of(3),
        word: "失効",
        updated: 211,
        by: "鈴木 一郎".to_owned(),
        at: AT,
        needs_reason,
        reason: String::new(),
        wrong,
    };
    vec![
        ("taking a list back", of(false, Vec::new())),
        ("taking somebody's list back", of(true, vec![Wrong::new("reason", "理由を入力してください。")])),
    ]
}
