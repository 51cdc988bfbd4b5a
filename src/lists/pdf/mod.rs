//! Lists as PDF: ruled, numbered, with the exact drawing of every name.
//!
//! **Invariant:** a document is made in memory for the one who asked; no file with a shared name ever exists.
//! **Invariant:** nothing is cut. A long text shrinks, then wraps; a sign that no font has is drawn as 〓 and told.
//!
//! Spec: 7(2)⑨ ⑩ ⑫.

mod cell;
mod font;
mod ink;
mod label;
mod mark;
mod sheet;
mod write;

pub use font::{Doubts, FontError, Fonts};
pub use label::{Format, Label};
pub use sheet::Stamp;

use font::Shaper;
use write::{About, Book};

use super::table::{Table, Turn};

/// A document and what it does not show as it was written.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many sheets it has.
    pub pages: usize,
    /// Signs that are drawn otherwise than they were written.
    pub doubts: Doubts,
}

/// Why a document could not be made; a fault of the program or of a font, never of the rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// A part of a font could not be cut out.
    #[error("a font could not be embedded: {0}")]
    Font(String),
    /// The document could not be put together.
    #[error("the document could not be put together: {0}")]
    Document(String),
}

/// Prints a list. `made` is the moment as the format writes it, `D:20261129153000+09'00'`.
///
/// It works for as long as 300 ms for 5,000 rows: not on a thread that answers others.
pub fn print(fonts: &Fonts, table: &Table, stamp: &Stamp, made: &str) -> Result<Printed, PdfError> {
    let faces = fonts.faces();
    let mut shaper = Shaper::new(&faces);
    let mut book = Book::new(&shaper, sheet::size(table.turn));
    sheet::each(&mut shaper, table, stamp, |shaper, leaf| book.add(shaper, leaf))?;
    bind(book, shaper, &About { title: &table.title, made })
}

/// Prints labels. The first `skipped` places of the first sheet stay empty.
pub fn print_labels(
    fonts: &Fonts,
    format: Format,
    skipped: u16,
    labels: &[Label],
    made: &str,
) -> Result<Printed, PdfError> {
    let faces = fonts.faces();
    let mut shaper = Shaper::new(&faces);
    let mut book = Book::new(&shaper, sheet::size(Turn::Portrait));
    label::each(&mut shaper, (format, skipped), labels, |shaper, leaf| book.add(shaper, leaf))?;
    bind(book, shaper, &About { title: "宛名ラベル", made })
}

fn bind(book: Book, shaper: Shaper<'_>, about: &About<'_>) -> Result<Printed, PdfError> {
    let pages = book.pages();
    let bytes = book.end(&shaper, about)?;
    Ok(Printed { bytes, pages, doubts: shaper.into_doubts() })
}
