//! Where a list begins: numbers are scanned or pasted, or cards come chosen from another page.

use axum::response::Response;
use serde::Serialize;

use super::super::parts::Wrong;
use super::super::{StaffCtx, StaffPost, cards, wording};
use super::at;
use super::wanted::{Typed, Wanted};
use crate::base::{BatchId, CardId, Moment, NoticePattern};
use crate::booking::many::{self, BatchState, FOUND_MAX, LINES_MAX, Line, Listed, Wish};
use crate::cards::CardStatus;
use crate::db::Fault;
use crate::render::View;
use crate::web::{Fields, PageError};

/// So many past lists are shown.
const RECENT: usize = 20;

/// Lines that one transaction takes in.
const SLICE: usize = 1000;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Many {
    pub(super) ids: String,
    pub(super) wanted: Wanted,
    pub(super) most: usize,
    pub(super) recent: Vec<Recent>,
    pub(super) wrong: Vec<Wrong>,
}

/// A list of before.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Recent {
    pub(super) id: BatchId,
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) what: String,
    pub(super) picked: u32,
    pub(super) updated: u32,
    pub(super) skipped: u32,
    pub(super) tag: (&'static str, &'static str),
}

impl View for Many {
    const TEMPLATE: &'static str = "staff/many.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::many()
    }
}

fn recent(one: &Listed) -> Recent {
    let batch = &one.batch;
    let what = match (&batch.undo, &batch.wish) {
        (Some(undo), _) => format!("第{}号の取り消し", undo.of),
        (None, Some(wish)) => format!("「{}」にする", wording::card_status(wish.to)),
        (None, None) => String::new(),
    };
    Recent {
        id: batch.id,
        at: batch.created_at,
        by: batch.actor.clone(),
        what,
        picked: one.picked,
        updated: one.updated,
        skipped: one.skipped,
        tag: state(batch.state),
    }
}

/// How far a list is, with its tone.
pub(super) const fn state(state: BatchState) -> (&'static str, &'static str) {
    match state {
        BatchState::Open => ("確認中", "info"),
        BatchState::Proposed => ("承認待ち", "wait"),
        BatchState::Refused => ("承認なし", "none"),
        BatchState::Applying => ("更新中", "wait"),
        BatchState::Done => ("終了", "done"),
    }
}

async fn view(ctx: &StaffCtx, ids: &str, typed: &Typed, wrong: Vec<Wrong>) -> Result<Many, PageError> {
    let all = ctx.read(|tx| many::recent(tx, RECENT)).await?;
    Ok(Many {
        ids: ids.to_owned(),
        wanted: typed.drawn(ctx),
        most: LINES_MAX,
        recent: all.iter().map(recent).collect(),
        wrong,
    })
}

/// The empty form, and the lists of before.
pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let view = view(&ctx, "", &Typed::default(), Vec::new()).await?;
    ctx.page(&view)
}

/// Takes a list in: typed numbers with what shall become of them, or cards that were ticked on another page.
///
/// Or all cards that a search found.
pub(in crate::web::staff) async fn ask(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    if fields.get("found") == "1" {
        return all_found(&ctx, &fields).await;
    }
    let chosen = chosen(&fields);
    if !chosen.is_empty() {
        let id = take_in_typed(&ctx, Vec::new(), chosen).await?;
        let start = CardStatus::from_code(&fields.get("start")).map(CardStatus::code).unwrap_or_default();
        return Ok(ctx.to(&format!("/cards/many/{id}?to={start}#main")));
    }
    let ids = fields.all("ids").first().copied().unwrap_or_default().to_owned();
    let lines = lines(&ids);
    let typed = Typed::of(&fields);
    let mut wrong = Vec::new();
    match lines.len() {
        0 => wrong.push(Wrong::new("ids", "交付通知書IDを1行に1つずつ、読み取るか入力してください。")),
        n if n > LINES_MAX => {
            wrong
                .push(Wrong::new("ids", format!("一度に更新できるのは{LINES_MAX}枚までです（いま{n}行）。")));
        }
        _ => {}
    }
    let wish = match typed.read(&ctx) {
        Ok(wish) if wrong.is_empty() => wish,
        read => {
            wrong.extend(read.err().unwrap_or_default());
            return ctx.again(&view(&ctx, &ids, &typed, wrong).await?);
        }
    };
    let id = take_in_typed(&ctx, lines, Vec::new()).await?;
    wish_for(&ctx, id, wish).await?;
    Ok(ctx.to(&at(id)))
}

/// The rows of the cards that were ticked on another page.
fn chosen(fields: &Fields) -> Vec<CardId> {
    let picks = fields.all("pick").into_iter().filter_map(|row| row.parse().ok());
    picks.map(CardId::of).take(LINES_MAX).collect()
}

fn lines(ids: &str) -> Vec<String> {
    let lines = ids.split(['\n', '\r', ',', '、', '\t']).map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.chars().take(60).collect()).collect()
}

/// Takes in every card that the search of this address finds, in the order of its page.
///
/// Spec: 7(2)⑦, 7(2)⑧.
async fn all_found(ctx: &StaffCtx, fields: &Fields) -> Result<Response, PageError> {
    let Some(found) = cards::every_found(ctx, fields, FOUND_MAX).await? else {
        let text = format!(
            "一度に更新できるのは、検索した結果では{FOUND_MAX}枚までです。検索に戻って、条件を足して分けてください。"
        );
        let wrong = vec![Wrong::new("ids", text)];
        return ctx.again(&view(ctx, "", &Typed::default(), wrong).await?);
    };
    if found.is_empty() {
        let wrong = vec![Wrong::new("ids", "検索に合うカードがなくなりました。もう一度検索してください。")];
        return ctx.again(&view(ctx, "", &Typed::default(), wrong).await?);
    }
    let id = take_in(ctx, &many::lines_of_found(&found)).await?;
    Ok(ctx.to(&at(id)))
}

async fn take_in_typed(
    ctx: &StaffCtx,
    typed: Vec<String>,
    chosen: Vec<CardId>,
) -> Result<BatchId, PageError> {
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
    let lines = ctx.read(move |tx| many::lines_of(tx, &typed, &chosen, &pattern)).await?;
    let lines: Vec<Line> = lines.into_iter().take(LINES_MAX).collect();
    take_in(ctx, &lines).await
}

async fn take_in(ctx: &StaffCtx, lines: &[Line]) -> Result<BatchId, PageError> {
    let (city, actor) = (&ctx.city, ctx.actor());
    let id = city.db.write(actor.clone(), many::begin).await?;
    for (slice, from) in lines.chunks(SLICE).zip((0..).step_by(SLICE)) {
        let slice = slice.to_vec();
        city.db.write_slice(actor.clone(), move |tx| many::add_lines(tx, id, from, &slice)).await?;
    }
    ctx.saw("cards_many", None).await?;
    Ok(id)
}

/// Notes what shall become of the cards of a list.
pub(super) async fn wish_for(ctx: &StaffCtx, id: BatchId, wish: Wish) -> Result<(), PageError> {
    use many::SetWishError as E;
    let done = ctx.city.db.write(ctx.actor(), move |tx| many::set_wish(tx, id, &wish)).await;
    match done {
        // A list that is not open any more shows itself as it is.
        Ok(()) | Err(E::NotOpen) => Ok(()),
        Err(E::BadReason | E::BadDay) => Err(Fault::Stored("card_batch".to_owned()).into()),
        Err(E::Fault(fault)) => Err(fault.into()),
    }
}
