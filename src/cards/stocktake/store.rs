//! The rows of `stocktake` and `stocktake_line`.

use rusqlite::{Row, named_params};

use super::{Line, Outcome, Stocktake, Tally};
use crate::base::{CardId, StocktakeId, StorageId};
use crate::cards::Card;
use crate::cards::storage::Spot;
use crate::cards::store::{CARD, card};
use crate::db::{Fault, ReadTx, WriteTx};

const STOCKTAKE: &str =
    "SELECT id, storage_id, shelf, state, started_at, started_by, finished_at, finished_by,
        expected, found, missing, foreign_cards
   FROM stocktake";

fn stocktake(row: &Row<'_>) -> rusqlite::Result<Stocktake> {
    let expected: Option<u32> = row.get("expected")?;
    let result = match expected {
        Some(expected) => Some(Tally {
            expected,
            found: row.get("found")?,
            missing: row.get("missing")?,
            foreign: row.get("foreign_cards")?,
        }),
        None => None,
    };
    Ok(Stocktake {
        id: row.get("id")?,
        storage: row.get("storage_id")?,
        shelf: row.get("shelf")?,
        state: row.get("state")?,
        started_at: row.get("started_at")?,
        started_by: row.get("started_by")?,
        finished_at: row.get("finished_at")?,
        finished_by: row.get("finished_by")?,
        result,
    })
}

pub(super) fn get(tx: &ReadTx<'_>, id: StocktakeId) -> Result<Option<Stocktake>, Fault> {
    tx.opt(&format!("{STOCKTAKE} WHERE id = :id"), named_params! { ":id": id }, stocktake)
}

pub(super) fn open_of(
    tx: &ReadTx<'_>,
    storage: StorageId,
    shelf: &str,
) -> Result<Option<StocktakeId>, Fault> {
    tx.opt(
        "SELECT id FROM stocktake WHERE storage_id = :storage AND shelf = :shelf AND state IN ('open', 'finishing')",
        named_params! { ":storage": storage, ":shelf": shelf },
        |row| row.get("id"),
    )
}

pub(super) fn list(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Stocktake>, Fault> {
    tx.all(
        &format!("{STOCKTAKE} ORDER BY state IN ('open', 'finishing') DESC, id DESC LIMIT {most}"),
        [],
        stocktake,
    )
}

pub(super) fn latest(tx: &ReadTx<'_>) -> Result<Vec<Stocktake>, Fault> {
    tx.all(
        &format!(
            "{STOCKTAKE} WHERE id IN
               (SELECT max(id) FROM stocktake WHERE state = 'finished' GROUP BY storage_id, shelf)"
        ),
        [],
        stocktake,
    )
}

pub(super) fn insert(tx: &WriteTx<'_>, storage: StorageId, shelf: &str) -> Result<StocktakeId, Fault> {
    let row = tx.insert(
        "INSERT INTO stocktake (storage_id, shelf, state, started_at, started_by)
         VALUES (:storage, :shelf, 'open', :now, :by)",
        named_params! {
            ":storage": storage, ":shelf": shelf, ":now": tx.now(), ":by": tx.actor().display_name(),
        },
    )?;
    Ok(StocktakeId::of(row))
}

/// Nobody scans any more; who decided so.
pub(super) fn begin_end(tx: &WriteTx<'_>, id: StocktakeId, by: &str) -> Result<(), Fault> {
    tx.run(
        "UPDATE stocktake SET state = 'finishing', finished_by = :by WHERE id = :id",
        named_params! { ":id": id, ":by": by },
    )?;
    Ok(())
}

pub(super) fn end(tx: &WriteTx<'_>, id: StocktakeId, tally: Tally) -> Result<(), Fault> {
    tx.run(
        "UPDATE stocktake
         SET state = 'finished', finished_at = :now, expected = :expected, found = :found, missing = :missing,
             foreign_cards = :foreign, after_shelf = NULL, after_position = NULL, after_card_id = NULL
         WHERE id = :id",
        named_params! {
            ":id": id, ":now": tx.now(), ":expected": tally.expected, ":found": tally.found,
            ":missing": tally.missing, ":foreign": tally.foreign,
        },
    )?;
    Ok(())
}

pub(super) fn abandon(tx: &WriteTx<'_>, id: StocktakeId) -> Result<(), Fault> {
    tx.run(
        "UPDATE stocktake SET state = 'abandoned', finished_at = :now, finished_by = :by WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now(), ":by": tx.actor().display_name() },
    )?;
    Ok(())
}

pub(super) fn unfinished(tx: &ReadTx<'_>) -> Result<Vec<StocktakeId>, Fault> {
    tx.all("SELECT id FROM stocktake WHERE state = 'finishing' ORDER BY id", [], |row| row.get("id"))
}

/// A card at its spot, in the order in which one walks.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) shelf: String,
    pub(super) position: String,
    pub(super) card: CardId,
}

/// How far the writing of what was not found has come.
pub(super) fn came_to(tx: &ReadTx<'_>, id: StocktakeId) -> Result<At, Fault> {
    tx.one(
        "SELECT coalesce(after_shelf, '') AS shelf, coalesce(after_position, '') AS position,
                coalesce(after_card_id, 0) AS card
         FROM stocktake WHERE id = :id",
        named_params! { ":id": id },
        at,
    )
}

fn at(row: &Row<'_>) -> rusqlite::Result<At> {
    Ok(At { shelf: row.get("shelf")?, position: row.get("position")?, card: row.get("card")? })
}

pub(super) fn set_came_to(tx: &WriteTx<'_>, id: StocktakeId, after: &At) -> Result<(), Fault> {
    tx.run(
        "UPDATE stocktake SET after_shelf = :shelf, after_position = :position, after_card_id = :card WHERE id = :id",
        named_params! { ":id": id, ":shelf": after.shelf, ":position": after.position, ":card": after.card },
    )?;
    Ok(())
}

/// The next cards of the place after a spot, whatever was read of them.
pub(super) fn next_there(
    tx: &ReadTx<'_>,
    one: &Stocktake,
    after: &At,
    most: usize,
) -> Result<Vec<At>, Fault> {
    let shelf = if one.shelf.is_empty() { ":wanted = ''" } else { "shelf = :wanted" };
    tx.all(
        &format!(
            "SELECT shelf, position, id AS card FROM card
             WHERE storage_id = :storage AND {shelf} AND (shelf, position, id) > (:shelf, :position, :card)
             ORDER BY shelf, position, id LIMIT {most}"
        ),
        named_params! {
            ":storage": one.storage, ":wanted": one.shelf, ":shelf": after.shelf, ":position": after.position,
            ":card": after.card,
        },
        at,
    )
}

/// Cards that lie there by the register, came before the stock-take began, and were not read. Binds `:storage`, `:shelf`,
/// `:since` and `:stocktake`.
fn left_where(one: &Stocktake) -> String {
    let shelf = if one.shelf.is_empty() { ":shelf = ''" } else { "shelf = :shelf" };
    format!(
        "at_place = 1 AND storage_id = :storage AND {shelf} AND status <> 'announced'
         AND coalesce(placed_at, 0) <= :since
         AND NOT EXISTS (SELECT 1 FROM stocktake_line
                          WHERE stocktake_id = :stocktake AND card_id IS NOT NULL AND card_id = card_seen.id)"
    )
}

pub(super) fn count_left(tx: &ReadTx<'_>, one: &Stocktake) -> Result<u32, Fault> {
    tx.one(
        &format!("SELECT count(*) AS cards FROM card_seen WHERE {}", left_where(one)),
        named_params! {
            ":storage": one.storage, ":shelf": one.shelf, ":since": one.started_at, ":stocktake": one.id,
        },
        |row| row.get("cards"),
    )
}

pub(super) fn left(tx: &ReadTx<'_>, one: &Stocktake, most: usize) -> Result<Vec<Card>, Fault> {
    tx.all(
        &format!("{CARD} WHERE {} ORDER BY shelf, position, id LIMIT {most}", left_where(one)),
        named_params! {
            ":storage": one.storage, ":shelf": one.shelf, ":since": one.started_at, ":stocktake": one.id,
        },
        card,
    )
}

/// Writes those of these cards down that should lie there and were not read.
pub(super) fn note_missing(tx: &WriteTx<'_>, one: &Stocktake, cards: &[CardId]) -> Result<(), Fault> {
    let cards = serde_json::to_string(cards).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.run(
        &format!(
            "INSERT INTO stocktake_line (stocktake_id, card_id, outcome, storage_id, label, times, at, by)
             SELECT :stocktake, id, 'missing', storage_id,
                    shelf || CASE WHEN position = '' THEN '' ELSE '-' || position END, 0, :now, :by
             FROM card_seen WHERE id IN (SELECT value FROM json_each(:cards)) AND {}",
            left_where(one)
        ),
        named_params! {
            ":storage": one.storage, ":shelf": one.shelf, ":since": one.started_at, ":stocktake": one.id,
            ":now": tx.now(), ":by": one.finished_by, ":cards": cards,
        },
    )?;
    Ok(())
}

/// Cards found, foreign ones (numbers that no card has among them), and those written down as not found.
pub(super) fn counted(tx: &ReadTx<'_>, id: StocktakeId) -> Result<(u32, u32, u32), Fault> {
    let (found, foreign) = read_so_far(tx, id)?;
    let missing = tx.one(
        "SELECT count(*) AS missing FROM stocktake_line WHERE stocktake_id = :id AND outcome = 'missing'",
        named_params! { ":id": id },
        |row| row.get("missing"),
    )?;
    Ok((found, foreign, missing))
}

/// Cards found and foreign ones (numbers that no card has among them).
pub(super) fn read_so_far(tx: &ReadTx<'_>, id: StocktakeId) -> Result<(u32, u32), Fault> {
    tx.one(
        "SELECT coalesce(sum(outcome = 'found'), 0) AS found,
                coalesce(sum(outcome IN ('foreign', 'unknown')), 0) AS strange
         FROM stocktake_line WHERE stocktake_id = :id",
        named_params! { ":id": id },
        |row| Ok((row.get("found")?, row.get("strange")?)),
    )
}

const LINE: &str = "SELECT id, card_id, typed, outcome, storage_id, label, times, at, by FROM stocktake_line";

fn line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        row: row.get("id")?,
        card: row.get("card_id")?,
        typed: row.get("typed")?,
        outcome: row.get("outcome")?,
        storage: row.get("storage_id")?,
        label: row.get("label")?,
        times: row.get("times")?,
        at: row.get("at")?,
        by: row.get("by")?,
    })
}

pub(super) fn line_of(tx: &ReadTx<'_>, id: StocktakeId, card: CardId) -> Result<Option<Line>, Fault> {
    tx.opt(
        &format!("{LINE} WHERE stocktake_id = :id AND card_id = :card"),
        named_params! { ":id": id, ":card": card },
        line,
    )
}

pub(super) fn lines(
    tx: &ReadTx<'_>,
    id: StocktakeId,
    outcomes: &[Outcome],
    most: usize,
) -> Result<Vec<Line>, Fault> {
    let words: Vec<String> = outcomes.iter().map(|outcome| format!("'{}'", outcome.code())).collect();
    tx.all(
        &format!(
            "{LINE} WHERE stocktake_id = :id AND outcome IN ({}) ORDER BY at DESC, id DESC LIMIT {most}",
            words.join(", ")
        ),
        named_params! { ":id": id },
        line,
    )
}

pub(super) fn lines_after(
    tx: &ReadTx<'_>,
    id: StocktakeId,
    outcome: Outcome,
    after: i64,
    most: usize,
) -> Result<Vec<Line>, Fault> {
    tx.all(
        &format!(
            "{LINE} WHERE stocktake_id = :id AND outcome = :outcome AND id > :after ORDER BY id LIMIT {most}"
        ),
        named_params! { ":id": id, ":outcome": outcome, ":after": after },
        line,
    )
}

pub(super) fn last_found(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Line>, Fault> {
    tx.opt(
        &format!("{LINE} WHERE card_id = :card AND outcome = 'found' ORDER BY at DESC LIMIT 1"),
        named_params! { ":card": card },
        line,
    )
}

pub(super) fn note(
    tx: &WriteTx<'_>,
    id: StocktakeId,
    card: CardId,
    outcome: Outcome,
    spot: &Spot,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO stocktake_line (stocktake_id, card_id, outcome, storage_id, label, times, at, by)
         VALUES (:id, :card, :outcome, :storage, :label, 1, :now, :by)
         ON CONFLICT (stocktake_id, card_id) WHERE card_id IS NOT NULL
         DO UPDATE SET outcome = :outcome, storage_id = :storage, label = :label, times = times + 1, at = :now, by = :by",
        named_params! {
            ":id": id, ":card": card, ":outcome": outcome, ":storage": spot.storage, ":label": spot.label(),
            ":now": tx.now(), ":by": tx.actor().display_name(),
        },
    )?;
    Ok(())
}

pub(super) fn note_unknown(tx: &WriteTx<'_>, id: StocktakeId, typed: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO stocktake_line (stocktake_id, typed, outcome, times, at, by)
         VALUES (:id, :typed, 'unknown', 1, :now, :by)
         ON CONFLICT (stocktake_id, typed) WHERE typed IS NOT NULL
         DO UPDATE SET times = times + 1, at = :now, by = :by",
        named_params! {
            ":id": id, ":typed": typed, ":now": tx.now(), ":by": tx.actor().display_name(),
        },
    )?;
    Ok(())
}
