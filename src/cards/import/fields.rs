//! The fields of a registered card that a file may change, and what a change of them is.
//!
//! **Invariant:** status, storage place, remark and bookings are not among them for a card file: the counter knows better.
//! What a former system says of status, place and address comes in by a file of card states.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::profile::{Keep, Profile, Target};
use super::store::Known;
use crate::base::Day;
use crate::cards::{Card, NewCard};
use crate::history::Change;

/// A field of a card that a file may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Notice ID (交付通知書ID).
    NoticeId,
    /// Name.
    Name,
    /// Reading.
    Kana,
    /// Place of hand-over that the notice names.
    Location,
    /// Day it was made.
    MadeOn,
    /// Day the notice was sent.
    NoticeSentOn,
    /// Last day to collect it.
    PickupDueOn,
    /// Last day of its validity.
    ValidUntil,
    /// Last day of the period of residence.
    ResidenceUntil,
    /// Inquiry number (照会番号).
    InquiryNo,
    /// Where the card stands: brought over from a former system alone.
    Status,
    /// Mail address: brought over from a former system alone.
    Email,
    /// Storage place: brought over from a former system alone.
    Storage,
    /// Shelf or box: brought over from a former system alone.
    Shelf,
    /// Number in the box: brought over from a former system alone.
    Position,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 15] = [
        Self::NoticeId,
        Self::Name,
        Self::Kana,
        Self::Location,
        Self::MadeOn,
        Self::NoticeSentOn,
        Self::PickupDueOn,
        Self::ValidUntil,
        Self::ResidenceUntil,
        Self::InquiryNo,
        Self::Status,
        Self::Email,
        Self::Storage,
        Self::Shelf,
        Self::Position,
    ];

    /// Its name in history.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoticeId => "notice_id",
            Self::Name => "name",
            Self::Kana => "kana",
            Self::Location => "location",
            Self::MadeOn => "made_on",
            Self::NoticeSentOn => "notice_sent_on",
            Self::PickupDueOn => "pickup_due_on",
            Self::ValidUntil => "valid_until",
            Self::ResidenceUntil => "residence_until",
            Self::InquiryNo => "inquiry_no",
            Self::Status => "status",
            Self::Email => "email",
            Self::Storage => "storage",
            Self::Shelf => "shelf",
            Self::Position => "position",
        }
    }

    /// The column of a file that is about it.
    pub const fn target(self) -> Target {
        match self {
            Self::NoticeId => Target::NoticeId,
            Self::Name => Target::Name,
            Self::Kana => Target::Kana,
            Self::Location => Target::Location,
            Self::MadeOn => Target::MadeOn,
            Self::NoticeSentOn => Target::NoticeSentOn,
            Self::PickupDueOn => Target::PickupDueOn,
            Self::ValidUntil => Target::ValidUntil,
            Self::ResidenceUntil => Target::ResidenceUntil,
            Self::InquiryNo => Target::InquiryNo,
            Self::Status => Target::Status,
            Self::Email => Target::Email,
            Self::Storage => Target::Storage,
            Self::Shelf | Self::Position => Target::Shelf,
        }
    }

    /// What the card says now, as it is stored; `None` where it says nothing.
    pub(super) fn of(self, card: &Card) -> Option<String> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match self {
            Self::NoticeId => some(card.notice_id.uncover().norm()),
            Self::Name => some(card.name.uncover()),
            Self::Kana => some(card.kana.uncover()),
            Self::Location => card.location.map(|id| id.to_string()),
            Self::MadeOn => card.made_on.map(|day| day.to_string()),
            Self::NoticeSentOn => card.notice_sent_on.map(|day| day.to_string()),
            Self::PickupDueOn => card.pickup_due_on.map(|day| day.to_string()),
            Self::ValidUntil => card.valid_until.map(|day| day.to_string()),
            Self::ResidenceUntil => card.residence_until.map(|day| day.to_string()),
            Self::InquiryNo => some(&card.inquiry_no),
            Self::Status => some(card.status.code()),
            Self::Email => card.email.as_ref().map(|email| email.uncover().clone()),
            Self::Storage => card.storage.map(|id| id.to_string()),
            Self::Shelf => some(&card.shelf),
            Self::Position => some(&card.position),
        }
    }

    /// What a row of a card file says, as it is stored; `None` where its cell is empty.
    fn told(self, row: &NewCard) -> Option<Cow<'_, str>> {
        let some = |text| Some(Cow::Borrowed(text)).filter(|text: &Cow<'_, str>| !text.is_empty());
        let day = |day: Option<Day>| day.map(|day| Cow::Owned(day.to_string()));
        match self {
            Self::NoticeId => some(row.notice_id.norm()),
            Self::Name => some(&row.name),
            Self::Kana => some(&row.kana),
            Self::Location => row.location.map(|id| Cow::Owned(id.to_string())),
            Self::MadeOn => day(row.made_on),
            Self::NoticeSentOn => day(row.notice_sent_on),
            Self::PickupDueOn => day(row.pickup_due_on),
            Self::ValidUntil => day(row.valid_until),
            Self::ResidenceUntil => day(row.residence_until),
            Self::InquiryNo => some(&row.inquiry_no),
            Self::Status | Self::Email | Self::Storage | Self::Shelf | Self::Position => None,
        }
    }

    /// The same of a registered card that a row is compared with.
    fn known(self, card: &Known) -> Option<Cow<'_, str>> {
        let some = |text| Some(Cow::Borrowed(text)).filter(|text: &Cow<'_, str>| !text.is_empty());
        let day = |day| Option::as_deref(day).map(Cow::Borrowed);
        match self {
            Self::NoticeId => some(&card.notice),
            Self::Name => some(&card.name),
            Self::Kana => some(&card.kana),
            Self::Location => card.location.map(|id| Cow::Owned(id.to_string())),
            Self::MadeOn => day(&card.made_on),
            Self::NoticeSentOn => day(&card.notice_sent_on),
            Self::PickupDueOn => day(&card.pickup_due_on),
            Self::ValidUntil => day(&card.valid_until),
            Self::ResidenceUntil => day(&card.residence_until),
            Self::InquiryNo => some(&card.inquiry_no),
            Self::Status | Self::Email | Self::Storage | Self::Shelf | Self::Position => None,
        }
    }
}

/// One field from what it was to what it becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn(
    /// What the card said.
    pub Option<String>,
    /// What the file says.
    pub Option<String>,
);

/// Fields that change together, each from what to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Turns(pub BTreeMap<Field, Turn>);

impl Turns {
    /// What a row of a card file says otherwise than the card, as far as the profile lets it. An empty cell says nothing,
    /// so it takes nothing away.
    pub(super) fn between(card: &Known, row: &NewCard, profile: &Profile) -> Self {
        let turn = |field: Field| {
            let said = field.told(row)?;
            let now = field.known(card);
            if now.as_ref() == Some(&said) {
                return None;
            }
            let may = match profile.keep(field.target()) {
                Keep::Overwrite => true,
                Keep::OnlyIfEmpty => now.is_none(),
                Keep::Never => false,
            };
            may.then(|| (field, Turn(now.map(Cow::into_owned), Some(said.into_owned()))))
        };
        Self(Field::ALL.into_iter().filter_map(turn).collect())
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those whose field is still as it was: what somebody changed in the meantime stays.
    pub(super) fn still_due(self, card: &Card) -> Self {
        Self(self.0.into_iter().filter(|(field, turn)| field.of(card) == turn.0).collect())
    }

    /// Whether the card still says what these turned it into.
    pub(super) fn stand(&self, card: &Card) -> bool {
        self.0.iter().all(|(field, turn)| field.of(card) == turn.1)
    }

    /// The way back.
    pub(super) fn back(&self) -> Self {
        let turned = |(field, turn): (&Field, &Turn)| (*field, Turn(turn.1.clone(), turn.0.clone()));
        Self(self.0.iter().map(turned).collect())
    }

    /// As history holds them.
    pub(super) fn changes(&self) -> Vec<Change> {
        self.0.iter().map(|(field, turn)| Change::new(field.code(), turn.0.clone(), turn.1.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_kept_under_its_name_in_history() {
        for field in Field::ALL {
            assert_eq!(serde_json::to_string(&field).unwrap(), format!("\"{}\"", field.code()));
        }
        let turns = Turns([(Field::Kana, Turn(None, Some("ミ".to_owned())))].into());
        let stored = serde_json::to_string(&turns).unwrap();
        assert_eq!(stored, r#"{"kana":[null,"ミ"]}"#);
        assert_eq!(serde_json::from_str::<Turns>(&stored).unwrap().back().0[&Field::Kana].1, None);
    }
}
