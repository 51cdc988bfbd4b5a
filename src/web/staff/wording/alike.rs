//! What people have in common who are easily taken for one another.

use crate::cards::Likeness;

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
