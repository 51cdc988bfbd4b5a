//! Locations: added, changed, put in order, retired.

use super::{booked, manager};
use crate::kit::TestMunicipality;

#[tokio::test]
async fn a_new_branch_office_takes_its_first_booking() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let card = city.card(1, "橋本 葵").await;
    let mut clerk = manager(&city, "/locations").await;
    clerk.follow("場所を足す").await;
    clerk.fill("符号", "北").press("場所を登録する").await;
    assert!(clerk.status() == 422 && clerk.says("符号は半角の英数字"), "{}", clerk.text());
    clerk.fill("名前", "北支所").fill("符号", "north").fill("住所", "見本町北5-1");
    clerk.press("場所を登録する").await;
    assert!(clerk.says("北支所を登録しました") && clerk.h1() == "北支所の週の予定", "{}", clerk.text());
    clerk.select("月曜日から金曜日をまとめて", "通常").press("影響を確かめる").await;
    assert!(clerk.says("まだ変わっていません") && clerk.says("変わる日"), "{}", clerk.text());
    clerk.press("反映する").await;
    assert!(clerk.says("を反映しました"), "{}", clerk.text());

    let mut counter = city.clerk("counter").await;
    let branch = clerk.path().rsplit('/').next().unwrap().to_owned();
    counter.open(&format!("/bookings/new?member={card}&location={branch}&day=2026-04-13")).await;
    assert!(counter.says("北支所") && counter.says("残り4"), "{}", counter.text());
}

#[tokio::test]
async fn a_name_alone_makes_an_office_that_is_open_at_once_and_its_opening_can_be_taken_back() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let card = city.card(1, "橋本 葵").await;
    let mut clerk = manager(&city, "/locations/new").await;
    clerk.fill("名前", "出張窓口").select("始め方", "月曜から金曜まで「通常」で開ける");
    clerk.press("場所を登録する").await;
    assert!(clerk.says("出張窓口を登録しました。今日から開きます"), "{}", clerk.text());
    let branch = clerk.path().rsplit('/').next().unwrap().to_owned();
    clerk.follow("ここに予約を登録").await;
    assert!(clerk.says("出張窓口") && clerk.says("残り4"), "{}", clerk.text());
    clerk.open(&format!("/bookings/new?member={card}&location={branch}&day=2026-04-13")).await;
    clerk.tick("9:30").press("登録する").await;
    assert!(clerk.says("予約を登録しました") && clerk.says("出張窓口"), "{}", clerk.text());
    clerk.open("/hours").await;
    assert!(clerk.says("月曜から金曜まで「通常」で開ける"), "{}", clerk.text());
    clerk.press("元に戻す").await;
    assert!(clerk.says("時間がなくなる予約1 件"), "{}", clerk.text());
}

#[tokio::test]
async fn a_new_office_like_another_has_its_week_its_days_and_its_windows_and_a_double_click_makes_one() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, "/days").await;
    clerk.tick("4月13日（月）を選ぶ").tick("閉める").press("影響を確かめる").await.press("反映する").await;
    clerk.open("/locations/new").await;
    clerk.fill("名前", "北支所").select("始め方", "本庁舎と同じにする（週の予定・特別な日・受付期間）");
    let mut other = clerk.clone();
    clerk.press("場所を登録する").await;
    other.press("場所を登録する").await;
    assert_eq!(clerk.path(), other.path(), "both see the one location");
    let all =
        city.city.db.read(madoguchi::db::Lane::Staff, madoguchi::calendar::all_locations).await.unwrap();
    assert_eq!(all.iter().filter(|one| one.name == "北支所").count(), 1);
    let open = |day: &'static str, place: &'static str| {
        let read = move |tx: &madoguchi::db::ReadTx<'_>| -> Result<bool, madoguchi::db::Fault> {
            let all = madoguchi::calendar::all_locations(tx)?;
            let id = all.iter().find(|one| one.name == place).unwrap().id;
            let day = day.parse().unwrap();
            Ok(madoguchi::calendar::rules(tx, id, day, day)?.is_open(day))
        };
        city.city.db.read(madoguchi::db::Lane::Staff, read)
    };
    for day in ["2026-04-10", "2026-04-11", "2026-04-13", "2026-04-14"] {
        assert_eq!(open(day, "北支所").await.unwrap(), open(day, "本庁舎").await.unwrap(), "{day}");
    }
    assert!(open("2026-04-14", "北支所").await.unwrap() && !open("2026-04-13", "北支所").await.unwrap());
}

#[tokio::test]
async fn words_order_and_visibility_reach_the_citizens_list() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = manager(&city, &format!("/locations/{}", city.branch)).await;
    clerk
        .fill("設備（段差・エレベーター・トイレ）", "段差なし")
        .fill("開いている時間（ことばで）", "平日9時から17時");
    clerk.fill("名前（English）", "East Office").press("保存する").await;
    assert!(clerk.says("東支所の登録を変えました"), "{}", clerk.text());
    clerk.open("/locations").await.press("上へ：東支所").await;
    let order = clerk.text().find("東支所").unwrap() < clerk.text().find("本庁舎").unwrap();
    assert!(order, "{}", clerk.text());

    let places = |language: &'static str| {
        let read = move |tx: &madoguchi::db::ReadTx<'_>| madoguchi::calendar::locations_in(tx, language);
        city.city.db.read(madoguchi::db::Lane::Citizen, read)
    };
    let japanese = places("ja").await.unwrap();
    assert_eq!((japanese[0].name.as_str(), japanese[0].hours_text.as_str()), ("東支所", "平日9時から17時"));
    let english = places("en").await.unwrap();
    assert_eq!((english[0].name.as_str(), english[0].barrier_free.as_str()), ("East Office", "段差なし"));
}

#[tokio::test]
async fn a_location_with_bookings_is_retired_from_the_day_after_the_last_and_can_come_back() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let id = booked(&city, city.card(1, "橋本 葵").await, "2026-04-13.0900", None).await;
    let mut clerk = manager(&city, &format!("/locations/{}", city.office)).await;
    clerk.fill("この日から使わない", "2026-04-10").press("使うのをやめる").await;
    assert_eq!(clerk.status(), 422);
    let number = super::look(&city, id).await.no;
    assert!(
        clerk.says("予約が1件") && clerk.says("4月14日（火）") && clerk.says(&number),
        "{}",
        clerk.text()
    );
    clerk.fill("この日から使わない", "2026-04-14").press("使うのをやめる").await;
    assert!(clerk.says("使わない日を決めました"), "{}", clerk.text());
    clerk.open("/locations").await;
    assert!(clerk.says("終わりが決まっている"), "{}", clerk.text());
    clerk.open(&format!("/locations/{}", city.office)).await.press("また使うようにする").await;
    assert!(clerk.says("また使うようにしました"), "{}", clerk.text());
}

#[tokio::test]
async fn two_clerks_do_not_overwrite_each_other() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let page = format!("/locations/{}", city.office);
    let mut one = manager(&city, &page).await;
    let mut other = one.clone();
    one.fill("電話", "0000-00-1111").press("保存する").await;
    assert_eq!(one.status(), 200);
    other.fill("電話", "0000-00-2222").press("保存する").await;
    assert!(other.status() == 422 && other.says("ほかの人が先に変えました"), "{}", other.text());
}
