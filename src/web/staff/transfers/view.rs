//! The transfer list as it is drawn.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ask::Asked;
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, LocationId, Minute, TransferId};
use crate::booking::Booking;
use crate::calendar::Storage;
use crate::cards::Card;
use crate::render::View;
use crate::transfers::{Act, Due, Listed, Stage, Transfer, TransferStatus};
use crate::web::staff::alike::Alikes;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "what a person may do, each by itself")]
pub(in crate::web::staff) struct Transfers {
    pub(super) stage: &'static str,
    pub(super) tabs: Vec<Tab>,
    pub(super) from: Vec<Choice>,
    pub(super) to: Vec<Choice>,
    pub(super) statuses: Vec<Choice>,
    pub(super) day: Option<Day>,
    pub(super) sends: bool,
    pub(super) groups: Vec<Group>,
    pub(super) shown: usize,
    pub(super) found: u32,
    pub(super) late: usize,
    pub(super) answer: Option<Answer>,
    pub(super) choices: Vec<Person>,
    pub(super) storages: Vec<(i64, String)>,
    pub(super) today: Day,
    pub(super) query: String,
    pub(super) may_edit_routes: bool,
    pub(super) may_export: bool,
    pub(super) may_see_cards: bool,
    pub(super) wrong: Vec<Wrong>,
}

/// A tab: code, name, how many, whether it is the present one.
#[derive(Debug, Serialize)]
pub(super) struct Tab {
    pub(super) code: &'static str,
    pub(super) label: &'static str,
    pub(super) count: Option<u32>,
    pub(super) current: bool,
}

/// One of a list to choose from.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// The rows of one route and day.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) day: Option<Day>,
    pub(super) hint: String,
    pub(super) late: bool,
    pub(super) rows: Vec<Row>,
}

/// One card.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) id: TransferId,
    pub(super) version: i64,
    pub(super) card: CardId,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    pub(super) place: String,
    pub(super) to: String,
    pub(super) day: Option<Day>,
    pub(super) starts: Option<Minute>,
    pub(super) people: Option<u8>,
    pub(super) run: String,
    pub(super) tag: (&'static str, &'static str),
    pub(super) tone: &'static str,
    pub(super) notes: Vec<String>,
    /// What is done next with one press: act and word.
    pub(super) next: Vec<(&'static str, &'static str)>,
    pub(super) steps: Vec<String>,
}

/// What the last scan did.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) bad: bool,
    pub(super) head: &'static str,
    pub(super) shelf: String,
    pub(super) name: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    /// A word where this person can be taken for another.
    pub(super) alike: Option<&'static str>,
    pub(super) tag: (&'static str, &'static str),
    pub(super) text: String,
    pub(super) undo: Option<(TransferId, i64)>,
}

/// One of several whom a scan may mean.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    pub(super) card: CardId,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
}

impl View for Transfers {
    const TEMPLATE: &'static str = "staff/transfers.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::list()
    }
}

/// All that a list is drawn from.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) listed: Vec<Listed>,
    pub(super) counts: Vec<(Stage, u32)>,
    pub(super) total: u32,
    pub(super) cards: BTreeMap<CardId, Card>,
    pub(super) bookings: BTreeMap<BookingId, Booking>,
    pub(super) storages: Vec<Storage>,
    pub(super) locations: BTreeMap<LocationId, String>,
    pub(super) scanned: Option<Transfer>,
    pub(super) alikes: Alikes,
}

impl Found {
    pub(super) fn place(&self, location: LocationId) -> String {
        self.locations.get(&location).cloned().unwrap_or_default()
    }

    pub(super) fn storage(&self, id: crate::base::StorageId) -> Option<&Storage> {
        self.storages.iter().find(|one| one.id == id)
    }

    fn storage_name(&self, id: crate::base::StorageId) -> String {
        self.storage(id).map(|one| one.name.clone()).unwrap_or_default()
    }
}

/// The name of a tab.
pub(super) const fn tab(stage: Stage) -> &'static str {
    match stage {
        Stage::ToSend => "発送する",
        Stage::UnderWay => "輸送中",
        Stage::ToReceive => "受け取る",
        Stage::Returns => "返送",
        Stage::Done => "済んだもの",
    }
}

/// Puts the page together.
pub(super) fn draw(ctx: &StaffCtx, asked: &Asked, found: &Found, wrong: Vec<Wrong>) -> Transfers {
    let sight = Sight::of(&ctx.signed);
    let here = ctx.place().map(|place| place.id);
    let status = |one: TransferStatus| Choice {
        code: one.code().to_owned(),
        label: wording::transfer_status(one).0.to_owned(),
        chosen: asked.status == Some(one),
    };
    let places = |chosen: Option<LocationId>| {
        let every = found.locations.iter();
        every
            .map(|(id, name)| Choice {
                code: id.to_string(),
                label: name.clone(),
                chosen: chosen == Some(*id),
            })
            .collect()
    };
    let there =
        found.storages.iter().filter(|one| one.location.is_some() && one.location == asked.to.or(here));
    Transfers {
        stage: asked.stage.code(),
        tabs: tabs(asked, found),
        from: places(asked.from),
        to: places(asked.to),
        statuses: statuses_of(asked.stage).iter().map(|one| status(*one)).collect(),
        day: asked.day,
        sends: asked.sends,
        groups: groups(asked.stage, found, sight),
        shown: found.listed.len(),
        found: found.total,
        late: found.listed.iter().filter(|one| one.due.is_late()).count(),
        answer: answer(asked, found, sight),
        choices: people(asked, found, sight),
        storages: there.map(|one| (one.id.get(), one.name.clone())).collect(),
        today: ctx.today(),
        query: asked.query(),
        may_edit_routes: ctx.may(Permission::Settings),
        may_export: ctx.may(Permission::Export),
        may_see_cards: ctx.may(Permission::SeeCards),
        wrong,
    }
}

fn tabs(asked: &Asked, found: &Found) -> Vec<Tab> {
    let count = |stage| found.counts.iter().find(|(of, _)| *of == stage).map(|(_, count)| *count);
    let one = |stage: Stage| Tab {
        code: stage.code(),
        label: tab(stage),
        count: count(stage),
        current: stage == asked.stage,
    };
    Stage::ALL.into_iter().map(one).collect()
}

/// The states that the rows of a tab can have.
fn statuses_of(stage: Stage) -> &'static [TransferStatus] {
    use TransferStatus::{Arrived, Cancelled, InTransit, Pulled, Requested};
    match stage {
        Stage::ToSend => &[Requested, Pulled],
        Stage::UnderWay | Stage::ToReceive => &[],
        Stage::Returns => &[Requested, Pulled, InTransit, Arrived, Cancelled],
        Stage::Done => &[Arrived, Cancelled],
    }
}

/// By route and day, in the order of the list; what is over stands in one group.
fn groups(stage: Stage, found: &Found, sight: Sight) -> Vec<Group> {
    let mut all: Vec<Group> = Vec::new();
    for one in &found.listed {
        let (from, to) = ends(&one.transfer, found);
        let day = one.transfer.want.map(|want| want.day);
        let row = row(one, found, sight);
        let late = one.due.is_late();
        match all
            .last_mut()
            .filter(|last| stage == Stage::Done || (&last.from, &last.to, last.day) == (&from, &to, day))
        {
            Some(last) => {
                last.late |= late;
                last.rows.push(row);
            }
            None => all.push(Group { from, to, day, hint: hint(one.due), late, rows: vec![row] }),
        }
    }
    all
}

fn hint(due: Due) -> String {
    if due.is_late() { String::new() } else { wording::due(due) }
}

/// Where a journey begins and ends; of what is to be brought back, where the way back does.
fn ends(transfer: &Transfer, found: &Found) -> (String, String) {
    let guest = transfer.return_needed && transfer.status == TransferStatus::Arrived;
    match transfer.to_storage.filter(|_| guest) {
        Some(lies) => {
            let home = found.storage(transfer.home.storage).and_then(|home| home.location);
            (found.storage_name(lies), home.map(|home| found.place(home)).unwrap_or_default())
        }
        None => (found.storage_name(transfer.from.storage), found.place(transfer.to)),
    }
}

/// 「本庁舎の保管庫 → 西支所」.
pub(super) fn route(one: &Listed, found: &Found) -> String {
    let (from, to) = ends(&one.transfer, found);
    format!("{from} → {to}")
}

pub(super) fn row(one: &Listed, found: &Found, sight: Sight) -> Row {
    let transfer = &one.transfer;
    let card = found.cards.get(&transfer.card);
    let booking = transfer.want.and_then(|want| found.bookings.get(&want.booking));
    let (from, to) = ends(transfer, found);
    let lies = card.filter(|card| card.storage.is_some());
    let spot = match (transfer.return_needed, lies) {
        (true, Some(card)) => [card.shelf.as_str(), card.position.as_str()],
        _ => [transfer.from.shelf.as_str(), transfer.from.position.as_str()],
    };
    let spot = spot.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let tag = match (transfer.return_needed, transfer.status) {
        (true, TransferStatus::Cancelled) => ("棚へ戻す", "wait"),
        (true, TransferStatus::Arrived) => ("返送が必要", "wait"),
        (_, status) => wording::transfer_status(status),
    };
    Row {
        id: transfer.id,
        version: transfer.version,
        card: transfer.card,
        name: card.map(|card| sight.name(card)).unwrap_or_default(),
        kana: card.map(|card| sight.kana(card)).unwrap_or_default(),
        notice: card.map(|card| sight.notice(card)).unwrap_or_default(),
        birth: card.and_then(|card| sight.birth(card)),
        place: format!("{from} {spot}").trim().to_owned(),
        to,
        day: transfer.want.map(|want| want.day),
        starts: booking.map(|booking| booking.starts),
        people: booking.map(|booking| booking.people),
        run: transfer.run.clone(),
        tag,
        tone: tone(one),
        notes: notes(one, found),
        next: next(transfer),
        steps: steps(transfer),
    }
}

fn tone(one: &Listed) -> &'static str {
    match (one.due.is_late(), one.transfer.status, one.transfer.return_needed) {
        (true, ..) => "s-late",
        (_, TransferStatus::InTransit, _) => "s-move",
        (_, TransferStatus::Arrived | TransferStatus::Cancelled, false) => "s-done",
        (_, TransferStatus::Pulled, _) => "s-book",
        _ => "s-wait",
    }
}

/// What must be minded about a card, in words.
fn notes(one: &Listed, found: &Found) -> Vec<String> {
    let transfer = &one.transfer;
    let mut notes: Vec<String> = found.alikes.note(transfer.card).map(str::to_owned).into_iter().collect();
    if one.due.is_late() || one.due == Due::SendToday {
        notes.push(wording::due(one.due));
    }
    if let Some(before) = transfer.before.filter(|_| transfer.status.is_before_sending()) {
        notes.push(format!("届け先が変わりました（前：{}）", found.place(before)));
    }
    if let Some(next) = transfer.goes_on_to().filter(|_| transfer.status == TransferStatus::InTransit) {
        notes.push(format!("到着後、{}へ回送", found.place(next)));
    }
    match (transfer.status, transfer.return_needed) {
        (TransferStatus::InTransit, true) => notes.push("予約がなくなりました。到着後に返送".to_owned()),
        (TransferStatus::Arrived, true) => {
            notes.push(format!("予約がなくなりました。{}にあります", found.place(transfer.to)));
        }
        (TransferStatus::Cancelled, true) => notes.push("予約が変わり、回送は不要になりました".to_owned()),
        _ if transfer.is_return() => notes.push("返送".to_owned()),
        _ => {}
    }
    if !transfer.seal.is_empty() {
        notes.push(format!("封印番号 {}", transfer.seal));
    }
    if found.cards.get(&transfer.card).is_some_and(|card| card.status == crate::cards::CardStatus::Missing) {
        notes.push("所在不明".to_owned());
    }
    notes
}

/// What one press does with a row.
fn next(transfer: &Transfer) -> Vec<(&'static str, &'static str)> {
    match (transfer.status, transfer.return_needed) {
        (TransferStatus::Requested, _) => vec![(Act::Pull.code(), "引抜"), (Act::Send.code(), "発送")],
        (TransferStatus::Pulled, _) => vec![(Act::Send.code(), "発送"), (Act::Undo.code(), "引抜を取消")],
        (TransferStatus::InTransit, _) => {
            vec![(Act::Receive.code(), "受領"), (Act::Undo.code(), "発送を取消")]
        }
        (TransferStatus::Arrived, true) => {
            vec![(Act::SendHome.code(), "返送する"), (Act::KeepHere.code(), "ここに置く")]
        }
        (TransferStatus::Cancelled, true) => vec![(Act::PutBack.code(), "棚へ戻した")],
        (TransferStatus::Arrived, false) => vec![(Act::Undo.code(), "受領を取消")],
        (TransferStatus::Cancelled, false) => Vec::new(),
    }
}

/// Who did which step when.
fn steps(transfer: &Transfer) -> Vec<String> {
    let said = |word: &str, stamp: &Option<crate::transfers::Stamp>| {
        stamp.as_ref().map(|stamp| {
            let minute = stamp.at.minute().get();
            let day = wording::day_word(stamp.at.day());
            format!("{word} {day}{}:{:02} {}", minute / 60, minute % 60, stamp.by)
        })
    };
    [
        said("引抜", &transfer.pulled),
        said("発送", &transfer.sent),
        said("受領", &transfer.arrived),
        said("取消", &transfer.cancelled),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn answer(asked: &Asked, found: &Found, sight: Sight) -> Option<Answer> {
    let (_, act) = asked.scanned?;
    let transfer = found.scanned.as_ref()?;
    let card = found.cards.get(&transfer.card)?;
    let spot = [transfer.from.shelf.as_str(), transfer.from.position.as_str()];
    let spot = spot.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let from = found.storage_name(transfer.from.storage);
    let arrives = act == Act::Receive;
    let done = format!("{}さんのカード{}", sight.name(card), wording::transfer_done(act));
    let text = match (asked.again, asked.unsent) {
        (true, _) => format!(
            "読み取り済みです（二度目）。いま「{}」です。",
            wording::transfer_status(transfer.status).0
        ),
        (false, true) => format!("{done}発送の記録がなかったので、一緒に記録しました。"),
        (false, false) => done,
    };
    let onward = match transfer.goes_on_to() {
        Some(next) if arrives => format!("このあと{}へ回送します。", found.place(next)),
        _ if arrives && transfer.return_needed => {
            "予約がなくなっています。返送の一覧を見てください。".to_owned()
        }
        _ => String::new(),
    };
    let bad = !onward.is_empty();
    Some(Answer {
        bad,
        head: if arrives { "受け取った場所" } else { "届け先" },
        shelf: found.place(transfer.to),
        name: sight.name(card),
        notice: sight.notice(card),
        birth: sight.birth(card),
        alike: found.alikes.note(card.id),
        tag: wording::transfer_status(transfer.status),
        text: format!("{text}{onward}　{from} {spot} から"),
        undo: (!asked.again).then_some((transfer.id, transfer.version)),
    })
}

fn people(asked: &Asked, found: &Found, sight: Sight) -> Vec<Person> {
    let known = asked.among.iter().filter_map(|id| found.cards.get(id));
    known
        .map(|card| Person {
            card: card.id,
            name: sight.name(card),
            kana: sight.kana(card),
            notice: sight.notice(card),
            birth: sight.birth(card),
        })
        .collect()
}
