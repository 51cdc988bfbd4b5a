//! Missing cards: the list, and the record of each with what was done.

use axum::response::Response;
use serde::Serialize;

use super::super::parts::{Row, Wrong};
use super::super::sight::Sight;
use super::super::whereabouts::Places;
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::{Choice, Shown, own_places, targets};
use crate::accounts::Permission;
use crate::base::{Day, MissingCardId, Moment};
use crate::booking;
use crate::cards;
use crate::cards::missing::{self, MissingCard, MissingError, State};
use crate::cards::storage::Target;
use crate::db::{Fault, ReadTx};
use crate::history::Record;
use crate::render::View;
use crate::web::PageError;

/// The list.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct MissingList {
    pub(super) rows: Vec<Line>,
    pub(super) open: usize,
}

/// One record of the list.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) id: MissingCardId,
    pub(super) card: Option<Shown>,
    pub(super) tag: (&'static str, &'static str),
    pub(super) noticed_at: Moment,
    pub(super) noticed_by: String,
    pub(super) last: String,
    pub(super) booked: Option<Day>,
}

/// One record.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct MissingPage {
    pub(super) line: Line,
    pub(super) how: String,
    pub(super) stocktake: Option<i64>,
    pub(super) steps: Vec<missing::Step>,
    pub(super) open: bool,
    pub(super) ended: Option<(Moment, String, String)>,
    pub(super) version: i64,
    pub(super) targets: Vec<Choice>,
    pub(super) may_end: bool,
    pub(super) typed: Typed,
    pub(super) wrong: Vec<Wrong>,
}

/// What stands in the forms.
#[derive(Debug, Default, Serialize)]
pub(super) struct Typed {
    pub(super) step: String,
    pub(super) words: String,
    pub(super) ending: String,
}

impl View for MissingList {
    const TEMPLATE: &'static str = "staff/missing.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::missing_list()
    }
}

impl View for MissingPage {
    const TEMPLATE: &'static str = "staff/missing_card.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::missing_page()
    }
}

fn line(tx: &ReadTx<'_>, record: &MissingCard, sight: Sight, names: &Places) -> Result<Line, Fault> {
    let card = cards::get(tx, record.card)?;
    Ok(Line {
        id: record.id,
        tag: wording::missing(record.state),
        noticed_at: record.noticed_at,
        noticed_by: record.noticed_by.clone(),
        last: wording::last_seen(record, names),
        booked: booking::live_of_card(tx, record.card)?.map(|booking| booking.day),
        card: card.map(|card| Shown::of(&card, sight, names)),
    })
}

pub(in crate::web::staff) async fn list(ctx: StaffCtx) -> Result<Response, PageError> {
    let sight = Sight::of(&ctx.signed);
    let read = ctx.read(move |tx| {
        let names = Places::read(tx, None)?;
        let records = missing::list(tx, 200)?;
        let open = records.iter().filter(|record| record.state == State::Open).count();
        let rows = records.iter().map(|record| line(tx, record, sight, &names)).collect::<Result<_, _>>()?;
        Ok::<_, Fault>(MissingList { rows, open })
    });
    let list = read.await?;
    ctx.saw("missing", None).await?;
    ctx.page(&list)
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let page = page(&ctx, MissingCardId::of(id), Typed::default(), Vec::new()).await?;
    ctx.page(&page)
}

async fn page(
    ctx: &StaffCtx,
    id: MissingCardId,
    typed: Typed,
    wrong: Vec<Wrong>,
) -> Result<MissingPage, PageError> {
    let (signed, sight) = (std::sync::Arc::clone(&ctx.signed), Sight::of(&ctx.signed));
    let read = ctx.read(move |tx| {
        let Some(record) = missing::get(tx, id)? else { return Ok(None) };
        let names = Places::read(tx, None)?;
        let line = line(tx, &record, sight, &names)?;
        Ok::<_, Fault>(Some((line, record, missing::steps(tx, id)?, own_places(tx, &signed)?)))
    });
    let (line, record, steps, places) = read.await?.ok_or(PageError::NotFound)?;
    ctx.saw("missing_card", Some(Record::Card(record.card))).await?;
    let ended = record.ended_at.map(|at| {
        (at, record.ended_by.clone().unwrap_or_default(), record.ending.clone().unwrap_or_default())
    });
    Ok(MissingPage {
        line,
        how: record.how,
        stocktake: record.stocktake.map(crate::base::StocktakeId::get),
        steps,
        open: record.state == State::Open,
        ended,
        version: record.version,
        targets: targets(&places, None),
        may_end: ctx.may(Permission::SetStatus),
        typed,
        wrong,
    })
}

pub(in crate::web::staff) async fn add_step(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let (id, step) = (MissingCardId::of(id), fields.get("step"));
    let text = step.clone();
    match ctx.city.db.write(ctx.actor(), move |tx| missing::add_step(tx, id, &text)).await {
        Ok(()) => {
            Ok(ctx.to_with(&format!("/storage/missing/{id}#main"), Flash::done("したことを記録しました。")))
        }
        Err(refusal) => {
            let wrong = vec![Wrong::new("step", wording::missing_refused(refusal)?)];
            ctx.again(&page(&ctx, id, Typed { step, ..Typed::default() }, wrong).await?)
        }
    }
}

pub(in crate::web::staff) async fn found(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    ctx.must(Permission::SetStatus)?;
    let (id, words) = (MissingCardId::of(id), fields.get("words"));
    let typed = Typed { words: words.clone(), ..Typed::default() };
    let signed = std::sync::Arc::clone(&ctx.signed);
    let places = ctx.read(move |tx| own_places(tx, &signed)).await?;
    let into = Target::from_code(&fields.get("to")).filter(|to| super::target_name(&places, *to).is_some());
    let Some(into) = into else {
        let wrong = vec![Wrong::new("to", "見つけたカードを置く場所を選んでください。")];
        return ctx.again(&page(&ctx, id, typed, wrong).await?);
    };
    let version = fields.get("version").parse().unwrap_or_default();
    let done =
        ctx.city.db.write(ctx.actor(), move |tx| booking::found_again(tx, id, into, &words, version)).await;
    match done {
        Ok(()) => Ok(ctx.to_with(
            &format!("/storage/missing/{id}#main"),
            Flash::done("見つかったことを記録し、状態と保管場所を戻しました。"),
        )),
        Err(refusal) => refused(&ctx, id, typed, "words", refusal).await,
    }
}

pub(in crate::web::staff) async fn close(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    ctx.must(Permission::SetStatus)?;
    let (id, ending) = (MissingCardId::of(id), fields.get("ending"));
    let typed = Typed { ending: ending.clone(), ..Typed::default() };
    let version = fields.get("version").parse().unwrap_or_default();
    match ctx.city.db.write(ctx.actor(), move |tx| missing::close(tx, id, &ending, version)).await {
        Ok(()) => Ok(ctx.to_with(
            &format!("/storage/missing/{id}#main"),
            Flash::done("記録を閉じました。カードの状態は「所在不明」のままです。"),
        )),
        Err(refusal) => refused(&ctx, id, typed, "ending", refusal).await,
    }
}

async fn refused(
    ctx: &StaffCtx,
    id: MissingCardId,
    typed: Typed,
    field: &'static str,
    refusal: MissingError,
) -> Result<Response, PageError> {
    let wrong = vec![Wrong::new(field, wording::missing_refused(refusal)?)];
    ctx.again(&page(ctx, id, typed, wrong).await?)
}
