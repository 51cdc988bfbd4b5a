//! One search: which cards fit, how many, its pages.

use std::ops::ControlFlow;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::find::{Condition, Sought};
use super::order;
use super::set::Set;
use crate::base::CardId;
use crate::cards::Card;
use crate::cards::search::{From, LookIn, MANY, Paging, Sort, Terms};
use crate::db::{Fault, ReadTx};

/// Up to so many cards are asked row by row, and sorted; of more, an index alone is read.
const FEW: usize = 4000;

/// Rows that are asked at a time.
const CHUNK: usize = 500;

/// A search that is under way.
pub(in crate::cards::search) struct Asked {
    /// The cards that fit, as far as indexes tell.
    fit: Set,
    /// What is asked of each of their rows besides.
    rest: Vec<Condition>,
}

impl Asked {
    pub(in crate::cards::search) fn of(tx: &ReadTx<'_>, terms: &Terms, look: LookIn) -> Result<Self, Fault> {
        let mut asked = Self { fit: Set::default(), rest: Vec::new() };
        let mut found: Option<Set> = None;
        for condition in Condition::all(tx, terms, look)? {
            // Looking at a few rows costs less than reading an index.
            if found.as_ref().is_some_and(|found| found.len() <= FEW) {
                asked.rest.push(condition);
                continue;
            }
            match condition.look(tx)? {
                Sought::Fit(fit) => match &mut found {
                    Some(found) => found.keep(&fit),
                    None => found = Some(fit),
                },
                Sought::AllBut(others) => {
                    let mut fit = found.map_or_else(|| every(tx), Ok)?;
                    fit.take_off(&others);
                    found = Some(fit);
                }
                Sought::Ask(condition) => asked.rest.push(condition),
            }
        }
        asked.fit = found.map_or_else(|| every(tx), Ok)?;
        asked.fit.take_off(&unfinished(tx)?);
        if asked.fit.len() <= FEW {
            asked.settle(tx)?;
        }
        Ok(asked)
    }

    /// Asks every card that is left, so that nothing is left to ask.
    fn settle(&mut self, tx: &ReadTx<'_>) -> Result<(), Fault> {
        if !self.rest.is_empty() {
            let ids: Vec<i64> = self.fit.ids().collect();
            self.fit = self.of_those(tx, &ids)?.into_iter().collect();
            self.rest.clear();
        }
        Ok(())
    }

    /// Those of some cards whose rows fit, in the order in which they are named.
    fn of_those(&self, tx: &ReadTx<'_>, ids: &[i64]) -> Result<Vec<i64>, Fault> {
        if self.rest.is_empty() {
            return Ok(ids.to_vec());
        }
        let mut condition = order::ONE_OF.to_owned();
        let mut values = vec![listed(ids)?];
        for (asked, of_it) in self.rest.iter().map(Condition::asked) {
            condition = format!("{condition} AND {asked}");
            values.extend(of_it);
        }
        let statement = format!("SELECT id FROM card WHERE {condition}");
        let fit: Set = tx
            .all(&statement, params_from_iter(values), |row| row.get::<_, i64>("id"))?
            .into_iter()
            .collect();
        Ok(ids.iter().copied().filter(|id| fit.contains(*id)).collect())
    }

    /// How many fit, counted up to more than [`MANY`].
    pub(in crate::cards::search) fn count(&self, tx: &ReadTx<'_>) -> Result<usize, Fault> {
        self.count_to(tx, MANY + 1)
    }

    /// How many fit, however many that are.
    pub(in crate::cards::search) fn count_all(&self, tx: &ReadTx<'_>) -> Result<usize, Fault> {
        self.count_to(tx, usize::MAX)
    }

    fn count_to(&self, tx: &ReadTx<'_>, most: usize) -> Result<usize, Fault> {
        if self.rest.is_empty() {
            return Ok(self.fit.len());
        }
        let ids: Vec<i64> = self.fit.ids().collect();
        let mut counted = 0;
        for some in ids.chunks(CHUNK) {
            counted += self.of_those(tx, some)?.len();
            if counted >= most {
                break;
            }
        }
        Ok(counted)
    }

    /// The cards of a page and one more, if there is one; backwards from the card before which the page ends.
    pub(in crate::cards::search) fn page(&self, tx: &ReadTx<'_>, paging: Paging) -> Result<Vec<Card>, Fault> {
        let down = matches!(paging.from, From::Before(_)) != paging.backwards;
        let cursor = match paging.from {
            From::Start => None,
            From::After(card) | From::Before(card) => Some(card),
        };
        let mut page = Page { asked: self, tx, most: paging.most + 1, waiting: Vec::new(), ids: Vec::new() };
        if paging.sort == Sort::Registered {
            let mut ids = self.fit.beyond(cursor, down);
            while let Some(id) = ids.next()
                && page.take(id)?.is_continue()
            {}
        } else {
            self.sorted(&mut page, (paging.sort, down), cursor)?;
        }
        let ids: Vec<CardId> = page.end()?.into_iter().map(CardId::of).collect();
        let mut known = crate::cards::of_ids(tx, &ids)?;
        Ok(ids.iter().filter_map(|id| known.remove(id)).collect())
    }

    /// Few cards are sorted; many are picked from an index that has every card in this order.
    fn sorted(
        &self,
        page: &mut Page<'_, '_>,
        (sort, down): (Sort, bool),
        cursor: Option<CardId>,
    ) -> Result<(), Fault> {
        let beyond = match cursor {
            Some(card) => order::beyond(page.tx, sort, down, card)?,
            None => None,
        };
        let (mut condition, mut values) = beyond.unwrap_or_else(|| ("TRUE".to_owned(), Vec::new()));
        let by = if self.fit.len() <= FEW {
            condition = format!("{condition} AND {}", order::ONE_OF);
            values.push(listed(&self.fit.ids().collect::<Vec<_>>())?);
            format!("{} LIMIT {}", order::sorted(sort, down), page.most)
        } else {
            order::by(sort, down)
        };
        let statement = format!("SELECT id FROM card WHERE {condition} ORDER BY {by}");
        let tx = page.tx;
        tx.walk(&statement, params_from_iter(values), |row| {
            let id = row.get("id")?;
            if self.fit.contains(id) { page.take(id) } else { Ok(ControlFlow::Continue(())) }
        })
    }
}

/// A page that is being filled.
struct Page<'a, 'c> {
    asked: &'a Asked,
    tx: &'a ReadTx<'c>,
    most: usize,
    /// Cards whose rows were not asked yet.
    waiting: Vec<i64>,
    ids: Vec<i64>,
}

impl Page<'_, '_> {
    /// Takes one more card, and says whether the page is full.
    fn take(&mut self, id: i64) -> Result<ControlFlow<()>, Fault> {
        self.waiting.push(id);
        let wanted = if self.asked.rest.is_empty() { self.most } else { CHUNK };
        if self.waiting.len() >= wanted {
            self.ask()?;
        }
        Ok(if self.ids.len() >= self.most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn ask(&mut self) -> Result<(), Fault> {
        let fit = self.asked.of_those(self.tx, &self.waiting)?;
        self.ids.extend(fit);
        self.waiting.clear();
        Ok(())
    }

    fn end(mut self) -> Result<Vec<i64>, Fault> {
        self.ask()?;
        self.ids.truncate(self.most);
        Ok(self.ids)
    }
}

fn listed(ids: &[i64]) -> Result<Value, Fault> {
    serde_json::to_string(ids).map(Value::Text).map_err(|error| Fault::Stored(error.to_string()))
}

fn every(tx: &ReadTx<'_>) -> Result<Set, Fault> {
    Ok(tx.all("SELECT id FROM card", [], |row| row.get::<_, i64>("id"))?.into_iter().collect())
}

/// The cards that an import which is not finished has written, or has not taken back yet.
fn unfinished(tx: &ReadTx<'_>) -> Result<Set, Fault> {
    let ids = tx.all(
        "SELECT id FROM card WHERE import_run_id IN (SELECT id FROM import_run WHERE state IN ('applying', 'undoing'))",
        [],
        |row| row.get::<_, i64>("id"),
    )?;
    Ok(ids.into_iter().collect())
}
