//! What is asked: read from the form, narrowed by the address, and said in words.

use super::Ask;
use crate::accounts::Permission;
use crate::base::{BirthDate, text};
use crate::calendar::Storage;
use crate::cards::{Label, Terms};
use crate::web::Fields;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, wording};

/// Longest words that are looked for.
const WORDS_MAX: usize = 60;

/// What is asked, and how it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) terms: Terms,
    /// The number in the address, as it is written.
    pub(super) typed: String,
    /// The birthday as it was typed, when it could not be read.
    pub(super) birth: String,
    /// Whether the kept search is gone.
    pub(super) gone: bool,
    /// Whether something that is no number came in the address.
    pub(super) no_number: bool,
}

impl Asked {
    /// With the states and places of the address, without what was taken off.
    pub(super) fn narrowed(mut self, query: &Ask) -> Self {
        if let Some(label) = query.get("label").and_then(|code| Label::from_code(code)) {
            self.terms.label = Some(label.code().to_owned());
        }
        if let Some(storage) = query.get("storage").and_then(|id| id.parse().ok()) {
            self.terms.storage = Some(storage);
        }
        for name in query.get("without").map(String::as_str).unwrap_or_default().split('.') {
            self.take_off(name);
        }
        self
    }

    fn take_off(&mut self, name: &str) {
        let terms = &mut self.terms;
        match name {
            "words" => terms.words = None,
            "birth" => terms.birth = None,
            "label" => terms.label = None,
            "storage" => terms.storage = None,
            "email" => terms.has_email = None,
            "sent" => (terms.sent_from, terms.sent_to) = (None, None),
            "number" => {
                terms.cards = None;
                self.typed.clear();
            }
            _ => {}
        }
    }
}

/// One thing that filters now: its name in the address, and its words.
pub(super) type Filter = (&'static str, String);

/// Everything that filters now.
pub(super) fn filters(asked: &Asked, storages: &[Storage]) -> Vec<Filter> {
    let terms = &asked.terms;
    let mut all: Vec<Filter> = Vec::new();
    if terms.cards.is_some() {
        all.push(("number", format!("番号：{}", asked.typed)));
    }
    if let Some(words) = &terms.words {
        all.push(("words", format!("ことば：{words}")));
    }
    if let Some(birth) = &terms.birth {
        all.push(("birth", format!("生年月日：{}", written_birth(birth))));
    }
    if let Some(label) = terms.label.as_deref().and_then(Label::from_code) {
        all.push(("label", format!("状態：{}", wording::label(label).0)));
    }
    if let Some(storage) = terms.storage {
        let name = storages.iter().find(|one| one.id.get() == storage).map_or("？", |one| one.name.as_str());
        all.push(("storage", format!("保管場所：{name}")));
    }
    if let Some(has) = terms.has_email {
        all.push(("email", format!("メール：{}", if has { "あり" } else { "なし" })));
    }
    let day = |day: crate::base::Day| format!("{}/{}/{}", day.year(), day.month(), day.day());
    match (terms.sent_from, terms.sent_to) {
        (Some(from), Some(to)) => all.push(("sent", format!("通知書発送：{}から{}まで", day(from), day(to)))),
        (Some(from), None) => all.push(("sent", format!("通知書発送：{}から", day(from)))),
        (None, Some(to)) => all.push(("sent", format!("通知書発送：{}まで", day(to)))),
        (None, None) => {}
    }
    all
}

fn written_birth(term: &str) -> String {
    match term.split_at_checked(2) {
        Some((month, day)) if term.len() == 4 => {
            format!("{}月{}日", month.trim_start_matches('0'), day.trim_start_matches('0'))
        }
        _ => term.to_owned(),
    }
}

/// Reads the form. What the person may not see they may not search by either.
pub(super) fn of_form(ctx: &StaffCtx, fields: &Fields) -> (Terms, Vec<Wrong>) {
    let filled = |name: &str| Some(fields.get(name)).filter(|value| !value.is_empty());
    let mut wrong = Vec::new();
    let mut terms = Terms { words: filled("q"), ..Terms::default() };
    if terms.words.as_ref().is_some_and(|words| words.chars().count() > WORDS_MAX) {
        wrong.push(Wrong::new("q", format!("ことばは{WORDS_MAX}文字までにしてください。")));
        terms.words = None;
    }
    if let Some(typed) = filled("birth").filter(|_| ctx.may(Permission::SeeBirthDate)) {
        match birth_term(&typed) {
            Some(term) => terms.birth = Some(term),
            None => wrong.push(Wrong::new(
                "birth",
                "生年月日は「0413」「H2.4.13」「1990-04-13」のように入力してください。",
            )),
        }
    }
    terms.label = filled("label").filter(|code| Label::from_code(code).is_some());
    terms.storage = filled("storage").and_then(|id| id.parse().ok());
    terms.has_email = filled("email").map(|has| has == "1");
    for (name, place) in [("sent_from", &mut terms.sent_from), ("sent_to", &mut terms.sent_to)] {
        let Some(typed) = filled(name) else { continue };
        *place = text::nfkc(&typed).parse().ok();
        if place.is_none() {
            wrong.push(Wrong::new(name, "日付は「2026-04-13」のように入力してください。"));
        }
    }
    (terms, wrong)
}

/// `0413` for a month and day, a whole date otherwise.
fn birth_term(typed: &str) -> Option<String> {
    let plain = text::nfkc(typed);
    let plain = plain.trim();
    let parts: Vec<&str> =
        plain.split(['/', '-', '.', '月']).map(|part| part.trim_end_matches('日')).collect();
    let mmdd = match parts.as_slice() {
        [digits] if matches!(digits.len(), 3 | 4) => digits.parse::<u16>().ok().map(|n| (n / 100, n % 100)),
        [month, day] => month.parse().ok().zip(day.parse().ok()),
        _ => None,
    };
    if let Some((month, day)) = mmdd {
        let fits = (1..=12).contains(&month) && (1..=31).contains(&day);
        return fits.then(|| format!("{month:02}{day:02}"));
    }
    BirthDate::parse(plain).ok().map(|birth| birth.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birthdays_are_understood_as_people_type_them() {
        for typed in ["0413", "413", "4/13", "4月13日", "４／１３", "04-13"] {
            assert_eq!(birth_term(typed).as_deref(), Some("0413"), "{typed}");
        }
        for typed in ["1990-04-13", "H2.4.13", "平成2年4月13日", "19900413", "1990/4/13"] {
            assert_eq!(birth_term(typed).as_deref(), Some("1990-04-13"), "{typed}");
        }
        for typed in ["", "13/13", "花子", "4", "0", "99/1"] {
            assert_eq!(birth_term(typed), None, "{typed}");
        }
    }
}
