//! Cards that are out of their shelf for nothing.

use rusqlite::named_params;

use crate::base::{CardId, LocationId};
use crate::db::{Fault, ReadTx};

/// The few cards that are out of their shelf lead: the planner would begin with every card of the storage places.
pub(super) fn pulled_for_nothing(tx: &ReadTx<'_>, location: LocationId) -> Result<Vec<CardId>, Fault> {
    tx.all(
        "SELECT p.card_id AS card_id
           FROM pull AS p
          CROSS JOIN booking AS b ON b.id = p.booking_id
          CROSS JOIN card_seen AS c ON c.id = p.card_id
          CROSS JOIN storage AS s ON s.id = c.storage_id
           LEFT JOIN booking_member AS m ON m.booking_id = b.id AND m.card_id = p.card_id AND m.live = 1
          WHERE p.state = 'pulled' AND (m.id IS NULL OR b.on_day <> p.on_day) AND s.location_id = :location
          ORDER BY c.storage_id, c.shelf, c.position",
        named_params! { ":location": location },
        |row| row.get("card_id"),
    )
}
