//! A relative joins a booking that stands: by their notice, or by word where nobody needs one.
//!
//! Spec: 7(3)⑩.

use axum::response::Response;

use super::booking::changeable;
use super::calendar::refusal_key;
use super::family::{FamilyAdd, FamilyPerson, checked, refused};
use super::parts::{NoticeForm, Wrong};
use super::person::Form;
use crate::booking::entry::{Identified, SessionKey};
use crate::booking::{self, AddFamily, FamilyError, Relative, SlotRefusal, Who};
use crate::db::{Fault, Lane, ReadTx};
use crate::once::OnceKey;
use crate::render::Text;
use crate::web::{Ctx, PageError, Post};

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let (booking, _) = changeable(&ctx).await?;
    match booking.is_by_word() {
        Some(true) => ctx.page(&FamilyPerson { standing: true, ..FamilyPerson::default() }),
        Some(false) => ctx.page(&FamilyAdd { standing: true, ..FamilyAdd::default() }),
        None => Ok(ctx.to("/my/booking#main")),
    }
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    ctx.may_check()?;
    let key = ctx.session().await?.key;
    let once = OnceKey::from_form(&fields.get("once"));
    if fields.has("notice_id") {
        return join_by_notice(ctx, key, once, NoticeForm::of(&fields)).await;
    }
    join_by_word(ctx, key, once, Form::of(&fields)).await
}

/// How a wish to join was answered, where the answer is not the page that follows.
enum Left {
    Wrong(Text),
    Check(Identified),
    Page(Response),
}

async fn join(
    ctx: &Ctx,
    key: SessionKey,
    once: Option<OnceKey>,
    relative: Relative,
) -> Result<Left, PageError> {
    let by_word = matches!(relative, Relative::Word(_));
    let wish = AddFamily { key, relative, once: once.ok_or(PageError::Expired)? };
    let text = match ctx.city.db.write(ctx.actor(), move |tx| booking::add_family(tx, &wish)).await {
        Ok(Ok(_)) => return Ok(Left::Page(ctx.clone().told("/my/booking#msg", "my.joined"))),
        Ok(Err(identified)) => return Ok(Left::Check(identified)),
        Err(FamilyError::NoBooking) => return Ok(Left::Page(ctx.to("/my/booking#main"))),
        Err(FamilyError::SessionOver) => return Err(PageError::SessionOver),
        Err(FamilyError::Fault(fault) | FamilyError::Slot(SlotRefusal::Fault(fault))) => {
            return Err(fault.into());
        }
        Err(FamilyError::TooLate) => Text::key("my.too_late"),
        Err(FamilyError::TooManyPeople { most }) => Text::key("family.full").with("most", &most),
        Err(FamilyError::Twice) => Text::key("family.twice"),
        Err(FamilyError::Person(why)) => {
            if by_word {
                // It counts like a wrong check, so that nobody finds out by trying who has a booking.
                ctx.note_check(Identified::Mismatch { again: true });
            }
            refused(why)
        }
        Err(FamilyError::Slot(refusal)) => Text::key(refusal_key(&refusal)),
    };
    Ok(Left::Wrong(text))
}

async fn join_by_notice(
    ctx: Ctx,
    key: SessionKey,
    once: Option<OnceKey>,
    form: NoticeForm,
) -> Result<Response, PageError> {
    let again = |form, wrong| FamilyAdd { form, wrong, standing: true, ..FamilyAdd::default() };
    let check = match form.check(&ctx) {
        Ok(check) => check,
        Err(wrong) => return ctx.again(&again(form, wrong)),
    };
    match join(&ctx, key, once, Relative::Notice(check)).await? {
        Left::Page(page) => Ok(page),
        Left::Check(identified) => checked(&ctx, form, identified, true),
        Left::Wrong(text) => ctx.again(&again(form, vec![Wrong { field: "notice_id", text }])),
    }
}

async fn join_by_word(
    ctx: Ctx,
    key: SessionKey,
    once: Option<OnceKey>,
    form: Form,
) -> Result<Response, PageError> {
    let phone = ctx.city.db.read(Lane::Citizen, move |tx| phone_of(tx, &key)).await?;
    let person = match form.relative(&ctx, &phone) {
        Ok(person) => person,
        Err(wrong) => return ctx.again(&FamilyPerson { form, wrong, standing: true }),
    };
    match join(&ctx, key, once, Relative::Word(person)).await? {
        Left::Page(page) => Ok(page),
        Left::Check(identified) => checked(&ctx, NoticeForm::default(), identified, true),
        Left::Wrong(text) => {
            let wrong = vec![Wrong { field: "kana", text }];
            ctx.again(&FamilyPerson { form, wrong, standing: true })
        }
    }
}

/// The telephone number of whoever leads the session's booking: their relatives are reached under the same.
fn phone_of(tx: &ReadTx<'_>, key: &SessionKey) -> Result<String, Fault> {
    let booking = booking::entry::session(tx, key)?.and_then(|session| session.booking);
    let booking = booking.map(|id| booking::get(tx, id)).transpose()?.flatten();
    let lead = booking.and_then(|booking| booking.people_in().find_map(Who::applicant));
    let lead = lead.map(|id| booking::applicant(tx, id)).transpose()?.flatten();
    Ok(lead.map(|one| one.phone.uncover().clone()).unwrap_or_default())
}
