//! Staff book other procedures than the hand-over of cards, and serve their people at the counter.
//!
//! Spec: 8(3), 7(2)④ ⑦.

use madoguchi::base::BookingId;
use madoguchi::booking::{self, Booking, BookingStatus};
use madoguchi::db::{Fault, Lane};

use super::closing::open_renewal;
use super::{booked, live, look, open_form, people};
use crate::kit::Browser;
use crate::kit::municipality::TestMunicipality;

/// The only booking of a day at 本庁舎.
async fn only(city: &TestMunicipality, day: &str) -> Booking {
    let (office, day) = (city.office, day.parse().unwrap());
    let rows = city.city.db.read(Lane::Staff, move |tx| booking::day_board(tx, office, day)).await.unwrap();
    assert_eq!(rows.len(), 1);
    rows.into_iter().next().unwrap().booking
}

fn add_by_word<'b>(clerk: &'b mut Browser, kana: &str, birth: &str, phone: &str) -> &'b mut Browser {
    clerk.fill("氏名カナ", kana).fill("生年月日", birth).fill("電話番号", phone)
}

/// A clerk who books the renewal for アベ ヒロシ and, where wished, his daughter, at 9:00 on 13 April.
async fn renewal(city: &TestMunicipality, daughter: bool) -> (Browser, BookingId) {
    let mut clerk = city.clerk("manager").await;
    clerk.open(&format!("/bookings/new?procedure=renewal&location={}&day=2026-04-13", city.office)).await;
    add_by_word(&mut clerk, "アベ ヒロシ", "S60.4.9", "090-1234-5678").press("この方を加える").await;
    if daughter {
        add_by_word(&mut clerk, "アベ ミユ", "2015-09-02", "09012345678").press("この方を加える").await;
    }
    clerk.tick("9:00").press("登録する").await;
    assert_eq!(clerk.status(), 200, "{}", clerk.text());
    let made = only(city, "2026-04-13").await;
    assert_eq!(clerk.path(), format!("/bookings/{}", made.id));
    (clerk, made.id)
}

#[tokio::test]
async fn a_mail_address_that_was_typed_stays_while_people_are_added_and_stands_in_no_address() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    let cards = people(&city, 1, 2).await;
    let mut clerk = city.clerk("counter").await;
    open_form(&mut clerk, &city, &[], "2026-04-13").await;
    clerk.fill("メールアドレス", "taro@example.jp").fill("人を加える", "A13-000001").press("加える").await;
    assert_eq!(clerk.field("email")[0].value, "taro@example.jp");
    clerk.fill("人を加える", "A13-000002").press("加える").await;
    assert_eq!(clerk.field("email")[0].value, "taro@example.jp");
    clerk.follow("4月14日（火）").await;
    assert_eq!(clerk.field("email")[0].value, "taro@example.jp", "another day keeps it too");
    clerk.press("外す：市民2さん").await;
    assert!(clerk.redirects().iter().all(|address| !address.contains("taro")), "{:?}", clerk.redirects());
    clerk.tick("9:00").press("登録する").await;
    let made = live(&city, cards[0]).await.unwrap();
    assert_eq!(made.email.unwrap().uncover(), "taro@example.jp");
    let left = city.city.db.read(Lane::Staff, booking::draft::oldest).await.unwrap();
    assert_eq!(left, None, "the draft went with the booking");
}

#[tokio::test]
async fn a_draft_is_nobody_elses() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    people(&city, 1, 1).await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/bookings/new").await;
    clerk.fill("メールアドレス", "taro@example.jp").fill("人を加える", "A13-000001").press("加える").await;
    let address = clerk.address().to_owned();
    assert!(address.contains("draft="), "{address}");
    let mut other = city.clerk("manager").await;
    other.open(&address).await;
    assert_eq!(other.field("email")[0].value, "");
}

#[tokio::test]
async fn a_family_without_a_notice_is_booked_for_a_procedure_of_two_slots() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    open_renewal(&city).await;
    let mut clerk = city.clerk("call_center").await;
    clerk.open("/bookings/new").await;
    clerk.fill("メールアドレス", "hiroshi@example.jp").press("電子証明書の更新").await;
    assert_eq!(clerk.field("email")[0].value, "hiroshi@example.jp", "the choice of the procedure keeps it");
    assert!(clerk.says("続けて2枠を使います"), "{}", clerk.text());
    add_by_word(&mut clerk, "阿部 博", "1990-02-30", "12").press("この方を加える").await;
    assert_eq!((clerk.status(), clerk.fragment()), (422, "err"));
    for sentence in ["氏名をカタカナか", "生年月日を、", "電話番号を、"] {
        assert!(clerk.says(sentence), "{sentence}: {}", clerk.text());
    }
    assert_eq!(clerk.field("kana")[0].value, "阿部 博");
    add_by_word(&mut clerk, "アベ ヒロシ", "S60.4.9", "090-1234-5678").press("この方を加える").await;
    assert_eq!(clerk.field("phone")[0].value, "09012345678", "a relative leaves the same number");
    add_by_word(&mut clerk, "ｱﾍﾞ ﾋﾛｼ", "昭和60年4月9日", "0312345678").press("この方を加える").await;
    assert!(clerk.says("同じ方がすでに加えられています"), "{}", clerk.text());
    add_by_word(&mut clerk, "アベ ミユ", "2015-09-02", "09012345678").press("この方を加える").await;
    assert!(clerk.says("2人（最大5人）") && clerk.says("法定代理人"), "{}", clerk.text());
    clerk.follow("4月13日（月）").await;
    assert!(clerk.says("9:00 10:00まで") && clerk.says("16:00 17:00まで"), "{}", clerk.text());
    assert!(!clerk.says("11:30 12:30まで"), "the lunch break is a gap: {}", clerk.text());
    clerk.tick("9:00").press("登録する").await;
    assert_eq!(clerk.status(), 200, "{}", clerk.text());
    assert!(clerk.says("アベ ヒロシ") && clerk.says("アベ ミユ"), "{}", clerk.text());
    let made = only(&city, "2026-04-13").await;
    assert_eq!((made.procedure.as_str(), made.people, made.ends.get()), ("renewal", 2, 600));
    assert_eq!((city.taken("2026-04-13.0900").await, city.taken("2026-04-13.0930").await), (2, 2));
    assert!(city.letter("hiroshi@example.jp").await.body.contains("手続：電子証明書の更新"));
}

#[tokio::test]
async fn seats_of_its_own_places_and_kept_seats_show_in_the_choice_of_times() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut admin = open_renewal(&city).await;
    admin.open("/procedures/renewal").await;
    admin.fill("続けて使う枠の数", "1").fill("専用の席（1枠に）", "1").untick("東支所");
    admin.press("保存する").await;
    assert_eq!(admin.status(), 200, "{}", admin.text());
    let (mut clerk, _) = renewal(&city, false).await;
    clerk.open(&format!("/bookings/new?procedure=renewal&location={}&day=2026-04-13", city.office)).await;
    assert!(clerk.says("9:00 1／1 満員") && clerk.says("9:30 0／1 残り1"), "{}", clerk.text());
    clerk.open(&format!("/bookings/new?location={}&day=2026-04-13", city.office)).await;
    assert!(clerk.says("9:00 0／4 残り4"), "its own seats are none of the shared ones: {}", clerk.text());
    clerk.open(&format!("/bookings/new?procedure=renewal&location={}", city.branch)).await;
    assert!(clerk.says("この手続は東支所では受け付けていません"), "{}", clerk.text());
    clerk.open(&format!("/windows/seats?location={}", city.office)).await;
    clerk.fill("電話：取っておく席", "3").fill("電話：何日前に公開", "1").fill("電話：公開の時刻", "12:00");
    clerk.press("取り置きを保存する").await;
    for (channel, words) in [("counter", "9:00 0／4 残り1"), ("telephone", "9:00 0／4 残り4")] {
        let address = format!("/bookings/new?location={}&day=2026-04-13&channel={channel}", city.office);
        clerk.open(&address).await;
        assert!(clerk.says(words), "{channel}: {}", clerk.text());
    }
}

#[tokio::test]
async fn of_two_clerks_at_once_one_gets_the_last_seat_and_the_other_is_told() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    open_renewal(&city).await;
    city.offer("2026-04-13.0900", 1).await;
    city.offer("2026-04-13.0930", 1).await;
    let mut clerks = Vec::new();
    for (role, kana) in [("counter", "アベ ヒロシ"), ("call_center", "イトウ サクラ")] {
        let mut clerk = city.clerk(role).await;
        clerk.open(&format!("/bookings/new?procedure=renewal&location={}&day=2026-04-13", city.office)).await;
        add_by_word(&mut clerk, kana, "1990-04-09", "09012345678").press("この方を加える").await;
        clerk.tick("9:00");
        clerks.push(clerk);
    }
    let mut second = clerks.pop().unwrap();
    let mut first = clerks.pop().unwrap();
    tokio::join!(first.press("登録する"), second.press("登録する"));
    let mut both = [first.status(), second.status()];
    both.sort_unstable();
    assert_eq!(both, [200, 422]);
    let told = if first.status() == 422 { &first } else { &second };
    assert!(told.says("人数分の空きがありません"), "{}", told.text());
    assert_eq!((city.taken("2026-04-13.0900").await, city.taken("2026-04-13.0930").await), (1, 1));
}

#[tokio::test]
async fn the_counter_answers_another_procedure_in_its_own_words() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    open_renewal(&city).await;
    let (mut clerk, id) = renewal(&city, true).await;
    let no = look(&city, id).await.no;
    clerk.open("/").await;
    clerk.fill("受付：", &no).press("受付").await;
    assert!(clerk.says("今日の予約ではありません") && clerk.says("電子証明書の更新"), "{}", clerk.text());
    assert!(!clerk.says("予約を使わず交付"), "{}", clerk.text());

    city.clock.set("2026-04-13 08:55");
    let mut clerk = city.clerk("counter").await;
    clerk.open("/").await;
    clerk.fill("受付：", &no.to_lowercase()).press("受付").await;
    assert!(clerk.says("8:55 受付しました。") && clerk.says("アベ ヒロシさん 受付中"), "{}", clerk.text());
    assert!(clerk.says("全員を完了にする") && !clerk.says("全員を交付済にする"), "{}", clerk.text());
    clerk.open(&format!("/bookings/{id}/incomplete")).await;
    assert!(clerk.says("アベ ミユさん"), "{}", clerk.text());
    clerk.tick("アベ ミユさん").tick("本人確認書類が不足").press("不備にする").await;
    assert!(clerk.says("アベ ミユさんを「不備」にしました。"), "{}", clerk.text());
    clerk.open(&format!("/bookings/{id}/issue")).await;
    assert!(clerk.says("済んだ人を選んでください"), "{}", clerk.text());
    clerk.untick("アベ ミユさん").press("選んだ人を完了にする").await;
    assert_eq!(look(&city, id).await.status, BookingStatus::Incomplete);
    clerk.open(&format!("/?booking={id}")).await;
    clerk.press("完了にする").await;
    assert_eq!(look(&city, id).await.status, BookingStatus::Completed);
    clerk.open(&format!("/?booking={id}")).await;
    assert!(clerk.says("済みました") && clerk.says("完了"), "{}", clerk.text());
    assert!(!clerk.says("交付しました") && !clerk.says("交付済にする"), "{}", clerk.text());
    clerk.press("元に戻す").await;
    assert_eq!(look(&city, id).await.status, BookingStatus::CheckedIn);
}

#[tokio::test]
async fn staff_take_people_without_a_card_out_and_add_them() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    open_renewal(&city).await;
    let (mut clerk, id) = renewal(&city, true).await;
    clerk.follow("外す：アベ ミユさん").await;
    clerk.fill("理由", "電話で申し出").press("取り消す").await;
    assert!(clerk.says("残りは1人です"), "{}", clerk.text());
    assert_eq!(city.taken("2026-04-13.0930").await, 1);
    add_by_word(&mut clerk, "アベ ケン", "2012-01-05", "09012345678").press("この方を加える").await;
    assert!(clerk.says("予約に1人加えました。") && clerk.says("アベ ケン"), "{}", clerk.text());
    assert_eq!(look(&city, id).await.people, 2);
    clerk.open(&format!("/bookings/{id}/change?day=2026-04-14")).await;
    clerk.tick("13:00").press("変更する").await;
    assert_eq!(look(&city, id).await.ends.get(), 14 * 60, "two slots at the new time");
    clerk.open(&format!("/bookings/{id}/cancel")).await;
    clerk.fill("理由", "取りやめ").press("取り消す").await;
    assert!(clerk.says("予約を取り消しました"), "{}", clerk.text());
    assert_eq!(look(&city, id).await.status, BookingStatus::Cancelled);
}

#[tokio::test]
async fn one_citizen_is_booked_once_for_a_procedure_by_word_or_by_card() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    open_renewal(&city).await;
    let card = city.card_with_kana(1, "阿部 博", "アベ ヒロシ", "1985-04-09").await;
    let (mut clerk, id) = renewal(&city, false).await;
    clerk.open(&format!("/bookings/new?procedure=renewal&location={}&day=2026-04-14", city.office)).await;
    clerk.fill("カードで探して加える", "A13-000001").press("加える").await;
    assert!(clerk.says("もう一つ予約することはできません"), "{}", clerk.text());
    clerk.tick("9:00").press("登録する").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("阿部 博さんには、すでに予約があります"), "{}", clerk.text());
    booked(&city, &[card], "2026-04-15.0900").await;
    let both = city.city.db.read(Lane::Staff, move |tx| {
        let issuance = booking::live_of_card(tx, card)?.map(|one| one.id);
        Ok::<_, Fault>((issuance.is_some(), booking::get(tx, id)?.is_some_and(|one| one.is_live())))
    });
    assert_eq!(both.await.unwrap(), (true, true), "the hand-over is another procedure");
}
