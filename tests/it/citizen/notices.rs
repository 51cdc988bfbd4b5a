//! What a city says on its pages, when it is closed, and the pages that stand when nothing answers.

use std::collections::BTreeSet;

use rusqlite::named_params;

use super::steps::{EMAIL, enter};
use crate::kit::TestMunicipality;

const UNAVAILABLE: u16 = 503;

async fn announce(city: &TestMunicipality, level: &'static str, language: &'static str, title: &'static str) {
    city.write(move |tx| {
        tx.run(
            "INSERT INTO announcement (level, language, title, body, from_at) VALUES (:level, :language, :title, '', :now)",
            named_params! { ":level": level, ":language": language, ":title": title, ":now": tx.now() },
        )
    })
    .await;
}

async fn plan_maintenance(city: &TestMunicipality, minutes_from_now: i64, length: Option<i64>) {
    city.write(move |tx| {
        let starts = tx.now().millis() + minutes_from_now * 60_000;
        tx.run(
            "INSERT INTO maintenance (starts_at, ends_at, reason, entered_at) VALUES (:starts, :ends, '点検', :now)",
            named_params! { ":starts": starts, ":ends": length.map(|m| starts + m * 60_000), ":now": tx.now() },
        )
    })
    .await;
}

#[tokio::test]
async fn news_stands_on_the_start_page_and_urgent_words_on_every_page() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut browser = city.browser();
    browser.open("/").await;
    assert!(!browser.says("お知らせ"), "without news there is no place for it");
    announce(&city, "news", "ja", "4月の日曜開庁は12日です").await;
    announce(&city, "urgent", "ja", "大雪のため本日は休みます").await;
    announce(&city, "urgent", "en", "Closed today because of snow").await;
    browser.open("/").await;
    assert!(browser.says("2026年4月6日") && browser.says("4月の日曜開庁は12日です"), "{}", browser.text());
    browser.open("/notice").await;
    assert!(browser.says("大雪のため本日は休みます") && !browser.says("日曜開庁"));
    browser.open("/language/en?to=/notice").await;
    assert!(browser.says("Closed today because of snow") && !browser.says("大雪"));
}

#[tokio::test]
async fn maintenance_is_told_beforehand_closes_every_page_and_ends_by_itself() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    plan_maintenance(&city, 60, Some(90)).await;
    browser.open("/location").await;
    assert!(browser.says("4月6日（月）10:00から4月6日（月）11:30まで、点検のため"), "{}", browser.text());

    city.clock.pass(std::time::Duration::from_mins(65));
    for path in ["/", "/notice", "/my", "/help", "/calendar", "/none"] {
        browser.open(path).await;
        assert_eq!((browser.status(), browser.header("retry-after")), (UNAVAILABLE, "5100"), "{path}");
        assert!(browser.title().starts_with("メンテナンス中です"), "{}", browser.title());
        assert!(browser.says("4月6日（月）11:30"), "{}", browser.text());
    }
    city.clock.pass(std::time::Duration::from_mins(85));
    browser.open("/").await;
    assert_eq!(browser.status(), 200);
}

#[tokio::test]
async fn maintenance_without_an_end_says_so() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    plan_maintenance(&city, 0, None).await;
    let mut browser = city.browser();
    browser.open("/").await;
    assert_eq!((browser.status(), browser.header("retry-after")), (UNAVAILABLE, "3600"));
    assert!(browser.says("未定です"), "{}", browser.text());
}

#[tokio::test]
async fn an_unknown_city_and_an_unknown_page_are_told_apart_from_nothing() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut browser = city.browser();
    browser.open("/none").await;
    assert_eq!(browser.status(), 404);
    assert!(browser.says("見本市") && browser.title().starts_with("ページが見つかりません"));
    let mut elsewhere = crate::kit::Browser::new(madoguchi::web::citizen::router(&city.state), "");
    elsewhere.open("/nowhere/").await;
    assert_eq!((elsewhere.status(), elsewhere.h1()), (404, "ページが見つかりません"));
    assert!(!elsewhere.says("見本市"), "a page of no city names none");
}

#[tokio::test]
async fn a_city_without_its_file_answers_with_a_page_and_a_time_to_come_back() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (registry, _dir) = city.registry_without_file();
    let state = madoguchi::web::State { registry, ..city.state.clone() };
    let mut browser = crate::kit::Browser::new(madoguchi::web::citizen::router(&state), "/mihon");
    browser.open("/").await;
    assert_eq!((browser.status(), browser.header("retry-after")), (UNAVAILABLE, "60"));
    assert_eq!(browser.h1(), "ただいま使えません");
}

#[tokio::test]
async fn no_two_steps_share_a_title() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    let mut titles = BTreeSet::new();
    for path in ["/", "/notice", "/my", "/help", "/privacy", "/accessibility", "/none"] {
        assert!(titles.insert(browser.open(path).await.title().to_owned()), "{path}: {}", browser.title());
    }
    super::steps::book(&city, &mut browser, 1, EMAIL).await;
    for path in ["/email", "/done", "/my/booking", "/my/change", "/my/family", "/my/cancel"] {
        assert!(titles.insert(browser.open(path).await.title().to_owned()), "{path}: {}", browser.title());
    }
    browser.open("/my/change").await.press("場所から選び直す").await;
    assert!(titles.insert(browser.title().to_owned()), "{}", browser.title());
    for path in ["/calendar", "/calendar/list"] {
        assert!(titles.insert(browser.open(path).await.title().to_owned()), "{path}: {}", browser.title());
    }
}

#[tokio::test]
async fn the_calendar_is_the_same_for_any_number_of_free_seats() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut pages = Vec::new();
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    for capacity in [20, 19, 0] {
        city.offer("2026-04-13.0930", capacity).await;
        browser.open("/calendar?month=2026-04&day=2026-04-13").await;
        let once = browser.hidden("once");
        let mut html = browser.page().html.clone();
        for drawn in [once, browser.hidden("csrf")].iter().filter(|drawn| !drawn.is_empty()) {
            html = html.replace(drawn, "");
        }
        browser.open("/calendar/list").await;
        pages.push((html, browser.text().to_owned()));
    }
    assert!(pages[0] == pages[1], "nineteen look like twenty");
    assert!(pages[0].0 != pages[2].0, "none is told");
}
