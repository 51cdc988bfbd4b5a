//! The tables `watch` and `watch_run`.

use rusqlite::{Row, named_params};

use super::{Count, WatchList};
use crate::base::{CardId, Day};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx, WriteTx};

/// A row of a list.
pub(super) struct Stored {
    pub card: CardId,
    pub due_on: Day,
    pub found_on: Day,
    pub put_off: Option<(Day, String, String)>,
}

pub(super) fn is_finished(tx: &ReadTx<'_>, day: Day) -> Result<bool, Fault> {
    let found = tx.opt(
        "SELECT on_day FROM watch_run WHERE on_day = :day AND finished_at IS NOT NULL",
        named_params! { ":day": day },
        |row| row.get::<_, Day>("on_day"),
    )?;
    Ok(found.is_some())
}

/// The row of the last card that the look of this day has come to.
pub(super) fn begin_or_go_on(tx: &WriteTx<'_>, day: Day) -> Result<i64, Fault> {
    tx.run(
        "INSERT INTO watch_run (on_day, after_id, started_at) VALUES (:day, 0, :now) ON CONFLICT (on_day) DO NOTHING",
        named_params! { ":day": day, ":now": tx.now() },
    )?;
    tx.one("SELECT after_id FROM watch_run WHERE on_day = :day", named_params! { ":day": day }, |row| {
        row.get("after_id")
    })
}

pub(super) fn came_to(tx: &WriteTx<'_>, day: Day, card: CardId) -> Result<(), Fault> {
    tx.run(
        "UPDATE watch_run SET after_id = :card WHERE on_day = :day",
        named_params! { ":day": day, ":card": card },
    )?;
    Ok(())
}

pub(super) fn finish(tx: &WriteTx<'_>, day: Day) -> Result<(), Fault> {
    tx.run(
        "UPDATE watch_run SET finished_at = :now WHERE on_day = :day",
        named_params! { ":day": day, ":now": tx.now() },
    )?;
    tx.run("DELETE FROM watch_run WHERE on_day < :old", named_params! { ":old": day.plus(-30) })?;
    Ok(())
}

/// The next cards by row that are not past everything.
pub(super) fn cards_after(tx: &ReadTx<'_>, after: i64, most: u32) -> Result<Vec<Card>, Fault> {
    cards::unfinished_after(tx, after, most)
}

/// Makes a card's rows what this day says they are; what was put off stays put off.
pub(super) fn keep(tx: &WriteTx<'_>, card: CardId, day: Day, due: &[(WatchList, Day)]) -> Result<(), Fault> {
    let lists: Vec<&str> = due.iter().map(|(list, _)| list.code()).collect();
    let lists = serde_json::to_string(&lists).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.run(
        "DELETE FROM watch WHERE card_id = :card AND list NOT IN (SELECT value FROM json_each(:lists))",
        named_params! { ":card": card, ":lists": lists },
    )?;
    for (list, due_on) in due {
        tx.run(
            "INSERT INTO watch (list, card_id, due_on, found_on) VALUES (:list, :card, :due, :day)
             ON CONFLICT (list, card_id) DO UPDATE SET due_on = excluded.due_on WHERE due_on <> excluded.due_on",
            named_params! { ":list": list, ":card": card, ":due": due_on, ":day": day },
        )?;
    }
    Ok(())
}

pub(super) fn ids_after(
    tx: &ReadTx<'_>,
    list: WatchList,
    after: CardId,
    most: usize,
) -> Result<Vec<CardId>, Fault> {
    tx.all(
        "SELECT card_id FROM watch
          WHERE list = :list AND card_id > :after AND (put_off_until IS NULL OR put_off_until <= :today)
          ORDER BY card_id LIMIT :most",
        named_params! {
            ":list": list, ":after": after, ":today": tx.today(), ":most": i64::try_from(most).unwrap_or(i64::MAX),
        },
        |row| row.get("card_id"),
    )
}

pub(super) fn counts(tx: &ReadTx<'_>, today: Day) -> Result<Vec<(WatchList, Count)>, Fault> {
    let found: Vec<(WatchList, Count)> = tx.all(
        "SELECT list, sum(put_off_until IS NULL OR put_off_until <= :today) AS open,
                sum(put_off_until > :today) AS put_off
           FROM watch
          WHERE card_id NOT IN (SELECT card.id FROM card JOIN import_run ON import_run.id = card.import_run_id
                                 WHERE import_run.state IN ('applying', 'undoing'))
          GROUP BY list",
        named_params! { ":today": today },
        |row| {
            let put_off: Option<u32> = row.get("put_off")?;
            Ok((row.get("list")?, Count { open: row.get("open")?, put_off: put_off.unwrap_or_default() }))
        },
    )?;
    let of = |list| found.iter().find(|(one, _)| *one == list).map(|(_, count)| *count).unwrap_or_default();
    Ok(WatchList::ALL.into_iter().map(|list| (list, of(list))).collect())
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let until: Option<Day> = row.get("put_off_until")?;
    Ok(Stored {
        card: row.get("card_id")?,
        due_on: row.get("due_on")?,
        found_on: row.get("found_on")?,
        put_off: match until {
            Some(until) => Some((until, row.get("put_off_reason")?, row.get("put_off_by")?)),
            None => None,
        },
    })
}

pub(super) fn rows(
    tx: &ReadTx<'_>,
    list: WatchList,
    put_off: bool,
    today: Day,
    most: usize,
) -> Result<Vec<Stored>, Fault> {
    let which =
        if put_off { "put_off_until > :today" } else { "(put_off_until IS NULL OR put_off_until <= :today)" };
    tx.all(
        &format!("SELECT * FROM watch WHERE list = :list AND {which} ORDER BY due_on, card_id LIMIT :most"),
        named_params! { ":list": list, ":today": today, ":most": i64::try_from(most).unwrap_or(i64::MAX) },
        stored,
    )
}

pub(super) fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<(WatchList, Day)>, Fault> {
    tx.all(
        "SELECT list, due_on FROM watch WHERE card_id = :card ORDER BY due_on",
        named_params! { ":card": card },
        |row| Ok((row.get("list")?, row.get("due_on")?)),
    )
}

/// Whether the card is on the list and its row changed.
pub(super) fn put_off(
    tx: &WriteTx<'_>,
    list: WatchList,
    card: CardId,
    to: Option<(Day, &str, &str)>,
) -> Result<bool, Fault> {
    let (until, reason, by) =
        to.map_or((None, None, None), |(day, why, by)| (Some(day), Some(why), Some(by)));
    let changed = tx.run(
        "UPDATE watch SET put_off_until = :until, put_off_reason = :reason, put_off_by = :by
          WHERE list = :list AND card_id = :card AND put_off_until IS NOT :until",
        named_params! { ":list": list, ":card": card, ":until": until, ":reason": reason, ":by": by },
    )?;
    Ok(changed > 0)
}
