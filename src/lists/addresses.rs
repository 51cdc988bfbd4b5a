//! Addresses for labels: read from a file of the register of residents, matched with cards, never stored.
//!
//! The program knows no address of anybody. What is read here lives as long as the labels are being printed.

use std::collections::BTreeMap;

use super::pdf::Label;
use crate::base::{BirthDate, CardId, NoticeId, NoticePattern, Personal, text};
use crate::cards::import::{self, ReadError};
use crate::cards::{self, Card, CardStatus};
use crate::db::{Fault, ReadTx};

/// Bytes that a file may have: some ten thousand addresses.
pub const BYTES_MAX: usize = 8 << 20;

/// The longest part of an address, in characters.
const WORDS_MAX: usize = 200;

/// What a column may be called, without spaces and of one width.
const NOTICE: [&str; 5] = ["交付通知書ID", "通知書ID", "交付通知書番号", "通知書番号", "ID"];
const BIRTH: [&str; 2] = ["生年月日", "誕生日"];
const NAME: [&str; 6] = ["氏名", "宛名", "宛名氏名", "送付先氏名", "名前", "漢字氏名"];
const POSTCODE: [&str; 5] = ["郵便番号", "送付先郵便番号", "〒", "住所郵便番号", "現住所郵便番号"];
const ADDRESS: [&str; 12] = [
    "住所",
    "現住所",
    "送付先住所",
    "宛名住所",
    "住所1",
    "送付先住所1",
    "住所2",
    "送付先住所2",
    "住所3",
    "方書",
    "送付先方書",
    "アパート名",
];

/// An address of a file, and whose it is by the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its line.
    line: u64,
    notice: NoticeId,
    birth: Option<BirthDate>,
    name: Personal<String>,
    postcode: Personal<String>,
    lines: Personal<Vec<String>>,
}

/// A file of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressFile {
    /// The addresses, in the order of the file.
    pub addresses: Vec<Address>,
    /// Lines that are left out already.
    pub left: Vec<(u64, Left)>,
}

/// Why a line of the file becomes no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Left {
    /// Its notice ID is missing or has another shape.
    BadNotice,
    /// It has no address.
    NoAddress,
    /// Its address is longer than any.
    TooLong,
    /// No card has the notice ID.
    NoCard,
    /// More than one card has it, and the birthday does not tell them apart.
    SeveralCards,
    /// The card's person has another name.
    OtherName,
    /// The card's person has another birthday.
    OtherBirth,
    /// A line before it is for the same card.
    Repeated,
    /// The card is handed over, void, destroyed, missing or not here yet: no notice is sent for it.
    NotSent(CardStatus),
    /// The card is not among those that were asked for.
    NotAsked,
}

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] ReadError),
    /// It is larger than [`BYTES_MAX`].
    #[error("the file is larger than {BYTES_MAX} bytes")]
    TooLarge,
    /// It has no column of this name.
    #[error("the header lacks {0}")]
    NoColumn(&'static str),
}

/// What a file gives, and what it does not.
#[derive(Clone, Debug, Default)]
pub struct Matched {
    /// Cards with their address, in the order of the file.
    pub good: Vec<(Card, Address)>,
    /// Lines that become no label.
    pub left: Vec<(u64, Left)>,
}

/// Where the columns of a file stand.
struct Columns {
    notice: usize,
    birth: Option<usize>,
    name: Option<usize>,
    postcode: Option<usize>,
    lines: Vec<usize>,
}

impl Columns {
    fn of(header: &[String]) -> Result<Self, AddressError> {
        let keys: Vec<String> = header.iter().map(|name| key(name)).collect();
        let one = |names: &[&str]| names.iter().find_map(|name| keys.iter().position(|key| key == name));
        let notice = one(&NOTICE).ok_or(AddressError::NoColumn("交付通知書ID"))?;
        let lines: Vec<usize> =
            ADDRESS.iter().filter_map(|name| keys.iter().position(|key| key == name)).collect();
        if lines.is_empty() {
            return Err(AddressError::NoColumn("住所"));
        }
        Ok(Self { notice, birth: one(&BIRTH), name: one(&NAME), postcode: one(&POSTCODE), lines })
    }
}

/// A name of a column as it is compared.
fn key(name: &str) -> String {
    text::nfkc(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Reads a file of addresses: CSV in any of the encodings, or a workbook, its columns known by their names.
///
/// It may take some hundred milliseconds: not on a thread that answers others.
pub fn read_addresses(bytes: &[u8], pattern: &NoticePattern) -> Result<AddressFile, AddressError> {
    if bytes.len() > BYTES_MAX {
        return Err(AddressError::TooLarge);
    }
    let plain = import::plain(bytes)?;
    let columns = Columns::of(&plain.header)?;
    let mut file = AddressFile::default();
    for (line, cells) in &plain.rows {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        match address(*line, cells, &columns, pattern) {
            Ok(address) => file.addresses.push(address),
            Err(left) => file.left.push((*line, left)),
        }
    }
    Ok(file)
}

fn address(line: u64, cells: &[String], columns: &Columns, pattern: &NoticePattern) -> Result<Address, Left> {
    let cell = |at: usize| cells.get(at).map(|cell| plain(cell)).unwrap_or_default();
    let maybe = |at: Option<usize>| at.map(cell).unwrap_or_default();
    let typed = cell(columns.notice);
    let is_number = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit());
    let whole = if is_number { pattern.with_zeros(&typed).unwrap_or(typed) } else { typed };
    let notice = NoticeId::parse(&whole, pattern).map_err(|_| Left::BadNotice)?;
    let lines: Vec<String> =
        columns.lines.iter().map(|at| cell(*at)).filter(|words| !words.is_empty()).collect();
    if lines.is_empty() {
        return Err(Left::NoAddress);
    }
    if lines.iter().any(|words| words.chars().count() > WORDS_MAX) {
        return Err(Left::TooLong);
    }
    Ok(Address {
        line,
        notice,
        birth: BirthDate::parse(&maybe(columns.birth)).ok(),
        name: Personal::of(maybe(columns.name)),
        postcode: Personal::of(postcode(&maybe(columns.postcode))),
        lines: Personal::of(lines),
    })
}

/// A cell on one line, without control characters.
fn plain(cell: &str) -> String {
    let words: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = words.trim();
    // As our own files for spreadsheets write codes.
    let code = words.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    code.unwrap_or(words).to_owned()
}

/// 〒 with seven digits, as the post writes them; anything else as it is.
fn postcode(typed: &str) -> String {
    let folded = text::nfkc(typed);
    let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    // A spreadsheet that took it for a number has lost a zero: 060-0001 becomes 600001.
    let digits = if digits.len() == 6 { format!("0{digits}") } else { digits };
    match digits.split_at_checked(3) {
        Some((area, town)) if digits.len() == 7 => format!("〒{area}-{town}"),
        _ => typed.to_owned(),
    }
}

/// Finds the card of each address. The person on it must be the one that the file names.
///
/// Spec: 7(1)④, 7(2)⑨.
pub fn match_addresses(tx: &ReadTx<'_>, file: &AddressFile) -> Result<Matched, Fault> {
    let mut matched = Matched { left: file.left.clone(), ..Matched::default() };
    let mut seen: BTreeMap<CardId, u64> = BTreeMap::new();
    for address in &file.addresses {
        let found = match_one(tx, address)?;
        let found = found.and_then(|card| match seen.insert(card.id, address.line) {
            Some(_) => Err(Left::Repeated),
            None => Ok(card),
        });
        match found {
            Ok(card) => matched.good.push((card, address.clone())),
            Err(left) => matched.left.push((address.line, left)),
        }
    }
    matched.left.sort_by_key(|(line, _)| *line);
    Ok(matched)
}

fn match_one(tx: &ReadTx<'_>, address: &Address) -> Result<Result<Card, Left>, Fault> {
    let mut found = cards::with_notice(tx, &address.notice)?;
    if found.is_empty() {
        return Ok(Err(Left::NoCard));
    }
    if let Some(birth) = address.birth {
        found.retain(|card| *card.birth.uncover() == birth);
        if found.is_empty() {
            return Ok(Err(Left::OtherBirth));
        }
    }
    // A card that was made anew has the notice ID of the former one at times: only those that wait are meant.
    let waits = |card: &Card| is_sent(card.status);
    if found.len() > 1 && found.iter().any(waits) {
        found.retain(waits);
    }
    let Some(card) = found.pop() else { return Ok(Err(Left::NoCard)) };
    if !found.is_empty() {
        return Ok(Err(Left::SeveralCards));
    }
    let name = address.name.uncover();
    if !name.is_empty() && text::name_key(name) != text::name_key(card.name.uncover()) {
        return Ok(Err(Left::OtherName));
    }
    if !is_sent(card.status) {
        return Ok(Err(Left::NotSent(card.status)));
    }
    Ok(Ok(card))
}

/// Whether a notice is sent for a card of this status.
const fn is_sent(status: CardStatus) -> bool {
    !status.is_out_of_house()
        && !matches!(status, CardStatus::Announced | CardStatus::Voided | CardStatus::Missing)
}

impl Address {
    /// The line of the file.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The label for this card, with its notice ID where it is wanted.
    pub fn label(&self, card: &Card, with_notice: bool) -> Label {
        let postcode = Some(self.postcode.uncover().clone()).filter(|code| !code.is_empty());
        Label {
            above: postcode.into_iter().chain(self.lines.uncover().iter().cloned()).collect(),
            name: format!("{}　様", card.name.uncover()),
            below: if with_notice { card.notice_id.uncover().to_string() } else { String::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AddressFile, AddressError> {
        let pattern = NoticePattern::parse("^[0-9A-Z]{3}[0-9]{6}$").unwrap();
        read_addresses(text.as_bytes(), &pattern)
    }

    #[test]
    fn columns_are_known_by_their_names_wherever_they_stand() {
        let file = read(
            "方書,氏 名,住所,郵便番号,ＩＤ\r\n見本荘 203,田中 健太,見本市城南町15-3,8308520,A13-000001\r\n",
        )
        .unwrap();
        let one = file.addresses.first().unwrap();
        assert_eq!(one.lines.uncover(), &["見本市城南町15-3", "見本荘 203"]);
        assert_eq!(one.postcode.uncover(), "〒830-8520");
        assert_eq!(one.notice.norm(), "A13000001");
        assert!(!format!("{file:?}").contains("城南町"), "an address never shows in a log");
    }

    #[test]
    fn what_is_no_address_is_left_with_its_line() {
        let file = read("ID,住所\nA13000001,\nB,見本市\n,\nA13000002,見本市\n").unwrap();
        assert_eq!(file.left, [(2, Left::NoAddress), (3, Left::BadNotice)]);
        assert_eq!(file.addresses.len(), 1);
        assert_eq!(read("ID,氏名\nA13000001,田中\n"), Err(AddressError::NoColumn("住所")));
        assert_eq!(read("氏名,住所\n田中,見本市\n"), Err(AddressError::NoColumn("交付通知書ID")));
    }

    #[test]
    fn a_postcode_is_written_as_the_post_writes_it() {
        assert_eq!(postcode("８３０−８５２０"), "〒830-8520");
        assert_eq!(postcode("600001"), "〒060-0001");
        assert_eq!(postcode(""), "");
        assert_eq!(postcode("不明"), "不明");
    }
}
