//! What an address of a list asks for: days, rows and codes only, nothing that was typed of a person.

use std::collections::BTreeMap;

use super::days::Near;
use super::kinds::{Ask, By, List};
use crate::base::{Day, LocationId, SavedListId, StorageId};
use crate::booking::BookingStatus;
use crate::cards::watch::WatchList;
use crate::cards::{Label, Terms};
use crate::db::Fault;
use crate::lists::{self, Saved};
use crate::web::staff::StaffCtx;
use crate::web::staff::cards::{Kept, kept_terms, known_terms};
use crate::web::staff::parts::Wrong;
use crate::web::{Fields, PageError};

/// The longest span of one list.
const DAYS_MAX: i64 = 366;

/// Conditions of the pages that have their own, handed through as they are.
const HANDED_ON: [&str; 10] =
    ["day", "location", "time", "for", "order", "stage", "from", "to", "status", "leaving"];

/// What the address of a search for cards may name besides states and places.
const SEARCHED: [&str; 6] = ["q", "s", "without", "run", "sort", "desc"];

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) list: List,
    pub(super) from: Day,
    pub(super) to: Day,
    /// The days as seen from today, where they are asked for so.
    pub(super) near: Option<Near>,
    pub(super) by: By,
    pub(super) location: Option<LocationId>,
    pub(super) booking: Option<BookingStatus>,
    pub(super) label: Option<Label>,
    pub(super) storage: Option<StorageId>,
    pub(super) shelf: String,
    pub(super) watch: WatchList,
    /// The search for cards that the address means.
    pub(super) search: Option<Kept>,
    /// The kept conditions that hold the terms of that search.
    pub(super) saved: Option<SavedListId>,
    /// The fields as they came.
    pub(super) fields: Fields,
}

impl Asked {
    pub(super) async fn of(ctx: &StaffCtx, list: List, fields: &Fields) -> Result<Self, PageError> {
        let saved = saved(ctx, list, fields).await?;
        let fields = match &saved {
            Some(saved) => with(fields, saved),
            None => fields.clone(),
        };
        let mut asked = Self::read(ctx, list, fields);
        if list == List::Cards {
            let terms = saved.as_ref().and_then(|saved| saved.terms.as_deref());
            asked.saved = saved.as_ref().filter(|_| terms.is_some()).map(|saved| saved.id);
            asked.search = search(ctx, &asked, terms).await?;
        }
        Ok(asked)
    }

    fn read(ctx: &StaffCtx, list: List, fields: Fields) -> Self {
        let near = Near::from_code(&fields.get("span")).filter(|_| list.can(Ask::Days));
        let (from, to) = near.map_or_else(
            || {
                let from: Day = fields.get("from").parse().unwrap_or_else(|_| ctx.today());
                (from, fields.get("to").parse().unwrap_or(from))
            },
            |near| near.days(ctx.today()),
        );
        let place = match fields.get("location").as_str() {
            "" if list.can(Ask::Days) => ctx.place().map(|place| place.id),
            named => named.parse().ok().map(LocationId::of),
        };
        let shelf = fields.get("shelf");
        Self {
            list,
            from,
            to,
            near,
            by: By::from_code(&fields.get("by")).unwrap_or_default(),
            location: place.filter(|id| ctx.place_of(*id).is_some()),
            booking: BookingStatus::from_code(&fields.get("status")),
            label: Label::from_code(&fields.get("label")),
            storage: fields.get("storage").parse().ok().map(StorageId::of),
            shelf: shelf.chars().take(40).collect(),
            watch: WatchList::from_code(&fields.get("watch")).unwrap_or(WatchList::DueSoon),
            search: None,
            saved: None,
            fields,
        }
    }

    pub(super) fn wrong(&self) -> Option<Wrong> {
        if self.list == List::Shelf && self.storage.is_none() {
            return Some(Wrong::new("storage", "保管場所を選んでください。"));
        }
        if self.search.as_ref().is_some_and(|search| search.gone) {
            let text = "カード検索の条件は、時間がたったため残っていません。もう一度検索してください。";
            return Some(Wrong::new("search", text));
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

    /// Whether the cards are those of a search, whose conditions are chosen elsewhere.
    pub(super) fn is_of_search(&self) -> bool {
        self.saved.is_some() || SEARCHED.iter().take(4).any(|name| !self.fields.get(name).is_empty())
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
            if let Some(near) = self.near {
                add("span", near.code().to_owned());
            } else {
                add("from", self.from.to_string());
                add("to", self.to.to_string());
            }
        }
        if self.list.can(Ask::By) {
            add("by", self.by.code().to_owned());
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
        if self.list == List::Shelf && !self.shelf.is_empty() {
            add("shelf", self.shelf.clone());
        }
        if self.list.can(Ask::Watch) {
            add("watch", self.watch.code().to_owned());
        }
        if let Some(id) = self.saved {
            add("saved", id.to_string());
        }
        if self.list == List::Cards {
            let named = SEARCHED.iter().map(|name| (*name, plain(&self.fields.get(name))));
            named.filter(|(_, value)| !value.is_empty()).for_each(|(name, value)| add(name, value));
        }
        pairs
    }

    /// The terms of its search as they can be kept; `None` where it looks for a person, or for nothing.
    pub(super) fn terms_to_keep(&self) -> Option<String> {
        let search = self.search.as_ref().filter(|search| !search.gone && !search.is_of_persons())?;
        serde_json::to_string(&search.terms).ok()
    }
}

/// What may stand in an address: numbers and codes.
fn plain(value: &str) -> String {
    value.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect()
}

/// The kept conditions that the address names.
async fn saved(ctx: &StaffCtx, list: List, fields: &Fields) -> Result<Option<Saved>, PageError> {
    let named = fields.get("saved");
    if named.is_empty() {
        return Ok(None);
    }
    let id = SavedListId::of(named.parse().map_err(|_| PageError::NotFound)?);
    let staff = ctx.signed.id;
    let found = ctx.read(move |tx| lists::saved(tx, staff, id)).await?;
    found.filter(|saved| saved.list == list.code()).map(Some).ok_or(PageError::NotFound)
}

/// The fields with what was kept behind them: what a form names itself counts first.
fn with(fields: &Fields, saved: &Saved) -> Fields {
    let kept = saved.pairs.iter().filter(|(name, _)| !fields.has(name)).cloned();
    Fields::new(fields.others(&[]).into_iter().chain(kept).collect())
}

/// The cards that are asked for, by a search or by state and place.
async fn search(ctx: &StaffCtx, asked: &Asked, terms: Option<&str>) -> Result<Option<Kept>, PageError> {
    let mut query: BTreeMap<String, String> = BTreeMap::new();
    for name in SEARCHED.iter().chain(&["label", "storage", "location"]) {
        let value = plain(&asked.fields.get(name));
        if !value.is_empty() {
            query.insert((*name).to_owned(), value);
        }
    }
    let Some(terms) = terms else { return kept_terms(ctx, &query).await.map(Some) };
    let terms: Terms =
        serde_json::from_str(terms).map_err(|_| Fault::Stored("saved_list.terms".to_owned()))?;
    known_terms(ctx, terms, &query).await.map(Some)
}
