//! Looking before doing (影響を確認): every change of the calendar shows its effect first, on one page for all of them.
//!
//! **Invariant:** the form that was filled in is sent again, unchanged, to do what was shown; the seal says that it is the same.
//! **Invariant:** nothing is cancelled here; each booking that loses its time is told, called or kept, as somebody chose.
//!
//! Spec: 7(2)④ ⑤ ⑥.

mod cases;
mod undo;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::Response;

#[cfg(test)]
pub(super) use cases::CasesPage;
pub(super) use cases::{called, list as cases_all, show as cases};
pub(super) use undo::undo;
pub(super) use view::{EffectPage, Note};

use super::parts::Wrong;
use super::{Flash, StaffCtx, StaffPost, wording};
use crate::base::BookingId;
use crate::booking::{self, Choice, Choices, Reshape, ReshapeError};
use crate::calendar::{self, ChangeId, EditError, Plan};
use crate::db::ReadTx;
use crate::once::OnceKey;
use crate::web::{Fields, PageError};

/// Fields that belong to this page and not to the form that was filled in.
const OWN: [&str; 6] = ["csrf", "once", "act", "seal", "all", "lower"];

/// A form that was filled in, as a plan.
#[derive(Debug)]
pub(super) struct Wish {
    /// The change.
    pub(super) plan: Plan,
    /// It in words.
    pub(super) what: String,
    /// Where the form is sent, below the city's path.
    pub(super) path: String,
    /// Where it leads once it is done.
    pub(super) done: String,
    /// What changes besides slots, in sentences.
    pub(super) notes: Vec<Note>,
    /// The change that it takes back.
    pub(super) undoes: Option<ChangeId>,
}

/// How a form was answered.
pub(super) enum Answer {
    /// With a page.
    Page(Response),
    /// With a refusal that the form's own page has to tell.
    Refused(EditError),
}

/// Whether the form is sent to be filled in once more.
pub(super) fn is_edit(fields: &Fields) -> bool {
    fields.get("act") == "edit"
}

/// Shows what the wish would do, or does it when it was shown.
pub(super) async fn answer(ctx: &StaffCtx, fields: &Fields, wish: Wish) -> Result<Answer, PageError> {
    if fields.get("act") != "apply" {
        return look(ctx, fields, &wish, Vec::new()).await;
    }
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let plan = wish.plan.clone();
    let foreseen = ctx.read(move |tx| booking::foresee(tx, &plan)).await?;
    let reshape = Reshape {
        chosen: foreseen.chosen(&choices(fields))?,
        foreseen: Arc::new(foreseen),
        what: wish.what.clone(),
        seal: fields.get("seal"),
        lower: fields.has("lower"),
        undoes: wish.undoes,
        once,
    };
    let done = ctx.city.db.write(ctx.actor(), move |tx| booking::reshape(tx, &reshape)).await;
    let wrong = match done {
        Ok(change) => return Ok(Answer::Page(told(ctx, &wish, change).await?)),
        Err(ReshapeError::Edit(error)) => return Ok(Answer::Refused(error)),
        Err(ReshapeError::Fault(fault)) => return Err(fault.into()),
        Err(ReshapeError::Changed) => Wrong::new("effect", wording::EFFECT_CHANGED),
        Err(ReshapeError::BelowBooked) => Wrong::new("lower", wording::BELOW_BOOKED),
    };
    look(ctx, fields, &wish, vec![wrong]).await
}

async fn look(ctx: &StaffCtx, fields: &Fields, wish: &Wish, wrong: Vec<Wrong>) -> Result<Answer, PageError> {
    let (plan, is_new, refused) = (wish.plan.clone(), wish.undoes.is_none(), !wrong.is_empty());
    let read = move |tx: &ReadTx<'_>| {
        if is_new {
            calendar::check_new(tx, &plan)?;
        } else {
            calendar::check(tx, &plan)?;
        }
        Ok(view::Seen { effect: booking::effect(tx, &plan)?, ..view::Seen::default() }.with_rows(tx)?)
    };
    let seen = match ctx.read(read).await {
        Ok(seen) => seen,
        Err(EditError::Fault(fault)) => return Err(fault.into()),
        Err(error) => return Ok(Answer::Refused(error)),
    };
    let kept = fields.others(&OWN).into_iter().filter(|(name, _)| choice_of(name).is_none()).collect();
    let page = EffectPage::of(ctx, wish, seen, (kept, choices(fields)), wrong);
    Ok(Answer::Page(if refused { ctx.again(&page)? } else { ctx.page(&page)? }))
}

/// What the page after the change says, with the way back.
async fn told(ctx: &StaffCtx, wish: &Wish, change: ChangeId) -> Result<Response, PageError> {
    let work = ctx.read(move |tx| booking::work_of(tx, change)).await?;
    let what = if wish.undoes.is_some() { wish.what.clone() } else { format!("「{}」", wish.what) };
    let mut said = format!("{what}を反映しました。");
    if work.under_way {
        said.push_str("予約は、順に処理しています。");
    }
    let flash = Flash::done(said);
    let flash = if wish.undoes.is_some() {
        flash
    } else {
        flash.with_act("/hours/undo", "元に戻す", &[("change", &change.to_string())])
    };
    if work.all == 0 {
        return Ok(ctx.to_with(&format!("{}#main", wish.done), flash));
    }
    Ok(ctx.to_with(&format!("/days/cases/{change}#main"), flash))
}

/// The booking that a field of this page is about.
fn choice_of(name: &str) -> Option<BookingId> {
    name.strip_prefix("case-").and_then(|row| row.parse().ok()).map(BookingId::of)
}

fn choices(fields: &Fields) -> Choices {
    let all = Choice::from_code(&fields.get("all")).unwrap_or(Choice::Tell);
    let each: BTreeMap<BookingId, Choice> = fields
        .others(&OWN)
        .into_iter()
        .filter_map(|(name, value)| Some((choice_of(&name)?, Choice::from_code(&value)?)))
        .collect();
    Choices { all, each }
}

/// The row of a form that names a change, such as of `/hours/undo`.
fn change_of(post: &StaffPost) -> Option<ChangeId> {
    post.fields.get("change").parse().ok()
}
