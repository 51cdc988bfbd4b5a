//! Places, boxes, labels and rules.

use madoguchi::cards::storage::{self, MoveError, Moving, Target};

use super::{city, lies};

#[tokio::test]
async fn a_place_and_its_boxes_are_added_changed_and_retired_when_they_are_empty() {
    let (city, _) = city().await;
    let mut boss = city.clerk("manager").await;
    boss.open("/storage/new").await.press("保管場所を足す").await;
    assert!(boss.status() == 422 && boss.says("40文字まで"), "{}", boss.text());
    boss.fill("符号", "n").fill("名前", "新しい金庫").press("保管場所を足す").await;
    assert!(boss.says("保管場所「新しい金庫」を足しました"), "{}", boss.text());
    boss.follow("箱を足す").await.fill("箱の名前", "N-01").fill("入る枚数", "１２０").press("箱を足す").await;
    assert!(boss.says("箱「N-01」を足しました"), "{}", boss.text());
    boss.follow("箱を足す").await.fill("箱の名前", "N-01").press("箱を足す").await;
    assert!(boss.status() == 422 && boss.says("同じ名前（符号）がすでにあります"), "{}", boss.text());
    boss.open("/storage").await;
    assert!(boss.says("N-01") && boss.says("0／120"), "{}", boss.text());
    boss.open("/storage/boxes/4").await.tick("この箱はもう使わない").press("保存する").await;
    assert!(boss.says("箱「N-01」を保存しました") && boss.says("使わない"), "{}", boss.text());
    boss.open("/storage/labels").await;
    assert!(boss.says("BX00001") && !boss.says("BX00004"), "a retired box needs no label: {}", boss.text());
}

#[tokio::test]
async fn labels_are_drawn_for_one_place_at_a_time_and_for_all_when_they_are_asked_for() {
    let (city, _) = city().await;
    let mut boss = city.clerk("manager").await;
    boss.open("/storage/labels").await;
    let codes = |page: &str| page.matches("aria-label=\"札 ").count();
    let one = codes(&boss.page().html);
    assert!(
        one > 0 && boss.page().html.matches("<section class=\"labelsheet\">").count() == 1,
        "{}",
        boss.text()
    );
    boss.select("保管場所", "すべての場所").press("表示").await;
    assert_eq!(boss.status(), 200);
    let (all, sheets) =
        (codes(&boss.page().html), boss.page().html.matches("<section class=\"labelsheet\">").count());
    assert!(all > one && sheets > 1, "{all} of {sheets} places: {}", boss.text());
    boss.open("/storage/labels?storage=99").await;
    assert_eq!((boss.status(), codes(&boss.page().html)), (200, one), "what is no place is the usual one");
}

#[tokio::test]
async fn a_form_of_a_box_that_somebody_overtook_changes_nothing() {
    let (city, _) = city().await;
    let mut slow = city.clerk("manager").await;
    slow.open("/storage/boxes/1").await;
    let mut quick = slow.clone();
    quick.fill("入る枚数", "5").press("保存する").await;
    slow.fill("入る枚数", "7").press("保存する").await;
    assert!(slow.status() == 422 && slow.says("ほかの職員が先に変更しました"), "{}", slow.text());
    slow.open("/storage").await;
    assert!(slow.says("0／5"), "{}", slow.text());
}

#[tokio::test]
async fn ticked_cards_go_to_another_box_and_those_that_cannot_say_why() {
    let (city, boxes) = city().await;
    let mut all = Vec::new();
    for number in 1..=3 {
        let id = city.card(345_600 + number, &format!("田中 {number}郎")).await;
        let to = Target::Box(boxes.second);
        city.write(move |tx| {
            storage::move_card(tx, &Moving { card: id, to, expect_version: None, batch: None })?;
            Ok::<_, MoveError>(())
        })
        .await;
        all.push(id);
    }
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage/1?box=2").await;
    assert!(clerk.says("B-02-001") && clerk.says("田中 3郎"), "{}", clerk.text());
    clerk.press("移す").await;
    assert!(clerk.status() == 422 && clerk.says("移すカードを選んでください"), "{}", clerk.text());
    for number in 1..=3 {
        clerk.tick(&format!("選ぶ：田中 {number}郎さん"));
    }
    clerk.select("移す先", "本庁舎の保管庫 B-01").press("移す").await;
    assert!(clerk.says("3枚のうち2枚を「本庁舎の保管庫 B-01」へ移しました"), "{}", clerk.text());
    assert!(clerk.says("この箱はいっぱいです（2枚）"), "{}", clerk.text());
    assert_eq!(lies(&city, all[0]).await, "B-01-001");
    assert_eq!(lies(&city, all[2]).await, "B-02-003");
}

#[tokio::test]
async fn a_rule_is_added_tried_and_taken_away() {
    let (city, _) = city().await;
    let mut boss = city.clerk("manager").await;
    boss.open("/storage/rules").await;
    assert!(boss.says("規則はまだありません"), "{}", boss.text());
    boss.select("交付場所", "本庁舎").fill("試す交付通知書ID", "A13-345601").press("試す").await;
    assert!(boss.says("当てはまる規則がありません"), "{}", boss.text());
    boss.open("/storage/rules").await.select("交付場所", "本庁舎").press("規則を足す").await;
    assert!(boss.says("交付場所が本庁舎"), "{}", boss.text());
    boss.select("交付場所", "本庁舎").press("規則を足す").await;
    assert!(boss.status() == 422 && boss.says("同じ規則がすでにあります"), "{}", boss.text());
    boss.open("/storage/rules").await;
    boss.select("交付場所", "本庁舎").fill("試す交付通知書ID", "ａ１３３４５６０１").press("試す").await;
    assert!(boss.says("本庁舎の保管庫 B-01-001"), "{}", boss.text());
    assert!(!boss.address().contains("345601"), "{}", boss.address());
    boss.press("消す：交付場所が本庁舎").await;
    assert!(boss.says("規則を消しました") && boss.says("規則はまだありません"), "{}", boss.text());
}

#[tokio::test]
async fn somebody_who_moves_cards_may_not_change_the_places() {
    let (city, _) = city().await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage").await;
    assert_eq!((clerk.status(), clerk.says("保管場所を足す")), (200, false), "{}", clerk.text());
    for path in ["/storage/new", "/storage/rules", "/storage/1/edit", "/storage/boxes/1"] {
        clerk.open(path).await;
        assert_eq!(clerk.status(), 403, "{path}");
    }
}
