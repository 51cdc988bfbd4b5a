//! Finding cards: by a number, a name, a state, or any mix of them.
//!
//! **Invariant:** an address carries a notice ID, a booking number, states, places and rows; names, kana, dates of birth and
//! remarks are posted and kept under a random id.
//! **Invariant:** nobody finds by what they may not see, whatever was typed, kept or put into an address.
//!
//! Spec: 7(1)④, 7(2)⑧.

mod file;
mod line;
mod link;
mod samples;
mod terms;
mod view;

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;

pub(super) use file::{every_found, file};
pub(super) use view::Cards;

use self::terms::Asked;
use super::sight::Sight;
use super::{StaffCtx, StaffPost};
use crate::accounts::Permission;
use crate::base::{CardId, NoticeId, NoticePattern, text};
use crate::booking;
use crate::cards::search::From;
use crate::cards::{self, LookIn, PAGE, Paging, Sort, Terms};
use crate::db::{Fault, ReadTx};
use crate::web::PageError;

type Ask = BTreeMap<String, String>;

/// The page: what is asked for in the address, or the numbers of each state.
pub(super) async fn show(ctx: StaffCtx, Query(query): Query<Ask>) -> Result<Response, PageError> {
    let asked = asked(&ctx, &query).await?;
    let view = Cards::read(&ctx, asked, query).await?;
    ctx.saw("cards", None).await?;
    ctx.page(&view)
}

/// The search form here, and the one in the top bar.
pub(super) async fn ask(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let (terms, wrong) = terms::of_form(&fields);
    terms::must_see(&ctx, &terms)?;
    if !wrong.is_empty() {
        let typed = terms.words.clone().unwrap_or_else(|| fields.get("q"));
        let asked = Asked { terms, typed, birth: fields.get("birth"), ..Asked::default() };
        return ctx.again(&Cards::read(&ctx, asked, Ask::new()).await?.with_wrong(wrong));
    }
    if terms.is_empty() {
        return Ok(ctx.to("/cards#main"));
    }
    let typed =
        terms.words.clone().filter(|words| terms == Terms { words: Some(words.clone()), ..Terms::default() });
    if let Some(typed) = typed {
        let number = by_number(&ctx, typed).await?;
        match number.terms.cards.as_deref().unwrap_or_default() {
            [] => {}
            [one] => return Ok(ctx.to(&format!("/cards/{one}#main"))),
            _ => return Ok(ctx.to(&format!("/cards?q={}#main", number.typed))),
        }
    }
    let staff = ctx.signed.id;
    let id = ctx.city.db.write(ctx.actor(), move |tx| cards::save_search(tx, staff, &terms)).await?;
    Ok(ctx.to(&format!("/cards?s={id}#main")))
}

/// What the address asks for; refused where it asks by what this person may not see.
async fn asked(ctx: &StaffCtx, query: &Ask) -> Result<Asked, PageError> {
    let asked = match (query.get("s"), query.get("q")) {
        (Some(id), _) => kept(ctx, id.clone()).await?,
        (None, Some(typed)) => by_number(ctx, typed.clone()).await?,
        (None, None) => Asked::default(),
    };
    let asked = asked.narrowed(query);
    terms::must_see(ctx, &asked.terms)?;
    Ok(asked)
}

/// What was kept under this id by the same person.
async fn kept(ctx: &StaffCtx, id: String) -> Result<Asked, PageError> {
    let staff = ctx.signed.id;
    let found = ctx.read(move |tx| cards::load_search(tx, staff, &id)).await?;
    let gone = found.is_none();
    Ok(Asked { terms: found.unwrap_or_default(), gone, ..Asked::default() })
}

/// The cards that a notice ID or a booking number means. Anything else means nothing here.
async fn by_number(ctx: &StaffCtx, typed: String) -> Result<Asked, PageError> {
    let pattern = pattern(ctx)?;
    let notices = Sight::of(&ctx.signed).notice;
    Ok(ctx.read(move |tx| numbered(tx, &typed, notices.then_some(&pattern))).await?)
}

/// A search that another page goes on with.
#[derive(Clone, Debug)]
pub(in crate::web::staff) struct Kept {
    /// What is looked for.
    pub(in crate::web::staff) terms: Terms,
    /// What this person may look into.
    pub(in crate::web::staff) look: LookIn,
    /// The same in words.
    pub(in crate::web::staff) words: String,
    /// Its address, as the hidden fields of a form.
    pub(in crate::web::staff) fields: Vec<(&'static str, String)>,
    /// In what order, from the beginning on.
    pub(in crate::web::staff) paging: Paging,
    /// Whether nothing is left of the search that the address names, so that its terms mean nothing.
    pub(in crate::web::staff) gone: bool,
}

impl Kept {
    /// Whether it looks for a person: by a name, a number, a birthday, a remark.
    pub(in crate::web::staff) fn is_of_persons(&self) -> bool {
        let terms = &self.terms;
        let words = [&terms.notice_id, &terms.words, &terms.name, &terms.birth, &terms.remark];
        terms.cards.is_some() || words.into_iter().any(Option::is_some)
    }
}

/// The search that this address means, refused where this person may not look by it.
pub(in crate::web::staff) async fn kept_terms(ctx: &StaffCtx, query: &Ask) -> Result<Kept, PageError> {
    let asked = asked(ctx, query).await?;
    in_words(ctx, asked, query).await
}

/// Terms that were kept elsewhere, narrowed by this address.
pub(in crate::web::staff) async fn known_terms(
    ctx: &StaffCtx,
    terms: Terms,
    query: &Ask,
) -> Result<Kept, PageError> {
    let asked = Asked { terms, ..Asked::default() }.narrowed(query);
    terms::must_see(ctx, &asked.terms)?;
    in_words(ctx, asked, query).await
}

async fn in_words(ctx: &StaffCtx, asked: Asked, query: &Ask) -> Result<Kept, PageError> {
    let (storages, locations) = ctx
        .read(|tx| Ok::<_, Fault>((crate::calendar::storages(tx)?, crate::calendar::all_locations(tx)?)))
        .await?;
    let places = terms::Places { storages: &storages, locations: &locations };
    let words: Vec<String> = terms::filters(&asked, places).into_iter().map(|(_, words)| words).collect();
    let fields = link::pairs(query, &link::ANEW);
    let gone = asked.gone || asked.no_number;
    let paging = Paging { from: From::Start, ..paging(ctx, query) };
    Ok(Kept { terms: asked.terms, look: look_in(ctx), words: words.join("、"), fields, paging, gone })
}

/// The shape of the city's notice IDs.
fn pattern(ctx: &StaffCtx) -> Result<NoticePattern, PageError> {
    NoticePattern::parse(&ctx.settings.notice_pattern)
        .map_err(|_| PageError::Fault("notice.pattern".to_owned()))
}

fn numbered(tx: &ReadTx<'_>, typed: &str, notices: Option<&NoticePattern>) -> Result<Asked, Fault> {
    let notice = notices.and_then(|pattern| NoticeId::parse(typed, pattern).ok());
    if let Some(notice) = notice {
        let found = cards::with_notice(tx, &notice)?.iter().map(|card| card.id).collect();
        return Ok(Asked::numbered(notice.to_string(), found));
    }
    if let Some(booking) = booking::by_no(tx, &text::nfkc(typed))? {
        return Ok(Asked::numbered(booking.no.clone(), booking.cards()));
    }
    Ok(Asked { no_number: true, ..Asked::default() })
}

/// How the page is turned and sorted. Nobody sorts by what they may not see: the order would tell it.
fn paging(ctx: &StaffCtx, query: &Ask) -> Paging {
    let word = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let card = |name: &str| word(name).parse().ok().map(CardId::of);
    let from = match (card("after"), card("before")) {
        (Some(card), _) => From::After(card),
        (None, Some(card)) => From::Before(card),
        (None, None) => From::Start,
    };
    let sort = Sort::from_code(word("sort")).filter(|sort| may_sort(Sight::of(&ctx.signed), *sort));
    Paging { sort: sort.unwrap_or_default(), backwards: word("desc") == "1", from, most: PAGE }
}

fn may_sort(sight: Sight, sort: Sort) -> bool {
    match sort {
        Sort::Name => sight.name,
        Sort::Birth => sight.birth,
        Sort::Notice => sight.notice,
        Sort::Registered | Sort::Label | Sort::Storage | Sort::Due => true,
    }
}

fn look_in(ctx: &StaffCtx) -> LookIn {
    LookIn {
        names: ctx.may(Permission::SeeName),
        notices: ctx.may(Permission::SeeNoticeId),
        remarks: ctx.may(Permission::SeeRemark),
    }
}

/// The cards of a booking number or of a notice ID.
impl Asked {
    fn numbered(typed: String, cards: Vec<CardId>) -> Self {
        Self { terms: Terms { cards: Some(cards), ..Terms::default() }, typed, ..Self::default() }
    }
}
