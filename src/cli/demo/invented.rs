//! The invented city: its places and names as `city.toml` has them, and the cards that are made of them.
//!
//! **Invariant:** the same number always gives the same person, so that a later day goes on where an earlier one ended.

use serde::Deserialize;

use crate::base::Day;

/// What `city.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invented {
    /// Places of hand-over, in the city's order.
    #[serde(rename = "location")]
    pub locations: Vec<Place>,
    names: Names,
    remarks: Remarks,
    /// Name of the member of staff of each role.
    pub staff: std::collections::BTreeMap<String, String>,
}

/// A place of hand-over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Short code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// How to get there.
    pub access: String,
    /// Telephone number.
    pub phone: String,
    /// Steps, lifts, toilets.
    pub barrier_free: String,
    /// Name of its opening pattern.
    pub hours: String,
    /// Seats of a slot.
    pub capacity: u16,
    /// Whether it opens on the second Saturday of each month.
    #[serde(default)]
    pub second_saturday: bool,
    /// In English.
    pub en: Words,
    /// In plain Japanese.
    pub easy: Words,
}

/// A place in another language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Name.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// How to get there.
    pub access: String,
    /// Steps, lifts, toilets.
    pub barrier_free: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    family: Vec<String>,
    given: Vec<String>,
    foreign: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remarks {
    texts: Vec<String>,
}

/// A card of the invented city, as a line of the standard file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Notice ID; a few people share one.
    pub notice_id: String,
    /// Name.
    pub name: String,
    /// Reading.
    pub kana: String,
    /// Date of birth.
    pub birth: Day,
    /// Code of the place of hand-over, which is also that of the storage place.
    pub place: String,
    /// Shelf and position.
    pub shelf: String,
}

/// People of one household stand side by side: three of them share a family name.
const HOUSEHOLD: usize = 3;

impl Invented {
    /// Reads the file that the binary carries.
    pub fn load() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("city.toml"))
    }

    /// A remark for the `n`th card that gets one.
    pub fn remark(&self, n: usize) -> &str {
        pick(&self.remarks.texts, n)
    }

    /// The person with this number.
    pub fn person(&self, number: usize) -> Person {
        let (name, kana) = self.name(number);
        let home = self.locations.get(pick_home(number / HOUSEHOLD));
        let (rack, position) = (number / 40 % 12 + 1, number % 40 + 101);
        Person {
            notice_id: notice_id(number),
            name,
            kana,
            birth: birth(number),
            place: home.map_or_else(String::new, |place| place.code.clone()),
            shelf: format!("B-{rack:02}-{position}"),
        }
    }

    /// The lines of the standard file for the people `from` to `to`, sent on `sent`, in the order of DESIGN's columns.
    pub fn file(&self, from: usize, to: usize, sent: Day) -> String {
        let mut lines = String::from(HEADER);
        for number in from..to {
            let who = self.person(number);
            let line = [
                who.notice_id,
                who.name,
                who.kana,
                who.birth.to_string(),
                who.place.clone(),
                format!("{}-k", who.place),
                who.shelf,
                sent.minus(9).to_string(),
                sent.to_string(),
                sent.plus(90).to_string(),
                sent.plus(3600).to_string(),
                format!("S{:08}", 40_000_000 + number),
            ];
            lines.push_str(&line.join(","));
            lines.push_str("\r\n");
        }
        lines
    }

    fn name(&self, number: usize) -> (String, String) {
        if number % 17 == 16 {
            return split(pick(&self.names.foreign, number / 17));
        }
        let household = number / HOUSEHOLD;
        let (family, family_kana) = split(pick(&self.names.family, spread(household, 11, 44)));
        let (given, given_kana) = split(pick(&self.names.given, spread(number, 13, 31)));
        (format!("{family} {given}"), format!("{family_kana} {given_kana}"))
    }
}

const HEADER: &str = "交付通知書ID,氏名,フリガナ,生年月日,交付場所,保管場所,棚番号,作成日,通知書発送日,受取期限,有効期限,照会番号\r\n";

/// The great houses have more people than the small ones: this many households of each twenty-one.
const HOMES: [usize; 21] = [0, 1, 4, 0, 2, 1, 5, 0, 3, 1, 6, 0, 2, 7, 1, 8, 0, 9, 3, 10, 11];

fn pick_home(household: usize) -> usize {
    HOMES.get(household % HOMES.len()).copied().unwrap_or(0)
}

/// Two people share each fortieth ID; the others have their own.
fn notice_id(number: usize) -> String {
    let own = if number % 40 == 39 { number - 20 } else { number };
    let letter = ["A", "B", "C", "D"].get(own / 250 % 4).copied().unwrap_or("E");
    format!("{letter}{:02}{:06}", 10 + own % 60, 345_000 + own * 7 % 600_000)
}

fn birth(number: usize) -> Day {
    let year = 1938 + i16::try_from(spread(number, 29, 86)).unwrap_or(0);
    let month = i8::try_from(spread(number, 5, 12) + 1).unwrap_or(1);
    let day = i8::try_from(spread(number, 17, 28) + 1).unwrap_or(1);
    Day::new(year, month, day).unwrap_or_else(|| Day::from_date(jiff::civil::date(1990, 4, 13)))
}

/// A number below `below` that jumps about, the same for the same number.
fn spread(number: usize, step: usize, below: usize) -> usize {
    (number * step + number / below.max(1)) % below.max(1)
}

fn pick(list: &[String], n: usize) -> &str {
    list.get(n % list.len().max(1)).map_or("", String::as_str)
}

fn split(both: &str) -> (String, String) {
    let (name, kana) = both.split_once('/').unwrap_or((both, ""));
    (name.to_owned(), kana.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_city_has_twelve_places_and_people_of_many_kinds() {
        let city = Invented::load().unwrap();
        assert_eq!(city.locations.len(), 12);
        let people: Vec<Person> = (0..600).map(|number| city.person(number)).collect();
        let names: BTreeSet<&str> = people.iter().map(|person| person.name.as_str()).collect();
        assert!(names.len() > 450, "{} names", names.len());
        let ids: BTreeSet<&str> = people.iter().map(|person| person.notice_id.as_str()).collect();
        assert_eq!(people.len() - ids.len(), 15, "each fortieth shares an ID");
        let places: BTreeSet<&str> = people.iter().map(|person| person.place.as_str()).collect();
        assert_eq!(places.len(), 12);
    }

    #[test]
    fn the_file_can_be_written_in_cp932_whole() {
        let city = Invented::load().unwrap();
        let file = city.file(0, 600, Day::from_date(jiff::civil::date(2026, 4, 1)));
        let (_, _, lost) = encoding_rs::SHIFT_JIS.encode(&file);
        assert!(!lost);
        assert_eq!(file.lines().count(), 601);
    }

    #[test]
    fn a_household_shares_its_family_name_and_its_place() {
        let city = Invented::load().unwrap();
        let (first, second) = (city.person(0), city.person(1));
        assert_eq!(first.name.split(' ').next(), second.name.split(' ').next());
        assert_eq!(first.place, second.place);
    }
}
