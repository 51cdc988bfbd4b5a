//! The one number of the national report that no file brings: how many applications a month had (申請受付数). Staff type it in.

use std::collections::BTreeMap;

use super::store;
use crate::base::Day;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The most applications that a month may have.
pub const APPLICATIONS_MAX: u32 = 999_999;

/// What is told of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tell {
    /// A day of the month.
    pub month: Day,
    /// How many applications it had.
    pub applications: u32,
    /// What the person saw there before; `None` = nothing.
    pub before: Option<u32>,
}

/// Why it is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// The month has not begun.
    #[error("a month to come")]
    ToCome,
    /// There are more than [`APPLICATIONS_MAX`].
    #[error("more than {APPLICATIONS_MAX}")]
    TooMany,
    /// Somebody else has told another number meanwhile.
    #[error("told otherwise meanwhile")]
    Overtaken,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps the number of a month. The same number again changes nothing.
///
/// Spec: 7(2)⑫.
pub fn tell(tx: &WriteTx<'_>, wish: &Tell) -> Result<(), TellError> {
    let month = wish.month.first_of_month();
    if month > tx.today() {
        return Err(TellError::ToCome);
    }
    if wish.applications > APPLICATIONS_MAX {
        return Err(TellError::TooMany);
    }
    let before = store::told(tx, month, month)?.get(&month).copied();
    if before == Some(wish.applications) {
        return Ok(());
    }
    if before != wish.before {
        return Err(TellError::Overtaken);
    }
    store::tell(tx, month, wish.applications)?;
    let number = |number: u32| number.to_string();
    let changes = vec![
        Change::new("month", None, Some(format!("{}年{}月", month.year(), month.month()))),
        Change::new("applications", before.map(number), Some(number(wish.applications))),
    ];
    history::record(tx, &Event { changes, ..Event::of("month.told", Record::List) })?;
    Ok(())
}

/// What was told of the months that begin in these days, by the first day of each.
pub fn applications(tx: &ReadTx<'_>, from: Day, to: Day) -> Result<BTreeMap<Day, u32>, Fault> {
    store::told(tx, from, to)
}
