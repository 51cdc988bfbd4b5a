//! A citizen books, looks at the booking, changes it, adds family, cancels.

use super::steps::{EMAIL, SLOT, acknowledge, ask_for_link, choose, choose_time, enter};
use crate::kit::TestMunicipality;

#[tokio::test]
async fn a_citizen_books_from_the_start_page_to_the_mail() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();

    browser.open("/").await.follow("予約をはじめる").await;
    assert_eq!(browser.path(), "/notice");
    ask_for_link(&mut browser, 1, EMAIL).await;
    let letter = city.letter(EMAIL).await;
    assert_eq!((letter.kind.as_str(), letter.language.as_str()), ("link", "ja"));
    browser.open(&letter.link("/m/")).await.press("予約の手続きを続ける").await;
    choose(&mut browser, "本庁舎", "4月13日（月）", "9:30").await;
    assert_eq!(city.taken(SLOT).await, 1, "the chosen time is held");
    acknowledge(&mut browser).await;
    assert!(browser.says("本庁舎") && browser.says("9:30から 10:00まで"), "{}", browser.text());
    browser.press("この内容で予約する").await;
    assert_eq!((browser.path(), browser.fragment()), ("/done", "main"));

    let told = city.letter(EMAIL).await;
    assert_eq!(told.kind, "booking_confirmed");
    assert!(told.subject.contains("4月13日（月）9:30"), "{}", told.subject);
    assert!(told.calendar.unwrap().contains("DTSTART:20260413T003000Z"));
    assert_eq!(city.taken(SLOT).await, 1);
}

#[tokio::test]
async fn a_double_click_gives_one_booking() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    choose(&mut browser, "本庁舎", "4月13日（月）", "9:30").await;
    acknowledge(&mut browser).await;
    let mut twice = browser.clone();

    browser.press("この内容で予約する").await;
    twice.press("この内容で予約する").await;

    assert_eq!((browser.path(), twice.path()), ("/done", "/done"));
    assert_eq!(browser.text(), twice.text());
    assert_eq!(city.letter(EMAIL).await.kind, "booking_confirmed");
    assert_eq!(city.taken(SLOT).await, 1);
}

#[tokio::test]
async fn a_booking_is_changed_without_losing_the_old_time_before_the_new_one_is_secured() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    super::steps::book(&city, &mut browser, 1, EMAIL).await;
    city.letter(EMAIL).await;

    browser.open("/my/booking").await.follow("日時や場所を変える").await;
    browser.press("日時を選び直す").await;
    choose_time(&mut browser, "4月14日（火）", "10:00").await;
    assert_eq!(city.taken(SLOT).await, 1, "the old time stays until the new one is booked");
    acknowledge(&mut browser).await;
    browser.press("この内容に変更する").await;

    assert_eq!(browser.path(), "/done");
    assert!(browser.h1().contains("変更しました"), "{}", browser.h1());
    let told = city.letter(EMAIL).await;
    assert_eq!(told.kind, "booking_changed");
    assert!(told.calendar.unwrap().contains("SEQUENCE:1"));
    assert_eq!((city.taken(SLOT).await, city.taken("2026-04-14.1000").await), (0, 1));
}
