//! The rows of `transfer` and `pull`.

use rusqlite::{Row, named_params};

use super::list::{Filter, LIST_MAX, Stage};
use super::pulls::{Pull, PullState};
use super::types::{Spot, Stamp, Transfer, TransferStatus, Want};
use crate::base::{BookingId, CardId, Day, TransferId};
use crate::db::{Fault, ReadTx, WriteTx};

const TRANSFER: &str = "SELECT t.id, t.card_id, t.from_storage_id, t.from_shelf, t.from_position, t.to_location_id,
        t.before_location_id, t.to_storage_id, t.home_storage_id, t.home_shelf, t.home_position, t.wanted_location_id,
        t.wanted_on, t.booking_id, t.status, t.return_needed, t.run, t.seal, t.requested_at, t.requested_by, t.pulled_at,
        t.pulled_by, t.sent_at, t.sent_by, t.arrived_at, t.arrived_by, t.cancelled_at, t.cancelled_by, t.version
   FROM transfer AS t";

fn transfer(row: &Row<'_>) -> rusqlite::Result<Transfer> {
    let spot = |storage: &str, shelf: &str, position: &str| {
        Ok::<_, rusqlite::Error>(Spot {
            storage: row.get(storage)?,
            shelf: row.get(shelf)?,
            position: row.get(position)?,
        })
    };
    let stamp = |at: &str, by: &str| {
        let at: Option<_> = row.get(at)?;
        let by: Option<String> = row.get(by)?;
        Ok::<_, rusqlite::Error>(at.map(|at| Stamp { at, by: by.unwrap_or_default() }))
    };
    Ok(Transfer {
        id: row.get("id")?,
        card: row.get("card_id")?,
        from: spot("from_storage_id", "from_shelf", "from_position")?,
        to: row.get("to_location_id")?,
        before: row.get("before_location_id")?,
        to_storage: row.get("to_storage_id")?,
        home: spot("home_storage_id", "home_shelf", "home_position")?,
        want: want(row)?,
        status: row.get("status")?,
        return_needed: row.get("return_needed")?,
        run: row.get("run")?,
        seal: row.get("seal")?,
        requested: Stamp { at: row.get("requested_at")?, by: row.get("requested_by")? },
        pulled: stamp("pulled_at", "pulled_by")?,
        sent: stamp("sent_at", "sent_by")?,
        arrived: stamp("arrived_at", "arrived_by")?,
        cancelled: stamp("cancelled_at", "cancelled_by")?,
        version: row.get("version")?,
    })
}

fn want(row: &Row<'_>) -> rusqlite::Result<Option<Want>> {
    let booking: Option<BookingId> = row.get("booking_id")?;
    booking
        .map(|booking| {
            Ok(Want { booking, location: row.get("wanted_location_id")?, day: row.get("wanted_on")? })
        })
        .transpose()
}

pub(super) fn get(tx: &ReadTx<'_>, id: TransferId) -> Result<Option<Transfer>, Fault> {
    tx.opt(&format!("{TRANSFER} WHERE t.id = :id"), named_params! { ":id": id }, transfer)
}

pub(super) fn open_of(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Transfer>, Fault> {
    tx.opt(
        &format!("{TRANSFER} WHERE t.card_id = :card AND t.status IN ('requested', 'pulled', 'in_transit')"),
        named_params! { ":card": card },
        transfer,
    )
}

pub(super) fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Transfer>, Fault> {
    tx.all(
        &format!("{TRANSFER} WHERE t.card_id = :card ORDER BY t.id DESC"),
        named_params! { ":card": card },
        transfer,
    )
}

/// The journey that brought the card last to where something was received, whatever became of it since.
pub(super) fn last_arrival(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Transfer>, Fault> {
    tx.opt(
        &format!(
            "{TRANSFER} WHERE t.card_id = :card AND t.status = 'arrived' ORDER BY t.arrived_at DESC, t.id DESC LIMIT 1"
        ),
        named_params! { ":card": card },
        transfer,
    )
}

/// The closed journeys of a card after which something is still to be brought back.
pub(super) fn owed(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Transfer>, Fault> {
    tx.all(
        &format!(
            "{TRANSFER} WHERE t.card_id = :card AND t.return_needed = 1 AND t.status IN ('arrived', 'cancelled')"
        ),
        named_params! { ":card": card },
        transfer,
    )
}

pub(super) fn insert(tx: &WriteTx<'_>, new: &Transfer) -> Result<TransferId, Fault> {
    let row = tx.insert(
        "INSERT INTO transfer (card_id, from_storage_id, from_shelf, from_position, to_location_id, home_storage_id,
                               home_shelf, home_position, wanted_location_id, wanted_on, booking_id, status,
                               requested_at, requested_by)
         VALUES (:card, :from, :from_shelf, :from_position, :to, :home, :home_shelf, :home_position, :wanted,
                 :wanted_on, :booking, :status, :at, :by)",
        named_params! {
            ":card": new.card, ":from": new.from.storage, ":from_shelf": new.from.shelf,
            ":from_position": new.from.position, ":to": new.to, ":home": new.home.storage,
            ":home_shelf": new.home.shelf, ":home_position": new.home.position,
            ":wanted": new.want.map(|want| want.location), ":wanted_on": new.want.map(|want| want.day),
            ":booking": new.want.map(|want| want.booking), ":status": new.status,
            ":at": new.requested.at, ":by": new.requested.by,
        },
    )?;
    Ok(TransferId::of(row))
}

/// Writes a row down as it now stands, and raises its version.
pub(super) fn save(tx: &WriteTx<'_>, now: &Transfer) -> Result<(), Fault> {
    let at = |stamp: &Option<Stamp>| stamp.as_ref().map(|stamp| stamp.at);
    let by = |stamp: &Option<Stamp>| stamp.as_ref().map(|stamp| stamp.by.clone());
    tx.run(
        "UPDATE transfer
            SET from_storage_id = :from, from_shelf = :from_shelf, from_position = :from_position,
                to_location_id = :to, before_location_id = :before, to_storage_id = :to_storage,
                home_storage_id = :home, home_shelf = :home_shelf, home_position = :home_position,
                wanted_location_id = :wanted, wanted_on = :wanted_on, booking_id = :booking, status = :status,
                return_needed = :return, run = :run, seal = :seal, pulled_at = :pulled_at, pulled_by = :pulled_by,
                sent_at = :sent_at, sent_by = :sent_by, arrived_at = :arrived_at, arrived_by = :arrived_by,
                cancelled_at = :cancelled_at, cancelled_by = :cancelled_by, version = version + 1
          WHERE id = :id",
        named_params! {
            ":id": now.id, ":from": now.from.storage, ":from_shelf": now.from.shelf,
            ":from_position": now.from.position, ":to": now.to, ":before": now.before,
            ":to_storage": now.to_storage, ":home": now.home.storage, ":home_shelf": now.home.shelf,
            ":home_position": now.home.position, ":wanted": now.want.map(|want| want.location),
            ":wanted_on": now.want.map(|want| want.day), ":booking": now.want.map(|want| want.booking),
            ":status": now.status, ":return": now.return_needed, ":run": now.run, ":seal": now.seal,
            ":pulled_at": at(&now.pulled), ":pulled_by": by(&now.pulled), ":sent_at": at(&now.sent),
            ":sent_by": by(&now.sent), ":arrived_at": at(&now.arrived), ":arrived_by": by(&now.arrived),
            ":cancelled_at": at(&now.cancelled), ":cancelled_by": by(&now.cancelled),
        },
    )?;
    Ok(())
}

/// The condition of a stage of the list; `f` is the storage place that a row leaves, `o` the one where it lies.
fn condition(stage: Stage) -> &'static str {
    match stage {
        Stage::ToSend => "t.status IN ('requested', 'pulled') AND t.booking_id IS NOT NULL",
        Stage::UnderWay | Stage::ToReceive => "t.status = 'in_transit'",
        Stage::Returns => {
            "((t.return_needed = 1 AND t.status IN ('in_transit', 'arrived', 'cancelled'))
              OR (t.booking_id IS NULL AND t.status IN ('requested', 'pulled')))
             AND c.status NOT IN ('issued', 'mailed', 'disposed', 'defect_returned')"
        }
        Stage::Done => "t.status IN ('arrived', 'cancelled') AND t.return_needed = 0",
    }
}

fn clauses(filter: &Filter) -> String {
    let mut all = vec![condition(filter.stage)];
    if filter.from.is_some() {
        all.push("f.location_id = :from");
    }
    if filter.to.is_some() {
        all.push("t.to_location_id = :to");
    }
    if filter.day.is_some() {
        all.push("t.wanted_on = :day");
    }
    if filter.status.is_some() {
        all.push("t.status = :status");
    }
    if !filter.within.is_empty() {
        all.push(
            "(f.location_id IS NULL OR f.location_id IN (SELECT value FROM json_each(:within))
              OR t.to_location_id IN (SELECT value FROM json_each(:within)))",
        );
    }
    all.join(" AND ")
}

/// The values of the clauses, only those that the statement names.
fn values(filter: &Filter) -> Vec<(&'static str, Box<dyn rusqlite::ToSql>)> {
    let mut all: Vec<(&'static str, Box<dyn rusqlite::ToSql>)> = Vec::new();
    if let Some(from) = filter.from {
        all.push((":from", Box::new(from)));
    }
    if let Some(to) = filter.to {
        all.push((":to", Box::new(to)));
    }
    if let Some(day) = filter.day {
        all.push((":day", Box::new(day)));
    }
    if let Some(status) = filter.status {
        all.push((":status", Box::new(status)));
    }
    if !filter.within.is_empty() {
        let rows: Vec<String> = filter.within.iter().map(ToString::to_string).collect();
        all.push((":within", Box::new(format!("[{}]", rows.join(",")))));
    }
    all
}

/// The same as statements take them.
fn bound<'v>(
    values: &'v [(&'static str, Box<dyn rusqlite::ToSql>)],
) -> Vec<(&'v str, &'v dyn rusqlite::ToSql)> {
    values.iter().map(|(name, value)| (*name, value.as_ref())).collect()
}

pub(super) fn list(tx: &ReadTx<'_>, filter: &Filter) -> Result<Vec<Transfer>, Fault> {
    let order = match filter.stage {
        Stage::Done => "coalesce(t.arrived_at, t.cancelled_at) DESC, t.id DESC",
        _ => "f.code, t.to_location_id, t.wanted_on, t.from_shelf, t.from_position, t.id",
    };
    let values = values(filter);
    tx.all(
        &format!(
            "{TRANSFER} JOIN storage AS f ON f.id = t.from_storage_id JOIN card_seen AS c ON c.id = t.card_id WHERE {} ORDER BY {order} LIMIT {LIST_MAX}",
            clauses(filter)
        ),
        bound(&values).as_slice(),
        transfer,
    )
}

pub(super) fn count(tx: &ReadTx<'_>, filter: &Filter) -> Result<u32, Fault> {
    let values = values(filter);
    tx.one(
        &format!(
            "SELECT count(*) AS n FROM transfer AS t JOIN storage AS f ON f.id = t.from_storage_id JOIN card_seen AS c ON c.id = t.card_id WHERE {}",
            clauses(filter)
        ),
        bound(&values).as_slice(),
        |row| row.get("n"),
    )
}

fn pull(row: &Row<'_>) -> rusqlite::Result<Pull> {
    Ok(Pull {
        card: row.get("card_id")?,
        booking: row.get("booking_id")?,
        day: row.get("on_day")?,
        state: row.get("state")?,
        stamp: Stamp { at: row.get("at")?, by: row.get("by")? },
    })
}

pub(super) fn pulls_of(tx: &ReadTx<'_>, cards: &[CardId]) -> Result<Vec<Pull>, Fault> {
    let cards = serde_json::to_string(cards).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.all(
        "SELECT card_id, booking_id, on_day, state, at, by FROM pull
          WHERE card_id IN (SELECT value FROM json_each(:cards))",
        named_params! { ":cards": cards },
        pull,
    )
}

pub(super) fn put_pull(
    tx: &WriteTx<'_>,
    card: CardId,
    (booking, day): (BookingId, Day),
    state: PullState,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO pull (card_id, booking_id, on_day, state, at, by)
         VALUES (:card, :booking, :day, :state, :now, :by)
         ON CONFLICT (card_id)
         DO UPDATE SET booking_id = :booking, on_day = :day, state = :state, at = :now, by = :by",
        named_params! {
            ":card": card, ":booking": booking, ":day": day, ":state": state, ":now": tx.now(),
            ":by": tx.actor().display_name(),
        },
    )?;
    Ok(())
}

pub(super) fn drop_pull(tx: &WriteTx<'_>, card: CardId) -> Result<usize, Fault> {
    tx.run("DELETE FROM pull WHERE card_id = :card", named_params! { ":card": card })
}

/// The status of a row, for a quick look at whether the card is under way.
pub(super) fn in_transit(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Transfer>, Fault> {
    Ok(open_of(tx, card)?.filter(|open| open.status == TransferStatus::InTransit))
}
