//! Until when a citizen may change and cancel: two deadlines, and none while the office has taken the time away.

use std::collections::BTreeMap;
use std::sync::Arc;

use madoguchi::base::Minute;
use madoguchi::booking::{self, Choice, Choices, Reshape};
use madoguchi::calendar::{self, Audience, Edit, EditError, LeadUnit, Plan, SpecialDay, Window};
use madoguchi::db::{Actor, Fault, Lane, ReadTx};
use madoguchi::once::OnceKey;

use super::steps::{EMAIL, acknowledge, choose, choose_time, enter};
use crate::kit::{Browser, TestMunicipality};

/// A booking for 15 April at 9:30, made at 16:50 on the 10th; its change ends that day at 17:00, cancelling on the day itself.
async fn booked() -> (TestMunicipality, Browser) {
    let city = TestMunicipality::at("2026-04-10 16:50").await;
    let office = city.office;
    city.write(move |tx| -> Result<(), EditError> {
        let window = Window {
            change_days: 5,
            change_unit: LeadUnit::Days,
            change_until: Minute::of(17 * 60),
            cancel_days: 0,
            cancel_unit: LeadUnit::Days,
            cancel_until: Minute::of(9 * 60),
            ..Window::of_the_house(Audience::Citizen)
        };
        calendar::set_window(tx, office, Audience::Citizen, &window)
    })
    .await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    choose(&mut browser, "本庁舎", "4月15日（水）", "9:30").await;
    acknowledge(&mut browser).await;
    browser.press("この内容で予約する").await;
    let letter = city.letter(EMAIL).await;
    assert!(letter.body.contains("変更は4月10日（金）17:00まで"), "{}", letter.body);
    assert!(letter.body.contains("取り消しは4月15日（水）9:00まで"), "{}", letter.body);
    (city, browser)
}

#[tokio::test]
async fn changing_ends_at_its_own_minute_and_cancelling_goes_on() {
    let (city, mut browser) = booked().await;
    city.clock.set("2026-04-10 16:59");
    browser.open("/my/booking").await;
    assert!(browser.says("日時や場所を変える") && browser.says("取り消せるのは"), "{}", browser.text());
    browser.follow("日時や場所を変える").await;
    city.clock.set("2026-04-10 17:00");
    browser.open("/my/booking").await;
    assert!(!browser.says("日時や場所を変える") && browser.says("取り消せるのは"), "{}", browser.text());
    browser.open("/my/change").await;
    assert_eq!(browser.path(), "/my/booking", "the way to the change is closed");
    browser.open("/my/cancel").await;
    assert_eq!((browser.status(), browser.path()), (200, "/my/cancel"));
}

#[tokio::test]
async fn whose_time_the_office_took_away_chooses_again_after_the_deadline() {
    let (city, mut browser) = booked().await;
    city.clock.set("2026-04-10 17:01");
    let to = Some(SpecialDay::Closed { reason: "停電".to_owned() });
    let day = "2026-04-15".parse().unwrap();
    let plan = Plan { edits: vec![Edit::Special { location: Some(city.office), day, to }] };
    let both =
        move |tx: &ReadTx<'_>| Ok::<_, Fault>((booking::effect(tx, &plan)?, booking::foresee(tx, &plan)?));
    let (seen, foreseen) = city.city.db.read(Lane::Staff, both).await.unwrap();
    let wish = Reshape {
        chosen: foreseen.chosen(&Choices { all: Choice::Tell, each: BTreeMap::new() }).unwrap(),
        foreseen: Arc::new(foreseen),
        what: "停電のため閉庁".to_owned(),
        seal: seen.seal,
        lower: false,
        undoes: None,
        once: OnceKey::from_form("form-of-the-closure").unwrap(),
    };
    city.city.db.write(Actor::Cli { uid: 0 }, move |tx| booking::reshape(tx, &wish)).await.unwrap();
    let letter = city.letter(EMAIL).await;
    assert_eq!(letter.kind, "new_time_asked");

    browser.open("/my/booking").await.follow("日時や場所を変える").await;
    browser.press("日時を選び直す").await;
    choose_time(&mut browser, "4月16日（木）", "10:00").await;
    acknowledge(&mut browser).await;
    browser.press("この内容に変更する").await;
    assert_eq!(browser.path(), "/done");
    assert_eq!(city.letter(EMAIL).await.kind, "booking_changed");
    let open = city.city.db.read(Lane::Staff, booking::open_cases).await.unwrap();
    assert!(open.is_empty(), "nobody has to be reached any more: {open:?}");
    browser.open("/my/booking").await;
    assert!(browser.says("4月11日（土）17:00"), "the new time has its own deadline: {}", browser.text());
}

#[tokio::test]
async fn a_deadline_in_open_days_skips_the_weekend_and_ends_at_its_second() {
    let mut city = TestMunicipality::at("2026-04-09 23:40").await;
    city.mail_may_stay();
    let mut boss = city.clerk("manager").await;
    boss.open(&format!("/windows?location={}", city.office)).await;
    boss.fill("市民：何日後から", "1").select("市民：日の数え方", "日後から（暦の日）");
    boss.fill("変更の締め切り", "2").select("変更の締め切りの日の数え方", "開庁日前の");
    boss.fill("変更の締め切りの時刻", "24:00").fill("取消の締め切り", "2");
    boss.fill("取消の締め切りの時刻", "24:00").press("この内容を確かめる").await;
    assert!(
        boss.says("変更は予約日の2開庁日前の24:00まで、取消は予約日の2日前の24:00まで"),
        "{}",
        boss.text()
    );
    boss.press("反映する").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    super::steps::book(&city, &mut browser, 1, EMAIL).await;
    city.letters(EMAIL).await;
    // The booking is on Monday the 13th: two open days before is Thursday the 9th, two days before is Saturday the 11th.
    city.clock.set("2026-04-09 23:59:59");
    browser.open("/my/booking").await;
    assert!(browser.says("日時や場所を変える"), "{}", browser.text());
    city.clock.set("2026-04-10 00:00:00");
    browser.open("/my/booking").await;
    assert!(!browser.says("日時や場所を変える") && browser.says("取り消せるのは"), "{}", browser.text());
    city.clock.set("2026-04-11 23:50");
    let mut again = city.browser();
    enter(&city, &mut again, 1, EMAIL).await;
    city.clock.set("2026-04-11 23:59:59");
    again.open("/my/cancel").await;
    assert_eq!(again.path(), "/my/cancel", "{}", again.text());
    city.clock.set("2026-04-12 00:00:00");
    again.open("/my/cancel").await;
    assert_eq!(again.path(), "/my/booking", "{}", again.text());
}
