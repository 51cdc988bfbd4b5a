//! Who waits for a seat (空き待ち): where, for which days, since when; and taking somebody off the list.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::parts::Row as RowId;
use super::sight::Sight;
use super::{Flash, StaffCtx, StaffPost};
use crate::base::{CardId, Day, LocationId, Minute, Moment, WaitingId};
use crate::booking::{self, DayPart, WaitingRow};
use crate::render::View;
use crate::web::staff::calendar::PlaceName;
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the filter shows, the city's rules, and what this person may do"
)]
pub(super) struct WaitingPage {
    places: Vec<PlaceName>,
    every_place: bool,
    day: String,
    sums: Vec<Sum>,
    rows: Vec<Row>,
    on: bool,
    held: bool,
    hours: u16,
    may_set: bool,
}

/// How many wait at a place.
#[derive(Clone, Debug, Serialize)]
struct Sum {
    place: String,
    parties: usize,
    people: usize,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    id: WaitingId,
    card: Option<CardId>,
    name: String,
    kana: String,
    notice: String,
    email: String,
    place: String,
    people: u8,
    from: Day,
    to: Day,
    part: &'static str,
    since: Moment,
    offers: u8,
    offered: Option<(Day, Minute, Moment)>,
}

impl View for WaitingPage {
    const TEMPLATE: &'static str = "staff/waiting.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let at = Moment::from_millis(1_775_980_800_000);
        let row = |offered: bool| Row {
            id: WaitingId::of(1),
            card: offered.then(|| CardId::of(1)),
            name: "田中 健太".to_owned(),
            kana: "タナカ ケンタ".to_owned(),
            notice: "A13-345603".to_owned(),
            email: "ta***@example.jp".to_owned(),
            place: "本庁舎".to_owned(),
            people: 2,
            from: at.day(),
            to: at.day(),
            part: "午前",
            since: at,
            offers: 1,
            offered: offered.then(|| (at.day(), Minute::of(600), at)),
        };
        let of = |rows: Vec<Row>, on| Self {
            places: vec![PlaceName { id: LocationId::of(1), name: "本庁舎".to_owned(), current: on }],
            every_place: !on,
            day: String::new(),
            sums: rows.iter().map(|row| Sum { place: row.place.clone(), parties: 1, people: 2 }).collect(),
            rows,
            on,
            held: on,
            hours: 24,
            may_set: on,
        };
        vec![("some wait", of(vec![row(true), row(false)], true)), ("nobody waits", of(Vec::new(), false))]
    }
}

const fn part(part: DayPart) -> &'static str {
    match part {
        DayPart::Any => "終日",
        DayPart::Morning => "午前",
        DayPart::Afternoon => "午後",
    }
}

pub(super) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::new(query);
    let place = fields.get("location").parse().ok().map(LocationId::of);
    let place = place.filter(|id| ctx.place_of(*id).is_some());
    let day: Option<Day> = fields.get("day").parse().ok();
    let wanted = place.map_or_else(|| ctx.signed.locations.clone(), |one| vec![one]);
    let found = ctx.read(move |tx| booking::waiting_list(tx, &wanted)).await?;
    let fits = |row: &&WaitingRow| day.is_none_or(|day| (row.waiting.from..=row.waiting.to).contains(&day));
    let rows: Vec<Row> = found.iter().filter(fits).map(|one| row(&ctx, one)).collect();
    let mut sums: Vec<Sum> = Vec::new();
    for one in &rows {
        let people = usize::from(one.people);
        match sums.iter_mut().find(|sum| sum.place == one.place) {
            Some(sum) => {
                sum.parties += 1;
                sum.people += people;
            }
            None => sums.push(Sum { place: one.place.clone(), parties: 1, people }),
        }
    }
    ctx.saw("waiting", None).await?;
    ctx.page(&WaitingPage {
        places: ctx.locations.iter().map(|one| PlaceName::of(one, place)).collect(),
        every_place: place.is_none(),
        day: day.map(|day| day.to_string()).unwrap_or_default(),
        sums,
        rows,
        on: ctx.settings.waiting,
        held: ctx.settings.waiting_hold,
        hours: ctx.settings.waiting_offer_hours,
        may_set: ctx.may(crate::accounts::Permission::Settings),
    })
}

fn row(ctx: &StaffCtx, one: &WaitingRow) -> Row {
    let sight = Sight::of(&ctx.signed);
    let (waiting, card) = (&one.waiting, one.card.as_ref());
    let name = card.map(|card| sight.name(card)).or(one.applicant.as_ref().map(|one| sight.applicant(one)));
    Row {
        id: waiting.id,
        card: card.map(|card| card.id),
        name: name.unwrap_or_default(),
        kana: card.map(|card| sight.kana(card)).unwrap_or_default(),
        notice: card.map(|card| sight.notice(card)).unwrap_or_default(),
        email: sight.email(&waiting.email),
        place: ctx.place_of(waiting.location).map(|place| place.name.clone()).unwrap_or_default(),
        people: waiting.people,
        from: waiting.from,
        to: waiting.to,
        part: part(waiting.part),
        since: waiting.created_at,
        offers: waiting.offers,
        offered: waiting.offered.map(|one| (one.day, one.starts, one.until)),
    }
}

/// Takes somebody off the list, as when they telephone.
pub(super) async fn act(RowId(id): RowId, StaffPost { ctx, .. }: StaffPost) -> Result<Response, PageError> {
    let id = WaitingId::of(id);
    let done = ctx.city.db.write(ctx.actor(), move |tx| booking::take_off_waiting(tx, id)).await?;
    let flash = if done {
        Flash::done("空き待ちから外しました。")
    } else {
        Flash::mind("この方は、もう空き待ちの一覧にいません。")
    };
    Ok(ctx.to_with("/calendar/waiting#main", flash))
}
