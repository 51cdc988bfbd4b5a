//! config.toml, read strictly and typed.
//!
//! **Invariant:** a key that nobody knows is an error; each error names the file, the key, the value and what is allowed.
//! **Invariant:** secrets stand in files of their own and never print.

mod archive;
mod backup;
mod check;
mod ha;
mod keys;
mod limits;
mod sections;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use archive::{ArchiveConfig, Encryption};
pub use backup::BackupConfig;
pub(crate) use backup::minute;
pub use ha::{HaConfig, HaMode, OnStandbyLoss};
pub use limits::LimitsConfig;
pub use sections::{
    Config, LegacyPaths, Listener, LogConfig, LogFormat, MailConfig, MailTls, MailTransport,
    MunicipalityConfig, PdfConfig,
};

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML, or has a key that nobody knows, or a value of another kind.
    #[error("{path}: {why}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
    /// A key that nobody knows.
    #[error("{path}: {key} = {value}: no such key; allowed are {allowed}")]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key, with its section.
        key: String,
        /// The value that stands there.
        value: String,
        /// The keys that may stand there.
        allowed: String,
    },
    /// A value is not among those allowed.
    #[error("{path}: {key} = {value:?}: allowed is {allowed}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, with its section.
        key: String,
        /// The value that stands there.
        value: String,
        /// What may stand there.
        allowed: String,
    },
}

/// The configuration in the file at `path`, every value checked. Relative paths in it are taken from the file's directory.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let source = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &source)
}

/// The configuration in `source`, which stands in the file at `path`.
pub fn parse(path: &Path, source: &str) -> Result<Config, ConfigError> {
    let syntax = |error: toml::de::Error| ConfigError::Syntax {
        path: path.to_owned(),
        why: error.to_string().trim().to_owned(),
    };
    keys::check(path, &toml::from_str(source).map_err(syntax)?)?;
    let mut config: Config = toml::from_str(source).map_err(syntax)?;
    check::check(path, &config)?;
    config.anchor(path.parent().unwrap_or(Path::new(".")));
    config.mail.read_password().map_err(|source| ConfigError::Unreadable {
        path: config.mail.password_file.clone().unwrap_or_default(),
        source,
    })?;
    config.archive.read_secret().map_err(|source| ConfigError::Unreadable {
        path: config.archive.secret_key_file.clone().unwrap_or_default(),
        source,
    })?;
    Ok(config)
}
