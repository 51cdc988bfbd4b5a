//! Encryption of copies with age: what is sealed here is opened by the stock `age` tool as well, and the other way round.

use std::path::Path;

/// A key cannot be used, or a file cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct SealError(pub String);

#[cfg(feature = "backup-encryption")]
mod with_age {
    use std::fs::{self, File, OpenOptions};
    use std::io::{self, BufReader, BufWriter, Write};
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;

    use age::x25519::{Identity, Recipient};
    use age::{Decryptor, Encryptor};
    use zeroize::Zeroizing;

    use super::SealError;

    /// Takes the error itself, so that it can stand in `map_err`.
    #[expect(clippy::needless_pass_by_value, reason = "map_err gives the error away")]
    fn told<E: ToString>(error: E) -> SealError {
        SealError(error.to_string())
    }

    pub(in crate::backup) fn recipients(keys: &[String]) -> Result<Vec<Recipient>, SealError> {
        let read = |key: &String| {
            key.parse::<Recipient>().map_err(|why| SealError(format!("age_recipients = {key:?}: {why}")))
        };
        keys.iter().map(read).collect()
    }

    pub(in crate::backup) fn identities(file: &Path) -> Result<Vec<Identity>, SealError> {
        let wrong = |why: &str| SealError(format!("age_identity_file = {}: {why}", file.display()));
        let text = Zeroizing::new(fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: Result<Vec<Identity>, _> = lines.map(str::parse::<Identity>).collect();
        let keys = keys.map_err(|_| wrong("holds something else than AGE-SECRET-KEY-1 lines"))?;
        if keys.is_empty() { Err(wrong("holds no AGE-SECRET-KEY-1 line")) } else { Ok(keys) }
    }

    pub(in crate::backup) fn seal(plain: &Path, sealed: &Path, keys: &[String]) -> Result<(), SealError> {
        let keys = recipients(keys)?;
        let to = keys.iter().map(|key| key as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(to).map_err(told)?;
        let mut from = File::open(plain).map_err(told)?;
        let into = fresh(sealed).map_err(told)?;
        let mut writer = encryptor.wrap_output(BufWriter::new(into)).map_err(told)?;
        io::copy(&mut from, &mut writer).map_err(told)?;
        let mut file = writer.finish().map_err(told)?;
        file.flush().map_err(told)?;
        file.get_ref().sync_all().map_err(told)
    }

    pub(in crate::backup) fn open(sealed: &Path, plain: &Path, key: &Path) -> Result<(), SealError> {
        let keys = identities(key)?;
        let file = BufReader::new(File::open(sealed).map_err(told)?);
        let decryptor = Decryptor::new_buffered(file).map_err(told)?;
        let with = keys.iter().map(|key| key as &dyn age::Identity);
        let mut reader = decryptor.decrypt(with).map_err(told)?;
        let mut into = fresh(plain).map_err(told)?;
        io::copy(&mut reader, &mut into).map_err(told)?;
        into.sync_all().map_err(told)
    }

    fn fresh(path: &Path) -> io::Result<File> {
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)
    }
}

#[cfg(not(feature = "backup-encryption"))]
mod without_age {
    use std::path::Path;

    use super::SealError;

    fn absent() -> SealError {
        SealError("this build has no encryption (feature backup-encryption)".to_owned())
    }

    pub(in crate::backup) fn recipients(_: &[String]) -> Result<Vec<String>, SealError> {
        Err(absent())
    }

    pub(in crate::backup) fn identities(_: &Path) -> Result<Vec<String>, SealError> {
        Err(absent())
    }

    pub(in crate::backup) fn seal(_: &Path, _: &Path, _: &[String]) -> Result<(), SealError> {
        Err(absent())
    }

    pub(in crate::backup) fn open(_: &Path, _: &Path, _: &Path) -> Result<(), SealError> {
        Err(absent())
    }
}

#[cfg(feature = "backup-encryption")]
pub(super) use with_age::{identities, open, recipients, seal};
#[cfg(not(feature = "backup-encryption"))]
pub(super) use without_age::{identities, open, recipients, seal};

/// Whether the public keys can be used, and the file of the private key if one is named.
pub fn check_keys(keys: &[String], identity: Option<&Path>) -> Result<(), String> {
    if !keys.is_empty() {
        recipients(keys).map_err(|error| error.0)?;
    }
    if let Some(file) = identity {
        identities(file).map_err(|error| error.0)?;
    }
    Ok(())
}
