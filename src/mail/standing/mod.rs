//! How the queue of letters stands: for the status page.

mod store;

use crate::base::Moment;
use crate::db::{Fault, ReadTx};

/// How many letters stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Letters whose time has come, or that are being sent.
    pub due: u32,
    /// Letters whose time is later.
    pub later: u32,
    /// Since when the oldest that is due waits.
    pub oldest_due: Option<Moment>,
    /// Letters that wait for an administrator.
    pub held: u32,
    /// Letters sent today in Japan.
    pub sent_today: u32,
    /// Letters given up within seven days.
    pub dead: u32,
}

/// How the queue stands now.
pub fn standing(tx: &ReadTx<'_>) -> Result<Standing, Fault> {
    store::standing(tx)
}
