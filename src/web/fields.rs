//! The fields that a form sent, as text that can be looked at safely.

/// Longest value that a field may have, in characters; what is longer is cut and thereby refused by its parser.
const LONGEST: usize = 500;

/// The same for a field of several lines.
const LONGEST_TEXT: usize = 5_000;

/// The fields of a form, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of a decoded form.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of a field without the spaces around it; empty when it is absent.
    pub fn get(&self, name: &str) -> String {
        let found = self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim());
        found.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
    }

    /// The first value of a field as it was typed, spaces and all: for passwords.
    pub fn raw(&self, name: &str) -> String {
        let found = self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str());
        found.chars().take(LONGEST).collect()
    }

    /// The first value of a field of several lines, its line ends kept; longer than any field of ours may be, not endless.
    pub fn text(&self, name: &str) -> String {
        let found = self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim());
        let lines = found.replace("\r\n", "\n");
        lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(LONGEST_TEXT).collect()
    }

    /// Every value of a field that may come more than once.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.trim()).collect()
    }

    /// Every field but these, in the order in which they came.
    pub fn others(&self, but: &[&str]) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| !but.contains(&name.as_str())).cloned().collect()
    }

    /// Whether the field came at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }
}
