//! A booking is registered: people, place and day, time, how to reach them.
//!
//! What was chosen so far stands in the address as rows, days and places; an address of a mail stands only in the form.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::party::{Known, Person};
use super::picker::{Picker, Wish, place_of};
use super::{once, overbook, rows, samples};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, Email, LocationId, NoticePattern};
use crate::booking::{self, BookProcedure, Candidates, Channel, Find, SlotRefusal, StaffBookingError};
use crate::calendar::SlotId;
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct New {
    people: Vec<Person>,
    choices: Vec<Person>,
    most: u8,
    picker: Option<Picker>,
    draft: Draft,
    may_over: bool,
    /// Whether the wish needs a reason to go over capacity.
    over_asked: bool,
    typed: String,
    wrong: Vec<Wrong>,
}

/// What is chosen and typed so far.
#[derive(Clone, Debug, Default, Serialize)]
struct Draft {
    #[serde(skip)]
    members: Vec<CardId>,
    #[serde(skip)]
    among: Vec<CardId>,
    #[serde(skip)]
    location: Option<LocationId>,
    day: Option<Day>,
    #[serde(skip)]
    slot: Option<SlotId>,
    #[serde(skip)]
    from: Option<Day>,
    email: String,
    over: String,
    channel: String,
}

impl Draft {
    fn of(fields: &Fields) -> Self {
        let slot: Option<SlotId> = fields.get("slot").parse().ok();
        Self {
            members: rows(fields.all("member")),
            among: rows(fields.get("among").split('.')),
            location: fields.get("location").parse().ok().map(LocationId::of),
            day: fields.get("day").parse().ok(),
            slot,
            from: fields.get("from").parse().ok(),
            email: fields.get("email"),
            over: fields.get("over"),
            channel: fields.get("channel"),
        }
    }

    /// The address of this page with what is chosen so far.
    fn path(&self, fragment: &str) -> String {
        let mut parts: Vec<String> = self.members.iter().map(|card| format!("member={card}")).collect();
        let mut add = |name: &str, value: Option<String>| {
            parts.extend(value.map(|value| format!("{name}={value}")));
        };
        add("location", self.location.map(|id| id.to_string()));
        add("day", self.day.map(|day| day.to_string()));
        add("slot", self.slot.map(|slot| slot.to_string()));
        add("channel", channel_of(&self.channel).map(|channel| channel.code().to_owned()));
        let among: Vec<String> = self.among.iter().map(ToString::to_string).collect();
        add("among", Some(among.join(".")).filter(|rows| !rows.is_empty()));
        if parts.is_empty() {
            return format!("/bookings/new#{fragment}");
        }
        format!("/bookings/new?{}#{fragment}", parts.join("&"))
    }
}

/// The channels that staff register for.
fn channel_of(typed: &str) -> Option<Channel> {
    Channel::from_code(typed).filter(|channel| matches!(channel, Channel::Counter | Channel::Telephone))
}

impl View for New {
    const TEMPLATE: &'static str = "staff/booking_new.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = || Self {
            people: Vec::new(),
            choices: Vec::new(),
            most: 5,
            picker: Some(samples::picker(false)),
            draft: Draft::default(),
            may_over: false,
            over_asked: false,
            typed: String::new(),
            wrong: Vec::new(),
        };
        let wrong = ["who", "slot", "over", "email", "channel"].map(|field| Wrong::new(field, "違います。"));
        let full = Self {
            people: vec![samples::person(), samples::booked_person()],
            picker: Some(samples::picker(true)),
            may_over: true,
            over_asked: true,
            wrong: wrong.into(),
            ..empty()
        };
        let several = Self { choices: vec![samples::person(), samples::booked_person()], ..empty() };
        let nowhere = Self { picker: None, ..empty() };
        vec![
            ("nobody yet", empty()),
            ("a family, wrong", full),
            ("several people", several),
            ("no place", nowhere),
        ]
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let draft = Draft::of(&Fields::new(query));
    let view = view(&ctx, draft, Vec::new()).await?;
    if !view.people.is_empty() {
        ctx.saw("bookings.new", None).await?;
    }
    ctx.page(&view)
}

/// Every button of the page.
pub(in crate::web::staff) async fn act(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let mut draft = Draft::of(&fields);
    let row = |name: &str| fields.get(name).parse().ok().map(CardId::of);
    if let Some(card) = row("drop") {
        draft.members.retain(|member| *member != card);
        return Ok(ctx.to(&draft.path("who")));
    }
    if let Some(card) = row("add") {
        return add(&ctx, draft, card).await;
    }
    match fields.get("act").as_str() {
        "find" => find(&ctx, draft, fields.get("who")).await,
        "place" => {
            (draft.day, draft.slot) = (None, None);
            Ok(ctx.to(&draft.path("days")))
        }
        _ => register(&ctx, draft, &fields).await,
    }
}

async fn find(ctx: &StaffCtx, mut draft: Draft, typed: String) -> Result<Response, PageError> {
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
    let wish = Find { typed: typed.clone(), pattern, by_name: ctx.may(Permission::SeeName) };
    let sentence = match ctx.read(move |tx| booking::candidates(tx, &wish)).await? {
        Candidates::Booking(id) => return Ok(ctx.to(&format!("/bookings/{id}#main"))),
        Candidates::Cards(cards) => {
            if let [one] = cards.as_slice() {
                return add(ctx, draft, *one).await;
            }
            draft.among = cards;
            return Ok(ctx.to(&draft.path("choices")));
        }
        Candidates::Empty => wording::FIND_EMPTY.to_owned(),
        Candidates::TooMany => wording::FIND_TOO_MANY.to_owned(),
        Candidates::Unknown => wording::find_unknown(&typed),
    };
    let mut view = view(ctx, draft, vec![Wrong::new("who", sentence)]).await?;
    view.typed = typed;
    ctx.again(&view)
}

async fn add(ctx: &StaffCtx, mut draft: Draft, card: CardId) -> Result<Response, PageError> {
    draft.among.clear();
    if !draft.members.contains(&card) {
        let most = ctx.settings.party_max;
        if draft.members.len() >= usize::from(most) {
            let sentence = wording::too_many_people(most);
            return ctx.again(&view(ctx, draft, vec![Wrong::new("who", sentence)]).await?);
        }
        draft.members.push(card);
    }
    Ok(ctx.to(&draft.path("who")))
}

async fn register(ctx: &StaffCtx, draft: Draft, fields: &Fields) -> Result<Response, PageError> {
    let once = once(fields)?;
    let (email, mut wrong) = match Email::parse(&draft.email) {
        _ if draft.email.is_empty() => (None, Vec::new()),
        Ok(email) => (Some(email), Vec::new()),
        Err(error) => (None, vec![Wrong::new("email", wording::email(error))]),
    };
    if draft.members.is_empty() {
        wrong.insert(0, Wrong::new("who", wording::NOBODY));
    }
    let channel = channel_of(&draft.channel);
    if channel.is_none() {
        wrong.push(Wrong::new("channel", "受付のしかたを選んでください。"));
    }
    let sent = fields.get("slot");
    let slot = draft.slot.filter(|slot| ctx.place_of(slot.location).is_some());
    if slot.is_none() {
        let sentence = if sent.is_empty() { wording::NO_TIME } else { wording::NO_SUCH_TIME };
        wrong.push(Wrong::new("slot", sentence));
    }
    let (Some(slot), Some(channel), true) = (slot, channel, wrong.is_empty()) else {
        return ctx.again(&view(ctx, draft, wrong).await?);
    };
    let overbook = overbook(ctx, fields);
    let wish = BookProcedure {
        procedure: booking::ISSUANCE.to_owned(),
        party: booking::Party::Cards(draft.members.clone()),
        slot,
        email,
        channel,
        overbook,
        once,
    };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::book_procedure_by_staff(tx, &wish)).await {
        Ok(id) => done(ctx, id).await,
        Err(refusal) => refuse(ctx, draft, refusal).await,
    }
}

async fn done(ctx: &StaffCtx, id: BookingId) -> Result<Response, PageError> {
    let made = ctx.read(move |tx| booking::get(tx, id)).await?.ok_or(PageError::NotFound)?;
    let over = if made.over_reason.is_some() { "枠を超えて" } else { "" };
    let flash = Flash::done(format!("{over}予約を登録しました。予約番号は {} です。", made.no));
    Ok(ctx.to_with(&format!("/bookings/{id}#main"), flash))
}

async fn refuse(ctx: &StaffCtx, draft: Draft, refusal: StaffBookingError) -> Result<Response, PageError> {
    let full = matches!(refusal, StaffBookingError::Slot(SlotRefusal::Full));
    let asks = full && ctx.may(Permission::Overbook);
    let over_asked = asks || matches!(refusal, StaffBookingError::Reason(_));
    let field = match &refusal {
        StaffBookingError::Procedure
        | StaffBookingError::Nobody
        | StaffBookingError::TooManyPeople { .. }
        | StaffBookingError::Person { .. } => "who",
        StaffBookingError::Slot(SlotRefusal::Full) if asks => "over",
        StaffBookingError::Slot(_) => "slot",
        StaffBookingError::Reason(_) => "over",
        StaffBookingError::Fault(_) => "main",
    };
    let mut view = view(ctx, draft, Vec::new()).await?;
    let name = |who: booking::Who| {
        let found = view.people.iter().find(|person| Some(person.card) == who.card());
        found.map_or_else(|| "この方".to_owned(), |person| format!("{}さん", person.name))
    };
    let sentence =
        if asks { wording::OVER_REASON.to_owned() } else { wording::staff_booking(refusal, name)? };
    view.wrong = vec![Wrong::new(field, sentence)];
    view.over_asked = over_asked;
    ctx.again(&view)
}

async fn view(ctx: &StaffCtx, draft: Draft, wrong: Vec<Wrong>) -> Result<New, PageError> {
    let may_over = ctx.may(Permission::Overbook);
    let place = place_of(&ctx.locations, draft.slot, draft.location, ctx.place());
    let wish = place.map(|place| Wish {
        places: ctx.locations.to_vec(),
        day: draft.day,
        slot: draft.slot.filter(|slot| slot.location == place.id),
        from: draft.from,
        own: None,
        may_over,
        place,
    });
    let (members, among) = (draft.members.clone(), draft.among.clone());
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let (mut party, choices) = (Known::read(tx, &members)?, Known::read(tx, &among)?);
        let Some(wish) = &wish else { return Ok((party, choices, None)) };
        let (picker, reach) = Picker::read(tx, wish, &party.cards)?;
        party = party.with(&reach);
        Ok((party, choices, Some(picker)))
    };
    let (party, choices, picker) = ctx.read(read).await?;
    let (sight, today) = (Sight::of(&ctx.signed), ctx.today());
    Ok(New {
        people: party.people(sight, today, None),
        choices: choices.people(sight, today, None),
        most: ctx.settings.party_max,
        picker,
        draft,
        may_over,
        over_asked: false,
        typed: String::new(),
        wrong,
    })
}
