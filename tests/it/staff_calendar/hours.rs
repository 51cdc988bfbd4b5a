//! Patterns and weeks.

use super::{booked, look, manager};
use crate::kit::TestMunicipality;

#[tokio::test]
async fn a_pattern_is_copied_with_two_units_used_and_cannot_be_deleted_then() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/hours").await;
    clerk.follow("複製：短縮").await;
    assert_eq!(clerk.field("name")[0].value, "短縮の写し");
    clerk
        .fill("名前", "特設")
        .fill("始まり（2）", "11:00")
        .fill("終わり（2）", "13:10")
        .fill("1枠の件数（2）", "3");
    clerk.press("足す").await;
    assert!(clerk.status() == 422 && clerk.says("時間帯が重なって"), "{}", clerk.text());
    clerk
        .fill("始まり（2）", "13:00")
        .fill("終わり（2）", "14:30")
        .select("単位（2）", "20分")
        .press("足す")
        .await;
    assert!(clerk.status() == 422 && clerk.says("割り切れません"), "{}", clerk.text());
    clerk.select("単位（2）", "15分").press("足す").await;
    assert!(clerk.says("型「特設」を足しました") && clerk.says("30分・15分"), "{}", clerk.text());

    clerk.select("東支所 土曜日", "特設").fill("この日から", "2026-04-10").press("影響を確かめる").await;
    assert!(clerk.says("4月11日（土）") && clerk.says("閉庁"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("を反映しました"), "{}", clerk.text());
    clerk.follow("直す：特設").await;
    assert!(clerk.says("東支所") && clerk.says("土曜日（2026年4月10日から）"), "{}", clerk.text());
    let drop = clerk.path().to_owned() + "/delete";
    clerk.post(&drop, &[]).await;
    assert!(clerk.status() == 422 && clerk.says("使われているため、消せません"), "{}", clerk.text());
    clerk.open("/hours").await.follow("直す：延長").await.press("この型を消す").await;
    assert!(clerk.says("型「延長」を消しました"), "{}", clerk.text());
}

#[tokio::test]
async fn a_shorter_pattern_shows_who_loses_their_time_before_it_comes() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let early = booked(&city, city.card(1, "佐藤 花子").await, "2026-04-13.0900", None).await;
    let late = booked(&city, city.card(2, "橋本 葵").await, "2026-04-13.1630", Some("aoi@example.jp")).await;
    let mut clerk = manager(&city, "/hours").await;
    clerk.follow("直す：通常").await.fill("終わり（2）", "16:30").press("影響を確かめる").await;
    assert!(clerk.says("時間がなくなる予約1 件") && clerk.says("橋本 葵"), "{}", clerk.text());
    assert!(!clerk.says("佐藤 花子"), "{}", clerk.text());
    clerk.press("入力に戻る").await;
    assert_eq!(clerk.field("ends2")[0].value, "16:30", "what was typed stays");
    clerk.press("影響を確かめる").await.press("反映する").await;
    assert!(clerk.h1() == "連絡が要る予約" && clerk.says("メールで知らせた"), "{}", clerk.text());
    assert_eq!(city.letter("aoi@example.jp").await.kind, "new_time_asked");
    assert!(look(&city, early).await.is_live() && look(&city, late).await.is_live());

    clerk.open("/hours").await.press("元に戻す").await;
    assert!(clerk.says("反映するとこうなります"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert_eq!(
        city.letter("aoi@example.jp").await.kind,
        "office_open",
        "whoever was told can come after all"
    );
    clerk.open("/hours").await.follow("直す：通常").await;
    assert_eq!(clerk.field("ends2")[0].value, "17:00");
}

#[tokio::test]
async fn the_second_saturday_opens_and_ends_and_a_change_to_come_is_taken_back() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let week = format!("/hours/week/{}", city.office);
    let mut clerk = manager(&city, &week).await;
    clerk.select("何番目", "第2").select("曜日", "土曜日").select("型", "短縮").fill("1枠の件数", "2");
    clerk.press("足して影響を確かめる").await;
    assert!(clerk.says("4月11日（土）") && clerk.says("9:00–12:00 6枠・12件"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("第2土曜日"), "{}", clerk.text());
    clerk.press("やめる：第2土曜日").await.press("反映する").await;
    assert!(!clerk.says("第2土曜日 短縮"), "{}", clerk.text());

    clerk.open(&week).await;
    clerk
        .select("水曜日の型", "閉庁")
        .fill("この日から", "2026-06-01")
        .press("影響を確かめる")
        .await
        .press("反映する")
        .await;
    assert!(clerk.says("この先の変更"), "{}", clerk.text());
    clerk.press("取り消す：6月1日（月） 水曜日").await.press("反映する").await;
    assert!(!clerk.says("この先の変更"), "{}", clerk.text());
}

#[tokio::test]
async fn a_yearly_closure_is_added_and_ends() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/hours").await;
    clerk.fill("始まり", "8/32").fill("終わり", "8/14").press("足す").await;
    assert!(clerk.status() == 422 && clerk.says("月と日で入力"), "{}", clerk.text());
    clerk.fill("始まり", "8/13").fill("終わり", "8/14").fill("名前", "お盆").press("足す").await;
    assert!(clerk.says("お盆") && clerk.says("8月13日（木）"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("お盆"), "{}", clerk.text());
    clerk.press("やめる：お盆").await.press("反映する").await;
    assert!(clerk.says("8月13日から8月14日をやめる"), "{}", clerk.text());
}

#[tokio::test]
async fn the_undo_of_a_change_that_is_not_the_last_is_refused() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/hours").await;
    clerk.post("/hours/undo", &[("change", "1")]).await;
    assert!(clerk.says("元に戻せるのは、いちばん新しい変更だけ"), "{}", clerk.text());
}
