//! Cards are marked as taken, as not found, as put back.

use std::collections::BTreeSet;

use axum::response::Response;

use super::ask::Asked;
use super::list;
use crate::base::{CardId, TransferId};
use crate::booking::{self, MANY_MAX, PullMany};
use crate::cards;
use crate::once::OnceKey;
use crate::transfers::{self, Act, PullState, StepMany};
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// The rows of the form: cards of the counter, and transfers.
#[derive(Debug, Default)]
struct Picked {
    cards: Vec<CardId>,
    transfers: Vec<(TransferId, i64)>,
}

impl Picked {
    fn of(fields: &Fields) -> Self {
        let one = fields.get("one");
        let one = one.split_once('.').map(|(_, pick)| pick.to_owned());
        let picks: Vec<String> = match one {
            Some(pick) => vec![pick],
            None => fields.all("pick").into_iter().map(str::to_owned).collect(),
        };
        let picks: BTreeSet<String> = picks.into_iter().collect();
        let mut picked = Self::default();
        for pick in &picks {
            if let Some(card) = pick.strip_prefix('c').and_then(|row| row.parse().ok()) {
                picked.cards.push(CardId::of(card));
            } else if let Some((row, version)) = pick.strip_prefix('t').and_then(|pair| pair.split_once('.'))
                && let (Ok(row), Ok(version)) = (row.parse(), version.parse())
            {
                picked.transfers.push((TransferId::of(row), version));
            }
        }
        picked
    }

    fn count(&self) -> usize {
        self.cards.len() + self.transfers.len()
    }
}

pub(in crate::web::staff) async fn mark(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &fields)?;
    let picked = Picked::of(&fields);
    let one = fields.get("one");
    let act = one.split_once('.').map_or_else(|| fields.get("act"), |(act, _)| act.to_owned());
    let state = match act.as_str() {
        "pulled" => Some(PullState::Pulled),
        "not_found" => Some(PullState::NotFound),
        "put_back" => None,
        _ => return again(&ctx, &asked, "操作を選んでください。".to_owned()).await,
    };
    match picked.count() {
        0 => return again(&ctx, &asked, "カードを選んでください。左の四角に印をつけます。".to_owned()).await,
        n if n > MANY_MAX => {
            let sentence = format!("一度に操作できるのは{MANY_MAX}枚までです（いま{n}枚）。");
            return again(&ctx, &asked, sentence).await;
        }
        _ => {}
    }
    let drawn = fields.get("once");
    OnceKey::from_form(&drawn).ok_or(PageError::Expired)?;
    let key = |what: &str| OnceKey::from_form(&format!("{drawn}-{what}-{act}")).ok_or(PageError::Expired);
    let (changed, lines) = match (picked.transfers.is_empty(), state) {
        (true, _) => of_cards(&ctx, picked.cards, (state, key("cards")?)).await?,
        (false, Some(PullState::NotFound)) => {
            let sentence = "回送のカードが棚にないときは、カードの画面で所在不明として記録してください。";
            return again(&ctx, &asked, sentence.to_owned()).await;
        }
        (false, state) => {
            let act = if state.is_some() { Act::Pull } else { Act::Undo };
            of_transfers(&ctx, picked.transfers, (act, key("transfers")?)).await?
        }
    };
    let said = match state {
        Some(PullState::Pulled) => "引抜済にしました",
        Some(PullState::NotFound) => "「棚に見当たらない」と記録しました。窓口の前に探してください",
        None => "棚へ戻したことを記録しました",
    };
    let text = if changed == 0 {
        "変更はありません。".to_owned()
    } else {
        format!("{changed}枚を{said}。")
    };
    let fine = lines.is_empty() && changed > 0;
    let flash = if fine { Flash::done(text) } else { Flash::mind(text) }.with_lines(lines);
    Ok(ctx.to_with(&format!("{}#main", asked.path()), flash))
}

async fn again(ctx: &StaffCtx, asked: &Asked, sentence: String) -> Result<Response, PageError> {
    ctx.again(&list::read(ctx, asked, vec![Wrong::new("k1", sentence)]).await?)
}

type Told = (usize, Vec<String>);

async fn of_cards(
    ctx: &StaffCtx,
    cards: Vec<CardId>,
    (state, once): (Option<PullState>, OnceKey),
) -> Result<Told, PageError> {
    let wish = PullMany { cards, state, within: ctx.signed.locations.clone(), once };
    let answers = ctx.city.db.write(ctx.actor(), move |tx| booking::pull_many(tx, &wish)).await?;
    let ids: Vec<CardId> = answers.iter().map(|(card, _)| *card).collect();
    let known = ctx.read(move |tx| cards::of_ids(tx, &ids)).await?;
    let sight = Sight::of(&ctx.signed);
    let (mut changed, mut lines) = (0, Vec::new());
    for (card, answer) in answers {
        let name = known.get(&card).map(|card| sight.name(card)).unwrap_or_default();
        match answer {
            Ok(new) => changed += usize::from(new),
            Err(transfers::MarkError::NotFound) => {
                lines.push(format!("× {name}さん：この画面を開いたあとに予約がなくなりました。"));
            }
            Err(refusal) => lines.push(format!("× {name}さん：{}", wording::pull(refusal)?)),
        }
    }
    Ok((changed, lines))
}

async fn of_transfers(
    ctx: &StaffCtx,
    rows: Vec<(TransferId, i64)>,
    (act, once): (Act, OnceKey),
) -> Result<Told, PageError> {
    let wish = StepMany {
        rows,
        act,
        run: String::new(),
        seal: String::new(),
        storage: None,
        within: ctx.signed.locations.clone(),
        once,
    };
    let answers = match ctx.city.db.write(ctx.actor(), move |tx| transfers::step_many(tx, &wish)).await {
        Ok(answers) => answers,
        Err(refusal) => return Ok((0, vec![wording::transfer_step(refusal)?])),
    };
    let (mut changed, mut lines) = (0, Vec::new());
    for (_, answer) in answers {
        match answer {
            Ok(done) => changed += usize::from(done.changed),
            Err(refusal) => lines.push(format!("× {}", wording::transfer_step(refusal)?)),
        }
    }
    Ok((changed, lines))
}
