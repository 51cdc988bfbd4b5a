//! The schedule as the city shapes it: from its tables to the slots of a day and the days that can be booked.

use std::time::Duration;

use madoguchi::base::{Day, LocationId, Minute, Moment, StorageId};
use madoguchi::calendar::{
    self, Audience, ClosedBecause, DayPlan, EditError, Latest, LeadUnit, NewStorage, NthWeekday, Period,
    Rules, Slot, SlotId, SlotOverride, SpecialDay, Weekly, Window,
};
use madoguchi::db::{Actor, Lane, WriteTx};
use proptest::prelude::*;

use crate::kit::city::TestFile;
use crate::kit::location::new_location;

const CLERK: Actor = Actor::Cli { uid: 0 };

/// 本庁舎: weekdays from Monday 2026-04-06 with the seeded hours, the second Saturday of each month in the morning.
fn main_office(tx: &WriteTx<'_>) -> Result<LocationId, EditError> {
    calendar::seed(tx)?;
    let location = calendar::add_location(tx, &new_location("main", "本庁舎"))?;
    let patterns = calendar::patterns(tx)?;
    let id = |name: &str| patterns.iter().find(|pattern| pattern.name == name).map(|pattern| pattern.id);
    let effective = "2026-04-01".parse().unwrap();
    for weekday in 1..=5 {
        let plan = Weekly { location, weekday, effective, pattern: id("通常"), capacity: None };
        calendar::set_weekly(tx, &plan)?;
    }
    let second_saturday = NthWeekday {
        location,
        nth: 2,
        weekday: 6,
        effective,
        until: None,
        pattern: id("短縮"),
        capacity: Some(2),
    };
    calendar::set_nth_weekday(tx, &second_saturday)?;
    Ok(location)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn at(text: &str, hour: u16, minute: u16) -> Moment {
    Moment::at(day(text), Minute::of(hour * 60 + minute))
}

async fn rules(file: &TestFile, location: LocationId) -> Rules {
    file.db
        .read(Lane::Staff, move |tx| calendar::rules(tx, location, day("2026-01-01"), day("2027-12-31")))
        .await
        .unwrap()
}

async fn shaped() -> (TestFile, LocationId) {
    let file = TestFile::at("2026-04-13 09:42");
    let location = file.db.write(CLERK, main_office).await.unwrap();
    (file, location)
}

#[tokio::test]
async fn a_day_is_cut_into_slots_with_a_break_at_noon() {
    let (file, location) = shaped().await;
    let slots = rules(&file, location).await.slots(day("2026-04-13"));
    let times: Vec<String> = slots.iter().map(|slot| format!("{}-{}", slot.starts, slot.ends)).collect();
    assert_eq!(times.len(), 14);
    assert_eq!(
        (times[0].as_str(), times[5].as_str(), times[6].as_str()),
        ("9:00-9:30", "11:30-12:00", "13:00-13:30")
    );
    assert!(slots.iter().all(|slot| slot.capacity == 4 && slot.citizen_open));
}

#[tokio::test]
async fn what_is_nearer_to_the_day_wins() {
    let (file, location) = shaped().await;
    let before = rules(&file, location).await;
    assert_eq!(
        before.plan(day("2026-04-29")),
        DayPlan::Closed(ClosedBecause::Holiday("昭和の日".to_owned()))
    );
    assert_eq!(before.plan(day("2026-12-30")), DayPlan::Closed(ClosedBecause::Yearly("年末年始".to_owned())));
    assert_eq!(before.plan(day("2026-04-12")), DayPlan::Closed(ClosedBecause::Weekday));
    let saturday = before.slots(day("2026-04-11"));
    assert_eq!((saturday.len(), saturday[0].capacity), (6, 2));
    assert!(before.slots(day("2026-04-18")).is_empty());

    let changed = file.db.write(CLERK, move |tx| {
        let hours = calendar::patterns(tx)?[0].id;
        let open =
            SpecialDay::Open {
                pattern: hours, unit: None, capacity: Some(9), reason: "臨時開庁".to_owned()
            };
        calendar::set_special_day(tx, Some(location), day("2026-04-29"), &open)?;
        calendar::set_special_day(
            tx,
            None,
            day("2026-04-29"),
            &SpecialDay::Closed { reason: "停電".to_owned() },
        )?;
        calendar::set_special_day(
            tx,
            None,
            day("2026-04-14"),
            &SpecialDay::Closed { reason: "停電".to_owned() },
        )?;
        let slot = "1.2026-04-13.0900".parse::<SlotId>().unwrap();
        calendar::override_slot(tx, &slot, SlotOverride { capacity: Some(1), citizen_open: false })
    });
    changed.await.unwrap();
    let after = rules(&file, location).await;
    assert_eq!(after.slots(day("2026-04-29"))[0].capacity, 9);
    assert_eq!(after.plan(day("2026-04-14")), DayPlan::Closed(ClosedBecause::Special("停電".to_owned())));
    let first = after.slots(day("2026-04-13"))[0];
    assert_eq!((first.capacity, first.citizen_open), (1, false));
}

#[tokio::test]
async fn a_plan_holds_from_its_day_on() {
    let (file, location) = shaped().await;
    let changed = file.db.write(CLERK, move |tx| {
        let plan =
            Weekly { location, weekday: 3, effective: day("2026-05-01"), pattern: None, capacity: None };
        calendar::set_weekly(tx, &plan)
    });
    changed.await.unwrap();
    let rules = rules(&file, location).await;
    assert!(rules.is_open(day("2026-04-22")));
    assert!(!rules.is_open(day("2026-05-13")));
    assert!(!rules.is_open(day("2026-03-25")), "before the first plan nothing is open");
}

#[tokio::test]
async fn what_cannot_be_a_day_is_refused() {
    let (file, _) = shaped().await;
    let period = |from: u16, to: u16, unit| Period {
        starts: Minute::of(from),
        ends: Minute::of(to),
        unit,
        capacity: 1,
    };
    for (periods, why) in [
        (vec![], "NoPeriod"),
        (vec![period(600, 540, 30)], "PeriodBackwards"),
        (vec![period(540, 720, 30), period(660, 780, 30)], "PeriodsOverlap"),
        (vec![period(540, 725, 30)], "PeriodNotWhole"),
        (vec![period(540, 720, 45)], "PeriodNotWhole"),
    ] {
        let refused = file.db.write(CLERK, move |tx| calendar::set_pattern(tx, "通常", &periods)).await;
        assert_eq!(format!("{:?}", refused.unwrap_err()), why);
    }
    let twice =
        file.db.write(CLERK, |tx| calendar::add_location(tx, &new_location("main", "もうひとつ"))).await;
    assert!(matches!(twice, Err(EditError::LocationCodeTaken)));
}

#[tokio::test]
async fn a_made_up_slot_is_none() {
    let (file, location) = shaped().await;
    for (id, there) in [
        (format!("{location}.2026-04-13.0900"), true),
        (format!("{location}.2026-04-13.0915"), false),
        (format!("{location}.2026-04-12.0900"), false),
        (format!("{location}.2026-04-13.1200"), false),
        ("99.2026-04-13.0900".to_owned(), false),
    ] {
        let slot: SlotId = id.parse().unwrap();
        let found = file.db.read(Lane::Citizen, move |tx| calendar::slot(tx, &slot)).await.unwrap();
        assert_eq!(found.is_some(), there, "{id}");
    }
}

#[tokio::test]
async fn open_days_skip_weekends_and_holidays() {
    let (file, location) = shaped().await;
    let rules = rules(&file, location).await;
    let window = Window { lead: 3, unit: LeadUnit::OpenDays, ..Window::of_the_house(Audience::Citizen) };
    let first = |now| window.span(now, &rules, 0).unwrap().first;
    assert_eq!(first(at("2026-04-13", 9, 0)), day("2026-04-16"));
    assert_eq!(first(at("2026-04-16", 9, 0)), day("2026-04-21"));
    assert_eq!(first(at("2026-04-28", 9, 0)), day("2026-05-07"), "over the holidays of May");
    assert_eq!(
        window.span(at("2026-04-13", 9, 0), &rules, 7).unwrap().first,
        day("2026-04-22"),
        "the card travels"
    );
}

#[tokio::test]
async fn the_first_day_moves_at_midnight_in_japan() {
    let (file, location) = shaped().await;
    let rules = rules(&file, location).await;
    let window = Window { lead: 2, unit: LeadUnit::Days, ..Window::of_the_house(Audience::Citizen) };
    let midnight = at("2026-04-14", 0, 0);
    let last_second = midnight.minus(Duration::from_secs(1));
    assert_eq!(window.span(last_second, &rules, 0).unwrap().first, day("2026-04-15"));
    assert_eq!(window.span(midnight, &rules, 0).unwrap().first, day("2026-04-16"));
    assert_eq!(window.next_turn(last_second), midnight);
}

#[tokio::test]
async fn booking_for_today_ends_at_its_minute() {
    let (file, location) = shaped().await;
    let rules = rules(&file, location).await;
    let window = Window {
        lead: 0,
        same_day_until: Some(Minute::of(15 * 60)),
        ..Window::of_the_house(Audience::Citizen)
    };
    let until = at("2026-04-13", 15, 0);
    let slot = |hour: u16| {
        rules.slots(day("2026-04-13")).into_iter().find(|s| s.starts == Minute::of(hour * 60)).unwrap()
    };
    let before = until.minus(Duration::from_millis(1));
    assert!(window.may_book(before, &slot(16), &rules, 0));
    assert!(!window.may_book(until, &slot(16), &rules, 0));
    assert!(!window.may_book(before, &slot(14), &rules, 0), "it has begun");
    assert_eq!(window.next_turn(before), until);
    let never = Window { same_day_until: None, ..window };
    assert!(!never.may_book(at("2026-04-13", 8, 0), &slot(16), &rules, 0));
}

#[tokio::test]
async fn the_last_day_is_counted_or_fixed() {
    let (file, location) = shaped().await;
    let rules = rules(&file, location).await;
    let now = at("2028-02-28", 12, 0);
    let counted = Window { lead: 0, latest: Latest::Days(2), ..Window::of_the_house(Audience::Staff) };
    assert_eq!(counted.span(now, &rules, 0).unwrap().last, day("2028-03-01"), "2028 is a leap year");
    let fixed = Window { latest: Latest::Date(day("2028-02-27")), ..counted };
    assert_eq!(fixed.span(now, &rules, 0), None);
}

#[tokio::test]
async fn a_deadline_is_counted_back_in_days_or_in_open_days() {
    let (file, location) = shaped().await;
    let rules = rules(&file, location).await;
    let window = Window {
        change_days: 2,
        change_unit: LeadUnit::Days,
        cancel_days: 2,
        cancel_unit: LeadUnit::OpenDays,
        ..Window::of_the_house(Audience::Citizen)
    };
    let of = |on: &str| window.deadlines(day(on), &rules);
    assert_eq!(of("2026-04-15").change, at("2026-04-13", 17, 0));
    assert_eq!(of("2026-04-15").cancel, at("2026-04-13", 17, 0));
    assert_eq!(of("2026-04-13").change, at("2026-04-11", 17, 0));
    assert_eq!(
        of("2026-04-13").cancel,
        at("2026-04-10", 17, 0),
        "the second Saturday is open, the Sunday is not"
    );
    assert_eq!(of("2026-05-07").cancel, at("2026-04-30", 17, 0), "and the long holidays");
    let none = Window { cancel_days: 0, ..window };
    assert_eq!(none.deadlines(day("2026-04-13"), &rules).cancel, at("2026-04-13", 17, 0));
}

#[tokio::test]
async fn a_card_travels_by_its_route() {
    let (file, here) = shaped().await;
    let days = file.db.write(CLERK, move |tx| -> Result<[u16; 4], EditError> {
        let there = calendar::add_location(tx, &new_location("east", "東支所"))?;
        let store =
            |code: &str, location| NewStorage { code: code.to_owned(), name: code.to_owned(), location };
        let in_main: StorageId = calendar::add_storage(tx, &store("A", Some(here)))?;
        let in_east = calendar::add_storage(tx, &store("B", Some(there)))?;
        calendar::set_route(tx, in_main, there, 5)?;
        Ok([
            calendar::lead_days(tx, Some(in_main), here, 2)?,
            calendar::lead_days(tx, Some(in_main), there, 2)?,
            calendar::lead_days(tx, Some(in_east), here, 2)?,
            calendar::lead_days(tx, None, here, 2)?,
        ])
    });
    assert_eq!(days.await.unwrap(), [0, 5, 2, 0]);
}

#[tokio::test]
async fn every_change_raises_the_version() {
    let (file, location) = shaped().await;
    let version = || file.db.read(Lane::Staff, move |tx| calendar::version(tx, location));
    let before = version().await.unwrap();
    let window = Window::of_the_house(Audience::Citizen);
    file.db
        .write(CLERK, move |tx| calendar::set_window(tx, location, Audience::Citizen, &window))
        .await
        .unwrap();
    assert_eq!(version().await.unwrap(), before + 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn slots_lie_in_their_periods_and_never_overlap(
        parts in prop::collection::vec((0u16..6, 1u16..5, prop::sample::select(vec![10u16, 15, 20, 30, 60])), 1..5)
    ) {
        let mut from = 8 * 60;
        let mut periods = Vec::new();
        for (gap, slots, unit) in parts {
            from += gap * 10;
            let period = Period { starts: Minute::of(from), ends: Minute::of(from + slots * unit), unit, capacity: 3 };
            periods.push(period);
            from += slots * unit;
        }
        let cut = cut(&periods);
        prop_assert!(cut.windows(2).all(|pair| pair[0].ends <= pair[1].starts));
        prop_assert!(cut.iter().all(|slot| periods.iter().any(|p| p.starts <= slot.starts && slot.ends <= p.ends)));
        let minutes = |from: Minute, to: Minute| u32::from(to.get() - from.get());
        let open: u32 = periods.iter().map(|p| minutes(p.starts, p.ends)).sum();
        let covered: u32 = cut.iter().map(|slot| minutes(slot.starts, slot.ends)).sum();
        prop_assert_eq!(open, covered);
    }
}

/// The slots of a weekday that has these periods, by way of the file.
fn cut(periods: &[Period]) -> Vec<Slot> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let periods = periods.to_vec();
    runtime.block_on(async {
        let file = TestFile::at("2026-04-13 09:42");
        let made = file.db.write(CLERK, move |tx| -> Result<LocationId, EditError> {
            let location = calendar::add_location(tx, &new_location("main", "本庁舎"))?;
            let pattern = Some(calendar::set_pattern(tx, "任意", &periods)?);
            let plan = Weekly { location, weekday: 1, effective: day("2026-04-01"), pattern, capacity: None };
            calendar::set_weekly(tx, &plan)?;
            Ok(location)
        });
        let location = made.await.unwrap();
        rules(&file, location).await.slots(day("2026-04-13"))
    })
}

#[tokio::test]
async fn a_kept_schedule_is_given_out_while_it_holds_and_read_anew_when_it_does_not() {
    let office = crate::counter::office::Office::at("2026-04-06 23:59").await;
    let (here, there) = (office.here, office.there);
    let schedules = calendar::Schedules::default();
    let look = async |location| {
        let schedules = schedules.clone();
        let read = office.file.db.read(madoguchi::db::Lane::Citizen, move |tx| schedules.of(tx, location));
        read.await.unwrap()
    };
    let monday = "2026-04-13".parse().unwrap();
    let (first, elsewhere) = (look(here).await, look(there).await);
    assert!(first.is_open(monday));
    assert!(std::sync::Arc::ptr_eq(&first, &look(here).await), "nothing changed: the same one");

    let close = move |tx: &madoguchi::db::WriteTx<'_>| {
        let closed = calendar::SpecialDay::Closed { reason: "停電".to_owned() };
        calendar::set_special_day(tx, Some(here), monday, &closed)
    };
    office.file.db.write(crate::counter::office::clerk(1), close).await.unwrap();
    assert!(!look(here).await.is_open(monday), "a closed day shows at once");
    assert!(std::sync::Arc::ptr_eq(&elsewhere, &look(there).await), "another place keeps its own");

    let everywhere = move |tx: &madoguchi::db::WriteTx<'_>| {
        let closed = calendar::SpecialDay::Closed { reason: "台風".to_owned() };
        calendar::set_special_day(tx, None, monday, &closed)
    };
    office.file.db.write(crate::counter::office::clerk(1), everywhere).await.unwrap();
    assert!(!look(there).await.is_open(monday), "a closure of all places reaches each");

    let yesterday = look(here).await;
    office.file.clock.set("2026-04-07 00:00");
    assert!(!std::sync::Arc::ptr_eq(&yesterday, &look(here).await), "a new day reads anew");
}
