//! Who may have which list, and what of a person stands in it.

use std::collections::BTreeSet;
use std::io::Read as _;

use madoguchi::accounts::{self, Permission};
use madoguchi::db::Lane;
use madoguchi::settings;

use super::pages::busy;
use super::text_of;
use crate::kit::TestMunicipality;
use crate::kit::console::ROLES;

/// Every list with what it asks besides the permission to export, and an address under which it has rows.
const LISTS: [(&str, Permission, &str); 11] = [
    ("bookings", Permission::Book, "from=2026-04-13&to=2026-04-13&location=all"),
    ("arrivals", Permission::Book, "from=2026-04-13&to=2026-04-13&location=all"),
    ("no-shows", Permission::NoShows, "from=2026-04-13&to=2026-04-13&location=all"),
    ("unbooked", Permission::SeeCards, ""),
    ("pull", Permission::MoveCards, "day=2026-04-13"),
    ("transfers", Permission::MoveCards, ""),
    ("shelf", Permission::MoveCards, "storage=1"),
    ("deadlines", Permission::SeeCards, "watch=due_soon"),
    ("cards", Permission::SeeCards, ""),
    ("daily", Permission::Statistics, "from=2026-04-13&to=2026-04-13"),
    ("monthly", Permission::Statistics, "from=2026-04-13&to=2026-04-13"),
];

/// What stands on the cards of [`busy`]: name, birthday, notice ID, remark.
const FACTS: [(&str, Permission); 4] = [
    ("𠮷田", Permission::SeeName),
    ("1990-04-13", Permission::SeeBirthDate),
    ("000001", Permission::SeeNoticeId),
    ("車いす", Permission::SeeRemark),
];

async fn marked() -> TestMunicipality {
    let city = busy().await;
    city.write(|tx| {
        tx.run("UPDATE card SET remark = '車いす', pickup_due_on = '2026-04-08'", rusqlite::named_params! {})
    })
    .await;
    city
}

#[tokio::test]
async fn every_list_is_given_to_the_roles_that_may_have_it_and_to_no_other() {
    let city = marked().await;
    let roles = city.city.db.read(Lane::Staff, accounts::roles).await.unwrap();
    for role in ROLES {
        let may = &roles.iter().find(|one| one.code == role).unwrap().permissions;
        let mut clerk = city.clerk(role).await;
        for (list, needs, of) in LISTS {
            clerk.open("/me").await;
            clerk.open(&format!("/lists/{list}?{of}")).await;
            let allowed = may.contains(&Permission::Export) && may.contains(&needs);
            let status = if allowed { [200, 422] } else { [403, 403] };
            assert!(status.contains(&clerk.status()), "{role} {list}: {}", clerk.status());
            let mut other = clerk.clone();
            other.open("/me").await.post(&format!("/lists/{list}/file?{of}"), &[("format", "csv")]).await;
            assert_eq!(other.status() == 403, !allowed, "{role} takes {list}: {}", other.status());
        }
    }
}

#[tokio::test]
async fn whoever_may_not_see_a_fact_of_a_person_finds_it_in_no_list_and_in_no_form_of_it() {
    let city = marked().await;
    let all: BTreeSet<Permission> = Permission::ALL.into();
    for (at, (fact, hidden)) in FACTS.into_iter().enumerate() {
        let may: BTreeSet<Permission> = all.iter().copied().filter(|one| *one != hidden).collect();
        city.write(move |tx| {
            let role = accounts::roles(tx)?.into_iter().find(|one| one.code == "counter").unwrap();
            accounts::set_permissions(tx, role.id, &may)
                .map_err(|error| madoguchi::db::Fault::Stored(error.to_string()))
        })
        .await;
        let mut clerk = city.person("counter", &format!("clerk{at}"), "森 二郎").await;
        let mut given = 0;
        for (list, _, of) in LISTS {
            clerk.open(&format!("/lists/{list}?{of}")).await;
            assert!(!clerk.page().html.contains(fact), "{list} shows {fact}: {}", clerk.text());
            if clerk.status() != 200 || clerk.says("当てはまる行がありません") {
                continue;
            }
            for form in ["PDF", "CSV（UTF-8", "CSV（Shift_JIS", "Excel"] {
                let mut one = clerk.clone();
                one.select("出力の形", form).press("行を出力").await;
                if one.says("このままの形では出力できません") {
                    assert!(!one.page().html.contains(fact), "{list} as {form} tells {fact}: {}", one.text());
                    one.press("このまま").await;
                }
                assert_eq!(one.status(), 200, "{list} as {form}: {}", one.text());
                let text = words_of(form, one.bytes());
                assert!(!text.contains(fact), "{list} as {form} holds {fact}: {text}");
                let titles = text.contains("氏名") || text.contains("予約");
                assert!(titles, "{list} as {form} was not read: {text}");
                given += 1;
            }
        }
        assert!(given >= 16, "only {given} outputs were looked at for {fact}");
    }
}

/// What can be read in a file of this form.
fn words_of(form: &str, bytes: &[u8]) -> String {
    match form {
        "PDF" => text_of(bytes, "-raw"),
        "Excel" => {
            let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
            (0..book.len())
                .map(|at| {
                    let mut part = String::new();
                    book.by_index(at).unwrap().read_to_string(&mut part).unwrap();
                    part
                })
                .collect()
        }
        "CSV（Shift_JIS" => encoding_rs::SHIFT_JIS.decode(bytes).0.into_owned(),
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

#[tokio::test]
async fn a_city_that_asks_for_a_reason_gets_one_before_anything_is_given() {
    let city = marked().await;
    let asks = settings::Change { key: "export.reason".to_owned(), value: true.into() };
    city.write(move |tx| settings::set(tx, &asks)).await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/lists/cards").await.select("出力の形", "CSV（UTF-8").press("4行を出力").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("何のために出力するかを書いてください"), "{}", clerk.text());
    clerk.fill("出力の理由", "123456789018").press("4行を出力").await;
    assert_eq!(clerk.status(), 422, "an individual number is no reason: {}", clerk.text());
    clerk.fill("出力の理由", "棚の点検のため").press("4行を出力").await;
    assert_eq!(clerk.status(), 200, "{}", clerk.text());
    let told = city
        .city
        .db
        .read(Lane::Staff, |tx| madoguchi::history::of_record(tx, madoguchi::history::Record::List))
        .await
        .unwrap();
    let told: Vec<_> = told.iter().filter(|entry| entry.operation == "list.exported").collect();
    assert_eq!(told.len(), 1, "what was refused is not written down");
}
