//! A booking is registered: what for, people, place and day, time, how to reach them.

mod act;
mod chosen;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use self::chosen::Chosen;
use super::party::{Known, Person};
use super::picker::{Picker, Wish, place_of};
use super::samples;
use super::typed::{PersonForm, Typed};
use crate::accounts::Permission;
use crate::base::Day;
use crate::booking::{self, Channel, CheckBy, Procedure};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::StaffCtx;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::{Fields, PageError};

pub(in crate::web::staff) use self::act::act;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct New {
    /// What can be booked; empty while there is the hand-over of cards alone.
    procedures: Vec<Choice>,
    what: What,
    people: Vec<Person>,
    said: Vec<Typed>,
    choices: Vec<Person>,
    most: u8,
    picker: Option<Picker>,
    draft: Draft,
    person: PersonForm,
    may_over: bool,
    /// Whether the wish needs a reason to go over capacity.
    over_asked: bool,
    typed: String,
    wrong: Vec<Wrong>,
}

/// A procedure to choose.
#[derive(Clone, Debug, Serialize)]
struct Choice {
    code: String,
    name: String,
    current: bool,
}

/// What the booking is for.
#[derive(Clone, Debug, Serialize)]
struct What {
    code: String,
    name: String,
    issuance: bool,
    /// Whether people may be known by what they say.
    by_word: bool,
    slots: u8,
    /// What to bring, for other procedures than the hand-over.
    bring: Vec<String>,
}

impl What {
    fn of(procedure: &Procedure, bring: Vec<String>) -> Self {
        Self {
            code: procedure.code.clone(),
            name: procedure.name.clone(),
            issuance: procedure.is_issuance(),
            by_word: procedure.check == CheckBy::Person,
            slots: procedure.slots,
            bring,
        }
    }
}

/// What the form shows again.
#[derive(Clone, Debug, Default, Serialize)]
struct Draft {
    day: Option<Day>,
    email: String,
    over: String,
    channel: String,
    kept: Option<String>,
}

/// What was refused.
#[derive(Debug, Default)]
struct Refused {
    wrong: Vec<Wrong>,
    over_asked: bool,
}

impl Refused {
    fn of(field: &'static str, sentence: impl Into<String>) -> Self {
        Self { wrong: vec![Wrong::new(field, sentence)], over_asked: false }
    }
}

impl New {
    fn sample(issuance: bool) -> Self {
        Self {
            procedures: Vec::new(),
            what: What {
                code: "renewal".to_owned(),
                name: "電子証明書の更新".to_owned(),
                issuance,
                by_word: !issuance,
                slots: 2,
                bring: vec!["マイナンバーカード".to_owned()],
            },
            people: Vec::new(),
            said: Vec::new(),
            choices: Vec::new(),
            most: 5,
            picker: Some(samples::picker(false)),
            draft: Draft::default(),
            person: PersonForm::default(),
            may_over: false,
            over_asked: false,
            typed: String::new(),
            wrong: Vec::new(),
        }
    }
}

impl View for New {
    const TEMPLATE: &'static str = "staff/booking_new.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let choice =
            |current| Choice {
                code: "renewal".to_owned(), name: "電子証明書の更新".to_owned(), current
            };
        let fields = ["who", "slot", "over", "email", "channel", "kana", "birth", "phone"];
        let wrong = || fields.map(|field| Wrong::new(field, "違います。")).to_vec();
        let draft = Draft { kept: Some("ab12".to_owned()), ..Draft::default() };
        let full = Self {
            people: vec![samples::person(), samples::booked_person()],
            picker: Some(samples::picker(true)),
            draft,
            may_over: true,
            over_asked: true,
            wrong: wrong(),
            ..Self::sample(true)
        };
        let other = Self {
            procedures: vec![choice(false), choice(true)],
            said: vec![Typed::sample()],
            picker: Some(samples::picker(true)),
            wrong: wrong(),
            ..Self::sample(false)
        };
        let unsaid = Self { procedures: vec![choice(true)], ..Self::sample(false) };
        let several =
            Self { choices: vec![samples::person(), samples::booked_person()], ..Self::sample(true) };
        let nowhere = Self { picker: None, ..Self::sample(true) };
        vec![
            ("nobody yet", Self::sample(true)),
            ("a family, wrong", full),
            ("another procedure", other),
            ("another procedure, nobody yet", unsaid),
            ("several people", several),
            ("no place", nowhere),
        ]
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let chosen = Chosen::read(&ctx, &Fields::new(query)).await?;
    let view = view(&ctx, chosen, Refused::default()).await?;
    if !view.people.is_empty() {
        ctx.saw("bookings.new", None).await?;
    }
    ctx.page(&view)
}

/// Everything that the page shows, read in one view of the file.
struct Seen {
    open: Vec<Procedure>,
    what: Procedure,
    bring: Vec<String>,
    party: Known,
    choices: Known,
    picker: Option<Picker>,
}

async fn view(ctx: &StaffCtx, chosen: Chosen, refused: Refused) -> Result<New, PageError> {
    let may_over = ctx.may(Permission::Overbook);
    let wish = wish(ctx, &chosen, may_over);
    let asked = chosen.clone();
    let seen = ctx.read(move |tx| read(tx, &asked, wish.as_ref())).await?;
    let (sight, today) = (Sight::of(&ctx.signed), ctx.today());
    let choice = |one: &Procedure| Choice {
        code: one.code.clone(),
        name: one.name.clone(),
        current: one.code == seen.what.code,
    };
    Ok(New {
        procedures: if seen.open.len() > 1 { seen.open.iter().map(choice).collect() } else { Vec::new() },
        people: seen.party.people(sight, today, None),
        said: chosen.said.people.iter().map(|one| Typed::of(one, today)).collect(),
        choices: seen.choices.people(sight, today, None),
        most: ctx.settings.party_max,
        what: What::of(&seen.what, seen.bring),
        picker: seen.picker,
        person: PersonForm::beside(&chosen.said.people),
        draft: Draft {
            day: chosen.day,
            kept: chosen.draft().map(str::to_owned),
            email: chosen.said.email,
            over: chosen.said.over,
            channel: chosen.channel,
        },
        may_over,
        over_asked: refused.over_asked,
        typed: String::new(),
        wrong: refused.wrong,
    })
}

fn wish(ctx: &StaffCtx, chosen: &Chosen, may_over: bool) -> Option<Wish> {
    let place = place_of(&ctx.locations, chosen.slot, chosen.location, ctx.place())?;
    Some(Wish {
        places: ctx.locations.to_vec(),
        day: chosen.day,
        slot: chosen.slot.filter(|slot| slot.location == place.id),
        from: chosen.from,
        own: None,
        may_over,
        channel: chosen.channel().unwrap_or(Channel::Telephone),
        people: chosen.members.len().max(if chosen.is_issuance() { 0 } else { chosen.said.people.len() }),
        place,
    })
}

fn read(tx: &ReadTx<'_>, chosen: &Chosen, wish: Option<&Wish>) -> Result<Seen, Fault> {
    let open = booking::open_procedures(tx)?;
    let named = open.iter().find(|one| one.code == chosen.procedure);
    let what = named.or_else(|| open.iter().find(|one| one.is_issuance())).cloned();
    let what = what.ok_or_else(|| Fault::Stored("procedure: the hand-over is not there".to_owned()))?;
    let bring = booking::procedure_words(tx, &what.code, "ja")?.bring;
    let mut party = Known::read(tx, &what, &chosen.members)?;
    let choices = Known::read(tx, &what, &chosen.among)?;
    let mut picker = None;
    if let Some(wish) = wish {
        let (read, reach) = Picker::read(tx, wish, &what, &party.cards)?;
        party = party.with(&reach);
        picker = Some(read);
    }
    Ok(Seen { open, what, bring, party, choices, picker })
}
