//! What people have in common who are easily taken for one another.

use super::{BAD_REASON, Said, changed};
use crate::cards::{Likeness, TellApartError};
use crate::web::PageError;

/// The word that stands beside a name.
pub(in crate::web::staff) const fn alike_note(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::ToldApart | Likeness::Name => "同姓同名あり",
        Likeness::Reading => "同じ読み・生年月日の方あり",
    }
}

/// What they have in common.
pub(in crate::web::staff) const fn alike(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::ToldApart => "同姓同名・同じ生年月日",
        Likeness::Name => "同姓同名",
        Likeness::Reading => "読みと生年月日が同じ",
    }
}

/// Why two people were not told apart.
pub(in crate::web::staff) fn tell_apart(refusal: TellApartError) -> Said {
    Ok(match refusal {
        TellApartError::NotFound => return Err(PageError::NotFound),
        TellApartError::Alone => "同じ氏名・同じ生年月日のカードはほかにありません。".to_owned(),
        TellApartError::HasBooking => "予約があります。先に予約を取り消してください。".to_owned(),
        TellApartError::ReasonNeeded => "別の人だとわかった理由を入力してください。".to_owned(),
        TellApartError::BadReason => BAD_REASON.to_owned(),
        TellApartError::Conflict { now } => changed(now.label),
        TellApartError::Fault(fault) => return Err(fault.into()),
    })
}
