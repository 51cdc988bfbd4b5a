//! The changes of `location` and `location_text`.

use rusqlite::named_params;

use super::ChangeLocation;
use crate::base::{Day, LocationId};
use crate::calendar::location::LocationText;
use crate::db::{Fault, WriteTx};

pub(super) fn update_location(tx: &WriteTx<'_>, wish: &ChangeLocation) -> Result<(), Fault> {
    let words = &wish.words;
    tx.run(
        "UPDATE location
            SET code = :code, name = :name, address = :address, access = :access, phone = :phone,
                barrier_free = :barrier_free, hours_text = :hours, citizen_visible = :visible,
                seats_by = :seats_by, few_percent = :few, shown_weekdays = :weekdays, version = version + 1
          WHERE id = :id",
        named_params! {
            ":id": wish.location, ":code": wish.code, ":name": words.name, ":address": words.address,
            ":access": words.access, ":phone": wish.phone, ":barrier_free": words.barrier_free,
            ":hours": words.hours_text, ":visible": wish.citizen_visible, ":seats_by": wish.seats_by,
            ":few": wish.few_percent, ":weekdays": wish.weekdays.bits(),
        },
    )?;
    Ok(())
}

pub(super) fn upsert_text(
    tx: &WriteTx<'_>,
    location: LocationId,
    language: &str,
    words: &LocationText,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO location_text (location_id, language, name, address, access, barrier_free, hours_text)
         VALUES (:location, :language, :name, :address, :access, :barrier_free, :hours)
         ON CONFLICT (location_id, language)
         DO UPDATE SET name = :name, address = :address, access = :access, barrier_free = :barrier_free,
                       hours_text = :hours",
        named_params! {
            ":location": location, ":language": language, ":name": words.name, ":address": words.address,
            ":access": words.access, ":barrier_free": words.barrier_free, ":hours": words.hours_text,
        },
    )?;
    Ok(())
}

pub(super) fn set_position(tx: &WriteTx<'_>, location: LocationId, position: i64) -> Result<(), Fault> {
    tx.run(
        "UPDATE location SET position = :position WHERE id = :id",
        named_params! { ":id": location, ":position": position },
    )?;
    Ok(())
}

pub(super) fn set_retired(tx: &WriteTx<'_>, location: LocationId, from: Option<Day>) -> Result<(), Fault> {
    tx.run(
        "UPDATE location SET retired_on = :from, version = version + 1 WHERE id = :id",
        named_params! { ":id": location, ":from": from },
    )?;
    Ok(())
}
