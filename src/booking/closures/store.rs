//! The rows of `closure`, `closure_place` and `closure_item`.

use rusqlite::named_params;

use crate::base::BookingId;
use crate::db::{Fault, ReadTx};

pub(super) fn hits(tx: &ReadTx<'_>, booking: BookingId) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (
           SELECT 1 FROM booking AS b
             JOIN closure_place AS p ON p.location_id = b.location_id
             JOIN closure AS c ON c.id = p.closure_id
            WHERE b.id = :booking AND c.state NOT IN ('reopening', 'reopened')
              AND c.from_at < (unixepoch(b.on_day) + b.ends_min * 60 - 32400) * 1000
              AND (unixepoch(b.on_day) + b.starts_min * 60 - 32400) * 1000 < c.to_at
         ) AS hit",
        named_params! { ":booking": booking },
        |row| row.get("hit"),
    )
}
