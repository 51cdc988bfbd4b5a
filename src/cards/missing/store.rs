//! The rows of `missing_card` and `missing_step`.

use rusqlite::{Row, named_params};

use super::{MissingCard, Seen, State, Step};
use crate::base::{CardId, MissingCardId, StocktakeId};
use crate::cards::storage::Spot;
use crate::db::{Fault, ReadTx, WriteTx};

const RECORD: &str =
    "SELECT id, card_id, state, noticed_at, noticed_by, how, stocktake_id, last_storage_id, last_label,
        last_seen_at, last_seen_by, ended_at, ended_by, ending, version
   FROM missing_card";

fn record(row: &Row<'_>) -> rusqlite::Result<MissingCard> {
    Ok(MissingCard {
        id: row.get("id")?,
        card: row.get("card_id")?,
        state: row.get("state")?,
        noticed_at: row.get("noticed_at")?,
        noticed_by: row.get("noticed_by")?,
        how: row.get("how")?,
        stocktake: row.get("stocktake_id")?,
        last_storage: row.get("last_storage_id")?,
        last_label: row.get("last_label")?,
        last_seen_at: row.get("last_seen_at")?,
        last_seen_by: row.get("last_seen_by")?,
        ended_at: row.get("ended_at")?,
        ended_by: row.get("ended_by")?,
        ending: row.get("ending")?,
        version: row.get("version")?,
    })
}

pub(super) fn get(tx: &ReadTx<'_>, id: MissingCardId) -> Result<Option<MissingCard>, Fault> {
    tx.opt(&format!("{RECORD} WHERE id = :id"), named_params! { ":id": id }, record)
}

pub(super) fn open_of(tx: &ReadTx<'_>, card: CardId) -> Result<Option<MissingCardId>, Fault> {
    tx.opt(
        "SELECT id FROM missing_card WHERE card_id = :card AND state = 'open'",
        named_params! { ":card": card },
        |row| row.get("id"),
    )
}

pub(super) fn list(tx: &ReadTx<'_>, most: usize) -> Result<Vec<MissingCard>, Fault> {
    tx.all(&format!("{RECORD} ORDER BY state = 'open' DESC, id DESC LIMIT {most}"), [], record)
}

pub(super) fn count_open(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    tx.one("SELECT count(*) AS cards FROM missing_card WHERE state = 'open'", [], |row| row.get("cards"))
}

pub(super) fn steps(tx: &ReadTx<'_>, id: MissingCardId) -> Result<Vec<Step>, Fault> {
    tx.all(
        "SELECT at, by, text FROM missing_step WHERE missing_id = :id ORDER BY id",
        named_params! { ":id": id },
        |row| Ok(Step { at: row.get("at")?, by: row.get("by")?, text: row.get("text")? }),
    )
}

pub(super) fn insert(
    tx: &WriteTx<'_>,
    card: CardId,
    how: &str,
    spot: &Spot,
    seen: &Seen,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO missing_card (card_id, state, noticed_at, noticed_by, how, last_storage_id, last_label, last_seen_at,
             last_seen_by)
         VALUES (:card, 'open', :now, :by, :how, :storage, :label, :seen_at, :seen_by)",
        named_params! {
            ":card": card, ":now": tx.now(), ":by": tx.actor().display_name(), ":how": how,
            ":storage": spot.storage, ":label": spot.label(), ":seen_at": seen.at, ":seen_by": seen.by,
        },
    )?;
    Ok(())
}

pub(super) fn set_stocktake(
    tx: &WriteTx<'_>,
    id: MissingCardId,
    stocktake: Option<StocktakeId>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE missing_card SET stocktake_id = :stocktake WHERE id = :id",
        named_params! { ":id": id, ":stocktake": stocktake },
    )?;
    Ok(())
}

pub(super) fn insert_step(tx: &WriteTx<'_>, id: MissingCardId, text: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO missing_step (missing_id, at, by, text) VALUES (:id, :now, :by, :text)",
        named_params! { ":id": id, ":now": tx.now(), ":by": tx.actor().display_name(), ":text": text },
    )?;
    Ok(())
}

pub(super) fn end(
    tx: &WriteTx<'_>,
    id: MissingCardId,
    state: State,
    ending: Option<&str>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE missing_card
         SET state = :state, ended_at = :now, ended_by = :by, ending = :ending, version = version + 1
         WHERE id = :id",
        named_params! {
            ":id": id, ":state": state, ":now": tx.now(), ":by": tx.actor().display_name(),
            ":ending": ending.unwrap_or_default(),
        },
    )?;
    Ok(())
}
