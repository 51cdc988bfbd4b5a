//! From the cells of a row to a card: every value checked, the first thing wrong told.

use super::profile::Target;
use super::reader::Record;
use super::why::{RowError, Why};
use crate::base::{BirthDate, Day, LocationId, NoticeId, NoticePattern, StorageId, Written, text};
use crate::cards::NewCard;

/// What the city knows that a file refers to.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The shape of its notice IDs.
    pub pattern: NoticePattern,
    /// The shape by which an ID that a spreadsheet took for a number gets its zeros back.
    pub numbers: NoticePattern,
    /// Its places of hand-over; `None` takes any name, for a conversion without a city.
    pub locations: Option<Vec<Named<LocationId>>>,
    /// Its storage places; `None` takes any name.
    pub storages: Option<Vec<Named<StorageId>>>,
}

/// A place under its code and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T> {
    /// Its row.
    pub id: T,
    /// Its short code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A row that can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the file on which it begins.
    pub line: u64,
    /// The card it tells of.
    pub card: NewCard,
    /// The place of hand-over as the file wrote it.
    pub location: String,
    /// The storage place as the file wrote it.
    pub storage: String,
    /// The shelf number as the file wrote it.
    pub shelf: String,
    /// What the card is found by.
    pub(super) keys: Keys,
}

impl Row {
    /// The row that tells of this card, with its location, storage place and shelf number as they are written.
    pub fn of(line: u64, card: NewCard, [location, storage, shelf]: [String; 3]) -> Self {
        let keys = Keys { name: text::name_key(&card.name).into(), kana: text::kana_key(&card.kana).into() };
        Self { line, card, location, storage, shelf, keys }
    }
}

/// The forms in which a row is compared, worked out once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) name: Box<str>,
    pub(super) kana: Box<str>,
}

pub(super) const NAME_MAX: usize = 100;
pub(super) const WORD_MAX: usize = 40;

/// Reads one row; the first wrong value is told.
pub(super) fn read(record: &Record, context: &Context) -> Result<Row, RowError> {
    use Target as T;
    let line = record.line();
    let wrong = |target: Target, why: Why| RowError::new(line, target.label(), record.get(target), why);
    let value = |target: Target| record.get(target);
    let day = |target: Target| optional_day(value(target)).map_err(|why| wrong(target, why));
    let word = |target: Target, most: usize| words(value(target), most).map_err(|why| wrong(target, why));

    let notice = notice_id(record, context).map_err(|why| wrong(T::NoticeId, why))?;
    let name = word(T::Name, NAME_MAX)?;
    if name.is_empty() {
        return Err(wrong(T::Name, Why::Empty));
    }
    let kana = word(T::Kana, NAME_MAX)?;
    let birth = BirthDate::parse(value(T::Birth)).map_err(|error| wrong(T::Birth, error.into()))?;

    let mut card = NewCard::notified(notice, name, kana, birth);
    let locations = context.locations.as_deref();
    card.location = place(value(T::Location), locations).map_err(|why| wrong(T::Location, why))?;
    let storages = context.storages.as_deref();
    card.storage = place(value(T::Storage), storages).map_err(|why| wrong(T::Storage, why))?;
    let shelf = word(T::Shelf, WORD_MAX)?;
    (card.shelf, card.position) = shelf_and_position(shelf);
    card.made_on = day(T::MadeOn)?;
    card.notice_sent_on = day(T::NoticeSentOn)?;
    card.pickup_due_on = day(T::PickupDueOn)?;
    card.valid_until = day(T::ValidUntil)?;
    card.residence_until = day(T::ResidenceUntil)?;
    // Twelve digits are an inquiry number here; a column full of individual numbers was refused before.
    let inquiry = fit(value(T::InquiryNo), WORD_MAX).map_err(|why| wrong(T::InquiryNo, why))?;
    inquiry.clone_into(&mut card.inquiry_no);
    let (location, storage) = (word(T::Location, NAME_MAX)?, word(T::Storage, NAME_MAX)?);
    Ok(Row::of(line, card, [location, storage, shelf].map(str::to_owned)))
}

/// The notice ID. One that a spreadsheet held as a number gets its zeros back where only one ID can have been meant.
pub(super) fn notice_id(record: &Record, context: &Context) -> Result<NoticeId, Why> {
    let written = record.get(Target::NoticeId);
    if record.is_number(Target::NoticeId) {
        let whole = context.numbers.with_zeros(written).ok_or(Why::LostDigits)?;
        return Ok(NoticeId::parse(&whole, &context.pattern)?);
    }
    Ok(NoticeId::parse(written, &context.pattern)?)
}

fn optional_day(written: &str) -> Result<Option<Day>, Why> {
    if written.is_empty() { Ok(None) } else { Ok(Some(Written::parse_day(written)?)) }
}

pub(super) fn fit(value: &str, most: usize) -> Result<&str, Why> {
    if value.chars().count() > most {
        return Err(Why::TooLong { most });
    }
    if text::has_control(value) {
        return Err(Why::Control);
    }
    Ok(value)
}

pub(super) fn words(value: &str, most: usize) -> Result<&str, Why> {
    if text::contains_my_number(value) { Err(Why::MyNumber) } else { fit(value, most) }
}

pub(super) fn place<T: Copy>(written: &str, known: Option<&[Named<T>]>) -> Result<Option<T>, Why> {
    let Some(known) = known.filter(|_| !written.is_empty()) else { return Ok(None) };
    let named = known.iter().find(|one| one.code == written || one.name == written);
    let hit = named.or_else(|| {
        let key = place_key(written);
        known.iter().find(|one| place_key(&one.code) == key || place_key(&one.name) == key)
    });
    hit.map(|one| Some(one.id)).ok_or(Why::UnknownPlace)
}

fn place_key(name: &str) -> String {
    text::nfkc(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// `B-4-103` is place 103 on shelf `B-4`; what ends in no number is a shelf alone.
pub(super) fn shelf_and_position(written: &str) -> (String, String) {
    let plain: String = text::nfkc(written).chars().map(|c| if text::is_dash(c) { '-' } else { c }).collect();
    match plain.rsplit_once('-') {
        Some((shelf, position)) if !shelf.is_empty() && is_number(position) => {
            (shelf.to_owned(), position.to_owned())
        }
        _ => (plain, String::new()),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::import::profile::{Kind, Profile};
    use crate::cards::import::reader::Reader;

    fn first(rest: &[(&str, &str)]) -> Result<Row, RowError> {
        let mut values = vec![
            ("交付通知書ID", "a13-345603"),
            ("氏名", "髙﨑　花"),
            ("フリガナ", "ﾀｶｻｷ ﾊﾅ"),
            ("生年月日", "H2.4.13"),
        ];
        for (column, value) in rest {
            match values.iter_mut().find(|(known, _)| known == column) {
                Some(slot) => slot.1 = value,
                None => values.push((column, value)),
            }
        }
        let header: Vec<&str> = values.iter().map(|(column, _)| *column).collect();
        let row: Vec<String> = values.iter().map(|(_, value)| format!("\"{value}\"")).collect();
        let text = format!("{}\n{}\n", header.join(","), row.join(","));
        let reader = Reader::open(text.as_bytes(), &Profile::standard(Kind::Card)).unwrap();
        let place = |id, code: &str, name: &str| Named { id, code: code.to_owned(), name: name.to_owned() };
        let context = Context {
            locations: Some(vec![place(LocationId::of(1), "main", "本庁舎 市民課")]),
            storages: Some(vec![Named {
                id: StorageId::of(7),
                code: "S1".to_owned(),
                name: "金庫".to_owned(),
            }]),
            ..Context::default()
        };
        reader.rows().next().unwrap().and_then(|record| read(&record, &context))
    }

    fn why(column: &str, value: &str) -> (&'static str, Why) {
        let error = first(&[(column, value)]).unwrap_err();
        (error.column, error.why)
    }

    #[test]
    fn a_name_stays_as_it_is_written() {
        let card = first(&[]).unwrap().card;
        assert_eq!((card.name.as_str(), card.kana.as_str()), ("髙﨑　花", "ﾀｶｻｷ ﾊﾅ"));
        assert_eq!((card.notice_id.norm(), card.birth.to_string().as_str()), ("A13345603", "1990-04-13"));
    }

    #[test]
    fn places_are_known_by_name_or_code_in_any_width() {
        let by_name = first(&[("交付場所", "本庁舎　市民課"), ("保管場所", "ｓ１")]).unwrap().card;
        assert_eq!((by_name.location, by_name.storage), (Some(LocationId::of(1)), Some(StorageId::of(7))));
        let by_code = first(&[("交付場所", "ＭＡＩＮ"), ("保管場所", "金庫")]).unwrap().card;
        assert_eq!((by_code.location, by_code.storage), (Some(LocationId::of(1)), Some(StorageId::of(7))));
        assert_eq!(why("交付場所", "第二庁舎"), ("交付場所", Why::UnknownPlace));
    }

    #[test]
    fn a_shelf_number_ends_in_the_place_on_the_shelf() {
        let shelf = |written| {
            let card = first(&[("棚番号", written)]).unwrap().card;
            (card.shelf, card.position)
        };
        assert_eq!(shelf("Ｂ－４－１０３"), ("B-4".to_owned(), "103".to_owned()));
        assert_eq!(shelf("金庫上段"), ("金庫上段".to_owned(), String::new()));
        assert_eq!(shelf("103"), ("103".to_owned(), String::new()));
    }

    #[test]
    fn an_unknown_birth_month_is_taken_an_unknown_due_day_is_not() {
        assert_eq!(first(&[("生年月日", "1945-00-00")]).unwrap().card.birth.to_string(), "1945-00-00");
        assert_eq!(why("受取期限", "2026-00-00"), ("受取期限", Why::DateMonth));
        assert_eq!(why("受取期限", "20260631"), ("受取期限", Why::DateDay { month: 6, day: 31 }));
    }

    #[test]
    fn the_end_of_a_period_of_residence_is_taken_where_the_file_tells_of_it() {
        let until = |written| first(&[("在留期限", written)]).map(|row| row.card.residence_until);
        assert_eq!(until("R9.3.31"), Ok(Day::new(2027, 3, 31)));
        assert_eq!(until(""), Ok(None));
        assert_eq!(why("在留期限", "無期限"), ("在留期限", Why::DateForm));
    }

    #[test]
    fn each_wrong_value_names_its_column() {
        assert_eq!(why("交付通知書ID", "A1-34"), ("交付通知書ID", Why::NoticeShape));
        assert_eq!(why("氏名", " "), ("氏名", Why::Empty));
        assert_eq!(why("氏名", "山田\u{7}"), ("氏名", Why::Control));
        assert_eq!(why("氏名", &"長".repeat(101)), ("氏名", Why::TooLong { most: 100 }));
        assert_eq!(why("生年月日", "S63.13.2"), ("生年月日", Why::DateMonth));
        assert_eq!(why("生年月日", ""), ("生年月日", Why::Empty));
        assert_eq!(why("棚番号", "番号 1234 5678 9018"), ("棚番号", Why::MyNumber));
        assert_eq!(why("作成日", "来月"), ("作成日", Why::DateForm));
    }
}
