//! A list is taken out of the console: who may, why, and how much at once; written down before it is given.

use crate::accounts::{Permission, Signed};
use crate::base::HistoryId;
use crate::cards::is_reason;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::settings::{self, Settings};

/// The most lines of one output. More than a few thousand are no paper; the conditions narrow them.
pub const ROWS_MAX: usize = 20_000;

/// What is taken out, and what for.
#[derive(Clone, Debug)]
pub struct Export {
    /// Name of the list, 「予約一覧」.
    pub list: &'static str,
    /// The permission that the list asks besides [`Permission::Export`].
    pub needs: Permission,
    /// What was asked for, in words. They may tell of a person.
    pub conditions: String,
    /// How many lines are given.
    pub rows: usize,
    /// As what: `pdf`, `csv`, `cp932`, `xlsx`.
    pub format: &'static str,
    /// Which columns were hidden from the person, in words; empty when none was.
    pub hidden: String,
    /// Why, as it was typed; empty where nothing was said.
    pub reason: String,
}

/// Why nothing is given.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The person may not have it.
    #[error("the permission {} is missing", .0.code())]
    Forbidden(Permission),
    /// The city asks for a reason.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason cannot be stored.
    #[error("the reason cannot be stored")]
    BadReason,
    /// There is no line to give.
    #[error("there is nothing to give")]
    Empty,
    /// There are more than [`ROWS_MAX`] lines.
    #[error("more than {ROWS_MAX} lines")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Whether this person may take out a list that asks for `needs`, for this reason: to be asked before the list is made.
pub fn may_export(
    by: &Signed,
    needs: Permission,
    settings: &Settings,
    reason: &str,
) -> Result<(), ExportError> {
    let missing = [Permission::Export, needs].into_iter().find(|permission| !by.may(*permission));
    if let Some(permission) = missing {
        return Err(ExportError::Forbidden(permission));
    }
    match reason.trim() {
        "" if settings.export_reason => Err(ExportError::ReasonNeeded),
        "" => Ok(()),
        reason if is_reason(reason) => Ok(()),
        _ => Err(ExportError::BadReason),
    }
}

/// Whether so many lines are given at once.
pub const fn fits(rows: usize) -> Result<(), ExportError> {
    match rows {
        0 => Err(ExportError::Empty),
        1..=ROWS_MAX => Ok(()),
        _ => Err(ExportError::TooMany),
    }
}

/// Writes down that a list is taken out, before it is; refuses what may not be.
///
/// Spec: 7(2)⑧ ⑨, 10(12).
pub fn export(tx: &WriteTx<'_>, by: &Signed, what: &Export) -> Result<HistoryId, ExportError> {
    may_export(by, what.needs, &settings::read(tx)?, &what.reason)?;
    fits(what.rows)?;
    let mut changes = vec![
        Change::new("rows", None, Some(what.rows.to_string())),
        Change::new("conditions", None, Some(format!("{}　{}", what.list, what.conditions))),
        Change::new("format", None, Some(what.format.to_owned())),
    ];
    if !what.hidden.is_empty() {
        changes.push(Change::new("hidden", None, Some(what.hidden.clone())));
    }
    let reason = Some(what.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    Ok(history::record(tx, &Event { changes, reason, ..Event::of("list.exported", Record::List) })?)
}
