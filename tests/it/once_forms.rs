//! A form sent twice takes effect once.

use std::time::Duration;

use madoguchi::base::Chance;
use madoguchi::db::{Fault, Lane};
use madoguchi::once::{self, OnceKey};

use crate::kit::city::{TestFile, citizen};

async fn send(file: &TestFile, key: OnceKey) -> String {
    let sent = file.db.write(citizen(), move |tx| {
        if let Some(before) = once::seen(tx, &key)? {
            return Ok::<_, Fault>(before);
        }
        tx.run("INSERT INTO holiday (on_day, name) VALUES ('2026-04-29', '昭和の日')", [])?;
        once::keep(tx, &key, "holiday.added", "/days#2026-04-29")?;
        Ok("done".to_owned())
    });
    sent.await.unwrap()
}

#[tokio::test]
async fn the_second_press_gets_the_first_result() {
    let file = TestFile::at("2026-04-13 09:42");
    let key = OnceKey::from_form(&once::draw(&Chance::seeded(9))).unwrap();
    assert_eq!(send(&file, key).await, "done");
    assert_eq!(send(&file, key).await, "/days#2026-04-29");
}

#[tokio::test]
async fn keeping_a_key_twice_undoes_the_second_job() {
    let file = TestFile::at("2026-04-13 09:42");
    let key = OnceKey::from_form(&once::draw(&Chance::seeded(9))).unwrap();
    send(&file, key).await;
    let again = file.db.write(citizen(), move |tx| {
        tx.run("INSERT INTO holiday (on_day, name) VALUES ('2026-05-03', '憲法記念日')", [])?;
        once::keep(tx, &key, "holiday.added", "/days")
    });
    assert!(again.await.unwrap_err().unique_violation().is_some());
    let days = file.db.read(Lane::Staff, |tx| {
        tx.all("SELECT on_day FROM holiday", [], |row| row.get::<_, String>("on_day"))
    });
    assert_eq!(days.await.unwrap(), ["2026-04-29"]);
}

#[tokio::test]
async fn old_keys_are_forgotten_in_slices() {
    let file = TestFile::at("2026-04-13 09:42");
    let key = OnceKey::from_form(&once::draw(&Chance::seeded(9))).unwrap();
    send(&file, key).await;
    let made = file.clock.clock().now();
    file.clock.pass(Duration::from_hours(48));
    assert_eq!(file.db.write(citizen(), move |tx| once::forget(tx, made, 10)).await.unwrap(), 0);
    let later = made.plus(Duration::from_hours(24));
    assert_eq!(file.db.write(citizen(), move |tx| once::forget(tx, later, 10)).await.unwrap(), 1);
}
