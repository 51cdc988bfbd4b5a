//! The chain: each event carries a hash over itself and the hash of the event before it.

use std::fmt::{self, Write};

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
    let detail = row.detail_hash.map(hex::encode);
    let fields: [Option<&dyn fmt::Display>; 12] = [
        Some(&row.id),
        Some(&row.at),
        Some(&row.actor_kind),
        row.staff_id.as_ref().map(|id| id as &dyn fmt::Display),
        Some(&row.actor),
        Some(&row.origin),
        Some(&row.operation),
        Some(&row.record_kind),
        row.record_id.as_ref().map(|id| id as &dyn fmt::Display),
        Some(&row.fields),
        row.batch_id.as_ref().map(|id| id as &dyn fmt::Display),
        detail.as_ref().map(|hash| hash as &dyn fmt::Display),
    ];
    let (mut framed, mut text) = (String::with_capacity(512), String::with_capacity(64));
    for field in fields {
        text.clear();
        // Writing to a text does not fail.
        let _ = match field {
            Some(field) => write!(text, "{field}").and_then(|()| writeln!(framed, "{}:{text}", text.len())),
            None => writeln!(framed, "-"),
        };
    }
    Sha256::new().chain_update(previous).chain_update(framed.as_bytes()).finalize().into()
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
