//! The clauses that a search can be made of. What was typed is bound, never written into the statement.
//!
//! In a clause a `~` stands before each column that an index could find rows by. Where rows are walked in the order of
//! another index it becomes a `+`, which keeps the planner from leaving that order.

use rusqlite::types::Value;

use super::probe::{Probe, Probed};
use crate::base::{Day, Minute, Moment};
use crate::cards::Label;
use crate::cards::search::{Days, LookIn, Terms};
use crate::db::{Fault, ReadTx};

/// Which part of the terms a clause comes from, as far as an order can make use of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Label,
    Storage,
    Run,
    Due,
    Other,
}

/// Every clause must fit.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    all: Vec<(Part, String, Vec<Value>)>,
    /// Whether a probe has named the cards that can fit, so that no index needs to be walked.
    pub(super) named: bool,
}

impl Clauses {
    pub(super) fn of(tx: &ReadTx<'_>, terms: &Terms, look: LookIn) -> Result<Self, Fault> {
        let mut clauses = Self::default();
        clauses.exact(terms);
        clauses.indexed_days(terms);
        clauses.created(tx, terms)?;
        for probe in Probe::all(terms, look) {
            match probe.look(tx)? {
                Probed::Few(ids) => {
                    clauses.named = true;
                    clauses.add(Part::Other, super::probe::ONE_OF, [ids]);
                }
                Probed::Many(sql, values) => clauses.all.push((Part::Other, sql, values)),
            }
        }
        Ok(clauses)
    }

    /// Whatever index the planner finds best.
    pub(super) fn plain(&self) -> (String, Vec<Value>) {
        self.written(|_| "")
    }

    /// Only indexes of these parts may lead; the order of the page decides otherwise.
    pub(super) fn walked(&self, served: &[Part]) -> (String, Vec<Value>) {
        self.written(|part| if served.contains(&part) { "" } else { "+" })
    }

    fn written(&self, sign: impl Fn(Part) -> &'static str) -> (String, Vec<Value>) {
        if self.all.is_empty() {
            return ("TRUE".to_owned(), Vec::new());
        }
        let written = self.all.iter().map(|(part, sql, _)| sql.replace('~', sign(*part)));
        let values = self.all.iter().flat_map(|(_, _, values)| values.iter().cloned());
        (written.collect::<Vec<_>>().join(" AND "), values.collect())
    }

    fn add<const N: usize>(&mut self, part: Part, sql: &'static str, values: [Value; N]) {
        self.all.push((part, sql.to_owned(), values.into()));
    }

    pub(super) fn exact(&mut self, terms: &Terms) {
        if let Some(notice) = &terms.notice_id {
            self.add(Part::Other, "~notice_id_norm = ?", [Value::Text(notice.clone())]);
        }
        if let Some(cards) = &terms.cards {
            let ids: Vec<String> = cards.iter().map(ToString::to_string).collect();
            self.add(Part::Other, super::probe::ONE_OF, [Value::Text(format!("[{}]", ids.join(",")))]);
        }
        if let Some(birth) = terms.birth.as_ref().filter(|birth| birth.len() != 4) {
            self.add(Part::Other, "~birth_date = ?", [Value::Text(birth.clone())]);
        }
        if let Some(label) = terms.label.as_deref().and_then(Label::from_code) {
            self.add(Part::Label, "~label = ?", [Value::Text(label.code().to_owned())]);
        }
        if let Some(storage) = terms.storage {
            self.add(Part::Storage, "~storage_id = ?", [Value::Integer(storage.get())]);
        }
        if let Some(run) = terms.import_run {
            self.add(Part::Run, "~import_run_id = ?", [Value::Integer(run)]);
        }
        match terms.has_email {
            Some(true) => self.add(Part::Other, "~email IS NOT NULL", []),
            Some(false) => self.add(Part::Other, "email IS NULL", []),
            None => {}
        }
    }

    pub(super) fn indexed_days(&mut self, terms: &Terms) {
        self.between(Part::Other, terms.sent, ["~notice_sent_on >= ?", "~notice_sent_on <= ?"]);
        let due = ["~ifnull(pickup_due_on, '9999-12-31') >= ?", "~ifnull(pickup_due_on, '9999-12-31') <= ?"];
        self.between(Part::Due, terms.due, due);
        if !terms.due.is_open() {
            self.add(Part::Other, "pickup_due_on IS NOT NULL", []);
        }
        self.between(Part::Other, terms.valid, ["~valid_until >= ?", "~valid_until <= ?"]);
        self.between(Part::Other, terms.residence, ["~residence_until >= ?", "~residence_until <= ?"]);
    }

    fn created(&mut self, tx: &ReadTx<'_>, terms: &Terms) -> Result<(), Fault> {
        // Cards are numbered as they are registered, so that the number says from when a card is.
        if let Some(from) = terms.created.from {
            let first = super::first_since(tx, Moment::at(from, Minute::of(0)))?;
            self.add(Part::Other, "id >= ?", [Value::Integer(first)]);
        }
        if let Some(to) = terms.created.to {
            let first = super::first_since(tx, Moment::at(to.plus(1), Minute::of(0)))?;
            self.add(Part::Other, "id < ?", [Value::Integer(first)]);
        }
        Ok(())
    }

    fn between(&mut self, part: Part, days: Days, [from, to]: [&'static str; 2]) {
        let text = |day: Day| Value::Text(day.to_string());
        if let Some(day) = days.from {
            self.add(part, from, [text(day)]);
        }
        if let Some(day) = days.to {
            self.add(part, to, [text(day)]);
        }
    }
}
