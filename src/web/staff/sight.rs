//! What of a person this member of staff may see; what they may not is replaced, never left out.
//!
//! **Invariant:** no other file of the console opens a [`Personal`] fact or the values of a change that tell of a person;
//! the architecture test holds them to it, so that a page cannot forget to hide what must be hidden.
//!
//! Spec: 7(2)②.

use serde::Serialize;

use crate::accounts::{Permission, Signed};
use crate::base::{Day, Email, Personal};
use crate::booking::{Applicant, BoardRow, Who};
use crate::cards::Card;
use crate::history::Changed;

/// Stands where something may not be seen.
pub(super) const HIDDEN: &str = "＊＊＊";

/// Which facts of a person may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "one for each permission to see a field, each by itself")]
pub(super) struct Sight {
    /// Name and reading.
    pub(super) name: bool,
    /// Date of birth.
    pub(super) birth: bool,
    /// The whole notice ID.
    pub(super) notice: bool,
    /// Mail addresses.
    pub(super) email: bool,
    /// Remarks.
    pub(super) remark: bool,
}

impl Sight {
    /// Whoever may see everything, for samples.
    pub(super) const ALL: Self = Self { name: true, birth: true, notice: true, email: true, remark: true };

    /// Whoever may see nothing, for samples.
    pub(super) const NONE: Self =
        Self { name: false, birth: false, notice: false, email: false, remark: false };

    pub(super) fn of(signed: &Signed) -> Self {
        Self {
            name: signed.may(Permission::SeeName),
            birth: signed.may(Permission::SeeBirthDate),
            notice: signed.may(Permission::SeeNoticeId),
            email: signed.may(Permission::SeeEmail),
            remark: signed.may(Permission::SeeRemark),
        }
    }

    /// Which columns this person does not see, as the record of what was taken out says it; empty when they see all.
    pub(super) fn hidden(self) -> String {
        let all = [
            (self.name, "氏名・フリガナ"),
            (self.birth, "生年月日"),
            (self.notice, "交付通知書ID"),
            (self.email, "メール"),
            (self.remark, "備考"),
        ];
        all.into_iter().filter(|(seen, _)| !seen).map(|(_, column)| column).collect::<Vec<_>>().join("、")
    }

    /// The name as the file wrote it.
    pub(super) fn name(self, card: &Card) -> String {
        if self.name { card.name.uncover().clone() } else { HIDDEN.to_owned() }
    }

    /// Who comes: the name on the card, or the name in kana that somebody said.
    pub(super) fn lead_name(self, row: &BoardRow) -> String {
        match (row.lead(), row.applicant()) {
            (Some(card), _) => self.name(card),
            (None, Some(one)) => self.applicant(one),
            (None, None) => String::new(),
        }
    }

    /// Everybody who comes, by name, in the order of the booking.
    pub(super) fn everybody(self, row: &BoardRow) -> Vec<(Who, String)> {
        let cards = row.people().map(|card| (Who::Card(card.id), self.name(card)));
        let others = row.applicants.iter().map(|one| (Who::Applicant(one.id), self.applicant(one)));
        cards.chain(others).collect()
    }

    /// The name in kana that somebody said who needs no notice.
    pub(super) fn applicant(self, one: &Applicant) -> String {
        if self.name { one.kana.uncover().clone() } else { HIDDEN.to_owned() }
    }

    /// Their date of birth, `1990-04-13`.
    pub(super) fn birth_of(self, one: &Applicant) -> Option<String> {
        self.birth.then(|| one.birth.uncover().to_string())
    }

    /// Their full years of age.
    pub(super) fn age_of(self, one: &Applicant, today: Day) -> Option<u16> {
        self.birth.then(|| one.birth.uncover().age_on(today))
    }

    /// The telephone number that they left.
    pub(super) fn phone(self, one: &Applicant) -> String {
        if self.email { one.phone.uncover().clone() } else { HIDDEN.to_owned() }
    }

    /// The reading; empty where there is none.
    pub(super) fn kana(self, card: &Card) -> String {
        if self.name { card.kana.uncover().clone() } else { String::new() }
    }

    /// The date of birth, `1990-04-13`.
    pub(super) fn birth(self, card: &Card) -> Option<String> {
        self.birth.then(|| card.birth.uncover().to_string())
    }

    /// Full years of age.
    pub(super) fn age(self, card: &Card, today: Day) -> Option<u16> {
        self.birth.then(|| card.birth.uncover().age_on(today))
    }

    /// The notice ID as it is printed, or its end.
    pub(super) fn notice(self, card: &Card) -> String {
        if self.notice { card.notice_id.uncover().to_string() } else { format!("{HIDDEN}{}", tail(card)) }
    }

    /// The notice ID as a scanner reads it, for barcodes on lists.
    pub(super) fn barcode(self, card: &Card) -> Option<String> {
        self.notice.then(|| card.notice_id.uncover().norm().to_owned())
    }

    /// An address, or its first letters and its domain.
    pub(super) fn email(self, email: &Personal<String>) -> String {
        if self.email {
            return email.uncover().clone();
        }
        Email::parse(email.uncover()).map_or_else(|_| HIDDEN.to_owned(), |email| email.masked())
    }

    /// The remark; `None` for whoever may not see it, empty where there is none.
    pub(super) fn remark(self, card: &Card) -> Option<&str> {
        self.remark.then(|| card.remark.uncover().as_str())
    }

    /// Whether the values of this field may be seen, by its name in history; `None` for a field that is no fact of a person.
    pub(super) fn sees(self, field: &str) -> Option<bool> {
        match field {
            "name" | "kana" => Some(self.name),
            "birth" | "birth_date" | "birth_mmdd" => Some(self.birth),
            "notice_id" => Some(self.notice),
            "email" | "to_email" => Some(self.email),
            "remark" => Some(self.remark),
            "conditions" => Some(self == Self::ALL),
            _ => None,
        }
    }

    /// What was searched for, in words: they may tell of a person in any field.
    pub(super) fn conditions(self, words: &Personal<String>) -> Option<String> {
        (self == Self::ALL).then(|| words.uncover().clone())
    }

    /// The values of a changed field, before and after; what may not be seen is replaced.
    pub(super) fn values(self, change: &Changed) -> (Option<String>, Option<String>) {
        let may = self.sees(&change.field).unwrap_or_else(|| !change.is_personal());
        let seen = |value: Option<&str>| value.map(|text| if may { text } else { HIDDEN }.to_owned());
        let (before, after) = change.uncover();
        (seen(before), seen(after))
    }
}

/// The last three characters of the notice ID, which everybody may see who may see the card.
pub(super) fn tail(card: &Card) -> &str {
    card.notice_id.uncover().tail()
}
