//! What went to a wrong address opens nothing any more.

use super::store;
use crate::base::{CardId, Email};
use crate::db::{Fault, WriteTx};

/// Ends the links and sessions of a card that came to this address.
pub(in crate::booking) fn revoke(tx: &WriteTx<'_>, card: CardId, email: &Email) -> Result<(), Fault> {
    store::end_all_of(tx, card, email.as_str())
}
