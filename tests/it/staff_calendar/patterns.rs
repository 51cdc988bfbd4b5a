//! Patterns over time: changed from a day on, taken back before they come, retired when no day needs them any more.
//!
//! Spec: 7(2)⑤.

use super::manager;
use crate::kit::TestMunicipality;

/// The slots of a day at 本庁舎, by their first and last minute and their number.
async fn day(city: &TestMunicipality, on: &str) -> (usize, String, String) {
    let (office, day) = (city.office, on.parse().unwrap());
    let read = city.city.db.read(madoguchi::db::Lane::Staff, move |tx| {
        Ok::<_, madoguchi::db::Fault>(madoguchi::calendar::rules(tx, office, day, day)?.slots(day))
    });
    let slots = read.await.unwrap();
    let at = |minute: Option<madoguchi::base::Minute>| minute.map_or_else(String::new, |one| one.to_string());
    (slots.len(), at(slots.first().map(|one| one.starts)), at(slots.last().map(|one| one.ends)))
}

#[tokio::test]
async fn a_pattern_changes_from_a_day_on_and_the_days_before_stay_as_they_were() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let whole = (14, "9:00".to_owned(), "17:00".to_owned());
    let short = (13, "9:00".to_owned(), "16:30".to_owned());
    let mut clerk = manager(&city, "/hours").await;
    clerk.follow("直す：通常").await.fill("終わり（2）", "16:30").fill("この日から", "2026-04-05");
    clerk.press("影響を確かめる").await;
    assert!(clerk.status() == 422 && clerk.says("過ぎた日"), "{}", clerk.text());
    clerk.fill("この日から", "2026-04-20").press("影響を確かめる").await;
    assert!(clerk.says("4月20日（月）") && !clerk.says("4月17日（金）"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("型「通常」の変更（4月20日から）」を反映しました。"), "{}", clerk.text());
    assert!(clerk.says("4月20日（月）から変更"), "{}", clerk.text());
    assert_eq!(day(&city, "2026-04-17").await, whole);
    assert_eq!(day(&city, "2026-04-20").await, short);

    city.clock.set("2026-04-20 00:00");
    let mut clerk = manager_again(&city).await;
    clerk.open("/hours/patterns/1").await;
    assert_eq!(clerk.field("ends2")[0].value, "16:30", "the version that has begun is the one to change");
    clerk.fill("終わり（2）", "15:00").press("影響を確かめる").await.press("反映する").await;
    assert_eq!(day(&city, "2026-04-17").await, whole, "a past day is not drawn anew");
    assert_eq!(day(&city, "2026-04-20").await, (10, "9:00".to_owned(), "15:00".to_owned()));
}

/// The manager of [`manager`], signed in once more after the clock has moved.
async fn manager_again(city: &TestMunicipality) -> crate::kit::Browser {
    let mut clerk = city.console();
    clerk.open("/login").await.fill("利用者ID", "manager");
    clerk.fill("パスワード", crate::kit::municipality::PASSWORD).press("ログイン").await;
    clerk
}

#[tokio::test]
async fn a_change_to_come_is_listed_changed_and_given_up() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/hours").await;
    clerk.follow("直す：通常").await.fill("終わり（2）", "16:30").fill("この日から", "2026-04-20");
    clerk.press("影響を確かめる").await.press("反映する").await;
    clerk.follow("直す：通常").await;
    assert!(clerk.says("いまの時間と、これからの変更") && clerk.says("13:00から16:30"), "{}", clerk.text());
    assert_eq!(clerk.field("ends2")[0].value, "17:00", "today's hours stand in the form");
    clerk.follow("直す：2026年4月20日（月）から").await;
    assert_eq!(clerk.field("ends2")[0].value, "16:30");
    clerk.press("取りやめる：2026年4月20日（月）から").await;
    assert!(clerk.says("反映するとこうなります"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("変更の取りやめ」を反映しました"), "{}", clerk.text());
    assert_eq!(day(&city, "2026-04-20").await.0, 14);
    clerk.open("/hours").await.press("元に戻す").await.press("反映する").await;
    assert_eq!(day(&city, "2026-04-20").await.0, 13, "the undo brings it back");
}

#[tokio::test]
async fn a_name_changes_without_a_day_and_no_slot_with_it() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/hours").await;
    clerk.follow("直す：通常").await.fill("名前", "平日").press("影響を確かめる").await;
    assert!(!clerk.says("4月13日（月）"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("型「平日」の名前の変更」を反映しました"), "{}", clerk.text());
    clerk.follow("直す：平日").await;
    assert!(!clerk.says("これからの変更"), "{}", clerk.text());
}

#[tokio::test]
async fn a_pattern_that_only_past_days_use_leaves_the_list_and_they_keep_their_hours() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/hours").await;
    clerk.select("本庁舎 土曜日", "短縮").fill("この日から", "2026-04-10").press("影響を確かめる").await;
    clerk.press("反映する").await;
    city.clock.set("2026-04-13 09:00");
    let mut clerk = manager_again(&city).await;
    clerk.open("/hours").await.select("本庁舎 土曜日", "閉庁").fill("この日から", "2026-04-14");
    clerk.press("影響を確かめる").await.press("反映する").await;
    clerk.open("/hours").await.follow("直す：短縮").await;
    assert!(!clerk.says("この型を一覧から消す"), "it holds until tomorrow: {}", clerk.text());
    city.clock.set("2026-04-14 00:00");
    let mut clerk = manager_again(&city).await;
    clerk.open("/hours").await.follow("直す：短縮").await;
    assert!(clerk.says("過ぎた日だけで使っています"), "{}", clerk.text());
    clerk.press("この型を一覧から消す").await;
    assert!(clerk.says("型「短縮」を一覧から消しました。"), "{}", clerk.text());
    assert!(!clerk.says("直す：短縮"), "{}", clerk.text());
    assert_eq!(
        day(&city, "2026-04-11").await,
        (6, "9:00".to_owned(), "12:00".to_owned()),
        "history stays right"
    );
    clerk.open("/hours/patterns/2").await;
    assert_eq!(clerk.status(), 404);
    clerk.open("/hours/patterns/new").await.fill("名前", "短縮");
    clerk
        .fill("始まり（1）", "10:00")
        .fill("終わり（1）", "12:00")
        .fill("1枠の件数（1）", "2")
        .press("足す")
        .await;
    assert!(clerk.says("型「短縮」を足しました"), "its name is free again: {}", clerk.text());
}
