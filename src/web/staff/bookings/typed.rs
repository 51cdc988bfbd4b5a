//! Somebody who comes without a notice: name in kana, birth date and telephone, as they say them.

use serde::Serialize;

use crate::base::Day;
use crate::booking::{ApplicantError, NewApplicant};
use crate::web::Fields;
use crate::web::staff::parts::Wrong;

/// Below this age a legal representative must come along.
pub(super) const MINOR: u16 = 15;

/// The form.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct PersonForm {
    kana: String,
    birth: String,
    phone: String,
}

impl PersonForm {
    pub(super) fn of(fields: &Fields) -> Self {
        Self { kana: fields.get("kana"), birth: fields.get("birth"), phone: fields.get("phone") }
    }

    /// An empty form for a relative of these people: they leave the same number more often than not.
    pub(super) fn beside(people: &[NewApplicant]) -> Self {
        Self { phone: people.last().map(|one| one.phone().to_owned()).unwrap_or_default(), ..Self::default() }
    }

    /// The person, or what is wrong with each field.
    pub(super) fn read(&self, today: Day) -> Result<NewApplicant, Vec<Wrong>> {
        NewApplicant::parse_all((&self.kana, &self.birth, &self.phone), today)
            .map_err(|errors| errors.into_iter().map(wrong).collect())
    }
}

fn wrong(error: ApplicantError) -> Wrong {
    match error {
        ApplicantError::Kana => {
            Wrong::new("kana", "氏名をカタカナかひらがなで入力してください（60字まで）。")
        }
        ApplicantError::Birth => Wrong::new(
            "birth",
            "生年月日を、1990-04-13、平成2年4月13日、H2.4.13 のような形で入力してください。",
        ),
        ApplicantError::Phone => {
            Wrong::new("phone", "電話番号を、0から始まる10けたか11けたの数字で入力してください。")
        }
    }
}

/// Whether it is one of these people.
pub(super) fn is_among(new: &NewApplicant, people: &[NewApplicant]) -> bool {
    people.iter().any(|one| one.person_key() == new.person_key())
}

/// Somebody as the page shows them to whoever has just typed them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Typed {
    kana: String,
    birth: String,
    age: u16,
    minor: bool,
    phone: String,
}

impl Typed {
    pub(super) fn of(one: &NewApplicant, today: Day) -> Self {
        let age = one.age_on(today);
        Self {
            kana: one.kana().to_owned(),
            birth: one.birth().to_owned(),
            age,
            minor: age < MINOR,
            phone: one.phone().to_owned(),
        }
    }

    pub(super) fn sample() -> Self {
        Self {
            kana: "アベ ヒロシ".to_owned(),
            birth: "2015-04-09".to_owned(),
            age: 11,
            minor: true,
            phone: "0900000000".to_owned(),
        }
    }
}
