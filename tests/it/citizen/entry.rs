//! The way in: the check of a notice, the mail, its link and its code.

use super::steps::{EMAIL, ask_for_link, book, check};
use crate::kit::TestMunicipality;

const LOCKED: u16 = 429;

#[tokio::test]
async fn a_link_opens_as_often_as_wanted_and_elsewhere_after_the_birthday() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    ask_for_link(&mut browser, 1, EMAIL).await;
    let link = city.letter(EMAIL).await.link("/m/");

    for _ in 0..2 {
        browser.open(&link).await;
        assert_eq!((browser.status(), browser.field("birth_month").len()), (200, 0));
    }
    browser.press("予約の手続きを続ける").await;
    assert_eq!(browser.path(), "/location");

    let mut elsewhere = city.browser().at_address("198.51.100.7");
    elsewhere.open(&link).await.fill("月", "4").fill("日", "14").press("予約の手続きを続ける").await;
    assert_eq!((elsewhere.status(), elsewhere.fragment()), (422, "err"));
    elsewhere.fill("月", "４").fill("日", "１３").press("予約の手続きを続ける").await;
    assert_eq!(elsewhere.path(), "/location");
}

#[tokio::test]
async fn a_link_whose_booking_was_made_leads_to_my_booking() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    ask_for_link(&mut browser, 1, EMAIL).await;
    let link = city.letter(EMAIL).await.link("/m/");
    book_from(&city, &mut browser, &link).await;

    browser.open(&link).await;
    assert_eq!(browser.path(), "/my/booking");
    let mut elsewhere = city.browser();
    elsewhere.open(&link).await;
    assert_eq!(elsewhere.path(), "/my");
    assert_eq!(elsewhere.fragment(), "main");
}

async fn book_from(city: &TestMunicipality, browser: &mut crate::kit::Browser, link: &str) {
    browser.open(link).await.press("予約の手続きを続ける").await;
    super::steps::choose(browser, "本庁舎", "4月13日（月）", "9:30").await;
    super::steps::acknowledge(browser).await;
    browser.press("この内容で予約する").await;
    city.letter(EMAIL).await;
}

#[tokio::test]
async fn the_code_beside_the_link_opens_the_pages_in_the_browser_that_asked() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    ask_for_link(&mut browser, 1, EMAIL).await;
    let code = city.letter(EMAIL).await.code();
    let wrong = if code == "000000" { "111111" } else { "000000" };

    browser.fill("メールに書かれた6けたの数字", wrong).press("数字を確認して続ける").await;
    assert_eq!(browser.status(), 422);
    browser.fill("メールに書かれた6けたの数字", &code).press("数字を確認して続ける").await;
    assert_eq!(browser.path(), "/location");
}

#[tokio::test]
async fn a_code_is_gone_after_five_wrong_ones_and_after_half_an_hour() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    ask_for_link(&mut browser, 1, EMAIL).await;
    let code = city.letter(EMAIL).await.code();
    let mut slow = browser.clone();
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        browser.fill("メールに書かれた6けたの数字", wrong).press("数字を確認して続ける").await;
    }
    browser.fill("メールに書かれた6けたの数字", &code).press("数字を確認して続ける").await;
    assert!(browser.says("この数字は、もう使えません"), "{}", browser.text());

    browser.press("もう一度送る").await;
    assert_eq!(browser.path(), "/email/sent");
    let fresh = city.letter(EMAIL).await.code();
    city.clock.pass(std::time::Duration::from_mins(29));
    slow.open("/email/sent").await;
    city.clock.pass(std::time::Duration::from_mins(1));
    slow.fill("メールに書かれた6けたの数字", &fresh).press("数字を確認して続ける").await;
    assert!(slow.says("この数字は、もう使えません"), "{}", slow.text());
}

#[tokio::test]
async fn whatever_is_wrong_with_a_check_the_page_says_the_same() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    for (number, name) in [(1, "田中 健太"), (2, "佐藤 花子")] {
        city.card(number, name).await;
    }
    book(&city, &mut city.browser(), 2, EMAIL).await;

    let mut pages = Vec::new();
    for (number, day) in [(1, "14"), (9, "13"), (2, "14")] {
        let mut browser = city.browser().at_address(&format!("198.51.100.{number}"));
        check(&mut browser, number, "4", day).await;
        assert_eq!(browser.status(), 422);
        pages.push(browser.text().to_owned());
    }
    assert!(pages[0].contains("番号または誕生日が登録と一致しません"));
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");

    let mut booked = city.browser();
    check(&mut booked, 2, "4", "13").await;
    let mut free = city.browser();
    check(&mut free, 1, "4", "13").await;
    assert_eq!((booked.path(), booked.text()), ("/email", free.text()));
}

#[tokio::test]
async fn a_notice_waits_half_an_hour_after_five_wrong_checks_from_one_network() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    for _ in 0..5 {
        check(&mut browser, 1, "4", "14").await;
    }
    assert_eq!(browser.status(), LOCKED);
    assert!(browser.says("4月6日（月）9:30から"), "{}", browser.text());
    check(&mut browser, 1, "4", "13").await;
    assert_eq!(browser.status(), LOCKED, "the right birthday waits too");
    let mut elsewhere = city.browser().at_address("198.51.100.7");
    check(&mut elsewhere, 1, "4", "13").await;
    assert_eq!(elsewhere.path(), "/email", "another network does not");
    city.clock.pass(std::time::Duration::from_mins(30));
    check(&mut browser, 1, "4", "13").await;
    assert_eq!(browser.path(), "/email");
}

#[tokio::test]
async fn a_network_waits_an_hour_after_ten_wrong_checks() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    for number in 100..110 {
        check(&mut browser, number, "4", "13").await;
        assert_eq!(browser.status(), 422);
    }
    check(&mut browser, 1, "4", "13").await;
    assert_eq!(browser.status(), LOCKED);
    city.clock.pass(std::time::Duration::from_hours(1));
    check(&mut browser, 1, "4", "13").await;
    assert_eq!(browser.path(), "/email");
}

#[tokio::test]
async fn after_twenty_wrong_checks_in_a_day_only_the_mail_gives_the_answer() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    for network in 0..20 {
        let mut browser = city.browser().at_address(&format!("198.51.100.{network}"));
        check(&mut browser, 1, "4", "14").await;
        assert_eq!(browser.status(), 422);
    }
    let mut stranger = city.browser();
    check(&mut stranger, 1, "4", "14").await;
    assert_eq!(stranger.path(), "/email", "a wrong check looks like a right one");
    stranger.fill("メールアドレス", "stranger@example.jp").press("メールを送る").await;
    assert_eq!(stranger.path(), "/email/sent");
    assert!(city.letters("stranger@example.jp").await.is_empty());

    let mut owner = city.browser().at_address("203.0.113.5");
    ask_for_link(&mut owner, 1, EMAIL).await;
    assert_eq!(city.letter(EMAIL).await.kind, "link", "the citizen is not shut out");
}

#[tokio::test]
async fn a_shared_notice_id_asks_for_the_year_and_then_for_the_kana() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for (name, kana, birth) in [
        ("田中 健太", "タナカ ケンタ", "1990-04-13"),
        ("田中 健一", "タナカ ケンイチ", "1990-04-13"),
        ("佐藤 花子", "サトウ ハナコ", "1985-04-13"),
    ] {
        city.card_with_kana(1, name, kana, birth).await;
    }
    let mut browser = city.browser();
    check(&mut browser, 1, "4", "13").await;
    assert_eq!(browser.status(), 422);
    assert!(browser.says("生まれた年も入力してください"), "{}", browser.text());
    browser.fill("生まれた年", "平成2年").press("確認して次へ進む").await;
    assert!(browser.says("氏名のフリガナも入力してください"), "{}", browser.text());
    browser.fill("氏名のフリガナ", "たなか けんた").press("確認して次へ進む").await;
    assert_eq!(browser.path(), "/email");
}

#[tokio::test]
async fn a_form_without_its_token_is_refused() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut browser = city.browser();
    browser.open("/notice").await;
    browser.post_bare("/notice", &[("notice_id".to_owned(), "A13000001".to_owned())]).await;
    assert_eq!(browser.status(), 403);
    assert!(browser.title().contains("使えなくなりました"), "{}", browser.title());

    let token = browser.open("/notice").await.hidden("csrf");
    let mut other = city.browser();
    other.open("/notice").await;
    other.post_bare("/notice", &[("csrf".to_owned(), token)]).await;
    assert_eq!(other.status(), 403, "another browser's token is none");
}
