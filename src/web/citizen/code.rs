//! The code that is shown at the counter, as the letters lead to it. It is drawn from the number in the address alone: the page
//! looks nothing up, so it tells nobody whether there is such a booking.
//!
//! Spec: 7(3)⑪.

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use crate::render::View;
use crate::web::qr::Qr;
use crate::web::{Ctx, PageError};

/// Characters of a booking number: `K7M2-0413`.
const LENGTH: usize = 9;

#[derive(Debug, Serialize)]
pub(super) struct Code {
    no: String,
    qr: Qr,
}

impl View for Code {
    const TEMPLATE: &'static str = "citizen/code.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let no = "K7M2-0413".to_owned();
        Qr::of(&no).map(|qr| ("code", Self { no, qr })).into_iter().collect()
    }
}

pub(super) async fn get(ctx: Ctx, Path(no): Path<String>) -> Result<Response, PageError> {
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    if no.len() != LENGTH || !no.chars().all(fits) {
        return Err(PageError::NotFound);
    }
    let qr = Qr::of(&no).ok_or(PageError::NotFound)?;
    ctx.page(&Code { no, qr })
}
