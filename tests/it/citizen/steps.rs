//! The steps of a booking, as a citizen takes them.

use crate::kit::{Browser, TestMunicipality};

/// The address that most of the tests use.
pub const EMAIL: &str = "taro@example.jp";

/// A slot that is free when the clock stands at Monday 2026-04-06.
pub const SLOT: &str = "2026-04-13.0930";

/// Checks a notice on the page that asks for it.
pub async fn check(browser: &mut Browser, number: u32, month: &str, day: &str) {
    browser.open("/notice#main").await;
    browser.fill("交付通知書の番号", &format!("A13-{number:06}")).fill("月", month).fill("日", day);
    browser.press("確認して次へ進む").await;
}

/// From the start page to the mail's link, pressed in the same browser.
pub async fn enter(city: &TestMunicipality, browser: &mut Browser, number: u32, email: &str) {
    ask_for_link(browser, number, email).await;
    let link = city.letter(email).await.link("/m/");
    browser.open(&link).await.press("予約の手続きを続ける").await;
}

/// From the start page to the sent mail.
pub async fn ask_for_link(browser: &mut Browser, number: u32, email: &str) {
    check(browser, number, "4", "13").await;
    assert_eq!(browser.path(), "/email");
    browser.fill("メールアドレス", email).press("メールを送る").await;
    assert_eq!(browser.path(), "/email/sent");
}

/// From the choice of a location to the precautions.
pub async fn choose(browser: &mut Browser, place: &str, day: &str, time: &str) {
    assert_eq!(browser.path(), "/location");
    browser.select("受け取る場所", place).press("この場所で次へ進む").await;
    assert_eq!(browser.path(), "/family");
    browser.press("人で次へ進む").await;
    choose_time(browser, day, time).await;
}

/// From the calendar to the precautions; `day` as the calendar says it (`4月13日（月）`), `time` as `9:30`.
pub async fn choose_time(browser: &mut Browser, day: &str, time: &str) {
    assert_eq!(browser.path(), "/calendar");
    browser.follow(day).await;
    assert_eq!(browser.fragment(), "slots");
    browser.tick(&format!("{time}から")).press("この時間で次へ進む").await;
    assert_eq!(browser.path(), "/precautions");
}

/// Ticks each precaution and goes on to the check page.
pub async fn acknowledge(browser: &mut Browser) {
    for number in 1..=5 {
        browser.tick(&format!("{number}. "));
    }
    browser.press("すべて確認しました").await;
    assert_eq!(browser.path(), "/confirm");
}

/// A booking at 本庁舎 on 13 April at 9:30, from the start page to its end; the mail stays unread.
pub async fn book(city: &TestMunicipality, browser: &mut Browser, number: u32, email: &str) {
    enter(city, browser, number, email).await;
    choose(browser, "本庁舎", "4月13日（月）", "9:30").await;
    acknowledge(browser).await;
    browser.press("この内容で予約する").await;
    assert_eq!(browser.path(), "/done");
}
