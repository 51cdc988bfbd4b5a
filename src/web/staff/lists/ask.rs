//! What an address of a list asks for: days, rows and codes only, nothing that was typed of a person.

use super::kinds::{Ask, List};
use crate::base::{Day, LocationId, StorageId};
use crate::booking::BookingStatus;
use crate::cards::Label;
use crate::cards::watch::WatchList;
use crate::web::Fields;
use crate::web::staff::StaffCtx;
use crate::web::staff::parts::Wrong;

/// The longest span of one list.
const DAYS_MAX: i64 = 366;

/// Conditions of the pages that have their own, handed through as they are.
const HANDED_ON: [&str; 10] =
    ["day", "location", "time", "for", "order", "stage", "from", "to", "status", "leaving"];

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) list: List,
    pub(super) from: Day,
    pub(super) to: Day,
    pub(super) location: Option<LocationId>,
    pub(super) booking: Option<BookingStatus>,
    pub(super) label: Option<Label>,
    pub(super) storage: Option<StorageId>,
    pub(super) watch: WatchList,
    /// A search that is kept, by its random id.
    pub(super) search: String,
    /// The fields as they came.
    pub(super) fields: Fields,
}

impl Asked {
    pub(super) fn of(ctx: &StaffCtx, list: List, fields: &Fields) -> Self {
        let from: Day = fields.get("from").parse().unwrap_or_else(|_| ctx.today());
        let place = match fields.get("location").as_str() {
            "" if list.can(Ask::Days) => ctx.place().map(|place| place.id),
            named => named.parse().ok().map(LocationId::of),
        };
        let search = fields.get("s");
        Self {
            list,
            from,
            to: fields.get("to").parse().unwrap_or(from),
            location: place.filter(|id| ctx.place_of(*id).is_some()),
            booking: BookingStatus::from_code(&fields.get("status")),
            label: Label::from_code(&fields.get("label")),
            storage: fields.get("storage").parse().ok().map(StorageId::of),
            watch: WatchList::from_code(&fields.get("watch")).unwrap_or(WatchList::DueSoon),
            search: search.chars().filter(char::is_ascii_hexdigit).collect(),
            fields: fields.clone(),
        }
    }

    pub(super) fn wrong(&self) -> Option<Wrong> {
        if self.list == List::Shelf && self.storage.is_none() {
            return Some(Wrong::new("storage", "保管場所を選んでください。"));
        }
        if !self.list.can(Ask::Days) {
            return None;
        }
        match self.to.days_from(self.from) {
            ..0 => Some(Wrong::new("to", "終わりの日は、始めの日と同じか後の日にしてください。")),
            0..DAYS_MAX => None,
            _ => Some(Wrong::new("to", "一度に出力できるのは1年分（366日）までです。")),
        }
    }

    /// The conditions as a form carries them.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: String| pairs.push((name.to_owned(), value));
        if self.list.can(Ask::OfPull) || self.list.can(Ask::OfTransfers) {
            let told = HANDED_ON.iter().filter(|name| self.fields.has(name));
            told.for_each(|name| add(name, self.fields.get(name)));
            return pairs;
        }
        if self.list.can(Ask::Days) {
            add("from", self.from.to_string());
            add("to", self.to.to_string());
        }
        if self.list.can(Ask::Location) {
            add("location", self.location.map_or_else(|| "all".to_owned(), |id| id.to_string()));
        }
        if let Some(status) = self.booking.filter(|_| self.list.can(Ask::Booking)) {
            add("status", status.code().to_owned());
        }
        if let Some(label) = self.label.filter(|_| self.list.can(Ask::Label)) {
            add("label", label.code().to_owned());
        }
        if let Some(storage) = self.storage.filter(|_| self.list.can(Ask::Storage)) {
            add("storage", storage.to_string());
        }
        if self.list.can(Ask::Watch) {
            add("watch", self.watch.code().to_owned());
        }
        if self.list == List::Cards && !self.search.is_empty() {
            add("s", self.search.clone());
        }
        pairs
    }
}
