//! What several pages of the console show in the same way.

use serde::Serialize;

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
