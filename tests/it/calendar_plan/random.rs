//! Random rules and random changes: what is shown before is what is there after.

use std::collections::BTreeMap;

use madoguchi::base::{Day, LocationId, Minute};
use madoguchi::calendar::{
    self, Edit, EditError, NthPlanned, Pattern, Period, Plan, Planned, Rules, Slot, SlotOverride, SpecialDay,
};
use madoguchi::db::{Actor, Lane, WriteTx};
use proptest::prelude::*;

use crate::kit::city::TestFile;
use crate::kit::location::new_location;

const CLERK: Actor = Actor::Cli { uid: 0 };
const FIRST: &str = "2026-12-20";
const DAYS: i32 = 90;

fn day(offset: i32) -> Day {
    FIRST.parse::<Day>().unwrap().plus(offset)
}

/// What a random number of each kind stands for.
pub(crate) type Dice = (u8, u8, u8, u16, u8, u16);

pub(crate) fn dice() -> impl Strategy<Value = Vec<Dice>> {
    prop::collection::vec((0u8..8, 0u8..7, 0u8..3, 0u16..80, 0u8..4, 0u16..6), 1..8)
}

const UNITS: [u16; 5] = [60, 30, 20, 15, 10];

/// A pattern of one or two periods that is always possible.
fn pattern(id: i64, name: &str, seed: u16) -> Pattern {
    let unit = UNITS[usize::from(seed) % 5];
    let morning = Period { starts: Minute::of(540), ends: Minute::of(720), unit, capacity: seed % 4 };
    let noon = Period {
        starts: Minute::of(780 + 60 * (seed % 2)),
        ends: Minute::of(1020),
        unit: UNITS[usize::from(seed / 5) % 5],
        capacity: 3,
    };
    let periods = if seed.is_multiple_of(3) { vec![morning] } else { vec![morning, noon] };
    Pattern { id, name: name.to_owned(), periods }
}

pub(crate) fn edit(
    first: Day,
    (kind, weekday, which, offset, nth, seats): Dice,
    patterns: &[Pattern],
    location: LocationId,
) -> Edit {
    let chosen = &patterns[usize::from(which) % patterns.len()];
    let on = first.plus(i32::from(offset));
    let capacity = (seats > 2).then_some(seats);
    let planned = Planned { pattern: (seats != 1).then_some(chosen.id), capacity };
    match kind {
        0 => {
            let version = pattern(chosen.id, &chosen.name, offset);
            Edit::Pattern { pattern: version, from: (nth > 0).then_some(on) }
        }
        1 => Edit::Weekly { location, weekday, effective: on, to: (seats != 0).then_some(planned) },
        2 => {
            let until = (nth == 1).then(|| on.plus(20));
            let to = (seats != 0).then_some(NthPlanned { until, planned });
            Edit::Nth { location, nth: nth + 1, weekday, effective: on, to }
        }
        3 | 4 => {
            let open = SpecialDay::Open {
                pattern: chosen.id,
                unit: (nth > 1).then_some(UNITS[usize::from(nth)]),
                capacity,
                reason: "臨時".to_owned(),
            };
            let to = match seats {
                0 => None,
                1 | 2 => Some(SpecialDay::Closed { reason: "停電".to_owned() }),
                _ => Some(open),
            };
            Edit::Special { location: (kind == 3).then_some(location), day: on, to }
        }
        5 => {
            let to = SlotOverride { capacity, citizen_open: nth > 1 };
            Edit::Slot {
                location,
                day: on,
                starts: Minute::of(540 + 30 * u16::from(nth)),
                to: (seats != 0).then_some(to),
            }
        }
        6 => Edit::Yearly {
            from: "12-29".to_owned(),
            until: if nth > 1 { "01-03" } else { "01-05" }.to_owned(),
            to: (seats > 1).then(|| "年末年始".to_owned()),
        },
        _ => {
            let year = on.year();
            let days = vec![(on, "休日".to_owned())];
            Edit::Holidays { year, to: (seats > 2).then_some(days) }
        }
    }
}

pub(crate) fn shape(tx: &WriteTx<'_>) -> Result<(LocationId, Vec<Pattern>), EditError> {
    calendar::seed(tx)?;
    let new = new_location("main", "本庁舎");
    Ok((calendar::add_location(tx, &new)?, calendar::patterns(tx)?))
}

fn slots(rules: &Rules) -> BTreeMap<Day, Vec<Slot>> {
    (0..DAYS).map(|offset| (day(offset), rules.slots(day(offset)))).collect()
}

struct Seen {
    before: BTreeMap<Day, Vec<Slot>>,
    shown: BTreeMap<Day, Vec<Slot>>,
    after: BTreeMap<Day, Vec<Slot>>,
    undone: BTreeMap<Day, Vec<Slot>>,
    rules: Rules,
}

/// Shapes a city by one random plan, looks at another one, applies it and takes it back.
fn live(first: Vec<Dice>, second: Vec<Dice>) -> Option<Seen> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let file = TestFile::at("2026-12-19 23:59");
        let (location, patterns) = file.db.write(CLERK, shape).await.unwrap();
        let plan_of = |dice: Vec<Dice>| Plan {
            edits: dice.into_iter().map(|one| edit(day(0), one, &patterns, location)).collect(),
        };
        let (first, second) = (plan_of(first), plan_of(second));
        let shaped = file.db.write(CLERK, move |tx| calendar::apply(tx, &first, "はじめ", None)).await;
        if !matches!(shaped, Ok(_) | Err(EditError::NothingChanges)) {
            return None;
        }
        let read = || file.db.read(Lane::Staff, move |tx| calendar::rules(tx, location, day(0), day(DAYS)));
        let before = read().await.unwrap();
        let shown = slots(&before.after(&second));
        let applied = file.db.write(CLERK, move |tx| calendar::apply(tx, &second, "つぎ", None)).await;
        let back = match applied {
            Ok(applied) => applied.before,
            Err(EditError::NothingChanges | EditError::PeriodNotWhole) => return None,
            Err(other) => panic!("{other}"),
        };
        let rules = read().await.unwrap();
        file.db.write(CLERK, move |tx| calendar::apply(tx, &back, "元に戻す", None)).await.unwrap();
        let undone = slots(&read().await.unwrap());
        Some(Seen { before: slots(&before), shown, after: slots(&rules), undone, rules })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_shown_of_a_change_is_what_comes_and_it_can_be_taken_back(first in dice(), second in dice()) {
        let Some(seen) = live(first, second) else { return Ok(()) };
        prop_assert_eq!(&seen.shown, &seen.after);
        prop_assert_eq!(&seen.before, &seen.undone);
        for (day, slots) in &seen.after {
            prop_assert!(slots.windows(2).all(|pair| pair[0].ends <= pair[1].starts), "overlap on {}", day);
            let plan = seen.rules.plan(*day);
            let inside = |slot: &Slot| match &plan {
                calendar::DayPlan::Open { pattern, .. } => {
                    pattern.periods.iter().any(|period| period.starts <= slot.starts && slot.ends <= period.ends)
                }
                calendar::DayPlan::Closed(_) => false,
            };
            prop_assert!(slots.iter().all(inside), "a slot outside of the opening times of {}", day);
        }
    }
}
