//! The booking calendar: numbers, words and shades of a month and a day, and where they lead.

use madoguchi::calendar::{self, SlotOverride, SpecialDay};

use super::{booked, people};
use crate::kit::municipality::TestMunicipality;

#[tokio::test]
async fn a_month_shows_taken_and_offered_seats_in_numbers_and_words() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (office, day) = (city.office, "2026-04-14");
    booked(&city, &people(&city, 1, 4).await, "2026-04-13.0900").await;
    city.write(move |tx| {
        let closed = SpecialDay::Closed { reason: "停電".to_owned() };
        calendar::set_special_day(tx, Some(office), day.parse().unwrap(), &closed)?;
        let usual = calendar::patterns(tx)?[1].id;
        let open =
            SpecialDay::Open {
                pattern: usual, unit: None, capacity: Some(1), reason: "休日窓口".to_owned()
            };
        calendar::set_special_day(tx, Some(office), "2026-04-18".parse().unwrap(), &open)
    })
    .await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/calendar").await;
    assert_eq!((clerk.status(), clerk.h1()), (200, "予約カレンダー"));
    for words in ["2026年（令和8年）4月 本庁舎", "4／56", "残り52", "閉庁（停電）", "休日窓口", "昭和の日"]
    {
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
    clerk.follow("13日（月）").await;
    assert!(clerk.says("4／4") && clerk.says("満員"), "{}", clerk.text());
    assert!(clerk.says("市民1") && clerk.says("ほか3人"), "{}", clerk.text());
}

#[tokio::test]
async fn a_closed_day_that_has_bookings_is_marked_and_shows_them() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let office = city.office;
    booked(&city, &people(&city, 1, 2).await, "2026-04-14.0900").await;
    city.write(move |tx| {
        let closed = SpecialDay::Closed { reason: "停電".to_owned() };
        calendar::set_special_day(tx, Some(office), "2026-04-14".parse().unwrap(), &closed)
    })
    .await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/calendar?month=2026-04").await;
    assert!(clerk.says("予約あり"), "{}", clerk.text());
    clerk.open(&format!("/calendar?day=2026-04-14&location={office}")).await;
    assert!(clerk.says("枠の外にある予約") && clerk.says("市民1"), "{}", clerk.text());
}

#[tokio::test]
async fn all_places_stand_side_by_side_for_a_month_and_for_a_day() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    booked(&city, &people(&city, 1, 5).await, "2026-04-13.0900").await;
    let slot = format!("{}.2026-04-13.0930", city.branch).parse().unwrap();
    city.write(move |tx| {
        calendar::override_slot(tx, &slot, SlotOverride { capacity: Some(9), citizen_open: false })
    })
    .await;
    let mut clerk = city.clerk("call_center").await;
    clerk.open("/calendar?month=2026-04&view=all").await;
    assert!(clerk.says("本庁舎") && clerk.says("東支所") && clerk.says("全2か所"), "{}", clerk.text());
    clerk.open("/calendar?day=2026-04-13").await;
    assert_eq!(clerk.h1(), "4月13日（月）の枠");
    for words in ["5／4 超過1", "0／9 残り9", "予約 5／枠 117"] {
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
    clerk.follow("東支所 9:30").await;
    assert_eq!((clerk.path(), clerk.h1()), ("/bookings/new", "予約を登録"));
    assert!(clerk.says("4月13日（月） 東支所"), "{}", clerk.text());
}

#[tokio::test]
async fn a_longer_slot_spans_the_rows_of_shorter_ones() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let branch = city.branch;
    city.write(move |tx| {
        let hour = calendar::Period {
            starts: madoguchi::base::Minute::of(540),
            ends: madoguchi::base::Minute::of(720),
            unit: 60,
            capacity: 2,
        };
        let pattern = calendar::set_pattern(tx, "一時間", &[hour])?;
        let open = SpecialDay::Open { pattern, unit: None, capacity: None, reason: String::new() };
        calendar::set_special_day(tx, Some(branch), "2026-04-13".parse().unwrap(), &open)
    })
    .await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/calendar?day=2026-04-13").await;
    assert_eq!(clerk.page().html.matches("rowspan=\"2\"").count(), 3, "{}", clerk.text());
}

#[tokio::test]
async fn made_up_addresses_of_the_calendar_lead_to_the_present_month_or_nowhere() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = city.clerk("counter").await;
    for address in
        ["/calendar?month=2026-13", "/calendar?day=2026-02-30", "/calendar?month=9999-01", "/calendar?view=x"]
    {
        clerk.open(address).await;
        assert_eq!(clerk.status(), 200, "{address}");
        assert!(clerk.says("2026年（令和8年）4月"), "{address}: {}", clerk.text());
    }
    clerk.open("/calendar?day=2026-04-13&location=99").await;
    assert_eq!(clerk.status(), 404);
    clerk.open("/calendar?day=2026-04-12").await;
    assert!(clerk.says("この日はどの場所も受け付けていません"), "{}", clerk.text());
}

#[tokio::test]
async fn whoever_may_not_book_sees_no_calendar() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut auditor = city.clerk("auditor").await;
    for address in ["/calendar", "/bookings", "/bookings/new"] {
        auditor.open(address).await;
        assert_eq!(auditor.status(), 403, "{address}");
    }
}
