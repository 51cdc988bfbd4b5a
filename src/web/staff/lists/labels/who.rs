//! Who of a file gets a label: everybody in it, or only those of a list, a state or a search.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::base::CardId;
use crate::cards::search::From;
use crate::cards::watch::{self, WatchList};
use crate::cards::{self, Card, CardStatus, Label, LookIn, Paging, Terms};
use crate::lists::ROWS_MAX;
use crate::web::staff::cards::{Kept, kept_terms};
use crate::web::staff::{StaffCtx, watch as due, wording};
use crate::web::{Fields, PageError};

/// Cards that are read at once.
const SLICE: usize = 1000;

/// The lists of what is due that letters are written for.
const WATCHED: [WatchList; 5] =
    [WatchList::Renotice, WatchList::DueSoon, WatchList::DueOver, WatchList::Returned, WatchList::Validity];

/// The states of cards that wait for their holder.
const WAITING: [CardStatus; 6] = [
    CardStatus::PresetDone,
    CardStatus::Notified,
    CardStatus::NoticeReturned,
    CardStatus::Renotified,
    CardStatus::Incomplete,
    CardStatus::MailReturned,
];

/// One choice of the page.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

impl Choice {
    pub(super) fn new(value: &str, label: &str, chosen: &str) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), chosen: value == chosen }
    }
}

/// Who is meant.
#[derive(Debug, Default)]
pub(super) struct Who {
    /// In words.
    pub(super) words: String,
    /// The cards that are meant; `None` = all of the file.
    pub(super) cards: Option<BTreeSet<CardId>>,
}

/// The search that came along in the address, if one did and it still means something.
pub(super) async fn search(ctx: &StaffCtx, fields: &Fields) -> Result<Option<Kept>, PageError> {
    let named = ["q", "s", "without", "label", "storage", "location", "run"];
    let query: BTreeMap<String, String> = named
        .into_iter()
        .map(|name| (name.to_owned(), fields.get(name)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if query.is_empty() {
        return Ok(None);
    }
    let kept = kept_terms(ctx, &query).await?;
    Ok(Some(kept).filter(|kept| !kept.gone && !kept.terms.is_empty()))
}

/// What can be chosen.
pub(super) async fn choices(
    ctx: &StaffCtx,
    fields: &Fields,
    search: Option<&Kept>,
) -> Result<Vec<Choice>, PageError> {
    let counts = ctx.read(watch::counts).await?;
    let usual = if search.is_some() { "search" } else { "file" };
    let chosen = Some(fields.get("who")).filter(|who| !who.is_empty()).unwrap_or_else(|| usual.to_owned());
    let mut choices = vec![Choice::new("file", "ファイルのすべての方", &chosen)];
    if let Some(search) = search {
        choices.insert(0, Choice::new("search", &format!("カード検索の結果（{}）", search.words), &chosen));
    }
    for list in WATCHED {
        let open = counts.iter().find(|(one, _)| *one == list).map_or(0, |(_, count)| count.open);
        let words = format!("期限と点検：{}（{open}枚）", due::title(list));
        choices.push(Choice::new(&format!("watch.{}", list.code()), &words, &chosen));
    }
    for status in WAITING {
        let label = Label::Card(status);
        let words = format!("状態：{}", wording::label(label).0);
        choices.push(Choice::new(&format!("label.{}", label.code()), &words, &chosen));
    }
    Ok(choices)
}

impl Who {
    /// Who the form means; `None` when it names nobody.
    pub(super) async fn of(ctx: &StaffCtx, fields: &Fields) -> Result<Option<Self>, PageError> {
        let chosen = fields.get("who");
        let (kind, code) = chosen.split_once('.').unwrap_or((chosen.as_str(), ""));
        Ok(match kind {
            "file" => Some(Self { words: "ファイルのすべての方".to_owned(), cards: None }),
            "search" => match search(ctx, fields).await? {
                Some(kept) => {
                    let words = format!("カード検索：{}", kept.words);
                    Some(Self { words, cards: Some(found(ctx, kept.terms, kept.look).await?) })
                }
                None => None,
            },
            "watch" => match WatchList::from_code(code).filter(|list| WATCHED.contains(list)) {
                Some(list) => {
                    let first = ctx.read(move |tx| watch::first(tx, list, false, ROWS_MAX)).await?;
                    let cards = first.iter().map(|one| one.card.id).collect();
                    Some(Self { words: due::title(list).to_owned(), cards: Some(cards) })
                }
                None => None,
            },
            "label" => match Label::from_code(code) {
                Some(label) => {
                    let terms = Terms { label: Some(label.code().to_owned()), ..Terms::default() };
                    let words = format!("状態：{}", wording::label(label).0);
                    Some(Self { words, cards: Some(found(ctx, terms, LookIn::ALL).await?) })
                }
                None => None,
            },
            _ => None,
        })
    }
}

/// Every card that fits, up to as many as one output holds.
async fn found(ctx: &StaffCtx, terms: Terms, look: LookIn) -> Result<BTreeSet<CardId>, PageError> {
    let (mut all, mut from) = (BTreeSet::new(), From::Start);
    loop {
        let (terms, paging) = (terms.clone(), Paging { from, most: SLICE, ..Paging::default() });
        let found = ctx.read(move |tx| cards::list(tx, &terms, look, paging)).await?;
        let ids = |card: &Card| card.id;
        all.extend(found.hits.iter().map(ids));
        match found.hits.last() {
            Some(last) if found.after && all.len() < ROWS_MAX => from = From::After(last.id),
            _ => return Ok(all),
        }
    }
}
