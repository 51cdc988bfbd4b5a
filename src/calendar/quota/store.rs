//! The rows of `seat_reserve` and `seat_release`.

use rusqlite::named_params;

use super::{Release, Reserve};
use crate::base::LocationId;
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn reserves(tx: &ReadTx<'_>, location: LocationId) -> Result<Vec<Reserve>, Fault> {
    tx.all(
        "SELECT channel, seats, release_days, release_min FROM seat_reserve
          WHERE location_id = :location ORDER BY channel",
        named_params! { ":location": location },
        |row| {
            Ok(Reserve {
                channel: row.get("channel")?,
                seats: row.get("seats")?,
                release_days: row.get("release_days")?,
                release_at: row.get("release_min")?,
            })
        },
    )
}

pub(super) fn releases(tx: &ReadTx<'_>, location: LocationId) -> Result<Vec<Release>, Fault> {
    tx.all(
        "SELECT id, from_on, to_on, opens_at FROM seat_release
          WHERE location_id = :location ORDER BY opens_at, from_on, id",
        named_params! { ":location": location },
        |row| {
            Ok(Release {
                id: row.get("id")?,
                from: row.get("from_on")?,
                to: row.get("to_on")?,
                opens_at: row.get("opens_at")?,
            })
        },
    )
}

pub(super) fn replace_reserves(
    tx: &WriteTx<'_>,
    location: LocationId,
    reserves: &[Reserve],
) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM seat_reserve WHERE location_id = :location",
        named_params! { ":location": location },
    )?;
    for one in reserves {
        tx.run(
            "INSERT INTO seat_reserve (location_id, channel, seats, release_days, release_min)
             VALUES (:location, :channel, :seats, :days, :minute)",
            named_params! {
                ":location": location, ":channel": one.channel, ":seats": one.seats, ":days": one.release_days,
                ":minute": one.release_at,
            },
        )?;
    }
    Ok(())
}

pub(super) fn insert_release(tx: &WriteTx<'_>, location: LocationId, new: &Release) -> Result<i64, Fault> {
    tx.insert(
        "INSERT INTO seat_release (location_id, from_on, to_on, opens_at) VALUES (:location, :from, :to, :opens)",
        named_params! { ":location": location, ":from": new.from, ":to": new.to, ":opens": new.opens_at },
    )
}

pub(super) fn delete_release(tx: &WriteTx<'_>, location: LocationId, id: i64) -> Result<bool, Fault> {
    let gone = tx.run(
        "DELETE FROM seat_release WHERE id = :id AND location_id = :location",
        named_params! { ":id": id, ":location": location },
    )?;
    Ok(gone > 0)
}
