//! What a letter to many says, in each language, and the test before it goes out.

use std::collections::BTreeMap;

use super::{BulkMail, BulkState, Purpose, look, store};
use crate::base::{BulkMailId, Email};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::mail::wording::{self, BadSentence};
use crate::mail::{self, Letter, Post};
use crate::once::{self, OnceKey};

/// The words in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct TextWords {
    /// One line.
    pub subject: String,
    /// The text, lines ended by LF.
    pub body: String,
}

/// The wish to keep words. Japanese is needed, and wherever one of subject and body is written, so is the other.
#[derive(Clone, Debug)]
pub struct SetText {
    /// Which letter.
    pub id: BulkMailId,
    /// Its number when the form was drawn.
    pub expect_version: i64,
    /// The words by language.
    pub texts: BTreeMap<String, TextWords>,
}

/// Why the words were not kept.
#[derive(Debug, thiserror::Error)]
pub enum SetTextError {
    /// There is no such letter.
    #[error("no such letter")]
    Gone,
    /// Somebody else changed it meanwhile, or it is not being written any more.
    #[error("changed meanwhile")]
    Changed,
    /// A subject or body cannot be said: language, whether it is the subject, why.
    #[error("a sentence cannot be said")]
    Bad(Vec<(String, bool, BadSentence)>),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps the words; what was tested or refused before counts no more.
///
/// Spec: 7(2)⑪.
pub fn set_text(tx: &WriteTx<'_>, wish: &SetText) -> Result<(), SetTextError> {
    let bulk = store::get(tx, wish.id)?.ok_or(SetTextError::Gone)?;
    if bulk.version != wish.expect_version || !bulk.state.is_written() {
        return Err(SetTextError::Changed);
    }
    let bad = check(&bulk, &wish.texts);
    if !bad.is_empty() {
        return Err(SetTextError::Bad(bad));
    }
    let written = |texts: &BTreeMap<String, TextWords>| {
        let one = |(language, words): (&String, &TextWords)| {
            format!("{language}: {}\n{}", words.subject, words.body)
        };
        (!texts.is_empty()).then(|| texts.iter().map(one).collect::<Vec<_>>().join("\n\n"))
    };
    let changes = vec![Change::new("wording", written(&bulk.texts), written(&wish.texts))];
    store::put_texts(tx, wish.id, &wish.texts)?;
    store::set_state(tx, wish.id, BulkState::Draft)?;
    history::record(tx, &Event { changes, ..Event::of("bulk.written", Record::BulkMail(wish.id)) })?;
    Ok(())
}

fn check(bulk: &BulkMail, texts: &BTreeMap<String, TextWords>) -> Vec<(String, bool, BadSentence)> {
    let mut bad = Vec::new();
    if bulk.purpose == Purpose::Renotice {
        return bad;
    }
    let lines = wording::bulk_lines(bulk.audience.is_of_bookings());
    let empty = TextWords::default();
    let japanese = ("ja".to_owned(), texts.get("ja").unwrap_or(&empty));
    let others = texts.iter().filter(|(language, _)| *language != "ja");
    for (language, words) in [japanese].into_iter().chain(others.map(|(one, words)| (one.clone(), words))) {
        for (line, said) in lines.iter().zip([&words.subject, &words.body]) {
            let checked = if said.trim().is_empty() { Err(BadSentence::Empty) } else { line.check(said) };
            bad.extend(checked.err().map(|why| (language.clone(), line.subject, why)));
        }
    }
    bad
}

/// The places of a booking that these words want filled.
pub fn of_booking_places(texts: &BTreeMap<String, TextWords>) -> bool {
    wants(texts, |name| name.starts_with("booking_"))
}

/// Whether these words want a place filled that fits.
pub(super) fn wants(texts: &BTreeMap<String, TextWords>, fits: impl Fn(&str) -> bool) -> bool {
    let said = texts.values().flat_map(|words| [&words.subject, &words.body]);
    said.flat_map(|words| wording::places_in(words)).any(|name| fits(&name))
}

/// The wish to get the letter oneself before it goes out.
#[derive(Clone, Debug)]
pub struct TestLetter {
    /// Which letter.
    pub id: BulkMailId,
    /// In which language.
    pub language: String,
    /// To whom.
    pub to: Email,
    /// The form's key.
    pub once: OnceKey,
}

/// Queues the letter as its first person would get it, marked as a test; `false` when there is nothing to send.
pub fn send_test(tx: &WriteTx<'_>, wish: &TestLetter) -> Result<bool, Fault> {
    if once::seen(tx, &wish.once)?.is_some() {
        return Ok(true);
    }
    let Some(bulk) = store::get(tx, wish.id)? else { return Ok(false) };
    let Some(letter) = look::sample_letter(tx, &bulk, &wish.language)? else { return Ok(false) };
    let letter = Letter::Sample { of: Box::new(letter) };
    let dedup = format!("sample:{}", hex::encode(tx.chance().bytes::<16>()));
    let post =
        Post { to: &wish.to, language: &wish.language, letter: &letter, booking: None, card: None, dedup };
    mail::enqueue(tx, &post)?;
    store::set_tested(tx, wish.id)?;
    history::record(tx, &Event::of("bulk.tested", Record::BulkMail(wish.id)))?;
    once::keep(tx, &wish.once, "bulk.tested", &wish.id.to_string())?;
    Ok(true)
}
