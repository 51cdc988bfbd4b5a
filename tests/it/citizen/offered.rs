//! What the calendar offers can be booked, and what it does not offer cannot: for random rules, over leap days and the year's end.
//!
//! Spec: 7(2)⑤ ⑥, 7(3)⑤ ⑧.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi::base::{Day, Email, LocationId, Minute, Moment};
use madoguchi::booking::availability::{self, Availability, State};
use madoguchi::booking::entry::{self, Asker, Invite, Limits, OpenLink, Opened, SessionKey};
use madoguchi::booking::{
    self, BookProcedure, CheckBy, Close, ClosedSpan, Confirm, EditProcedure, Hold, NewApplicant, Overbook,
    Party, Snapshots, StaffBookingError,
};
use madoguchi::calendar::{
    self, AddRelease, Audience, EditError, KeptFor, Latest, LeadUnit, Plan, Reserve, SetReserves, SlotId,
    Window,
};
use madoguchi::db::{Actor, Fault, Lane, WriteTx};
use madoguchi::mail::Letter;
use madoguchi::once::OnceKey;
use proptest::prelude::*;

use crate::calendar_plan::random::{Dice, dice, edit, shape};
use crate::kit::city::{TestFile, citizen};

const CLERK: Actor = Actor::Cli { uid: 0 };

/// The days around which the rules are thrown: the year's end, a leap day, the end of a leap year.
const BEGINNINGS: [&str; 4] = ["2026-12-20", "2028-02-20", "2028-12-24", "2026-04-06"];

/// So far ahead slots are tried, in days: beyond the furthest last day.
const DAYS: i32 = 50;

/// Everything that is thrown for one case.
#[derive(Clone, Debug)]
struct Thrown {
    plan: Vec<Dice>,
    beginning: usize,
    minute: u16,
    window: (u16, bool, Option<u16>, u16),
    reserve: Option<(bool, u16, u16, u16)>,
    release: Option<(u8, u8, u8)>,
    closure: Option<(u16, u16)>,
    procedure: (u8, Option<u16>),
    booked: Vec<(u8, u8)>,
}

fn thrown() -> impl Strategy<Value = Thrown> {
    let window = (0u16..4, any::<bool>(), prop::option::of(0u16..1440), 5u16..40);
    let reserve = prop::option::of((any::<bool>(), 1u16..3, 0u16..4, 0u16..1440));
    let release = prop::option::of((0u8..20, 0u8..15, 0u8..10));
    let closure = prop::option::of((0u16..480, 1u16..72));
    let procedure = (1u8..4, prop::option::of(1u16..3));
    let booked = prop::collection::vec((any::<u8>(), any::<u8>()), 0..10);
    let rest = (reserve, release, closure, procedure, booked);
    (dice(), 0usize..4, 0u16..1440, window, rest).prop_map(
        |(plan, beginning, minute, window, (reserve, release, closure, procedure, booked))| Thrown {
            plan,
            beginning,
            minute,
            window,
            reserve,
            release,
            closure,
            procedure,
            booked,
        },
    )
}

impl Thrown {
    fn today(&self) -> Day {
        BEGINNINGS[self.beginning].parse().unwrap()
    }

    fn now(&self) -> String {
        format!("{} {:02}:{:02}", self.today(), self.minute / 60, self.minute % 60)
    }

    fn window(&self) -> Window {
        let (lead, open_days, same_day, latest) = self.window;
        Window {
            lead,
            unit: if open_days { LeadUnit::OpenDays } else { LeadUnit::Days },
            same_day_until: same_day.map(Minute::of),
            latest: Latest::Days(latest),
            ..Window::of_the_house(Audience::Citizen)
        }
    }
}

/// Shapes a city by what was thrown. What the city itself would refuse is left out.
fn rules(tx: &WriteTx<'_>, thrown: &Thrown) -> Result<LocationId, EditError> {
    let (location, patterns) = shape(tx)?;
    booking::seed(tx)?;
    let usual = patterns.iter().find(|one| one.name == "通常").map(|one| one.id);
    for weekday in 1..=5 {
        let effective = thrown.today().minus(30);
        let weekly = calendar::Weekly { location, weekday, effective, pattern: usual, capacity: None };
        calendar::set_weekly(tx, &weekly)?;
    }
    for one in &thrown.plan {
        let plan = Plan { edits: vec![edit(thrown.today(), *one, &patterns, location)] };
        match tx.part(|tx| calendar::apply(tx, &plan, "試験", None)) {
            Ok(_) | Err(EditError::NothingChanges | EditError::PeriodNotWhole | EditError::NoPeriod) => {}
            Err(other) => return Err(other),
        }
    }
    match tx.part(|tx| calendar::set_window(tx, location, Audience::Citizen, &thrown.window())) {
        Ok(()) | Err(EditError::WindowBackwards) => {}
        Err(other) => return Err(other),
    }
    Ok(location)
}

/// Seats kept back, a period that opens later, a closure out of turn, the procedure, and bookings that staff have made.
fn more(tx: &WriteTx<'_>, thrown: &Thrown, location: LocationId) -> Result<(), Fault> {
    let today = thrown.today();
    if let Some((phone, seats, release_days, at)) = thrown.reserve {
        let channel = if phone { KeptFor::Telephone } else { KeptFor::WalkIn };
        let reserve = Reserve { channel, seats, release_days, release_at: Minute::of(at) };
        let wish = SetReserves { location, reserves: vec![reserve] };
        calendar::set_reserves(tx, &wish).map_err(|error| Fault::Stored(error.to_string()))?;
    }
    if let Some((from, length, opens)) = thrown.release {
        let from = today.plus(i32::from(from));
        let opens_at = Moment::at(today.plus(i32::from(opens)), Minute::of(0));
        let wish = AddRelease { location, from, to: from.plus(i32::from(length)), opens_at };
        drop(tx.part(|tx| calendar::add_release(tx, &wish)));
    }
    if let Some((from, length)) = thrown.closure {
        let hours = |hours: u16| std::time::Duration::from_hours(u64::from(hours));
        let from = tx.now().plus(hours(from));
        let span = ClosedSpan { from, to: from.plus(hours(length)), places: vec![location] };
        let close = Close { span, reason: "台風".to_owned(), once: key("closure") };
        booking::close(tx, &close).map_err(|error| Fault::Stored(error.to_string()))?;
    }
    let (slots, own_capacity) = thrown.procedure;
    let wish = EditProcedure {
        code: "renewal".to_owned(),
        expect_version: 1,
        name: "電子証明書の更新".to_owned(),
        open: true,
        slots,
        own_capacity,
        check: CheckBy::Person,
        absent: BTreeSet::new(),
    };
    booking::edit_procedure(tx, &wish).map_err(|error| Fault::Stored(error.to_string()))?;
    for (number, (day, slot)) in thrown.booked.iter().enumerate() {
        let on = today.plus(i32::from(day % 40));
        let open = calendar::rules(tx, location, on, on)?.slots(on);
        let Some(slot) = open.get(usize::from(*slot) % open.len().max(1)) else { continue };
        let wish = BookProcedure {
            procedure: "renewal".to_owned(),
            party: Party::People(vec![person(100 + number, today)]),
            slot: slot.id(),
            email: None,
            channel: if number % 2 == 0 { booking::Channel::Telephone } else { booking::Channel::Counter },
            overbook: Overbook::Because("試験".to_owned()),
            once: key(&format!("staff-{number}")),
        };
        match tx.part(|tx| booking::book_procedure_by_staff(tx, &wish)) {
            Ok(_) | Err(StaffBookingError::Slot(_)) => {}
            Err(other) => return Err(Fault::Stored(other.to_string())),
        }
    }
    Ok(())
}

fn key(name: &str) -> OnceKey {
    OnceKey::from_form(&format!("form-of-the-test-{name}")).unwrap()
}

fn person(number: usize, today: Day) -> NewApplicant {
    let kana: String = number
        .to_string()
        .bytes()
        .map(|digit| ['ア', 'イ', 'ウ', 'エ', 'オ', 'カ', 'キ', 'ク', 'ケ', 'コ'][usize::from(digit - b'0')])
        .collect();
    NewApplicant::parse((&kana, "1990-04-13", "0312345678"), today).unwrap()
}

/// A citizen on their way, by a link.
async fn enter(file: &TestFile, today: Day) -> SessionKey {
    let wish = Invite {
        asker: Asker::Person(person(7, today)),
        procedure: "renewal".to_owned(),
        email: Email::parse("taro@example.jp").unwrap(),
        language: "ja".to_owned(),
        browser: "browser".to_owned(),
        limits: Limits::default(),
    };
    file.db.write(citizen(), move |tx| entry::invite(tx, &wish)).await.unwrap();
    let due = file.db.write(CLERK, |tx| madoguchi::mail::claim(tx, 100)).await.unwrap();
    let token = due.into_iter().find_map(|due| match due.letter {
        Letter::Link { token, .. } => Some(token),
        _ => None,
    });
    let open = OpenLink {
        token: token.unwrap(),
        browser: Some("browser".to_owned()),
        birthday: None,
        limits: Limits::default(),
    };
    let opened = file.db.write(citizen(), move |tx| entry::open_link(tx, &open)).await.unwrap();
    let Opened::Session { token, .. } = opened else { panic!("{opened:?}") };
    SessionKey::of(&token)
}

/// What the calendar offers, and for each slot that was tried whether it could be held.
struct Seen {
    offered: BTreeSet<(Day, Minute)>,
    tried: BTreeMap<(Day, Minute), bool>,
    booked: Option<bool>,
}

fn offered(days: &Availability) -> BTreeSet<(Day, Minute)> {
    let slots = days.days.iter().flat_map(|day| &day.slots);
    let open = slots.filter(|one| matches!(one.state, State::Open | State::Few));
    open.map(|one| (one.slot.day, one.slot.starts)).collect()
}

fn live(thrown: Thrown) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let file = TestFile::at(&thrown.now());
        let today = thrown.today();
        let shaped = thrown.clone();
        let location = file.db.write(CLERK, move |tx| rules(tx, &shaped)).await.unwrap();
        file.db.write(CLERK, move |tx| more(tx, &thrown, location)).await.unwrap();
        let key = enter(&file, today).await;
        let days = file.db.read(Lane::Citizen, move |tx| {
            let session = entry::session(tx, &key)?.unwrap();
            availability::for_session(tx, &Snapshots::default(), &session, location)
        });
        let offered = offered(&days.await.unwrap());
        let tried = file.db.write(citizen(), move |tx| {
            // Every slot of every rule, and times between that no rule has.
            let mut tried = BTreeMap::new();
            for offset in -1..DAYS {
                let day = today.plus(offset);
                for starts in (480..1200).step_by(if offset % 7 == 0 { 10 } else { 30 }).map(Minute::of) {
                    let slot = SlotId { location, day, starts };
                    let held = tx.part(|tx| booking::hold(tx, &Hold { key, slot }));
                    tried.insert((day, starts), held.is_ok());
                }
            }
            Ok::<_, Fault>(tried)
        });
        let tried = tried.await.unwrap();
        let booked = match offered.iter().next().copied() {
            Some((day, starts)) => Some(confirm(&file, key, SlotId { location, day, starts }).await),
            None => None,
        };
        Seen { offered, tried, booked }
    })
}

async fn confirm(file: &TestFile, key: SessionKey, slot: SlotId) -> bool {
    let booked = file.db.write(citizen(), move |tx| {
        booking::hold(tx, &Hold { key, slot }).map_err(|error| Fault::Stored(error.to_string()))?;
        entry::acknowledge(tx, &key, &[1], 1).map_err(|error| Fault::Stored(error.to_string()))?;
        Ok::<_, Fault>(booking::confirm(tx, &Confirm { key, once: self::key("citizen") }).is_ok())
    });
    booked.await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_offered_can_be_booked_and_what_is_not_offered_cannot(thrown in thrown()) {
        let told = format!("{thrown:?}");
        let seen = live(thrown);
        for (slot, held) in &seen.tried {
            prop_assert_eq!(*held, seen.offered.contains(slot), "{:?} in {}", slot, told);
        }
        let reached = seen.offered.iter().filter(|slot| seen.tried.contains_key(slot)).count();
        prop_assert!(reached > 0 || seen.offered.is_empty() || seen.offered.len() < 40, "{}", told);
        prop_assert!(seen.booked.unwrap_or(true), "the first one offered was not booked: {}", told);
    }
}
