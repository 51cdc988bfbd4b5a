//! Steps out of order, foreign slots, two tabs, the back button: each leads to the right step or says why, and writes
//! nothing.

use super::steps::{EMAIL, SLOT, acknowledge, book, choose, choose_time, enter};
use crate::kit::TestMunicipality;

const PAGES_OF_A_SESSION: [&str; 12] = [
    "/location",
    "/family",
    "/calendar",
    "/calendar/list",
    "/calendar/wait",
    "/precautions",
    "/confirm",
    "/done",
    "/my/booking",
    "/my/change",
    "/my/family",
    "/my/cancel",
];

#[tokio::test]
async fn without_the_steps_before_every_page_leads_to_the_beginning() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for path in PAGES_OF_A_SESSION {
        let mut browser = city.browser();
        browser.open(path).await;
        assert_eq!((browser.path(), browser.fragment()), ("/notice", "main"), "{path}");
    }
    for path in ["/email", "/email/sent"] {
        let mut browser = city.browser();
        browser.open(path).await;
        assert_eq!(browser.path(), "/notice", "{path}");
    }
}

#[tokio::test]
async fn a_form_sent_without_the_steps_before_books_nothing() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let slot = format!("{}.{SLOT}", city.office);
    let once = "0".repeat(32);
    for path in ["/confirm", "/precautions", "/calendar", "/location", "/family", "/my/change", "/my/cancel"]
    {
        let mut browser = city.browser();
        browser.open("/notice").await;
        browser.post(path, &[("slot", &slot), ("once", &once), ("location", "1")]).await;
        assert_eq!(browser.path(), "/notice", "{path}");
    }
    assert_eq!(city.taken(SLOT).await, 0);
}

#[tokio::test]
async fn each_step_leads_back_to_the_one_that_is_missing() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    for path in ["/calendar", "/calendar/list", "/family"] {
        browser.open(path).await;
        assert_eq!(browser.path(), "/location", "{path}");
    }
    for path in ["/precautions", "/confirm"] {
        browser.open(path).await;
        assert_eq!(browser.path(), "/location", "{path}: no place, so no time");
    }
    browser.open("/location").await.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    for path in ["/precautions", "/confirm"] {
        browser.open(path).await;
        assert_eq!(browser.path(), "/calendar", "{path}: no time");
    }
    browser.open("/calendar").await;
    choose_time(&mut browser, "4月13日（月）", "9:30").await;
    let once = browser.hidden("once");
    browser.post("/confirm", &[("once", &once)]).await;
    assert_eq!(browser.path(), "/precautions", "not acknowledged");
    browser.open("/done").await;
    assert_eq!(browser.path(), "/my", "nothing is done");
}

#[tokio::test]
async fn a_slot_that_is_not_offered_is_refused_with_a_sentence() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    browser.press("人で次へ進む").await;
    let office = city.office;
    for (slot, sentence) in [
        (String::new(), "時間を選んでください"),
        ("x".to_owned(), "その時間は受け付けていません"),
        (format!("{office}.2026-04-13.0917"), "その時間は受け付けていません"),
        (format!("{office}.2026-04-12.0930"), "その時間は受け付けていません"),
        (format!("{office}.2026-04-03.0930"), "その日は、いま予約できません"),
        (format!("{office}.2028-04-13.0930"), "その日は、いま予約できません"),
        ("9999.2026-04-13.0930".to_owned(), "その時間は受け付けていません"),
        (format!("{office}.2026-13-99.9999"), "その時間は受け付けていません"),
        ("'; DROP TABLE booking; --".to_owned(), "その時間は受け付けていません"),
    ] {
        browser.open("/family").await.post("/calendar", &[("slot", &slot)]).await;
        assert_eq!(browser.status(), 422, "{slot}");
        assert!(browser.says(sentence), "{slot}: {}", browser.text());
    }
}

#[tokio::test]
async fn a_hidden_location_can_be_neither_chosen_nor_booked() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let hidden = city.hide_branch().await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    assert_eq!(browser.path(), "/family", "one location only needs no choice");
    browser.open("/location").await;
    assert!(!browser.says("東支所"));
    browser.post("/location", &[("location", &hidden.to_string())]).await;
    assert_eq!(browser.status(), 422);
    browser.open("/family").await;
    browser.post("/calendar", &[("slot", &format!("{hidden}.2026-04-13.0930"))]).await;
    assert!(browser.says("その時間は受け付けていません"), "{}", browser.text());
}

#[tokio::test]
async fn a_time_that_filled_up_meanwhile_leads_to_another_choice_with_everything_kept() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for number in 1..=5 {
        city.card(number, &format!("田中 {number}")).await;
    }
    let mut late = city.browser();
    enter(&city, &mut late, 5, "late@example.jp").await;
    choose(&mut late, "本庁舎", "4月13日（月）", "9:30").await;
    acknowledge(&mut late).await;
    city.clock.pass(std::time::Duration::from_mins(11));
    for number in 1..=4 {
        let email = format!("n{number}@example.jp");
        let mut browser = city.browser();
        book(&city, &mut browser, number, &email).await;
        city.letter(&email).await;
    }
    late.press("この内容で予約する").await;
    assert_eq!(late.status(), 422);
    assert!(late.says("選んだ時間は満員になりました"), "{}", late.text());
    assert_eq!(city.taken(SLOT).await, 4);
    late.follow("ほかの時間を選ぶ").await;
    choose_time(&mut late, "4月13日（月）", "10:00").await;
    acknowledge(&mut late).await;
    late.press("この内容で予約する").await;
    assert_eq!(late.path(), "/done");
    city.letter("late@example.jp").await;
}

#[tokio::test]
async fn two_tabs_choose_two_times_and_the_later_one_is_booked_once() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut first = city.browser();
    enter(&city, &mut first, 1, EMAIL).await;
    choose(&mut first, "本庁舎", "4月13日（月）", "9:30").await;
    acknowledge(&mut first).await;
    let mut second = first.clone();
    second.open("/calendar").await;
    choose_time(&mut second, "4月14日（火）", "10:00").await;
    acknowledge(&mut second).await;

    first.press("この内容で予約する").await;
    second.press("この内容で予約する").await;
    assert_eq!((first.path(), second.path()), ("/done", "/done"));
    assert_eq!(city.letters(EMAIL).await.len(), 1);
    assert_eq!(city.taken(SLOT).await + city.taken("2026-04-14.1000").await, 1);
}

#[tokio::test]
async fn the_back_button_after_the_booking_does_not_book_again() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    choose(&mut browser, "本庁舎", "4月13日（月）", "9:30").await;
    let precautions = browser.clone();
    acknowledge(&mut browser).await;
    browser.press("この内容で予約する").await;
    city.letter(EMAIL).await;

    let mut back = precautions;
    for number in 1..=5 {
        back.tick(&format!("{number}. "));
    }
    back.press("すべて確認しました").await;
    assert_ne!(back.path(), "/precautions", "{}", back.text());
    let once = browser.hidden("once");
    back.post("/confirm", &[("once", &once)]).await;
    assert_eq!(city.taken(SLOT).await, 1);
    assert!(city.letters(EMAIL).await.is_empty());
}

#[tokio::test]
async fn another_citizen_s_session_is_not_reached_by_its_slot_or_its_people() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let other = city.card(2, "佐藤 花子").await;
    city.card(1, "田中 健太").await;
    let mut victim = city.browser();
    book(&city, &mut victim, 2, "hanako@example.jp").await;
    city.letter("hanako@example.jp").await;
    let mut browser = city.browser();
    book(&city, &mut browser, 1, EMAIL).await;
    city.letter(EMAIL).await;

    let once = browser.open("/my/cancel").await.hidden("once");
    browser.post("/my/cancel", &[("member", &other.to_string()), ("once", &once)]).await;
    assert_eq!(browser.status(), 422);
    assert_eq!(city.taken(SLOT).await, 2);
}

#[tokio::test]
async fn after_half_an_hour_without_a_request_the_way_begins_anew() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    choose(&mut browser, "本庁舎", "4月13日（月）", "9:30").await;
    city.clock.pass(std::time::Duration::from_mins(36));
    for number in 1..=5 {
        browser.tick(&format!("{number}. "));
    }
    browser.press("すべて確認しました").await;
    assert_eq!(browser.status(), 403);
    assert!(browser.title().contains("時間が過ぎました"), "{}", browser.title());
    assert_eq!(city.taken(SLOT).await, 0, "the hold is over too");
}

#[tokio::test]
async fn no_address_ever_carries_what_the_citizen_typed() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    book(&city, &mut browser, 1, EMAIL).await;
    city.letter(EMAIL).await;
    browser.open("/my/booking").await;
    for place in browser.redirects() {
        for typed in ["000001", "A13", "0413", "taro", "example"] {
            assert!(!place.contains(typed), "{place} holds {typed}");
        }
    }
    browser.forget();
    browser.open("/done").await;
    assert_eq!(browser.path(), "/notice", "without the cookie nothing is shown");
}
