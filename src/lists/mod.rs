//! Lists that leave the console: on paper, or as files.
//!
//! **Invariant:** a list knows nothing of who may see what: it writes the cells that it is given.
//! **Invariant:** paper and file are drawn from one [`Table`], so that they never tell different things.
//! **Invariant:** addresses of people are read, put on labels and forgotten: no row of the database holds one.

mod addresses;
mod csv;
mod export;
mod file;
mod pdf;
mod saved;
mod store;
mod table;

pub use self::csv::Sheet;
pub use addresses::{
    Address, AddressError, AddressFile, BYTES_MAX, Left, Matched, match_addresses, read_addresses,
};
pub use export::{Export, ExportError, ROWS_MAX, export, fits, may_export};
pub use file::{FileKind, WorkbookError, Written, file};
pub use pdf::{Doubts, FontError, Fonts, Format, Label, PdfError, Printed, Stamp, print, print_labels};
pub use saved::{
    DropError, Keep, KeepError, MOST, NAME_MAX, Saved, all_saved, discard, keep, may_discard, saved,
};
pub use table::{Column, Kind, Section, Table, Turn};
