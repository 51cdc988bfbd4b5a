//! The last change is taken back, and shows its effect first like any other.

use axum::response::Response;

use super::{Answer, Wish, answer, change_of};
use crate::calendar;
use crate::web::PageError;
use crate::web::staff::{Flash, StaffPost, wording};

pub(in crate::web::staff) async fn undo(post: StaffPost) -> Result<Response, PageError> {
    let wanted = change_of(&post);
    let StaffPost { ctx, fields } = post;
    let last = ctx.read(calendar::last_change).await?;
    let Some(change) = last.filter(|change| Some(change.id) == wanted) else {
        return Ok(ctx.to_with("/hours#main", Flash::mind(wording::NOT_THE_LAST)));
    };
    let wish = Wish {
        what: format!("「{}」の取りやめ", change.what),
        plan: change.before,
        path: "/hours/undo".to_owned(),
        done: "/hours".to_owned(),
        notes: Vec::new(),
        undoes: Some(change.id),
    };
    match answer(&ctx, &fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => Ok(ctx.to_with("/hours#main", Flash::wrong(wording::calendar(error)?))),
    }
}
