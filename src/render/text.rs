//! A sentence chosen in Rust and spoken in the page's language when it is drawn.

use std::collections::BTreeMap;

use minijinja::value::Kwargs;
use minijinja::{Error, ErrorKind, HtmlEscape, Value};
use serde::Serialize;

use super::Catalogue;
use super::catalogue::{Piece, Sentence, cut};

/// A sentence for a page: a key of the catalogue with what fills its places, or words that are already in place.
///
/// Templates draw it with `t(…)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Text {
    /// A sentence of the catalogue.
    Key {
        /// `area.key`.
        key: &'static str,
        /// What fills its places, by name.
        places: BTreeMap<&'static str, String>,
    },
    /// Words in the reader's own language, shown as they stand (escaped).
    Words {
        /// The words.
        words: String,
    },
}

impl Text {
    /// The sentence with this key, without places.
    pub fn key(key: &'static str) -> Self {
        Self::Key { key, places: BTreeMap::new() }
    }

    /// Words as they stand, for the staff pages, which speak Japanese only.
    pub fn words(words: impl Into<String>) -> Self {
        Self::Words { words: words.into() }
    }

    /// The same sentence with one more place filled.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        if let Self::Key { places, .. } = &mut self {
            places.insert(name, value.to_string());
        }
        self
    }
}

/// How a sentence is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// On a page: what is filled in is escaped, readings stand above their words.
    Html,
    /// In a letter: readings stand in brackets.
    Letter,
    /// In a title or an attribute: neither tags nor readings.
    Plain,
}

/// What `t(…)` and `plain(…)` answer: `what` is a key, or a [`Text`] in its serialised form.
pub(super) fn tell(
    catalogue: &Catalogue,
    language: &str,
    style: Style,
    what: &Value,
    (slots, own): (&Kwargs, Option<&Value>),
) -> Result<Value, Error> {
    if let Some(key) = what.as_str() {
        let said = match own.and_then(|own| own.get_item(&Value::from(key)).ok()?.as_str().map(cut)) {
            Some(own) => {
                // What the city's own sentence leaves out is not amiss.
                for piece in standard(catalogue, language, key)? {
                    if let Piece::Place(name) = piece {
                        slots.get::<Value>(name)?;
                    }
                }
                fill(&own, style, key, |name| slots.get::<Value>(name).ok())?
            }
            None => {
                fill(standard(catalogue, language, key)?, style, key, |name| slots.get::<Value>(name).ok())?
            }
        };
        slots.assert_all_used()?;
        return Ok(said);
    }
    let words = what.get_attr("words")?;
    if let Some(words) = words.as_str() {
        return Ok(Value::from(words));
    }
    let (key, places) = (what.get_attr("key")?, what.get_attr("places")?);
    let key = key.as_str().ok_or_else(|| missing("neither a key nor a text"))?;
    fill(standard(catalogue, language, key)?, style, key, |name| {
        places.get_attr(name).ok().filter(|value| !value.is_undefined())
    })
}

fn standard<'a>(catalogue: &'a Catalogue, language: &str, key: &str) -> Result<&'a Sentence, Error> {
    catalogue.find(language, key).ok_or_else(|| missing(&format!("no message with the key {key}")))
}

fn fill(
    sentence: &Sentence,
    style: Style,
    key: &str,
    place: impl Fn(&str) -> Option<Value>,
) -> Result<Value, Error> {
    let mut whole = String::new();
    for piece in sentence {
        match piece {
            Piece::Words(words) if style == Style::Plain => whole.push_str(&without_tags(words)),
            Piece::Words(words) => whole.push_str(words),
            Piece::Ruby { words, reading } => put_ruby(&mut whole, style, words, reading),
            Piece::Place(name) => {
                let value =
                    place(name).ok_or_else(|| missing(&format!("{key}: nothing for its place {name}")))?;
                put(&mut whole, &value, style);
            }
        }
    }
    Ok(if style == Style::Html { Value::from_safe_string(whole) } else { Value::from(whole) })
}

/// What `said(…)` answers: words that a city wrote, escaped, with their readings as this style shows them.
pub(super) fn said(words: &str, style: Style) -> Value {
    let mut whole = String::new();
    for piece in super::catalogue::read(words) {
        match piece {
            Piece::Ruby { words, reading } if style == Style::Html => {
                put_ruby(
                    &mut whole,
                    style,
                    &HtmlEscape(&words).to_string(),
                    &HtmlEscape(&reading).to_string(),
                );
            }
            Piece::Ruby { words, reading } => put_ruby(&mut whole, style, &words, &reading),
            Piece::Words(words) if style == Style::Html => whole.push_str(&HtmlEscape(&words).to_string()),
            Piece::Words(words) => whole.push_str(&words),
            Piece::Place(_) => {}
        }
    }
    if style == Style::Html { Value::from_safe_string(whole) } else { Value::from(whole) }
}

fn put_ruby(whole: &mut String, style: Style, words: &str, reading: &str) {
    let drawn = match style {
        Style::Html => format!("<ruby>{words}<rp>（</rp><rt>{reading}</rt><rp>）</rp></ruby>"),
        Style::Letter => format!("{words}（{reading}）"),
        Style::Plain => words.to_owned(),
    };
    whole.push_str(&drawn);
}

fn put(whole: &mut String, value: &Value, style: Style) {
    let words = value.to_string();
    if style == Style::Html && !value.is_safe() {
        whole.push_str(&HtmlEscape(&words).to_string());
    } else {
        whole.push_str(&words);
    }
}

fn without_tags(words: &str) -> String {
    let mut inside = false;
    let seen = |c: &char| {
        let outside = !inside && *c != '<';
        inside = (inside || *c == '<') && *c != '>';
        outside
    };
    words.chars().filter(seen).collect()
}

fn missing(why: &str) -> Error {
    Error::new(ErrorKind::UndefinedError, why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(style: Style) -> String {
        let mut words = Catalogue::default();
        words.add("ja-easy", "a", "b = \"<b>｜予約《よやく》</b> {n}\"").unwrap();
        let value = |_: &str| Some(Value::from("<1>"));
        fill(words.find("ja-easy", "a.b").unwrap(), style, "a.b", value).unwrap().to_string()
    }

    #[test]
    fn a_sentence_is_written_for_a_page_for_a_letter_and_for_an_attribute() {
        assert_eq!(
            drawn(Style::Html),
            "<b><ruby>予約<rp>（</rp><rt>よやく</rt><rp>）</rp></ruby></b> &lt;1&gt;"
        );
        assert_eq!(drawn(Style::Letter), "<b>予約（よやく）</b> <1>");
        assert_eq!(drawn(Style::Plain), "予約 <1>");
    }
}
