//! Registering one card, by the importer or by hand.

use super::CardStatus;
use super::store::{self, Keys};
use crate::base::{BirthDate, CardId, Day, ImportRunId, LocationId, NoticeId, StorageId, text};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Event, Record};

/// A card to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCard {
    /// Notice ID; another card may have the same.
    pub notice_id: NoticeId,
    /// Name as written.
    pub name: String,
    /// Reading as written, or empty.
    pub kana: String,
    /// Date of birth.
    pub birth: BirthDate,
    /// Where it stands.
    pub status: CardStatus,
    /// Storage place.
    pub storage: Option<StorageId>,
    /// Shelf or box.
    pub shelf: String,
    /// Place in the box.
    pub position: String,
    /// Place of hand-over that the notice names.
    pub location: Option<LocationId>,
    /// Day it was made.
    pub made_on: Option<Day>,
    /// Day the notice was sent.
    pub notice_sent_on: Option<Day>,
    /// Last day to collect it.
    pub pickup_due_on: Option<Day>,
    /// Last day of its validity.
    pub valid_until: Option<Day>,
    /// Last day of the holder's period of residence.
    pub residence_until: Option<Day>,
    /// Inquiry number, or empty.
    pub inquiry_no: String,
    /// The import that brings it.
    pub import_run: Option<ImportRunId>,
    /// Its line in that file.
    pub import_line: Option<i64>,
}

impl NewCard {
    /// A card whose notice was sent, with nothing known but its holder.
    pub fn notified(notice_id: NoticeId, name: &str, kana: &str, birth: BirthDate) -> Self {
        Self {
            notice_id,
            name: name.to_owned(),
            kana: kana.to_owned(),
            birth,
            status: CardStatus::Notified,
            storage: None,
            shelf: String::new(),
            position: String::new(),
            location: None,
            made_on: None,
            notice_sent_on: None,
            pickup_due_on: None,
            valid_until: None,
            residence_until: None,
            inquiry_no: String::new(),
            import_run: None,
            import_line: None,
        }
    }
}

/// Why a card was not registered.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The name is empty, too long, or cannot be stored.
    #[error("the name cannot be stored")]
    BadName,
    /// The same person already has this card.
    #[error("this card is registered already")]
    Known(CardId),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Registers a card by hand.
pub fn add(tx: &WriteTx<'_>, new: &NewCard) -> Result<CardId, AddError> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 || super::edit::is_unfit(name) {
        return Err(AddError::BadName);
    }
    let same = store::with_notice(tx, &new.notice_id)?;
    let key = super::person_key(&new.name, new.birth, 0);
    if let Some(known) = same.into_iter().find(|card| *card.person_key.uncover() == key) {
        return Err(AddError::Known(known.id));
    }
    let keys = Keys::of(text::name_key(&new.name), text::kana_key(&new.kana), new.birth);
    let id = store::insert(tx, new, &keys)?;
    history::record(tx, &Event { cards: &[id], ..Event::of("card.added", Record::Card(id)) })?;
    Ok(id)
}
