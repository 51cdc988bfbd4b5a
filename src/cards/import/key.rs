//! Finding the registered card that a row of a former system is about.

use super::profile::Target;
use super::reader::Record;
use super::row::{self, Context};
use super::store;
use super::why::{RowError, Why};
use crate::base::{BirthDate, LocationId, NoticeId};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};

/// What a row says of whose card it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Notice ID.
    pub notice: NoticeId,
    /// Date of birth.
    pub birth: BirthDate,
    /// Name; empty where the file has none.
    pub name: String,
    /// Inquiry number; empty where the file has none.
    pub inquiry: String,
}

impl Key {
    /// Reads it from a row.
    pub fn read(record: &Record, context: &Context) -> Result<Self, RowError> {
        let wrong =
            |target: Target, why: Why| RowError::new(record.line(), target.label(), record.get(target), why);
        let notice = row::notice_id(record, context).map_err(|why| wrong(Target::NoticeId, why))?;
        let birth = BirthDate::parse(record.get(Target::Birth));
        let birth = birth.map_err(|error| wrong(Target::Birth, error.into()))?;
        let name = row::words(record.get(Target::Name), row::NAME_MAX);
        let inquiry = row::fit(record.get(Target::InquiryNo), row::WORD_MAX);
        Ok(Self {
            notice,
            birth,
            name: name.map_err(|why| wrong(Target::Name, why))?.to_owned(),
            inquiry: inquiry.map_err(|why| wrong(Target::InquiryNo, why))?.to_owned(),
        })
    }

    /// The one card that it is about, or why there is none.
    ///
    /// Spec: 7(1)④ ⑬.
    pub fn find(&self, tx: &ReadTx<'_>) -> Result<Result<Card, Why>, Fault> {
        let fits = |card: &Card| {
            let name = || cards::person_key(card.name.uncover(), self.birth, 0);
            *card.birth.uncover() == self.birth
                && (self.name.is_empty() || name() == cards::person_key(&self.name, self.birth, 0))
        };
        if !self.inquiry.is_empty()
            && let Some(card) = store::with_inquiry(tx, &self.inquiry)?
        {
            return Ok(if fits(&card) { Ok(card) } else { Err(Why::OtherPerson) });
        }
        let mut found = cards::with_notice(tx, &self.notice)?;
        found.retain(fits);
        let Some(card) = found.pop() else { return Ok(Err(Why::NoCard)) };
        Ok(if found.is_empty() { Ok(card) } else { Err(Why::SeveralCards) })
    }
}

/// The location of hand-over that a row names; `None` where its cell is empty.
pub fn location(record: &Record, context: &Context) -> Result<Option<LocationId>, RowError> {
    let written = record.get(Target::Location);
    let found = row::place(written, context.locations.as_deref());
    found.map_err(|why| RowError::new(record.line(), Target::Location.label(), written, why))
}
