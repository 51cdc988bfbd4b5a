//! Handing cards on inside the house: one person scans what goes out of their hands, another what comes into theirs.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::super::alike::Alikes;
use super::super::sight::Sight;
use super::super::whereabouts::Places;
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::{Choice, Shown, choices, own_places, read_scan, target_name, targets, unread};
use crate::accounts;
use crate::base::{CardId, StaffId};
use crate::booking;
use crate::cards;
use crate::cards::storage::{self, Heading, Receiving, Scanned, Sending, Target};
use crate::db::Fault;
use crate::render::View;
use crate::web::{Fields, PageError};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct HandOvers {
    pub(super) people: Vec<(StaffId, String, bool)>,
    pub(super) targets: Vec<Choice>,
    /// Whether the last scan gave or took.
    pub(super) taking: bool,
    pub(super) answer: Option<(Shown, bool)>,
    /// A word where the holder of the last card can be taken for another.
    pub(super) alike: Option<&'static str>,
    pub(super) choices: Vec<Shown>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) refused: Option<String>,
}

/// A card between two people.
#[derive(Debug, Serialize)]
pub(super) struct Waiting {
    pub(super) card: Shown,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) since: crate::base::Moment,
    pub(super) mine: bool,
    /// A word where the holder can be taken for another.
    pub(super) alike: Option<&'static str>,
}

impl View for HandOvers {
    const TEMPLATE: &'static str = "staff/storage_hand_over.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::hand_overs()
    }
}

/// What the page stands at.
#[derive(Clone, Debug, Default)]
struct Asked {
    taking: bool,
    person: Option<StaffId>,
    to: Option<Target>,
    card: Option<CardId>,
    again: bool,
    among: Vec<CardId>,
}

impl Asked {
    fn of(get: impl Fn(&str) -> String) -> Self {
        let among = get("among");
        Self {
            taking: get("act") == "take",
            person: get("person").parse().ok().map(StaffId::of),
            to: Target::from_code(&get("to")),
            card: get("card").parse().ok().map(CardId::of),
            again: get("again") == "1",
            among: among.split('.').filter_map(|id| id.parse().ok().map(CardId::of)).take(20).collect(),
        }
    }

    fn path(&self) -> String {
        let act = if self.taking { "take" } else { "give" };
        let person = self.person.map(|person| format!("&person={person}")).unwrap_or_default();
        let to = self.to.map(|to| format!("&to={to}")).unwrap_or_default();
        format!("/storage/hand-over?act={act}{person}{to}")
    }

    /// Where the field stands that is scanned into next.
    fn field(&self) -> &'static str {
        if self.taking { "take" } else { "give" }
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    query: Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(|name| query.get(name).cloned().unwrap_or_default());
    let page = page(&ctx, asked, None).await?;
    ctx.saw("storage_hand_over", None).await?;
    ctx.page(&page)
}

async fn page(ctx: &StaffCtx, asked: Asked, refused: Option<String>) -> Result<HandOvers, PageError> {
    let (signed, sight, last) = (std::sync::Arc::clone(&ctx.signed), Sight::of(&ctx.signed), asked.card);
    let me = ctx.signed.id;
    let read = ctx.read(move |tx| {
        let names = Places::read(tx, None)?;
        let mut waiting = Vec::new();
        let all = storage::away(tx, 200)?;
        let alikes = Alikes::read(tx, all.iter().map(|card| card.id).chain(last))?;
        for card in all {
            let Some(away) = card.away else { continue };
            let Heading::Person(to) = away.to else { continue };
            waiting.push(Waiting {
                card: Shown::of(&card, sight, &names),
                from: away.by.map(|by| names.person(by)).unwrap_or_default(),
                to: names.person(to),
                since: away.since,
                mine: to == me,
                alike: alikes.note(card.id),
            });
        }
        let card = last.map(|id| cards::get(tx, id)).transpose()?.flatten();
        let shown = card.map(|card| Shown::of(&card, sight, &names));
        let alike = last.and_then(|id| alikes.note(id));
        Ok::<_, Fault>((own_places(tx, &signed)?, accounts::in_service(tx)?, waiting, shown, alike))
    });
    let (places, people, waiting, shown, alike) = read.await?;
    let person = |(id, name): (StaffId, String)| (id, name, asked.person == Some(id));
    Ok(HandOvers {
        people: people.into_iter().filter(|(id, _)| *id != me).map(person).collect(),
        targets: targets(&places, asked.to),
        taking: asked.taking,
        answer: shown.map(|card| (card, asked.again)),
        alike,
        choices: choices(ctx, asked.among).await?,
        waiting,
        refused,
    })
}

/// Gives, takes, or takes back what was given.
pub(in crate::web::staff) async fn act(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked { card: None, among: Vec::new(), ..Asked::of(|name| fields.get(name)) };
    if let Ok(card) = fields.get("back").parse() {
        return back(&ctx, asked, CardId::of(card), &fields).await;
    }
    let typed = fields.get("scan");
    let scanned = match fields.get("card").parse() {
        Ok(card) => Scanned::Card(CardId::of(card)),
        Err(_) => read_scan(&ctx, &typed).await?,
    };
    match scanned {
        Scanned::Place(to) if asked.taking => {
            let asked = Asked { to: Some(to), ..asked };
            Ok(ctx.to(&format!("{}#{}", asked.path(), asked.field())))
        }
        Scanned::Card(card) if asked.taking => take(&ctx, asked, card).await,
        Scanned::Card(card) => give(&ctx, asked, card).await,
        Scanned::Several(cards) => {
            let rows: Vec<String> = cards.iter().map(ToString::to_string).collect();
            Ok(ctx.to(&format!("{}&among={}#main", asked.path(), rows.join("."))))
        }
        other => ctx.again(&page(&ctx, asked, Some(unread(&other, &typed).to_owned())).await?),
    }
}

async fn give(ctx: &StaffCtx, asked: Asked, card: CardId) -> Result<Response, PageError> {
    let Some(person) = asked.person else {
        let sentence = "渡す相手を選んでください。".to_owned();
        return ctx.again(&page(ctx, asked, Some(sentence)).await?);
    };
    let wish = Sending { card, to: Heading::Person(person), expect_version: None, batch: None };
    let done = ctx.city.db.write(ctx.actor(), move |tx| storage::send(tx, &wish)).await;
    answer(ctx, asked, card, done).await
}

async fn take(ctx: &StaffCtx, asked: Asked, card: CardId) -> Result<Response, PageError> {
    let signed = std::sync::Arc::clone(&ctx.signed);
    let places = ctx.read(move |tx| own_places(tx, &signed)).await?;
    let Some(into) = asked.to.filter(|to| target_name(&places, *to).is_some()) else {
        let sentence = "受け取って置く箱の札を読み取るか、一覧から選んでください。".to_owned();
        return ctx.again(&page(ctx, asked, Some(sentence)).await?);
    };
    let wish = Receiving { card, into, expect_version: None, batch: None };
    let done = ctx.city.db.write(ctx.actor(), move |tx| booking::receive_card(tx, &wish)).await;
    answer(ctx, asked, card, done).await
}

async fn answer(
    ctx: &StaffCtx,
    asked: Asked,
    card: CardId,
    done: Result<storage::Moved, storage::MoveError>,
) -> Result<Response, PageError> {
    match done {
        Ok(moved) => {
            let again = if moved.changed { "" } else { "&again=1" };
            Ok(ctx.to(&format!("{}&card={card}{again}#{}", asked.path(), asked.field())))
        }
        Err(refusal) => ctx.again(&page(ctx, asked, Some(wording::move_refused(refusal)?)).await?),
    }
}

async fn back(ctx: &StaffCtx, asked: Asked, card: CardId, fields: &Fields) -> Result<Response, PageError> {
    let version = fields.get(&format!("v{card}")).parse().unwrap_or_default();
    match ctx.city.db.write(ctx.actor(), move |tx| booking::put_back(tx, card, Some(version), None)).await {
        Ok(_) => Ok(ctx.to_with(
            &format!("{}#main", asked.path()),
            Flash::done("手渡しを取りやめ、元の場所に戻しました。"),
        )),
        Err(refusal) => ctx.again(&page(ctx, asked, Some(wording::move_refused(refusal)?)).await?),
    }
}
