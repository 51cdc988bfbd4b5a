//! How the engine goes about each statement of the search, asked of the schema itself.

use rusqlite::{Connection, params_from_iter};

use super::clauses::Clauses;
use super::{order, probe};
use crate::base::StorageId;
use crate::cards::search::{Days, Sort, Terms};
use crate::cards::store::CARD;

fn file() -> Connection {
    let file = Connection::open_in_memory().unwrap();
    file.execute_batch(include_str!("../../../../schema.sql")).unwrap();
    file
}

fn plan(file: &Connection, statement: &str, values: usize) -> Vec<String> {
    let mut asked = file.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let steps = asked.query_map(params_from_iter(vec![1; values]), |row| row.get("detail")).unwrap();
    steps.map(Result::unwrap).collect()
}

#[test]
fn every_probe_reads_an_index_alone_and_never_the_cards() {
    let file = file();
    for (find, index) in probe::FINDS {
        let steps = plan(&file, &format!("{find} LIMIT 9"), find.matches('?').count());
        assert!(steps[0].contains(index), "{find}: {steps:?}");
        assert!(
            !steps.iter().any(|step| step.starts_with("SCAN") && !step.contains("COVERING")),
            "{steps:?}"
        );
    }
}

#[test]
fn a_long_list_is_walked_in_the_order_of_an_index_and_never_sorted() {
    let file = file();
    let everything = Terms {
        label: Some("notified".to_owned()),
        storage: Some(StorageId::of(1)),
        import_run: Some(1),
        has_email: Some(true),
        birth: Some("1990-04-13".to_owned()),
        ..Terms::default()
    };
    for sort in Sort::ALL {
        let mut clauses = Clauses::default();
        clauses.exact(&everything);
        for down in [false, true] {
            let (condition, values) = clauses.walked(&order::served(&everything, sort));
            let statement = format!("{CARD} WHERE {condition} ORDER BY {} LIMIT 51", order::by(sort, down));
            let steps = plan(&file, &statement, values.len());
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE FOR")), "{sort:?}: {steps:?}");
        }
    }
}

#[test]
fn a_short_list_is_found_by_what_was_asked_whatever_its_order() {
    let file = file();
    let residence = Days { from: "2026-04-01".parse().ok(), to: None };
    let asked = [
        (Terms { residence, ..Terms::default() }, "card_residence"),
        (Terms { storage: Some(StorageId::of(1)), ..Terms::default() }, "card_storage"),
    ];
    for (terms, index) in asked {
        let mut clauses = Clauses::default();
        clauses.exact(&terms);
        clauses.indexed_days(&terms);
        let (condition, values) = clauses.plain();
        for sort in Sort::ALL {
            let statement =
                format!("{CARD} WHERE {condition} ORDER BY {} LIMIT 51", order::sorted(sort, false));
            let steps = plan(&file, &statement, values.len());
            assert!(steps[0].contains(index), "{sort:?}: {steps:?}");
        }
    }
}

#[test]
fn what_is_exact_is_found_by_its_index() {
    let file = file();
    let of = |terms: Terms| terms;
    let asked = [
        (of(Terms { notice_id: Some("A13345603".to_owned()), ..Terms::default() }), "card_notice"),
        (of(Terms { birth: Some("1990-04-13".to_owned()), ..Terms::default() }), "card_birth"),
        (of(Terms { label: Some("booked".to_owned()), ..Terms::default() }), "card_label"),
        (of(Terms { storage: Some(StorageId::of(1)), ..Terms::default() }), "card_storage"),
        (of(Terms { import_run: Some(1), ..Terms::default() }), "card_run"),
        (of(Terms { has_email: Some(true), ..Terms::default() }), "card_email"),
    ];
    for (terms, index) in asked {
        let mut clauses = Clauses::default();
        clauses.exact(&terms);
        let (condition, values) = clauses.plain();
        let steps = plan(&file, &format!("{CARD} WHERE {condition}"), values.len());
        assert!(steps[0].contains(&format!("USING INDEX {index}")), "{steps:?}");
    }
}

#[test]
fn days_are_found_by_their_index() {
    let file = file();
    let day = Days { from: "2026-04-01".parse().ok(), to: "2026-04-13".parse().ok() };
    let asked = [
        (Terms { sent: day, ..Terms::default() }, "card_sent"),
        (Terms { due: day, ..Terms::default() }, "card_due"),
        (Terms { valid: day, ..Terms::default() }, "card_valid"),
        (Terms { residence: day, ..Terms::default() }, "card_residence"),
    ];
    for (terms, index) in asked {
        let mut clauses = Clauses::default();
        clauses.indexed_days(&terms);
        let (condition, values) = clauses.plain();
        let steps = plan(&file, &format!("{CARD} WHERE {condition}"), values.len());
        assert!(steps[0].contains(&format!("USING INDEX {index}")), "{steps:?}");
    }
}
