//! Where imported cards are put: the rules, in the order in which they are asked, and an example.

use axum::response::Response;
use serde::Serialize;

use super::super::parts::{Row, Wrong};
use super::super::whereabouts::Places;
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::{Choice, targets};
use crate::base::{LocationId, NoticeId, NoticePattern, StorageRuleId};
use crate::cards::storage::{self, Assigner, Facts, NewRule, Place, RuleError, Target};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::{Fields, PageError};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Rules {
    pub(super) rows: Vec<Line>,
    pub(super) locations: Vec<(LocationId, String, bool)>,
    pub(super) targets: Vec<Choice>,
    pub(super) typed: Typed,
    /// What the example came to.
    pub(super) example: Option<String>,
    pub(super) wrong: Vec<Wrong>,
}

/// One rule in words.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) id: StorageRuleId,
    pub(super) when: String,
    pub(super) to: String,
    pub(super) first: bool,
}

/// What stands in the form.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Typed {
    pub(super) prefix: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) profile: String,
    pub(super) notice: String,
    location: Option<i64>,
    target: String,
}

impl View for Rules {
    const TEMPLATE: &'static str = "staff/storage_rules.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::rules()
    }
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        Self {
            prefix: fields.get("prefix"),
            from: fields.get("from"),
            to: fields.get("to"),
            profile: fields.get("profile"),
            notice: fields.get("notice"),
            location: fields.get("location").parse().ok(),
            target: fields.get("target"),
        }
    }

    fn rule(&self, places: &[Place]) -> NewRule {
        let target = Target::from_code(&self.target);
        let only = match target {
            Some(Target::Box(id)) => Some(id),
            _ => None,
        };
        let boxed = places.iter().find(|place| place.boxes.iter().any(|one| Some(one.id) == only));
        let storage = match target {
            Some(Target::Storage(id)) => Some(id),
            _ => boxed.map(|place| place.id),
        };
        NewRule {
            location: self.location.map(LocationId::of),
            prefix: self.prefix.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            profile: self.profile.clone(),
            storage,
            only,
        }
    }
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    ctx.page(&page(&ctx, Typed::default(), None, Vec::new()).await?)
}

async fn page(
    ctx: &StaffCtx,
    typed: Typed,
    example: Option<String>,
    wrong: Vec<Wrong>,
) -> Result<Rules, PageError> {
    let read = ctx.read(|tx| {
        let locations = crate::calendar::locations(tx)?;
        Ok::<_, Fault>((storage::rules(tx)?, storage::places(tx)?, Places::read(tx, None)?, locations))
    });
    let (rules, places, names, locations) = read.await?;
    let line = |(at, rule): (usize, &storage::Rule)| Line {
        id: rule.id,
        when: when(&rule.when, &names),
        to: to(&rule.when, &places),
        first: at == 0,
    };
    Ok(Rules {
        rows: rules.iter().enumerate().map(line).collect(),
        locations: locations
            .into_iter()
            .map(|one| (one.id, one.name, typed.location == Some(one.id.get())))
            .collect(),
        targets: targets(&places, Target::from_code(&typed.target)),
        typed,
        example,
        wrong,
    })
}

/// `本庁舎のカードで、IDがA13から始まる`.
fn when(rule: &NewRule, names: &Places) -> String {
    let parts = [
        rule.location.map(|id| format!("交付場所が{}", names.name(id))),
        Some(&rule.prefix).filter(|one| !one.is_empty()).map(|one| format!("IDが{one}から始まる")),
        Some(rule)
            .filter(|one| !one.from.is_empty())
            .map(|one| format!("IDが{}から{}まで", one.from, one.to)),
        Some(&rule.profile).filter(|one| !one.is_empty()).map(|one| format!("取込定義が「{one}」")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "すべてのカード".to_owned() } else { parts.join("、") }
}

fn to(rule: &NewRule, places: &[Place]) -> String {
    let place = rule.storage.and_then(|id| places.iter().find(|place| place.id == id));
    let Some(place) = place else {
        return "その交付場所にある保管場所の、通常の箱を順に".to_owned();
    };
    match rule.only.and_then(|id| place.boxes.iter().find(|one| one.id == id)) {
        Some(one) => format!("{} {}", place.name, one.code),
        None => format!("{}の、通常の箱を順に", place.name),
    }
}

/// Adds a rule, or shows where a card would go.
pub(in crate::web::staff) async fn add(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let typed = Typed::of(&fields);
    if fields.has("try") {
        return example(&ctx, typed).await;
    }
    let places = ctx.read(storage::places).await?;
    let rule = typed.rule(&places);
    match ctx.city.db.write(ctx.actor(), move |tx| storage::add_rule(tx, &rule)).await {
        Ok(_) => Ok(ctx.to_with("/storage/rules#main", Flash::done("規則を最後に足しました。"))),
        Err(refusal) => {
            let wrong = vec![wording::rule_refused(refusal)?];
            ctx.again(&page(&ctx, typed, None, wrong).await?)
        }
    }
}

async fn example(ctx: &StaffCtx, typed: Typed) -> Result<Response, PageError> {
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
    let Ok(notice) = NoticeId::parse(&typed.notice, &pattern) else {
        let wrong = vec![Wrong::new("notice", "試す交付通知書IDを入力してください。")];
        return ctx.again(&page(ctx, typed, None, wrong).await?);
    };
    let (location, profile) = (typed.location.map(LocationId::of), typed.profile.clone());
    let said = ctx.read(move |tx| would_go(tx, &notice, location, &profile)).await?;
    ctx.page(&page(ctx, typed, Some(said), Vec::new()).await?)
}

fn would_go(
    tx: &ReadTx<'_>,
    notice: &NoticeId,
    location: Option<LocationId>,
    profile: &str,
) -> Result<String, Fault> {
    let spot = Assigner::read(tx)?.assign(tx, &Facts { notice, location, profile })?;
    let names = Places::read(tx, None)?;
    Ok(match spot {
        Some(spot) if spot.shelf.is_empty() => {
            format!("{}（箱に空きがないか、箱がありません）", names.spot(&spot))
        }
        Some(spot) => names.spot(&spot),
        None => "当てはまる規則がありません。保管場所は未登録のままになります。".to_owned(),
    })
}

/// Asks a rule earlier, or takes it away.
pub(in crate::web::staff) async fn act(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let (id, lift) = (StorageRuleId::of(id), fields.get("act") == "lift");
    let done = ctx.city.db.write(ctx.actor(), move |tx| {
        if lift { storage::lift_rule(tx, id) } else { storage::drop_rule(tx, id) }
    });
    match done.await {
        Ok(()) => {
            let said =
                if lift { "規則の順番を変えました。" } else { "規則を消しました。" };
            Ok(ctx.to_with("/storage/rules#main", Flash::done(said)))
        }
        Err(RuleError::NotFound) => Err(PageError::NotFound),
        Err(refusal) => {
            let wrong = vec![wording::rule_refused(refusal)?];
            ctx.again(&page(&ctx, Typed::default(), None, wrong).await?)
        }
    }
}
