//! Finding one's booking: by the same check, with a mail to the registered address.

use axum::response::Response;
use serde::Serialize;

use super::person::{Choice, choices};
use crate::booking::ISSUANCE;
use crate::render::View;
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct Find {
    /// Procedures whose bookings are found without a notice.
    others: Vec<Choice>,
}

impl View for Find {
    const TEMPLATE: &'static str = "citizen/my.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("my", Self { others: Vec::new() }),
            ("my, several procedures", Self { others: vec![Choice::sample()] }),
        ]
    }
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    if let Ok(session) = ctx.session().await
        && session.booking.is_some()
    {
        return Ok(ctx.to("/my/booking#main"));
    }
    let others = choices(&ctx).await?.into_iter().filter(|one| one.code != ISSUANCE).collect();
    ctx.page(&Find { others })
}

pub(super) async fn post(post: Post) -> Result<Response, PageError> {
    super::notice::post(post).await
}
