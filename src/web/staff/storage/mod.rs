//! Storage and custody: the places with what lies there, moves by scanning, hand-overs, stock-takes, missing cards.
//!
//! **Invariant:** a scan never becomes part of an address; rows do.
//! **Invariant:** somebody who works for some offices only sees and changes the places of these.
//!
//! Spec: 7(2)③.

mod edit;
mod hand_over;
mod labels;
mod list;
mod missing;
mod moves;
mod place;
mod rules;
mod samples;
mod stocktake;
mod stocktake_file;
mod stocktakes;

#[cfg(test)]
pub(super) use self::{
    edit::{BoxForm, PlaceForm},
    hand_over::HandOvers,
    labels::Labels,
    list::Storages,
    missing::{MissingList, MissingPage},
    moves::MovePage,
    place::PlacePage,
    rules::Rules,
    stocktake::{Counting, Report},
    stocktakes::Stocktakes,
};
pub(super) use edit::{
    add_box, add_place, ask_box, ask_new_box, ask_new_place, ask_place, edit_box, edit_place,
};
pub(super) use hand_over::{act as hand_over, show as hand_overs};
pub(super) use labels::show as labels;
pub(super) use list::show as list;
pub(super) use missing::{add_step, close, found, list as missing_list, show as missing_card};
pub(super) use moves::{scan, show as moving, undo};
pub(super) use place::{move_many, show as place};
pub(super) use rules::{act as rule, add as add_rule, show as rules};
pub(super) use stocktake::{abandon, finish, here, lost, scan as count, show as stocktake};
pub(super) use stocktake_file::report_csv;
pub(super) use stocktakes::{show as stocktakes, start as start_stocktake};

use serde::Serialize;

use super::sight::Sight;
use super::whereabouts::Places;
use super::{StaffCtx, wording};
use crate::accounts::Signed;
use crate::base::{CardId, LocationId, NoticePattern};
use crate::cards::storage::{self, Place, Scan, Scanned, Target};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};
use crate::web::PageError;

/// Whether this person works for the office that a place stands in.
fn may_use(signed: &Signed, place: &Place) -> bool {
    place.location.is_none_or(|location| signed.may_serve(location))
}

/// The places of this person's offices.
fn own_places(tx: &ReadTx<'_>, signed: &Signed) -> Result<Vec<Place>, Fault> {
    Ok(storage::places(tx)?.into_iter().filter(|place| may_use(signed, place)).collect())
}

/// A place or box to choose: its code in the form, its name, whether it is chosen.
type Choice = (String, String, bool);

/// Every place and box in use, to choose from.
fn targets(places: &[Place], chosen: Option<Target>) -> Vec<Choice> {
    let mut all = Vec::new();
    for place in places.iter().filter(|place| place.retired_at.is_none()) {
        for one in place.boxes.iter().filter(|one| one.retired_at.is_none()) {
            let target = Target::Box(one.id);
            all.push((target.to_string(), format!("{} {}", place.name, one.code), chosen == Some(target)));
        }
        let target = Target::Storage(place.id);
        all.push((target.to_string(), format!("{}（箱を決めない）", place.name), chosen == Some(target)));
    }
    all
}

/// The name of a target; `None` where it is not among these places, or retired.
fn target_name(places: &[Place], target: Target) -> Option<String> {
    targets(places, None).into_iter().find(|(code, ..)| *code == target.to_string()).map(|(_, name, _)| name)
}

/// What was scanned, as it is meant at this person's office.
async fn read_scan(ctx: &StaffCtx, typed: &str) -> Result<Scanned, Fault> {
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
    let near: Option<LocationId> = ctx.place().map(|place| place.id);
    let wish = Scan { typed: typed.to_owned(), near, pattern };
    ctx.read(move |tx| storage::scan(tx, &wish)).await
}

/// A card as the pages of storage show it.
#[derive(Clone, Debug, Serialize)]
struct Shown {
    id: CardId,
    name: String,
    kana: String,
    notice: String,
    birth: Option<String>,
    tag: (&'static str, &'static str),
    place: String,
    label: String,
    version: i64,
}

impl Shown {
    fn of(card: &Card, sight: Sight, places: &Places) -> Self {
        let stored = places.of(card);
        Self {
            id: card.id,
            name: sight.name(card),
            kana: sight.kana(card),
            notice: sight.notice(card),
            birth: sight.birth(card),
            tag: wording::label(card.label),
            place: stored.text,
            label: stored.shelf,
            version: card.version,
        }
    }
}

/// The cards among which one is to be chosen, with what tells them apart.
async fn choices(ctx: &StaffCtx, ids: Vec<CardId>) -> Result<Vec<Shown>, PageError> {
    let sight = Sight::of(&ctx.signed);
    let read = ctx.read(move |tx| {
        let places = Places::read(tx, None)?;
        let cards = cards::of_ids(tx, &ids)?;
        Ok::<_, Fault>(cards.values().map(|card| Shown::of(card, sight, &places)).collect())
    });
    Ok(read.await?)
}

/// What a scan that is neither a card nor a choice is answered with.
fn unread(scanned: &Scanned, typed: &str) -> &'static str {
    match scanned {
        Scanned::Empty => "カードの交付通知書ID、または箱の札を読み取ってください。",
        Scanned::SeveralPlaces => "同じ名前の箱がほかの保管場所にもあります。箱の札を読み取ってください。",
        Scanned::NoCard => "この交付通知書IDのカードは登録されていません。番号を確かめてください。",
        _ if typed.chars().any(|one| ('ぁ'..='ん').contains(&one)) => {
            "読み取れません。日本語入力（IME）を切ってから、もう一度読み取ってください。"
        }
        _ => "カードの番号でも箱の札でもありません。もう一度読み取ってください。",
    }
}
