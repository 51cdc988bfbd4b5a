//! The page of the city's settings: index, forms, bounds, history, two people at once.

use madoguchi::db::Lane;
use madoguchi::settings::{self, KEYS, Settings};

use crate::kit::{Browser, TestMunicipality};

async fn open(city: &TestMunicipality, role: &str, path: &str) -> Browser {
    let mut browser = city.clerk(role).await;
    browser.open(path).await;
    browser
}

async fn stored(city: &TestMunicipality) -> Settings {
    city.city.db.read(Lane::Staff, settings::read).await.unwrap()
}

#[tokio::test]
async fn every_setting_can_be_reached_from_the_index() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut manager = open(&city, "manager", "/settings").await;
    assert_eq!(manager.status(), 200, "{}", manager.text());
    let forms: Vec<String> = manager.page().links.iter().map(|link| link.href.clone()).collect();
    let forms: Vec<String> = forms.into_iter().filter(|href| href.contains("/settings/")).collect();
    let mut names = Vec::new();
    for form in &forms {
        manager.open(&form.replace("/mihon", "")).await;
        assert_eq!(manager.status(), 200, "{form}");
        let page = manager.page();
        names.extend(page.controls.iter().map(|one| one.name.clone()));
    }
    for key in KEYS {
        assert!(names.contains(&key.key.to_owned()), "{} stands in no form", key.key);
    }
}

#[tokio::test]
async fn a_setting_is_changed_takes_effect_and_leaves_its_history() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut manager = open(&city, "manager", "/settings").await;
    manager.follow("予約の規則").await;
    assert!(manager.says("標準：5人") && manager.says("すべて標準のままです"), "{}", manager.text());
    manager.fill("一度に予約できる人数", "３").press("保存する").await;
    assert!(manager.says("1項目を保存しました"), "{}", manager.text());
    assert!(manager.says("5人") && manager.says("3人"), "{}", manager.text());
    assert_eq!(manager.field("booking.party_max")[0].value, "3");
    assert_eq!(stored(&city).await.party_max, 3);
    manager.press("保存する").await;
    assert!(manager.says("変わった項目はありません"), "{}", manager.text());
}

#[tokio::test]
async fn a_value_out_of_bounds_is_told_at_its_field_and_changes_nothing() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut manager = open(&city, "manager", "/settings/booking").await;
    manager.fill("一度に予約できる人数", "6").fill("選んだ時間を取り置く長さ", "20").press("保存する").await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("一度に予約できる人数は、1から5人までです。"), "{}", manager.text());
    assert_eq!(manager.field("booking.party_max")[0].value, "6", "what was typed stays");
    assert_eq!(manager.field("booking.hold_minutes")[0].value, "20");
    assert_eq!(stored(&city).await, Settings::default(), "all of a form or nothing");
}

#[tokio::test]
async fn two_people_change_one_form_and_neither_overwrites_the_other() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut first = open(&city, "manager", "/settings/booking").await;
    let mut second = open(&city, "administrator", "/settings/booking").await;
    first.fill("一度に予約できる人数", "3").press("保存する").await;
    second.fill("取り置きを延ばせる回数", "4").press("保存する").await;
    let now = stored(&city).await;
    assert_eq!(
        (now.party_max, now.hold_extensions),
        (3, 4),
        "what was left alone stays as the other made it"
    );

    first.open("/settings/booking").await;
    second.open("/settings/booking").await;
    first.fill("一度に予約できる人数", "2").press("保存する").await;
    second.fill("一度に予約できる人数", "4").press("保存する").await;
    assert_eq!(second.status(), 422);
    assert!(second.says("ほかの人が「2人」に変えました"), "{}", second.text());
    assert_eq!(stored(&city).await.party_max, 2);
    second.press("保存する").await;
    assert_eq!(stored(&city).await.party_max, 4, "the second time it was seen");
}

#[tokio::test]
async fn a_setting_back_at_its_default_has_no_row_of_its_own() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut manager = open(&city, "manager", "/settings/booking").await;
    manager.fill("一度に予約できる人数", "3").press("保存する").await;
    manager.fill("一度に予約できる人数", "5").press("保存する").await;
    let rows: i64 = city
        .city
        .db
        .read(Lane::Staff, |tx| tx.one("SELECT count(*) AS n FROM setting", [], |row| row.get("n")))
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_form_that_does_not_exist_is_no_page_and_a_counter_clerk_sees_none() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut manager = open(&city, "manager", "/settings/nothing").await;
    assert_eq!(manager.status(), 404);
    manager.open("/settings").await;
    let clerk = open(&city, "counter", "/settings").await;
    assert_eq!(clerk.status(), 403);
}
