//! The control of the races: the same operations with the seats not counted. They oversell, which shows what the count is for.
//!
//! **Invariant:** nothing of the product calls these; `tests/it/architecture` reads that no file outside of this one names them.

use super::check::Guard;
use super::{Confirm, ConfirmError, Confirmed, Held, Hold, HoldError};
use crate::db::WriteTx;

/// [`super::hold`](fn@super::hold) without the count.
pub fn hold(tx: &WriteTx<'_>, wish: &Hold) -> Result<Held, HoldError> {
    super::hold::take(tx, wish, Guard::Off)
}

/// [`super::confirm`](fn@super::confirm) without the count.
pub fn confirm(tx: &WriteTx<'_>, wish: &Confirm) -> Result<Confirmed, ConfirmError> {
    super::confirm::book(tx, wish, Guard::Off)
}
