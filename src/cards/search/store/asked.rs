//! One search: its clauses, its count, its pages.

use rusqlite::params_from_iter;

use super::clauses::Clauses;
use super::order;
use crate::cards::Card;
use crate::cards::search::{From, LookIn, Paging, Terms};
use crate::cards::store::{CARD, card};
use crate::db::{Fault, ReadTx};

/// Up to so many cards are fetched and sorted; more are walked in the order of an index.
pub(super) const SORTABLE: usize = 4000;

/// A search that is under way.
pub(in crate::cards::search) struct Asked {
    clauses: Clauses,
    terms: Terms,
    /// Whether few enough fit to be sorted; unknown until they are counted.
    few: Option<bool>,
}

impl Asked {
    pub(in crate::cards::search) fn of(tx: &ReadTx<'_>, terms: &Terms, look: LookIn) -> Result<Self, Fault> {
        let clauses = Clauses::of(tx, terms, look)?;
        Ok(Self { clauses, terms: terms.clone(), few: None })
    }

    /// How many fit, counted up to a little more than can be sorted.
    pub(in crate::cards::search) fn count(&mut self, tx: &ReadTx<'_>) -> Result<usize, Fault> {
        let most = SORTABLE + 1;
        let (condition, values) = self.clauses.plain();
        let statement =
            format!("SELECT count(*) AS cards FROM (SELECT 1 FROM card_seen WHERE {condition} LIMIT {most})");
        let cards: i64 = tx.one(&statement, params_from_iter(values), |row| row.get("cards"))?;
        let cards = number(cards)?;
        self.few = Some(cards <= SORTABLE);
        Ok(cards)
    }

    /// How many fit, however many that are.
    pub(in crate::cards::search) fn count_all(&self, tx: &ReadTx<'_>) -> Result<usize, Fault> {
        let (condition, values) = self.clauses.plain();
        let statement = format!("SELECT count(*) AS cards FROM card_seen WHERE {condition}");
        number(tx.one(&statement, params_from_iter(values), |row| row.get("cards"))?)
    }

    /// The cards of a page and one more, if there is one; backwards from the card before which the page ends.
    pub(in crate::cards::search) fn page(
        &mut self,
        tx: &ReadTx<'_>,
        paging: Paging,
    ) -> Result<Vec<Card>, Fault> {
        if self.few.is_none() {
            self.count(tx)?;
        }
        let down = matches!(paging.from, From::Before(_)) != paging.backwards;
        let is_few = self.few == Some(true) || self.clauses.named;
        let ((mut condition, mut values), by) = if is_few {
            (self.clauses.plain(), order::sorted(paging.sort, down))
        } else {
            (self.clauses.walked(&order::served(&self.terms, paging.sort)), order::by(paging.sort, down))
        };
        if let From::After(cursor) | From::Before(cursor) = paging.from
            && let Some((beyond, keys)) = order::beyond(tx, paging.sort, down, cursor)?
        {
            condition = format!("{condition} AND {beyond}");
            values.extend(keys);
        }
        let statement = format!("{CARD} WHERE {condition} ORDER BY {by} LIMIT {}", paging.most + 1);
        tx.all(&statement, params_from_iter(values), card)
    }
}

fn number(cards: i64) -> Result<usize, Fault> {
    usize::try_from(cards).map_err(|_| Fault::Stored("count of cards".to_owned()))
}
