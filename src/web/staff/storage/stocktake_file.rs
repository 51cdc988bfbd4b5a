//! The report of a stock-take for a spreadsheet, however big the place.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::super::StaffCtx;
use super::super::parts::Row;
use super::super::sight::{HIDDEN, Sight};
use super::super::whereabouts::{Places, short};
use super::super::wording;
use super::stocktake::known;
use crate::base::{CardId, StocktakeId};
use crate::cards;
use crate::cards::stocktake::{self, Line, Outcome, ReportLine};
use crate::db::{Fault, ReadTx};
use crate::history::Record;
use crate::web::PageError;

/// Lines of one read, so that none keeps the file from being tidied.
const SLICE: usize = 1000;

pub(in crate::web::staff) async fn report_csv(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let one = known(&ctx, StocktakeId::of(id)).await?;
    let (sight, id) = (Sight::of(&ctx.signed), one.one.id);
    let mut lines = Vec::new();
    for outcome in [Outcome::Missing, Outcome::Foreign, Outcome::Unknown, Outcome::Found] {
        let mut after = 0;
        loop {
            let read = ctx.read(move |tx| slice(tx, id, (outcome, after), sight)).await?;
            let Some(last) = read.last().map(|(row, _)| *row) else { break };
            after = last;
            lines.extend(read.into_iter().map(|(_, line)| line));
        }
    }
    ctx.saw("stocktake_csv", Some(Record::Storage(one.one.storage))).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"stocktake-{id}.csv\"")),
    ];
    Ok((headers, stocktake::csv(&lines)).into_response())
}

/// The next lines with one outcome, each with its row.
fn slice(
    tx: &ReadTx<'_>,
    id: StocktakeId,
    (outcome, after): (Outcome, i64),
    sight: Sight,
) -> Result<Vec<(i64, ReportLine)>, Fault> {
    let lines = stocktake::lines_after(tx, id, outcome, after, SLICE)?;
    let ids: Vec<CardId> = lines.iter().filter_map(|line| line.card).collect();
    let cards = cards::of_ids(tx, &ids)?;
    let names = Places::read(tx, None)?;
    let told = |line: Line| {
        let card = line.card.and_then(|id| cards.get(&id));
        let told = ReportLine {
            outcome: wording::outcome_of_count(line.outcome).to_owned(),
            place: format!("{} {}", names.storage(line.storage), line.label).trim().to_owned(),
            notice: card.map_or_else(|| line.typed.clone().unwrap_or_default(), |card| sight.notice(card)),
            name: card.map(|card| sight.name(card)).unwrap_or_default(),
            birth: card
                .map(|card| sight.birth(card).unwrap_or_else(|| HIDDEN.to_owned()))
                .unwrap_or_default(),
            status: card.map(|card| wording::label(card.label).0.to_owned()).unwrap_or_default(),
            at: if line.times == 0 { String::new() } else { short(line.at) },
            by: line.by,
        };
        (line.row, told)
    };
    Ok(lines.into_iter().map(told).collect())
}
