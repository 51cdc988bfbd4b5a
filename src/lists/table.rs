//! A list as it is: its heading, its columns, its rows. How it looks on paper or in a file is decided elsewhere.

/// How a page of the list lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// 210 × 297 mm.
    Portrait,
    /// 297 × 210 mm.
    Landscape,
}

/// What stands in a column, and so how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words: shrunk a little, then wrapped, never cut.
    Text,
    /// A number, to the right.
    Number,
    /// A notice ID or another sign that is read letter by letter; never wrapped.
    Code,
    /// The same with a barcode (Code 128) above it for a scanner.
    Barcode,
    /// An empty box for a pen; what the cell says stands beside it.
    Tick,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// How wide it is beside the others; in millimetres when all of them fill the sheet.
    pub width: u16,
    /// What stands in it.
    pub kind: Kind,
}

impl Column {
    /// A column.
    pub fn new(title: &str, width: u16, kind: Kind) -> Self {
        Self { title: title.to_owned(), width, kind }
    }
}

/// Rows that belong together under one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// What they have in common; empty where a list is not divided.
    pub title: String,
    /// The rows; a cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it is, 「引抜リスト」.
    pub title: String,
    /// Of what: the day, the place, the conditions.
    pub conditions: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, divided or not.
    pub sections: Vec<Section>,
    /// How its pages lie.
    pub turn: Turn,
    /// Whether each section begins on a page of its own, as what is handed to different couriers must.
    pub apart: bool,
    /// Boxes for a signature at the foot of each page, from left to right: 「引渡者」「受領者」.
    pub signatures: Vec<String>,
    /// Whether it tells of persons, so that each page says so.
    pub personal: bool,
}

impl Table {
    /// How many rows there are in all sections.
    pub fn len(&self) -> usize {
        self.sections.iter().map(|section| section.rows.len()).sum()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.sections.iter().all(|section| section.rows.is_empty())
    }

    /// Whether the sections have names, which a file must carry in a column of its own.
    pub fn is_divided(&self) -> bool {
        self.sections.iter().any(|section| !section.title.is_empty())
    }
}
