//! What is done with a card on its own page.

use madoguchi::base::CardId;
use madoguchi::cards::{self, Card, CardStatus};
use madoguchi::db::Lane;

use super::{booked, shelves};
use crate::kit::{Browser, TestMunicipality};

const MONDAY: &str = "2026-04-13 09:42";

async fn card(city: &TestMunicipality, id: CardId) -> Card {
    city.city.db.read(Lane::Staff, move |tx| cards::get(tx, id)).await.unwrap().unwrap()
}

async fn opened(city: &TestMunicipality, role: &str, id: CardId) -> Browser {
    let mut browser = city.clerk(role).await;
    browser.open(&format!("/cards/{id}")).await;
    assert_eq!(browser.status(), 200, "{}", browser.text());
    browser
}

#[tokio::test]
async fn a_remark_is_saved_and_told_in_the_history() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "call_center", id).await;
    clerk.fill("備考", "4/6 電話。\n子どもと2人。").press("保存").await;
    assert_eq!((clerk.status(), clerk.path()), (200, format!("/cards/{id}").as_str()));
    assert!(clerk.says("備考を保存しました") && clerk.says("備考を変更"), "{}", clerk.text());
    assert_eq!(card(&city, id).await.remark.uncover(), "4/6 電話。\n子どもと2人。");
    clerk.open(&format!("/cards/{id}")).await;
    assert!(!clerk.says("備考を保存しました"), "the banner is shown once");
}

#[tokio::test]
async fn twelve_digits_in_a_remark_are_asked_about_before_they_are_saved() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "counter", id).await;
    clerk.fill("備考", "荷物番号 1234 5678 9018").press("保存").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("個人番号（マイナンバー）は書けません"), "{}", clerk.text());
    assert_eq!(card(&city, id).await.remark.uncover(), "");
    clerk.tick("個人番号ではありません").press("保存").await;
    assert_eq!(clerk.status(), 200);
    assert_eq!(card(&city, id).await.remark.uncover(), "荷物番号 1234 5678 9018");
}

#[tokio::test]
async fn a_remark_that_somebody_overtook_shows_both_and_the_person_chooses() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut slow = opened(&city, "counter", id).await;
    let mut quick = opened(&city, "manager", id).await;
    quick.fill("備考", "入院のため取置").press("保存").await;
    slow.fill("備考", "9:30に来庁").press("保存").await;
    assert_eq!((slow.status(), slow.h1()), (422, "ほかの人が先に変えました"));
    assert!(slow.says("入院のため取置") && slow.says("9:30に来庁"), "{}", slow.text());
    assert_eq!(card(&city, id).await.remark.uncover(), "入院のため取置");
    slow.tick("自分の入力：9:30に来庁").press("選んだ内容で保存する").await;
    assert_eq!(slow.status(), 200);
    assert_eq!(card(&city, id).await.remark.uncover(), "9:30に来庁");
}

#[tokio::test]
async fn a_status_of_the_table_is_given_with_its_reason() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "counter", id).await;
    assert!(!clerk.says("規則にない状態にする"), "{}", clerk.text());
    clerk.follow("保留にする").await.press("保留にする").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("理由を入力してください"), "{}", clerk.text());
    clerk.fill("理由", "入院のため").press("保留にする").await;
    assert!(clerk.says("状態を「保留」にしました") && clerk.says("理由：入院のため"), "{}", clerk.text());
    assert_eq!(card(&city, id).await.status, CardStatus::OnHold);
    clerk.follow("通知書発送済にする").await.press("通知書発送済にする").await;
    assert_eq!(
        card(&city, id).await.status,
        CardStatus::Notified,
        "a held card goes back where it came from"
    );
}

#[tokio::test]
async fn beyond_the_table_it_takes_the_permission_and_a_reason() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "counter", id).await;
    let version = card(&city, id).await.version.to_string();
    let path = format!("/cards/{id}/status");
    clerk.post(&path, &[("to", "received"), ("reason", "誤り"), ("version", &version)]).await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("「通知書発送済」のカードは「到着・検品済」にできません"), "{}", clerk.text());
    for wrong in ["issued", "", "nothing", "'"] {
        clerk.post(&path, &[("to", wrong), ("reason", "誤り"), ("version", &version)]).await;
        assert_eq!(clerk.status(), 422, "{wrong}");
    }
    clerk.post(&path, &[("to", "disposed"), ("reason", "誤り"), ("version", &version)]).await;
    assert_eq!(clerk.status(), 422, "destroying follows the table, whoever asks");
    assert_eq!(card(&city, id).await.status, CardStatus::Notified);

    let mut manager = opened(&city, "manager", id).await;
    manager
        .follow("規則にない状態にする")
        .await
        .select("新しい状態", "到着・検品済")
        .press("状態を変える")
        .await;
    assert!(manager.status() == 422 && manager.says("理由を入力してください"), "{}", manager.text());
    manager.fill("理由", "発送前でした").press("到着・検品済にする").await;
    assert_eq!(manager.status(), 200, "{}", manager.text());
    assert_eq!(card(&city, id).await.status, CardStatus::Received);
}

#[tokio::test]
async fn a_card_is_proposed_for_destruction_only_after_its_number_was_typed_once_more() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(345_603, "田中 健太").await;
    let mut manager = opened(&city, "manager", id).await;
    manager.follow("失効にする").await.press("失効にする").await;
    assert!(manager.status() == 422 && manager.says("「失効」の区分を選んでください"), "{}", manager.text());
    manager.select("区分", "転出").press("失効にする").await;
    assert!(manager.says("転出"), "{}", manager.text());
    manager.follow("廃棄済にする").await.fill("理由", "失効のため").press("廃棄を提案する").await;
    assert!(manager.status() == 422 && manager.says("終わりの3文字"), "{}", manager.text());
    manager.fill("確かめるため", "６０３").press("廃棄を提案する").await;
    assert!(
        manager.says("廃棄を提案しました") && manager.says("提案した本人は承認できません"),
        "{}",
        manager.text()
    );
    assert_eq!(card(&city, id).await.status, CardStatus::Voided, "one person destroys nothing");
}

#[tokio::test]
async fn a_status_that_somebody_overtook_is_not_given() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut slow = opened(&city, "counter", id).await;
    slow.follow("保留にする").await;
    let mut quick = opened(&city, "manager", id).await;
    quick.follow("通知書返戻にする").await.fill("理由", "あて所なし").press("通知書返戻にする").await;
    slow.fill("理由", "入院").press("保留にする").await;
    assert_eq!((slow.status(), slow.h1()), (422, "ほかの人が先に変えました"));
    for words in ["通知書返戻", "通知書発送済", "保留"] {
        assert!(slow.says(words), "as it was, as it is, as it was wished: {}", slow.text());
    }
    assert_eq!(card(&city, id).await.status, CardStatus::NoticeReturned);
    let mut mine = slow.clone();
    slow.press("選んだ内容で保存する").await;
    assert!(slow.says("ほかの人が保存した内容を残しました"), "{}", slow.text());
    assert_eq!(card(&city, id).await.status, CardStatus::NoticeReturned);
    mine.tick("自分の入力：保留").press("選んだ内容で保存する").await;
    assert_eq!(card(&city, id).await.status, CardStatus::OnHold, "{}", mine.text());
}

#[tokio::test]
async fn a_card_is_handed_to_somebody_without_a_booking_and_that_is_taken_back() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "counter", id).await;
    clerk.follow("交付する").await;
    assert!(clerk.says("予約なしの来庁として") && clerk.says("平成2年"), "{}", clerk.text());
    clerk.press("交付済にする").await;
    assert!(clerk.says("交付済にしました"), "{}", clerk.text());
    assert_eq!(card(&city, id).await.status, CardStatus::Issued);
    clerk.press("元に戻す").await;
    assert!(clerk.says("交付を取り消しました"), "{}", clerk.text());
    assert_eq!(card(&city, id).await.status, CardStatus::Notified);
}

#[tokio::test]
async fn handing_over_twice_is_handing_over_once() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "counter", id).await;
    clerk.follow("交付する").await;
    let mut double = clerk.clone();
    clerk.press("交付済にする").await;
    double.press("交付済にする").await;
    assert!(double.says("すでに交付済でした"), "{}", double.text());
    let read = move |tx: &madoguchi::db::ReadTx<'_>| madoguchi::booking::of_card(tx, id);
    assert_eq!(city.city.db.read(Lane::Staff, read).await.unwrap().len(), 1);
}

#[tokio::test]
async fn somebody_elses_hand_over_is_taken_back_by_a_manager_with_a_reason() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "counter", id).await;
    clerk.follow("交付する").await.press("交付済にする").await;
    city.clock.set("2026-04-14 10:00");
    let mut clerk = {
        clerk.open("/login").await.fill("利用者ID", "counter").fill("パスワード", "ひばり tonbo 88");
        clerk.press("ログイン").await;
        clerk
    };
    clerk.open(&format!("/cards/{id}")).await.follow("交付を取り消す").await;
    clerk.fill("理由", "間違い").press("交付を取り消す").await;
    assert!(clerk.status() == 422 && clerk.says("その日のうちだけ"), "{}", clerk.text());
    let mut manager = opened(&city, "manager", id).await;
    manager.follow("交付を取り消す").await.press("交付を取り消す").await;
    assert!(manager.status() == 422 && manager.says("理由を入力してください"), "{}", manager.text());
    manager.fill("理由", "別の方のカード").press("交付を取り消す").await;
    assert_eq!(manager.status(), 200, "{}", manager.text());
    assert_eq!(card(&city, id).await.status, CardStatus::Notified);
}

#[tokio::test]
async fn a_card_is_moved_and_the_history_says_from_where_to_where() {
    let city = TestMunicipality::at(MONDAY).await;
    shelves(&city).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "counter", id).await;
    clerk.follow("移す").await.press("移した場所を保存する").await;
    assert!(clerk.status() == 422 && clerk.says("保管場所を選んでください"), "{}", clerk.text());
    clerk.select("保管場所", "本庁舎の保管庫").fill("棚・箱", "B-04").fill("箱のなかの番号", "103");
    clerk.press("移した場所を保存する").await;
    assert!(clerk.says("保管場所を「本庁舎の保管庫 B-04-103」にしました"), "{}", clerk.text());
    assert!(clerk.says("保管場所：なし → 本庁舎の保管庫"), "{}", clerk.text());
    assert_eq!(card(&city, id).await.shelf, "B-04");
}

#[tokio::test]
async fn a_replaced_address_is_told_to_the_old_one_and_gets_the_booking() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let number = booked(&city, &[id], "2026-04-20.0900", Some("wrong@example.jp")).await;
    assert_eq!(city.letter("wrong@example.jp").await.kind, "booking_confirmed");
    let mut clerk = opened(&city, "call_center", id).await;
    clerk
        .follow("替える")
        .await
        .fill("新しいメールアドレス", "right@example.jp")
        .press("アドレスを替える")
        .await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("本人であることを確かめて、印を付けてください"), "{}", clerk.text());
    clerk.tick("本人であることを確かめました").press("アドレスを替える").await;
    assert!(clerk.status() == 422 && clerk.says("本人をどう確かめたか"), "{}", clerk.text());
    clerk.fill("本人をどう確かめたか", "電話で住所と家族の名前").tick("本人であることを確かめました");
    clerk.press("アドレスを替える").await;
    assert!(clerk.says("メールアドレスを替えました"), "{}", clerk.text());
    let old = city.letter("wrong@example.jp").await;
    assert!(
        old.kind == "address_replaced"
            && !old.body.contains("right@example.jp")
            && !old.body.contains(&number)
    );
    let new = city.letter("right@example.jp").await;
    assert!(new.kind == "booking_confirmed" && new.body.contains(&number), "{}", new.body);
}

#[tokio::test]
async fn a_link_that_went_to_a_wrong_address_opens_nothing_once_it_is_replaced() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(345_603, "田中 健太").await;
    let mut citizen = city.browser();
    citizen.open("/notice").await.fill("交付通知書の番号", "A13345603").fill("月", "4").fill("日", "13");
    citizen
        .press("確認して次へ進む")
        .await
        .fill("メールアドレス", "stranger@example.jp")
        .press("メールを送る")
        .await;
    let link = city.letter("stranger@example.jp").await.link("/m/");
    citizen.open(&link).await;
    let buttons: Vec<String> = citizen.page().buttons.iter().map(|button| button.text.clone()).collect();
    assert!(buttons.iter().any(|text| text == "予約の手続きを続ける"), "{buttons:?}");
    let wrong = madoguchi::base::Email::parse("stranger@example.jp").unwrap();
    city.write(move |tx| cards::set_email(tx, id, Some(&wrong))).await;
    let mut clerk = opened(&city, "counter", id).await;
    clerk.follow("替える").await.fill("新しいメールアドレス", "right@example.jp");
    clerk.fill("本人をどう確かめたか", "窓口で免許証").tick("本人であることを確かめました");
    clerk.press("アドレスを替える").await;
    assert_eq!(clerk.status(), 200, "{}", clerk.text());
    assert_eq!(city.letter("stranger@example.jp").await.kind, "address_replaced");
    citizen.open(&link).await;
    let buttons: Vec<&str> = citizen.page().buttons.iter().map(|button| button.text.as_str()).collect();
    assert!(!buttons.contains(&"予約の手続きを続ける"), "{buttons:?} {}", citizen.text());
}

#[tokio::test]
async fn two_people_of_one_name_and_birth_date_can_book_once_they_are_told_apart() {
    let city = TestMunicipality::at(MONDAY).await;
    let one = city.card(1, "山田 和子").await;
    let two = city.card(2, "山田 和子").await;
    booked(&city, &[one], "2026-04-20.0900", None).await;
    let mut clerk = opened(&city, "counter", two).await;
    assert!(clerk.says("同じ氏名・同じ生年月日のカードがもう1枚あります"), "{}", clerk.text());
    clerk.follow("別の人として分ける").await.press("別の人として分ける").await;
    assert!(clerk.status() == 422 && clerk.says("理由を入力してください"), "{}", clerk.text());
    clerk.fill("別の人だとわかった理由", "住所が違う").press("別の人として分ける").await;
    assert!(clerk.says("別の人として分けました") && !clerk.says("もう1枚あります"), "{}", clerk.text());
    booked(&city, &[two], "2026-04-20.0900", None).await;
}

#[tokio::test]
async fn who_comes_to_their_booking_is_checked_in_and_served_from_the_card() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    booked(&city, &[id], "2026-04-13.1000", None).await;
    let mut clerk = opened(&city, "counter", id).await;
    clerk.press("受付にする").await;
    assert_eq!((clerk.status(), clerk.path()), (200, "/"), "{}", clerk.text());
    clerk.open(&format!("/cards/{id}")).await;
    assert!(clerk.says("受付中") && !clerk.says("受付にする"), "{}", clerk.text());
    clerk.follow("交付する").await;
    assert!(clerk.says("10:00の予約で来庁したものとして"), "{}", clerk.text());
    clerk.press("交付済にする").await;
    assert_eq!(card(&city, id).await.status, CardStatus::Issued);
}

#[tokio::test]
async fn a_booking_begins_from_the_card_with_its_holder() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut agent = opened(&city, "call_center", id).await;
    agent.follow("この方の予約を登録").await;
    assert_eq!((agent.status(), agent.path()), (200, "/bookings/new"));
    assert!(agent.says("田中 健太"), "{}", agent.text());
}

#[tokio::test]
async fn the_days_of_a_step_follow_it_and_the_city_s_settings() {
    let city = TestMunicipality::at(MONDAY).await;
    let change = madoguchi::settings::Change { key: "deadline.renotice_days".to_owned(), value: 30.into() };
    city.write(move |tx| madoguchi::settings::set(tx, &change)).await;
    let id = city.card(1, "田中 健太").await;
    let mut clerk = opened(&city, "counter", id).await;
    clerk.follow("再通知済にする").await.fill("通知書の発送日", "2026-04-14").press("再通知済にする").await;
    assert!(clerk.status() == 422 && clerk.says("発送日は今日までの日"), "{}", clerk.text());
    clerk.fill("通知書の発送日", "2026-04-10").press("再通知済にする").await;
    let now = card(&city, id).await;
    let day = |text: &str| Some(text.parse().unwrap());
    assert_eq!((now.renotice_sent_on, now.pickup_due_on), (day("2026-04-10"), day("2026-05-10")));
    assert!(clerk.says("再通知発送：なし → 2026-04-10"), "{}", clerk.text());

    clerk.follow("保留にする").await.fill("理由", "入院").fill("保留の期限", "2026-04-12");
    clerk.press("保留にする").await;
    assert!(clerk.status() == 422 && clerk.says("保留の期限は今日からの日"), "{}", clerk.text());
    clerk.fill("保留の期限", "2026-06-30").press("保留にする").await;
    assert_eq!(card(&city, id).await.hold_until, day("2026-06-30"));
    clerk.follow("所在不明にする").await.fill("理由", "棚にない").press("所在不明にする").await;
    clerk.follow("保留にする").await.fill("理由", "見つかった").press("保留にする").await;
    let back = card(&city, id).await;
    assert_eq!((back.status, back.hold_until), (CardStatus::OnHold, day("2026-06-30")), "as it was");
    clerk.follow("再通知済にする").await.press("再通知済にする").await;
    let back = card(&city, id).await;
    assert_eq!((back.status, back.hold_until), (CardStatus::Renotified, None));
    assert_eq!(back.pickup_due_on, day("2026-05-10"), "going back is no new notice");
}

#[tokio::test]
async fn a_void_card_s_booking_ends_with_its_letter() {
    let city = TestMunicipality::at(MONDAY).await;
    let (gone, stays) = (city.card(1, "田中 健太").await, city.card(2, "田中 花子").await);
    booked(&city, &[gone, stays], "2026-04-20.0900", Some("tanaka@example.jp")).await;
    city.letter("tanaka@example.jp").await;
    let mut clerk = opened(&city, "counter", gone).await;
    clerk.follow("失効にする").await;
    assert!(clerk.says("4月20日（月） 9:00の予約から、この方の分を取り消します"), "{}", clerk.text());
    clerk.select("区分", "死亡").press("失効にする").await;
    assert!(clerk.says("予約は取り消しました"), "{}", clerk.text());
    assert_eq!(city.letter("tanaka@example.jp").await.kind, "booking_changed", "the family's goes on");
    let mut clerk = opened(&city, "manager", stays).await;
    clerk.follow("失効にする").await.select("区分", "転出").press("失効にする").await;
    assert_eq!(city.letter("tanaka@example.jp").await.kind, "booking_cancelled");
    assert_eq!(city.taken("2026-04-20.0900").await, 0);
}

#[tokio::test]
async fn a_step_beyond_the_table_stays_marked_on_the_card() {
    let city = TestMunicipality::at(MONDAY).await;
    let id = city.card(1, "田中 健太").await;
    let mut manager = opened(&city, "manager", id).await;
    manager.follow("規則にない状態にする").await.select("新しい状態", "到着・検品済");
    manager.fill("理由", "発送前でした").press("状態を変える").await;
    assert!(
        manager.says("規則にない変更によるもの") && manager.says("規則にない変更（管理者）"),
        "{}",
        manager.text()
    );
    manager.follow("交付前設定済にする").await.press("交付前設定済にする").await;
    assert!(!manager.says("規則にない変更によるもの"), "{}", manager.text());
}
