//! One booking: who, when, where, how it came in, what was sent, what happened.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::party::{Known, Person};
use super::typed::PersonForm;
use super::{of_address, rows, samples};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, LocationId, Minute, Moment};
use crate::booking::{self, BoardRow, Booking, BookingStatus};
use crate::calendar::{self, Location};
use crate::db::{Fault, ReadTx};
use crate::history::{self, Entry, Record};
use crate::mail::{self, Listed};
use crate::render::View;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Shown {
    facts: Facts,
    people: Vec<Person>,
    other: Option<Other>,
    choices: Vec<Person>,
    most: u8,
    mails: Vec<Mail>,
    /// What is held against the address: row, words and tone.
    unreached: Option<(i64, (&'static str, &'static str))>,
    /// Since when the address gets no news, and its row for those who may see it.
    no_news: Option<(Moment, Option<i64>)>,
    story: Vec<Told>,
    may: May,
    /// What was typed to add somebody, and why capacity is gone over.
    pub(super) typed: String,
    pub(super) person: PersonForm,
    pub(super) over: String,
    pub(super) over_asked: bool,
    pub(super) wrong: Vec<Wrong>,
}

/// A booking for something else than the hand-over of a card.
#[derive(Debug, Serialize)]
struct Other {
    procedure: String,
    /// Whether its people are known by no card.
    by_word: bool,
}

/// What this person may do here.
#[derive(Clone, Copy, Debug, Serialize)]
struct May {
    over: bool,
    see_cards: bool,
    serve: bool,
}

/// What is known of the booking itself.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Facts {
    pub(super) id: BookingId,
    pub(super) no: String,
    pub(super) version: i64,
    pub(super) day: Day,
    pub(super) starts: Minute,
    pub(super) ends: Minute,
    pub(super) place: String,
    pub(super) address: String,
    pub(super) location: LocationId,
    pub(super) people: u8,
    pub(super) seats: u8,
    pub(super) status: (&'static str, &'static str),
    /// Whether nobody has come yet: it can be moved and widened.
    pub(super) open: bool,
    /// Whether it can be cancelled.
    pub(super) live: bool,
    pub(super) today: bool,
    pub(super) channel: &'static str,
    pub(super) over: Option<String>,
    pub(super) email: Option<String>,
    pub(super) acknowledged_at: Option<Moment>,
    pub(super) created_at: Moment,
    pub(super) checked_in_at: Option<Moment>,
    pub(super) finished_at: Option<Moment>,
    pub(super) cancelled: Option<(&'static str, Option<String>)>,
}

#[derive(Debug, Serialize)]
struct Mail {
    id: i64,
    kind: &'static str,
    state: (&'static str, &'static str),
    to: String,
    at: Moment,
    sent_at: Option<Moment>,
    bounced_at: Option<Moment>,
    answer: Option<String>,
}

#[derive(Debug, Serialize)]
struct Told {
    at: Moment,
    by: String,
    what: String,
    facts: Vec<Fact>,
    reason: Option<String>,
}

/// What stood after an act, in words; a day before its time.
#[derive(Debug, Serialize)]
struct Fact {
    day: Option<Day>,
    text: String,
}

impl Facts {
    pub(super) fn of(ctx: &StaffCtx, booking: &Booking, place: Option<&Location>) -> Self {
        let email = booking.email.as_ref().map(|email| Sight::of(&ctx.signed).email(email));
        let cancelled =
            booking.cancelled_by.map(|by| (wording::cancelled_by(by), booking.cancel_reason.clone()));
        Self {
            id: booking.id,
            no: booking.no.clone(),
            version: booking.version,
            day: booking.day,
            starts: booking.starts,
            ends: booking.ends,
            place: place.map(|place| place.name.clone()).unwrap_or_default(),
            address: place.map(|place| place.address.clone()).unwrap_or_default(),
            location: booking.location,
            people: booking.people,
            seats: booking.seats,
            status: wording::status_of(booking.status, booking.is_issuance()),
            open: booking.status == BookingStatus::Confirmed,
            live: booking.is_live(),
            today: booking.day == ctx.today(),
            channel: wording::channel(booking.channel),
            over: booking.over_reason.clone(),
            email,
            acknowledged_at: booking.acknowledged_at,
            created_at: booking.created_at,
            checked_in_at: booking.checked_in_at,
            finished_at: booking.finished_at,
            cancelled,
        }
    }

    pub(super) fn sample(live: bool) -> Self {
        Self {
            id: BookingId::of(8),
            no: "K7M2-0413".to_owned(),
            version: 3,
            day: samples::day(),
            starts: Minute::of(570),
            ends: Minute::of(600),
            place: "本庁舎 市民課".to_owned(),
            address: "見本町1-1".to_owned(),
            location: LocationId::of(1),
            people: 2,
            seats: 2,
            status: ("予約", "book"),
            open: live,
            live,
            today: live,
            channel: "電話",
            over: live.then(|| "係長 了承済み".to_owned()),
            email: live.then(|| "ta***@example.jp".to_owned()),
            acknowledged_at: live.then(|| Moment::from_millis(0)),
            created_at: Moment::from_millis(0),
            checked_in_at: live.then(|| Moment::from_millis(0)),
            finished_at: (!live).then(|| Moment::from_millis(0)),
            cancelled: (!live).then(|| ("職員", Some("電話で取消".to_owned()))),
        }
    }
}

impl Shown {
    fn another() -> Self {
        Self {
            facts: Facts::sample(true),
            other: Some(Other { procedure: "電子証明書の更新".to_owned(), by_word: true }),
            people: vec![samples::applicant()],
            choices: Vec::new(),
            person: PersonForm::default(),
            wrong: ["kana", "birth", "phone", "who"].map(|field| Wrong::new(field, "違います。")).to_vec(),
            mails: Vec::new(),
            unreached: None,
            no_news: None,
            story: Vec::new(),
            typed: String::new(),
            over: String::new(),
            most: 5,
            may: May { over: true, see_cards: true, serve: true },
            over_asked: false,
        }
    }
}

impl View for Shown {
    const TEMPLATE: &'static str = "staff/booking.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mail = Mail {
            id: 1,
            kind: "予約の確認",
            state: ("送信済", "ok"),
            to: "ta***@example.jp".to_owned(),
            at: Moment::from_millis(0),
            sent_at: Some(Moment::from_millis(0)),
            bounced_at: Some(Moment::from_millis(0)),
            answer: Some("250 OK".to_owned()),
        };
        let told = Told {
            at: Moment::from_millis(0),
            by: "山田 花子".to_owned(),
            what: "変更".to_owned(),
            facts: vec![Fact { day: Some(samples::day()), text: "9:30-10:00".to_owned() }],
            reason: Some("電話".to_owned()),
        };
        let live = Self {
            facts: Facts::sample(true),
            people: vec![samples::person(), samples::booked_person()],
            other: None,
            choices: vec![samples::person()],
            most: 5,
            mails: vec![mail],
            unreached: Some((1, ("メール不達", "bad"))),
            no_news: Some((Moment::from_millis(0), Some(1))),
            story: vec![told],
            may: May { over: true, see_cards: true, serve: true },
            typed: "A13".to_owned(),
            person: PersonForm::default(),
            over: String::new(),
            over_asked: true,
            wrong: vec![Wrong::new("who", "違います。"), Wrong::new("over", "違います。")],
        };
        let over = Self {
            facts: Facts::sample(false),
            people: vec![samples::applicant()],
            other: Some(Other { procedure: "電子証明書の更新".to_owned(), by_word: true }),
            choices: Vec::new(),
            most: 5,
            mails: Vec::new(),
            unreached: None,
            no_news: None,
            story: Vec::new(),
            may: May { over: false, see_cards: false, serve: false },
            typed: String::new(),
            person: PersonForm::default(),
            over: String::new(),
            over_asked: false,
            wrong: Vec::new(),
        };
        vec![("a live one", live), ("a cancelled one", over), ("another procedure", Self::another())]
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    row: Row,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let booking = of_address(&ctx, row).await?;
    let among = rows(Fields::new(query).get("among").split('.'));
    let view = view(&ctx, booking, among).await?;
    ctx.saw("bookings.show", Some(Record::Booking(view.facts.id))).await?;
    ctx.page(&view)
}

/// The booking as it stands, with what was sent and what happened.
pub(super) async fn view(ctx: &StaffCtx, booking: Booking, among: Vec<CardId>) -> Result<Shown, PageError> {
    let wanted = booking.clone();
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let story = history::of_record(tx, Record::Booking(wanted.id))?;
        let unreached = mail::failure_against(tx, wanted.email.as_ref())?;
        let no_news = mail::refusal_of(tx, wanted.email.as_ref())?;
        let mails = (mail::of_booking(tx, wanted.id)?, unreached, no_news);
        let procedure = booking::procedure_of(tx, &wanted)?;
        let known = (Known::of_booking(tx, &wanted)?, Known::read(tx, &procedure, &among)?);
        let row = booking::board_row(tx, wanted.id)?;
        Ok((known, story, mails, calendar::location(tx, wanted.location)?, row))
    };
    let ((party, choices), story, (mails, unreached, no_news), place, row) = ctx.read(read).await?;
    let (sight, today) = (Sight::of(&ctx.signed), ctx.today());
    let places: Vec<(String, String)> =
        ctx.locations.iter().map(|one| (one.id.to_string(), one.name.clone())).collect();
    Ok(Shown {
        facts: Facts::of(ctx, &booking, place.as_ref()),
        people: party.people(sight, today, Some(&booking)),
        other: row.and_then(other),
        choices: choices.people(sight, today, None),
        most: ctx.settings.party_max,
        mails: mails.into_iter().map(|one| letter(ctx, one)).collect(),
        unreached: unreached.as_ref().map(|one| (one.id.get(), wording::mail_failure(one))),
        no_news: no_news.map(|one| (one.refused_at, ctx.may(Permission::Mail).then_some(one.id.get()))),
        story: story.into_iter().map(|one| told(one, &places, booking.is_issuance())).collect(),
        may: May {
            over: ctx.may(Permission::Overbook),
            see_cards: ctx.may(Permission::SeeCards),
            serve: ctx.may(Permission::ServeCounter),
        },
        typed: String::new(),
        person: PersonForm::default(),
        over: String::new(),
        over_asked: false,
        wrong: Vec::new(),
    })
}

fn other(row: BoardRow) -> Option<Other> {
    let by_word = row.applicant().is_some();
    Some(Other { procedure: row.procedure?, by_word })
}

fn letter(ctx: &StaffCtx, one: Listed) -> Mail {
    Mail {
        id: one.id.get(),
        kind: wording::letter(&one.kind),
        state: wording::letter_tag(&one),
        to: Sight::of(&ctx.signed).email(&one.to),
        at: one.created_at,
        sent_at: one.sent_at(),
        bounced_at: one.bounced_at,
        answer: one.last_answer,
    }
}

fn told(entry: Entry, places: &[(String, String)], issuance: bool) -> Told {
    let detail = entry.detail.unwrap_or_default();
    let fact = |change: &history::Changed| {
        let after = change.after()?;
        let (day, text) = match change.field.as_str() {
            "time" => {
                let (day, time) = after.split_once(' ')?;
                (day.parse().ok(), time.to_owned())
            }
            "location" => (None, places.iter().find(|(id, _)| *id == after)?.1.clone()),
            "people" => (None, format!("{after}人")),
            _ => return None,
        };
        Some(Fact { day, text })
    };
    Told {
        at: entry.at,
        by: entry.actor,
        what: wording::event_of(&entry.operation, issuance),
        facts: detail.changes.iter().filter_map(fact).collect(),
        reason: detail.reason,
    }
}
