//! The wording of the letters, as a manager rewrites it and a citizen reads it.

use madoguchi::mail::wording;
use madoguchi::render::Renderer;

use crate::citizen::steps::{EMAIL, book, enter};
use crate::kit::TestMunicipality;

/// The label of a sentence's field: the product's own sentence.
fn label(key: &str) -> String {
    let renderer = Renderer::load().unwrap();
    let standard = madoguchi::render::catalogue::written(renderer.catalogue().find("ja", key).unwrap());
    if key == "mail.extra" { "追加の文".to_owned() } else { standard }
}

const CONFIRMED: &str = "/mail/templates/booking_confirmed?language=ja";

#[tokio::test]
async fn every_letter_has_a_name_on_the_page_of_all_letters() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut manager = city.clerk("manager").await;
    manager.open("/mail/templates").await;
    assert!(manager.says("時間の選び直しのお願い") && !manager.says("その他"), "{}", manager.text());
}

#[tokio::test]
async fn a_sentence_that_the_city_rewrote_is_what_the_next_citizen_reads() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut manager = city.clerk("manager").await;
    manager.open(CONFIRMED).await;
    manager.fill(&label("mail.confirmed"), "ご予約を承りました。（{city_name}）");
    manager.press("保存する").await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("{city_name} は、この文では差し込めません"), "{}", manager.text());
    manager.fill(&label("mail.confirmed"), "ご予約を承りました。");
    manager.fill(&label("mail.extra"), "駐車場は混み合います。\n電車やバスをご利用ください。");
    manager.press("入力した文で見る").await;
    assert!(manager.says("ご予約を承りました。") && manager.says("電車やバス"), "{}", manager.text());
    manager.press("保存する").await;
    assert!(manager.says("2か所の文を保存しました"), "{}", manager.text());

    book(&city, &mut city.browser(), 1, EMAIL).await;
    let letter = city.letter(EMAIL).await;
    assert!(letter.body.contains("\nご予約を承りました。\n"), "{}", letter.body);
    assert!(letter.body.contains("駐車場は混み合います。\n電車やバスをご利用ください。"), "{}", letter.body);
    assert!(letter.body.contains("/my"), "the way to change stays the product's");
}

#[tokio::test]
async fn what_a_citizen_needs_cannot_be_written_away() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut manager = city.clerk("manager").await;
    manager.open("/mail/templates/link?language=ja").await;
    manager.fill(&label("mail.link_number"), "番号は電話で聞いてください。").press("保存する").await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("{code} がありません"), "{}", manager.text());
    manager.fill(&label("mail.link_number"), "番号 {code} 123456789018").press("保存する").await;
    assert!(manager.says("個人番号に見える数字"), "{}", manager.text());
    manager
        .fill(&label("mail.link_number"), "")
        .fill(&label("mail.link_subject"), &"長".repeat(121))
        .press("保存する")
        .await;
    assert!(manager.says("120文字までで入力してください"), "{}", manager.text());
}

#[tokio::test]
async fn a_sentence_of_all_letters_stands_in_each_and_a_letters_own_goes_before_it() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut manager = city.clerk("manager").await;
    manager.open("/mail/templates/common?language=ja").await;
    manager.fill(&label("mail.foot_3"), "・お心当たりがなければ削除してください。").press("保存する").await;
    manager.open(CONFIRMED).await;
    manager.fill(&label("mail.foot_3"), "・間違いのときは電話してください。").press("保存する").await;

    let mut browser = city.browser();
    crate::citizen::steps::ask_for_link(&mut browser, 1, EMAIL).await;
    let link = city.letter(EMAIL).await;
    assert!(link.body.contains("・お心当たりがなければ削除してください。"), "{}", link.body);
    browser.open(&link.link("/m/")).await.press("予約の手続きを続ける").await;
    crate::citizen::steps::choose(&mut browser, "本庁舎", "4月13日（月）", "9:30").await;
    crate::citizen::steps::acknowledge(&mut browser).await;
    browser.press("この内容で予約する").await;
    let letter = city.letter(EMAIL).await;
    assert!(letter.body.contains("・間違いのときは電話してください。"), "{}", letter.body);
    assert!(!letter.body.contains("お心当たり"), "{}", letter.body);
}

#[tokio::test]
async fn two_who_rewrite_the_same_sentence_do_not_overwrite_each_other_and_the_past_comes_back() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut one = city.clerk("manager").await;
    let mut other = one.clone();
    one.open(CONFIRMED).await;
    other.open(CONFIRMED).await;
    one.fill(&label("mail.confirmed"), "一つ目の文です。").press("保存する").await;
    other.fill(&label("mail.confirmed"), "二つ目の文です。").press("保存する").await;
    assert_eq!(other.status(), 422);
    assert!(other.says("ほかの職員がこの文を直しました"), "{}", other.text());
    other.press("保存する").await;
    assert!(other.says("1か所の文を保存しました"), "seen and meant, it is kept: {}", other.text());
    one.open(CONFIRMED).await.press("前の文を入れる：一つ目の文です。").await;
    assert!(one.says("一つ目の文です。"), "{}", one.text());
    one.press("保存する").await;
    let own = city.city.db.read(madoguchi::db::Lane::Staff, wording::own).await.unwrap();
    let kept = own.at("booking_confirmed", "ja");
    assert_eq!(kept.get("mail.confirmed").map(String::as_str), Some("一つ目の文です。"));
}

#[tokio::test]
async fn an_example_goes_to_the_address_that_staff_type_and_is_marked() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut manager = city.clerk("manager").await;
    manager.open("/mail/templates/reminder?language=en").await;
    manager.fill("メールアドレス", "nobody").press("試しに送る").await;
    assert_eq!(manager.status(), 422);
    manager.fill("メールアドレス", "staff@mihon.example");
    let mut twice = manager.clone();
    manager.press("試しに送る").await;
    twice.press("試しに送る").await;
    let letter = city.letter("staff@mihon.example").await;
    assert!(letter.subject.starts_with("[Test] "), "{}", letter.subject);
    assert!(letter.body.contains("the day of your booking is near"), "{}", letter.body);
}

#[test]
fn every_sentence_of_every_letter_can_be_found_and_stands_for_itself() {
    let renderer = Renderer::load().unwrap();
    for language in ["ja", "ja-easy", "en"] {
        let mut seen = std::collections::BTreeSet::new();
        for letter in wording::letters() {
            let lines = wording::lines(&renderer, letter, language).unwrap().unwrap();
            assert!(!lines.is_empty(), "{letter}");
            for line in lines {
                if !line.standard.is_empty() {
                    assert_eq!(line.check(&line.standard), Ok(()), "{language} {letter} {}", line.key);
                }
                seen.insert(line.key);
            }
        }
        let all: std::collections::BTreeSet<String> = renderer
            .catalogue()
            .keys("ja")
            .filter(|key| key.starts_with("mail."))
            .map(str::to_owned)
            .collect();
        let lost: Vec<_> = all.difference(&seen).filter(|key| *key != "mail.sample").collect();
        assert!(lost.is_empty(), "{language}: no form shows {lost:?}");
    }
}

#[tokio::test]
async fn a_letter_whose_city_says_nothing_is_as_it_was() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    enter(&city, &mut city.browser(), 1, EMAIL).await;
}
