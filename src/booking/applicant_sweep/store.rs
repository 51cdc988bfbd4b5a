//! The SQL of those who never booked.

use rusqlite::named_params;

use crate::base::{ApplicantId, Moment};
use crate::db::{Fault, ReadTx, WriteTx};

/// Those who never booked nor waited, and whose link and session are over.
const IDLE: &str = "FROM applicant AS a
  WHERE a.kept = 0 AND a.id < (SELECT max(id) FROM applicant)
    AND NOT EXISTS (SELECT 1 FROM hold WHERE applicant_id = a.id)
    AND NOT EXISTS (SELECT 1 FROM invitation AS i
                     WHERE i.applicant_id = a.id
                       AND (i.expires_at > :now OR i.id = (SELECT max(id) FROM invitation)
                            OR EXISTS (SELECT 1 FROM citizen_session WHERE invitation_id = i.id)))
    AND NOT EXISTS (SELECT 1 FROM citizen_session AS s, json_each(s.members) AS m WHERE m.value = 'a' || a.id)";

/// When the first of them came.
pub(super) fn first_idle_applicant(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.opt(
        &format!("SELECT a.created_at AS came {IDLE} ORDER BY a.created_at, a.id LIMIT 1"),
        named_params! { ":now": tx.now() },
        |row| row.get("came"),
    )
}

/// Some of those who came before this moment.
pub(super) fn idle_applicants(
    tx: &ReadTx<'_>,
    before: Moment,
    limit: u32,
) -> Result<Vec<ApplicantId>, Fault> {
    tx.all(
        &format!(
            "SELECT a.id AS id {IDLE} AND a.created_at < :before ORDER BY a.created_at, a.id LIMIT :limit"
        ),
        named_params! { ":now": tx.now(), ":before": before, ":limit": limit },
        |row| row.get("id"),
    )
}

/// Takes somebody away with the links that they asked for.
pub(super) fn delete_applicant(tx: &WriteTx<'_>, id: ApplicantId) -> Result<(), Fault> {
    for sql in ["DELETE FROM invitation WHERE applicant_id = :id", "DELETE FROM applicant WHERE id = :id"] {
        tx.run(sql, named_params! { ":id": id })?;
    }
    Ok(())
}
