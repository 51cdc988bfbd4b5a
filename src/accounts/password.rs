//! Passwords: the policy, and Argon2id before a transaction begins.

use std::fmt;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};

use crate::base::Chance;
use crate::db::Fault;

/// Fewest characters of a password.
pub const PASSWORD_MIN: usize = 10;
/// Most characters of a password.
pub const PASSWORD_MAX: usize = 128;

/// Memory in KiB and passes of one hash.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// The signs of a drawn password: none that can be taken for another.
const SIGNS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// What is done with passwords outside a transaction, because it takes long on purpose.
#[derive(Clone, Copy, Debug)]
pub struct Password;

/// The stored form of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer than [`PASSWORD_MIN`] characters.
    #[error("shorter than {PASSWORD_MIN} characters")]
    TooShort,
    /// More than [`PASSWORD_MAX`] characters, or control characters.
    #[error("longer than {PASSWORD_MAX} characters, or with control characters")]
    Unfit,
    /// It holds the user ID.
    #[error("holds the user ID")]
    HoldsUser,
    /// Too few different characters, or a well-known row of them.
    #[error("too easy to guess")]
    Guessable,
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("password hashing: {0}")]
pub struct HashError(String);

impl From<HashError> for Fault {
    fn from(error: HashError) -> Self {
        Self::Stored(error.to_string())
    }
}

impl Password {
    /// Whether the policy lets this user choose this password.
    pub fn allow(password: &SecretString, user: &str) -> Result<(), WeakPassword> {
        let typed = password.expose_secret();
        let length = typed.chars().count();
        if length < PASSWORD_MIN {
            return Err(WeakPassword::TooShort);
        }
        if length > PASSWORD_MAX || typed.chars().any(char::is_control) {
            return Err(WeakPassword::Unfit);
        }
        let low = typed.to_lowercase();
        if user.len() >= 3 && low.contains(&user.to_lowercase()) {
            return Err(WeakPassword::HoldsUser);
        }
        let different: std::collections::BTreeSet<char> = low.chars().collect();
        let rows = ["password", "12345678", "abcdefgh", "qwertyui", "madoguchi"];
        if different.len() < 5 || rows.iter().any(|row| low.contains(row)) {
            return Err(WeakPassword::Guessable);
        }
        Ok(())
    }

    /// The hash to store. Takes some ten milliseconds: run it where it blocks nobody, before the transaction.
    pub fn hash(password: &SecretString, chance: &Chance) -> Result<PasswordHash, HashError> {
        let salt = chance.bytes::<16>();
        let hash = argon()?.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
        hash.map(|hash| PasswordHash(hash.to_string())).map_err(|error| HashError(error.to_string()))
    }

    /// A password that nobody chose, to be told once: four groups of four signs.
    pub fn draw(chance: &Chance) -> SecretString {
        let groups = (0..4).map(|_| (0..4).map(|_| sign(chance)).collect::<String>());
        SecretString::from(groups.collect::<Vec<_>>().join("-"))
    }

    /// Takes as long as [`PasswordHash::matches`], for a user who does not exist.
    pub fn waste(password: &SecretString) -> Result<(), HashError> {
        let hash = argon()?.hash_password_with_salt(password.expose_secret().as_bytes(), &[0; 16]);
        hash.map(|_| ()).map_err(|error| HashError(error.to_string()))
    }
}

impl PasswordHash {
    /// Whether `password` is the one that was hashed. Takes as long as hashing.
    pub fn matches(&self, password: &SecretString) -> Result<bool, HashError> {
        Ok(argon()?.verify_password(password.expose_secret().as_bytes(), self.0.as_str()).is_ok())
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }
}

fn argon() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| HashError(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn sign(chance: &Chance) -> char {
    let place = chance.below(SIGNS.len() as u64);
    usize::try_from(place).ok().and_then(|place| SIGNS.get(place)).map_or('x', |sign| char::from(*sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_hash_and_no_other() {
        let right = SecretString::from("つばめ-7-とんぼ-ひばり");
        let hash = Password::hash(&right, &Chance::seeded(1)).unwrap();
        assert!(hash.text().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hash.matches(&right).unwrap());
        assert!(!hash.matches(&SecretString::from("つばめ-7-とんぼ-ひばり ")).unwrap());
        assert_eq!(format!("{hash:?}"), "PasswordHash");
    }

    #[test]
    fn the_policy_refuses_what_is_short_known_or_holds_the_user() {
        let says = |password: &str| Password::allow(&SecretString::from(password), "yamada");
        assert_eq!(says("みじかい"), Err(WeakPassword::TooShort));
        assert_eq!(says(&"ながい".repeat(60)), Err(WeakPassword::Unfit));
        assert_eq!(says("xx-YAMADA-2026"), Err(WeakPassword::HoldsUser));
        assert_eq!(says("aaaaaaaaaaaaaaaa"), Err(WeakPassword::Guessable));
        assert_eq!(says("Password2026!"), Err(WeakPassword::Guessable));
        assert_eq!(says("ひばり tonbo 88"), Ok(()));
    }

    #[test]
    fn a_drawn_password_passes_the_policy() {
        let chance = Chance::seeded(5);
        for _ in 0..50 {
            let drawn = Password::draw(&chance);
            assert_eq!(Password::allow(&drawn, "counter1"), Ok(()), "{}", drawn.expose_secret());
        }
    }
}
