//! The search's SQL.

use std::borrow::Cow;

use rusqlite::named_params;
use rusqlite::types::Value;

use super::{LookIn, PAGE, Paging, Sort, Terms};
use crate::base::{CardId, Moment, StaffId, notice, text};
use crate::cards::store::{CARD, card};
use crate::cards::{Card, Label};
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn matching(
    tx: &ReadTx<'_>,
    terms: &Terms,
    after: Option<CardId>,
    most: usize,
) -> Result<Vec<Card>, Fault> {
    let mut clauses = Clauses::of(terms, LookIn::ALL);
    if let Some(after) = after {
        clauses.add("id > ?", [Value::Integer(after.get())]);
    }
    let statement = format!("{CARD} WHERE {} ORDER BY id LIMIT {most}", clauses.condition());
    tx.all(&statement, rusqlite::params_from_iter(clauses.values), card)
}

pub(super) fn count(tx: &ReadTx<'_>, terms: &Terms, look: LookIn, most: usize) -> Result<usize, Fault> {
    let clauses = Clauses::of(terms, look);
    let statement = format!(
        "SELECT count(*) AS cards FROM (SELECT 1 FROM card_seen WHERE {} LIMIT {most})",
        clauses.condition()
    );
    let cards: i64 =
        tx.one(&statement, rusqlite::params_from_iter(clauses.values), |row| row.get("cards"))?;
    usize::try_from(cards).map_err(|_| Fault::Stored("count of cards".to_owned()))
}

pub(super) fn page(
    tx: &ReadTx<'_>,
    terms: &Terms,
    look: LookIn,
    paging: Paging,
    skip: usize,
) -> Result<Vec<Card>, Fault> {
    let clauses = Clauses::of(terms, look);
    let statement = format!(
        "{CARD} WHERE {} ORDER BY {} LIMIT {PAGE} OFFSET {skip}",
        clauses.condition(),
        order(paging.sort, paging.backwards)
    );
    tx.all(&statement, rusqlite::params_from_iter(clauses.values), card)
}

const fn order(sort: Sort, backwards: bool) -> &'static str {
    match (sort, backwards) {
        (Sort::Registered, false) => "id",
        (Sort::Registered, true) => "id DESC",
        (Sort::Notice, false) => "notice_id_norm, id",
        (Sort::Notice, true) => "notice_id_norm DESC, id DESC",
        (Sort::Name, false) => "kana_search, name_search, id",
        (Sort::Name, true) => "kana_search DESC, name_search DESC, id DESC",
        (Sort::Birth, false) => "birth_date, id",
        (Sort::Birth, true) => "birth_date DESC, id DESC",
        (Sort::Label, false) => "label, id",
        (Sort::Label, true) => "label DESC, id DESC",
        (Sort::Storage, false) => "storage_id, shelf, position, id",
        (Sort::Storage, true) => "storage_id DESC, shelf DESC, position DESC, id DESC",
        (Sort::Due, false) => "pickup_due_on NULLS LAST, id",
        (Sort::Due, true) => "pickup_due_on DESC NULLS LAST, id DESC",
    }
}

pub(super) fn labels(tx: &ReadTx<'_>) -> Result<Vec<(Label, u64)>, Fault> {
    let counted = tx.all("SELECT label, count(*) AS cards FROM card_seen GROUP BY label", [], |row| {
        Ok((row.get::<_, Label>("label")?, row.get::<_, i64>("cards")?))
    })?;
    Ok(counted.into_iter().map(|(label, cards)| (label, u64::try_from(cards).unwrap_or(0))).collect())
}

pub(super) fn keep(tx: &WriteTx<'_>, id: &str, staff: StaffId, terms: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO saved_search (id, staff_id, terms, created_at) VALUES (:id, :staff, :terms, :now)",
        named_params! { ":id": id, ":staff": staff, ":terms": terms, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn kept(tx: &ReadTx<'_>, id: &str, staff: StaffId) -> Result<Option<String>, Fault> {
    tx.opt(
        "SELECT terms FROM saved_search WHERE id = :id AND staff_id = :staff",
        named_params! { ":id": id, ":staff": staff },
        |row| row.get("terms"),
    )
}

#[derive(Default)]
struct Clauses {
    sql: Vec<Cow<'static, str>>,
    values: Vec<Value>,
}

impl Clauses {
    fn of(terms: &Terms, look: LookIn) -> Self {
        let mut clauses = Self::default();
        clauses.fill(terms);
        if let Some(cards) = &terms.cards {
            let ids: Vec<String> = cards.iter().map(ToString::to_string).collect();
            clauses
                .add("id IN (SELECT value FROM json_each(?))", [Value::Text(format!("[{}]", ids.join(",")))]);
        }
        if let Some(words) = &terms.words {
            clauses.words(words, look);
        }
        clauses
    }

    fn condition(&self) -> String {
        if self.sql.is_empty() { "TRUE".to_owned() } else { self.sql.join(" AND ") }
    }

    fn add<const N: usize>(&mut self, sql: &'static str, values: [Value; N]) {
        self.sql.push(Cow::Borrowed(sql));
        self.values.extend(values);
    }

    /// Words are looked for in what the person may see; where that is nothing, nothing is found.
    fn words(&mut self, typed: &str, look: LookIn) {
        let mut any: Vec<&'static str> = Vec::new();
        let part = |key: &str| Value::Text(format!("%{}%", escape(key)));
        let norm = notice::normalise(typed);
        if look.notices && !norm.is_empty() {
            any.push("notice_id_norm LIKE ? ESCAPE '\\'");
            self.values.push(part(&norm));
        }
        let (name, kana) = (text::name_key(typed), text::kana_key(typed));
        if look.names && !name.is_empty() {
            any.push("name_search LIKE ? ESCAPE '\\'");
            self.values.push(part(&name));
        }
        if look.names && !kana.is_empty() {
            any.push("kana_search LIKE ? ESCAPE '\\'");
            self.values.push(part(&kana));
        }
        if look.remarks {
            any.push("remark LIKE ? ESCAPE '\\'");
            self.values.push(part(typed.trim()));
        }
        let whole = if any.is_empty() { "FALSE".to_owned() } else { format!("({})", any.join(" OR ")) };
        self.sql.push(Cow::Owned(whole));
    }

    fn fill(&mut self, terms: &Terms) {
        if let Some(notice) = &terms.notice_id {
            self.add("notice_id_norm = ?", [Value::Text(notice.clone())]);
        }
        if let Some(name) = &terms.name {
            self.name(name);
        }
        if let Some(birth) = &terms.birth {
            let clause = if birth.len() == 4 { "birth_mmdd = ?" } else { "birth_date = ?" };
            self.add(clause, [Value::Text(birth.clone())]);
        }
        if let Some(label) = terms.label.as_deref().and_then(Label::from_code) {
            self.add("label = ?", [Value::Text(label.code().to_owned())]);
        }
        if let Some(storage) = terms.storage {
            self.add("storage_id = ?", [Value::Integer(storage)]);
        }
        if let Some(shelf) = &terms.shelf {
            self.add("shelf LIKE ? ESCAPE '\\'", [Value::Text(format!("{}%", escape(shelf)))]);
        }
        if let Some(run) = terms.import_run {
            self.add("import_run_id = ?", [Value::Integer(run)]);
        }
        if let Some(remark) = &terms.remark {
            self.add("remark LIKE ? ESCAPE '\\'", [Value::Text(format!("%{}%", escape(remark)))]);
        }
        match terms.has_email {
            Some(true) => self.add("email IS NOT NULL", []),
            Some(false) => self.add("email IS NULL", []),
            None => {}
        }
        if let Some(day) = terms.sent_from {
            self.add("notice_sent_on >= ?", [Value::Text(day.to_string())]);
        }
        if let Some(day) = terms.sent_to {
            self.add("notice_sent_on <= ?", [Value::Text(day.to_string())]);
        }
    }

    /// Most surnames have two characters, so parts are looked for as well as beginnings.
    fn name(&mut self, typed: &str) {
        let part = |key: &str| Value::Text(format!("%{}%", escape(key)));
        let (name, kana) = (text::name_key(typed), text::kana_key(typed));
        if kana.is_empty() {
            return self.add("name_search LIKE ? ESCAPE '\\'", [part(&name)]);
        }
        self.add(
            "(name_search LIKE ? ESCAPE '\\' OR kana_search LIKE ? ESCAPE '\\')",
            [part(&name), part(&kana)],
        );
    }
}

fn escape(typed: &str) -> String {
    typed.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

pub(super) fn oldest(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT MIN(created_at) AS oldest FROM saved_search", [], |row| row.get("oldest"))
}

pub(super) fn delete_before(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    tx.run(
        "DELETE FROM saved_search
         WHERE id IN (SELECT id FROM saved_search WHERE created_at < :before ORDER BY created_at LIMIT :limit)",
        named_params! { ":before": before, ":limit": limit },
    )
}
