//! Whom a letter to many shall go to.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::{Mistake, words};
use crate::base::{Day, LocationId, Personal};
use crate::booking::bulk::{self, Audience, Begin, Purpose};
use crate::calendar::Location;
use crate::cards::watch::WatchList;
use crate::cards::{CardStatus, Days, Label, LookIn, Terms};
use crate::once::OnceKey;
use crate::render::View;
use crate::web::staff::cards::{Kept, kept_terms};
use crate::web::staff::{Flash, StaffCtx, StaffPost, watch, wording};
use crate::web::{Fields, PageError};

/// Whoever got a letter to many in so many days gets none, unless staff say otherwise.
const QUIET_DAYS: u16 = 7;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct New {
    of: String,
    /// The search that was brought along: its words, and its address as hidden fields.
    search: Option<(String, Vec<(&'static str, String)>)>,
    lists: Vec<Choice>,
    places: Vec<Choice>,
    statuses: Vec<Choice>,
    purposes: Vec<Choice>,
    due_from: String,
    due_to: String,
    from: String,
    to: String,
    quiet: String,
    wrong: Vec<Mistake>,
}

#[derive(Clone, Debug, Serialize)]
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

impl View for New {
    const TEMPLATE: &'static str = "staff/bulk_new.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let choice =
            |value: &str| Choice { value: value.to_owned(), label: "本庁舎".to_owned(), chosen: true };
        let of = |search, wrong| Self {
            of: "not_booked".to_owned(),
            search,
            lists: vec![choice("renotice")],
            places: vec![choice("1")],
            statuses: vec![choice("confirmed")],
            purposes: vec![choice("procedure")],
            due_from: String::new(),
            due_to: "2026-04-30".to_owned(),
            from: "2026-04-13".to_owned(),
            to: "2026-04-13".to_owned(),
            quiet: "7".to_owned(),
            wrong,
        };
        let search = ("状態：予約".to_owned(), vec![("label", "booked".to_owned())]);
        let wrong = ["of", "to", "due_to", "purpose", "quiet"].map(|one| Mistake::new(one, "違います。"));
        vec![
            ("a new letter to many", of(Some(search), Vec::new())),
            ("a new letter to many, wrong", of(None, wrong.into())),
        ]
    }
}

pub(in crate::web::staff) async fn ask(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let view = view(&ctx, &Fields::new(query), Vec::new()).await?;
    ctx.page(&view)
}

/// The search that came along in the address, if one did.
async fn search(ctx: &StaffCtx, fields: &Fields) -> Result<Option<Kept>, PageError> {
    let named = ["q", "s", "without", "label", "storage", "location", "run"];
    let query: BTreeMap<String, String> = named
        .into_iter()
        .map(|name| (name.to_owned(), fields.get(&format!("cards_{name}"))))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if query.is_empty() { Ok(None) } else { kept_terms(ctx, &query).await.map(Some) }
}

async fn view(ctx: &StaffCtx, fields: &Fields, wrong: Vec<Mistake>) -> Result<New, PageError> {
    let search = search(ctx, fields).await?.filter(|kept| !kept.terms.is_empty());
    let or = |name: &str, other: String| if fields.has(name) { fields.get(name) } else { other };
    let of = or("of", if search.is_some() { "search" } else { "not_booked" }.to_owned());
    let choice =
        |value: String, label: String, chosen: &str| Choice { chosen: value == chosen, value, label };
    let list = or("list", WatchList::Renotice.code().to_owned());
    let place = fields.get("location");
    let status = or("status", "confirmed".to_owned());
    let purpose = or("purpose", if of == "watched" { "renotice" } else { "procedure" }.to_owned());
    let tomorrow = ctx.today().plus(1).to_string();
    Ok(New {
        lists: WatchList::ALL
            .into_iter()
            .map(|one| choice(one.code().to_owned(), watch::title(one).to_owned(), &list))
            .collect(),
        places: ctx
            .locations
            .iter()
            .map(|one| choice(one.id.to_string(), one.name.clone(), &place))
            .collect(),
        statuses: [("confirmed", "来る予定の方（予約）"), ("no_show", "来なかった方（未来庁）")]
            .map(|(code, label)| choice(code.to_owned(), label.to_owned(), &status))
            .into(),
        purposes: Purpose::ALL
            .map(|one| choice(one.code().to_owned(), words::purpose(one).to_owned(), &purpose))
            .into(),
        search: search.map(|kept| (kept.words, kept.fields)),
        due_from: fields.get("due_from"),
        due_to: fields.get("due_to"),
        from: or("from", tomorrow.clone()),
        to: or("to", tomorrow),
        quiet: or("quiet", QUIET_DAYS.to_string()),
        of,
        wrong,
    })
}

pub(in crate::web::staff) async fn begin(
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let (audience, said) = match audience(&ctx, &fields).await? {
        Ok(found) => found,
        Err(wrong) => return ctx.again(&view(&ctx, &fields, vec![wrong]).await?),
    };
    let quiet = crate::base::text::nfkc(&fields.get("quiet")).parse().ok().filter(|days| *days <= 365);
    let (purpose, quiet_days) = match (Purpose::from_code(&fields.get("purpose")), quiet) {
        (Some(purpose), Some(quiet)) => (purpose, quiet),
        (None, _) => {
            let wrong = Mistake::new("purpose", "何のためのメールかを選んでください。");
            return ctx.again(&view(&ctx, &fields, vec![wrong]).await?);
        }
        (_, None) => {
            let wrong = Mistake::new("quiet", "日数を0から365までの数字で入力してください。");
            return ctx.again(&view(&ctx, &fields, vec![wrong]).await?);
        }
    };
    let wish = Begin { audience, words: Personal::of(said), purpose, quiet_days, once };
    match ctx.city.db.write(ctx.actor(), move |tx| bulk::begin(tx, &wish)).await {
        Ok(id) => Ok(ctx.to_with(&format!("/mail/bulk/{id}#main"), Flash::done("対象の方を集めています。"))),
        Err(refusal) => {
            let wrong = words::begin(refusal)?;
            ctx.again(&view(&ctx, &fields, vec![wrong]).await?)
        }
    }
}

/// The people that the form means, with the same in words.
async fn audience(ctx: &StaffCtx, fields: &Fields) -> Result<Result<(Audience, String), Mistake>, PageError> {
    let place = fields.get("location").parse().ok().map(LocationId::of).and_then(|id| ctx.place_of(id));
    let look = LookIn { names: false, notices: false, remarks: false };
    Ok(match fields.get("of").as_str() {
        "search" => match search(ctx, fields).await?.filter(|kept| !kept.terms.is_empty()) {
            Some(kept) => Ok((Audience::Cards { any: vec![kept.terms], look: kept.look }, kept.words)),
            None => Err(Mistake::new(
                "of",
                "カード検索で条件を決めてから、「この方々にメールを送る」を押してください。",
            )),
        },
        "watched" => match WatchList::from_code(&fields.get("list")) {
            Some(list) => {
                let said = format!("「期限と点検」の{}", watch::title(list));
                Ok((Audience::Watched { list: list.code().to_owned() }, said))
            }
            None => Err(Mistake::new("of", "一覧を選んでください。")),
        },
        "bookings" => bookings(ctx, fields, place),
        "not_booked" => not_booked(fields, place, look),
        _ => Err(Mistake::new("of", "送る相手を選んでください。")),
    })
}

fn not_booked(
    fields: &Fields,
    place: Option<&Location>,
    look: LookIn,
) -> Result<(Audience, String), Mistake> {
    let day = |name: &str| {
        let typed = fields.get(name);
        if typed.is_empty() { Ok(None) } else { typed.parse::<Day>().map(Some).map_err(|_| ()) }
    };
    let (Ok(from), Ok(to)) = (day("due_from"), day("due_to")) else {
        return Err(Mistake::new("due_to", "受取期限の日を確かめてください。"));
    };
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Mistake::new("due_to", "終わりの日は、始めの日と同じか後の日にしてください。"));
    }
    let labels = [Label::Card(CardStatus::Notified), Label::Card(CardStatus::Renotified)];
    let terms = |label: Label| Terms {
        label: Some(label.code().to_owned()),
        location: place.map(|place| place.id),
        due: Days { from, to },
        ..Terms::default()
    };
    let mut said = vec!["通知書を送り、まだ予約のない方".to_owned()];
    said.extend(place.map(|place| format!("交付場所：{}", place.name)));
    if from.or(to).is_some() {
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        said.push(format!("受取期限：{}〜{}", day(from), day(to)));
    }
    let said = said.join("、");
    Ok((Audience::Cards { any: labels.map(terms).into(), look }, said))
}

fn bookings(
    ctx: &StaffCtx,
    fields: &Fields,
    place: Option<&Location>,
) -> Result<(Audience, String), Mistake> {
    let (from, to) = (fields.get("from").parse::<Day>(), fields.get("to").parse::<Day>());
    let (Ok(from), Ok(to)) = (from, to) else {
        return Err(Mistake::new("to", "予約の日を入れてください。"));
    };
    let status = fields.get("status");
    let name = match status.as_str() {
        "confirmed" => wording::booking_status(crate::booking::BookingStatus::Confirmed).0,
        "no_show" => wording::booking_status(crate::booking::BookingStatus::NoShow).0,
        _ => return Err(Mistake::new("of", "予約の状態を選んでください。")),
    };
    let places = place.map_or("すべての場所", |place| place.name.as_str());
    let said = format!("{from}〜{to}の予約、{places}、{name}");
    let locations = match place {
        Some(place) => vec![place.id],
        None => ctx.signed.locations.clone(),
    };
    Ok((Audience::Bookings { from, to, locations, status }, said))
}
