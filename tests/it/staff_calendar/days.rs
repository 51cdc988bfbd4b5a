//! Days on their own, single slots, copies; and how citizens see them.

use super::{booked, look, manager};
use crate::kit::TestMunicipality;

#[tokio::test]
async fn several_ticked_days_close_at_once_and_follow_the_plan_again() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/days").await;
    clerk.tick("閉める").press("影響を確かめる").await;
    assert!(clerk.status() == 422 && clerk.says("日を選んでください"), "{}", clerk.text());
    clerk.tick("4月13日（月）を選ぶ").tick("4月14日（火）を選ぶ").tick("閉める");
    clerk.fill("理由（カレンダーに出ます）", "停電工事").press("影響を確かめる").await;
    assert!(clerk.says("変わる日2 日") && clerk.says("閉庁（停電工事）"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("閉庁（停電工事）") && clerk.says("特別な日"), "{}", clerk.text());
    clerk
        .tick("4月13日（月）を選ぶ")
        .tick("元の予定に戻す")
        .press("影響を確かめる")
        .await
        .press("反映する")
        .await;
    assert!(clerk.says("4月13日を元の予定に戻す"), "{}", clerk.text());
}

#[tokio::test]
async fn a_weekday_from_a_day_on_and_a_period_are_changed_from_the_calendar() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/days").await;
    clerk
        .tick("4月18日（土）を選ぶ")
        .select("型", "短縮")
        .tick("その日から毎週同じ曜日")
        .press("影響を確かめる")
        .await;
    assert!(clerk.says("毎週土曜日を開ける") && clerk.says("4月25日（土）"), "{}", clerk.text());
    clerk.press("反映する").await;
    clerk
        .tick("4月19日（日）を選ぶ")
        .select("型", "短縮")
        .fill("1枠の件数", "1")
        .tick("期間のあいだの同じ曜日");
    clerk.fill("期間の始まり", "2026-04-19").fill("終わり", "2026-05-10").press("影響を確かめる").await;
    assert!(clerk.says("変わる日4 日") && clerk.says("6枠・6件"), "{}", clerk.text());
}

#[tokio::test]
async fn a_slot_below_what_is_booked_needs_a_tick_and_marks_the_booking() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let first = booked(&city, city.card(1, "佐藤 花子").await, "2026-04-13.1000", None).await;
    let second = booked(&city, city.card(2, "橋本 葵").await, "2026-04-13.1000", None).await;
    let page = format!("/days?location={}&day=2026-04-13", city.office);
    let mut clerk = manager(&city, &page).await;
    clerk.fill("全枠の件数", "6").press("全枠に入れる").await;
    assert_eq!(clerk.field("c600")[0].value, "6");
    clerk.fill("10:00の枠の件数", "1").untick("10:30を市民が予約できる").press("枠の影響を見る").await;
    assert!(clerk.says("枠を超える予約1 件") && clerk.says("橋本 葵"), "{}", clerk.text());
    clerk.select("まとめて", "そのまま受ける（印を付ける）").press("反映する").await;
    assert!(clerk.status() == 422 && clerk.says("予約より少ない件数になる枠"), "{}", clerk.text());
    clerk.tick("予約より少ない件数にします").press("反映する").await;
    assert!(clerk.says("そのまま受ける"), "{}", clerk.text());
    assert!(
        look(&city, first).await.over_reason.is_none() && look(&city, second).await.over_reason.is_some()
    );
    clerk.open(&page).await;
    assert!(clerk.says("予約より1少ない"), "{}", clerk.text());
    assert!(!clerk.field("o630")[0].ticked, "the slot is not offered to citizens");
}

#[tokio::test]
async fn a_week_is_copied_to_another_office() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/days").await;
    clerk
        .tick("4月13日（月）を選ぶ")
        .tick("閉める")
        .fill("理由（カレンダーに出ます）", "研修")
        .press("影響を確かめる")
        .await;
    clerk.press("反映する").await;
    clerk.follow("ほかの日・場所へ写す").await;
    clerk.tick("その週（月曜から日曜）").fill("日（場所まるごとなら、この日から）", "2026-04-15");
    clerk.press("影響を確かめる").await;
    assert!(clerk.status() == 422 && clerk.says("写す先の場所を選んで"), "{}", clerk.text());
    clerk.tick("東支所").press("影響を確かめる").await;
    assert!(clerk.says("変わる日1 日") && clerk.says("東支所"), "{}", clerk.text());
    clerk.press("反映する").await;
    clerk.open(&format!("/days?location={}", city.branch)).await;
    assert!(clerk.says("閉庁（研修）"), "{}", clerk.text());
}

#[tokio::test]
async fn somebody_who_was_booked_in_between_is_shown_before_the_day_closes() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let card = city.card(1, "橋本 葵").await;
    let mut clerk = manager(&city, "/days").await;
    clerk.tick("4月13日（月）を選ぶ").tick("閉める").press("影響を確かめる").await;
    assert!(clerk.says("時間がなくなる予約0 件"), "{}", clerk.text());
    booked(&city, card, "2026-04-13.0900", None).await;
    clerk.press("反映する").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("確かめているあいだに") && clerk.says("橋本 葵"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.h1() == "連絡が要る予約" && clerk.says("電話する"), "{}", clerk.text());
    clerk.press("電話した：橋本 葵さん").await;
    assert!(clerk.says("電話したことを記録しました") && clerk.says("電話した"), "{}", clerk.text());
    clerk.open("/days/cases").await;
    assert!(clerk.says("橋本 葵"), "{}", clerk.text());
}

#[tokio::test]
async fn a_change_that_hits_many_is_shown_in_work_until_all_are_told_and_so_is_its_undo() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for number in 1..=25_u32 {
        let card = city.card(number, &format!("市民{number}")).await;
        let time = ["0900", "0930", "1000", "1030", "1100", "1130", "1300"]
            [usize::try_from((number - 1) / 4).unwrap()];
        let email = format!("citizen{number}@example.jp");
        booked(&city, card, &format!("2026-04-13.{time}"), Some(&email)).await;
    }
    let mut clerk = manager(&city, "/days").await;
    clerk.tick("4月13日（月）を選ぶ").tick("閉める").press("影響を確かめる").await;
    assert!(clerk.says("時間がなくなる予約25 件"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("順に処理しています") && clerk.says("あと25件"), "{}", clerk.text());
    let mut citizen = city.clerk("counter").await;
    citizen.open("/calendar?day=2026-04-13").await;
    assert!(citizen.says("閉庁"), "the times are gone from that moment on: {}", citizen.text());
    clerk.open("/hours").await;
    assert!(clerk.says("進行中") && clerk.says("当たった予約25件"), "{}", clerk.text());
    madoguchi::jobs::settle_affected(&city.city).await.unwrap();
    clerk.follow("当たった予約25件").await;
    assert!(!clerk.says("進行中") && clerk.says("メールで知らせた25 件"), "{}", clerk.text());
    for number in 1..=25 {
        city.letter(&format!("citizen{number}@example.jp")).await;
    }

    clerk.open("/hours").await.press("元に戻す").await.press("反映する").await;
    clerk.open("/hours").await;
    assert!(clerk.says("進行中"), "{}", clerk.text());
    madoguchi::jobs::settle_affected(&city.city).await.unwrap();
    clerk.open("/hours").await;
    assert!(!clerk.says("進行中") && clerk.says("元に戻した"), "{}", clerk.text());
    clerk.follow("当たった予約25件").await;
    assert!(clerk.says("変更をやめました") && clerk.says("選び直した・済んだ25 件"), "{}", clerk.text());
    for number in 1..=25 {
        assert_eq!(city.letter(&format!("citizen{number}@example.jp")).await.kind, "office_open");
    }
}
