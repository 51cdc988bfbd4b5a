//! Whatever is typed into a form gets a sentence, keeps its values, and writes nothing; what it means is understood in
//! any width.

use super::steps::{EMAIL, acknowledge, book, check, choose, enter};
use crate::kit::{Browser, TestMunicipality};

const NONSENSE: [&str; 8] = [
    "",
    "😀😀😀",
    "'; DROP TABLE card; --",
    "<script>alert(1)</script>",
    "\u{0}\u{1b}[31m\u{7f}",
    "\u{202e}A13-000001",
    "%00%0d%0a",
    "{{ frame.csrf }}",
];

fn too_long() -> String {
    "9".repeat(5000)
}

/// The page says what is wrong, in the summary and beside the field, in the same words.
fn says_what_is_wrong(browser: &Browser, field: &str) {
    assert_eq!((browser.status(), browser.fragment()), (422, "err"), "{}", browser.text());
    assert!(browser.title().starts_with("エラー："), "{}", browser.title());
    let controls = browser.field(field);
    assert!(controls.iter().all(|control| control.invalid), "{field} is marked");
    let beside = controls[0].described.clone();
    let told = browser.page().links.iter().filter(|link| link.href == format!("#{field}"));
    let told: Vec<&str> = told.map(|link| link.name.as_str()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(beside.contains(&format!("エラー：{}", told[0])), "{beside} / {told:?}");
    assert!(!browser.page().html.contains("<script"), "what was typed is never markup");
}

#[tokio::test]
async fn a_notice_that_cannot_be_one_is_told_beside_its_field_and_kept() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    browser.open("/notice").await;
    for typed in NONSENSE.iter().map(|typed| (*typed).to_owned()).chain([too_long()]) {
        if typed.contains("000001") {
            continue;
        }
        browser
            .fill("交付通知書の番号", &typed)
            .fill("月", "4")
            .fill("日", "13")
            .press("確認して次へ進む")
            .await;
        says_what_is_wrong(&browser, "notice_id");
        assert_eq!(browser.field("birth_month")[0].value, "4", "the rest is kept");
    }
    browser
        .fill("交付通知書の番号", "A1-34")
        .fill("月", "4")
        .fill("日", "39")
        .press("確認して次へ進む")
        .await;
    assert_eq!(browser.field("notice_id")[0].value, "A1-34");
    assert_eq!(browser.field("birth_day")[0].value, "39");
}

#[tokio::test]
async fn a_birthday_that_cannot_be_one_is_told_beside_its_field() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut browser = city.browser();
    browser.open("/notice").await;
    for (month, day, field, sentence) in [
        ("", "", "birth_month", "誕生日の月と日を入力してください"),
        ("13", "1", "birth_month", "1から12までの数字"),
        ("😀", "1", "birth_month", "1から12までの数字"),
        ("4", "", "birth_day", "1から31までの数字"),
        ("4", "-1", "birth_day", "1から31までの数字"),
        ("2", "30", "birth_day", "その日はありません"),
    ] {
        browser.fill("交付通知書の番号", "A13-000001").fill("月", month).fill("日", day);
        browser.press("確認して次へ進む").await;
        says_what_is_wrong(&browser, field);
        assert!(browser.says(sentence), "{month}/{day}: {}", browser.text());
    }
}

#[tokio::test]
async fn a_notice_is_understood_in_any_width_and_with_any_dash() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    for typed in
        ["Ａ１３－０００００１", "a13 000001", "A13ー000001", "A13‐000001", " a13−000001 ", "A13000001"]
    {
        let mut browser = city.browser();
        browser.open("/notice").await;
        browser
            .fill("交付通知書の番号", typed)
            .fill("月", "４")
            .fill("日", "１３")
            .press("確認して次へ進む")
            .await;
        assert_eq!(browser.path(), "/email", "{typed}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_one_is_told_beside_its_field() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    check(&mut browser, 1, "4", "13").await;
    let wrong =
        ["", "taro", "taro@", "@example.jp", "a b@example.jp", "taro@example", "<b>@x", "taro@exa mple.jp"];
    for typed in wrong.iter().map(|typed| (*typed).to_owned()).chain([format!("{}@example.jp", too_long())]) {
        browser.fill("メールアドレス", &typed).press("メールを送る").await;
        says_what_is_wrong(&browser, "email");
    }
    browser.fill("メールアドレス", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ").press("メールを送る").await;
    assert_eq!(browser.path(), "/email/sent");
    assert_eq!(city.letter(EMAIL).await.kind, "link");
}

#[tokio::test]
async fn nothing_chosen_is_told_on_each_step() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    browser.press("この場所で次へ進む").await;
    says_what_is_wrong(&browser, "location");
    choose(&mut browser, "本庁舎", "4月13日（月）", "9:30").await;
    browser.tick("1. ").press("すべて確認しました").await;
    assert_eq!((browser.status(), browser.field("ack").iter().filter(|box_| box_.ticked).count()), (422, 1));
    for missing in 2..=5 {
        assert!(browser.says(&format!("エラー：「{missing}. ")), "{}", browser.text());
    }
    acknowledge(&mut browser).await;
}

#[tokio::test]
async fn a_code_of_other_signs_is_told_beside_its_field() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    super::steps::ask_for_link(&mut browser, 1, EMAIL).await;
    let code = city.letter(EMAIL).await.code();
    for typed in ["", "12", "😀", "<b>"] {
        browser.fill("メールに書かれた6けたの数字", typed).press("数字を確認して続ける").await;
        says_what_is_wrong(&browser, "code");
    }
    let wide: String = code.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
    browser.fill("メールに書かれた6けたの数字", &wide).press("数字を確認して続ける").await;
    assert_eq!(browser.path(), "/location", "full-width digits are digits");
}

#[tokio::test]
async fn family_is_added_taken_out_and_booked_together() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for (number, name) in [(1, "田中 健太"), (2, "田中 花子"), (3, "田中 一郎")] {
        city.card(number, name).await;
    }
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    for number in [2, 3] {
        join(&mut browser, "家族をもう1人追加する", number).await;
        assert_eq!((browser.path(), browser.fragment()), ("/family", "msg"));
        assert!(browser.says("家族を1人追加しました"), "{}", browser.text());
    }
    browser.press("外す：家族2").await;
    assert!(browser.says("家族を1人外しました") && browser.says("いまは2人です"), "{}", browser.text());
    browser.open("/family").await;
    assert!(!browser.says("家族を1人外しました"), "it is said once");
    join(&mut browser, "家族をもう1人追加する", 2).await;
    says_what_is_wrong(&browser, "notice_id");
    assert!(browser.says("この方は、もう入っています"));
    browser.open("/family").await.press("人で次へ進む").await;
    super::steps::choose_time(&mut browser, "4月13日（月）", "9:30").await;
    acknowledge(&mut browser).await;
    browser.press("この内容で予約する").await;
    assert!(browser.says("人数：2人"), "{}", browser.text());
    city.letter(EMAIL).await;

    browser.open("/my/booking").await;
    join(&mut browser, "家族を追加する", 3).await;
    assert_eq!((browser.path(), browser.fragment()), ("/my/booking", "msg"));
    assert!(browser.says("人数：3人"), "{}", browser.text());
    assert_eq!(city.letter(EMAIL).await.kind, "booking_changed");
    assert_eq!(city.taken(super::steps::SLOT).await, 3);
}

async fn join(browser: &mut Browser, link: &str, number: u32) {
    browser.follow(link).await;
    browser.fill("交付通知書の番号", &format!("A13-{number:06}")).fill("月", "4").fill("日", "13");
    browser.press("この家族を追加する").await;
}

#[tokio::test]
async fn one_person_or_everybody_is_cancelled() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    book(&city, &mut browser, 1, EMAIL).await;
    city.letter(EMAIL).await;
    browser.open("/my/booking").await.follow("予約を取り消す").await;
    browser.press("予約を取り消す").await;
    assert!(browser.says("エラー：取り消す人を選んでください"), "{}", browser.text());
    assert_eq!((browser.status(), city.taken(super::steps::SLOT).await), (422, 1));

    browser.tick("あなた").press("予約を取り消す").await;
    assert_eq!((browser.path(), browser.fragment()), ("/my/booking", "msg"));
    assert!(browser.says("予約を取り消しました") && browser.says("いま、予約はありません"));
    let told = city.letter(EMAIL).await;
    assert_eq!(told.kind, "booking_cancelled");
    assert!(told.calendar.unwrap().contains("METHOD:CANCEL"));
    assert_eq!(city.taken(super::steps::SLOT).await, 0);
}
