//! The SQL of how the queue stands.

use rusqlite::named_params;

use super::Standing;
use crate::base::{Minute, Moment};
use crate::db::{Fault, ReadTx};

const WEEK_MS: i64 = 7 * 86_400_000;

pub(super) fn standing(tx: &ReadTx<'_>) -> Result<Standing, Fault> {
    let midnight = Moment::at(tx.today(), Minute::of(0));
    let week = Moment::from_millis(tx.now().millis() - WEEK_MS);
    // The sign before `created_at` keeps the planner from walking every letter by age until one is due.
    tx.one(
        "SELECT
           (SELECT COUNT(*) FROM outbox WHERE state = 'queued' AND next_at <= :now)
             + (SELECT COUNT(*) FROM outbox WHERE state = 'sending') AS due,
           (SELECT COUNT(*) FROM outbox WHERE state = 'queued' AND next_at > :now) AS later,
           (SELECT MIN(+created_at) FROM outbox WHERE state = 'queued' AND next_at <= :now) AS oldest,
           (SELECT COUNT(*) FROM outbox WHERE state = 'held') AS held,
           (SELECT COUNT(*) FROM outbox WHERE state = 'sent' AND finished_at >= :midnight) AS sent,
           (SELECT COUNT(*) FROM outbox WHERE state = 'dead' AND finished_at >= :week) AS dead",
        named_params! { ":now": tx.now(), ":midnight": midnight, ":week": week },
        |row| {
            Ok(Standing {
                due: row.get("due")?,
                later: row.get("later")?,
                oldest_due: row.get("oldest")?,
                held: row.get("held")?,
                sent_today: row.get("sent")?,
                dead: row.get("dead")?,
            })
        },
    )
}
