//! Who comes along.
//!
//! Spec: 7(3)⑥.

use axum::extract::RawQuery;
use axum::response::Response;
use serde::Serialize;

use super::location::choose_error;
use super::parts::{self, NoticeForm, Person, Summary, Wrong, check_wrong};
use crate::base::CardId;
use crate::booking::PersonRefusal;
use crate::booking::entry::{self, AddMember, Added, Identified, Session};
use crate::db::Lane;
use crate::render::{Text, View};
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct Family {
    people: Vec<Person>,
    left: usize,
    summary: Summary,
    done: Option<String>,
}

impl View for Family {
    const TEMPLATE: &'static str = "citizen/family.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let person = |number| Person { card: CardId::of(1), number, tail: "678".to_owned() };
        let summary = Summary { place: "本庁舎".to_owned(), people: 2, changing: false, alone: false };
        vec![(
            "family",
            Self {
                people: vec![person(1), person(2)],
                left: 3,
                summary,
                done: Some("family.added".to_owned()),
            },
        )]
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
    if ctx.settings.party_max == 1 || session.who.card().is_none() {
        return Ok(ctx.to("/calendar#main"));
    }
    if query.as_deref() == Some("add=1") {
        return ctx.page(&FamilyAdd::default());
    }
    let done = ctx.take_done();
    ctx.page(&view(&ctx, &session, done).await?)
}

async fn view(ctx: &Ctx, session: &Session, done: Option<String>) -> Result<Family, PageError> {
    let (party, location, language) = (session.party(), session.location, ctx.language().to_owned());
    let left = usize::from(ctx.settings.party_max).saturating_sub(party.len());
    let read = move |tx: &crate::db::ReadTx<'_>| {
        let place = location.map(|id| parts::place(tx, id, &language)).transpose()?;
        Ok::<_, crate::db::Fault>((
            parts::people(tx, &party)?,
            place.map_or_else(String::new, |place| place.name),
        ))
    };
    let (people, place) = ctx.city.db.read(Lane::Citizen, read).await?;
    let summary = Summary { place, people: people.len(), changing: false, alone: false };
    Ok(Family { people, left, summary, done })
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    if fields.has("notice_id") {
        return add(ctx, &session, NoticeForm::of(&fields)).await;
    }
    if let Ok(card) = fields.get("remove").parse() {
        let key = session.key;
        let gone = ctx.city.db.write(ctx.actor(), move |tx| entry::remove_member(tx, &key, CardId::of(card)));
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
