//! Cards are moved by scanning.

use super::{card, city, lies};
use crate::kit::Browser;

/// Types into the scan field and presses Enter, as a scanner does.
async fn scan(clerk: &mut Browser, label: &str, what: &str) {
    clerk.fill(label, what).press("移す").await;
}

const CARD: &str = "カードを読み取る（箱の札を読み取ると移す先が替わります）";

#[tokio::test]
async fn a_label_and_then_card_after_card_are_scanned_and_a_second_scan_is_harmless() {
    let (city, _) = city().await;
    let (one, two) = (city.card(345_601, "田中 健太").await, city.card(345_602, "佐藤 花子").await);
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage/move").await;
    scan(&mut clerk, "移す先の箱の札を読み取る", "ｂｘ００００１").await;
    assert!(clerk.says("移す先：本庁舎の保管庫 B-01"), "{}", clerk.text());
    scan(&mut clerk, CARD, "Ａ１３－３４５６０１").await;
    assert_eq!((clerk.status(), clerk.fragment()), (200, "scan"), "{}", clerk.text());
    assert!(
        clerk.says("移しました") && clerk.says("B-01-001") && clerk.says("田中 健太さん"),
        "{}",
        clerk.text()
    );
    scan(&mut clerk, CARD, "A13345601").await;
    assert!(clerk.says("すでにここにあります"), "{}", clerk.text());
    scan(&mut clerk, CARD, "a13-345602").await;
    assert_eq!(
        (lies(&city, one).await, lies(&city, two).await),
        ("B-01-001".to_owned(), "B-01-002".to_owned())
    );
    assert!(
        !clerk.address().contains("345602"),
        "what was scanned stands in no address: {}",
        clerk.address()
    );
}

#[tokio::test]
async fn the_last_scan_is_taken_back_and_an_old_page_cannot_take_back_another() {
    let (city, _) = city().await;
    let one = city.card(345_601, "田中 健太").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage/move?to=b1").await;
    scan(&mut clerk, CARD, "A13-345601").await;
    let mut late = clerk.clone();
    clerk.press("元に戻す").await;
    assert!(clerk.says("移動を元に戻しました"), "{}", clerk.text());
    assert_eq!(card(&city, one).await.storage, None, "it lay nowhere before");
    late.press("元に戻す").await;
    assert!(late.status() == 422 && late.says("ほかの職員が先に"), "{}", late.text());
}

#[tokio::test]
async fn two_cards_with_one_notice_id_are_told_apart_by_birth_date() {
    let (city, _) = city().await;
    let old = city.card_of(345_601, "田中 健太", "1950-11-02").await;
    let young = city.card_of(345_601, "田中 健太", "1990-04-13").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage/move?to=b2").await;
    scan(&mut clerk, CARD, "A13-345601").await;
    assert!(
        clerk.says("同じ番号のカード 2枚") && clerk.says("S25.11.2") && clerk.says("H2.4.13"),
        "{}",
        clerk.text()
    );
    clerk.press("このカード：田中 健太さん S25.11.2").await;
    assert!(clerk.says("移しました"), "{}", clerk.text());
    assert_eq!(lies(&city, old).await, "B-02-001");
    assert_eq!(card(&city, young).await.storage, None, "the other one stays");
}

#[tokio::test]
async fn what_cannot_be_moved_is_said_and_the_target_stays() {
    let (city, _) = city().await;
    for number in 345_601..=345_603 {
        city.card(number, "田中 健太").await;
    }
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage/move").await;
    scan(&mut clerk, "移す先の箱の札を読み取る", "A13-345601").await;
    assert!(clerk.status() == 422 && clerk.says("先に移す先の箱"), "{}", clerk.text());
    clerk.open("/storage/move?to=b1").await;
    for (typed, said) in [
        ("A13-999999", "登録されていません"),
        ("4901234567894", "カードの番号でも箱の札でもありません"),
        ("あ１３３４５６０１", "日本語入力（IME）を切って"),
        ("", "読み取ってください"),
    ] {
        scan(&mut clerk, CARD, typed).await;
        assert!(clerk.status() == 422 && clerk.says(said), "{typed}: {}", clerk.text());
        assert!(clerk.says("移す先：本庁舎の保管庫 B-01"), "{}", clerk.text());
    }
    scan(&mut clerk, CARD, "A13-345601").await;
    scan(&mut clerk, CARD, "A13-345602").await;
    scan(&mut clerk, CARD, "A13-345603").await;
    assert!(clerk.status() == 422 && clerk.says("この箱はいっぱいです（2枚）"), "{}", clerk.text());
}

#[tokio::test]
async fn two_scanners_at_once_give_each_card_its_own_number() {
    let (city, _) = city().await;
    let mut all = Vec::new();
    for number in 1..=20 {
        all.push(city.card(345_600 + number, "田中 健太").await);
    }
    let mut first = city.clerk("counter").await;
    let mut second = city.clerk("manager").await;
    first.open("/storage/move?to=b2").await;
    second.open("/storage/move?to=b2").await;
    let run = async |clerk: &mut Browser, from: u32| {
        for number in from..from + 10 {
            scan(clerk, CARD, &format!("A13-{}", 345_600 + number)).await;
            assert!(clerk.says("移しました"), "{}", clerk.text());
        }
    };
    tokio::join!(run(&mut first, 1), run(&mut second, 11));
    let mut spots = std::collections::BTreeSet::new();
    for id in all {
        assert!(spots.insert(lies(&city, id).await), "two cards have one number");
    }
    assert_eq!(spots.last().map(String::as_str), Some("B-02-020"));
}

#[tokio::test]
async fn a_hand_over_is_scanned_by_both_and_says_in_between_who_has_the_card() {
    let (city, _) = city().await;
    let id = city.card(345_601, "田中 健太").await;
    let mut giver = city.clerk("counter").await;
    let mut taker = city.clerk("manager").await;
    giver.open("/storage/hand-over").await;
    giver.fill("渡すカードを読み取る", "A13-345601").press("渡す").await;
    assert!(giver.status() == 422 && giver.says("渡す相手を選んでください"), "{}", giver.text());
    giver.open("/storage/hand-over?person=2").await;
    giver.fill("渡すカードを読み取る", "A13-345601").press("渡す").await;
    assert!(giver.says("渡しました") && giver.says("手渡し中 1枚"), "{}", giver.text());
    giver.open(&format!("/cards/{id}")).await;
    assert!(giver.says("手渡し中 山田 花子さんへ"), "{}", giver.text());
    giver.open("/storage/hand-over?act=take&to=b2").await;
    giver.fill("箱の札か、受け取るカードを読み取る", "A13-345601").press("受け取る").await;
    assert!(giver.status() == 422 && giver.says("別の人にしてください"), "{}", giver.text());
    taker.open("/storage/hand-over?act=take").await;
    taker.fill("箱の札か、受け取るカードを読み取る", "BX00002").press("受け取る").await;
    taker.fill("箱の札か、受け取るカードを読み取る", "A13-345601").press("受け取る").await;
    assert!(taker.says("受け取りました") && taker.says("手渡し中 0枚"), "{}", taker.text());
    assert_eq!(lies(&city, id).await, "B-02-001");
}
