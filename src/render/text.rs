//! A sentence chosen in Rust and spoken in the page's language when it is drawn.

use std::collections::BTreeMap;

use minijinja::value::Kwargs;
use minijinja::{Error, ErrorKind, HtmlEscape, Value};
use serde::Serialize;

use super::Catalogue;
use super::catalogue::Piece;

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

/// What `t(…)` answers: `what` is a key, or a [`Text`] in its serialised form.
pub(super) fn tell(
    catalogue: &Catalogue,
    language: &str,
    html: bool,
    what: &Value,
    slots: &Kwargs,
) -> Result<Value, Error> {
    if let Some(key) = what.as_str() {
        let said = fill(catalogue, language, html, key, |name| slots.get::<Value>(name).ok())?;
        slots.assert_all_used()?;
        return Ok(said);
    }
    let words = what.get_attr("words")?;
    if let Some(words) = words.as_str() {
        return Ok(Value::from(words));
    }
    let (key, places) = (what.get_attr("key")?, what.get_attr("places")?);
    let key = key.as_str().ok_or_else(|| missing("neither a key nor a text"))?;
    fill(catalogue, language, html, key, |name| {
        places.get_attr(name).ok().filter(|value| !value.is_undefined())
    })
}

fn fill(
    catalogue: &Catalogue,
    language: &str,
    html: bool,
    key: &str,
    place: impl Fn(&str) -> Option<Value>,
) -> Result<Value, Error> {
    let sentence =
        catalogue.find(language, key).ok_or_else(|| missing(&format!("no message with the key {key}")))?;
    let mut whole = String::new();
    for piece in sentence {
        match piece {
            Piece::Words(words) => whole.push_str(words),
            Piece::Place(name) => {
                let value =
                    place(name).ok_or_else(|| missing(&format!("{key}: nothing for its place {name}")))?;
                put(&mut whole, &value, html);
            }
        }
    }
    Ok(if html { Value::from_safe_string(whole) } else { Value::from(whole) })
}

fn put(whole: &mut String, value: &Value, html: bool) {
    let words = value.to_string();
    if html && !value.is_safe() {
        whole.push_str(&HtmlEscape(&words).to_string());
    } else {
        whole.push_str(&words);
    }
}

fn missing(why: &str) -> Error {
    Error::new(ErrorKind::UndefinedError, why.to_owned())
}
