//! One row of a file as it stands there, whatever the format.

/// What a cell was in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    /// Text, the only kind outside workbooks.
    Text,
    /// A number of a workbook: its leading zeros are gone.
    Number,
    /// A day of a workbook, `YYYY-MM-DD`, with `THH:MM` behind it unless it is midnight.
    Day,
    /// An error of a workbook, such as `#REF!`.
    Fault,
}

/// The cells of a row, in one text.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    text: String,
    /// Where each cell ends in the text.
    ends: Vec<(usize, CellKind)>,
}

impl Raw {
    pub(super) fn begin(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
    }

    pub(super) fn push(&mut self, c: char) {
        self.text.push(c);
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn end_cell(&mut self, kind: CellKind) {
        self.ends.push((self.text.len(), kind));
    }

    /// Whether the cell that has begun is still empty.
    pub(super) fn is_at_start(&self) -> bool {
        self.text.len() == self.start(self.ends.len())
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of its text.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The cell at this place, counted from 0, without spaces around it.
    pub(super) fn get(&self, at: usize) -> Option<(&str, CellKind)> {
        let (end, kind) = *self.ends.get(at)?;
        self.text.get(self.start(at)..end).map(|cell| (as_text(cell.trim()), kind))
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = (&str, CellKind)> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }

    fn start(&self, at: usize) -> usize {
        at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(end, _)| *end)
    }
}

/// `="0123"` is how some programs keep a spreadsheet from taking a text for a number.
fn as_text(cell: &str) -> &str {
    let inner = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).map_or(cell, str::trim)
}
