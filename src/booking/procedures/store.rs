//! The rows of `procedure`, `procedure_absent` and `procedure_text`.

use std::collections::BTreeSet;

use rusqlite::{Row, named_params};

use super::{Procedure, Words};
use crate::base::LocationId;
use crate::db::{Fault, ReadTx, WriteTx};

const PROCEDURE: &str =
    "SELECT code, name, position, open, slots, own_capacity, check_by, version FROM procedure";

fn procedure(row: &Row<'_>) -> rusqlite::Result<Procedure> {
    Ok(Procedure {
        code: row.get("code")?,
        name: row.get("name")?,
        position: row.get("position")?,
        open: row.get("open")?,
        slots: row.get("slots")?,
        own_capacity: row.get("own_capacity")?,
        check: row.get("check_by")?,
        version: row.get("version")?,
        absent: BTreeSet::new(),
    })
}

pub(super) fn all(tx: &ReadTx<'_>) -> Result<Vec<Procedure>, Fault> {
    tx.all(&format!("{PROCEDURE} ORDER BY position"), [], procedure)
}

pub(super) fn get(tx: &ReadTx<'_>, code: &str) -> Result<Option<Procedure>, Fault> {
    tx.opt(&format!("{PROCEDURE} WHERE code = :code"), named_params! { ":code": code }, procedure)
}

pub(super) fn count_open(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    tx.one("SELECT count(*) AS n FROM procedure WHERE open = 1", [], |row| row.get("n"))
}

pub(super) fn absent(tx: &ReadTx<'_>) -> Result<Vec<(String, LocationId)>, Fault> {
    tx.all("SELECT procedure, location_id FROM procedure_absent", [], |row| {
        Ok((row.get("procedure")?, row.get("location_id")?))
    })
}

pub(super) fn absent_of(tx: &ReadTx<'_>, code: &str) -> Result<BTreeSet<LocationId>, Fault> {
    let rows = tx.all(
        "SELECT location_id FROM procedure_absent WHERE procedure = :code",
        named_params! { ":code": code },
        |row| row.get("location_id"),
    )?;
    Ok(rows.into_iter().collect())
}

pub(super) fn words(tx: &ReadTx<'_>, code: &str, language: &str) -> Result<Option<Words>, Fault> {
    tx.opt(
        "SELECT name, about, bring, precautions FROM procedure_text WHERE procedure = :code AND language = :language",
        named_params! { ":code": code, ":language": language },
        |row| {
            Ok(Words {
                name: row.get("name")?,
                about: row.get("about")?,
                bring: lines(&row.get::<_, String>("bring")?),
                precautions: lines(&row.get::<_, String>("precautions")?),
            })
        },
    )
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

pub(super) fn insert(tx: &WriteTx<'_>, new: &Procedure) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO procedure (code, name, position, open, slots, own_capacity, check_by)
         VALUES (:code, :name, :position, :open, :slots, :own, :check)",
        named_params! {
            ":code": new.code, ":name": new.name, ":position": new.position, ":open": new.open,
            ":slots": new.slots, ":own": new.own_capacity, ":check": new.check,
        },
    )?;
    Ok(())
}

pub(super) fn update(tx: &WriteTx<'_>, new: &Procedure) -> Result<bool, Fault> {
    let changed = tx.run(
        "UPDATE procedure
            SET name = :name, open = :open, slots = :slots, own_capacity = :own, check_by = :check,
                version = version + 1
          WHERE code = :code AND version = :version",
        named_params! {
            ":code": new.code, ":name": new.name, ":open": new.open, ":slots": new.slots,
            ":own": new.own_capacity, ":check": new.check, ":version": new.version,
        },
    )?;
    Ok(changed == 1)
}

pub(super) fn replace_absent(
    tx: &WriteTx<'_>,
    code: &str,
    absent: &BTreeSet<LocationId>,
) -> Result<(), Fault> {
    tx.run("DELETE FROM procedure_absent WHERE procedure = :code", named_params! { ":code": code })?;
    for location in absent {
        tx.run(
            "INSERT INTO procedure_absent (procedure, location_id) VALUES (:code, :location)",
            named_params! { ":code": code, ":location": location },
        )?;
    }
    Ok(())
}

pub(super) fn put_words(tx: &WriteTx<'_>, code: &str, language: &str, words: &Words) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO procedure_text (procedure, language, name, about, bring, precautions)
         VALUES (:code, :language, :name, :about, :bring, :precautions)
         ON CONFLICT (procedure, language)
         DO UPDATE SET name = :name, about = :about, bring = :bring, precautions = :precautions",
        named_params! {
            ":code": code, ":language": language, ":name": words.name, ":about": words.about,
            ":bring": words.bring.join("\n"), ":precautions": words.precautions.join("\n"),
        },
    )?;
    Ok(())
}

pub(super) fn drop_words(tx: &WriteTx<'_>, code: &str, language: &str) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM procedure_text WHERE procedure = :code AND language = :language",
        named_params! { ":code": code, ":language": language },
    )?;
    Ok(())
}
