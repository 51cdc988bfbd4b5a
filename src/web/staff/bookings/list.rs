//! The bookings of some days, places and states.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, LocationId, Minute};
use crate::booking::{self, BoardRow, BookingStatus, Channel, Listed, Wanted};
use crate::render::View;
use crate::web::staff::calendar::PlaceName;
use crate::web::staff::calendar::named;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError};

/// The most days of one list.
const DAYS_MAX: i64 = 366;

#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "what the filter shows, and what this person may do")]
pub(in crate::web::staff) struct Bookings {
    from: Day,
    to: Day,
    today: Day,
    places: Vec<PlaceName>,
    every_place: bool,
    statuses: Vec<Choice>,
    channels: Vec<Choice>,
    over: bool,
    rows: Vec<Row>,
    found: u32,
    people: u32,
    page: usize,
    pages: usize,
    /// The filters as an address carries them, without the page.
    query: String,
    may_see_cards: bool,
    may_mail: bool,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Choice {
    code: &'static str,
    label: &'static str,
    chosen: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    id: BookingId,
    no: String,
    day: Day,
    starts: Minute,
    place: String,
    name: String,
    kana: String,
    notice: String,
    card: Option<CardId>,
    people: u8,
    status: (&'static str, &'static str),
    channel: &'static str,
    over: bool,
}

impl View for Bookings {
    const TEMPLATE: &'static str = "staff/bookings.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = super::samples::day();
        let row = |card| Row {
            id: BookingId::of(8),
            no: "K7M2-0413".to_owned(),
            day,
            starts: Minute::of(570),
            place: "本庁舎".to_owned(),
            name: "田中 健太".to_owned(),
            kana: "タナカ ケンタ".to_owned(),
            notice: "A13-345603".to_owned(),
            card,
            people: 2,
            status: ("予約", "book"),
            channel: "電話",
            over: true,
        };
        let of = |rows: Vec<Row>, pages, wrong| Self {
            from: day,
            to: day,
            today: day,
            places: vec![PlaceName { id: LocationId::of(1), name: "本庁舎".to_owned(), current: true }],
            every_place: rows.is_empty(),
            statuses: vec![Choice { code: "confirmed", label: "予約", chosen: true }],
            channels: vec![Choice { code: "web", label: "ウェブ", chosen: false }],
            over: rows.is_empty(),
            found: 2,
            people: 3,
            page: 1,
            pages,
            query: "from=2026-04-13&to=2026-04-13".to_owned(),
            may_see_cards: true,
            may_mail: true,
            rows,
            wrong,
        };
        let wrong = vec![Wrong::new("to", "終わりの日は始めの日から後にしてください。")];
        vec![
            ("some", of(vec![row(Some(CardId::of(3))), row(None)], 3, Vec::new())),
            ("none", of(Vec::new(), 0, wrong)),
        ]
    }
}

/// What the address asks for.
#[derive(Clone, Debug)]
struct Asked {
    from: Day,
    to: Day,
    location: Option<LocationId>,
    status: Option<BookingStatus>,
    channel: Option<Channel>,
    over: bool,
    page: usize,
}

impl Asked {
    fn of(ctx: &StaffCtx, fields: &Fields) -> Self {
        let from: Option<Day> = fields.get("from").parse().ok();
        let from = from.unwrap_or_else(|| ctx.today());
        let place = match fields.get("location").as_str() {
            "" => ctx.place().map(|place| place.id),
            named => named.parse().ok().map(LocationId::of),
        };
        Self {
            from,
            to: fields.get("to").parse().unwrap_or(from),
            location: place.filter(|id| ctx.place_of(*id).is_some()),
            status: BookingStatus::from_code(&fields.get("status")),
            channel: Channel::from_code(&fields.get("channel")),
            over: fields.get("over") == "1",
            page: fields.get("page").parse().unwrap_or(1_usize).clamp(1, 10_000),
        }
    }

    fn wrong(&self) -> Option<Wrong> {
        match self.to.days_from(self.from) {
            ..0 => Some(Wrong::new("to", "終わりの日は、始めの日と同じか後の日にしてください。")),
            0..DAYS_MAX => None,
            _ => Some(Wrong::new("to", "一度に見られるのは1年分（366日）までです。")),
        }
    }

    fn wanted(&self, ctx: &StaffCtx) -> Wanted {
        let every =
            || if ctx.signed.locations.is_empty() { Vec::new() } else { ctx.signed.locations.clone() };
        Wanted {
            from: self.from,
            to: self.to,
            locations: self.location.map_or_else(every, |one| vec![one]),
            status: self.status,
            channel: self.channel,
            over: self.over,
        }
    }

    /// Days, rows and codes only: nothing that was typed of a person.
    fn query(&self) -> String {
        let place = self.location.map_or_else(|| "all".to_owned(), |id| id.to_string());
        let mut query = format!("from={}&to={}&location={place}", self.from, self.to);
        let mut add = |name: &str, code: Option<&str>| {
            if let Some(code) = code {
                query.extend(["&", name, "=", code]);
            }
        };
        add("status", self.status.map(BookingStatus::code));
        add("channel", self.channel.map(Channel::code));
        add("over", self.over.then_some("1"));
        query
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &Fields::new(query));
    if let Some(wrong) = asked.wrong() {
        let nothing = Listed { rows: Vec::new(), bookings: 0, people: 0 };
        return ctx.again(&view(&ctx, &asked, &nothing, vec![wrong]));
    }
    let (wanted, page) = (asked.wanted(&ctx), asked.page - 1);
    let listed = ctx.read(move |tx| booking::list(tx, &wanted, page)).await?;
    ctx.saw("bookings", None).await?;
    ctx.page(&view(&ctx, &asked, &listed, Vec::new()))
}

fn view(ctx: &StaffCtx, asked: &Asked, listed: &Listed, wrong: Vec<Wrong>) -> Bookings {
    let sight = Sight::of(&ctx.signed);
    let status = |one: BookingStatus| Choice {
        code: one.code(),
        label: wording::booking_status(one).0,
        chosen: asked.status == Some(one),
    };
    let channel = |one: Channel| Choice {
        code: one.code(),
        label: wording::channel(one),
        chosen: asked.channel == Some(one),
    };
    let pages = usize::try_from(listed.bookings).unwrap_or(0).div_ceil(booking::PAGE);
    Bookings {
        from: asked.from,
        to: asked.to,
        today: ctx.today(),
        places: ctx.locations.iter().map(|one| PlaceName::of(one, asked.location)).collect(),
        every_place: asked.location.is_none(),
        statuses: BookingStatus::ALL.into_iter().map(status).collect(),
        channels: Channel::ALL.into_iter().map(channel).collect(),
        over: asked.over,
        rows: listed.rows.iter().map(|one| row(ctx, one, sight)).collect(),
        found: listed.bookings,
        people: listed.people,
        page: asked.page,
        pages,
        query: asked.query(),
        may_see_cards: ctx.may(Permission::SeeCards),
        may_mail: ctx.may(Permission::Mail),
        wrong,
    }
}

fn row(ctx: &StaffCtx, one: &BoardRow, sight: Sight) -> Row {
    let (booking, lead) = (&one.booking, one.lead());
    Row {
        id: booking.id,
        no: booking.no.clone(),
        day: booking.day,
        starts: booking.starts,
        place: ctx.place_of(booking.location).map(|place| place.name.clone()).unwrap_or_default(),
        name: named(sight, one),
        kana: lead.map(|card| sight.kana(card)).unwrap_or_default(),
        notice: lead.map(|card| sight.notice(card)).unwrap_or_default(),
        card: lead.map(|card| card.id),
        people: booking.people,
        status: wording::status_of(booking.status, booking.is_issuance()),
        channel: wording::channel(booking.channel),
        over: booking.over_reason.is_some(),
    }
}
