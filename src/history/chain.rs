//! The chain: each event carries a hash over itself and the hash of the event before it.

use sha2::{Digest, Sha256};

/// What the chain covers of one event, in the order of the hash.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub id: i64,
    pub at: i64,
    pub actor_kind: String,
    pub staff_id: Option<i64>,
    pub actor: String,
    pub origin: String,
    pub operation: String,
    pub record_kind: String,
    pub record_id: Option<i64>,
    pub fields: String,
    pub batch_id: Option<i64>,
    pub detail_hash: Option<[u8; 32]>,
}

/// SHA-256 of the previous link and the row: each field with its length before it, so that no two rows write the same bytes.
pub(super) fn next(previous: &[u8; 32], row: &Row) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(previous);
    for field in [
        Some(row.id.to_string()),
        Some(row.at.to_string()),
        Some(row.actor_kind.clone()),
        row.staff_id.map(|id| id.to_string()),
        Some(row.actor.clone()),
        Some(row.origin.clone()),
        Some(row.operation.clone()),
        Some(row.record_kind.clone()),
        row.record_id.map(|id| id.to_string()),
        Some(row.fields.clone()),
        row.batch_id.map(|id| id.to_string()),
        row.detail_hash.map(hex::encode),
    ] {
        let framed = field.map_or_else(|| "-".to_owned(), |text| format!("{}:{text}", text.len()));
        hash.update(framed.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            id: 1,
            at: 1_776_040_920_000,
            actor_kind: "citizen".to_owned(),
            staff_id: None,
            actor: "市民".to_owned(),
            origin: "192.0.2.1".to_owned(),
            operation: "booking.confirmed".to_owned(),
            record_kind: "booking".to_owned(),
            record_id: Some(7),
            fields: "status".to_owned(),
            batch_id: None,
            detail_hash: Some([9; 32]),
        }
    }

    #[test]
    fn each_field_and_the_link_before_it_change_the_link() {
        let sound = next(&[0; 32], &row());
        assert_eq!(sound, next(&[0; 32], &row()));
        assert_ne!(sound, next(&[1; 32], &row()));
        assert_ne!(sound, next(&[0; 32], &Row { at: 1_776_040_920_001, ..row() }));
        assert_ne!(sound, next(&[0; 32], &Row { staff_id: Some(1), ..row() }));
        assert_ne!(sound, next(&[0; 32], &Row { record_id: None, ..row() }));
        assert_ne!(sound, next(&[0; 32], &Row { detail_hash: None, ..row() }));
    }

    #[test]
    fn text_moved_from_one_field_to_the_next_is_seen() {
        let moved = Row { actor: "市民1".to_owned(), origin: "92.0.2.1".to_owned(), ..row() };
        assert_ne!(next(&[0; 32], &row()), next(&[0; 32], &moved));
    }
}
