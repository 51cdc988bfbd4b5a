//! The rows of `storage`, `storage_box` and `storage_rule`, and the place of a card.

use rusqlite::{Row, named_params};

use super::{Away, BoxWish, Count, Heading, NewRule, Place, PlaceWish, Rule, Spot, StorageBox};
use crate::base::{BoxId, CardId, LocationId, Moment, StaffId, StorageId, StorageRuleId};
use crate::cards::Card;
use crate::cards::store::{CARD, card};
use crate::db::{Fault, InOrder, ReadTx, WriteTx};

fn place_row(row: &Row<'_>) -> rusqlite::Result<Place> {
    let id: StorageId = row.get("id")?;
    let barcode: Option<String> = row.get("barcode")?;
    Ok(Place {
        id,
        code: row.get("code")?,
        name: row.get("name")?,
        location: row.get("location_id")?,
        barcode: barcode.unwrap_or_else(|| super::own_barcode("ST", id.get())),
        position: row.get("position")?,
        retired_at: row.get("retired_at")?,
        version: row.get("version")?,
        boxes: Vec::new(),
    })
}

pub(super) fn places(tx: &ReadTx<'_>) -> Result<Vec<Place>, Fault> {
    tx.all(
        "SELECT id, code, name, location_id, barcode, position, retired_at, version
         FROM storage ORDER BY retired_at IS NOT NULL, position, code",
        [],
        place_row,
    )
}

const BOX: &str =
    "SELECT id, storage_id, code, barcode, kind, capacity, position, retired_at, version FROM storage_box";

fn box_row(row: &Row<'_>) -> rusqlite::Result<StorageBox> {
    let id: BoxId = row.get("id")?;
    let barcode: Option<String> = row.get("barcode")?;
    Ok(StorageBox {
        id,
        storage: row.get("storage_id")?,
        code: row.get("code")?,
        barcode: barcode.unwrap_or_else(|| super::own_barcode("BX", id.get())),
        kind: row.get("kind")?,
        capacity: row.get("capacity")?,
        position: row.get("position")?,
        retired_at: row.get("retired_at")?,
        version: row.get("version")?,
    })
}

pub(super) fn boxes(tx: &ReadTx<'_>) -> Result<Vec<StorageBox>, Fault> {
    tx.all(&format!("{BOX} ORDER BY storage_id, retired_at IS NOT NULL, position, code"), [], box_row)
}

pub(super) fn one_box(tx: &ReadTx<'_>, id: BoxId) -> Result<Option<StorageBox>, Fault> {
    tx.opt(&format!("{BOX} WHERE id = :id"), named_params! { ":id": id }, box_row)
}

pub(super) fn insert_place(
    tx: &WriteTx<'_>,
    wish: &PlaceWish,
    barcode: Option<&str>,
) -> Result<StorageId, Fault> {
    let row = tx.insert(
        "INSERT INTO storage (code, name, location_id, barcode, position)
         VALUES (:code, :name, :location, :barcode, :position)",
        named_params! {
            ":code": wish.code.trim(), ":name": wish.name.trim(), ":location": wish.location, ":barcode": barcode,
            ":position": wish.position,
        },
    )?;
    Ok(StorageId::of(row))
}

pub(super) fn update_place(
    tx: &WriteTx<'_>,
    id: StorageId,
    wish: &PlaceWish,
    barcode: Option<&str>,
    retired_at: Option<Moment>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE storage
         SET code = :code, name = :name, location_id = :location, barcode = :barcode, position = :position,
             retired_at = :retired, version = version + 1
         WHERE id = :id",
        named_params! {
            ":id": id, ":code": wish.code.trim(), ":name": wish.name.trim(), ":location": wish.location,
            ":barcode": barcode, ":position": wish.position, ":retired": retired_at,
        },
    )?;
    Ok(())
}

pub(super) fn insert_box(
    tx: &WriteTx<'_>,
    storage: StorageId,
    wish: &BoxWish,
    barcode: Option<&str>,
) -> Result<BoxId, Fault> {
    let row = tx.insert(
        "INSERT INTO storage_box (storage_id, code, barcode, kind, capacity, position)
         VALUES (:storage, :code, :barcode, :kind, :capacity, :position)",
        named_params! {
            ":storage": storage, ":code": wish.code.trim(), ":barcode": barcode, ":kind": wish.kind,
            ":capacity": wish.capacity, ":position": wish.position,
        },
    )?;
    Ok(BoxId::of(row))
}

pub(super) fn update_box(
    tx: &WriteTx<'_>,
    id: BoxId,
    wish: &BoxWish,
    barcode: Option<&str>,
    retired_at: Option<Moment>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE storage_box
         SET code = :code, barcode = :barcode, kind = :kind, capacity = :capacity, position = :position,
             retired_at = :retired, version = version + 1
         WHERE id = :id",
        named_params! {
            ":id": id, ":code": wish.code.trim(), ":barcode": barcode, ":kind": wish.kind,
            ":capacity": wish.capacity, ":position": wish.position, ":retired": retired_at,
        },
    )?;
    Ok(())
}

/// Whether any card lies on this shelf, has a spot there, or is on its way from it.
pub(super) fn holds(tx: &ReadTx<'_>, storage: StorageId, shelf: Option<&str>) -> Result<bool, Fault> {
    let at = "SELECT EXISTS (SELECT 1 FROM card WHERE storage_id = :storage AND at_place = 1";
    match shelf {
        Some(shelf) => tx.one(
            &format!("{at} AND shelf = :shelf) AS holds"),
            named_params! { ":storage": storage, ":shelf": shelf },
            |row| row.get("holds"),
        ),
        None => {
            tx.one(&format!("{at}) AS holds"), named_params! { ":storage": storage }, |row| row.get("holds"))
        }
    }
}

/// Whether a card ever was on this shelf, as far as the cards say.
pub(super) fn held(tx: &ReadTx<'_>, storage: StorageId, shelf: &str) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM card WHERE storage_id = :storage AND shelf = :shelf) AS held",
        named_params! { ":storage": storage, ":shelf": shelf },
        |row| row.get("held"),
    )
}

pub(super) fn counts(tx: &ReadTx<'_>) -> Result<Vec<Count>, Fault> {
    tx.all(
        "SELECT storage_id, shelf, sum(status <> 'announced') AS cards, sum(status = 'announced') AS expected
         FROM card
         WHERE at_place = 1
           AND (import_run_id IS NULL OR import_run_id NOT IN (SELECT id FROM import_run WHERE state = 'applying'))
         GROUP BY storage_id, shelf",
        [],
        |row| {
            Ok(Count {
                storage: row.get("storage_id")?,
                shelf: row.get("shelf")?,
                cards: row.get("cards")?,
                expected: row.get("expected")?,
            })
        },
    )
}

pub(super) fn contents(
    tx: &ReadTx<'_>,
    storage: StorageId,
    shelf: Option<&str>,
    most: usize,
) -> Result<Vec<Card>, Fault> {
    let here = format!("{CARD} WHERE at_place = 1 AND storage_id = :storage");
    let order = format!("ORDER BY shelf, position, id LIMIT {most}");
    match shelf {
        Some(shelf) => tx.all(
            &format!("{here} AND shelf = :shelf {order}"),
            named_params! { ":storage": storage, ":shelf": shelf },
            card,
        ),
        None => tx.all(&format!("{here} {order}"), named_params! { ":storage": storage }, card),
    }
}

/// The numbers that are taken on a shelf, those of an unfinished import too.
pub(super) fn taken(tx: &ReadTx<'_>, storage: StorageId, shelf: &str) -> Result<Vec<String>, Fault> {
    tx.all(
        "SELECT position FROM card WHERE storage_id = :storage AND shelf = :shelf AND at_place = 1",
        named_params! { ":storage": storage, ":shelf": shelf },
        |row| row.get("position"),
    )
}

/// Lays a card down at a spot; it is not on its way any more.
pub(super) fn lay(tx: &WriteTx<'_>, id: CardId, spot: &Spot) -> Result<(), Fault> {
    tx.run(
        "UPDATE card
         SET storage_id = :storage, shelf = :shelf, position = :position, placed_at = :now, away = NULL,
             away_location_id = NULL, away_staff_id = NULL, away_by_id = NULL, away_at = NULL,
             updated_at = :now, version = version + 1
         WHERE id = :id",
        named_params! {
            ":id": id, ":storage": spot.storage, ":shelf": spot.shelf, ":position": spot.position, ":now": tx.now(),
        },
    )?;
    Ok(())
}

/// Takes a card out of its place; the place stays noted as the last one.
pub(super) fn take_out(tx: &WriteTx<'_>, id: CardId, to: Heading) -> Result<(), Fault> {
    let (away, location, person) = match to {
        Heading::Location(location) => ("transit", Some(location), None),
        Heading::Person(person) => ("hand", None, Some(person)),
    };
    tx.run(
        "UPDATE card
         SET away = :away, away_location_id = :location, away_staff_id = :person, away_by_id = :by, away_at = :now,
             updated_at = :now, version = version + 1
         WHERE id = :id",
        named_params! {
            ":id": id, ":away": away, ":location": location, ":person": person, ":by": tx.actor().staff(),
            ":now": tx.now(),
        },
    )?;
    Ok(())
}

/// Forgets the spot of a card that lies nowhere.
pub(super) fn clear_spot(tx: &WriteTx<'_>, id: CardId) -> Result<(), Fault> {
    tx.run(
        "UPDATE card SET storage_id = NULL, shelf = '', position = '', placed_at = NULL WHERE id = :id",
        named_params! { ":id": id },
    )?;
    Ok(())
}

/// How a card is away, from its row.
pub(in crate::cards) fn away_of(row: &InOrder<'_, '_>) -> rusqlite::Result<Option<Away>> {
    let location: Option<LocationId> = row.get("away_location_id")?;
    let person: Option<StaffId> = row.get("away_staff_id")?;
    let by: Option<StaffId> = row.get("away_by_id")?;
    let since: Option<Moment> = row.get("away_at")?;
    let to = location.map(Heading::Location).or(person.map(Heading::Person));
    Ok(to.zip(since).map(|(to, since)| Away { to, by, since }))
}

pub(super) fn away(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Card>, Fault> {
    tx.all(
        &format!(
            "{CARD} WHERE away IS NOT NULL
               AND status NOT IN ('issued', 'mailed', 'disposed', 'defect_returned', 'missing')
             ORDER BY away_at, id LIMIT {most}"
        ),
        [],
        card,
    )
}

pub(super) fn rules(tx: &ReadTx<'_>) -> Result<Vec<Rule>, Fault> {
    tx.all(
        "SELECT id, location_id, notice_prefix, notice_from, notice_to, profile, storage_id, box_id
         FROM storage_rule ORDER BY position, id",
        [],
        |row| {
            Ok(Rule {
                id: row.get("id")?,
                when: NewRule {
                    location: row.get("location_id")?,
                    prefix: row.get("notice_prefix")?,
                    from: row.get("notice_from")?,
                    to: row.get("notice_to")?,
                    profile: row.get("profile")?,
                    storage: row.get("storage_id")?,
                    only: row.get("box_id")?,
                },
            })
        },
    )
}

pub(super) fn insert_rule(tx: &WriteTx<'_>, rule: &NewRule) -> Result<StorageRuleId, Fault> {
    let row = tx.insert(
        "INSERT INTO storage_rule (position, location_id, notice_prefix, notice_from, notice_to, profile, storage_id, box_id)
         SELECT coalesce(max(position), 0) + 1, :location, :prefix, :from, :to, :profile, :storage, :box FROM storage_rule",
        named_params! {
            ":location": rule.location, ":prefix": rule.prefix, ":from": rule.from, ":to": rule.to,
            ":profile": rule.profile, ":storage": rule.storage, ":box": rule.only,
        },
    )?;
    Ok(StorageRuleId::of(row))
}

pub(super) fn delete_rule(tx: &WriteTx<'_>, id: StorageRuleId) -> Result<bool, Fault> {
    Ok(tx.run("DELETE FROM storage_rule WHERE id = :id", named_params! { ":id": id })? > 0)
}

/// Writes the order of the rules.
pub(super) fn order_rules(tx: &WriteTx<'_>, ids: &[StorageRuleId]) -> Result<(), Fault> {
    for (position, id) in (1_i64..).zip(ids) {
        tx.run(
            "UPDATE storage_rule SET position = :position WHERE id = :id",
            named_params! { ":id": id, ":position": position },
        )?;
    }
    Ok(())
}
