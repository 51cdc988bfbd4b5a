//! What is asked: read from the form, narrowed by the address, and said in words.

use super::Ask;
use crate::accounts::Permission;
use crate::base::{BirthDate, Day, LocationId, StorageId, text};
use crate::calendar::{Location, Storage};
use crate::cards::{Days, Label, Terms};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError};

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

/// The places that terms name by number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places<'a> {
    pub(super) storages: &'a [Storage],
    pub(super) locations: &'a [Location],
}

impl Asked {
    /// With the states and places of the address, without what was taken off.
    pub(super) fn narrowed(mut self, query: &Ask) -> Self {
        if let Some(label) = query.get("label").and_then(|code| Label::from_code(code)) {
            self.terms.label = Some(label.code().to_owned());
        }
        let number = |name: &str| query.get(name).and_then(|id| id.parse().ok());
        self.terms.storage = number("storage").map(StorageId::of).or(self.terms.storage);
        self.terms.location = number("location").map(LocationId::of).or(self.terms.location);
        self.terms.import_run = number("run").or(self.terms.import_run);
        for name in query.get("without").map(String::as_str).unwrap_or_default().split('.') {
            self.take_off(name);
        }
        self
    }

    fn take_off(&mut self, name: &str) {
        let terms = &mut self.terms;
        match name {
            "words" => terms.words = None,
            "name" => terms.name = None,
            "remark" => terms.remark = None,
            "birth" => terms.birth = None,
            "label" => terms.label = None,
            "storage" => terms.storage = None,
            "shelf" => terms.shelf = None,
            "location" => terms.location = None,
            "run" => terms.import_run = None,
            "email" => terms.has_email = None,
            "number" => {
                terms.cards = None;
                self.typed.clear();
            }
            _ => {
                if let Some((_, _, days)) = spans(terms).into_iter().find(|(span, ..)| *span == name) {
                    *days = Days::default();
                }
            }
        }
    }
}

/// The spans of days: name in forms and addresses, words, where they stand.
pub(super) fn spans(terms: &mut Terms) -> [(&'static str, &'static str, &mut Days); 7] {
    [
        ("booked", "予約日", &mut terms.booked),
        ("sent", "発送日", &mut terms.sent),
        ("due", "受取期限", &mut terms.due),
        ("valid", "有効期限", &mut terms.valid),
        ("residence", "在留期限", &mut terms.residence),
        ("created", "登録日", &mut terms.created),
        ("since", "状態の日", &mut terms.since),
    ]
}

/// Refuses to look by what this person may not see.
///
/// Spec: 7(2)②.
pub(super) fn must_see(ctx: &StaffCtx, terms: &Terms) -> Result<(), PageError> {
    let asked = [
        (terms.name.is_some(), Permission::SeeName),
        (terms.birth.is_some(), Permission::SeeBirthDate),
        (terms.notice_id.is_some(), Permission::SeeNoticeId),
        (terms.remark.is_some(), Permission::SeeRemark),
    ];
    asked.into_iter().filter(|(asked, _)| *asked).try_for_each(|(_, permission)| ctx.must(permission))
}

/// One thing that filters now: its name in the address, and its words.
pub(super) type Filter = (&'static str, String);

/// Everything that filters now.
pub(super) fn filters(asked: &Asked, places: Places<'_>) -> Vec<Filter> {
    let mut terms = asked.terms.clone();
    let mut all: Vec<Filter> = Vec::new();
    let mut say = |name: &'static str, item: &str, words: Option<String>| {
        all.extend(words.map(|words| (name, format!("{item}：{words}"))));
    };
    say("number", "番号", terms.cards.as_ref().map(|_| asked.typed.clone()));
    say("words", "ことば", terms.words.clone());
    say("name", "氏名・カナ", terms.name.clone());
    say("birth", "生年月日", terms.birth.as_deref().map(written_birth));
    let label = terms.label.as_deref().and_then(Label::from_code);
    say("label", "状態", label.map(|label| wording::label(label).0.to_owned()));
    let storage = |id| {
        places
            .storages
            .iter()
            .find(|one| one.id == id)
            .map_or_else(|| "？".to_owned(), |one| one.name.clone())
    };
    say("storage", "保管場所", terms.storage.map(storage));
    say("shelf", "棚", terms.shelf.clone());
    let location = |id| {
        places
            .locations
            .iter()
            .find(|one| one.id == id)
            .map_or_else(|| "？".to_owned(), |one| one.name.clone())
    };
    say("location", "交付場所", terms.location.map(location));
    say("run", "取込", terms.import_run.map(|run| format!("第{run}回")));
    say("email", "メール", terms.has_email.map(|has| if has { "あり" } else { "なし" }.to_owned()));
    say("remark", "備考", terms.remark.clone());
    for (name, item, days) in spans(&mut terms) {
        say(name, item, written_days(*days));
    }
    all
}

fn written_days(days: Days) -> Option<String> {
    let day = |day: Day| format!("{}/{}/{}", day.year(), day.month(), day.day());
    match (days.from, days.to) {
        (Some(from), Some(to)) if from == to => Some(day(from)),
        (Some(from), Some(to)) => Some(format!("{}から{}まで", day(from), day(to))),
        (Some(from), None) => Some(format!("{}から", day(from))),
        (None, Some(to)) => Some(format!("{}まで", day(to))),
        (None, None) => None,
    }
}

fn written_birth(term: &str) -> String {
    match term.split_at_checked(2) {
        Some((month, day)) if term.len() == 4 => {
            format!("{}月{}日", month.trim_start_matches('0'), day.trim_start_matches('0'))
        }
        _ => term.to_owned(),
    }
}

/// Reads the form.
pub(super) fn of_form(fields: &Fields) -> (Terms, Vec<Wrong>) {
    let filled = |name: &str| Some(fields.get(name)).filter(|value| !value.is_empty());
    let mut wrong = Vec::new();
    let mut short = |name: &'static str| {
        let typed = filled(name)?;
        let fits = typed.chars().count() <= WORDS_MAX;
        if !fits {
            wrong.push(Wrong::new(name, format!("ことばは{WORDS_MAX}文字までにしてください。")));
        }
        fits.then_some(typed)
    };
    let mut terms = Terms {
        words: short("q"),
        name: short("name"),
        remark: short("remark"),
        shelf: short("shelf").map(|shelf| text::nfkc(&shelf).to_uppercase()),
        label: filled("label").filter(|code| Label::from_code(code).is_some()),
        storage: filled("storage").and_then(|id| id.parse().ok()).map(StorageId::of),
        location: filled("location").and_then(|id| id.parse().ok()).map(LocationId::of),
        has_email: filled("email").map(|has| has == "1"),
        ..Terms::default()
    };
    if let Some(typed) = filled("run") {
        terms.import_run = text::nfkc(&typed).parse().ok();
        if terms.import_run.is_none() {
            wrong.push(Wrong::new("run", "取込の回は「12」のように数字で入力してください。"));
        }
    }
    if let Some(typed) = filled("birth") {
        terms.birth = birth_term(&typed);
        if terms.birth.is_none() {
            wrong.push(Wrong::new(
                "birth",
                "生年月日は「0413」「H2.4.13」「1990-04-13」のように入力してください。",
            ));
        }
    }
    read_days(fields, &mut terms, &mut wrong);
    (terms, wrong)
}

/// Names of the fields of each span, its beginning and its end.
pub(super) const SPAN_FIELDS: [(&str, &str); 7] = [
    ("booked_from", "booked_to"),
    ("sent_from", "sent_to"),
    ("due_from", "due_to"),
    ("valid_from", "valid_to"),
    ("residence_from", "residence_to"),
    ("created_from", "created_to"),
    ("since_from", "since_to"),
];

fn read_days(fields: &Fields, terms: &mut Terms, wrong: &mut Vec<Wrong>) {
    let mut day = |name: &'static str| {
        let typed = fields.get(name);
        let read: Option<Day> = text::nfkc(&typed).parse().ok();
        if read.is_none() && !typed.is_empty() {
            wrong.push(Wrong::new(name, "日付は「2026-04-13」のように入力してください。"));
        }
        read
    };
    for ((_, _, days), (from, to)) in spans(terms).into_iter().zip(SPAN_FIELDS) {
        *days = Days { from: day(from), to: day(to) };
    }
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

    #[test]
    fn every_span_has_its_fields_in_the_same_order() {
        let mut terms = Terms::default();
        for ((name, ..), (from, to)) in spans(&mut terms).into_iter().zip(SPAN_FIELDS) {
            assert_eq!((from, to), (format!("{name}_from").as_str(), format!("{name}_to").as_str()));
        }
    }
}
