//! Everybody prints at once, and each gets only what they asked for.

use std::collections::BTreeSet;

use madoguchi::cards::storage::{self, PlaceWish};
use madoguchi::db::Fault;

use super::text_of;
use crate::kit::{Browser, TestMunicipality};

/// People, and cards in the storage place of each.
const PEOPLE: u32 = 50;
const EACH: u32 = 3;

/// Every notice ID in a text.
fn notices(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.len() == 9 && word.starts_with("A13")).map(str::to_owned).collect()
}

/// A city in which each of fifty people has a storage place of their own with three cards.
async fn crowd() -> (TestMunicipality, Vec<Browser>) {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for number in 0..PEOPLE * EACH {
        city.card(number, &format!("住民 {number:03}番")).await;
    }
    city.write(move |tx| {
        for person in 0..PEOPLE {
            let place = PlaceWish {
                code: format!("P{person:02}"),
                name: format!("金庫{person:02}"),
                location: None,
                barcode: String::new(),
                position: i64::from(person) + 1,
                retired: false,
            };
            let place = storage::add_place(tx, &place).map_err(|error| Fault::Stored(error.to_string()))?;
            let first = person * EACH;
            tx.run(
                "UPDATE card SET storage_id = :place, shelf = 'B', position = notice_id_norm
                  WHERE notice_id_norm BETWEEN :first AND :last",
                rusqlite::named_params! {
                    ":place": place, ":first": format!("A13{first:06}"), ":last": format!("A13{:06}", first + EACH - 1),
                },
            )?;
        }
        Ok::<_, Fault>(())
    })
    .await;
    let mut people = Vec::new();
    for person in 0..PEOPLE {
        people.push(city.person("manager", &format!("user{person}"), &format!("職員{person:02}")).await);
    }
    (city, people)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_people_print_at_once_and_every_document_holds_only_its_own_rows() {
    let (_city, people) = crowd().await;
    let mut prints = tokio::task::JoinSet::new();
    for (at, mut browser) in (0_u32..).zip(people) {
        prints.spawn(async move {
            browser.open("/lists/shelf").await;
            browser.select("保管場所", &format!("金庫{at:02}")).press("表示").await;
            browser.select("出力の形", "PDF").press("3行を出力").await;
            assert_eq!(browser.header("content-type"), "application/pdf", "{}", browser.text());
            (at, browser.bytes().to_vec())
        });
    }
    let mut documents = prints.join_all().await;
    documents.sort_unstable();
    assert_eq!(documents.len(), 50);
    for (at, bytes) in documents {
        let text = text_of(&bytes, "-raw");
        let own: BTreeSet<String> =
            (at * EACH..(at + 1) * EACH).map(|number| format!("A13{number:06}")).collect();
        assert_eq!(notices(&text), own, "document {at}: {text}");
        for number in at * EACH..(at + 1) * EACH {
            assert!(text.contains(&format!("{number:03}番")), "document {at}: {text}");
        }
        assert_eq!(text.matches("番").count() - text.matches("番号").count(), EACH as usize, "{text}");
        assert!(text.contains(&format!("金庫{at:02}")) && text.contains(&format!("職員{at:02}")), "{text}");
    }
}
