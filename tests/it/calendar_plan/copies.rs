//! Copying days and locations: the target opens like the source.

use madoguchi::base::{Day, LocationId};
use madoguchi::calendar::{
    self, Audience, EditError, NthWeekday, Slot, SlotId, SlotOverride, SpecialDay, Stretch, Weekly, Window,
};
use madoguchi::db::Lane;

use crate::kit::TestMunicipality;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn slots(city: &TestMunicipality, location: LocationId, on: &str) -> Vec<(u16, u16, u16, bool)> {
    let on = day(on);
    let read = move |tx: &madoguchi::db::ReadTx<'_>| calendar::rules(tx, location, on, on);
    let rules = city.city.db.read(Lane::Staff, read).await.unwrap();
    let bare = |slot: Slot| (slot.starts.get(), slot.ends.get(), slot.capacity, slot.citizen_open);
    rules.slots(on).into_iter().map(bare).collect()
}

#[tokio::test]
async fn a_copied_day_opens_like_its_source_with_single_slots_and_a_plain_one_leaves_no_trace() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (office, branch) = (city.office, city.branch);
    city.write(move |tx| -> Result<_, EditError> {
        let short = calendar::patterns(tx)?.into_iter().find(|one| one.name == "短縮").unwrap().id;
        let special =
            SpecialDay::Open {
                pattern: short, unit: Some(15), capacity: Some(2), reason: "停電".to_owned()
            };
        calendar::set_special_day(tx, Some(office), day("2026-04-13"), &special)?;
        let slot: SlotId = format!("{office}.2026-04-13.0915").parse().unwrap();
        calendar::override_slot(tx, &slot, SlotOverride { capacity: Some(7), citizen_open: false })?;
        let closed = SpecialDay::Closed { reason: "研修".to_owned() };
        calendar::set_special_day(tx, Some(branch), day("2026-04-21"), &closed)
    })
    .await;
    let wish = Stretch {
        from: office,
        days: vec![(day("2026-04-13"), day("2026-04-20")), (day("2026-04-14"), day("2026-04-21"))],
        to: vec![office, branch],
    };
    city.write(move |tx| -> Result<_, EditError> {
        let plan = calendar::copy_days(tx, &wish)?;
        calendar::apply(tx, &plan, "複写", None)
    })
    .await;
    let source = slots(&city, office, "2026-04-13").await;
    assert_eq!(source.len(), 12);
    assert_eq!(source[1], (555, 570, 7, false));
    for place in [office, branch] {
        assert_eq!(slots(&city, place, "2026-04-20").await, source);
        assert_eq!(slots(&city, place, "2026-04-21").await, slots(&city, office, "2026-04-14").await);
    }
    let read = move |tx: &madoguchi::db::ReadTx<'_>| {
        calendar::rules(tx, branch, day("2026-04-21"), day("2026-04-21"))
    };
    let rules = city.city.db.read(Lane::Staff, read).await.unwrap();
    assert_eq!(rules.special(day("2026-04-21")), None, "a plain day needs no day on its own");
}

#[tokio::test]
async fn a_location_copied_from_a_day_on_is_like_the_other_from_then_and_as_it_was_before() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (office, branch) = (city.office, city.branch);
    city.write(move |tx| -> Result<_, EditError> {
        let patterns = calendar::patterns(tx)?;
        let id = |name: &str| patterns.iter().find(|one| one.name == name).map(|one| one.id);
        let (effective, until) = (day("2026-04-01"), None);
        let saturday = NthWeekday {
            location: office,
            nth: 2,
            weekday: 6,
            effective,
            until,
            pattern: id("短縮"),
            capacity: Some(3),
        };
        calendar::set_nth_weekday(tx, &saturday)?;
        let sunday = NthWeekday {
            location: branch,
            nth: 1,
            weekday: 0,
            effective,
            until,
            pattern: id("通常"),
            capacity: None,
        };
        calendar::set_nth_weekday(tx, &sunday)?;
        let late = Weekly { location: office, weekday: 3, effective, pattern: id("延長"), capacity: None };
        calendar::set_weekly(tx, &late)?;
        let window = Window { lead: 9, ..Window::of_the_house(Audience::Citizen) };
        calendar::set_window(tx, office, Audience::Citizen, &window)?;
        let plan = calendar::copy_location(tx, office, &[branch], day("2026-05-01"))?;
        calendar::apply(tx, &plan, "複写", None)
    })
    .await;
    assert_eq!(slots(&city, branch, "2026-04-05").await.len(), 14, "the first Sunday before the day stays");
    assert!(slots(&city, branch, "2026-05-03").await.is_empty());
    let mut on = day("2026-05-01");
    while on < day("2026-07-31") {
        let text = on.to_string();
        assert_eq!(slots(&city, branch, &text).await, slots(&city, office, &text).await, "{on}");
        on = on.plus(1);
    }
    let window = move |tx: &madoguchi::db::ReadTx<'_>| calendar::window(tx, branch, Audience::Citizen);
    assert_eq!(city.city.db.read(Lane::Staff, window).await.unwrap().lead, 9);
}

#[tokio::test]
async fn a_week_that_is_repeated_opens_no_holiday_and_a_day_that_is_chosen_does() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let (office, branch) = (city.office, city.branch);
    // Wednesday 29 April is a holiday; the Wednesday before it is a day like any other.
    let copied = async |days: Vec<(Day, Day)>| {
        let wish = Stretch { from: office, days, to: vec![branch] };
        city.city.db.read(Lane::Staff, move |tx| calendar::copy_days(tx, &wish)).await.unwrap()
    };
    let on = |text: &str| (day("2026-04-22"), day(text));
    let week = copied(vec![on("2026-04-28"), on("2026-04-29"), on("2026-04-30")]).await;
    let touched: Vec<Day> = week
        .edits
        .iter()
        .filter_map(|edit| match edit {
            calendar::Edit::Special { day, .. } => Some(*day),
            _ => None,
        })
        .collect();
    assert_eq!(touched, [day("2026-04-28"), day("2026-04-30")]);
    let alone = copied(vec![on("2026-04-29")]).await;
    city.write(move |tx| calendar::apply(tx, &alone, "複写", None)).await;
    assert_eq!(slots(&city, branch, "2026-04-29").await.len(), 14, "whoever names the day means it");

    city.write(move |tx| {
        let closed = SpecialDay::Closed { reason: "研修".to_owned() };
        calendar::set_special_day(tx, Some(office), day("2026-04-22"), &closed)
    })
    .await;
    let week = copied(vec![on("2026-05-04"), on("2026-05-07")]).await;
    assert_eq!(week.edits.len(), 2, "a day on its own is copied wherever it goes");
}
