//! Every rule that staff shape is seen from the citizen's calendar: a test a rule.
//!
//! Spec: 7(2)⑤ ⑥, 7(3)⑤ ⑦ ⑧.

use madoguchi::base::{LocationId, Minute, Moment};
use madoguchi::booking::{self, BookByStaff, Channel, Close, ClosedSpan, Overbook, Steer, SteerClosure};
use madoguchi::calendar::{
    self, AddRelease, Audience, ChangeLocation, EditError, KeptFor, Latest, LeadUnit, LocationText,
    NthWeekday, Period, Reserve, SeatsBy, SetReserves, SlotId, SlotOverride, SpecialDay, Weekdays, Weekly,
    Window,
};
use madoguchi::db::{Fault, Lane, WriteTx};
use madoguchi::once::OnceKey;

use super::steps::{EMAIL, enter};
use crate::kit::{Browser, TestMunicipality};

/// Monday: the first day that citizens may book is Thursday the 9th, the last one 5 June.
const NOW: &str = "2026-04-06 09:00";

/// A citizen at the calendar of 本庁舎.
async fn at_calendar(city: &TestMunicipality) -> Browser {
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(city, &mut browser, 1, EMAIL).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await.press("人で次へ進む").await;
    assert_eq!(browser.path(), "/calendar", "{}", browser.text());
    browser
}

/// What a day offers: `9:00から9:30 空きあり`, one line a time; nothing where the day cannot be chosen.
async fn offered(browser: &mut Browser, day: &str) -> Vec<String> {
    browser.open(&format!("/calendar?month={}&day={day}", &day[..7])).await;
    let slots = browser.field("slot");
    let of_day = slots.iter().filter(|slot| slot.value.contains(day));
    of_day.map(|slot| slot.label.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Whether a day of the month's calendar can be pressed.
async fn opens(browser: &mut Browser, day: &str, words: &str) -> bool {
    browser.open(&format!("/calendar?month={}", &day[..7])).await;
    browser.page().links.iter().any(|link| link.name.contains(words))
}

async fn shaped<F>(city: &TestMunicipality, job: F)
where
    F: Fn(&WriteTx<'_>, LocationId) -> Result<(), EditError> + Send + 'static,
{
    let office = city.office;
    city.write(move |tx| job(tx, office)).await;
}

fn slot(location: LocationId, text: &str) -> SlotId {
    format!("{location}.{text}").parse().unwrap()
}

async fn usual(city: &TestMunicipality) -> i64 {
    let patterns = city.city.db.read(Lane::Staff, calendar::patterns).await.unwrap();
    patterns.into_iter().find(|pattern| pattern.name == "通常").unwrap().id
}

/// Somebody else's booking of so many people, by staff.
async fn taken(city: &TestMunicipality, at: &str, first: u32, people: u32) {
    let mut party = Vec::new();
    for number in first..first + people {
        party.push(city.card(number, &format!("市民{number}")).await);
    }
    let wish = BookByStaff {
        party,
        slot: slot(city.office, at),
        email: None,
        channel: Channel::Counter,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("form-of-the-test-{first}")).unwrap(),
    };
    city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
}

async fn changed(city: &TestMunicipality, change: impl Fn(&mut ChangeLocation) + Send + Sync + 'static) {
    let office = city.office;
    city.write(move |tx| {
        let place = calendar::location(tx, office)?.unwrap();
        let mut wish = ChangeLocation {
            location: office,
            expect_version: place.version,
            code: place.code.clone(),
            phone: place.phone.clone(),
            citizen_visible: place.citizen_visible,
            seats_by: place.seats_by,
            few_percent: place.few_percent,
            weekdays: place.weekdays,
            words: LocationText {
                name: place.name,
                address: place.address,
                access: place.access,
                barrier_free: place.barrier_free,
                hours_text: place.hours_text,
            },
        };
        change(&mut wish);
        calendar::change_location(tx, &wish)
    })
    .await;
}

#[tokio::test]
async fn seats_are_counted_by_people_or_by_booking() {
    let city = TestMunicipality::at(NOW).await;
    let mut browser = at_calendar(&city).await;
    taken(&city, "2026-04-13.0900", 2, 4).await;
    assert!(!offered(&mut browser, "2026-04-13").await.iter().any(|one| one.contains("9:00から")));
    changed(&city, |wish| wish.seats_by = SeatsBy::Booking).await;
    taken(&city, "2026-04-13.0930", 10, 4).await;
    let slots = offered(&mut browser, "2026-04-13").await;
    assert!(slots.iter().any(|one| one.contains("9:30から10:00")), "four people take one seat: {slots:?}");
}

#[tokio::test]
async fn few_begins_where_the_location_says() {
    let city = TestMunicipality::at(NOW).await;
    let mut browser = at_calendar(&city).await;
    taken(&city, "2026-04-13.0900", 2, 2).await;
    let first = offered(&mut browser, "2026-04-13").await.remove(0);
    assert!(first.contains("空きあり"), "{first}");
    changed(&city, |wish| wish.few_percent = 50).await;
    let first = offered(&mut browser, "2026-04-13").await.remove(0);
    assert!(first.contains("残りわずか"), "{first}");
}

#[tokio::test]
async fn days_of_the_week_that_are_not_shown_appear_only_where_something_can_be_booked() {
    let city = TestMunicipality::at(NOW).await;
    changed(&city, |wish| wish.weekdays = Weekdays::of(1..=5).unwrap()).await;
    let mut browser = at_calendar(&city).await;
    let heads = |browser: &Browser| browser.page().html.matches("<th scope=\"col\"").count();
    browser.open("/calendar?month=2026-04").await;
    assert_eq!(heads(&browser), 5, "{}", browser.text());
    let pattern = usual(&city).await;
    shaped(&city, move |tx, office| {
        let open =
            SpecialDay::Open {
                pattern, unit: None, capacity: None, reason: "日曜の臨時開庁".to_owned()
            };
        calendar::set_special_day(tx, Some(office), "2026-04-19".parse().unwrap(), &open)
    })
    .await;
    assert!(opens(&mut browser, "2026-04-19", "4月19日（日）").await, "{}", browser.text());
    assert_eq!(heads(&browser), 6);
    browser.open("/calendar?month=2026-05").await;
    assert_eq!(heads(&browser), 5);
}

#[tokio::test]
async fn capacity_is_set_by_weekday_by_day_and_by_slot() {
    let city = TestMunicipality::at(NOW).await;
    let pattern = usual(&city).await;
    shaped(&city, move |tx, location| {
        let effective = "2026-04-01".parse().unwrap();
        let monday = Weekly { location, weekday: 1, effective, pattern: Some(pattern), capacity: Some(1) };
        calendar::set_weekly(tx, &monday)?;
        let one = SpecialDay::Open { pattern, unit: None, capacity: Some(1), reason: "少人数".to_owned() };
        calendar::set_special_day(tx, Some(location), "2026-04-14".parse().unwrap(), &one)?;
        let slot = slot(location, "2026-04-15.0900");
        calendar::override_slot(tx, &slot, SlotOverride { capacity: Some(1), citizen_open: true })
    })
    .await;
    let mut browser = at_calendar(&city).await;
    for (number, day) in [(10, "2026-04-13"), (20, "2026-04-14"), (30, "2026-04-15"), (40, "2026-04-16")] {
        taken(&city, &format!("{day}.0900"), number, 1).await;
        let first = offered(&mut browser, day).await.remove(0);
        assert_eq!(first.contains("9:00から"), day == "2026-04-16", "{day}: {first}");
    }
}

#[tokio::test]
async fn a_slot_is_kept_from_citizens() {
    let city = TestMunicipality::at(NOW).await;
    shaped(&city, |tx, location| {
        let exception = SlotOverride { capacity: None, citizen_open: false };
        calendar::override_slot(tx, &slot(location, "2026-04-13.0900"), exception)
    })
    .await;
    let mut browser = at_calendar(&city).await;
    let slots = offered(&mut browser, "2026-04-13").await;
    assert!(slots[0].contains("9:30から") && !browser.says("9:00から"), "{slots:?}");
}

#[tokio::test]
async fn the_unit_changes_by_day_and_by_hour() {
    let city = TestMunicipality::at(NOW).await;
    let pattern = usual(&city).await;
    shaped(&city, move |tx, location| {
        let hour = SpecialDay::Open { pattern, unit: Some(60), capacity: None, reason: String::new() };
        calendar::set_special_day(tx, Some(location), "2026-04-13".parse().unwrap(), &hour)?;
        let part = |starts, ends, unit| Period {
            starts: Minute::of(starts),
            ends: Minute::of(ends),
            unit,
            capacity: 2,
        };
        let mixed = calendar::set_pattern(tx, "混在", &[part(540, 600, 10), part(600, 720, 60)])?;
        let open = SpecialDay::Open { pattern: mixed, unit: None, capacity: None, reason: String::new() };
        calendar::set_special_day(tx, Some(location), "2026-04-14".parse().unwrap(), &open)
    })
    .await;
    let mut browser = at_calendar(&city).await;
    let hours = offered(&mut browser, "2026-04-13").await;
    assert!(hours.len() == 7 && hours[0].contains("9:00から10:00"), "{hours:?}");
    let mixed = offered(&mut browser, "2026-04-14").await;
    assert!(
        mixed.len() == 8 && mixed[0].contains("9:00から9:10") && mixed[7].contains("11:00から12:00"),
        "{mixed:?}"
    );
}

#[tokio::test]
async fn the_second_saturday_a_special_sunday_holidays_and_closures_show_as_they_are() {
    let city = TestMunicipality::at(NOW).await;
    let pattern = usual(&city).await;
    shaped(&city, move |tx, location| {
        let effective = "2026-04-01".parse().unwrap();
        let planned = (Some(pattern), None);
        let nth = NthWeekday {
            location,
            nth: 2,
            weekday: 6,
            effective,
            until: None,
            pattern: planned.0,
            capacity: planned.1,
        };
        calendar::set_nth_weekday(tx, &nth)?;
        let open = SpecialDay::Open { pattern, unit: None, capacity: None, reason: "臨時".to_owned() };
        calendar::set_special_day(tx, Some(location), "2026-04-19".parse().unwrap(), &open)?;
        let closed = SpecialDay::Closed { reason: "停電".to_owned() };
        calendar::set_special_day(tx, Some(location), "2026-04-20".parse().unwrap(), &closed)
    })
    .await;
    let mut browser = at_calendar(&city).await;
    for (day, words, open) in [
        ("2026-04-11", "4月11日（土）", true),
        ("2026-04-18", "4月18日（土）", false),
        ("2026-04-19", "4月19日（日）", true),
        ("2026-04-20", "4月20日（月）", false),
        ("2026-04-29", "4月29日（水）", false),
        ("2026-05-06", "5月6日（水）", false),
        ("2026-05-07", "5月7日（木）", true),
    ] {
        assert_eq!(opens(&mut browser, day, words).await, open, "{words}: {}", browser.text());
    }
}

#[tokio::test]
async fn nothing_opens_over_the_end_of_the_year() {
    let city = TestMunicipality::at("2026-12-21 09:00").await;
    let mut browser = at_calendar(&city).await;
    for (day, words, open) in [
        ("2026-12-28", "12月28日（月）", true),
        ("2026-12-29", "12月29日（火）", false),
        ("2026-12-31", "12月31日（木）", false),
        ("2027-01-01", "1月1日（金）", false),
        ("2027-01-04", "1月4日（月）", true),
    ] {
        assert_eq!(opens(&mut browser, day, words).await, open, "{words}");
    }
}

#[tokio::test]
async fn today_is_offered_until_its_minute_and_a_fixed_last_day_is_the_last() {
    let city = TestMunicipality::at("2026-04-06 09:59:59").await;
    shaped(&city, |tx, location| {
        let window = Window {
            lead: 0,
            unit: LeadUnit::Days,
            same_day_until: Some(Minute::of(600)),
            latest: Latest::Date("2026-04-15".parse().unwrap()),
            ..Window::of_the_house(Audience::Citizen)
        };
        calendar::set_window(tx, location, Audience::Citizen, &window)
    })
    .await;
    let mut browser = at_calendar(&city).await;
    let today = offered(&mut browser, "2026-04-06").await;
    assert!(today[0].contains("10:00から"), "what has begun is not offered: {today:?}");
    assert!(opens(&mut browser, "2026-04-15", "4月15日（水）").await);
    assert!(!opens(&mut browser, "2026-04-16", "4月16日（木）").await);
    city.clock.set("2026-04-06 10:00:00");
    assert!(offered(&mut browser, "2026-04-06").await.is_empty());
}

#[tokio::test]
async fn a_period_opens_to_citizens_at_its_second() {
    let city = TestMunicipality::at("2026-04-07 23:59:59").await;
    let office = city.office;
    city.write(move |tx| {
        let opens_at = Moment::at("2026-04-08".parse().unwrap(), Minute::of(0));
        let (from, to) = ("2026-04-13".parse().unwrap(), "2026-04-17".parse().unwrap());
        calendar::add_release(tx, &AddRelease { location: office, from, to, opens_at })
    })
    .await;
    let mut browser = at_calendar(&city).await;
    assert!(!opens(&mut browser, "2026-04-13", "4月13日（月）").await);
    assert!(opens(&mut browser, "2026-04-20", "4月20日（月）").await, "the week after is no part of it");
    city.clock.set("2026-04-08 00:00:00");
    assert!(opens(&mut browser, "2026-04-13", "4月13日（月）").await, "{}", browser.text());
}

#[tokio::test]
async fn a_kept_seat_is_citizens_from_its_second_on() {
    let city = TestMunicipality::at("2026-04-09 11:59:59").await;
    city.offer("2026-04-20.0900", 1).await;
    let office = city.office;
    city.write(move |tx| {
        let reserve =
            Reserve { channel: KeptFor::Telephone, seats: 1, release_days: 11, release_at: Minute::of(720) };
        calendar::set_reserves(tx, &SetReserves { location: office, reserves: vec![reserve] })
    })
    .await;
    let mut browser = at_calendar(&city).await;
    let first = offered(&mut browser, "2026-04-20").await.remove(0);
    assert!(first.contains("9:30から"), "{first}");
    city.clock.set("2026-04-09 12:00:00");
    let first = offered(&mut browser, "2026-04-20").await.remove(0);
    assert!(first.contains("9:00から"), "{first}");
}

#[tokio::test]
async fn a_mass_closure_takes_its_hours_and_gives_them_back() {
    let city = TestMunicipality::at(NOW).await;
    let mut browser = at_calendar(&city).await;
    let office = city.office;
    let closure = city.write(move |tx| {
        let at = |minute| Moment::at("2026-04-13".parse().unwrap(), Minute::of(minute));
        let span = ClosedSpan { from: at(0), to: at(13 * 60 + 30), places: vec![office] };
        let once = OnceKey::from_form("form-of-the-closure").unwrap();
        booking::close(tx, &Close { span, reason: "停電".to_owned(), once })
    });
    let closure = closure.await;
    let slots = offered(&mut browser, "2026-04-13").await;
    assert!(slots[0].contains("13:30から"), "{slots:?}");
    city.write(move |tx| {
        let expect_version = booking::closure(tx, closure)?.unwrap().version;
        let steer = SteerClosure { id: closure, expect_version, steer: Steer::Reopen };
        booking::steer_closure(tx, &steer).map_err(|error| Fault::Stored(error.to_string()))
    })
    .await;
    let slots = offered(&mut browser, "2026-04-13").await;
    assert!(slots[0].contains("9:00から"), "{slots:?}");
}
