//! What the buttons of the page do.

use axum::response::Response;

use super::chosen::Chosen;
use super::{New, Refused, view};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Email, NoticePattern};
use crate::booking::{
    self, BookProcedure, Candidates, Find, NewApplicant, Party, SlotRefusal, StaffBookingError,
};
use crate::web::staff::bookings::typed::{self, PersonForm};
use crate::web::staff::bookings::{once, overbook};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Where the people stand.
const PEOPLE: &str = "people";

/// Every button of the page.
pub(in crate::web::staff) async fn act(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let mut chosen = Chosen::read(&ctx, &fields).await?;
    let row = |name: &str| fields.get(name).parse().ok().map(CardId::of);
    if let Some(card) = row("drop") {
        chosen.members.retain(|member| *member != card);
        return chosen.go(&ctx, PEOPLE).await;
    }
    if let Ok(at) = fields.get("leave").parse::<usize>() {
        if at < chosen.said.people.len() {
            chosen.said.people.remove(at);
        }
        return chosen.go(&ctx, PEOPLE).await;
    }
    if let Some(card) = row("add") {
        return add(&ctx, chosen, card).await;
    }
    if fields.has("to") {
        // Another procedure has its own times; who comes and how to reach them stays.
        chosen.procedure = fields.get("to");
        chosen.slot = None;
        return chosen.go(&ctx, PEOPLE).await;
    }
    match fields.get("act").as_str() {
        "find" => find(&ctx, chosen, fields.get("who")).await,
        "person" => add_person(&ctx, chosen, &fields).await,
        "place" => {
            (chosen.day, chosen.slot) = (None, None);
            chosen.go(&ctx, "days").await
        }
        _ => register(&ctx, chosen, &fields).await,
    }
}

async fn find(ctx: &StaffCtx, mut chosen: Chosen, typed: String) -> Result<Response, PageError> {
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
    let wish = Find { typed: typed.clone(), pattern, by_name: ctx.may(Permission::SeeName) };
    let sentence = match ctx.read(move |tx| booking::candidates(tx, &wish)).await? {
        Candidates::Booking(id) => return Ok(ctx.to(&format!("/bookings/{id}#main"))),
        Candidates::Cards(cards) => {
            if let [one] = cards.as_slice() {
                return add(ctx, chosen, *one).await;
            }
            chosen.among = cards;
            return chosen.go(ctx, "choices").await;
        }
        Candidates::Empty => wording::FIND_EMPTY.to_owned(),
        Candidates::TooMany => wording::FIND_TOO_MANY.to_owned(),
        Candidates::Unknown => wording::find_unknown(&typed),
    };
    let again = view(ctx, chosen, Refused::of("who", sentence)).await?;
    ctx.again(&New { typed, ..again })
}

async fn add(ctx: &StaffCtx, mut chosen: Chosen, card: CardId) -> Result<Response, PageError> {
    chosen.among.clear();
    if !chosen.members.contains(&card) {
        if !chosen.is_issuance() && !chosen.said.people.is_empty() {
            return ctx.again(&view(ctx, chosen, Refused::of("who", wording::ONE_WAY)).await?);
        }
        if let Some(refused) = too_many(ctx, chosen.members.len()) {
            return ctx.again(&view(ctx, chosen, refused).await?);
        }
        chosen.members.push(card);
    }
    chosen.go(ctx, PEOPLE).await
}

fn too_many(ctx: &StaffCtx, now: usize) -> Option<Refused> {
    let most = ctx.settings.party_max;
    (now >= usize::from(most)).then(|| Refused::of("who", wording::too_many_people(most)))
}

async fn add_person(ctx: &StaffCtx, mut chosen: Chosen, fields: &Fields) -> Result<Response, PageError> {
    let person = PersonForm::of(fields);
    let refused = if chosen.members.is_empty() {
        too_many(ctx, chosen.said.people.len())
    } else {
        Some(Refused::of("who", wording::ONE_WAY))
    };
    let read = match (refused, person.read(ctx.today())) {
        (Some(refused), _) => Err(refused),
        (None, Err(wrong)) => Err(Refused { wrong, over_asked: false }),
        (None, Ok(new)) if typed::is_among(&new, &chosen.said.people) => {
            Err(Refused::of("kana", wording::NAMED_TWICE))
        }
        (None, Ok(new)) => Ok(new),
    };
    match read {
        Ok(new) => {
            chosen.said.people.push(new);
            chosen.go(ctx, PEOPLE).await
        }
        Err(refused) => {
            let again = view(ctx, chosen, refused).await?;
            ctx.again(&New { person, ..again })
        }
    }
}

/// The wish of a form that has everything; else what is missing.
fn wish(ctx: &StaffCtx, chosen: &Chosen, fields: &Fields) -> Result<BookProcedure, Refused> {
    let (email, mut wrong) = match Email::parse(&chosen.said.email) {
        _ if chosen.said.email.is_empty() => (None, Vec::new()),
        Ok(email) => (Some(email), Vec::new()),
        Err(error) => (None, vec![Wrong::new("email", wording::email(error))]),
    };
    let party = if chosen.members.is_empty() && !chosen.is_issuance() {
        Party::People(chosen.said.people.clone())
    } else {
        Party::Cards(chosen.members.clone())
    };
    if party.is_empty() {
        wrong.insert(0, Wrong::new("who", wording::nobody(chosen.is_issuance())));
    }
    let channel = chosen.channel();
    if channel.is_none() {
        wrong.push(Wrong::new("channel", "受付のしかたを選んでください。"));
    }
    let slot = chosen.slot.filter(|slot| ctx.place_of(slot.location).is_some());
    if slot.is_none() {
        let sent = fields.get("slot");
        let sentence = if sent.is_empty() { wording::NO_TIME } else { wording::NO_SUCH_TIME };
        wrong.push(Wrong::new("slot", sentence));
    }
    let once = once(fields).ok();
    let (Some(slot), Some(channel), Some(once), true) = (slot, channel, once, wrong.is_empty()) else {
        return Err(Refused { wrong, over_asked: false });
    };
    let overbook = overbook(ctx, fields);
    Ok(BookProcedure { procedure: chosen.procedure.clone(), party, slot, email, channel, overbook, once })
}

async fn register(ctx: &StaffCtx, chosen: Chosen, fields: &Fields) -> Result<Response, PageError> {
    once(fields)?;
    let wish = match wish(ctx, &chosen, fields) {
        Ok(wish) => wish,
        Err(refused) => return ctx.again(&view(ctx, chosen, refused).await?),
    };
    let (staff, kept) = (ctx.signed.id, chosen.draft().map(str::to_owned));
    let job = move |tx: &crate::db::WriteTx<'_>| {
        let made = booking::book_procedure_by_staff(tx, &wish)?;
        if let Some(id) = &kept {
            booking::draft::forget(tx, staff, id)?;
        }
        Ok(made)
    };
    match ctx.city.db.write(ctx.actor(), job).await {
        Ok(id) => done(ctx, id).await,
        Err(refusal) => refuse(ctx, chosen, refusal).await,
    }
}

async fn done(ctx: &StaffCtx, id: BookingId) -> Result<Response, PageError> {
    let made = ctx.read(move |tx| booking::get(tx, id)).await?.ok_or(PageError::NotFound)?;
    let over = if made.over_reason.is_some() { "枠を超えて" } else { "" };
    let flash = Flash::done(format!("{over}予約を登録しました。予約番号は {} です。", made.no));
    Ok(ctx.to_with(&format!("/bookings/{id}#main"), flash))
}

async fn refuse(ctx: &StaffCtx, chosen: Chosen, refusal: StaffBookingError) -> Result<Response, PageError> {
    let full = matches!(refusal, StaffBookingError::Slot(SlotRefusal::Full));
    let asks = full && ctx.may(Permission::Overbook);
    let over_asked = asks || matches!(refusal, StaffBookingError::Reason(_));
    let field = match &refusal {
        StaffBookingError::Procedure
        | StaffBookingError::Nobody
        | StaffBookingError::TooManyPeople { .. }
        | StaffBookingError::Twice { .. }
        | StaffBookingError::Person { .. } => "who",
        StaffBookingError::Slot(SlotRefusal::Full) if asks => "over",
        StaffBookingError::Slot(_) => "slot",
        StaffBookingError::Reason(_) => "over",
        StaffBookingError::Fault(_) => "main",
    };
    let said: Vec<String> = chosen.said.people.iter().map(NewApplicant::kana).map(str::to_owned).collect();
    let mut view = view(ctx, chosen, Refused::default()).await?;
    let name = |place: usize| {
        let known = view.people.get(place).map(|person| person.name.clone());
        known
            .or_else(|| said.get(place).cloned())
            .map_or_else(|| "この方".to_owned(), |name| format!("{name}さん"))
    };
    let sentence =
        if asks { wording::OVER_REASON.to_owned() } else { wording::staff_booking(refusal, name)? };
    view.wrong = vec![Wrong::new(field, sentence)];
    view.over_asked = over_asked;
    ctx.again(&view)
}
