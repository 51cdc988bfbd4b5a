//! The states that the pages of a card can show.

use super::next::{Next, Step};
use super::status::Choice;
use super::timeline::{Happened, Then};
use super::view::{Booked, Facts, Letter, May, Other, Past, Remark};
use super::{Address, CardPage, Conflict, HandOver, Head, Namesake, Place, Status, Undo};
use crate::base::{BookingId, CardId, Day, Minute, Moment};
use crate::web::staff::alike::Beware;
use crate::web::staff::many::wanted::{Typed, Wanted};
use crate::web::staff::parts::Wrong;
use crate::web::staff::whereabouts::Stored;

const AT: Moment = Moment::from_millis(1_775_980_800_000);
const BOOK: (&str, &str) = ("予約", "book");
const PLAIN: (&str, &str) = ("通知書発送済", "info");

fn day() -> Option<Day> {
    "2026-04-13".parse().ok()
}

fn head() -> Head {
    Head {
        id: CardId::of(1),
        name: "田中 健太".to_owned(),
        kana: "タナカ ケンタ".to_owned(),
        notice: "A13-345603".to_owned(),
        birth: Some("1990-04-13".to_owned()),
        tag: BOOK,
        version: 3,
    }
}

fn blind() -> Head {
    Head { name: "＊＊＊".to_owned(), kana: String::new(), birth: None, ..head() }
}

fn other() -> Other {
    Other {
        id: CardId::of(2),
        name: "田中 健太".to_owned(),
        birth: Some("1986-11-02".to_owned()),
        storage: "東総合支所".to_owned(),
        tag: PLAIN,
        kin: None,
    }
}

pub(super) fn card() -> Vec<(&'static str, CardPage)> {
    let asked =
        full().with_remark("1234 5678 9012".to_owned(), true, Wrong::new("remark", "12桁の数字です。"));
    vec![
        ("card", full()),
        ("card as an auditor sees it", bare()),
        ("card with a number in the remark", asked),
    ]
}

fn full() -> CardPage {
    let step = |label, post| Step { label, path: "/x".to_owned(), post };
    CardPage {
        head: head(),
        age: Some(35),
        next: Next {
            first: Some(step("受付にする", true)),
            others: vec![step("交付する", false)],
            statuses: vec![("on_hold", "保留")],
            beyond: true,
        },
        facts: facts(),
        same_notice: vec![other()],
        beware: vec![Beware::sample()],
        missing: Some(1),
        same_person: vec![other()],
        booking: Some(booked()),
        past: day()
            .map(|day| Past {
                no: "K7M2-0413".to_owned(),
                day,
                starts: Minute::of(570),
                place: "本庁舎".to_owned(),
                tag: BOOK,
            })
            .into_iter()
            .collect(),
        letters: vec![Letter {
            id: 1,
            at: AT,
            sent: Some(AT),
            bounced: Some(AT),
            what: "予約完了",
            to: "a@example.jp".to_owned(),
            tag: ("送信済", "done"),
        }],
        events: vec![event(Some(PLAIN)), event(None)],
        remark: Remark {
            text: "電話済".to_owned(),
            last: Some((AT, "山田".to_owned())),
            changes: 2,
            asks: false,
        },
        may: May { remark: true, store: true, address: true },
        wrong: Vec::new(),
    }
}

fn bare() -> CardPage {
    let nothing = Facts {
        location: None,
        made_on: None,
        sent_on: None,
        due: None,
        due_in: None,
        valid_until: None,
        import: None,
        incomplete: None,
        renotice_on: None,
        residence: None,
        hold_until: None,
        code: None,
        back: None,
        overridden: false,
        email: None,
        unreached: None,
        no_news: Some((AT, None)),
        inquiry_no: String::new(),
        stored: Stored::sample("回送中"),
        ..facts()
    };
    CardPage {
        head: blind(),
        age: None,
        next: Next::default(),
        facts: nothing,
        same_notice: Vec::new(),
        beware: Vec::new(),
        missing: None,
        same_person: Vec::new(),
        booking: None,
        past: Vec::new(),
        letters: Vec::new(),
        events: Vec::new(),
        remark: Remark { text: String::new(), last: None, changes: 0, asks: false },
        may: May { remark: false, store: false, address: false },
        wrong: Vec::new(),
    }
}

fn facts() -> Facts {
    Facts {
        stored: Stored::sample(""),
        location: Some("本庁舎 市民課".to_owned()),
        made_on: day(),
        sent_on: day(),
        due: day(),
        due_in: Some(-3),
        valid_until: day(),
        expired: true,
        inquiry_no: "12".to_owned(),
        import: Some((12, Some(88))),
        incomplete: Some("本人確認書類が不足".to_owned()),
        renotice_on: day(),
        residence: day().map(|day| (day, true)),
        hold_until: day(),
        code: Some("転出"),
        back: Some("通知書発送済"),
        overridden: true,
        since: AT,
        email: Some("a@example.jp".to_owned()),
        unreached: Some((1, ("メール不達", "bad"), AT)),
        no_news: Some((AT, Some(1))),
    }
}

fn booked() -> Booked {
    Booked {
        id: BookingId::of(1),
        no: "K7M2-0413".to_owned(),
        day: day().unwrap_or(AT.day()),
        today: true,
        starts: Minute::of(570),
        ends: Minute::of(600),
        place: "本庁舎 市民課".to_owned(),
        people: 2,
        with: vec![other()],
        channel: "市民サイト",
        made_at: AT,
        email: Some("a@example.jp".to_owned()),
        over_reason: Some("課長の承認".to_owned()),
        change: true,
        tag: BOOK,
    }
}

fn event(status: Option<(&'static str, &'static str)>) -> Happened {
    Happened {
        at: AT,
        what: "状態を変更".to_owned(),
        from: status,
        to: status,
        values: vec![("棚", "A".to_owned(), "B".to_owned())],
        booked: status.map(|_| Then {
            day: "2026-04-13".to_owned(),
            time: "9:30から10:00".to_owned(),
            place: "本庁舎".to_owned(),
            people: "2".to_owned(),
        }),
        by: "山田".to_owned(),
        reason: Some("電話で確認".to_owned()),
    }
}

pub(super) fn conflict() -> Vec<(&'static str, Conflict)> {
    let both = Conflict {
        head: head(),
        by: Some(("鈴木 一郎".to_owned(), AT)),
        rows: vec![("備考".to_owned(), "電話済".to_owned(), "来庁予定".to_owned())],
        seen: Some("なし".to_owned()),
        action: "/cards/1/remark".to_owned(),
        fields: vec![("remark".to_owned(), "電話済".to_owned())],
    };
    let nameless = Conflict {
        head: blind(),
        by: None,
        rows: Vec::new(),
        seen: None,
        fields: Vec::new(),
        action: "/x".to_owned(),
    };
    vec![("conflict", both), ("conflict with nobody known", nameless)]
}

pub(super) fn place() -> Vec<(&'static str, Place)> {
    let of = |wrong| Place {
        head: head(),
        storages: vec![(1, "本庁舎".to_owned(), true)],
        shelf: "B-04".to_owned(),
        position: "103".to_owned(),
        wrong,
    };
    let wrong = vec![Wrong::new("storage", "選んでください。"), Wrong::new("shelf", "長すぎます。")];
    vec![("storage", of(Vec::new())), ("storage wrong", of(wrong))]
}

pub(super) fn address() -> Vec<(&'static str, Address)> {
    let of = |registered: Option<&str>, wrong| Address {
        head: head(),
        registered: registered.map(str::to_owned),
        email: "b@example.jp".to_owned(),
        reason: "電話で住所".to_owned(),
        wrong,
    };
    let wrong = ["email", "reason", "checked"].map(|field| Wrong::new(field, "違います。"));
    vec![("address", of(Some("a@example.jp"), Vec::new())), ("address wrong", of(None, wrong.into()))]
}

pub(super) fn namesake() -> Vec<(&'static str, Namesake)> {
    let of = |others, wrong| Namesake { head: head(), others, reason: String::new(), wrong };
    vec![
        ("namesake", of(vec![head(), blind()], Vec::new())),
        ("namesake wrong", of(Vec::new(), vec![Wrong::new("reason", "理由がありません。")])),
    ]
}

pub(super) fn status() -> Vec<(&'static str, Status)> {
    let choices = || {
        [("on_hold", "保留", true), ("missing", "所在不明", false)]
            .map(|(code, word, legal)| Choice { code, word, legal, chosen: legal })
            .into()
    };
    let open = || Status {
        head: head(),
        to: None,
        choices: choices(),
        wanted: Wanted::default(),
        explained: None,
        day: Some("日付"),
        needs_reason: false,
        beyond: false,
        last: false,
        by_two: false,
        ends: None,
        wrong: Vec::new(),
    };
    let named = || Status { to: Some(("on_hold", "保留")), needs_reason: true, ..open() };
    let void = || Status {
        to: Some(("voided", "失効")),
        wanted: Typed::starting(Some(crate::cards::CardStatus::Voided)).drawn_for(true),
        explained: Some("失効"),
        day: None,
        ends: day().map(|day| (day, Minute::of(570))),
        ..open()
    };
    let wrong = ["to", "code", "reason", "on", "number"].map(|field| Wrong::new(field, "違います。"));
    vec![
        ("status to choose", open()),
        ("status with a reason", named()),
        ("status that ends a booking", void()),
        ("status that takes two", Status { by_two: true, last: true, ..named() }),
        ("status beyond the table", Status { beyond: true, last: true, wrong: wrong.into(), ..named() }),
    ]
}

pub(super) fn hand_over() -> Vec<(&'static str, HandOver)> {
    let of = |booked: Option<bool>, wrong| HandOver {
        head: head(),
        office: "本庁舎 市民課".to_owned(),
        booked: booked.map(|later| (day().unwrap_or(AT.day()), Minute::of(570), later)),
        same_notice: usize::from(booked.is_some()),
        beware: booked.iter().map(|_| Beware::sample()).collect(),
        wrong,
    };
    vec![
        ("hand over", of(None, Vec::new())),
        ("hand over before the day", of(Some(true), Vec::new())),
        ("hand over refused", of(Some(false), vec![Wrong::new("go", "できません。")])),
    ]
}

pub(super) fn undo() -> Vec<(&'static str, Undo)> {
    let of = |needs_reason, wrong| Undo { head: head(), needs_reason, reason: String::new(), wrong };
    vec![
        ("undo", of(false, Vec::new())),
        ("undo later", of(true, vec![Wrong::new("reason", "理由がありません。")])),
    ]
}
