//! A file read whole: its rows, its errors, what repeats within it.

use std::collections::{HashMap, HashSet};

use super::profile::{Kind, Profile};
use super::reader::{Found, ReadError, Reader};
use super::row::{self, Context, Row};
use super::why::RowError;
use crate::base::text;
use crate::cards::CardStatus;

/// A file of cards that was read: nothing of it is written yet.
#[derive(Clone, Debug)]
pub struct File {
    /// What was found out about it.
    pub found: Found,
    /// How it was read.
    pub profile: Profile,
    /// The rows that can be taken, in the order of the file.
    pub rows: Vec<Row>,
    /// The rows that cannot.
    pub errors: Vec<RowError>,
    /// Lines of rows that say again what an earlier row said.
    pub duplicates: Vec<u64>,
    /// For each row, whether another person of this file has the same notice ID.
    pub(super) shared: Vec<bool>,
}

impl File {
    /// Rows besides the header.
    pub fn count(&self) -> usize {
        self.rows.len() + self.errors.len() + self.duplicates.len()
    }

    /// Rows whose name holds a character that only the sender's machine can draw (外字), or the mark of a lost one (〓).
    pub fn doubtful(&self) -> impl Iterator<Item = &Row> {
        let odd = |c: char| text::is_private_use(c) || c == '〓';
        self.rows.iter().filter(move |row| row.card.name.chars().any(odd))
    }
}

/// Reads the standard card file, whatever its format.
///
/// Spec: 7(2)①.
pub fn read(bytes: &[u8], context: &Context) -> Result<File, ReadError> {
    read_with(bytes, &Profile::standard(Kind::Card), context)
}

/// Reads a file of cards that is laid out as the profile says.
///
/// Spec: 7(2)①.
pub fn read_with(bytes: &[u8], profile: &Profile, context: &Context) -> Result<File, ReadError> {
    let reader = Reader::open(bytes, profile)?;
    let mut seen = Seen::default();
    let (mut rows, mut errors, mut duplicates) = (Vec::new(), Vec::new(), Vec::new());
    rows.reserve_exact(reader.found().rows);
    let take = |row: Result<Row, RowError>| match row {
        Ok(row) if seen.is_again(&row) => duplicates.push(row.line),
        Ok(row) => rows.push(row),
        Err(error) => errors.push(error),
    };
    reader.each(|record| row::read(&record, context), take);
    wait_for_notices(&mut rows);
    let shared = rows.iter().map(|row| seen.is_shared(row)).collect();
    Ok(File { found: reader.found().clone(), profile: profile.clone(), rows, errors, duplicates, shared })
}

/// A file that tells of some cards when their notices went out tells of the others that theirs have not.
///
/// A file that tells it of none says nothing: a citizen who types a notice ID holds the notice.
fn wait_for_notices(rows: &mut [Row]) {
    if rows.iter().any(|row| row.card.notice_sent_on.is_some()) {
        for row in rows.iter_mut().filter(|row| row.card.notice_sent_on.is_none()) {
            row.card.status = CardStatus::Announced;
        }
    }
}

/// What earlier rows of the file said.
#[derive(Debug, Default)]
struct Seen {
    inquiries: HashSet<String>,
    /// For each notice ID the persons that have it, and whether the row of one had no inquiry number.
    notices: HashMap<String, Vec<(String, bool)>>,
}

impl Seen {
    /// Whether a row before told of the same card; notes this one if not.
    fn is_again(&mut self, row: &Row) -> bool {
        let inquiry = &row.card.inquiry_no;
        let person = format!("{}|{}", row.keys.name, row.card.birth);
        let persons = self.notices.entry(row.card.notice_id.norm().to_owned());
        // Nearly every notice ID has one person.
        let persons = persons.or_insert_with(|| Vec::with_capacity(1));
        let known = persons.iter_mut().find(|(other, _)| *other == person);
        let before = known.as_ref().map(|(_, bare)| *bare);
        if inquiry.is_empty() && before.is_some() || before == Some(true) || self.inquiries.contains(inquiry)
        {
            return true;
        }
        if !inquiry.is_empty() {
            self.inquiries.insert(inquiry.clone());
        }
        match known {
            Some((_, bare)) => *bare = inquiry.is_empty(),
            None => persons.push((person, inquiry.is_empty())),
        }
        false
    }

    fn is_shared(&self, row: &Row) -> bool {
        self.notices.get(row.card.notice_id.norm()).is_some_and(|persons| persons.len() > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::import::Encoding;

    fn file(rows: &str) -> File {
        let text = format!("交付通知書ID,氏名,フリガナ,生年月日,照会番号\n{rows}");
        read(text.as_bytes(), &Context::default()).unwrap()
    }

    #[test]
    fn each_row_is_good_wrong_or_said_before() {
        let file =
            file("A13-345603,髙橋,タ,1990-04-13,\na13345603,高橋,ﾀ,H2.4.13,\nA1,山田,ヤ,1990-04-13,\n");
        assert_eq!((file.rows.len(), file.errors.len(), file.count()), (1, 1, 3));
        assert_eq!(file.duplicates, [3]);
        assert_eq!(file.found.encoding, Some(Encoding::Utf8));
    }

    #[test]
    fn two_persons_with_one_notice_id_are_two_cards() {
        let file = file(
            "A13-345603,山田,ヤ,1990-04-13,\nA13-345603,山田,ヤ,1990-04-14,\nA13-345604,林,ハ,1990-04-14,\n",
        );
        assert_eq!((file.rows.len(), file.duplicates.len()), (3, 0));
        assert_eq!(file.shared, [true, true, false]);
    }

    #[test]
    fn inquiry_numbers_tell_two_cards_of_one_person_apart() {
        let two = file("A13-345603,山田,ヤ,1990-04-13,1\nA13-345603,山田,ヤ,1990-04-13,2\n");
        assert_eq!((two.rows.len(), two.shared.as_slice()), (2, &[false, false][..]));
        let same = file("A13-345603,山田,ヤ,1990-04-13,1\nA13-345603,山田,ヤ,1990-04-13,1\n");
        assert_eq!(same.duplicates, [3]);
        let bare = file("A13-345603,山田,ヤ,1990-04-13,1\nA13-345603,山田,ヤ,1990-04-13,\n");
        assert_eq!(bare.duplicates, [3]);
    }

    #[test]
    fn a_card_waits_when_the_file_tells_of_others_that_their_notices_are_out() {
        let status = |rows: &str| {
            let text = format!("交付通知書ID,氏名,フリガナ,生年月日,通知書発送日\n{rows}");
            let file = read(text.as_bytes(), &Context::default()).unwrap();
            file.rows.iter().map(|row| row.card.status).collect::<Vec<_>>()
        };
        let (one, other) = ("A13-345603,山,ヤ,1990-04-13", "A13-345604,林,ハ,1990-04-13");
        assert_eq!(status(&format!("{one},\n{other},\n")), [CardStatus::Notified; 2]);
        let sent = status(&format!("{one},R8.4.1\n{other},\n"));
        assert_eq!(sent, [CardStatus::Notified, CardStatus::Announced]);
    }

    #[test]
    fn names_that_only_the_sender_can_draw_are_pointed_out() {
        let file = file(
            "A13-345603,\u{E000}田,ヤ,1990-04-13,\nA13-345604,〓田,ヤ,1990-04-13,\nA13-345605,山,ヤ,1990-04-13,\n",
        );
        assert_eq!(file.doubtful().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
    }
}
