//! Every sentence that a citizen reads, by language, area and key.
//!
//! `messages/<language>/<area>.toml` holds an area's sentences; tables in it make dotted keys. A sentence may hold trusted
//! HTML, places to fill, written `{name}` (what is filled in is escaped), and readings, written `｜予約《よやく》`.

use std::collections::BTreeMap;

use super::RenderFault;

/// The language that every other one falls back to.
pub const FALLBACK: &str = "ja";

#[derive(rust_embed::RustEmbed)]
#[folder = "messages/"]
struct Messages;

/// A sentence, cut at its places.
pub type Sentence = Vec<Piece>;

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words as they stand.
    Words(String),
    /// A place to fill.
    Place(String),
    /// Words with their reading, for a small line above them.
    Ruby {
        /// The words.
        words: String,
        /// How they are read.
        reading: String,
    },
}

/// The sentences of every language.
#[derive(Debug, Default)]
pub struct Catalogue(BTreeMap<String, BTreeMap<String, Sentence>>);

impl Catalogue {
    /// Reads the embedded message files.
    pub fn embedded() -> Result<Self, RenderFault> {
        let mut whole = Self::default();
        for path in Messages::iter() {
            let Some((language, area)) =
                path.split_once('/').and_then(|(l, file)| Some((l, file.strip_suffix(".toml")?)))
            else {
                continue;
            };
            let Some(file) = Messages::get(&path) else { continue };
            let source = String::from_utf8_lossy(&file.data);
            whole.add(language, area, &source)?;
        }
        Ok(whole)
    }

    /// Adds one area of one language, written in TOML.
    pub fn add(&mut self, language: &str, area: &str, source: &str) -> Result<(), RenderFault> {
        let fault =
            |why: String| RenderFault::Messages { language: language.to_owned(), area: area.to_owned(), why };
        let table: toml::Table = source.parse().map_err(|error: toml::de::Error| fault(error.to_string()))?;
        let sentences = self.0.entry(language.to_owned()).or_default();
        flatten(area, &table, sentences).map_err(fault)
    }

    /// The languages that have messages.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The sentence for `key` in `language`, or in Japanese where it is not translated.
    pub fn find(&self, language: &str, key: &str) -> Option<&Sentence> {
        let own = self.0.get(language).and_then(|sentences| sentences.get(key));
        own.or_else(|| self.0.get(FALLBACK)?.get(key))
    }

    /// The sentence for `key` that `language` itself has.
    pub fn own(&self, language: &str, key: &str) -> Option<&Sentence> {
        self.0.get(language)?.get(key)
    }

    /// The keys that `language` itself has, without those it falls back on.
    pub fn keys(&self, language: &str) -> impl Iterator<Item = &str> {
        self.0.get(language).into_iter().flat_map(|sentences| sentences.keys().map(String::as_str))
    }

    /// The sentence for `key` as plain words, its places filled by `fill`; `None` when the key or a place is unknown.
    pub fn words(&self, language: &str, key: &str, fill: impl Fn(&str) -> Option<String>) -> Option<String> {
        let sentence = self.find(language, key)?;
        let mut whole = String::new();
        for piece in sentence {
            match piece {
                Piece::Words(words) | Piece::Ruby { words, .. } => whole.push_str(words),
                Piece::Place(name) => whole.push_str(&fill(name)?),
            }
        }
        Some(whole)
    }
}

fn flatten(
    prefix: &str,
    table: &toml::Table,
    sentences: &mut BTreeMap<String, Sentence>,
) -> Result<(), String> {
    for (name, value) in table {
        let key = format!("{prefix}.{name}");
        match value {
            toml::Value::String(words) => {
                sentences.insert(key, cut(words));
            }
            toml::Value::Table(inner) => flatten(&key, inner, sentences)?,
            _ => return Err(format!("{key}: a sentence is text")),
        }
    }
    Ok(())
}

/// Cuts a sentence at its `{places}` and readings.
pub fn cut(words: &str) -> Sentence {
    let mut pieces = Vec::new();
    let mut rest = words;
    while let Some((before, name, after)) = next_place(rest) {
        cut_readings(before, &mut pieces);
        pieces.push(Piece::Place(name.to_owned()));
        rest = after;
    }
    cut_readings(rest, &mut pieces);
    pieces
}

/// Words that a city wrote, cut at their readings. Curly brackets mean nothing in them.
pub(super) fn read(words: &str) -> Sentence {
    let mut pieces = Vec::new();
    cut_readings(words, &mut pieces);
    pieces
}

/// A sentence as it is written in a message file.
pub fn written(sentence: &Sentence) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Place(name) => format!("{{{name}}}"),
        Piece::Ruby { words, reading } => format!("｜{words}《{reading}》"),
    };
    sentence.iter().map(piece).collect()
}

/// Cuts words without places at their readings.
fn cut_readings(words: &str, pieces: &mut Sentence) {
    let mut rest = words;
    while let Some((before, ruby, after)) = next_reading(rest) {
        if !before.is_empty() {
            pieces.push(Piece::Words(before.to_owned()));
        }
        pieces.push(ruby);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
}

fn next_reading(words: &str) -> Option<(&str, Piece, &str)> {
    let (before, begun) = words.split_once('｜')?;
    let (base, read) = begun.split_once('《')?;
    let (reading, after) = read.split_once('》')?;
    Some((before, Piece::Ruby { words: base.to_owned(), reading: reading.to_owned() }, after))
}

fn next_place(words: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = words.split_once('{')?;
    let (name, after) = opened.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Catalogue {
        let mut words = Catalogue::default();
        words.add("ja", "notice", "title = \"確認\"\n[error]\nformat = \"{n}けたで入力\"").unwrap();
        words.add("en", "notice", "title = \"Check\"").unwrap();
        words
    }

    #[test]
    fn a_sentence_is_found_by_language_area_and_key_and_falls_back_to_japanese() {
        let words = sample();
        assert_eq!(words.words("en", "notice.title", |_| None).unwrap(), "Check");
        let filled = words.words("en", "notice.error.format", |name| (name == "n").then(|| "3".to_owned()));
        assert_eq!(filled.unwrap(), "3けたで入力");
        assert!(words.words("ja", "notice.unknown", |_| None).is_none());
    }

    #[test]
    fn a_reading_stands_beside_its_words() {
        let pieces = cut("｜予約《よやく》を {n} ｜人《にん》");
        let ruby = |words: &str, reading: &str| Piece::Ruby { words: words.into(), reading: reading.into() };
        assert_eq!(pieces[0], ruby("予約", "よやく"));
        assert_eq!(pieces[1], Piece::Words("を ".into()));
        assert_eq!(pieces[4], ruby("人", "にん"));
    }

    #[test]
    fn a_place_left_empty_is_no_sentence() {
        assert!(sample().words("ja", "notice.error.format", |_| None).is_none());
    }

    #[test]
    fn a_broken_file_is_told_by_language_and_area() {
        let told = Catalogue::default().add("ja", "notice", "title = 3").unwrap_err().to_string();
        assert!(told.starts_with("messages/ja/notice.toml: notice.title"), "{told}");
    }
}
