//! One status for many cards: their numbers are scanned into a list, checked line by line, then updated together.
//!
//! **Invariant:** of several cards with one notice ID none is chosen by itself (7(1)④).
//!
//! Spec: 7(2)⑦.

use std::collections::BTreeSet;

use axum::response::Response;
use serde::Serialize;

use super::parts::Wrong;
use super::sight::Sight;
use super::{Flash, StaffCtx, StaffPost, wording};
use crate::accounts::Permission;
use crate::base::{CardId, Day, NoticeId, NoticePattern};
use crate::booking::{self, CounterError, MANY_MAX, UpdateCards};
use crate::cards::{self, Card, CardStatus, Transition, TransitionError};
use crate::db::{Fault, ReadTx};
use crate::once::OnceKey;
use crate::render::View;
use crate::web::{Fields, PageError};

/// Where the list is scanned into.
#[derive(Debug, Serialize)]
pub(super) struct Many {
    ids: String,
    choices: Vec<(&'static str, &'static str, bool)>,
    reason: String,
    most: usize,
    wrong: Vec<Wrong>,
}

/// What each line means, before anything is written.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    ids: String,
    to: (&'static str, &'static str),
    reason: String,
    rows: Vec<Line>,
    fine: usize,
    wrong: Vec<Wrong>,
}

/// One card of the list, or a line that is none.
#[derive(Clone, Debug, Serialize)]
struct Line {
    number: usize,
    typed: String,
    card: Option<CardId>,
    version: i64,
    name: String,
    kana: String,
    tag: (&'static str, &'static str),
    shared: bool,
    why: Option<String>,
}

/// What the form asks for.
struct Asked {
    ids: String,
    lines: Vec<String>,
    to: Option<CardStatus>,
    reason: String,
}

impl View for Many {
    const TEMPLATE: &'static str = "staff/many.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |wrong| Self {
            ids: "A13-345603".to_owned(),
            choices: vec![("notified", "通知書発送済", true), ("issued", "交付済", false)],
            reason: String::new(),
            most: MANY_MAX,
            wrong,
        };
        vec![
            ("a list", of(Vec::new())),
            ("an empty list", of(vec![Wrong::new("ids", "番号を入れてください。")])),
        ]
    }
}

impl View for Checked {
    const TEMPLATE: &'static str = "staff/many_check.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = Line {
            number: 1,
            typed: "A13-345603".to_owned(),
            card: Some(CardId::of(1)),
            version: 1,
            name: "髙橋 美咲".to_owned(),
            kana: "タカハシ ミサキ".to_owned(),
            tag: ("通知書発送済", "info"),
            shared: false,
            why: None,
        };
        let none =
            Line {
                card: None, why: Some("この番号のカードはありません。".to_owned()), ..line.clone()
            };
        let refused = Line { why: Some("すでに交付済です。".to_owned()), ..line.clone() };
        let of = |rows: Vec<Line>, fine, wrong| Self {
            ids: "A13-345603".to_owned(),
            to: ("issued", "交付済"),
            reason: "終業後の一括登録".to_owned(),
            rows,
            fine,
            wrong,
        };
        let shared = Line { shared: true, ..line.clone() };
        vec![
            ("checked", of(vec![line, shared, refused, none.clone()], 2, Vec::new())),
            ("nothing to do", of(vec![none], 0, vec![Wrong::new("k1", "更新するカードを選んでください。")])),
        ]
    }
}

impl Asked {
    fn of(fields: &Fields) -> Self {
        let ids = fields.all("ids").first().copied().unwrap_or_default().to_owned();
        let lines = ids.split(['\n', '\r', ',', '、']).map(str::trim).filter(|line| !line.is_empty());
        let lines = lines.map(|line| line.chars().take(60).collect()).collect();
        Self { to: CardStatus::from_code(&fields.get("to")), reason: fields.get("reason"), lines, ids }
    }

    fn wrong(&self, ctx: &StaffCtx) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        match self.lines.len() {
            0 => wrong.push(Wrong::new("ids", "交付通知書IDを1行に1つずつ、読み取るか入力してください。")),
            n if n > MANY_MAX => {
                wrong.push(Wrong::new(
                    "ids",
                    format!("一度に更新できるのは{MANY_MAX}枚までです（いま{n}行）。"),
                ));
            }
            _ => {}
        }
        match self.to.filter(|to| choosable(ctx, *to)) {
            None => wrong.push(Wrong::new("to", "新しい状態を選んでください。")),
            Some(to) if to.needs_reason() && self.reason.is_empty() => {
                wrong.push(Wrong::new(
                    "reason",
                    format!("「{}」にする理由を入力してください。", wording::card_status(to)),
                ));
            }
            Some(_) => {}
        }
        if !self.reason.is_empty() && !cards::is_reason(&self.reason) {
            wrong.push(Wrong::new("reason", wording::BAD_REASON));
        }
        wrong
    }

    fn reason(&self) -> Option<String> {
        Some(self.reason.clone()).filter(|reason| !reason.is_empty())
    }
}

/// What can be chosen here: nothing goes back to not being here, and destroying takes its own permission.
fn choosable(ctx: &StaffCtx, to: CardStatus) -> bool {
    match to {
        CardStatus::Announced => false,
        CardStatus::Disposed => ctx.may(Permission::ApproveDisposal),
        _ => true,
    }
}

fn form(ctx: &StaffCtx, asked: &Asked, wrong: Vec<Wrong>) -> Many {
    let all = CardStatus::ALL.into_iter().filter(|to| choosable(ctx, *to));
    let choices = all.map(|to| (to.code(), wording::card_status(to), Some(to) == asked.to)).collect();
    Many { ids: asked.ids.clone(), choices, reason: asked.reason.clone(), most: MANY_MAX, wrong }
}

/// The empty list.
pub(super) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let asked = Asked { ids: String::new(), lines: Vec::new(), to: None, reason: String::new() };
    ctx.page(&form(&ctx, &asked, Vec::new()))
}

/// Says line by line what would become of the list.
pub(super) async fn check(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked::of(&fields);
    let wrong = asked.wrong(&ctx);
    match asked.to {
        Some(to) if wrong.is_empty() => {
            let checked = checked(&ctx, &asked, to, wrong).await?;
            ctx.saw("cards_many", None).await?;
            ctx.page(&checked)
        }
        _ => ctx.again(&form(&ctx, &asked, wrong)),
    }
}

async fn checked(
    ctx: &StaffCtx,
    asked: &Asked,
    to: CardStatus,
    wrong: Vec<Wrong>,
) -> Result<Checked, PageError> {
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
    let lines = asked.lines.clone();
    let found = ctx.read(move |tx| find(tx, &lines, &pattern)).await?;
    let sight = Sight::of(&ctx.signed);
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for (number, (typed, cards)) in (1..).zip(found) {
        if cards.is_empty() {
            rows.push(Line::none(number, typed));
            continue;
        }
        let shared = cards.len() > 1;
        for card in cards {
            let why = if seen.insert(card.id) {
                refusal(&card, to, asked.reason(), ctx.today())?
            } else {
                Some(TWICE.to_owned())
            };
            rows.push(Line { shared, why, ..Line::of(number, typed.clone(), &card, sight) });
        }
    }
    let fine = rows.iter().filter(|row| row.card.is_some() && row.why.is_none()).count();
    let to = (to.code(), wording::card_status(to));
    Ok(Checked { ids: asked.ids.clone(), to, reason: asked.reason.clone(), rows, fine, wrong })
}

const TWICE: &str = "同じ番号が上の行にもあります。";

/// A line with the cards that have its number.
type Found = (String, Vec<Card>);

fn find(tx: &ReadTx<'_>, lines: &[String], pattern: &NoticePattern) -> Result<Vec<Found>, Fault> {
    let cards = |line: &String| match NoticeId::parse(line, pattern) {
        Ok(notice) => cards::with_notice(tx, &notice),
        Err(_) => Ok(Vec::new()),
    };
    lines.iter().map(|line| Ok((line.clone(), cards(line)?))).collect()
}

/// Why the card would not take the status, in words.
fn refusal(
    card: &Card,
    to: CardStatus,
    reason: Option<String>,
    today: Day,
) -> Result<Option<String>, PageError> {
    let wish = Transition { reason, ..Transition::of(card.id, to) };
    match cards::check(card, &wish, today) {
        Ok(()) => Ok(None),
        Err(why) => wording::transition(why).map(Some),
    }
}

impl Line {
    fn none(number: usize, typed: String) -> Self {
        Self {
            number,
            typed,
            card: None,
            version: 0,
            name: String::new(),
            kana: String::new(),
            tag: ("－", "none"),
            shared: false,
            why: Some("この番号のカードは見つかりません。番号を確かめてください。".to_owned()),
        }
    }

    fn of(number: usize, typed: String, card: &Card, sight: Sight) -> Self {
        Self {
            number,
            typed,
            card: Some(card.id),
            version: card.version,
            name: sight.name(card),
            kana: sight.kana(card),
            tag: wording::label(card.label),
            shared: false,
            why: None,
        }
    }
}

/// Updates the cards that were ticked, and says of each that refused why.
pub(super) async fn apply(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked::of(&fields);
    let mut wrong = asked.wrong(&ctx);
    let picked = picked(&fields);
    let (Some(to), true) = (asked.to, wrong.is_empty()) else {
        return ctx.again(&form(&ctx, &asked, wrong));
    };
    if picked.is_empty() {
        wrong.push(Wrong::new("k1", "更新するカードを選んでください。"));
        return ctx.again(&checked(&ctx, &asked, to, wrong).await?);
    }
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let location = ctx.place().map(|place| place.id).ok_or(PageError::NotFound)?;
    let wish = UpdateCards { cards: picked, to, reason: asked.reason(), location, once };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::update_cards(tx, &wish)).await {
        Ok(answers) => {
            let flash = tell(&ctx, to, answers).await?;
            Ok(ctx.to_with("/cards/many#main", flash))
        }
        Err(CounterError::Fault(fault)) => Err(fault.into()),
        Err(refusal) => {
            wrong.push(Wrong::new("k1", wording::counter(refusal)?));
            ctx.again(&checked(&ctx, &asked, to, wrong).await?)
        }
    }
}

/// The ticked cards, each once, with the versions that the page showed.
fn picked(fields: &Fields) -> Vec<(CardId, i64)> {
    let mut seen = BTreeSet::new();
    let pairs = fields.all("pick").into_iter().filter_map(|pick| pick.split_once('.'));
    let pairs =
        pairs.filter_map(|(card, version)| Some((CardId::of(card.parse().ok()?), version.parse().ok()?)));
    pairs.filter(|(card, _)| seen.insert(*card)).take(MANY_MAX).collect()
}

async fn tell(ctx: &StaffCtx, to: CardStatus, answers: Vec<booking::CardAnswer>) -> Result<Flash, PageError> {
    let ids: Vec<CardId> = answers.iter().map(|(card, _)| *card).collect();
    let cards = ctx.read(move |tx| cards::of_ids(tx, &ids)).await?;
    let sight = Sight::of(&ctx.signed);
    let all = answers.len();
    let mut lines = Vec::new();
    for (card, answer) in answers {
        let Err(refusal) = answer else { continue };
        let shown = cards.get(&card).map(|card| format!("{} {}", sight.notice(card), sight.name(card)));
        lines.push(format!("× {}：{}", shown.unwrap_or_default(), said(refusal)?));
    }
    let word = wording::card_status(to);
    let text = format!("{all}枚のうち{}枚を「{word}」にしました。", all - lines.len());
    let flash = if lines.is_empty() { Flash::done(text) } else { Flash::mind(text) };
    Ok(flash.with_lines(lines))
}

fn said(refusal: CounterError) -> wording::Said {
    match refusal {
        CounterError::Card(TransitionError::Fault(fault)) => Err(fault.into()),
        refusal => wording::counter(refusal),
    }
}
