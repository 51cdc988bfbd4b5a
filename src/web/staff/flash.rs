//! What the next page says first: done, mind, wrong; with a way back where there is one.

use serde::{Deserialize, Serialize};

/// A banner for the next page. It lies in the session, so no address carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    tone: String,
    word: String,
    text: String,
    #[serde(default)]
    lines: Vec<String>,
    act: Option<Act>,
}

/// A button in the banner, such as 元に戻す.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Act {
    path: String,
    label: String,
    fields: Vec<(String, String)>,
}

impl Flash {
    /// Something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self::new("ok", "完了", text.into())
    }

    /// Something was done, or not, and should be minded.
    pub fn mind(text: impl Into<String>) -> Self {
        Self::new("warn", "注意", text.into())
    }

    /// Something could not be done.
    pub fn wrong(text: impl Into<String>) -> Self {
        Self::new("bad", "エラー", text.into())
    }

    /// The same with a button that posts `fields` to `path` (below the city's path), such as 元に戻す.
    #[must_use]
    pub fn with_act(mut self, path: impl Into<String>, label: &str, fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.act = Some(Act { path: path.into(), label: label.to_owned(), fields });
        self
    }

    /// The same with a line for each thing that was done or not.
    #[must_use]
    pub fn with_lines(mut self, lines: Vec<String>) -> Self {
        self.lines = lines;
        self
    }

    fn new(tone: &str, word: &str, text: String) -> Self {
        Self { tone: tone.to_owned(), word: word.to_owned(), text, lines: Vec::new(), act: None }
    }

    pub(super) fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn read(stored: &str) -> Option<Self> {
        serde_json::from_str(stored).ok()
    }
}

/// Travels with an answer to the shell, which puts it into the session.
#[derive(Clone, Debug)]
pub(super) struct Leave(pub(super) Flash);

/// Travels with a page that has shown the banner, so that the shell takes it away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner_comes_back_from_the_session() {
        let flash = Flash::done("受付を取り消しました。").with_act(
            "/bookings/1/undo",
            "元に戻す",
            &[("version", "3")],
        );
        assert_eq!(Flash::read(&flash.stored()), Some(flash));
        assert_eq!(Flash::read("{}"), None);
    }
}
