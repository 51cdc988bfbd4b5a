//! How the engine goes about each statement of the search, asked of the schema itself.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{find, order};
use crate::cards::search::Sort;

fn file() -> Connection {
    let file = Connection::open_in_memory().unwrap();
    file.execute_batch(include_str!("../../../../schema.sql")).unwrap();
    file
}

fn plan(file: &Connection, statement: &str) -> Vec<String> {
    let mut asked = file.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let values = vec![1; statement.matches('?').count()];
    let steps = asked.query_map(params_from_iter(values), |row| row.get("detail")).unwrap();
    steps.map(Result::unwrap).collect()
}

#[test]
fn every_condition_reads_an_index_alone_and_never_the_cards() {
    let file = file();
    for (statement, index) in find::FINDS {
        let steps = plan(&file, statement);
        assert!(steps[0].contains(index), "{statement}: {steps:?}");
        // A column that is worked out is never called covered, but nothing else is read of the row.
        let alone =
            steps[0].contains("USING COVERING INDEX") || index == "card_label" || index == "booking_day";
        assert!(alone && !steps.iter().any(|step| step == "SCAN card"), "{statement}: {steps:?}");
    }
}

#[test]
fn a_long_list_is_picked_from_an_index_that_has_its_order() {
    let file = file();
    for sort in Sort::ALL.into_iter().filter(|sort| *sort != Sort::Registered) {
        for down in [false, true] {
            let keys = vec![Value::Integer(1); order::columns(sort).len()];
            let (beyond, _) = order::after(order::columns(sort), keys, down);
            for condition in ["TRUE", &beyond] {
                let by = order::by(sort, down);
                let steps = plan(&file, &format!("SELECT id FROM card WHERE {condition} ORDER BY {by}"));
                assert!(steps[0].contains("INDEX card_"), "{sort:?}: {steps:?}");
                assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{sort:?}: {steps:?}");
            }
        }
    }
}

#[test]
fn a_short_list_is_looked_up_card_by_card_whatever_its_order() {
    let file = file();
    for sort in Sort::ALL {
        for down in [false, true] {
            let keys = vec![Value::Integer(1); order::columns(sort).len()];
            let (beyond, _) = order::after(order::columns(sort), keys, down);
            for condition in ["TRUE", &beyond] {
                let by = order::sorted(sort, down);
                let of_few =
                    format!("SELECT id FROM card WHERE {condition} AND {} ORDER BY {by}", order::ONE_OF);
                let steps = plan(&file, &of_few);
                assert!(steps[0].contains("USING INTEGER PRIMARY KEY"), "{sort:?}: {steps:?}");
            }
        }
    }
}
