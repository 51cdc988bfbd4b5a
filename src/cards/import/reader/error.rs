//! Why a file is not read at all.

use crate::cards::import::decode::Undecodable;

/// Why a file is not read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is longer than [`BYTES_MAX`](super::BYTES_MAX).
    #[error("the file is larger than {most} bytes")]
    TooLarge {
        /// The most bytes.
        most: usize,
    },
    /// It is in none of the encodings, or not in the one that was named.
    #[error("the file is neither UTF-8, UTF-16 nor CP932, or not {} as was said: byte {}, line {}", .0.encoding.code(), .0.offset, .0.line)]
    Encoding(Undecodable),
    /// It is empty, or its first line cannot be read.
    #[error("the file has no header line")]
    NoHeader,
    /// Required columns are missing.
    #[error("the header lacks {}", missing.join(", "))]
    MissingColumns {
        /// Their names, or `3列目` for one that is known by its number.
        missing: Vec<String>,
    },
    /// A column stands in the header twice.
    #[error("the header names {column} twice")]
    TwiceInHeader {
        /// Its name.
        column: String,
    },
    /// A column holds individual numbers (個人番号), which must not come in. Its values are not repeated.
    #[error("column {column} holds individual numbers (個人番号): the whole file is refused")]
    MyNumber {
        /// The column, counted from 1.
        column: usize,
    },
    /// The lines of a file with fixed columns hold individual numbers.
    #[error("from byte {byte} the lines hold individual numbers (個人番号): the whole file is refused")]
    MyNumberAt {
        /// The first byte, counted from 1.
        byte: usize,
    },
    /// A quotation mark is opened and never closed.
    #[error("the quotation mark opened in line {line} is never closed")]
    OpenQuote {
        /// Where its row begins.
        line: u64,
    },
    /// A row is longer, or has more cells, than any row of a register.
    #[error("the row in line {line} is too long")]
    LongRow {
        /// Where it begins.
        line: u64,
    },
    /// More rows than are taken at once.
    #[error("the file has more than {most} rows")]
    TooManyRows {
        /// The most rows.
        most: usize,
    },
    /// The profile says workbook, and the file is none, or it is damaged.
    #[error("the file is no workbook (.xlsx) that can be read")]
    Workbook,
    /// A workbook with a password, or in the format before .xlsx.
    #[error("the workbook has a password or is in the old format (.xls)")]
    OldWorkbook,
    /// A workbook that unpacks to more than is taken.
    #[error("the workbook unpacks to more than {most} bytes")]
    Unpacked {
        /// The most bytes.
        most: u64,
    },
    /// The workbook has no such sheet.
    #[error("the workbook has no sheet {sheet:?}")]
    NoSheet {
        /// The name that the profile says; empty when it has no visible sheet at all.
        sheet: String,
    },
}
