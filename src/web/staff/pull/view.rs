//! The pull list as it is drawn: by box, what lies elsewhere at the end.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ask::{Asked, For};
use crate::accounts::Permission;
use crate::base::code128::{Bars, code128};
use crate::base::{CardId, Day, LocationId, Minute};
use crate::booking::{Booking, Needed};
use crate::calendar::Storage;
use crate::cards::storage::Spot;
use crate::cards::{Card, CardStatus};
use crate::render::View;
use crate::transfers::{Listed, PullState, Transfer, TransferStatus};
use crate::web::staff::alike::Alikes;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct PullPage {
    pub(super) day: Day,
    pub(super) place: String,
    pub(super) location: i64,
    pub(super) time: &'static str,
    pub(super) route: Option<String>,
    pub(super) purpose: String,
    pub(super) by_time: bool,
    pub(super) locations: Vec<(i64, String, bool)>,
    pub(super) routes: Vec<(i64, String, bool)>,
    pub(super) groups: Vec<Group>,
    pub(super) all: usize,
    pub(super) done: usize,
    pub(super) back: Vec<Row>,
    pub(super) answer: Option<Answer>,
    pub(super) choices: Vec<Person>,
    pub(super) query: String,
    pub(super) may_export: bool,
    pub(super) may_see_cards: bool,
    pub(super) wrong: Vec<Wrong>,
}

/// A box with its cards, or those that lie elsewhere.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) elsewhere: bool,
    pub(super) rows: Vec<Row>,
}

/// One card.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    /// What the tick box says: `c5` for a card of the counter, `t12.3` for a transfer.
    pub(super) pick: String,
    pub(super) card: CardId,
    pub(super) done: bool,
    pub(super) lost: bool,
    pub(super) shelf: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    pub(super) bars: Option<BarsView>,
    pub(super) starts: Option<Minute>,
    pub(super) people: u8,
    pub(super) notes: Vec<String>,
    /// A word where this person can be taken for another.
    pub(super) alike: Option<&'static str>,
    /// Whether it lies on a shelf here, so that it can be taken.
    pub(super) here: bool,
}

/// A barcode as the template takes it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct BarsView {
    pub(super) path: String,
    pub(super) width: u16,
    pub(super) text: String,
}

impl BarsView {
    pub(super) fn of(text: String) -> Option<Self> {
        code128(&text).map(|Bars { path, width }| Self { path, width, text })
    }
}

/// One of several whom a scan may mean.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    pub(super) card: CardId,
    pub(super) name: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
}

/// What the last scan did.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) head: &'static str,
    pub(super) shelf: String,
    pub(super) name: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    /// A word where this person can be taken for another.
    pub(super) alike: Option<&'static str>,
    pub(super) text: String,
    pub(super) undo: Option<String>,
}

impl View for PullPage {
    const TEMPLATE: &'static str = "staff/pull.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::page()
    }
}

/// A card that somebody needs, whatever for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) card: Card,
    pub(super) starts: Option<Minute>,
    pub(super) people: u8,
    pub(super) pick: String,
    pub(super) done: bool,
    pub(super) lost: bool,
    pub(super) transfer: Option<Transfer>,
    pub(super) note: String,
}

impl Wanted {
    pub(super) fn of(one: Needed) -> Self {
        let state = one.pull.as_ref().map(|pull| pull.state);
        Self {
            pick: format!("c{}", one.card.id),
            done: state == Some(PullState::Pulled),
            lost: state == Some(PullState::NotFound),
            note: one
                .pull
                .map(|pull| {
                    let minute = pull.stamp.at.minute().get();
                    format!("{}:{:02} {}", minute / 60, minute % 60, pull.stamp.by)
                })
                .unwrap_or_default(),
            card: one.card,
            starts: Some(one.starts),
            people: one.people,
            transfer: one.transfer,
        }
    }

    pub(super) fn to_send(card: Card, one: &Listed, booking: Option<&Booking>) -> Self {
        Self {
            pick: format!("t{}.{}", one.transfer.id, one.transfer.version),
            done: one.transfer.status == TransferStatus::Pulled,
            lost: false,
            note: wording::due(one.due),
            card,
            starts: booking.map(|booking| booking.starts),
            people: booking.map_or(1, |booking| booking.people),
            transfer: None,
        }
    }
}

/// All that a list is drawn from.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) wanted: Vec<Wanted>,
    pub(super) back: Vec<Card>,
    pub(super) cards: BTreeMap<CardId, Card>,
    pub(super) scanned: Option<Transfer>,
    pub(super) storages: Vec<Storage>,
    pub(super) locations: BTreeMap<LocationId, String>,
    pub(super) alikes: Alikes,
}

impl Found {
    fn storage(&self, card: &Card) -> Option<&Storage> {
        self.storages.iter().find(|one| Some(one.id) == card.storage)
    }

    pub(super) fn place(&self, location: LocationId) -> String {
        self.locations.get(&location).cloned().unwrap_or_default()
    }
}

/// Letters as they are, digits by their value: 9 stands before 10.
fn natural(text: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    for sign in text.chars() {
        match (sign.to_digit(10), parts.last_mut()) {
            (Some(digit), Some((value, words))) if words.is_empty() => {
                *value = value.saturating_mul(10).saturating_add(u64::from(digit));
            }
            (Some(digit), _) => parts.push((u64::from(digit), String::new())),
            (None, Some((_, words))) if !words.is_empty() => words.push(sign),
            (None, _) => parts.push((0, sign.to_string())),
        }
    }
    parts
}

/// Puts the page together.
pub(super) fn draw(ctx: &StaffCtx, asked: &Asked, found: &Found, wrong: Vec<Wrong>) -> PullPage {
    let sight = Sight::of(&ctx.signed);
    let groups = groups(asked, found, sight);
    let rows = || groups.iter().flat_map(|group| &group.rows);
    let route = match asked.purpose {
        For::Counter => None,
        For::Route(to) => Some(found.place(to)),
    };
    let chosen = |id: LocationId| matches!(asked.purpose, For::Route(to) if to == id);
    let routes = found.locations.iter().filter(|(id, _)| **id != asked.location);
    PullPage {
        day: asked.day,
        place: found.place(asked.location),
        location: asked.location.get(),
        time: asked.time(),
        purpose: match asked.purpose {
            For::Counter => "counter".to_owned(),
            For::Route(to) => to.to_string(),
        },
        route,
        by_time: asked.by_time,
        locations: ctx
            .locations
            .iter()
            .map(|one| (one.id.get(), one.name.clone(), one.id == asked.location))
            .collect(),
        routes: routes.map(|(id, name)| (id.get(), name.clone(), chosen(*id))).collect(),
        all: rows().count(),
        done: rows().filter(|row| row.done).count(),
        back: found.back.iter().map(|card| back(card, found, sight)).collect(),
        answer: answer(asked, found, sight),
        choices: asked
            .among
            .iter()
            .filter_map(|id| found.cards.get(id))
            .map(|card| Person {
                card: card.id,
                name: sight.name(card),
                notice: sight.notice(card),
                birth: sight.birth(card),
            })
            .collect(),
        query: asked.query(),
        may_export: ctx.may(Permission::Export),
        may_see_cards: ctx.may(Permission::SeeCards),
        groups,
        wrong,
    }
}

pub(super) fn groups(asked: &Asked, found: &Found, sight: Sight) -> Vec<Group> {
    let here = |one: &Wanted| {
        let there = found.storage(&one.card).is_some_and(|place| place.location == Some(asked.location));
        there && one.card.status != CardStatus::Missing
    };
    let (mut near, far): (Vec<&Wanted>, Vec<&Wanted>) = found.wanted.iter().partition(|one| here(one));
    near.sort_by_key(|one| {
        let place = found.storage(&one.card).map(|place| place.code.clone()).unwrap_or_default();
        let time = one.starts.filter(|_| asked.by_time);
        (time, place, natural(&one.card.shelf), natural(&one.card.position))
    });
    let mut all: Vec<Group> = Vec::new();
    for one in near {
        let title = title(asked, one, found);
        let row = row(one, found, (sight, true));
        match all.last_mut().filter(|last| last.title == title) {
            Some(last) => last.rows.push(row),
            None => all.push(Group { title, elsewhere: false, rows: vec![row] }),
        }
    }
    if !far.is_empty() {
        let rows = far.into_iter().map(|one| row(one, found, (sight, false))).collect();
        all.push(Group { title: "この場所の棚にないカード".to_owned(), elsewhere: true, rows });
    }
    all
}

fn title(asked: &Asked, one: &Wanted, found: &Found) -> String {
    if asked.by_time {
        let starts = one.starts.map(|starts| starts.to_string()).unwrap_or_default();
        return format!("{starts} の予約");
    }
    let place = found.storage(&one.card).map(|place| place.name.clone()).unwrap_or_default();
    if one.card.shelf.is_empty() { place } else { format!("{place}　箱 {}", one.card.shelf) }
}

fn row(one: &Wanted, found: &Found, (sight, here): (Sight, bool)) -> Row {
    let card = &one.card;
    let mut notes = Vec::new();
    if one.lost {
        notes.push(format!("棚に見当たらない（{}）", one.note));
    } else if !one.note.is_empty() {
        notes.push(if one.done && one.starts.is_some() && one.pick.starts_with('c') {
            format!("引抜 {}", one.note)
        } else {
            one.note.clone()
        });
    }
    if !here {
        notes.push(whereabouts(one, found));
    }
    if one.people > 1 {
        notes.push("家族と同時".to_owned());
    }
    Row {
        pick: one.pick.clone(),
        card: card.id,
        done: one.done,
        lost: one.lost,
        shelf: Spot::of(card).label(),
        name: sight.name(card),
        kana: sight.kana(card),
        notice: sight.notice(card),
        birth: sight.birth(card),
        alike: found.alikes.note(card.id),
        bars: sight.barcode(card).and_then(BarsView::of),
        starts: one.starts,
        people: one.people,
        notes,
        here,
    }
}

/// Where a card is that does not lie here.
fn whereabouts(one: &Wanted, found: &Found) -> String {
    if one.card.status == CardStatus::Missing {
        return "所在不明です。カードの画面で確かめてください".to_owned();
    }
    let transfer = one.transfer.as_ref();
    if let Some(moving) = transfer.filter(|moving| moving.status == TransferStatus::InTransit) {
        let sent = moving.sent.as_ref().map(|stamp| wording::day_word(stamp.at.day())).unwrap_or_default();
        return format!("輸送中：{sent}に発送、届け先は{}", found.place(moving.to));
    }
    match found.storage(&one.card) {
        Some(place) => {
            let state = transfer.map_or("回送なし", |moving| wording::transfer_status(moving.status).0);
            format!("{} {} にあります（{state}）", place.name, Spot::of(&one.card).label())
        }
        None => "保管場所の登録がありません".to_owned(),
    }
}

fn back(card: &Card, found: &Found, sight: Sight) -> Row {
    let place = found.storage(card).map(|place| place.name.clone()).unwrap_or_default();
    Row {
        pick: format!("c{}", card.id),
        card: card.id,
        done: false,
        lost: false,
        shelf: format!("{place} {}", Spot::of(card).label()).trim().to_owned(),
        name: sight.name(card),
        kana: sight.kana(card),
        notice: sight.notice(card),
        birth: sight.birth(card),
        alike: found.alikes.note(card.id),
        bars: None,
        starts: None,
        people: 1,
        notes: vec!["予約が変わったか、来庁がありませんでした".to_owned()],
        here: true,
    }
}

fn answer(asked: &Asked, found: &Found, sight: Sight) -> Option<Answer> {
    let card = found.cards.get(&asked.scanned?)?;
    let going = found.scanned.as_ref().filter(|open| open.status.is_before_sending());
    let text = match (going, asked.again) {
        (Some(open), _) => format!("回送のカードです。{}への荷に入れてください。", found.place(open.to)),
        (None, true) => "引抜済です（二度目の読み取り）。".to_owned(),
        (None, false) => "引抜済にしました。".to_owned(),
    };
    Some(Answer {
        head: if going.is_some() { "届け先" } else { "棚" },
        shelf: going.map_or_else(|| Spot::of(card).label(), |open| found.place(open.to)),
        name: sight.name(card),
        notice: sight.notice(card),
        birth: sight.birth(card),
        alike: found.alikes.note(card.id),
        text,
        undo: going.is_none().then(|| format!("c{}", card.id)),
    })
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn nine_stands_before_ten_on_a_shelf() {
        let mut shelves = vec!["B-10", "B-9", "A-2", "B-09a", ""];
        shelves.sort_by_key(|shelf| natural(shelf));
        assert_eq!(shelves, ["", "A-2", "B-9", "B-09a", "B-10"]);
    }
}
