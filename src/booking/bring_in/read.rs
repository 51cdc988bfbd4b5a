//! From the rows of a file to parties: people who come together.

use std::collections::{HashMap, HashSet};

use crate::base::{Day, Email, LocationId, Minute, Written};
use crate::cards::import::{
    Context, Found, Key, Profile, ReadError, Reader, Record, RowError, Target, Why, location,
};

/// A file of bookings that was read: nothing of it is written yet.
#[derive(Clone, Debug)]
pub struct File {
    /// What was found out about it.
    pub found: Found,
    /// How it was read.
    pub profile: Profile,
    /// The parties, in the order of the file.
    pub parties: Vec<Party>,
    /// The rows that cannot be read.
    pub errors: Vec<RowError>,
    /// Lines of rows that say again what an earlier row said.
    pub duplicates: Vec<u64>,
}

/// People who come together.
#[derive(Clone, Debug)]
pub struct Party {
    /// Where and when.
    pub when: When,
    /// Where its mails go.
    pub email: Option<Email>,
    /// Its number in the former system, or empty.
    pub former_no: String,
    /// Each person with the line of their row, the representative first.
    pub people: Vec<(u64, Key)>,
}

/// A place in time as the file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// Where.
    pub location: LocationId,
    /// The day.
    pub day: Day,
    /// When it begins.
    pub starts: Minute,
    /// When it ends, where the file says so.
    pub ends: Option<Minute>,
}

impl File {
    /// Rows besides the header.
    pub fn count(&self) -> usize {
        let people: usize = self.parties.iter().map(|party| party.people.len()).sum();
        people + self.errors.len() + self.duplicates.len()
    }
}

/// People in one booking at most, whatever the city says.
const PEOPLE_MAX: usize = 5;

/// Reads a file of bookings.
///
/// Spec: 7(1)⑬.
pub fn read(bytes: &[u8], profile: &Profile, context: &Context) -> Result<File, ReadError> {
    let reader = Reader::open(bytes, profile)?;
    let mut gathered = Gathered::default();
    for record in reader.rows() {
        match record.and_then(|record| row(&record, context)) {
            Ok(row) => gathered.add(row),
            Err(error) => gathered.errors.push(error),
        }
    }
    Ok(File {
        found: reader.found().clone(),
        profile: profile.clone(),
        parties: gathered.parties,
        errors: gathered.errors,
        duplicates: gathered.duplicates,
    })
}

struct Row {
    line: u64,
    key: Key,
    when: When,
    email: Option<Email>,
    former_no: String,
    party: String,
}

fn row(record: &Record, context: &Context) -> Result<Row, RowError> {
    use Target as T;
    let wrong =
        |target: Target, why: Why| RowError::new(record.line(), target.label(), record.get(target), why);
    let key = Key::read(record, context)?;
    let location = location(record, context)?.ok_or_else(|| wrong(T::Location, Why::Empty))?;
    let day = Written::parse_day(record.get(T::Day)).map_err(|error| wrong(T::Day, error.into()))?;
    let starts = minute(record.get(T::Start)).ok_or_else(|| wrong(T::Start, Why::TimeForm))?;
    let ends = match record.get(T::End) {
        "" => None,
        written => {
            Some(minute(written).filter(|ends| *ends > starts).ok_or_else(|| wrong(T::End, Why::TimeForm))?)
        }
    };
    let email = match record.get(T::Email) {
        "" => None,
        written => Some(Email::parse(written).map_err(|_| wrong(T::Email, Why::BadEmail))?),
    };
    let former_no = record.get(T::BookingNo).chars().take(40).collect();
    let party =
        [T::Party, T::BookingNo].map(|target| record.get(target)).into_iter().find(|word| !word.is_empty());
    Ok(Row {
        line: record.line(),
        key,
        when: When { location, day, starts, ends },
        email,
        former_no,
        party: party.unwrap_or_default().to_owned(),
    })
}

/// `HH:MM`, as the reader gives it.
fn minute(written: &str) -> Option<Minute> {
    let (hour, minute) = written.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then(|| Minute::of(hour * 60 + minute))
}

#[derive(Default)]
struct Gathered {
    parties: Vec<Party>,
    errors: Vec<RowError>,
    duplicates: Vec<u64>,
    by_word: HashMap<String, usize>,
    people: HashSet<Key>,
}

impl Gathered {
    fn add(&mut self, row: Row) {
        if !self.people.insert(row.key.clone()) {
            self.duplicates.push(row.line);
            return;
        }
        let known = self.by_word.get(&row.party).copied().filter(|_| !row.party.is_empty());
        let Some(at) = known else {
            if !row.party.is_empty() {
                self.by_word.insert(row.party.clone(), self.parties.len());
            }
            let people = vec![(row.line, row.key)];
            self.parties.push(Party { when: row.when, email: row.email, former_no: row.former_no, people });
            return;
        };
        let Some(party) = self.parties.get_mut(at) else { return };
        let why = if party.when != row.when {
            Some(Why::PartyDiffers)
        } else if party.people.len() >= PEOPLE_MAX {
            Some(Why::TooManyPeople { most: PEOPLE_MAX })
        } else {
            None
        };
        if let Some(why) = why {
            self.errors.push(RowError::new(row.line, Target::Party.label(), &row.party, why));
            return;
        }
        party.email = party.email.take().or(row.email);
        party.people.push((row.line, row.key));
    }
}
