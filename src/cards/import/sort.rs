//! A row against what is registered: new, changed, unchanged, or not to be taken.

use serde::{Deserialize, Serialize};

use super::profile::{Keep, Profile, Target};
use super::row::Row;
use super::store;
use super::why::Why;
use crate::base::{CardId, Day, LocationId};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};

/// What a row means for the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A card that is not registered; `conflict` when another person has the same notice ID.
    New {
        conflict: bool,
    },
    /// A registered card of which the file says something else.
    Changed(CardId, Box<NewValues>),
    Unchanged,
    Wrong(Why),
}

/// What the file says of a registered card and is not so yet.
///
/// Status, storage place, remark and bookings are not among it: the counter knows better than the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct NewValues {
    pub notice_id: Option<String>,
    pub name: Option<String>,
    pub kana: Option<String>,
    pub location: Option<LocationId>,
    pub made_on: Option<Day>,
    pub notice_sent_on: Option<Day>,
    pub pickup_due_on: Option<Day>,
    pub valid_until: Option<Day>,
    pub inquiry_no: Option<String>,
}

/// Sorts one row. `shared` says whether another person of the same file has its notice ID.
///
/// Spec: 7(1)④, 7(2)①.
pub(super) fn sort(tx: &ReadTx<'_>, row: &Row, shared: bool, profile: &Profile) -> Result<Outcome, Fault> {
    let new = &row.card;
    let key = cards::person_key(&new.name, new.birth, 0);
    let is_same = |card: &Card| {
        *card.birth.uncover() == new.birth && cards::person_key(card.name.uncover(), new.birth, 0) == key
    };
    if !new.inquiry_no.is_empty()
        && let Some(card) = store::with_inquiry(tx, &new.inquiry_no)?
    {
        return Ok(if is_same(&card) {
            compare(&card, row, profile)
        } else {
            Outcome::Wrong(Why::OtherPerson)
        });
    }
    let with_notice = cards::with_notice(tx, &new.notice_id)?;
    let free = |card: &&Card| card.inquiry_no.is_empty() || new.inquiry_no.is_empty();
    if let Some(card) = with_notice.iter().filter(free).find(|card| is_same(card)) {
        return Ok(compare(card, row, profile));
    }
    let conflict = shared || with_notice.iter().any(|card| !is_same(card));
    Ok(Outcome::New { conflict })
}

/// What the file says otherwise, as far as the profile lets it: an empty cell says nothing, so it takes nothing away.
fn compare(card: &Card, row: &Row, profile: &Profile) -> Outcome {
    use Target as T;
    let new = &row.card;
    let may = |target: Target, is_empty: bool| match profile.keep(target) {
        Keep::Overwrite => true,
        Keep::OnlyIfEmpty => is_empty,
        Keep::Never => false,
    };
    let text = |target: Target, new: &str, old: &str| {
        (!new.is_empty() && new != old && may(target, old.is_empty())).then(|| new.to_owned())
    };
    let day = |target: Target, new: Option<Day>, old: Option<Day>| {
        new.filter(|new| old != Some(*new) && may(target, old.is_none()))
    };
    let other_place = |new: &LocationId| card.location != Some(*new);
    let place = new.location.filter(other_place).filter(|_| may(T::Location, card.location.is_none()));
    let values = NewValues {
        notice_id: text(T::NoticeId, new.notice_id.norm(), card.notice_id.uncover().norm()),
        name: text(T::Name, &new.name, card.name.uncover()),
        kana: text(T::Kana, &new.kana, card.kana.uncover()),
        location: place,
        made_on: day(T::MadeOn, new.made_on, card.made_on),
        notice_sent_on: day(T::NoticeSentOn, new.notice_sent_on, card.notice_sent_on),
        pickup_due_on: day(T::PickupDueOn, new.pickup_due_on, card.pickup_due_on),
        valid_until: day(T::ValidUntil, new.valid_until, card.valid_until),
        inquiry_no: text(T::InquiryNo, &new.inquiry_no, &card.inquiry_no),
    };
    if values == NewValues::default() {
        Outcome::Unchanged
    } else {
        Outcome::Changed(card.id, Box::new(values))
    }
}
