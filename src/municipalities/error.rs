//! Why a city cannot be reached.

use std::path::PathBuf;

use crate::db::{Fault, OpenError};

/// Why a city cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// Its file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its file cannot be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Its directory cannot be made.
    #[error("{path}: {source}")]
    Dir {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The other node of the pair has the true file, and nobody has decided yet.
    #[error(
        "the file of this city on {holder} is the true one; `madoguchi replicate accept` decides for the one here"
    )]
    Withheld {
        /// The other node.
        holder: String,
    },
    /// It is still being opened or brought up to date.
    #[error("the city is being opened")]
    Opening,
    /// It is the demo's.
    #[error("{path}: a file of the demo; only `madoguchi demo` opens it")]
    Demo {
        /// The file.
        path: PathBuf,
    },
    /// It is a real city's, and this is the demo.
    #[error("{path}: no file of the demo; `madoguchi demo` does not open it")]
    NoDemo {
        /// The file.
        path: PathBuf,
    },
}
