//! The conditions that a search can be made of. What was typed is bound, never written into a statement.
//!
//! Each condition can be met in two ways: an index alone gives the cards that fit it, and a row can be asked whether it fits.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::set::Set;
use crate::base::{Day, Minute, Moment, notice, text};
use crate::cards::Label;
use crate::cards::search::{Days, LookIn, Terms};
use crate::db::{Fault, ReadTx};

/// One of the alternatives of a condition: where its cards are found, and the same asked of one row.
#[derive(Debug)]
struct Way {
    find: &'static str,
    ask: &'static str,
    values: Vec<Value>,
}

/// A condition; one of its ways must lead to a card.
#[derive(Debug)]
pub(super) struct Condition {
    ways: Vec<Way>,
    /// Its ways find the cards that do not fit.
    is_not: bool,
    /// So many cards are found at most, where finding costs more than an index; with more of them rows are asked.
    most: Option<usize>,
}

/// How a search found the cards of a condition.
pub(super) enum Sought {
    /// These fit.
    Fit(Set),
    /// All but these fit.
    AllBut(Set),
    /// Too many to be found one by one: rows are to be asked.
    Ask(Condition),
}

const NOTICE: &str = "SELECT id FROM card WHERE notice_id_norm = ?";
const LISTED: &str = "SELECT id FROM card WHERE id IN (SELECT value FROM json_each(?))";
const BIRTH: &str = "SELECT id FROM card WHERE birth_date = ?";
const RUN: &str = "SELECT id FROM card WHERE import_run_id = ?";
const STORAGE: &str = "SELECT id FROM card WHERE storage_id = ?";
const SENT: &str = "SELECT id FROM card WHERE notice_sent_on >= ? AND notice_sent_on <= ?";
const DUE: &str = "SELECT id FROM card
  WHERE ifnull(pickup_due_on, '9999-12-31') >= ? AND ifnull(pickup_due_on, '9999-12-31') <= ?
    AND ifnull(pickup_due_on, '9999-12-31') < '9999-12-31'";
/// The last day there is stands for none in the order, so the few that have it themselves are looked at.
const DUE_LAST: &str = "SELECT id FROM card
  WHERE ifnull(pickup_due_on, '9999-12-31') = '9999-12-31' AND pickup_due_on IS NOT NULL";
const VALID: &str = "SELECT id FROM card WHERE valid_until >= ? AND valid_until <= ?";
const RESIDENCE: &str = "SELECT id FROM card WHERE residence_until >= ? AND residence_until <= ?";
const LABEL: &str = "SELECT id FROM card WHERE label = ?";
const EMAIL: &str = "SELECT id FROM card WHERE email IS NOT NULL";
/// The sign keeps the planner from the rows themselves: the smallest index has every number as well.
const NUMBERED: &str = "SELECT id FROM card WHERE +id >= ? AND +id < ?";
const NAME: &str = "SELECT id FROM card WHERE instr(name_search, ?) > 0";
const NAME_OR_KANA: &str = "SELECT id FROM card WHERE instr(name_search, ?) > 0 OR instr(kana_search, ?) > 0";
const PART_OF_NOTICE: &str = "SELECT id FROM card WHERE instr(notice_id_norm, ?) > 0";
const REMARK: &str = "SELECT id FROM card WHERE remark <> '' AND remark LIKE ? ESCAPE '\\'";
const BIRTHDAY: &str = "SELECT id FROM card WHERE birth_mmdd = ?";
const SHELF: &str = "SELECT id FROM card WHERE shelf >= ? AND shelf < ?";
const LOCATION: &str = "SELECT id FROM card WHERE location_id = ?";
const SINCE: &str = "SELECT id FROM card WHERE status_at >= ? AND status_at < ?";
const BOOKED: &str = "SELECT m.card_id AS id
   FROM booking AS b
   JOIN booking_member AS m ON m.booking_id = b.id
  WHERE b.on_day BETWEEN ? AND ? AND b.takes_seat = 1 AND m.card_id IS NOT NULL AND ifnull(m.outcome, '') <> 'removed'";
const IS_BOOKED: &str = "EXISTS (SELECT 1
   FROM booking_member AS m
   JOIN booking AS b ON b.id = m.booking_id
  WHERE m.card_id = card.id AND b.on_day BETWEEN ? AND ? AND b.takes_seat = 1 AND ifnull(m.outcome, '') <> 'removed')";

/// Bookings that are looked at for their cards; of those who have more, nearly every card that is asked has one.
const BOOKINGS: usize = 10_000;

/// Every way to find among cards, with the index that it must read and nothing else.
#[cfg(test)]
pub(super) const FINDS: [(&str, &str); 20] = [
    (NOTICE, "card_notice"),
    (BIRTH, "card_birth"),
    (RUN, "card_run"),
    (STORAGE, "card_storage"),
    (SENT, "card_sent"),
    (DUE, "card_due"),
    (VALID, "card_valid"),
    (RESIDENCE, "card_residence"),
    (LABEL, "card_label"),
    (EMAIL, "card_email"),
    (NUMBERED, "card_"),
    (NAME, "card_"),
    (NAME_OR_KANA, "card_kana"),
    (PART_OF_NOTICE, "card_notice"),
    (REMARK, "card_remark"),
    (BIRTHDAY, "card_notice"),
    (SHELF, "card_storage"),
    (LOCATION, "card_storage"),
    (SINCE, "card_label"),
    (BOOKED, "booking_day"),
];

impl Condition {
    /// The conditions of these terms: first those that an index leads straight to, then those for which all of one is read.
    pub(super) fn all(tx: &ReadTx<'_>, terms: &Terms, look: LookIn) -> Result<Vec<Self>, Fault> {
        let mut all = Self::exact(terms);
        all.extend(Self::days(terms));
        all.extend(Self::states(terms));
        all.extend(Self::numbered(tx, terms.created)?);
        all.extend(Self::parts(terms, look));
        if !terms.booked.is_open() {
            let booked = Self::one(BOOKED, IS_BOOKED, texts(terms.booked));
            all.push(Self { most: Some(BOOKINGS), ..booked });
        }
        Ok(all)
    }

    fn exact(terms: &Terms) -> Vec<Self> {
        let mut all = Vec::new();
        if let Some(cards) = &terms.cards {
            let ids: Vec<String> = cards.iter().map(ToString::to_string).collect();
            let listed = Value::Text(format!("[{}]", ids.join(",")));
            all.push(Self::one(LISTED, "id IN (SELECT value FROM json_each(?))", [listed]));
        }
        if let Some(notice) = &terms.notice_id {
            all.push(Self::one(NOTICE, "notice_id_norm = ?", [Value::Text(notice.clone())]));
        }
        if let Some(birth) = terms.birth.as_ref().filter(|birth| birth.len() != 4) {
            all.push(Self::one(BIRTH, "birth_date = ?", [Value::Text(birth.clone())]));
        }
        if let Some(run) = terms.import_run {
            all.push(Self::one(RUN, "import_run_id = ?", [Value::Integer(run)]));
        }
        if let Some(storage) = terms.storage {
            all.push(Self::one(STORAGE, "storage_id = ?", [Value::Integer(storage.get())]));
        }
        all
    }

    fn days(terms: &Terms) -> Vec<Self> {
        let mut all = Vec::new();
        if !terms.sent.is_open() {
            let ask = "(notice_sent_on >= ? AND notice_sent_on <= ?)";
            all.push(Self::one(SENT, ask, texts(terms.sent)));
        }
        if !terms.due.is_open() {
            let ask = "(pickup_due_on >= ? AND pickup_due_on <= ?)";
            let mut due = Self::one(DUE, ask, texts(terms.due));
            if terms.due.to.is_none() {
                due.ways.push(Way {
                    find: DUE_LAST,
                    ask: "pickup_due_on = '9999-12-31'",
                    values: Vec::new(),
                });
            }
            all.push(due);
        }
        if !terms.valid.is_open() {
            all.push(Self::one(VALID, "(valid_until >= ? AND valid_until <= ?)", texts(terms.valid)));
        }
        if !terms.residence.is_open() {
            let ask = "(residence_until >= ? AND residence_until <= ?)";
            all.push(Self::one(RESIDENCE, ask, texts(terms.residence)));
        }
        all
    }

    fn states(terms: &Terms) -> Vec<Self> {
        let mut all = Vec::new();
        if let Some(label) = terms.label.as_deref().and_then(Label::from_code) {
            all.push(Self::one(LABEL, "label = ?", [Value::Text(label.code().to_owned())]));
        }
        match terms.has_email {
            Some(true) => all.push(Self::one(EMAIL, "email IS NOT NULL", [])),
            Some(false) => all.push(Self { is_not: true, ..Self::one(EMAIL, "email IS NULL", []) }),
            None => {}
        }
        all
    }

    /// Cards are numbered as they are registered, so that the number says from when a card is.
    fn numbered(tx: &ReadTx<'_>, created: Days) -> Result<Option<Self>, Fault> {
        if created.is_open() {
            return Ok(None);
        }
        let first = |day: Day| super::first_since(tx, Moment::at(day, Minute::of(0)));
        let from = created.from.map(first).transpose()?.unwrap_or(0);
        let until = created.to.map(|to| first(to.plus(1))).transpose()?.unwrap_or(i64::MAX);
        let values = [Value::Integer(from), Value::Integer(until)];
        Ok(Some(Self::one(NUMBERED, "(id >= ? AND id < ?)", values)))
    }

    fn parts(terms: &Terms, look: LookIn) -> Vec<Self> {
        let mut all = Vec::new();
        if let Some(birthday) = terms.birth.as_ref().filter(|birth| birth.len() == 4) {
            all.push(Self::one(BIRTHDAY, "birth_mmdd = ?", [Value::Text(birthday.clone())]));
        }
        if let Some(shelf) = &terms.shelf {
            let values = [Value::Text(shelf.clone()), Value::Text(format!("{shelf}\u{10FFFF}"))];
            all.push(Self::one(SHELF, "(shelf >= ? AND shelf < ?)", values));
        }
        if let Some(location) = terms.location {
            all.push(Self::one(LOCATION, "location_id = ?", [Value::Integer(location.get())]));
        }
        if !terms.since.is_open() {
            all.push(Self::one(SINCE, "(status_at >= ? AND status_at < ?)", moments(terms.since)));
        }
        if let Some(remark) = &terms.remark {
            all.push(Self::any(vec![of_remark(remark)]));
        }
        if let Some(name) = &terms.name {
            all.push(Self::any(names(name).into_iter().collect()));
        }
        if let Some(words) = &terms.words {
            all.push(Self::words(words, look));
        }
        all
    }

    fn any(ways: Vec<Way>) -> Self {
        Self { ways, is_not: false, most: None }
    }

    fn one<const N: usize>(find: &'static str, ask: &'static str, values: [Value; N]) -> Self {
        Self::any(vec![Way { find, ask, values: values.into() }])
    }

    /// Words are looked for in what the person may see, and only where such words can stand.
    fn words(typed: &str, look: LookIn) -> Self {
        let mut ways = Vec::new();
        let norm = notice::normalise(typed);
        let is_number = !norm.is_empty() && norm.bytes().all(|b| b.is_ascii_alphanumeric());
        if look.notices && is_number {
            ways.push(Way {
                find: PART_OF_NOTICE,
                ask: "instr(notice_id_norm, ?) > 0",
                values: vec![Value::Text(norm.clone())],
            });
        }
        if look.names && !norm.bytes().all(|b| b.is_ascii_digit()) {
            ways.extend(names(typed));
        }
        if look.remarks {
            ways.push(of_remark(typed));
        }
        Self::any(ways)
    }

    /// Looks for its cards, those of an unfinished import among them.
    pub(super) fn look(self, tx: &ReadTx<'_>) -> Result<Sought, Fault> {
        let mut found = Set::default();
        let limit = self.most.map(|most| format!(" LIMIT {}", most + 1)).unwrap_or_default();
        for way in &self.ways {
            let statement = format!("{}{limit}", way.find);
            let ids = tx.all(&statement, params_from_iter(&way.values), |row| row.get::<_, i64>("id"))?;
            if self.most.is_some_and(|most| ids.len() > most) {
                return Ok(Sought::Ask(self));
            }
            for id in ids {
                found.insert(id);
            }
        }
        Ok(if self.is_not { Sought::AllBut(found) } else { Sought::Fit(found) })
    }

    /// The same as a clause about one row of `card`, with its values.
    pub(super) fn asked(&self) -> (String, Vec<Value>) {
        if self.ways.is_empty() {
            return ("FALSE".to_owned(), Vec::new());
        }
        let asked: Vec<&str> = self.ways.iter().map(|way| way.ask).collect();
        let values = self.ways.iter().flat_map(|way| way.values.iter().cloned());
        (format!("({})", asked.join(" OR ")), values.collect())
    }
}

/// Most surnames have two characters, so parts are looked for as well as beginnings.
fn names(typed: &str) -> Option<Way> {
    let (name, kana) = (text::name_key(typed), text::kana_key(typed));
    if name.is_empty() {
        return None;
    }
    if !kana.is_empty() && kana.chars().all(text::is_reading) {
        return Some(Way {
            find: NAME_OR_KANA,
            ask: "instr(name_search, ?) > 0 OR instr(kana_search, ?) > 0",
            values: vec![Value::Text(name), Value::Text(kana)],
        });
    }
    Some(Way { find: NAME, ask: "instr(name_search, ?) > 0", values: vec![Value::Text(name)] })
}

fn of_remark(typed: &str) -> Way {
    let part = typed.trim().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Way { find: REMARK, ask: "remark LIKE ? ESCAPE '\\'", values: vec![Value::Text(format!("%{part}%"))] }
}

fn texts(days: Days) -> [Value; 2] {
    let text = |day: Option<Day>, open: &str| {
        Value::Text(day.map_or_else(|| open.to_owned(), |day| day.to_string()))
    };
    [text(days.from, "0000-00-00"), text(days.to, "9999-12-31")]
}

fn moments(days: Days) -> [Value; 2] {
    let from = days.from.map_or(i64::MIN, |day| Moment::at(day, Minute::of(0)).millis());
    let until = days.to.map_or(i64::MAX, |day| Moment::at(day.plus(1), Minute::of(0)).millis());
    [Value::Integer(from), Value::Integer(until)]
}
