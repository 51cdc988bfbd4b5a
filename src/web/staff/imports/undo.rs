//! A run is taken back: asked first, and refused with the cards on which somebody has built.

use std::time::Duration;

use axum::response::Response;
use serde::Serialize;

use super::views::{RunView, sample_run};
use crate::base::{CardId, ImportRunId};
use crate::booking::bring_in;
use crate::cards::import::{self, Kind, RunState, Touched, UndoRunError, Undone};
use crate::cards::{self, Card};
use crate::db::Fault;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// How long the page waits for the end; what takes longer goes on without it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The question.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct AskUndo {
    run: RunView,
    reason: String,
    /// Cards on which somebody has built: the first of them, and how many there are.
    touched: Vec<TouchedCard>,
    count: u32,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct TouchedCard {
    id: CardId,
    notice: String,
    name: String,
    tag: (&'static str, &'static str),
}

pub(in crate::web::staff) async fn ask(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let touched = touched(&ctx, ImportRunId::of(id)).await?;
    let view = view(&ctx, ImportRunId::of(id), touched, String::new(), Vec::new()).await?;
    ctx.page(&view)
}

/// What somebody has built on a run, whatever it brought.
pub(super) async fn touched(ctx: &StaffCtx, id: ImportRunId) -> Result<Touched, Fault> {
    let run = ctx.read(move |tx| import::run(tx, id)).await?;
    match run.map(|run| run.kind) {
        Some(Kind::Booking) => bring_in::touched(&ctx.city.db, id).await,
        Some(Kind::Card | Kind::CardStatus) => import::touched(&ctx.city.db, id).await,
        None => Ok(Touched::default()),
    }
}

async fn take_back(ctx: &StaffCtx, id: ImportRunId, reason: &str) -> Result<Undone, UndoRunError> {
    let run = ctx.read(move |tx| import::run(tx, id)).await?;
    match run.ok_or(UndoRunError::NotApplied)?.kind {
        Kind::Booking => bring_in::undo(&ctx.city.db, &ctx.actor(), id, reason).await,
        Kind::Card | Kind::CardStatus => import::undo(&ctx.city.db, &ctx.actor(), id, reason).await,
    }
}

async fn view(
    ctx: &StaffCtx,
    id: ImportRunId,
    touched: Touched,
    reason: String,
    wrong: Vec<Wrong>,
) -> Result<AskUndo, PageError> {
    let Touched { count, first } = touched;
    let (run, cards) =
        ctx.read(move |tx| Ok::<_, Fault>((import::run(tx, id)?, cards::of_ids(tx, &first)?))).await?;
    let run = run.filter(|run| run.state == RunState::Applied).ok_or(PageError::NotFound)?;
    let sight = Sight::of(&ctx.signed);
    let touched = cards.values().map(|card| touched_card(sight, card)).collect();
    Ok(AskUndo { run: RunView::of(&run), reason, touched, count, wrong })
}

fn touched_card(sight: Sight, card: &Card) -> TouchedCard {
    TouchedCard {
        id: card.id,
        notice: sight.notice(card),
        name: sight.name(card),
        tag: wording::label(card.label),
    }
}

pub(in crate::web::staff) async fn undo(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let (id, reason) = (ImportRunId::of(id), fields.get("reason"));
    let typed = reason.clone();
    let own = ctx.clone();
    // The work goes on when the browser goes away in the middle of it.
    let work = tokio::spawn(async move { take_back(&own, id, &reason).await });
    let page = format!("/imports/{id}#main");
    match tokio::time::timeout(PATIENCE, work).await {
        Err(_) | Ok(Ok(Err(UndoRunError::NotApplied))) => Ok(ctx.to(&page)),
        Ok(Ok(Ok(done))) => {
            let text = format!(
                "第{id}回を取り消しました。消した新規{}件、元の値に戻した更新{}件。",
                done.removed, done.restored
            );
            Ok(ctx.to_with(&page, Flash::done(text)))
        }
        Ok(Ok(Err(UndoRunError::Touched(touched)))) => {
            let wrong = Wrong::new("reason", wording::undo_run(UndoRunError::Touched(touched.clone()))?);
            ctx.again(&view(&ctx, id, touched, typed, vec![wrong]).await?)
        }
        Ok(Ok(Err(refusal))) => {
            let wrong = Wrong::new("reason", wording::undo_run(refusal)?);
            ctx.again(&view(&ctx, id, Touched::default(), typed, vec![wrong]).await?)
        }
        Ok(Err(_)) => Err(Fault::Panicked.into()),
    }
}

impl View for AskUndo {
    const TEMPLATE: &'static str = "staff/import_undo.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |touched: Vec<TouchedCard>, count, wrong| Self {
            run: RunView::of(&sample_run(RunState::Applied, 7)),
            reason: String::new(),
            touched,
            count,
            wrong,
        };
        let card = TouchedCard {
            id: CardId::of(7),
            notice: "A13-345603".to_owned(),
            name: "髙橋 花子".to_owned(),
            tag: ("予約済", "book"),
        };
        vec![
            ("import undo", of(Vec::new(), 0, Vec::new())),
            ("import undo refused", of(vec![card], 300, Vec::new())),
            (
                "import undo without reason",
                of(Vec::new(), 0, vec![Wrong::new("reason", "理由を入力してください。")]),
            ),
        ]
    }
}
