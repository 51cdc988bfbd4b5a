//! Conditions that no index answers outright: parts of names, numbers and remarks, birthdays without a year, shelves, bookings.
//!
//! Each is first asked of an index alone, which is a tenth of the cards' size. Where that finds few cards they are named one by
//! one; where it finds many, nearly every row that is looked at fits, and the condition is asked row by row.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::base::{Minute, Moment, notice, text};
use crate::cards::search::{Days, LookIn, Terms};
use crate::db::{Fault, ReadTx};

/// Up to so many cards are named one by one. Each then costs one look at its row, however the list is sorted; of what more cards
/// have, nearly every row that is looked at has it.
pub(super) const NAMED: usize = 10_000;

/// The cards that a probe named.
pub(super) const ONE_OF: &str = "id IN (SELECT value FROM json_each(?))";

/// What a probe found.
pub(super) enum Probed {
    /// Their numbers, as a JSON list.
    Few(Value),
    /// The condition to ask of each row, with its values.
    Many(String, Vec<Value>),
}

/// One of the alternatives of a condition: where its cards are found, and the same asked of one row.
struct Way {
    find: &'static str,
    ask: &'static str,
    values: Vec<Value>,
}

/// A condition; one of its ways must lead to a card.
pub(super) struct Probe(Vec<Way>);

const NAME: &str = "SELECT id FROM card WHERE instr(name_search, ?) > 0";
const NAME_OR_KANA: &str = "SELECT id FROM card WHERE instr(name_search, ?) > 0 OR instr(kana_search, ?) > 0";
const NOTICE: &str = "SELECT id FROM card WHERE instr(notice_id_norm, ?) > 0";
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
  WHERE m.card_id = card_seen.id AND b.on_day BETWEEN ? AND ? AND b.takes_seat = 1 AND ifnull(m.outcome, '') <> 'removed')";

/// Every way to find, with the index that it must lead through.
#[cfg(test)]
pub(super) const FINDS: [(&str, &str); 9] = [
    (NAME, "USING COVERING INDEX card_"),
    (NAME_OR_KANA, "USING COVERING INDEX card_kana"),
    (NOTICE, "USING COVERING INDEX card_notice"),
    (REMARK, "USING COVERING INDEX card_remark"),
    (BIRTHDAY, "USING COVERING INDEX card_notice"),
    (SHELF, "USING COVERING INDEX card_storage"),
    (LOCATION, "USING COVERING INDEX card_storage"),
    (SINCE, "USING COVERING INDEX card_label"),
    (BOOKED, "USING INDEX booking_day"),
];

impl Probe {
    /// The conditions of these terms.
    pub(super) fn all(terms: &Terms, look: LookIn) -> Vec<Self> {
        let mut all = Vec::new();
        if let Some(words) = &terms.words {
            all.push(Self::words(words, look));
        }
        if let Some(name) = &terms.name {
            all.push(Self(names(name).into_iter().collect()));
        }
        if let Some(remark) = &terms.remark {
            all.push(Self(vec![of_remark(remark)]));
        }
        if let Some(birthday) = terms.birth.as_ref().filter(|birth| birth.len() == 4) {
            all.push(Self::one(BIRTHDAY, "birth_mmdd = ?", [Value::Text(birthday.clone())]));
        }
        if let Some(shelf) = &terms.shelf {
            let values = [Value::Text(shelf.clone()), Value::Text(format!("{shelf}\u{10FFFF}"))];
            all.push(Self::one(SHELF, "shelf >= ? AND shelf < ?", values));
        }
        if let Some(location) = terms.location {
            all.push(Self::one(LOCATION, "location_id = ?", [Value::Integer(location.get())]));
        }
        if !terms.since.is_open() {
            all.push(Self::one(SINCE, "status_at >= ? AND status_at < ?", moments(terms.since)));
        }
        if !terms.booked.is_open() {
            all.push(Self::one(BOOKED, IS_BOOKED, texts(terms.booked)));
        }
        all
    }

    fn one<const N: usize>(find: &'static str, ask: &'static str, values: [Value; N]) -> Self {
        Self(vec![Way { find, ask, values: values.into() }])
    }

    /// Words are looked for in what the person may see, and only where such words can stand.
    fn words(typed: &str, look: LookIn) -> Self {
        let mut ways = Vec::new();
        let norm = notice::normalise(typed);
        let is_number = !norm.is_empty() && norm.bytes().all(|b| b.is_ascii_alphanumeric());
        if look.notices && is_number {
            ways.push(Way {
                find: NOTICE,
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
        Self(ways)
    }

    /// The cards, or how to ask for them.
    pub(super) fn look(self, tx: &ReadTx<'_>) -> Result<Probed, Fault> {
        let most = NAMED + 1;
        let mut ids: Vec<i64> = Vec::new();
        for way in &self.0 {
            let statement = format!("{} LIMIT {most}", way.find);
            ids.extend(tx.all(&statement, params_from_iter(&way.values), |row| row.get::<_, i64>("id"))?);
            if ids.len() > NAMED {
                return Ok(self.inline());
            }
        }
        let ids = serde_json::to_string(&ids).map_err(|error| Fault::Stored(error.to_string()))?;
        Ok(Probed::Few(Value::Text(ids)))
    }

    fn inline(self) -> Probed {
        let asked: Vec<String> = self.0.iter().map(|way| format!("({})", way.ask)).collect();
        let values = self.0.into_iter().flat_map(|way| way.values).collect();
        Probed::Many(format!("({})", asked.join(" OR ")), values)
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
    let text = |day: Option<crate::base::Day>, open: &str| {
        Value::Text(day.map_or_else(|| open.to_owned(), |day| day.to_string()))
    };
    [text(days.from, "0000-00-00"), text(days.to, "9999-12-31")]
}

fn moments(days: Days) -> [Value; 2] {
    let from = days.from.map_or(i64::MIN, |day| Moment::at(day, Minute::of(0)).millis());
    let until = days.to.map_or(i64::MAX, |day| Moment::at(day.plus(1), Minute::of(0)).millis());
    [Value::Integer(from), Value::Integer(until)]
}
