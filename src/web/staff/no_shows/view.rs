//! The list of those who did not come, as it is shown.

use serde::Serialize;

use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, LocationId, Minute, Moment};
use crate::booking::timed::{Case, Followed};
use crate::mail::State;
use crate::render::View;
use crate::settings::Settings;
use crate::web::Fields;
use crate::web::staff::StaffCtx;
use crate::web::staff::calendar::PlaceName;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;

/// How far back the list goes when nothing else is asked for.
const USUAL_DAYS: i32 = 60;

/// The most days of one list.
const DAYS_MAX: i64 = 366;

/// What the address asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    from: Day,
    to: Day,
    location: Option<LocationId>,
    /// Closed cases too.
    pub(super) closed: bool,
}

impl Asked {
    pub(super) fn of(ctx: &StaffCtx, fields: &Fields) -> Self {
        let place = fields.get("location").parse().ok().map(LocationId::of);
        Self {
            from: fields.get("from").parse().unwrap_or_else(|_| ctx.today().plus(-USUAL_DAYS)),
            to: fields.get("to").parse().unwrap_or_else(|_| ctx.today()),
            location: place.filter(|id| ctx.place_of(*id).is_some()),
            closed: fields.get("closed") == "1",
        }
    }

    pub(super) fn days(&self) -> (Day, Day) {
        (self.from, self.to)
    }

    pub(super) fn places(&self, ctx: &StaffCtx) -> Vec<LocationId> {
        self.location.map_or_else(|| ctx.signed.locations.clone(), |one| vec![one])
    }

    pub(super) fn wrong(&self) -> Option<Wrong> {
        match self.to.days_from(self.from) {
            ..0 => Some(Wrong::new("to", "終わりの日は、始めの日と同じか後の日にしてください。")),
            0..DAYS_MAX => None,
            _ => Some(Wrong::new("to", "一度に見られるのは1年分（366日）までです。")),
        }
    }

    pub(super) fn query(&self) -> String {
        let place = self.location.map_or_else(String::new, |id| format!("&location={id}"));
        let closed = if self.closed { "&closed=1" } else { "" };
        format!("from={}&to={}{place}{closed}", self.from, self.to)
    }
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "what the filter shows, and what this person may do")]
pub(in crate::web::staff) struct NoShows {
    from: Day,
    to: Day,
    closed: bool,
    places: Vec<PlaceName>,
    every_place: bool,
    rows: Vec<Row>,
    people: u32,
    rule: Rule,
    may_set: bool,
    may_mail: bool,
    may_book: bool,
    may_see_cards: bool,
    wrong: Vec<Wrong>,
}

/// What the city's rule says.
#[derive(Debug, Serialize)]
struct Rule {
    on: bool,
    after_days: u16,
    at: Minute,
    times: u16,
    next: Option<Moment>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: BookingId,
    card: Option<CardId>,
    name: String,
    kana: String,
    notice: String,
    day: Day,
    starts: Minute,
    place: String,
    people: u8,
    passed: i64,
    mail: bool,
    /// When the last letter went, or was queued.
    last: Option<Moment>,
    bounced: bool,
    next: Option<Moment>,
    state: (&'static str, &'static str),
    tone: &'static str,
    open: bool,
}

impl NoShows {
    pub(super) fn of(
        ctx: &StaffCtx,
        asked: &Asked,
        cases: &[Case],
        (settings, next): (&Settings, Option<Moment>),
        wrong: Option<&str>,
    ) -> Self {
        let picking = wrong.map(|text| Wrong::new("list", text));
        Self {
            from: asked.from,
            to: asked.to,
            closed: asked.closed,
            places: ctx.locations.iter().map(|one| PlaceName::of(one, asked.location)).collect(),
            every_place: asked.location.is_none(),
            people: cases.iter().map(|case| u32::from(case.row.booking.people)).sum(),
            rows: cases.iter().map(|case| row(ctx, case)).collect(),
            rule: Rule {
                on: settings.no_show_invite,
                after_days: settings.no_show_invite_after_days,
                at: settings.no_show_invite_at,
                times: settings.no_show_invite_times,
                next,
            },
            may_set: ctx.may(Permission::Settings),
            may_mail: ctx.may(Permission::Mail),
            may_book: ctx.may(Permission::Book),
            may_see_cards: ctx.may(Permission::SeeCards),
            wrong: asked.wrong().into_iter().chain(picking).collect(),
        }
    }
}

fn row(ctx: &StaffCtx, case: &Case) -> Row {
    let (booking, lead, sight) = (&case.row.booking, case.row.lead(), Sight::of(&ctx.signed));
    let (state, tone) = state(case);
    Row {
        id: booking.id,
        card: lead.map(|card| card.id),
        name: lead.map_or_else(|| "（氏名なし）".to_owned(), |card| sight.name(card)),
        kana: lead.map(|card| sight.kana(card)).unwrap_or_default(),
        notice: lead.map(|card| sight.notice(card)).unwrap_or_default(),
        day: booking.day,
        starts: booking.starts,
        place: ctx.place_of(booking.location).map(|place| place.name.clone()).unwrap_or_default(),
        people: booking.people,
        passed: ctx.today().days_from(booking.day),
        mail: booking.email.is_some(),
        last: case.letter.as_ref().map(|one| one.finished_at.unwrap_or(one.created_at)),
        bounced: case.letter.as_ref().is_some_and(|one| one.state == State::Dead),
        next: case.next,
        state,
        tone,
        open: case.followed.is_none(),
    }
}

/// Where the case stands, and the tone of its row.
fn state(case: &Case) -> ((&'static str, &'static str), &'static str) {
    match (case.followed, case.letter.as_ref().map(|letter| letter.state)) {
        (Some(Followed::Done), _) => (("対応済み", "done"), "s-done"),
        (Some(Followed::Stopped), _) => (("案内しない", "none"), "s-none"),
        (Some(Followed::Rebooked), _) => (("予約し直した", "done"), "s-done"),
        (None, Some(State::Dead)) => (("電話する", "bad"), "s-bad"),
        (None, Some(State::Sent)) => (("案内済み", "done"), "s-done"),
        (None, Some(_)) => (("送信待ち", "info"), "s-wait"),
        (None, None) if case.row.booking.email.is_none() => (("電話する", "bad"), "s-bad"),
        (None, None) if case.next.is_some() => (("予定", "wait"), "s-wait"),
        (None, None) => (("未対応", "bad"), "s-bad"),
    }
}

impl View for NoShows {
    const TEMPLATE: &'static str = "staff/no_shows.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Moment::from_millis(1_775_700_000_000).day();
        let row = |id, mail, state, tone, open| Row {
            id: BookingId::of(id),
            card: Some(CardId::of(3)),
            name: "清水 悟".to_owned(),
            kana: "シミズ サトル".to_owned(),
            notice: "A33-345623".to_owned(),
            day,
            starts: Minute::of(660),
            place: "本庁舎".to_owned(),
            people: 1,
            passed: 4,
            mail,
            last: mail.then(|| Moment::from_millis(1_775_800_000_000)),
            bounced: id == 3,
            next: (id == 1).then(|| Moment::from_millis(1_777_000_000_000)),
            state,
            tone,
            open,
        };
        let of = |rows: Vec<Row>, on, wrong| Self {
            from: day,
            to: day,
            closed: rows.is_empty(),
            places: vec![PlaceName { id: LocationId::of(1), name: "本庁舎".to_owned(), current: false }],
            every_place: true,
            rows,
            people: 2,
            rule: Rule {
                on,
                after_days: 1,
                at: Minute::of(750),
                times: 2,
                next: on.then_some(Moment::from_millis(0)),
            },
            may_set: on,
            may_mail: on,
            may_book: true,
            may_see_cards: on,
            wrong,
        };
        let rows = vec![
            row(1, true, ("案内済み", "done"), "s-done", true),
            row(2, false, ("電話する", "bad"), "s-bad", true),
            row(3, true, ("対応済み", "done"), "s-done", false),
        ];
        let wrong = vec![Wrong::new("list", "対象の方を選んでください。")];
        vec![
            ("those who did not come", of(rows, true, wrong)),
            ("nobody stayed away", of(Vec::new(), false, Vec::new())),
        ]
    }
}
