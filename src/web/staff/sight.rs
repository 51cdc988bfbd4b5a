//! What of a person this member of staff may see; what they may not is replaced, never left out.
//!
//! Spec: 7(2)②.

use serde::Serialize;

use crate::accounts::{Permission, Signed};
use crate::cards::Card;

/// Stands where something may not be seen.
pub(super) const HIDDEN: &str = "＊＊＊";

/// Which facts of a person may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Sight {
    /// Name and reading.
    pub(super) name: bool,
    /// Date of birth.
    pub(super) birth: bool,
    /// The whole notice ID.
    pub(super) notice: bool,
}

impl Sight {
    pub(super) fn of(signed: &Signed) -> Self {
        Self {
            name: signed.may(Permission::SeeName),
            birth: signed.may(Permission::SeeBirthDate),
            notice: signed.may(Permission::SeeNoticeId),
        }
    }

    /// The name as the file wrote it.
    pub(super) fn name(self, card: &Card) -> String {
        if self.name { card.name.clone() } else { HIDDEN.to_owned() }
    }

    /// The reading; empty where there is none.
    pub(super) fn kana(self, card: &Card) -> String {
        if self.name { card.kana.clone() } else { String::new() }
    }

    /// Month and day of birth, `04/13`.
    pub(super) fn birthday(self, card: &Card) -> String {
        let mmdd = card.birth.mmdd();
        match mmdd.split_at_checked(2) {
            Some((month, day)) if self.birth => format!("{month}/{day}"),
            _ => HIDDEN.to_owned(),
        }
    }

    /// The notice ID as it is printed, or its end.
    pub(super) fn notice(self, card: &Card) -> String {
        if self.notice { card.notice_id.to_string() } else { format!("{HIDDEN}{}", card.notice_id.tail()) }
    }
}
