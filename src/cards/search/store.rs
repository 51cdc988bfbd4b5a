//! The search's SQL.

use rusqlite::named_params;
use rusqlite::types::Value;

use super::Terms;
use crate::base::{CardId, Moment, StaffId, text};
use crate::cards::store::{CARD, card};
use crate::cards::{Card, Label};
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn matching(
    tx: &ReadTx<'_>,
    terms: &Terms,
    after: Option<CardId>,
    most: usize,
) -> Result<Vec<Card>, Fault> {
    let mut clauses = Clauses::default();
    clauses.fill(terms);
    if let Some(after) = after {
        clauses.add("id > ?", [Value::Integer(after.get())]);
    }
    let condition = if clauses.sql.is_empty() { "TRUE".to_owned() } else { clauses.sql.join(" AND ") };
    let statement = format!("{CARD} WHERE {condition} ORDER BY id LIMIT {most}");
    tx.all(&statement, rusqlite::params_from_iter(clauses.values), card)
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
    sql: Vec<&'static str>,
    values: Vec<Value>,
}

impl Clauses {
    fn add<const N: usize>(&mut self, sql: &'static str, values: [Value; N]) {
        self.sql.push(sql);
        self.values.extend(values);
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
