//! The sentences of the letters, as the city has written them instead of the product's own.
//!
//! A letter's template stays the product's: it says what stands where, and what must not be lost, such as the link. The city
//! writes its sentences, per letter and language or for all letters together. What is filled in stands as `{name}`.
//!
//! **Invariant:** a sentence that is kept can be drawn: its places are among those of the product's sentence, and those
//! that a citizen needs (the number, the time, the code) are there.
//! **Invariant:** a sentence that stands at the product's wording has no row, so that a later build may say it better.
//!
//! Spec: 7(3)⑪.

mod set;
mod store;

use std::collections::{BTreeMap, BTreeSet};

use super::render::{part, sample_facts, samples, samples_of, tidy};
use super::{BookingFacts, City, Letter, Rendered};
use crate::base::{Moment, text};
use crate::db::{Fault, ReadTx};
use crate::history::{self, Entry, Record};
use crate::render::catalogue::{Piece, cut, written};
use crate::render::{RenderFault, Renderer};
use crate::settings::CheckInCode;

pub use set::{Sample, SetWordingError, Turn, WordingWish, send_sample, set_wording};

/// Stands in the place of a letter's word for the sentences that several letters share.
pub const COMMON: &str = "common";

/// The most characters of a sentence.
pub const SENTENCE_MAX: usize = 1000;

/// The most characters of a subject.
pub const SUBJECT_MAX: usize = 120;

/// Places that a citizen needs; whoever rewrites the sentence may not drop them.
const NEEDED: [&str; 7] = ["code", "no", "day", "from", "until", "time", "place"];

/// Marks where a sentence stands in a letter that is drawn to find out.
const MARKS: (char, char) = ('\u{E000}', '\u{E001}');

/// Every sentence of the city's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own(BTreeMap<(String, String, String), String>);

impl Own {
    /// Those that a letter about this procedure says in a language, by key: the procedure's before the letter's own, and those
    /// before the sentences of all letters.
    pub fn of(&self, letter: &str, procedure: &str, language: &str) -> BTreeMap<String, String> {
        let mut words = BTreeMap::new();
        for scope in [COMMON.to_owned(), letter.to_owned(), scope(letter, procedure)] {
            words.extend(self.at(&scope, language));
        }
        words
    }

    /// Those that were written for just this letter, or for all letters ([`COMMON`]).
    pub fn at(&self, scope: &str, language: &str) -> BTreeMap<String, String> {
        let fits = self.0.iter().filter(|((one, tongue, _), _)| one == scope && tongue == language);
        fits.map(|((_, _, key), words)| (key.clone(), words.clone())).collect()
    }
}

impl Own {
    /// The same without what was written for just this letter in this language.
    #[must_use]
    pub fn without(mut self, scope: &str, language: &str) -> Self {
        self.0.retain(|(one, tongue, _), _| one != scope || tongue != language);
        self
    }
}

/// The word under which the sentences of a letter are kept that are written for one procedure; the letter's own without one.
pub fn scope(letter: &str, procedure: &str) -> String {
    if procedure.is_empty() { letter.to_owned() } else { format!("{letter}@{procedure}") }
}

/// Whether a letter tells of a booking, so that it can be written for one procedure.
pub fn is_of_booking(word: &str) -> bool {
    sample(word).is_some_and(|letter| letter.booking().is_some())
}

/// A procedure as the example of a letter tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// Its code; empty for letters about any procedure.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What to bring; empty for the hand-over of cards.
    pub bring: Vec<String>,
}

/// Every sentence that the city has written itself.
pub fn own(tx: &ReadTx<'_>) -> Result<Own, Fault> {
    Ok(Own(store::all(tx)?.into_iter().collect()))
}

/// A sentence that can be rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its key in the message files, such as `mail.confirmed`.
    pub key: String,
    /// The product's sentence.
    pub standard: String,
    /// What can be filled in.
    pub places: Vec<String>,
    /// Whether other letters say it too.
    pub shared: bool,
    /// Whether it is the letter's subject.
    pub subject: bool,
    /// The most characters that it may have.
    pub most: usize,
}

/// The most characters of the body of a letter to many.
pub const BULK_MAX: usize = 4000;

/// What staff may fill into a letter to many: for each card, and for bookings besides.
const BULK_PLACES: [&str; 8] = ["city", "service", "office", "phone", "hours", "url", "due", "location"];
const BULK_BOOKING_PLACES: [&str; 3] = ["booking_no", "booking_day", "booking_time"];

/// Subject and body of a letter to many, to be checked like every sentence; `of_bookings`: its people are those of bookings.
///
/// Spec: 7(2)⑪.
pub fn bulk_lines(of_bookings: bool) -> [Line; 2] {
    let further = BULK_BOOKING_PLACES.into_iter().filter(|_| of_bookings);
    let places: Vec<String> = BULK_PLACES.into_iter().chain(further).map(str::to_owned).collect();
    let line = |key: &str, subject, most| Line {
        key: key.to_owned(),
        standard: String::new(),
        places: places.clone(),
        shared: false,
        subject,
        most,
    };
    [line("bulk.subject", true, SUBJECT_MAX), line("bulk.body", false, BULK_MAX)]
}

/// The places that these words want filled.
pub fn places_in(words: &str) -> BTreeSet<String> {
    cut(words).iter().filter_map(place).cloned().collect()
}

/// The words of the letters whose sentences can be rewritten, with [`COMMON`] first.
pub fn letters() -> Vec<&'static str> {
    [COMMON].into_iter().chain(samples().into_iter().map(|(word, _)| word)).collect()
}

/// The example of a letter.
fn sample(word: &str) -> Option<Letter> {
    samples().into_iter().find(|(one, _)| *one == word).map(|(_, letter)| letter)
}

/// The same about this procedure.
fn example(word: &str, procedure: &Example) -> Option<Letter> {
    if procedure.code.is_empty() {
        return sample(word);
    }
    let Example { code, name, bring } = procedure.clone();
    let facts = BookingFacts { procedure_code: code, procedure: name, bring, ..sample_facts() };
    samples_of(&facts).into_iter().find(|(one, _)| *one == word).map(|(_, letter)| letter)
}

/// The sentences of a letter in the order in which it says them; of [`COMMON`], those that several letters say.
/// `None` when there is no such letter.
pub fn lines(renderer: &Renderer, word: &str, language: &str) -> Result<Option<Vec<Line>>, RenderFault> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut wanted = Vec::new();
    for ((one, letter), (_, plainer)) in samples().into_iter().zip(plainer()) {
        let subject = keys(renderer, ("subject", CheckInCode::None), &letter, language)?;
        let body = keys(renderer, ("body", CheckInCode::Picture), &letter, language)?;
        let body = merged(body, keys(renderer, ("body", CheckInCode::Link), &plainer, language)?);
        let said: BTreeSet<&String> = subject.iter().chain(&body).collect();
        for key in said {
            *count.entry(key.clone()).or_default() += 1;
        }
        if one == word || word == COMMON {
            wanted.extend(
                subject.into_iter().map(|key| (key, true)).chain(body.into_iter().map(|key| (key, false))),
            );
        }
    }
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut seen = BTreeSet::new();
    wanted.retain(|(key, _)| seen.insert(key.clone()));
    let line = |(key, subject): (String, bool)| {
        let sentence = renderer.catalogue().find(language, &key)?;
        let shared = count.get(&key).is_some_and(|count| *count > 1);
        let places = sentence.iter().filter_map(|piece| match piece {
            Piece::Place(name) => Some(name.clone()),
            _ => None,
        });
        let places: BTreeSet<String> = places.collect();
        let (standard, places) = (written(sentence), places.into_iter().collect());
        let most = if subject { SUBJECT_MAX } else { SENTENCE_MAX };
        (word != COMMON || shared).then_some(Line { key, standard, places, shared, subject, most })
    };
    Ok(Some(wanted.into_iter().filter_map(line).collect()))
}

/// The same letters where one deadline ends both changing and cancelling, and for a procedure without things of its own to
/// bring: both are said in other sentences.
fn plainer() -> Vec<(&'static str, Letter)> {
    let facts = sample_facts();
    samples_of(&BookingFacts { cancel_until: Some(facts.change_until), bring: Vec::new(), ..facts })
}

/// The keys of both, each of the second after the one that it follows there.
fn merged(mut keys: Vec<String>, further: Vec<String>) -> Vec<String> {
    let mut at = 0;
    for key in further {
        if let Some(found) = keys.iter().position(|one| *one == key) {
            at = found + 1;
        } else {
            keys.insert(at, key);
            at += 1;
        }
    }
    keys
}

/// The keys of the sentences that a part of a letter says, in its order.
fn keys(
    renderer: &Renderer,
    (which, code): (&'static str, CheckInCode),
    letter: &Letter,
    language: &str,
) -> Result<Vec<String>, RenderFault> {
    let (open, close) = MARKS;
    let all = renderer.catalogue().keys(crate::render::FALLBACK).filter(|key| key.starts_with("mail."));
    let marked = all.map(|key| (key.to_owned(), format!("{open}{key}{close}"))).collect();
    let city = City { code, reply: code == CheckInCode::Link, ..City::default() };
    let drawn = part(renderer, which, (&city, letter), language, marked)?;
    let keys =
        drawn.split(open).skip(1).filter_map(|rest| rest.split_once(close)).map(|(key, _)| key.to_owned());
    Ok(keys.collect())
}

/// A letter with invented facts as it would be said with these sentences; of [`COMMON`], a confirmed booking.
pub fn preview(
    renderer: &Renderer,
    city: &City,
    (word, procedure): (&str, &Example),
    language: &str,
    words: &BTreeMap<String, String>,
) -> Result<Option<Rendered>, RenderFault> {
    let shown = if word == COMMON { "booking_confirmed" } else { word };
    let Some(letter) = example(shown, procedure) else { return Ok(None) };
    let mut own = city.own.of(shown, &procedure.code, language);
    own.extend(words.iter().map(|(key, words)| (key.clone(), words.clone())));
    let draw = |which| part(renderer, which, (city, &letter), language, own.clone());
    let subject = draw("subject")?.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Some(Rendered { subject, body: tidy(&draw("body")?), calendar: None, code: None }))
}

/// Why a sentence cannot be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadSentence {
    /// A subject cannot be empty.
    Empty,
    /// It has more characters than this.
    TooLong(usize),
    /// It holds characters that no letter can carry, or a subject has several lines.
    Unfit,
    /// It holds what looks like an individual number.
    MyNumber,
    /// This place cannot be filled here.
    UnknownPlace(String),
    /// This place is missing, and citizens need it.
    NeededPlace(String),
    /// A brace or a reading is opened and not closed.
    Open,
}

impl Line {
    /// Whether these words can stand for the sentence; line ends are LF.
    pub fn check(&self, words: &str) -> Result<(), BadSentence> {
        let most = self.most;
        if self.subject && words.trim().is_empty() {
            return Err(BadSentence::Empty);
        }
        if words.chars().count() > most {
            return Err(BadSentence::TooLong(most));
        }
        let unfit = |c: char| c.is_control() && (self.subject || c != '\n') || c == MARKS.0 || c == MARKS.1;
        if words.chars().any(unfit) {
            return Err(BadSentence::Unfit);
        }
        if text::contains_my_number(words) {
            return Err(BadSentence::MyNumber);
        }
        let pieces = cut(words);
        let places: BTreeSet<&String> = pieces.iter().filter_map(place).collect();
        if let Some(unknown) = places.iter().find(|name| !self.places.contains(name)) {
            return Err(BadSentence::UnknownPlace((*unknown).clone()));
        }
        let needed = |name: &&String| NEEDED.contains(&name.as_str()) && !places.contains(name);
        if let Some(lost) = self.places.iter().find(needed) {
            return Err(BadSentence::NeededPlace(lost.clone()));
        }
        let open = |piece: &Piece| matches!(piece, Piece::Words(words) if words.contains(['{', '}', '｜', '《', '》']));
        if pieces.iter().any(open) { Err(BadSentence::Open) } else { Ok(()) }
    }
}

fn place(piece: &Piece) -> Option<&String> {
    match piece {
        Piece::Place(name) => Some(name),
        Piece::Words(_) | Piece::Ruby { .. } => None,
    }
}

/// When a sentence of this letter was last changed after `since`, in whatever language.
pub(super) fn changed_since(tx: &ReadTx<'_>, word: &str, since: Moment) -> Result<Option<Moment>, Fault> {
    let about = |entry: &Entry| {
        let reason = entry.detail.as_ref().and_then(|detail| detail.reason.as_deref()).unwrap_or_default();
        reason.split(' ').nth(1).is_some_and(|letter| letter == word || letter == COMMON)
    };
    let newest = changes(tx)?.into_iter().take_while(|entry| entry.at > since).find(about);
    Ok(newest.map(|entry| entry.at))
}

/// Every change of a sentence, newest first. The event's reason says which: `language letter key`.
pub fn changes(tx: &ReadTx<'_>) -> Result<Vec<Entry>, Fault> {
    history::of_record(tx, Record::Wording)
}
