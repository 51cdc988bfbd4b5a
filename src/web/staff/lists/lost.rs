//! Signs that a document or a file does not hold as they are written.

use serde::Serialize;

use crate::lists::Doubts;

/// A sign that the wanted file does not hold as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::web::staff) struct Lost {
    sign: String,
    code: String,
    times: usize,
    /// 〓, or its usual drawing.
    becomes: &'static str,
}

/// One sign with its numbers.
pub(in crate::web::staff) fn lost(sign: String, times: usize, becomes: &'static str) -> Lost {
    let code = sign.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect::<Vec<_>>().join(" ");
    Lost { sign, code, times, becomes }
}

/// What a document does not show as it is written.
pub(super) fn doubted(doubts: Doubts) -> Vec<Lost> {
    let unknown = doubts.unknown.into_iter().map(|(sign, times)| lost(sign, times, "〓"));
    let plainer = doubts.plainer.into_iter().map(|(sign, times)| lost(sign, times, "標準の字形"));
    unknown.chain(plainer).collect()
}
