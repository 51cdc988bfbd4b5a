//! The page of the search: form, what filters, the table, the next pages.

use serde::Serialize;

use super::line::Line;
use super::link::{self, address, anew, handed_to, pairs, without};
use super::terms::{Asked, Places, SPAN_FIELDS, filters, spans};
use super::{Ask, look_in, may_sort, paging, pattern};
use crate::accounts::Permission;
use crate::base::{Day, NoticeId, NoticeIdError, NoticePattern};
use crate::calendar::{self, Location, Storage};
use crate::cards::{self, Label, Listing, PAGE, Paging, Sort};
use crate::db::Fault;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::Places as Whereabouts;
use crate::web::staff::{StaffCtx, nav, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "one for each thing that the person may do or is told")]
pub(in crate::web::staff) struct Cards {
    pub(super) registered: u64,
    pub(super) form: Form,
    pub(super) labels: Vec<Choice>,
    pub(super) storages: Vec<Choice>,
    pub(super) locations: Vec<Choice>,
    pub(super) sight: Sight,
    pub(super) may_import: bool,
    /// Whether cards can be ticked for an update of many.
    pub(super) may_update: bool,
    /// The way to write to those who were found, for whoever may.
    pub(super) mail: Option<String>,
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
    pub(super) name: String,
    pub(super) remark: String,
    pub(super) birth: String,
    pub(super) shelf: String,
    pub(super) run: Option<i64>,
    pub(super) email: &'static str,
    /// The spans of days: their words and their two fields.
    pub(super) spans: Vec<Span>,
    /// Whether something stands in the part that is folded away.
    pub(super) unfolded: bool,
}

/// Two days of the form.
#[derive(Debug, Serialize)]
pub(super) struct Span {
    pub(super) item: &'static str,
    pub(super) from: (&'static str, Option<Day>),
    pub(super) to: (&'static str, Option<Day>),
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
    pub(super) first: Option<String>,
    pub(super) back: Option<String>,
    pub(super) next: Option<String>,
    /// What to say when nothing is found.
    pub(super) words: String,
    pub(super) tips: Vec<String>,
    /// What the address asks for, for the form that takes all of them into an update of many.
    pub(super) fields: Vec<(&'static str, String)>,
    /// The form that gives the list as a file, for whoever may.
    pub(super) file: Option<File>,
}

/// The form that gives the list as a file: what it asks for, and why.
#[derive(Debug, Serialize)]
pub(super) struct File {
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) asks_reason: bool,
    pub(super) reason: String,
    /// Where the same cards become paper or a workbook.
    pub(super) lists: String,
    /// Where they become address labels; `None` for whoever may not see names.
    pub(super) labels: Option<String>,
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

impl View for Cards {
    const TEMPLATE: &'static str = "staff/cards.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::all()
    }
}

/// What is read of the file.
struct Known {
    registered: u64,
    storages: Vec<Storage>,
    locations: Vec<Location>,
    states: Vec<(Label, u64)>,
    listing: Option<(Listing, Vec<Line>)>,
}

impl Cards {
    /// Reads all of it in one view of the file.
    pub(super) async fn read(ctx: &StaffCtx, asked: Asked, query: Ask) -> Result<Self, PageError> {
        let (sight, look, paging) = (Sight::of(&ctx.signed), look_in(ctx), paging(ctx, &query));
        let terms = asked.terms.clone();
        let read = ctx.read(move |tx| {
            let storages = calendar::storages(tx)?;
            let listing = if terms.is_empty() {
                None
            } else {
                let found = cards::list(tx, &terms, look, paging)?;
                let lie = Whereabouts::read(tx, None)?;
                let lines = found.hits.iter().map(|card| Line::of(tx, card, sight, &lie));
                let lines = lines.collect::<Result<Vec<_>, _>>()?;
                Some((found, lines))
            };
            // Counting each state reads a whole index: only where the numbers are shown.
            let states = if terms.is_empty() { cards::labels(tx)? } else { Vec::new() };
            let registered = if terms.is_empty() {
                states.iter().map(|(_, cards)| cards).sum()
            } else {
                cards::count(tx)?
            };
            Ok::<_, Fault>(Known {
                registered,
                locations: calendar::all_locations(tx)?,
                states,
                storages,
                listing,
            })
        });
        Self::of(ctx, &asked, &query, paging, read.await?)
    }

    fn of(
        ctx: &StaffCtx,
        asked: &Asked,
        query: &Ask,
        paging: Paging,
        known: Known,
    ) -> Result<Self, PageError> {
        let places = Places { storages: &known.storages, locations: &known.locations };
        let found = match known.listing {
            Some((listing, rows)) => Some(found(ctx, asked, query, places, paging, (&listing, rows))?),
            None => None,
        };
        Ok(Self {
            registered: known.registered,
            form: form(asked),
            labels: labels(asked),
            storages: known.storages.iter().map(|one| storage(one, asked)).collect(),
            locations: known.locations.iter().map(|one| location(one, asked)).collect(),
            sight: Sight::of(&ctx.signed),
            may_import: nav::leads("/imports") && ctx.may(Permission::Import),
            may_update: ctx.may(Permission::BulkStatus),
            mail: ctx.may(Permission::Mail).then(|| link::carried(query)),
            states: known.states.into_iter().map(state).collect(),
            found,
            gone: asked.gone,
            no_number: asked.no_number,
            wrong: Vec::new(),
        })
    }

    pub(super) fn with_wrong(self, wrong: Vec<Wrong>) -> Self {
        let folded = |one: &Wrong| !matches!(one.field, "q" | "birth" | "booked_from" | "booked_to");
        let unfolded = self.form.unfolded || wrong.iter().any(folded);
        Self { form: Form { unfolded, ..self.form }, wrong, found: None, ..self }
    }

    /// The same with what is wrong about the file's reason.
    pub(super) fn with_reason(mut self, reason: String, wrong: Vec<Wrong>) -> Self {
        if let Some(file) = self.found.as_mut().and_then(|found| found.file.as_mut()) {
            file.reason = reason;
        }
        Self { wrong, ..self }
    }
}

fn form(asked: &Asked) -> Form {
    let mut terms = asked.terms.clone();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let folded_days = [terms.sent, terms.due, terms.valid, terms.residence, terms.created, terms.since];
    Form {
        q: terms.words.clone().unwrap_or_else(|| asked.typed.clone()),
        name: text(&terms.name),
        remark: text(&terms.remark),
        birth: terms.birth.clone().unwrap_or_else(|| asked.birth.clone()),
        shelf: text(&terms.shelf),
        run: terms.import_run,
        email: terms.has_email.map_or("", |has| if has { "1" } else { "0" }),
        unfolded: terms.name.is_some()
            || terms.remark.is_some()
            || terms.shelf.is_some()
            || terms.location.is_some()
            || terms.import_run.is_some()
            || folded_days.iter().any(|days| !days.is_open()),
        spans: spans(&mut terms)
            .into_iter()
            .zip(SPAN_FIELDS)
            .map(|((_, item, days), (from, to))| Span { item, from: (from, days.from), to: (to, days.to) })
            .collect(),
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

fn storage(one: &Storage, asked: &Asked) -> Choice {
    Choice { value: one.id.to_string(), label: one.name.clone(), chosen: asked.terms.storage == Some(one.id) }
}

fn location(one: &Location, asked: &Asked) -> Choice {
    Choice {
        value: one.id.to_string(),
        label: one.name.clone(),
        chosen: asked.terms.location == Some(one.id),
    }
}

fn state((label, cards): (Label, u64)) -> StateCount {
    StateCount { code: label.code(), tag: wording::label(label), cards }
}

fn found(
    ctx: &StaffCtx,
    asked: &Asked,
    query: &Ask,
    places: Places<'_>,
    paging: Paging,
    (listing, rows): (&Listing, Vec<Line>),
) -> Result<Found, PageError> {
    let sight = Sight::of(&ctx.signed);
    let on = filters(asked, places);
    let words = on.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join("、");
    let (from, to) = numbers(query, listing);
    let tips = match (rows.is_empty(), listing.too_many) {
        (true, _) => nothing_found(asked, sight, &pattern(ctx)?),
        (_, true) => vec![narrower(asked, sight)],
        _ => Vec::new(),
    };
    let turn = |name: &'static str, card: Option<&cards::Hit>, at: usize| {
        let card = card.map(|card| card.id.to_string()).unwrap_or_default();
        let other = if name == "after" { "before" } else { "after" };
        address(query, &[(name, &card), (other, ""), ("at", &at.to_string())])
    };
    let back = from.saturating_sub(PAGE).max(1);
    Ok(Found {
        total: listing.total,
        too_many: listing.too_many,
        from,
        to,
        filters: on.into_iter().map(|(name, words)| OnFilter { words, off: without(query, name) }).collect(),
        columns: columns(query, paging, sight),
        rows,
        first: listing.before.then(|| anew(query, &[])),
        back: listing.before.then(|| turn("before", listing.hits.first(), back)),
        next: listing.after.then(|| turn("after", listing.hits.last(), to + 1)),
        words,
        tips,
        fields: pairs(query, &super::link::ANEW),
        file: ctx.may(Permission::Export).then(|| File {
            fields: pairs(query, &super::link::ANEW),
            asks_reason: ctx.settings.export_reason,
            reason: String::new(),
            lists: handed_to("/lists/cards", query),
            labels: sight.name.then(|| handed_to("/lists/labels", query)),
        }),
    })
}

/// Which cards of the list the page shows. The address says where it is; what it cannot be is put right.
fn numbers(query: &Ask, listing: &Listing) -> (usize, usize) {
    let at: usize = query.get("at").and_then(|at| at.parse().ok()).unwrap_or(1);
    let shown = listing.hits.len();
    let last = if listing.after { 10_000_000 } else { listing.total.max(shown) };
    let from = if listing.before { at.clamp(2, 10_000_000) } else { 1 };
    let from = if listing.too_many { from } else { from.min(last.saturating_sub(shown).saturating_add(1)) };
    if shown == 0 { (0, 0) } else { (from, from + shown - 1) }
}

/// How the number of hits becomes smaller: what is not asked yet.
fn narrower(asked: &Asked, sight: Sight) -> String {
    let terms = &asked.terms;
    let all = [
        (sight.name && terms.words.is_none() && terms.name.is_none(), "氏名・カナ"),
        (sight.birth && terms.birth.is_none(), "生月日"),
        (terms.label.is_none(), "状態"),
        (terms.storage.is_none(), "保管場所"),
        (terms.booked.is_open(), "予約日"),
        (terms.sent.is_open(), "通知書の発送日"),
    ];
    let open: Vec<&str> = all.into_iter().filter(|(open, _)| *open).map(|(_, item)| item).take(3).collect();
    if open.is_empty() {
        "氏名を長く入力するか、日付の幅を狭めてください。".to_owned()
    } else {
        format!("{}を足すと、しぼり込めます。", open.join("・"))
    }
}

/// What may have gone wrong when nothing is found.
fn nothing_found(asked: &Asked, sight: Sight, pattern: &NoticePattern) -> Vec<String> {
    let mut tips = Vec::new();
    let words = asked.terms.words.as_deref().unwrap_or_default();
    let looks = words.chars().any(char::is_numeric)
        && words.chars().all(|c| !('ぁ'..='鿿').contains(&c) || c == 'ー');
    if sight.notice
        && looks
        && let Err(NoticeIdError::Shape { length }) = NoticeId::parse(words, pattern)
        && let Some(whole) = pattern.length()
        && length != whole
    {
        tips.push(format!("通知書IDは{whole}桁です。いまの入力は{length}桁です。"));
    }
    if sight.notice {
        tips.push("通知書IDのハイフン・全角・小文字はそのままで構いません。".to_owned());
    }
    if sight.name {
        tips.push("氏名は姓だけ、カナは途中だけでも探せます。異体字は常用の字で探せます。".to_owned());
    }
    tips.push("条件をひとつずつ外すと、どこで合わないかがわかります。".to_owned());
    tips
}

fn columns(query: &Ask, paging: Paging, sight: Sight) -> Vec<Column> {
    let of = |(label, sort): (&'static str, Option<Sort>)| {
        let sorted = sort == Some(paging.sort);
        let backwards = sorted && !paging.backwards;
        let href = sort.filter(|sort| may_sort(sight, *sort)).map(|sort| {
            let desc = if backwards { "1" } else { "" };
            anew(query, &[("sort", sort.code()), ("desc", desc)])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::Terms;

    #[test]
    fn a_number_that_is_too_short_is_counted_and_a_name_is_not() {
        let asked = |words: &str| Asked {
            terms: Terms { words: Some(words.to_owned()), ..Terms::default() },
            ..Asked::default()
        };
        let pattern = NoticePattern::default();
        let tips = |words: &str| nothing_found(&asked(words), Sight::ALL, &pattern);
        assert!(tips("A1334560").contains(&"通知書IDは9桁です。いまの入力は8桁です。".to_owned()));
        assert!(!tips("山田").iter().any(|tip| tip.contains("いまの入力")));
        assert!(!nothing_found(&asked("A1"), Sight::NONE, &pattern).iter().any(|tip| tip.contains("桁")));
    }

    #[test]
    fn where_the_page_is_does_not_go_beyond_the_list_whatever_the_address_says() {
        let ask = |at: &str| Ask::from([("at".to_owned(), at.to_owned())]);
        let listing = |before, after| Listing { total: 60, before, after, ..Listing::default() };
        assert_eq!(numbers(&ask("51"), &listing(true, false)), (0, 0), "nothing is shown");
        for at in ["", "x", "99999999999", "-1"] {
            assert_eq!(numbers(&ask(at), &listing(false, true)).0, 0, "{at}");
        }
    }
}
