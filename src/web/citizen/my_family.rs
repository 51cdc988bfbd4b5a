//! A relative joins a booking that stands.
//!
//! Spec: 7(3)⑩.

use axum::response::Response;

use super::booking::changeable;
use super::calendar::refusal_key;
use super::family::{FamilyAdd, checked, refused};
use super::parts::{NoticeForm, Wrong};
use crate::booking::{self, AddFamily, FamilyError, SlotRefusal};
use crate::once::OnceKey;
use crate::render::Text;
use crate::web::{Ctx, PageError, Post};

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    changeable(&ctx).await?;
    ctx.page(&FamilyAdd { standing: true, ..FamilyAdd::default() })
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    ctx.may_check()?;
    let session = ctx.session().await?;
    let form = NoticeForm::of(&fields);
    let check = match form.check(&ctx) {
        Ok(check) => check,
        Err(wrong) => return ctx.again(&FamilyAdd { form, wrong, standing: true, ..FamilyAdd::default() }),
    };
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let wish = AddFamily { key: session.key, check, once };
    let wrong = match ctx.city.db.write(ctx.actor(), move |tx| booking::add_family(tx, &wish)).await {
        Ok(Ok(_)) => return Ok(ctx.told("/my/booking#msg", "my.joined")),
        Err(FamilyError::NoBooking) => return Ok(ctx.to("/my/booking#main")),
        Ok(Err(identified)) => return checked(&ctx, form, identified, true),
        Err(FamilyError::SessionOver) => return Err(PageError::SessionOver),
        Err(FamilyError::Fault(fault) | FamilyError::Slot(SlotRefusal::Fault(fault))) => {
            return Err(fault.into());
        }
        Err(FamilyError::TooLate) => Wrong::new("notice_id", "my.too_late"),
        Err(FamilyError::TooManyPeople { most }) => {
            Wrong { field: "notice_id", text: Text::key("family.full").with("most", &most) }
        }
        Err(FamilyError::Person(why)) => Wrong { field: "notice_id", text: refused(why) },
        Err(FamilyError::Slot(refusal)) => Wrong::new("notice_id", refusal_key(&refusal)),
    };
    ctx.again(&FamilyAdd { form, wrong: vec![wrong], standing: true, ..FamilyAdd::default() })
}
