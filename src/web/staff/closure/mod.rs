//! Closing several places at once: choose, see who is hit, close; then tell, telephone, and open again.
//!
//! Spec: 7(2)⑤, 7(3)⑪.

mod one;
mod start;

#[cfg(test)]
pub(super) use self::one::One;
#[cfg(test)]
pub(super) use self::start::Start;

pub(super) use self::one::{act, show as one};
pub(super) use self::start::{save, show};

use crate::booking::{ClosureError, ClosureState};
use crate::web::PageError;

/// Where a closure stands, in words, with its tone.
const fn state_words(state: ClosureState) -> (&'static str, &'static str) {
    match state {
        ClosureState::Telling => ("知らせています", "info"),
        ClosureState::Stopped => ("知らせるのを止めています", "wait"),
        ClosureState::Told => ("知らせ終わりました", "done"),
        ClosureState::Reopening => ("開けたことを知らせています", "info"),
        ClosureState::Reopened => ("開けました", "none"),
    }
}

/// Why nothing was done, with the field that it is about.
fn refusal(error: ClosureError) -> Result<(&'static str, String), PageError> {
    Ok(match error {
        ClosureError::Gone => return Err(PageError::NotFound),
        ClosureError::Changed => {
            ("main", "ほかの人が先に操作しました。いまの状態を確かめてください。".to_owned())
        }
        ClosureError::NoPlace => ("location", "閉める場所を選んでください。".to_owned()),
        ClosureError::Backwards => ("to_day", "終わりを、始まりより後にしてください。".to_owned()),
        ClosureError::Over => ("to_day", "もう過ぎた時間です。これからの時間を入れてください。".to_owned()),
        ClosureError::TooLong => ("to_day", "一度に閉められるのは62日までです。".to_owned()),
        ClosureError::ReasonNeeded => {
            ("reason", "理由を入れてください。市民への知らせにも書きます。".to_owned())
        }
        ClosureError::Reason(_) => {
            ("reason", "この理由は残せません。500文字までで、個人番号は書かないでください。".to_owned())
        }
        ClosureError::Fault(fault) => return Err(fault.into()),
    })
}
