//! Forms that take effect once: the key of a form sent twice leads to the first result.
//!
//! **Invariant:** the key itself is never stored, only its SHA-256; a result holds no personal data.
//! **Invariant:** a key is looked up and kept in the same write as the change it stands for.

mod store;

use sha2::{Digest, Sha256};

use crate::base::{Chance, Moment};
use crate::db::{Fault, ReadTx, WriteTx};

/// The key of one form, drawn when the form was shown (hidden field `once`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OnceKey([u8; 32]);

impl OnceKey {
    /// The key that a form sent back; `None` when it is not one that this program could have drawn.
    pub fn from_form(text: &str) -> Option<Self> {
        let shaped = (16..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        shaped.then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }
}

/// Draws the text of a new key, to be put into a form.
pub fn draw(chance: &Chance) -> String {
    hex::encode(chance.bytes::<16>())
}

/// What the form with this key led to, if it took effect before.
pub fn seen(tx: &ReadTx<'_>, key: &OnceKey) -> Result<Option<String>, Fault> {
    store::result(tx, &key.0)
}

/// Remembers what the form led to: `operation` such as `booking.confirmed`, `result` such as where to go next.
///
/// A key that was kept already is a fault, and undoes the whole job: look with [`seen`] first.
pub fn keep(tx: &WriteTx<'_>, key: &OnceKey, operation: &'static str, result: &str) -> Result<(), Fault> {
    store::insert(tx, &key.0, operation, result)
}

/// When the oldest key was kept.
pub fn oldest(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::oldest(tx)
}

/// Forgets at most `limit` keys that were kept before `before`, and says how many.
pub fn forget(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    store::delete_before(tx, before, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_key_comes_back_from_the_form() {
        let text = draw(&Chance::seeded(3));
        assert_eq!(OnceKey::from_form(&text), OnceKey::from_form(&text));
        assert!(OnceKey::from_form(&text).is_some());
        assert_ne!(OnceKey::from_form(&text), OnceKey::from_form(&draw(&Chance::seeded(4))));
    }

    #[test]
    fn what_nobody_drew_is_no_key() {
        for wrong in
            ["", "short", "0123456789abcdef'", "０１２３４５６７８９ａｂｃｄｅｆ", "0123 456789abcdef"]
        {
            assert_eq!(OnceKey::from_form(wrong), None, "{wrong}");
        }
        assert_eq!(OnceKey::from_form(&"a".repeat(65)), None);
    }
}
