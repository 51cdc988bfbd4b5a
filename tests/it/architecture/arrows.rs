//! Which room may use which: down only, and on one level only where an arrow stands here.

use std::collections::BTreeSet;

use super::Rule;
use super::source::{Source, all};

/// The table of arrows. A new one is a reviewed change of one line.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("db", &["base"]),
    ("config", &["base"]),
    ("render", &["base"]),
    ("arbiter", &["base", "config"]),
    ("once", &["base", "db"]),
    ("history", &["base", "db"]),
    ("notices", &["base", "db", "history"]),
    ("settings", &["base", "db", "history"]),
    ("attempts", &["base", "db"]),
    ("accounts", &["attempts", "base", "db", "history", "once", "settings"]),
    ("mail", &["base", "config", "db", "history", "once", "render", "settings"]),
    ("cards", &["base", "db", "history", "once", "settings"]),
    ("calendar", &["base", "db", "history", "once", "settings"]),
    ("transfers", &["base", "calendar", "cards", "db", "history", "once", "settings"]),
    (
        "booking",
        &["attempts", "base", "calendar", "cards", "db", "history", "mail", "once", "settings", "transfers"],
    ),
    ("lists", &["accounts", "base", "cards", "db", "history", "settings"]),
    ("archive", &["base", "config", "db"]),
    ("backup", &["archive", "base", "config", "db", "history", "mail", "notices"]),
    ("standby", &["arbiter", "archive", "base"]),
    (
        "municipalities",
        &[
            "accounts", "archive", "backup", "base", "booking", "calendar", "cards", "config", "db",
            "settings", "standby",
        ],
    ),
    ("statistics", &["base", "cards", "db", "history"]),
    (
        "jobs",
        &[
            "accounts",
            "archive",
            "attempts",
            "backup",
            "base",
            "booking",
            "cards",
            "config",
            "db",
            "history",
            "mail",
            "municipalities",
            "once",
            "render",
            "settings",
            "standby",
        ],
    ),
    (
        "web",
        &[
            "accounts",
            "attempts",
            "backup",
            "base",
            "booking",
            "calendar",
            "cards",
            "config",
            "db",
            "history",
            "lists",
            "mail",
            "municipalities",
            "notices",
            "once",
            "render",
            "settings",
            "standby",
            "statistics",
            "transfers",
        ],
    ),
    (
        "app",
        &[
            "accounts",
            "arbiter",
            "archive",
            "backup",
            "base",
            "booking",
            "calendar",
            "cards",
            "config",
            "db",
            "history",
            "jobs",
            "lists",
            "mail",
            "municipalities",
            "notices",
            "render",
            "settings",
            "standby",
            "web",
        ],
    ),
    (
        "cli",
        &[
            "accounts",
            "app",
            "arbiter",
            "archive",
            "backup",
            "base",
            "booking",
            "calendar",
            "cards",
            "config",
            "db",
            "history",
            "lists",
            "mail",
            "municipalities",
            "once",
            "render",
            "settings",
            "statistics",
            "transfers",
        ],
    ),
    ("main", &["cli"]),
];

pub fn rules() -> Vec<Rule> {
    vec![
        Rule {
            name: "no arrow leads there",
            finds: |file| {
                let allowed = MAY_USE.iter().find(|(room, _)| *room == file.room()).map(|(_, to)| *to);
                used(file)
                    .into_iter()
                    .filter(|room| !allowed.is_some_and(|to| to.contains(&room.as_str())))
                    .map(|room| format!("uses {room}"))
                    .collect()
            },
            offence: ("booking/confirm.rs", "use crate::{db::Fault, web::Page};"),
            fine: ("web/citizen/confirm.rs", "use super::Page; use crate::booking;"),
        },
        Rule {
            name: "another room's store",
            finds: |file| {
                let foreign = |path: &&Vec<String>| {
                    path.iter().any(|part| part == "store")
                        && path.first().is_some_and(|room| room != file.room())
                };
                file.inner.iter().filter(foreign).map(|path| path.join("::")).collect()
            },
            offence: ("booking/confirm.rs", "fn f() { crate::cards::store::get(); }"),
            fine: ("booking/confirm.rs", "use super::store;"),
        },
        Rule {
            name: "a store is private to its room",
            finds: |file| {
                let open = |(name, private): &&(String, bool)| name == "store" && !private;
                file.modules.iter().filter(open).map(|(name, _)| format!("pub mod {name}")).collect()
            },
            offence: ("cards/mod.rs", "pub(crate) mod store;"),
            fine: ("cards/mod.rs", "mod store;"),
        },
    ]
}

/// The other rooms that a file uses. Macros of the library stand at its root and are nobody's room.
fn used(file: &Source) -> BTreeSet<String> {
    let macros = ["stored_as_code", "row_id"];
    file.inner
        .iter()
        .filter_map(|path| path.first().cloned())
        .filter(|room| room != file.room() && !macros.contains(&room.as_str()) && file.room() != "lib")
        .collect()
}

#[test]
fn the_table_of_arrows_names_every_room_and_has_no_circle() {
    let rooms: BTreeSet<String> =
        all().iter().map(|file| file.room().to_owned()).filter(|room| room != "lib").collect();
    let named: BTreeSet<String> = MAY_USE.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(rooms, named);
    for (at, (room, uses)) in MAY_USE.iter().enumerate() {
        let above = |used: &&&str| !MAY_USE[..at].iter().any(|(earlier, _)| earlier == *used);
        let upward: Vec<_> = uses.iter().filter(above).collect();
        assert!(upward.is_empty(), "{room} may use {upward:?}, which does not stand above it in the table");
    }
}
