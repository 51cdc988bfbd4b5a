//! What several pages of the console show in the same way.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::Serialize;

use crate::web::{PageError, State};

/// The row that an address names, such as the `12` of `/bookings/12`. What is no number is no page.
#[derive(Clone, Copy, Debug)]
pub struct Row(pub i64);

impl FromRequestParts<State> for Row {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, PageError> {
        let Path(row) = Path::from_request_parts(parts, state).await.map_err(|_| PageError::NotFound)?;
        Ok(Self(row))
    }
}

/// What is wrong with a field: stands in the summary at the top and under the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Name and id of the field.
    pub field: &'static str,
    /// The sentence.
    pub text: String,
}

impl Wrong {
    /// A sentence under a field.
    pub fn new(field: &'static str, text: impl Into<String>) -> Self {
        Self { field, text: text.into() }
    }
}
