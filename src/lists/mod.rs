//! Lists that leave the console: on paper, or as files.
//!
//! **Invariant:** a list knows nothing of who may see what: it writes the cells that it is given.
//! **Invariant:** paper and file are drawn from one [`Table`], so that they never tell different things.

mod csv;
mod file;
mod pdf;
mod table;

pub use self::csv::Sheet;
pub use file::{FileKind, WorkbookError, Written, file};
pub use pdf::{Doubts, FontError, Fonts, Format, Label, PdfError, Printed, Stamp, print, print_labels};
pub use table::{Column, Kind, Section, Table, Turn};
