//! The rows of `city_text` that letters say.

use rusqlite::named_params;

use crate::db::{Fault, ReadTx, WriteTx};

/// A sentence by letter, language and key.
type Row = ((String, String, String), String);

pub(super) fn all(tx: &ReadTx<'_>) -> Result<Vec<Row>, Fault> {
    tx.all("SELECT letter, language, key, value FROM mail_text", [], |row| {
        Ok(((row.get("letter")?, row.get("language")?, row.get("key")?), row.get("value")?))
    })
}

pub(super) fn get(
    tx: &ReadTx<'_>,
    (letter, language): (&str, &str),
    key: &str,
) -> Result<Option<String>, Fault> {
    tx.opt(
        "SELECT value FROM mail_text WHERE letter = :letter AND language = :language AND key = :key",
        named_params! { ":letter": letter, ":language": language, ":key": key },
        |row| row.get("value"),
    )
}

pub(super) fn put(
    tx: &WriteTx<'_>,
    (letter, language): (&str, &str),
    key: &str,
    words: Option<&str>,
) -> Result<(), Fault> {
    match words {
        Some(words) => tx.run(
            "INSERT INTO mail_text (letter, language, key, value, updated_at)
             VALUES (:letter, :language, :key, :value, :now)
             ON CONFLICT (letter, language, key) DO UPDATE
                SET value = excluded.value, updated_at = excluded.updated_at",
            named_params! {
                ":letter": letter, ":language": language, ":key": key, ":value": words, ":now": tx.now(),
            },
        )?,
        None => tx.run(
            "DELETE FROM mail_text WHERE letter = :letter AND language = :language AND key = :key",
            named_params! { ":letter": letter, ":language": language, ":key": key },
        )?,
    };
    Ok(())
}
