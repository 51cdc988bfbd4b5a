//! The procedures that a new city's file begins with: the hand-over alone is offered, the others wait to be switched on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{CheckBy, Procedure, Words, store};
use crate::db::{Fault, WriteTx};

/// Names and sentences in every language, as the product says them until a city says them differently.
const DEFAULTS: &str = include_str!("defaults.json");

#[derive(Deserialize)]
struct Default {
    code: String,
    slots: u8,
    words: BTreeMap<String, Said>,
}

#[derive(Deserialize)]
struct Said {
    name: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    bring: Vec<String>,
    #[serde(default)]
    precautions: Vec<String>,
}

/// Writes them into a new file.
pub(in crate::booking) fn seed(tx: &WriteTx<'_>) -> Result<(), Fault> {
    let unread = |error: serde_json::Error| Fault::Stored(format!("procedures: {error}"));
    let defaults: Vec<Default> = serde_json::from_str(DEFAULTS).map_err(unread)?;
    for (position, default) in (1..).zip(defaults) {
        let issuance = default.code == super::ISSUANCE;
        let procedure = Procedure {
            name: default.words.get(super::FIRST_LANGUAGE).map(|said| said.name.clone()).unwrap_or_default(),
            code: default.code,
            position,
            open: issuance,
            slots: default.slots,
            own_capacity: None,
            check: if issuance { CheckBy::Notice } else { CheckBy::Person },
            version: 1,
            absent: BTreeSet::new(),
        };
        store::insert(tx, &procedure)?;
        for (language, said) in default.words {
            let Said { name, about, bring, precautions } = said;
            store::put_words(tx, &procedure.code, &language, &Words { name, about, bring, precautions })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_procedure_speaks_three_languages_and_says_as_much_in_each() {
        let defaults: Vec<Default> = serde_json::from_str(DEFAULTS).unwrap();
        assert_eq!(defaults[0].code, super::super::ISSUANCE);
        for one in &defaults {
            let said: Vec<(usize, usize)> = ["ja", "ja-easy", "en"]
                .map(|language| (one.words[language].bring.len(), one.words[language].precautions.len()))
                .to_vec();
            assert!(said.iter().all(|pair| *pair == said[0]), "{}: {said:?}", one.code);
            assert!((1..=12).contains(&one.slots));
        }
    }
}
