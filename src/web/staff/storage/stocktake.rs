//! One stock-take: scanned by several people at once while it runs, a report once it is done.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::super::parts::{Row, Wrong};
use super::super::sight::Sight;
use super::super::whereabouts::Places;
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::stocktakes::{at, begin};
use super::{Shown, choices, may_use, own_places, read_scan, unread};
use crate::accounts::Permission;
use crate::base::{CardId, Day, Moment, StocktakeId, StorageId};
use crate::booking;
use crate::cards::missing::{self, Noticing};
use crate::cards::stocktake::{self, Line, Outcome, Reading, State, Stocktake, StocktakeError, Tally};
use crate::cards::storage::{self, Place, Scanned, Whereabouts, where_is};
use crate::cards::{self, Card, CardStatus};
use crate::db::{Fault, ReadTx};
use crate::history::Record;
use crate::render::View;
use crate::web::PageError;

/// Cards that are listed as left, and lines that are listed as read.
const LIST: usize = 300;

/// The page while it runs.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Counting {
    pub(super) id: StocktakeId,
    pub(super) place: String,
    pub(super) started_at: Moment,
    pub(super) started_by: String,
    pub(super) tally: Tally,
    pub(super) lines: Vec<ReadLine>,
    pub(super) left: Vec<Shown>,
    pub(super) answer: Option<ReadLine>,
    pub(super) again: bool,
    pub(super) choices: Vec<Shown>,
    pub(super) refused: Option<String>,
    pub(super) asks_end: bool,
    /// Where the same shelf is printed as a sheet to count by; `None` for whoever may not take out lists.
    pub(super) sheet: Option<(StorageId, String)>,
}

/// The page once it is done.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Report {
    pub(super) id: StocktakeId,
    pub(super) place: String,
    pub(super) started_at: Moment,
    pub(super) started_by: String,
    pub(super) ended_at: Option<Moment>,
    pub(super) ended_by: String,
    pub(super) abandoned: bool,
    /// Whether what was not found is still being written down.
    pub(super) finishing: bool,
    pub(super) tally: Option<Tally>,
    pub(super) missing: Vec<LostLine>,
    pub(super) foreign: Vec<ReadLine>,
    pub(super) may_lose: bool,
    pub(super) reason: String,
    pub(super) wrong: Vec<Wrong>,
}

/// A line that was read.
#[derive(Debug, Serialize)]
pub(super) struct ReadLine {
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) card: Option<Shown>,
    pub(super) typed: String,
    pub(super) tag: (String, &'static str),
    pub(super) times: u32,
    /// Whether it can be put here.
    pub(super) here: bool,
}

/// A card that was not found.
#[derive(Debug, Serialize)]
pub(super) struct LostLine {
    pub(super) card: Shown,
    pub(super) was: String,
    pub(super) booked: Option<Day>,
    /// Whether it still stands as not found: nothing has happened to it since.
    pub(super) open: bool,
    pub(super) record: Option<i64>,
}

impl View for Counting {
    const TEMPLATE: &'static str = "staff/stocktake.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::counting()
    }
}

impl View for Report {
    const TEMPLATE: &'static str = "staff/stocktake_report.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::report()
    }
}

/// What an address asks for.
#[derive(Clone, Debug, Default)]
struct Asked {
    card: Option<CardId>,
    again: bool,
    among: Vec<CardId>,
    end: bool,
}

/// What is read for both pages.
pub(super) struct Known {
    pub(super) one: Stocktake,
    place: Place,
    tally: Tally,
}

fn know(tx: &ReadTx<'_>, id: StocktakeId) -> Result<Option<Known>, Fault> {
    let Some(one) = stocktake::get(tx, id)? else { return Ok(None) };
    let Some(place) = storage::place(tx, one.storage)? else { return Ok(None) };
    Ok(Some(Known { tally: stocktake::tally(tx, &one)?, one, place }))
}

pub(super) async fn known(ctx: &StaffCtx, id: StocktakeId) -> Result<Known, PageError> {
    let known = ctx.read(move |tx| know(tx, id)).await?.ok_or(PageError::NotFound)?;
    if may_use(&ctx.signed, &known.place) { Ok(known) } else { Err(PageError::NotFound) }
}

impl Known {
    fn name(&self) -> String {
        format!("{} {}", self.place.name, self.one.shelf).trim().to_owned()
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Row(id): Row,
    query: Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let get = |name: &str| query.get(name).cloned().unwrap_or_default();
    let asked = Asked {
        card: get("card").parse().ok().map(CardId::of),
        again: get("again") == "1",
        among: get("among").split('.').filter_map(|id| id.parse().ok().map(CardId::of)).take(20).collect(),
        end: get("end") == "1",
    };
    let known = known(&ctx, StocktakeId::of(id)).await?;
    ctx.saw("stocktake", Some(Record::Storage(known.one.storage))).await?;
    if known.one.state == State::Open {
        ctx.page(&counting(&ctx, known, asked, None).await?)
    } else {
        ctx.page(&report(&ctx, known, String::new(), Vec::new()).await?)
    }
}

async fn counting(
    ctx: &StaffCtx,
    known: Known,
    asked: Asked,
    refused: Option<String>,
) -> Result<Counting, PageError> {
    let sight = Sight::of(&ctx.signed);
    let (one, last) = (known.one.clone(), asked.card);
    let read = ctx.read(move |tx| {
        let names = Places::read(tx, None)?;
        let outcomes = [Outcome::Found, Outcome::Foreign, Outcome::Unknown];
        let lines = stocktake::lines(tx, one.id, &outcomes, 30)?;
        let lines: Vec<ReadLine> =
            lines.into_iter().map(|line| read_line(tx, line, sight, &names)).collect::<Result<_, _>>()?;
        let left = stocktake::left(tx, &one, LIST)?;
        let left = left.iter().map(|card| Shown::of(card, sight, &names)).collect();
        Ok::<_, Fault>((lines, left))
    });
    let (mut lines, left): (Vec<ReadLine>, Vec<Shown>) = read.await?;
    let at = lines.iter().position(|line| line.card.as_ref().is_some_and(|card| Some(card.id) == last));
    let answer = at.map(|at| lines.remove(at));
    Ok(Counting {
        sheet: ctx.may(Permission::Export).then(|| (known.one.storage, known.one.shelf.clone())),
        id: known.one.id,
        place: known.name(),
        started_at: known.one.started_at,
        started_by: known.one.started_by.clone(),
        tally: known.tally,
        lines,
        left,
        answer,
        again: asked.again,
        choices: choices(ctx, asked.among).await?,
        refused,
        asks_end: asked.end,
    })
}

fn read_line(tx: &ReadTx<'_>, line: Line, sight: Sight, names: &Places) -> Result<ReadLine, Fault> {
    let card = line.card.map(|id| cards::get(tx, id)).transpose()?.flatten();
    let lies = card.as_ref().is_some_and(|card| {
        matches!(where_is(card), Whereabouts::AtPlace(_) | Whereabouts::Away(..) | Whereabouts::NotRegistered)
    });
    Ok(ReadLine {
        at: line.at,
        by: line.by,
        tag: said(line.outcome, card.as_ref(), names),
        here: line.outcome == Outcome::Foreign && lies,
        typed: line.typed.unwrap_or_default(),
        times: line.times,
        card: card.map(|card| Shown::of(&card, sight, names)),
    })
}

/// What is so, in words: a foreign card says where it should be.
fn said(outcome: Outcome, card: Option<&Card>, names: &Places) -> (String, &'static str) {
    match (outcome, card) {
        (Outcome::Found, _) => ("この場所のカード".to_owned(), "done"),
        (Outcome::Foreign, Some(card)) => (format!("登録では {}", names.of(card).text), "bad"),
        (Outcome::Foreign | Outcome::Unknown, _) => ("登録のない番号".to_owned(), "bad"),
        (Outcome::Missing, _) => ("見つからない".to_owned(), "bad"),
    }
}

/// A scan: a card is noted, another box's label goes on with that box.
pub(in crate::web::staff) async fn scan(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let id = StocktakeId::of(id);
    let one = known(&ctx, id).await?;
    let typed = fields.get("scan");
    let scanned = match fields.get("card").parse() {
        Ok(card) => Scanned::Card(CardId::of(card)),
        Err(_) => read_scan(&ctx, &typed).await?,
    };
    let refused = match scanned {
        Scanned::Card(card) => {
            let read = ctx
                .city
                .db
                .write(ctx.actor(), move |tx| stocktake::read(tx, Reading { stocktake: id, card }));
            match read.await {
                Ok(read) => {
                    let again = if read.again.is_some() { "&again=1" } else { "" };
                    return Ok(ctx.to(&format!("/storage/stocktakes/{id}?card={card}{again}#scan")));
                }
                Err(refusal) => wording::stocktake_refused(refusal)?,
            }
        }
        Scanned::Several(cards) => {
            let rows: Vec<String> = cards.iter().map(ToString::to_string).collect();
            return Ok(ctx.to(&format!("/storage/stocktakes/{id}?among={}#scan", rows.join("."))));
        }
        Scanned::Place(target) => {
            let signed = std::sync::Arc::clone(&ctx.signed);
            let places = ctx.read(move |tx| own_places(tx, &signed)).await?;
            match begin(&ctx, &places, target).await {
                Ok(other) => return Ok(ctx.to(&at(&ctx, other).await?)),
                Err(refusal) => wording::stocktake_refused(refusal)?,
            }
        }
        Scanned::NoCard => {
            let norm = crate::base::notice::normalise(&typed);
            let note = ctx.city.db.write(ctx.actor(), move |tx| stocktake::read_unknown(tx, id, &norm));
            match note.await {
                Ok(()) => "この番号のカードは登録されていません。番号を棚卸の記録に残しました。".to_owned(),
                Err(refusal) => wording::stocktake_refused(refusal)?,
            }
        }
        other => unread(&other, &typed).to_owned(),
    };
    again(&ctx, one, refused).await
}

/// The page as it stands now, with what was wrong.
async fn again(ctx: &StaffCtx, one: Known, refused: String) -> Result<Response, PageError> {
    let now = known(ctx, one.one.id).await?;
    if now.one.state == State::Open {
        ctx.again(&counting(ctx, now, Asked::default(), Some(refused)).await?)
    } else {
        Ok(ctx.to_with(&format!("/storage/stocktakes/{}#main", one.one.id), Flash::mind(refused)))
    }
}

/// Puts a foreign card into the place that is counted.
pub(in crate::web::staff) async fn here(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let id = StocktakeId::of(id);
    let one = known(&ctx, id).await?;
    let card = fields.get("here").parse().ok().map(CardId::of).ok_or(PageError::NotFound)?;
    let version = fields.get(&format!("v{card}")).parse().unwrap_or_default();
    match ctx.city.db.write(ctx.actor(), move |tx| booking::put_here(tx, id, card, version)).await {
        Ok(moved) => {
            let names = ctx.read(|tx| Places::read(tx, None)).await?;
            let said = format!("ここに移しました。いまの場所：{}", names.of(&moved.card).text);
            Ok(ctx.to_with(&format!("/storage/stocktakes/{id}?card={card}#scan"), Flash::done(said)))
        }
        Err(refusal) => again(&ctx, one, wording::here_refused(refusal)?).await,
    }
}

/// Ends it. Cards that are left ask once whether that is meant.
pub(in crate::web::staff) async fn finish(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let one = known(&ctx, StocktakeId::of(id)).await?;
    let id = one.one.id;
    if one.one.state == State::Open && one.tally.missing > 0 && !fields.has("sure") {
        return Ok(ctx.to(&format!("/storage/stocktakes/{id}?end=1#end")));
    }
    match ctx.city.db.write(ctx.actor(), move |tx| stocktake::finish(tx, id)).await {
        Ok(mut whole) => {
            while !whole {
                whole = ctx.city.db.write(ctx.actor(), move |tx| stocktake::carry_on(tx, id)).await?;
            }
            Ok(ctx.to_with(&format!("/storage/stocktakes/{id}#main"), Flash::done("棚卸を終えました。")))
        }
        Err(StocktakeError::Ended) => {
            let said = Flash::mind("この棚卸は、ほかの人が先に終えています。");
            Ok(ctx.to_with(&format!("/storage/stocktakes/{id}#main"), said))
        }
        Err(refusal) => again(&ctx, one, wording::stocktake_refused(refusal)?).await,
    }
}

pub(in crate::web::staff) async fn abandon(
    Row(id): Row,
    StaffPost { ctx, .. }: StaffPost,
) -> Result<Response, PageError> {
    let one = known(&ctx, StocktakeId::of(id)).await?;
    let id = one.one.id;
    match ctx.city.db.write(ctx.actor(), move |tx| stocktake::abandon(tx, id)).await {
        Ok(()) => Ok(ctx.to_with("/storage/stocktakes#main", Flash::done("棚卸をやめました。"))),
        Err(refusal) => again(&ctx, one, wording::stocktake_refused(refusal)?).await,
    }
}

async fn report(
    ctx: &StaffCtx,
    known: Known,
    reason: String,
    wrong: Vec<Wrong>,
) -> Result<Report, PageError> {
    let (sight, id) = (Sight::of(&ctx.signed), known.one.id);
    let read = ctx.read(move |tx| {
        let names = Places::read(tx, None)?;
        let missing = stocktake::lines_after(tx, id, Outcome::Missing, 0, LIST)?;
        let missing: Vec<LostLine> = missing
            .into_iter()
            .filter_map(|line| lost_line(tx, &line, sight, &names).transpose())
            .collect::<Result<_, _>>()?;
        let foreign = stocktake::lines(tx, id, &[Outcome::Foreign, Outcome::Unknown], LIST)?;
        let foreign: Vec<ReadLine> =
            foreign.into_iter().map(|line| read_line(tx, line, sight, &names)).collect::<Result<_, _>>()?;
        Ok::<_, Fault>((missing, foreign))
    });
    let (missing, foreign) = read.await?;
    Ok(Report {
        id,
        place: known.name(),
        started_at: known.one.started_at,
        started_by: known.one.started_by.clone(),
        ended_at: known.one.finished_at,
        ended_by: known.one.finished_by.clone().unwrap_or_default(),
        abandoned: known.one.state == State::Abandoned,
        finishing: known.one.state == State::Finishing,
        tally: known.one.result,
        may_lose: ctx.may(Permission::SetStatus) && missing.iter().any(|line| line.open),
        missing,
        foreign,
        reason,
        wrong,
    })
}

fn lost_line(tx: &ReadTx<'_>, line: &Line, sight: Sight, names: &Places) -> Result<Option<LostLine>, Fault> {
    let Some(card) = line.card.map(|id| cards::get(tx, id)).transpose()?.flatten() else { return Ok(None) };
    let booked = booking::live_of_card(tx, card.id)?.map(|booking| booking.day);
    let lies = matches!(where_is(&card), Whereabouts::AtPlace(_));
    let untouched = card.placed_at.is_none_or(|at| at <= line.at);
    Ok(Some(LostLine {
        was: format!("{} {}", names.storage(line.storage), line.label).trim().to_owned(),
        booked,
        open: lies && untouched && card.status.may_become(CardStatus::Missing, None),
        record: missing::open_of(tx, card.id)?.map(crate::base::MissingCardId::get),
        card: Shown::of(&card, sight, names),
    }))
}

/// The cards that were ticked are missing: each takes the status and gets its record.
pub(in crate::web::staff) async fn lost(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    ctx.must(Permission::SetStatus)?;
    let one = known(&ctx, StocktakeId::of(id)).await?;
    let id = one.one.id;
    let reason = fields.get("reason");
    let picks = fields.all("pick").into_iter().filter_map(|pick| pick.split_once('.'));
    let picked: Vec<(CardId, i64)> = picks
        .filter_map(|(card, at)| Some((CardId::of(card.parse().ok()?), at.parse().ok()?)))
        .take(100)
        .collect();
    let wrong = match (picked.is_empty(), cards::is_reason(&reason)) {
        (true, _) => Some(Wrong::new("k1", "所在不明にするカードを選んでください。")),
        (_, false) => Some(Wrong::new("reason", "どう確かめたかを入力してください。")),
        _ => None,
    };
    if let Some(wrong) = wrong {
        return ctx.again(&report(&ctx, one, reason, vec![wrong]).await?);
    }
    let done = ctx.city.db.write(ctx.actor(), move |tx| {
        let mut lost = 0;
        for (card, version) in &picked {
            let wish =
                Noticing { card: *card, how: reason.clone(), stocktake: Some(id), expect_version: *version };
            match tx.part(|tx| missing::notice(tx, &wish)) {
                Ok(_) => lost += 1,
                Err(missing::MissingError::Fault(fault)) => return Err(fault),
                Err(_) => {}
            }
        }
        Ok((lost, picked.len()))
    });
    let (lost, all) = done.await?;
    let text = format!("{all}枚のうち{lost}枚を「所在不明」にし、記録を作りました。");
    let flash = if lost == all { Flash::done(text) } else { Flash::mind(text) };
    Ok(ctx.to_with("/storage/missing#main", flash))
}
