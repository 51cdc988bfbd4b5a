//! Warnings of people who are easily taken for one another, on every page that hands a card over or books for somebody.
//!
//! Spec: 7(1)④.

use std::collections::BTreeMap;

use serde::Serialize;

use super::sight::Sight;
use super::whereabouts::Places;
use super::wording;
use crate::base::CardId;
use crate::cards::{self, Alike, Card};
use crate::db::{Fault, ReadTx};

/// More people than this are counted, not named.
const NAMED: usize = 5;

/// Who can be taken for whom among the people of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Alikes(BTreeMap<CardId, Vec<Alike>>);

/// One person, and those who can be taken for them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Beware {
    pub(super) name: String,
    pub(super) others: Vec<Other>,
    /// How many more there are than are named.
    pub(super) more: usize,
}

/// Somebody who can be taken for another.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Other {
    /// What they have in common, in words.
    pub(super) what: &'static str,
    pub(super) name: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    pub(super) place: String,
}

impl Alikes {
    /// Looks for them.
    pub(super) fn read(tx: &ReadTx<'_>, of: impl IntoIterator<Item = CardId>) -> Result<Self, Fault> {
        let ids: Vec<CardId> = of.into_iter().collect();
        Ok(Self(cards::alike(tx, &ids)?))
    }

    /// The word that stands beside a name.
    pub(super) fn note(&self, card: CardId) -> Option<&'static str> {
        self.0.get(&card)?.first().map(|other| wording::alike_note(other.likeness))
    }

    /// The warning about one person, with what tells the others from them.
    pub(super) fn of(&self, card: &Card, sight: Sight, places: &Places) -> Option<Beware> {
        let others = self.0.get(&card.id).filter(|others| !others.is_empty())?;
        let other = |other: &Alike| Other {
            what: wording::alike(other.likeness),
            name: sight.name(&other.card),
            notice: sight.notice(&other.card),
            birth: sight.birth(&other.card),
            place: places.of(&other.card).text,
        };
        Some(Beware {
            name: sight.name(card),
            others: others.iter().take(NAMED).map(other).collect(),
            more: others.len().saturating_sub(NAMED),
        })
    }
}

impl Beware {
    /// One for the samples of pages.
    pub(super) fn sample() -> Self {
        let other = |birth: Option<&str>| Other {
            what: "同姓同名",
            name: "髙橋 美咲".to_owned(),
            notice: "A17-345607".to_owned(),
            birth: birth.map(str::to_owned),
            place: "本庁舎 保管庫 B-04-104".to_owned(),
        };
        Self {
            name: "髙橋 美咲".to_owned(), others: vec![other(Some("1985-03-02")), other(None)], more: 2
        }
    }
}
