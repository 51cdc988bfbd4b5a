//! Statistics (統計): what happened in some days, in pictures with their numbers beside them.
//!
//! **Invariant:** numbers only; every picture has a table that says the same.
//!
//! Spec: 7(2)⑧ ⑫.

mod applications;
mod chart;
mod file;
mod view;

use axum::extract::Query;
use axum::response::Response;

pub(super) use applications::{show as applications, tell};
pub(super) use file::file;
#[cfg(test)]
pub(super) use {applications::Applications, view::Statistics};

use super::StaffCtx;
use super::parts::Wrong;
use crate::base::{Day, LocationId};
use crate::db::Fault;
use crate::statistics::{self, Age, DAYS_MAX, Report, Span, Steps, Totals};
use crate::web::{Fields, PageError};

/// What the address asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) from: Day,
    pub(super) to: Day,
    pub(super) location: Option<LocationId>,
}

impl Asked {
    /// The days of the address; this month so far where it names none.
    pub(super) fn of(ctx: &StaffCtx, fields: &Fields) -> Self {
        let today = ctx.today();
        let from = fields.get("from").parse().unwrap_or_else(|_| today.first_of_month());
        let to = fields.get("to").parse().unwrap_or_else(|_| today.max(from));
        let location = fields.get("location").parse().ok().map(LocationId::of);
        Self { from, to, location: location.filter(|id| ctx.place_of(*id).is_some()) }
    }

    pub(super) fn wrong(&self) -> Option<Wrong> {
        match self.to.days_from(self.from) {
            ..0 => Some(Wrong::new("to", "終わりの日は、始めの日と同じか後の日にしてください。")),
            0..DAYS_MAX => None,
            _ => Some(Wrong::new("to", "一度に数えられるのは1年分（366日）までです。")),
        }
    }

    pub(super) fn span(&self, ctx: &StaffCtx) -> Span {
        let every = || ctx.signed.locations.clone();
        Span { from: self.from, to: self.to, locations: self.location.map_or_else(every, |one| vec![one]) }
    }
}

/// All that the page is drawn from.
#[derive(Debug, Default)]
struct Counted {
    report: Report,
    /// People who got what they came for.
    issued: u32,
    before: Totals,
    steps: Steps,
    ages: Vec<Age>,
}

pub(super) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &Fields::new(query));
    if let Some(wrong) = asked.wrong() {
        return ctx.again(&view::draw(&ctx, &asked, &Counted::default(), vec![wrong]));
    }
    let counted = count(&ctx, &asked).await?;
    ctx.saw("statistics", None).await?;
    ctx.page(&view::draw(&ctx, &asked, &counted, Vec::new()))
}

/// Counts everything; the parts of a long span beside one another.
async fn count(ctx: &StaffCtx, asked: &Asked) -> Result<Counted, Fault> {
    let span = asked.span(ctx);
    // As many days just before, to compare with.
    let days = i32::try_from(span.to.days_from(span.from)).unwrap_or(0) + 1;
    let before =
        Span { from: span.from.minus(days), to: span.from.minus(1), locations: span.locations.clone() };
    let same = span.clone();
    let (report, before, (issued, steps, ages)) = tokio::try_join!(
        ctx.read(move |tx| statistics::report(tx, &span)),
        ctx.read(move |tx| statistics::totals(tx, &before)),
        ctx.read(move |tx| {
            Ok::<_, Fault>((statistics::issued(tx, &same)?, statistics::steps(tx)?, statistics::ages(tx)?))
        }),
    )?;
    Ok(Counted { report, issued, before, steps, ages })
}
