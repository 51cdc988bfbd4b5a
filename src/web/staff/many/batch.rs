//! A list: what shall become of it, what would become of each line, and what became of it.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::super::parts::{Row as At, Wrong};
use super::super::sight::Sight;
use super::super::{StaffCtx, wording};
use super::wanted::{Typed, Wanted, has_day};
use super::{disposal, find};
use crate::accounts::Permission;
use crate::base::{BatchId, CardId, Day, Minute, Moment};
use crate::booking::many::{self, Batch, BatchState, LINES_MAX, Outlook, Row, Skip};
use crate::calendar;
use crate::cards::{CardStatus, Label};
use crate::db::Fault;
use crate::render::View;
use crate::web::PageError;

/// Lines that one read looks at.
const LOOK: usize = 2000;

/// Lines of a long list that the page shows at once.
const PAGE: usize = 200;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Shown {
    pub(super) id: BatchId,
    pub(super) state: &'static str,
    pub(super) to: Option<(&'static str, &'static str)>,
    pub(super) wanted: Wanted,
    pub(super) asked: Asked,
    pub(super) lines: Vec<Line>,
    /// Of a list that is too long for one page with a box for each line: which page this is, of how many.
    pub(super) pages: Option<Pages>,
    pub(super) counts: Counts,
    pub(super) by: String,
    pub(super) at: Moment,
    /// Who decided upon a disposal, when, and why not.
    pub(super) decided: Option<(String, Option<Moment>)>,
    pub(super) refusal: Option<String>,
    pub(super) undo_of: Option<BatchId>,
    pub(super) undone_by: Option<BatchId>,
    pub(super) may: May,
    pub(super) disposal: bool,
    /// Who prints, and when.
    pub(super) printed: (Moment, String),
    pub(super) wrong: Vec<Wrong>,
}

/// Which page of a long list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Pages {
    pub(super) page: usize,
    pub(super) of: usize,
    pub(super) each: usize,
}

/// What the list asks for, in words.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Asked {
    pub(super) reason: Option<String>,
    pub(super) code: Option<&'static str>,
    pub(super) on: Option<(&'static str, Day)>,
    pub(super) due: Option<Day>,
    pub(super) evidence: String,
    pub(super) beyond: bool,
}

/// What this person may do with the list.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct May {
    pub(super) act: bool,
    pub(super) undo: bool,
}

/// The numbers of a list.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Counts {
    pub(super) all: usize,
    pub(super) can: usize,
    pub(super) ends: usize,
    pub(super) waits: usize,
    pub(super) updated: usize,
    pub(super) skipped: usize,
    pub(super) left: usize,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) position: i64,
    pub(super) number: i64,
    pub(super) typed: String,
    pub(super) card: Option<CardId>,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) birth: Option<String>,
    pub(super) tag: (&'static str, &'static str),
    pub(super) from: Option<&'static str>,
    pub(super) storage: String,
    pub(super) shared: bool,
    /// `can`, `cannot`, `unasked`, `waits`, `left`, `updated`, `skipped`.
    pub(super) state: &'static str,
    pub(super) why: Option<String>,
    pub(super) ends: Option<(Day, Minute)>,
    pub(super) beyond: bool,
}

impl View for Shown {
    const TEMPLATE: &'static str = "staff/many_batch.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::shown()
    }
}

/// The page of a list.
pub(in crate::web::staff) async fn show_batch(
    ctx: StaffCtx,
    At(id): At,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let batch = find(&ctx, id).await?;
    let own = batch.staff == ctx.signed.id;
    if !own && !ctx.may(Permission::ApproveDisposal) {
        ctx.must(Permission::BulkStatus)?;
    }
    if batch.state == BatchState::Open && !own {
        return Err(PageError::NotFound);
    }
    ctx.saw("cards_batch", None).await?;
    if batch.state == BatchState::Proposed {
        return disposal::page(&ctx, batch, Vec::new()).await;
    }
    let start = query.get("to").and_then(|code| CardStatus::from_code(code));
    let typed = batch.wish.as_ref().map_or_else(|| Typed::starting(start), Typed::of_wish);
    let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let view = view(&ctx, batch, &typed, Vec::new(), page).await?;
    ctx.page(&view)
}

/// Reads a list some lines at a time, so that no reader is held long: all are counted, those of the page are kept.
async fn read(ctx: &StaffCtx, batch: &Batch, page: usize) -> Result<Looked, PageError> {
    let id = batch.id;
    let (size, undone_by, storages) = ctx
        .read(move |tx| {
            Ok::<_, Fault>((many::size(tx, id)?, many::undone_by(tx, id)?, calendar::storages(tx)?))
        })
        .await?;
    let names: Names = storages.into_iter().map(|one| (one.id, one.name)).collect();
    let of = size.div_ceil(PAGE).max(1);
    let pages = (size > LINES_MAX).then(|| Pages { page: page.clamp(1, of), of, each: PAGE });
    let shown = pages.map_or(0..size, |at| (at.page - 1) * PAGE..at.page * PAGE);
    let (sight, mut counts, mut lines, mut after) =
        (Sight::of(&ctx.signed), Counts::default(), Vec::new(), -1);
    loop {
        let looked = batch.clone();
        let rows = ctx.read(move |tx| many::look_after(tx, &looked, after, LOOK)).await?;
        let Some(last) = rows.last() else { break };
        after = last.position;
        for row in &rows {
            counts.add(row);
            if usize::try_from(row.position).is_ok_and(|at| shown.contains(&at)) {
                lines.push(line(row, sight, &names));
            }
        }
    }
    Ok(Looked { lines, counts, pages, undone_by })
}

/// A list that was read.
struct Looked {
    lines: Vec<Line>,
    counts: Counts,
    pages: Option<Pages>,
    undone_by: Option<BatchId>,
}

/// The list as it stands.
pub(super) async fn view(
    ctx: &StaffCtx,
    batch: Batch,
    typed: &Typed,
    wrong: Vec<Wrong>,
    page: usize,
) -> Result<Shown, PageError> {
    let Looked { lines, counts, pages, undone_by } = read(ctx, &batch, page).await?;
    let own = batch.staff == ctx.signed.id;
    let today = batch.finished_at.is_some_and(|at| at.day() == ctx.today());
    let undo = batch.state == BatchState::Done && batch.undo.is_none() && !batch.is_disposal();
    let undo = undo && undone_by.is_none() && ((own && today) || ctx.may(Permission::OverrideStatus));
    Ok(Shown {
        id: batch.id,
        state: batch.state.code(),
        to: batch.wish.as_ref().map(|wish| (wish.to.code(), wording::card_status(wish.to))),
        wanted: typed.drawn(ctx),
        asked: asked(ctx, &batch),
        may: May { act: own, undo: undo && counts.updated > 0 },
        lines,
        pages,
        counts,
        by: batch.actor.clone(),
        at: batch.created_at,
        decided: batch.approver.as_ref().map(|(_, name, _)| (name.clone(), batch.decided_at)),
        refusal: batch.refusal.clone(),
        undo_of: batch.undo.as_ref().map(|undo| undo.of),
        undone_by,
        disposal: batch.is_disposal(),
        printed: (ctx.now(), ctx.signed.name.clone()),
        wrong,
    })
}

fn asked(ctx: &StaffCtx, batch: &Batch) -> Asked {
    let Some(wish) = &batch.wish else {
        let reason = batch.undo.as_ref().and_then(|undo| undo.reason.clone());
        return Asked { reason, ..Asked::default() };
    };
    let days = match wish.to {
        CardStatus::Notified => Some(ctx.settings.first_days),
        CardStatus::Renotified => Some(ctx.settings.renotice_days),
        _ => None,
    };
    let on = wish.on.or_else(|| days.map(|_| ctx.today())).filter(|_| has_day(wish.to));
    let word = match wish.to {
        CardStatus::OnHold => "保留の期限",
        CardStatus::Disposed => "統合端末での処理日",
        _ => "発送日",
    };
    Asked {
        reason: wish.reason.clone(),
        code: wish.code.map(wording::reason_code),
        on: on.map(|day| (word, day)),
        due: on.zip(days).map(|(day, days)| day.plus(i32::from(days))),
        evidence: wish.evidence.clone(),
        beyond: wish.may_override,
    }
}

impl Counts {
    fn add(&mut self, row: &Row) {
        self.all += 1;
        match row.outlook {
            Outlook::Will { ends, .. } => {
                self.can += 1;
                self.ends += usize::from(ends.is_some());
            }
            Outlook::Picked => self.waits += 1,
            Outlook::Left => self.left += 1,
            Outlook::Updated => self.updated += 1,
            Outlook::Skipped(_) => self.skipped += 1,
            Outlook::Unasked | Outlook::Cannot(_) => {}
        }
    }
}

/// Names of storage places.
type Names = BTreeMap<crate::base::StorageId, String>;

fn line(row: &Row, sight: Sight, storages: &Names) -> Line {
    let (state, why) = match row.outlook {
        Outlook::Unasked => ("unasked", None),
        Outlook::Will { .. } => ("can", None),
        Outlook::Cannot(why) => ("cannot", Some(why)),
        Outlook::Picked => ("waits", None),
        Outlook::Left => ("left", None),
        Outlook::Updated => ("updated", None),
        Outlook::Skipped(why) => ("skipped", Some(why)),
    };
    let (ends, beyond) = match row.outlook {
        Outlook::Will { ends, beyond } => (ends.map(|(_, day, at)| (day, at)), beyond),
        _ => (None, false),
    };
    let card = row.card.as_ref();
    let place = card.map(|card| {
        let storage = card.storage.and_then(|id| storages.get(&id)).map(String::as_str).unwrap_or_default();
        [storage, &card.shelf, &card.position].join(" ").trim().to_owned()
    });
    Line {
        position: row.position,
        number: row.position + 1,
        typed: card.map_or_else(|| row.typed.clone(), |card| sight.notice(card)),
        card: card.map(|card| card.id),
        name: card.map(|card| sight.name(card)).unwrap_or_default(),
        kana: card.map(|card| sight.kana(card)).unwrap_or_default(),
        birth: card.and_then(|card| sight.birth(card)),
        tag: card.map_or(("－", "none"), |card| wording::label(card.label)),
        from: row.from.map(wording::card_status),
        storage: place.unwrap_or_default(),
        shared: row.shared,
        state,
        why: why.map(skip),
        ends,
        beyond,
    }
}

/// Why a line was left as it is.
pub(super) fn skip(why: Skip) -> String {
    let word = |status| wording::label(Label::Card(status)).0;
    match why {
        Skip::Gone => "この番号のカードは見つかりません。番号を確かめてください。".to_owned(),
        Skip::Twice => "同じ番号が上の行にもあります。".to_owned(),
        Skip::Illegal(CardStatus::Issued) => "このカードはすでに交付済です。".to_owned(),
        Skip::Illegal(from) => format!("「{}」からは、この状態にできません。", word(from)),
        Skip::Reason => "理由が要ります。".to_owned(),
        Skip::Day => wording::BAD_DAY.to_owned(),
        Skip::Waiting => "いま窓口で受付中です。".to_owned(),
        Skip::Changed(now) => format!("ほかの職員が先に変更しました。いまは「{}」です。", word(now)),
        Skip::Booking => "予約の状態が合いません。1枚ずつ確かめてください。".to_owned(),
        Skip::BookedAgain => "この方には新しい予約があります。".to_owned(),
        Skip::EndedBooking => "更新のときに予約が取り消されたため、まとめては戻せません。".to_owned(),
        Skip::TooLate => "ほかの人、またはほかの日の交付です。理由と権限が要ります。".to_owned(),
        Skip::Counter => "窓口の規則により更新できません。1枚ずつ確かめてください。".to_owned(),
    }
}
