//! A card's history in words.

use serde::Serialize;

use crate::base::{Day, LocationId, Moment, StaffId, StorageId};
use crate::calendar::Location;
use crate::cards::{CardStatus, ReasonCode};
use crate::history::{Changed, Entry};
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::Places;
use crate::web::staff::wording;

type Tag = (&'static str, &'static str);

/// One event.
#[derive(Debug, Serialize)]
pub(super) struct Happened {
    pub(super) at: Moment,
    /// What was done.
    pub(super) what: String,
    /// Status before and after, where it changed.
    pub(super) from: Option<Tag>,
    pub(super) to: Option<Tag>,
    /// Other values before and after: item, before, after.
    pub(super) values: Vec<(&'static str, String, String)>,
    /// The booking as it then was, where the event tells of one.
    pub(super) booked: Option<Then>,
    pub(super) by: String,
    pub(super) reason: Option<String>,
}

/// A booking as it was at an event.
#[derive(Debug, Serialize)]
pub(super) struct Then {
    pub(super) day: String,
    pub(super) time: String,
    pub(super) place: String,
    pub(super) people: String,
}

/// The events, newest first.
pub(super) fn told(
    entries: &[Entry],
    places: &Places,
    locations: &[Location],
    sight: Sight,
) -> Vec<Happened> {
    entries.iter().map(|entry| one(entry, places, locations, sight)).collect()
}

fn one(entry: &Entry, places: &Places, locations: &[Location], sight: Sight) -> Happened {
    let changes: &[Changed] =
        entry.detail.as_ref().map(|detail| detail.changes.as_slice()).unwrap_or_default();
    let status = changes.iter().find(|change| change.field == "status" && entry.record_kind == "card");
    let tag = |code: Option<&str>| {
        let status = code.and_then(CardStatus::from_code)?;
        Some(wording::label(crate::cards::Label::Card(status)))
    };
    let heading = heading(entry, changes, places);
    Happened {
        at: entry.at,
        what: wording::event(&entry.operation),
        from: status.and_then(|change| tag(change.before())),
        to: status.and_then(|change| tag(change.after())),
        values: heading
            .into_iter()
            .chain(changes.iter().filter_map(|change| value(change, places, sight)))
            .collect(),
        booked: then(changes, locations),
        by: by(entry),
        reason: entry.detail.as_ref().and_then(|detail| detail.reason.clone()),
    }
}

/// Where a card was sent, in words.
fn heading(entry: &Entry, changes: &[Changed], places: &Places) -> Option<(&'static str, String, String)> {
    let row = changes.first().and_then(|change| change.after()?.parse().ok())?;
    let to = match entry.operation.as_str() {
        "card.sent" => places.name(LocationId::of(row)),
        "card.handed_on" => format!("{}さん", places.person(StaffId::of(row))),
        _ => return None,
    };
    Some(("行き先", "保管場所".to_owned(), to))
}

/// When, where and for how many, where the event holds it.
fn then(changes: &[Changed], locations: &[Location]) -> Option<Then> {
    let after = |field: &str| changes.iter().find(|change| change.field == field)?.after();
    let time = after("time")?;
    let (day, time) = time.split_once(' ')?;
    day.parse::<Day>().ok()?;
    let location = after("location")?;
    let named = locations.iter().find(|one| one.id.to_string() == location);
    let place = named.map(|one| one.name.clone()).unwrap_or_default();
    Some(Then {
        day: day.to_owned(),
        time: time.replace('-', "から"),
        place,
        people: after("people")?.to_owned(),
    })
}

fn by(entry: &Entry) -> String {
    match entry.actor_kind.as_str() {
        "citizen" => "市民サイト".to_owned(),
        "system" => "自動".to_owned(),
        "cli" => format!("コマンド（{}）", entry.actor),
        _ => entry.actor.clone(),
    }
}

fn code(stored: Option<&str>) -> Option<String> {
    stored.and_then(ReasonCode::from_code).map(|code| wording::reason_code(code).to_owned())
}

fn value(change: &Changed, places: &Places, sight: Sight) -> Option<(&'static str, String, String)> {
    let storage = |id: Option<String>| {
        let id = id?.parse().ok().map(StorageId::of);
        Some(places.storage(id)).filter(|name| !name.is_empty())
    };
    let (before, after) = sight.values(change);
    let (item, before, after) = match change.field.as_str() {
        "remark" => ("備考", before, after),
        "email" => ("メール", before, after),
        "name" => ("氏名", before, after),
        "kana" => ("フリガナ", before, after),
        "birth" | "birth_date" => ("生年月日", before, after),
        "notice_id" => ("通知書ID", before, after),
        "storage" => ("保管場所", storage(before), storage(after)),
        "shelf" => ("棚", before, after),
        "notice_sent_on" => ("通知書発送", before, after),
        "renotice_sent_on" => ("再通知発送", before, after),
        "pickup_due_on" => ("受取期限", before, after),
        "hold_until" => ("保留の期限", before, after),
        "reason_code" => ("区分", code(before.as_deref()), code(after.as_deref())),
        "position" => ("番号", before, after),
        _ => return None,
    };
    let said = |value: Option<String>| value.unwrap_or_else(|| "なし".to_owned());
    Some((item, said(before), said(after)))
}
