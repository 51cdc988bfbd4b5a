//! Cards are taken, sent, received: the ticked ones, or one by its own button.

use std::collections::BTreeSet;

use axum::response::Response;

use super::ask::Asked;
use super::list;
use crate::base::{StorageId, TransferId};
use crate::cards;
use crate::db::Fault;
use crate::once::OnceKey;
use crate::transfers::{self, Act, Answer, MANY_MAX, StepError, StepMany};
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

pub(in crate::web::staff) async fn step(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &fields);
    let (act, rows) = match wish(&fields) {
        Ok(wish) => wish,
        Err(sentence) => return again(&ctx, &asked, sentence).await,
    };
    let drawn = fields.get("once");
    OnceKey::from_form(&drawn).ok_or(PageError::Expired)?;
    let which = rows.first().map(|(row, _)| row.to_string()).unwrap_or_default();
    let once = OnceKey::from_form(&format!("{drawn}-{}-{which}-{}", act.code(), rows.len()));
    let wish = StepMany {
        rows,
        act,
        run: fields.get("run"),
        seal: fields.get("seal"),
        storage: fields.get("storage").parse().ok().map(StorageId::of),
        within: ctx.signed.locations.clone(),
        once: once.ok_or(PageError::Expired)?,
    };
    match ctx.city.db.write(ctx.actor(), move |tx| transfers::step_many(tx, &wish)).await {
        Ok(answers) => {
            let flash = tell(&ctx, (act, &asked), answers).await?;
            Ok(ctx.to_with(&format!("{}#main", asked.path()), flash))
        }
        Err(refusal) => {
            let sentence = wording::transfer_step(refusal)?;
            again(&ctx, &asked, sentence).await
        }
    }
}

async fn again(ctx: &StaffCtx, asked: &Asked, sentence: String) -> Result<Response, PageError> {
    ctx.again(&list::read(ctx, asked, vec![Wrong::new("k1", sentence)]).await?)
}

type Wish = (Act, Vec<(TransferId, i64)>);

/// What the form asks for: one row by its button (`send.12.3`), or every ticked one (`12.3`).
fn wish(fields: &Fields) -> Result<Wish, String> {
    let one = fields.get("one");
    let (act, picks) = match one.split_once('.') {
        Some((act, pick)) => (act.to_owned(), vec![pick.to_owned()]),
        None => (fields.get("act"), fields.all("pick").into_iter().map(str::to_owned).collect()),
    };
    let act = Act::from_code(&act).ok_or("操作を選んでください。")?;
    let mut seen = BTreeSet::new();
    let pair = |pick: &String| {
        let (row, version) = pick.split_once('.')?;
        Some((TransferId::of(row.parse().ok()?), version.parse().ok()?))
    };
    let rows: Vec<_> = picks.iter().filter_map(pair).filter(|(row, _)| seen.insert(*row)).collect();
    match rows.len() {
        0 => Err("カードを選んでください。左の四角に印をつけます。".to_owned()),
        n if n > MANY_MAX => Err(format!("一度に操作できるのは{MANY_MAX}枚までです（いま{n}枚）。")),
        _ => Ok((act, rows)),
    }
}

/// What was done, and of each card that refused why.
async fn tell(ctx: &StaffCtx, (act, asked): (Act, &Asked), answers: Vec<Answer>) -> Result<Flash, PageError> {
    let rows: Vec<TransferId> = answers.iter().map(|(row, _)| *row).collect();
    let names = names(ctx, rows.clone()).await?;
    let all = answers.len();
    let (mut changed, mut lines, mut back) = (0, Vec::new(), Vec::new());
    for (row, answer) in answers {
        let (name, version) = names
            .iter()
            .find(|(id, ..)| *id == row)
            .map_or_else(|| (String::new(), 0), |(_, name, version)| (name.clone(), *version));
        match answer {
            Ok(done) if done.changed => {
                changed += 1;
                back.push(format!("{row}.{version}"));
            }
            Ok(done) => lines.push(format!(
                "－ {name}さん：すでに「{}」です。変更はありません。",
                wording::transfer_status(done.status).0
            )),
            Err(StepError::Fault(fault)) => return Err(fault.into()),
            Err(refusal) => lines.push(format!("× {name}さん：{}", wording::transfer_step(refusal)?)),
        }
    }
    let who = match (names.as_slice(), all) {
        ([(_, name, _)], 1) => format!("{name}さんのカード"),
        _ => format!("{changed}枚"),
    };
    let text = if changed == 0 {
        format!("{all}枚とも変更はありません。")
    } else if changed == all {
        format!("{who}{}", wording::transfer_done(act))
    } else {
        format!("{all}枚のうち{changed}枚{}", wording::transfer_done(act))
    };
    let flash = if changed == all { Flash::done(text) } else { Flash::mind(text) }.with_lines(lines);
    Ok(with_way_back(flash, (act, asked), &back))
}

/// 元に戻す for what can be taken back in one press.
fn with_way_back(flash: Flash, (act, asked): (Act, &Asked), rows: &[String]) -> Flash {
    if rows.is_empty() || !matches!(act, Act::Pull | Act::Send | Act::Receive) {
        return flash;
    }
    let place =
        |id: Option<crate::base::LocationId>| id.map_or_else(|| "all".to_owned(), |id| id.to_string());
    let (from, to) = (place(asked.from), place(asked.to));
    let mut fields = vec![("act", Act::Undo.code()), ("stage", asked.stage.code())];
    fields.extend([("from", from.as_str()), ("to", to.as_str())]);
    fields.extend(rows.iter().map(|row| ("pick", row.as_str())));
    flash.with_act("/transfers", "元に戻す", &fields)
}

async fn names(ctx: &StaffCtx, rows: Vec<TransferId>) -> Result<Vec<(TransferId, String, i64)>, PageError> {
    let read = ctx.read(move |tx| {
        let mut found = Vec::new();
        for row in rows {
            if let Some(one) = transfers::get(tx, row)? {
                found.push((row, one.version, cards::get(tx, one.card)?));
            }
        }
        Ok::<_, Fault>(found)
    });
    let sight = Sight::of(&ctx.signed);
    let named = read
        .await?
        .into_iter()
        .map(|(row, version, card)| (row, card.map(|card| sight.name(&card)).unwrap_or_default(), version));
    Ok(named.collect())
}
