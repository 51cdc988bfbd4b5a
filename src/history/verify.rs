//! Checking the chain, slice by slice, so that no reader holds its view for long.

use super::{chain, record, store};
use crate::base::HistoryId;
use crate::db::{Fault, ReadTx};

/// A place in the chain up to which everything was found sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub(super) id: i64,
    pub(super) chain: [u8; 32],
}

impl Link {
    /// The place before the first event.
    pub const fn start() -> Self {
        Self { id: 0, chain: [0; 32] }
    }

    /// The number of events up to here.
    pub const fn events(&self) -> i64 {
        self.id
    }

    /// The hash of the last event, in hexadecimal: written down elsewhere, it proves later that nothing was cut off.
    pub fn head(&self) -> String {
        hex::encode(self.chain)
    }
}

/// What a look at a slice of the chain said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Sound so far; go on from here.
    More(Link),
    /// Sound to its end.
    Sound(Link),
    /// This event, or one that should stand before it, was changed, or its values were.
    Broken(HistoryId),
}

/// Checks at most `limit` events after `from`: numbers without a gap, each link, and the values where they are still there.
pub fn verify(tx: &ReadTx<'_>, from: &Link, limit: u32) -> Result<Verdict, Fault> {
    let limit = limit.max(1);
    let slice = store::slice(tx, from.id, limit)?;
    let mut link = *from;
    for stored in &slice {
        let expected = chain::next(&link.chain, &stored.row);
        let values_sound = stored.detail.as_ref().is_none_or(|(salt, text)| {
            stored.row.detail_hash.is_some_and(|hash| hash == record::hash_detail(salt, text))
        });
        if stored.row.id != link.id + 1 || stored.chain != expected || !values_sound {
            return Ok(Verdict::Broken(HistoryId::of(stored.row.id)));
        }
        link = Link { id: stored.row.id, chain: stored.chain };
    }
    let whole = u32::try_from(slice.len()).is_ok_and(|found| found < limit);
    Ok(if whole { Verdict::Sound(link) } else { Verdict::More(link) })
}
