//! A list of cards is taken in: typed or scanned numbers, or cards that were chosen elsewhere.

use std::collections::BTreeSet;

use super::store;
use crate::base::{BatchId, CardId, Moment, NoticeId, NoticePattern};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx, WriteTx};

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// What was typed or scanned; empty where the card was chosen.
    pub typed: String,
    /// The card, if there is one.
    pub card: Option<CardId>,
    /// The version in which it was seen.
    pub version: i64,
    /// Why it needs attention: `shared` with other cards of the same number, `twice` in the list, or nothing.
    pub note: &'static str,
}

/// The lines of a list: one for each card that has a typed number, one for each number without a card, and one for each
/// chosen card.
///
/// Spec: 7(1)④.
pub fn lines_of(
    tx: &ReadTx<'_>,
    typed: &[String],
    chosen: &[CardId],
    pattern: &NoticePattern,
) -> Result<Vec<Line>, Fault> {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for number in typed {
        let found = match NoticeId::parse(number, pattern) {
            Ok(notice) => cards::with_notice(tx, &notice)?,
            Err(_) => Vec::new(),
        };
        if found.is_empty() {
            lines.push(Line { typed: number.clone(), card: None, version: 0, note: "" });
        }
        let shared = found.len() > 1;
        for card in found {
            lines.push(line(number, &card, shared, &mut seen));
        }
    }
    let known = cards::of_ids(tx, chosen)?;
    for card in chosen.iter().filter_map(|id| known.get(id)) {
        if !seen.contains(&card.id) {
            lines.push(line("", card, false, &mut seen));
        }
    }
    Ok(lines)
}

/// The lines of cards that a search found, each in the version in which it was found.
///
/// Spec: 7(2)⑦, 7(2)⑧.
pub fn lines_of_found(found: &[Card]) -> Vec<Line> {
    let one =
        |card: &Card| Line { typed: String::new(), card: Some(card.id), version: card.version, note: "" };
    found.iter().map(one).collect()
}

fn line(typed: &str, card: &Card, shared: bool, seen: &mut BTreeSet<CardId>) -> Line {
    let first = seen.insert(card.id);
    let note = if !first {
        "twice"
    } else if shared {
        "shared"
    } else {
        ""
    };
    Line { typed: typed.to_owned(), card: Some(card.id), version: card.version, note }
}

/// Begins a list; its lines are added with [`add_lines`].
pub fn begin(tx: &WriteTx<'_>) -> Result<BatchId, Fault> {
    store::insert(tx)
}

/// Adds lines to a list, the first of them at this position.
pub fn add_lines(tx: &WriteTx<'_>, batch: BatchId, from: usize, lines: &[Line]) -> Result<(), Fault> {
    store::insert_lines(tx, batch, from, lines)
}

/// When the oldest list that is still being put together was begun.
pub fn oldest_open(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::oldest_open(tx)
}

/// Forgets lists that were begun before and never written, about `limit` lines of them, and says how many lines.
pub fn forget_open(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    store::delete_open(tx, before, limit)
}
