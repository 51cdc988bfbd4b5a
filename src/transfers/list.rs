//! The transfer list (回送リスト): what is to be sent, is under way, is to be received, is to be brought back.

use super::due::{Due, Dues};
use super::store;
use super::types::{Transfer, TransferStatus};
use crate::base::{Day, LocationId};
use crate::db::{Fault, ReadTx};

/// The most rows of one list.
pub const LIST_MAX: usize = 500;

/// Which part of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Wanted elsewhere and not sent.
    #[default]
    ToSend,
    /// Under way.
    UnderWay,
    /// Under way, as those see it who receive.
    ToReceive,
    /// To be brought back, or on a shelf again.
    Returns,
    /// Over.
    Done,
}

impl Stage {
    /// Every stage, in the order of the tabs.
    pub const ALL: [Self; 5] = [Self::ToSend, Self::UnderWay, Self::ToReceive, Self::Returns, Self::Done];

    /// The word in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::ToSend => "send",
            Self::UnderWay => "moving",
            Self::ToReceive => "receive",
            Self::Returns => "returns",
            Self::Done => "done",
        }
    }

    /// The stage of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }
}

/// What of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which part.
    pub stage: Stage,
    /// From storage places of this location.
    pub from: Option<LocationId>,
    /// To this location.
    pub to: Option<LocationId>,
    /// For bookings of this day.
    pub day: Option<Day>,
    /// In this state.
    pub status: Option<TransferStatus>,
    /// Only journeys that begin or end at one of these places; empty = all.
    pub within: Vec<LocationId>,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The transfer.
    pub transfer: Transfer,
    /// What it is due for.
    pub due: Due,
}

/// The rows of a list by route and day, at most [`LIST_MAX`]; what is over, the newest first.
///
/// Spec: 7(2)⑩.
pub fn list(tx: &ReadTx<'_>, filter: &Filter) -> Result<Vec<Listed>, Fault> {
    let mut dues = Dues::default();
    let rows = store::list(tx, filter)?;
    rows.into_iter().map(|transfer| Ok(Listed { due: dues.of(tx, &transfer)?, transfer })).collect()
}

/// How many rows the whole list has.
pub fn count(tx: &ReadTx<'_>, filter: &Filter) -> Result<u32, Fault> {
    store::count(tx, filter)
}
