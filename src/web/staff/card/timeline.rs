//! A card's history in words.

use serde::Serialize;

use crate::base::Moment;
use crate::calendar::Storage;
use crate::cards::CardStatus;
use crate::history::{Changed, Entry};
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
    pub(super) by: String,
    pub(super) reason: Option<String>,
}

/// Which values this person may see.
#[derive(Clone, Copy, Debug)]
pub(super) struct MaySee {
    pub(super) remark: bool,
    pub(super) email: bool,
}

/// The events, newest first.
pub(super) fn told(entries: &[Entry], storages: &[Storage], may: MaySee) -> Vec<Happened> {
    entries.iter().map(|entry| one(entry, storages, may)).collect()
}

fn one(entry: &Entry, storages: &[Storage], may: MaySee) -> Happened {
    let changes: &[Changed] =
        entry.detail.as_ref().map(|detail| detail.changes.as_slice()).unwrap_or_default();
    let status = changes.iter().find(|change| change.field == "status" && entry.record_kind == "card");
    let tag = |code: &Option<String>| {
        let status = code.as_deref().and_then(CardStatus::from_code)?;
        Some(wording::label(crate::cards::Label::Card(status)))
    };
    Happened {
        at: entry.at,
        what: wording::event(&entry.operation),
        from: status.and_then(|change| tag(&change.before)),
        to: status.and_then(|change| tag(&change.after)),
        values: changes.iter().filter_map(|change| value(change, storages, may)).collect(),
        by: by(entry),
        reason: entry.detail.as_ref().and_then(|detail| detail.reason.clone()),
    }
}

fn by(entry: &Entry) -> String {
    match entry.actor_kind.as_str() {
        "citizen" => "市民サイト".to_owned(),
        "system" => "自動".to_owned(),
        "cli" => format!("コマンド（{}）", entry.actor),
        _ => entry.actor.clone(),
    }
}

fn value(change: &Changed, storages: &[Storage], may: MaySee) -> Option<(&'static str, String, String)> {
    let hide = |seen: bool, text: &Option<String>| match text {
        Some(_) if !seen => "＊＊＊".to_owned(),
        Some(text) => text.clone(),
        None => "なし".to_owned(),
    };
    let storage = |id: &Option<String>| {
        let named = storages.iter().find(|one| Some(one.id.to_string()) == *id);
        named.map_or_else(|| "なし".to_owned(), |one| one.name.clone())
    };
    Some(match change.field.as_str() {
        "remark" => ("備考", hide(may.remark, &change.before), hide(may.remark, &change.after)),
        "email" => ("メール", hide(may.email, &change.before), hide(may.email, &change.after)),
        "storage" => ("保管場所", storage(&change.before), storage(&change.after)),
        "shelf" => ("棚", hide(true, &change.before), hide(true, &change.after)),
        "position" => ("番号", hide(true, &change.before), hide(true, &change.after)),
        _ => return None,
    })
}
