//! The page of the search: form, what filters, the table, the next pages.

use serde::Serialize;

use super::terms::{Asked, filters};
use super::{Ask, look_in, paging};
use crate::accounts::Permission;
use crate::base::{CardId, Day, Minute};
use crate::booking;
use crate::calendar::{self, Storage};
use crate::cards::{self, Card, Label, Listing, PAGE, Paging, Sort};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::{Places, Stored};
use crate::web::staff::{StaffCtx, nav, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Cards {
    pub(super) registered: u64,
    pub(super) form: Form,
    pub(super) labels: Vec<Choice>,
    pub(super) storages: Vec<Choice>,
    pub(super) sight: Sight,
    pub(super) may_import: bool,
    /// Every state with its number, while nothing is asked.
    pub(super) states: Vec<StateCount>,
    /// What is found, once something is asked.
    pub(super) found: Option<Found>,
    /// Why the search in the address means nothing.
    pub(super) gone: bool,
    pub(super) no_number: bool,
    pub(super) wrong: Vec<Wrong>,
}

/// The form as it stands.
#[derive(Debug, Default, Serialize)]
pub(super) struct Form {
    pub(super) q: String,
    pub(super) birth: String,
    pub(super) email: &'static str,
    pub(super) sent_from: Option<Day>,
    pub(super) sent_to: Option<Day>,
}

/// One choice of a list.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// How many cards have a state.
#[derive(Debug, Serialize)]
pub(super) struct StateCount {
    pub(super) code: &'static str,
    pub(super) tag: (&'static str, &'static str),
    pub(super) cards: u64,
}

/// What is found.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) total: usize,
    pub(super) too_many: bool,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) filters: Vec<OnFilter>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Line>,
    pub(super) pages: Vec<PageLink>,
    pub(super) next: Option<String>,
    /// What to say when nothing is found.
    pub(super) words: String,
}

/// One thing that filters, with the address without it.
#[derive(Debug, Serialize)]
pub(super) struct OnFilter {
    pub(super) words: String,
    pub(super) off: String,
}

/// A heading that sorts.
#[derive(Debug, Serialize)]
pub(super) struct Column {
    pub(super) label: &'static str,
    pub(super) href: Option<String>,
    pub(super) sorted: Option<&'static str>,
}

/// Another page.
#[derive(Debug, Serialize)]
pub(super) struct PageLink {
    pub(super) number: usize,
    pub(super) href: String,
    pub(super) current: bool,
}

/// One card.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) id: CardId,
    pub(super) notice: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) birth: Option<String>,
    pub(super) tag: (&'static str, &'static str),
    pub(super) stored: Stored,
    pub(super) booked: Option<(Day, Minute)>,
    pub(super) due: Option<Day>,
    pub(super) email: bool,
    pub(super) notes: Vec<String>,
}

impl View for Cards {
    const TEMPLATE: &'static str = "staff/cards.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::all()
    }
}

impl Cards {
    /// Reads all of it in one view of the file.
    pub(super) async fn read(ctx: &StaffCtx, asked: Asked, query: Ask) -> Result<Self, PageError> {
        let (sight, look, paging) = (Sight::of(&ctx.signed), look_in(ctx), paging(&query));
        let terms = asked.terms.clone();
        let searched = !terms.is_empty();
        let read = ctx.read(move |tx| {
            let storages = calendar::storages(tx)?;
            let places = Places::read(tx, None)?;
            let states = if searched { Vec::new() } else { cards::labels(tx)? };
            let found = if searched { Some(cards::list(tx, &terms, look, paging)?) } else { None };
            let hits = found.as_ref().map(|found| found.hits.as_slice()).unwrap_or_default();
            let rows =
                hits.iter().map(|card| line(tx, card, sight, &places)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Fault>((cards::count(tx)?, storages, states, found, rows))
        });
        let (registered, storages, states, listing, rows) = read.await?;
        let found = listing.map(|listing| found(&asked, &query, &storages, paging, &listing, rows));
        Ok(Self {
            registered,
            form: form(&asked),
            labels: labels(&asked),
            storages: storages.iter().map(|one| storage_choice(one, &asked)).collect(),
            sight,
            may_import: nav::leads("/imports") && ctx.may(Permission::Import),
            states: states.into_iter().map(state).collect(),
            found,
            gone: asked.gone,
            no_number: asked.no_number,
            wrong: Vec::new(),
        })
    }

    pub(super) fn with_wrong(self, wrong: Vec<Wrong>) -> Self {
        Self { wrong, found: None, ..self }
    }
}

fn form(asked: &Asked) -> Form {
    let terms = &asked.terms;
    Form {
        q: terms.words.clone().unwrap_or_else(|| asked.typed.clone()),
        birth: terms.birth.clone().unwrap_or_else(|| asked.birth.clone()),
        email: terms.has_email.map_or("", |has| if has { "1" } else { "0" }),
        sent_from: terms.sent_from,
        sent_to: terms.sent_to,
    }
}

fn labels(asked: &Asked) -> Vec<Choice> {
    let chosen = asked.terms.label.as_deref();
    let choice = |label: Label| Choice {
        value: label.code().to_owned(),
        label: wording::label(label).0.to_owned(),
        chosen: chosen == Some(label.code()),
    };
    Label::all().into_iter().map(choice).collect()
}

fn storage_choice(one: &Storage, asked: &Asked) -> Choice {
    Choice {
        value: one.id.to_string(),
        label: one.name.clone(),
        chosen: asked.terms.storage == Some(one.id.get()),
    }
}

fn state((label, cards): (Label, u64)) -> StateCount {
    StateCount { code: label.code(), tag: wording::label(label), cards }
}

fn line(tx: &ReadTx<'_>, card: &Card, sight: Sight, places: &Places) -> Result<Line, Fault> {
    let mut notes = Vec::new();
    let same = cards::same_notice(tx, card)?.len();
    if same > 0 {
        notes.push(format!("同じ通知書ID {}件", same + 1));
    }
    if !cards::same_person(tx, card)?.is_empty() {
        notes.push("同じ人のカードがほかにあります".to_owned());
    }
    if let Some(reason) =
        card.incomplete_reason.clone().filter(|_| card.status == cards::CardStatus::Incomplete)
    {
        notes.push(reason);
    }
    if let Some(first) = sight.remark(card).and_then(|remark| remark.lines().next()) {
        notes.push(first.chars().take(20).collect());
    }
    let booked = booking::live_of_card(tx, card.id)?.map(|booking| (booking.day, booking.starts));
    Ok(Line {
        id: card.id,
        notice: sight.notice(card),
        name: sight.name(card),
        kana: sight.kana(card),
        birth: sight.birth(card),
        tag: wording::label(card.label),
        stored: places.of(card),
        booked,
        due: card.pickup_due_on,
        email: card.email.is_some(),
        notes,
    })
}

fn found(
    asked: &Asked,
    query: &Ask,
    storages: &[Storage],
    paging: Paging,
    listing: &Listing,
    rows: Vec<Line>,
) -> Found {
    let pages = listing.pages();
    let page = paging.page.clamp(1, pages);
    let on = filters(asked, storages);
    let words = on.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join("、");
    let link = |number: usize| PageLink {
        number,
        href: address(query, &[("page", &number.to_string())]),
        current: number == page,
    };
    let near = (1..=pages).filter(|number| *number == 1 || *number == pages || number.abs_diff(page) <= 2);
    Found {
        total: listing.total,
        too_many: listing.too_many,
        from: if rows.is_empty() { 0 } else { (page - 1) * PAGE + 1 },
        to: (page - 1) * PAGE + rows.len(),
        filters: on.into_iter().map(|(name, words)| OnFilter { words, off: without(query, name) }).collect(),
        columns: columns(query, paging),
        rows,
        pages: near.map(link).collect(),
        next: (page < pages).then(|| address(query, &[("page", &(page + 1).to_string())])),
        words,
    }
}

fn columns(query: &Ask, paging: Paging) -> Vec<Column> {
    let of = |(label, sort): (&'static str, Option<Sort>)| {
        let sorted = sort == Some(paging.sort);
        let backwards = sorted && !paging.backwards;
        let href = sort.map(|sort| {
            let desc = if backwards { "1" } else { "" };
            address(query, &[("sort", sort.code()), ("desc", desc), ("page", "")])
        });
        let way = if paging.backwards { "descending" } else { "ascending" };
        Column { label, href, sorted: sorted.then_some(way) }
    };
    [
        ("通知書ID", Some(Sort::Notice)),
        ("氏名", Some(Sort::Name)),
        ("生年月日", Some(Sort::Birth)),
        ("状態", Some(Sort::Label)),
        ("保管場所", Some(Sort::Storage)),
        ("予約", None),
        ("受取期限", Some(Sort::Due)),
        ("メール", None),
        ("備考", None),
    ]
    .map(of)
    .into()
}

/// The address of this page with other values; an empty value is left out.
fn address(query: &Ask, other: &[(&str, &str)]) -> String {
    let mut all = query.clone();
    all.extend(other.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let known = ["q", "s", "without", "label", "storage", "sort", "desc", "page"];
    let pairs =
        known.iter().filter_map(|name| Some((*name, all.get(*name).filter(|value| !value.is_empty())?)));
    let plain = |value: &str| -> String {
        value.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect()
    };
    let joined = pairs.map(|(name, value)| format!("{name}={}", plain(value))).collect::<Vec<_>>().join("&");
    if joined.is_empty() { "/cards#main".to_owned() } else { format!("/cards?{joined}#main") }
}

/// The address without one of the filters.
fn without(query: &Ask, name: &str) -> String {
    match name {
        "label" | "storage" if query.contains_key(name) => address(query, &[(name, ""), ("page", "")]),
        "number" => address(query, &[("q", ""), ("page", "")]),
        _ => {
            let before = query.get("without").map(String::as_str).unwrap_or_default();
            let both = if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") };
            address(query, &[("without", &both), ("page", "")])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(pairs: &[(&str, &str)]) -> Ask {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_filter_is_taken_off_without_losing_the_others() {
        let query = ask(&[("s", "ab12"), ("label", "booked"), ("page", "3")]);
        assert_eq!(without(&query, "words"), "/cards?s=ab12&without=words&label=booked#main");
        assert_eq!(without(&query, "label"), "/cards?s=ab12#main");
        let twice = ask(&[("s", "ab12"), ("without", "words")]);
        assert_eq!(without(&twice, "birth"), "/cards?s=ab12&without=words.birth#main");
    }

    #[test]
    fn nothing_typed_comes_back_in_an_address_unfiltered() {
        let query = ask(&[("q", "\"><script>"), ("evil", "x"), ("sort", "name")]);
        assert_eq!(address(&query, &[]), "/cards?q=script&sort=name#main");
    }
}
