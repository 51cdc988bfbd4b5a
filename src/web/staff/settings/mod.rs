//! What the city decides: an index of everything, and one form for each group of settings.
//!
//! **Invariant:** no setting is named here; the forms are drawn from the table `settings::KEYS`.

pub(super) mod form;
pub(super) mod index;

pub(super) use form::{save, show};
pub(super) use index::index;
