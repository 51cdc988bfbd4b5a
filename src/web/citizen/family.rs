//! Who comes along.
//!
//! Spec: 7(3)⑥.

use axum::extract::RawQuery;
use axum::response::Response;
use serde::Serialize;

use super::location::choose_error;
use super::parts::{self, NoticeForm, Person, Summary, Wrong, check_wrong};
use super::person::Form;
use crate::booking::entry::{self, AddMember, AddPerson, Added, Identified, Session};
use crate::booking::{self, PersonRefusal, Who};
use crate::db::{Fault, Lane, ReadTx};
use crate::render::{Text, View};
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct Family {
    people: Vec<Person>,
    /// Whether people are known by what they said, and not by a notice.
    by_word: bool,
    left: usize,
    summary: Summary,
    done: Option<String>,
}

impl View for Family {
    const TEMPLATE: &'static str = "citizen/family.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |by_word, done: Option<&str>| {
            let person = |number: usize| Person {
                who: number.to_string(),
                number,
                tail: "678".to_owned(),
                kana: "ミホン タロウ".to_owned(),
            };
            let summary = Summary { place: "本庁舎".to_owned(), people: 2, changing: false, alone: false };
            let done = done.map(str::to_owned);
            Self { people: vec![person(1), person(2)], by_word, left: 3, summary, done }
        };
        vec![("family", of(false, Some("family.added"))), ("family by word", of(true, None))]
    }
}

/// A relative who needs no notice.
#[derive(Debug, Default, Serialize)]
pub(super) struct FamilyPerson {
    pub(super) form: Form,
    pub(super) wrong: Vec<Wrong>,
    /// Whether the relative joins a booking that stands.
    pub(super) standing: bool,
}

impl View for FamilyPerson {
    const TEMPLATE: &'static str = "citizen/family_person.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong = vec![Wrong::new("kana", "family.twice")];
        vec![
            ("family person", Self::default()),
            ("family person wrong", Self { wrong, ..Self::default() }),
            ("family person joins", Self { standing: true, ..Self::default() }),
        ]
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct FamilyAdd {
    pub(super) form: NoticeForm,
    pub(super) wrong: Vec<Wrong>,
    pub(super) ask_year: bool,
    pub(super) ask_kana: bool,
    /// Whether the relative joins a booking that stands.
    pub(super) standing: bool,
}

impl View for FamilyAdd {
    const TEMPLATE: &'static str = "citizen/family_add.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("family add", Self::default()), ("family joins", Self { standing: true, ..Self::default() })]
    }
}

pub(super) async fn get(mut ctx: Ctx, RawQuery(query): RawQuery) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    if session.location.is_none() {
        return Ok(ctx.to("/location#main"));
    }
    if session.changing {
        return Ok(ctx.to("/calendar#main"));
    }
    if ctx.settings.party_max == 1 {
        return Ok(ctx.to("/calendar#main"));
    }
    if query.as_deref() == Some("add=1") {
        return match session.who {
            Who::Card(_) => ctx.page(&FamilyAdd::default()),
            Who::Applicant(_) => ctx.page(&FamilyPerson::default()),
        };
    }
    let done = ctx.take_done();
    ctx.page(&view(&ctx, &session, done).await?)
}

async fn view(ctx: &Ctx, session: &Session, done: Option<String>) -> Result<Family, PageError> {
    let (party, location, language) = (session.everybody(), session.location, ctx.language().to_owned());
    let left = usize::from(ctx.settings.party_max).saturating_sub(party.len());
    let read = move |tx: &ReadTx<'_>| {
        let place = location.map(|id| parts::place(tx, id, &language)).transpose()?;
        Ok::<_, Fault>((parts::people(tx, &party)?, place.map_or_else(String::new, |place| place.name)))
    };
    let (people, place) = ctx.city.db.read(Lane::Citizen, read).await?;
    let summary = Summary { place, people: people.len(), changing: false, alone: false };
    Ok(Family { people, by_word: session.who.card().is_none(), left, summary, done })
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    if fields.has("notice_id") {
        return add(ctx, &session, NoticeForm::of(&fields)).await;
    }
    if fields.has("birth_year") {
        return add_by_word(ctx, &session, Form::of(&fields)).await;
    }
    if let Some(who) = Who::from_form(&fields.get("remove")) {
        let key = session.key;
        let gone = ctx.city.db.write(ctx.actor(), move |tx| entry::remove_member(tx, &key, who));
        gone.await.map_err(choose_error)?;
        return Ok(ctx.told("/family#msg", "family.removed"));
    }
    Ok(ctx.to("/calendar#main"))
}

async fn add(ctx: Ctx, session: &Session, form: NoticeForm) -> Result<Response, PageError> {
    ctx.may_check()?;
    let check = match form.check(&ctx) {
        Ok(check) => check,
        Err(wrong) => return ctx.again(&FamilyAdd { form, wrong, ..FamilyAdd::default() }),
    };
    let wish = AddMember { key: session.key, check };
    let added = ctx.city.db.write(ctx.actor(), move |tx| entry::add_member(tx, &wish)).await?;
    let wrong = match added {
        Added::Done => return Ok(ctx.told("/family#msg", "family.added")),
        Added::SessionOver => return Err(PageError::SessionOver),
        Added::Check(identified) => return checked(&ctx, form, identified, false),
        Added::Refused(refusal) => Wrong { field: "notice_id", text: refused(refusal) },
        Added::Twice => Wrong::new("notice_id", "family.twice"),
        Added::Full { most } => {
            Wrong { field: "notice_id", text: Text::key("family.full").with("most", &most) }
        }
    };
    ctx.again(&FamilyAdd { form, wrong: vec![wrong], ..FamilyAdd::default() })
}

/// Adds a relative of somebody who needs no notice. Who is refused counts like a wrong check, so that nobody finds out by trying
/// who has a booking.
async fn add_by_word(ctx: Ctx, session: &Session, form: Form) -> Result<Response, PageError> {
    ctx.may_check()?;
    let Who::Applicant(lead) = session.who else { return Err(PageError::NotFound) };
    let lead = ctx.city.db.read(Lane::Citizen, move |tx| booking::applicant(tx, lead)).await?;
    let phone = lead.map(|one| one.phone.uncover().clone()).unwrap_or_default();
    let person = match form.relative(&ctx, &phone) {
        Ok(person) => person,
        Err(wrong) => return ctx.again(&FamilyPerson { form, wrong, standing: false }),
    };
    let wish = AddPerson { key: session.key, person };
    let wrong = match ctx.city.db.write(ctx.actor(), move |tx| entry::add_person(tx, &wish)).await? {
        Added::Done => return Ok(ctx.told("/family#msg", "family.added")),
        Added::SessionOver => return Err(PageError::SessionOver),
        Added::Refused(refusal) => {
            ctx.note_check(Identified::Mismatch { again: true });
            Wrong { field: "kana", text: refused(refusal) }
        }
        Added::Twice | Added::Check(_) => Wrong::new("kana", "family.twice"),
        Added::Full { most } => Wrong { field: "kana", text: Text::key("family.full").with("most", &most) },
    };
    ctx.again(&FamilyPerson { form, wrong: vec![wrong], standing: false })
}

/// The same page again after a check that did not find one person.
pub(super) fn checked(
    ctx: &Ctx,
    form: NoticeForm,
    identified: Identified,
    standing: bool,
) -> Result<Response, PageError> {
    ctx.note_check(identified);
    if let Identified::Locked { until } = identified {
        return Err(PageError::Locked { until });
    }
    let ask_year = matches!(identified, Identified::NeedYear | Identified::NeedKana | Identified::Telephone);
    let ask_kana = matches!(identified, Identified::NeedKana | Identified::Telephone);
    let wrong = check_wrong(identified).or(Some(Wrong::new("notice_id", "notice.mismatch")));
    ctx.again(&FamilyAdd { form, wrong: wrong.into_iter().collect(), ask_year, ask_kana, standing })
}

/// The sentence for somebody who cannot be booked. It tells no state of the card.
pub(super) fn refused(refusal: PersonRefusal) -> Text {
    match refusal {
        PersonRefusal::NotBookable | PersonRefusal::AlreadyBooked => Text::key("family.refused"),
    }
}
