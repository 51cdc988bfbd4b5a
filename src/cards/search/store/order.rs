//! The orders of a list: by which columns, and what comes after a card.

use rusqlite::named_params;
use rusqlite::types::Value;

use crate::base::CardId;
use crate::cards::search::Sort;
use crate::db::{Fault, ReadTx};

/// The cards of a list of numbers.
pub(super) const ONE_OF: &str = "id IN (SELECT value FROM json_each(?))";

pub(super) const fn columns(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::Registered => &["id"],
        Sort::Notice => &["notice_id_norm", "birth_mmdd", "id"],
        Sort::Name => &["kana_search", "name_search", "id"],
        Sort::Birth => &["birth_date", "id"],
        Sort::Label => &["label", "id"],
        Sort::Storage => &["storage_id", "shelf", "position", "id"],
        Sort::Due => &["ifnull(pickup_due_on, '9999-12-31')", "id"],
    }
}

/// What follows `ORDER BY`, so that an index of this order is walked.
pub(super) fn by(sort: Sort, down: bool) -> String {
    written(sort, down, "")
}

/// The same for cards that are found by what was asked and then sorted: no index may lead for the sake of the order, or the
/// whole register would be walked for a few cards.
pub(super) fn sorted(sort: Sort, down: bool) -> String {
    written(sort, down, "+")
}

fn written(sort: Sort, down: bool, sign: &str) -> String {
    let way = if down { " DESC" } else { "" };
    columns(sort).iter().map(|column| format!("{sign}{column}{way}")).collect::<Vec<_>>().join(", ")
}

/// The condition of coming after this card in the order, with its values; `None` when the card is gone.
pub(super) fn beyond(
    tx: &ReadTx<'_>,
    sort: Sort,
    down: bool,
    card: CardId,
) -> Result<Option<(String, Vec<Value>)>, Fault> {
    let columns = columns(sort);
    let named: Vec<String> =
        columns.iter().enumerate().map(|(n, column)| format!("{column} AS k{n}")).collect();
    let statement = format!("SELECT {} FROM card_seen WHERE id = :id", named.join(", "));
    let keys = tx.opt(&statement, named_params! { ":id": card }, |row| {
        (0..columns.len())
            .map(|n| row.get(format!("k{n}").as_str()))
            .collect::<rusqlite::Result<Vec<Value>>>()
    })?;
    Ok(keys.map(|keys| after(columns, keys, down)))
}

pub(super) fn after(columns: &[&str], mut keys: Vec<Value>, down: bool) -> (String, Vec<Value>) {
    let than = if down { "<" } else { ">" };
    let row = |columns: &[&str], than: &str| {
        let marks = vec!["?"; columns.len()].join(", ");
        format!("({}) {than} ({marks})", columns.join(", "))
    };
    // Cards that lie nowhere have no first key and come first.
    let first = columns.first().copied().unwrap_or_default();
    let rest = columns.get(1..).unwrap_or_default();
    if keys.first() == Some(&Value::Null) {
        keys.remove(0);
        let in_rest = row(rest, than);
        let both = if down {
            format!("({first} IS NULL AND {in_rest})")
        } else {
            format!("({first} IS NOT NULL OR {in_rest})")
        };
        return (both, keys);
    }
    if down && first == "storage_id" {
        return (format!("({first} IS NULL OR {})", row(columns, than)), keys);
    }
    (row(columns, than), keys)
}
