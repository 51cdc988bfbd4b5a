//! Lists that leave the console as files.
//!
//! **Invariant:** a list knows nothing of who may see what: it writes the cells that it is given.

mod csv;

pub use self::csv::Sheet;
