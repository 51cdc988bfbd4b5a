//! What a change of the calendar does to bookings.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use madoguchi::base::{BookingId, CardId, Email, LocationId, Minute};
use madoguchi::booking::{
    self, BookByStaff, Booking, Cases, Channel, Choice, Choices, Effect, Foreseen, Overbook, Reshape,
    ReshapeError, Retire, RetireError, Why,
};
use madoguchi::calendar::{self, ChangeId, Edit, EditError, Plan, SlotOverride, SpecialDay, Weekly};
use madoguchi::db::{Actor, Fault, Lane, ReadTx, WriteTx};
use madoguchi::once::OnceKey;

use crate::kit::TestMunicipality;

const CLERK: Actor = Actor::Cli { uid: 0 };

fn form(name: &str) -> OnceKey {
    OnceKey::from_form(&format!("form-of-the-test-{name}")).unwrap()
}

async fn booked(city: &TestMunicipality, card: CardId, time: &str, email: Option<&str>) -> BookingId {
    let wish = BookByStaff {
        party: vec![card],
        slot: format!("{}.{time}", city.office).parse().unwrap(),
        email: email.map(|email| Email::parse(email).unwrap()),
        channel: Channel::Counter,
        overbook: Overbook::No,
        once: form(&format!("book-{card}")),
    };
    let id = city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
    if let Some(email) = email {
        city.letter(email).await;
    }
    id
}

async fn look(city: &TestMunicipality, id: BookingId) -> Booking {
    city.city.db.read(Lane::Staff, move |tx| booking::get(tx, id)).await.unwrap().unwrap()
}

fn closed(location: LocationId, on: &str) -> Plan {
    let to = Some(SpecialDay::Closed { reason: "停電".to_owned() });
    Plan { edits: vec![Edit::Special { location: Some(location), day: on.parse().unwrap(), to }] }
}

async fn effect(city: &TestMunicipality, plan: &Plan) -> Effect {
    let plan = plan.clone();
    city.city.db.read(Lane::Staff, move |tx| booking::effect(tx, &plan)).await.unwrap()
}

/// What a clerk sends after the effect was shown.
#[derive(Clone)]
struct Wish {
    plan: Plan,
    seal: String,
    choices: Choices,
    lower: bool,
    undoes: Option<ChangeId>,
    key: &'static str,
}

fn wish(plan: Plan, effect: &Effect, all: Choice, key: &'static str) -> Wish {
    let choices = Choices { all, each: BTreeMap::new() };
    Wish { plan, seal: effect.seal.clone(), choices, lower: false, undoes: None, key }
}

async fn foresee(city: &TestMunicipality, plan: &Plan) -> Arc<Foreseen> {
    let plan = plan.clone();
    Arc::new(city.city.db.read(Lane::Staff, move |tx| booking::foresee(tx, &plan)).await.unwrap())
}

async fn reshape(city: &TestMunicipality, wish: Wish) -> Result<ChangeId, ReshapeError> {
    let foreseen = foresee(city, &wish.plan).await;
    reshape_as(city, wish, foreseen).await
}

async fn reshape_as(
    city: &TestMunicipality,
    wish: Wish,
    foreseen: Arc<Foreseen>,
) -> Result<ChangeId, ReshapeError> {
    let Wish { seal, choices, lower, undoes, key, .. } = wish;
    let what = "停電のため閉庁".to_owned();
    let chosen = foreseen.chosen(&choices)?;
    let wish = Reshape { foreseen, what, seal, chosen, lower, undoes, once: form(key) };
    city.city.db.write(CLERK, move |tx| booking::reshape(tx, &wish)).await
}

/// One slice of what changes left to do.
async fn slice(city: &TestMunicipality, limit: u32) {
    city.city
        .db
        .write(Actor::System { job: "test" }, move |tx| booking::settle_affected(tx, limit))
        .await
        .unwrap();
}

/// Bookings of a change that have no row yet.
async fn unlisted(city: &TestMunicipality, change: ChangeId) -> u32 {
    city.city.db.read(Lane::Staff, move |tx| booking::work_of(tx, change)).await.unwrap().unlisted
}

async fn cases(city: &TestMunicipality, change: ChangeId) -> Cases {
    let read = move |tx: &ReadTx<'_>| booking::cases_of(tx, change);
    Cases::count(&city.city.db.read(Lane::Staff, read).await.unwrap())
}

#[tokio::test]
async fn a_closure_names_who_loses_their_time_and_each_is_told_called_or_kept() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let told = booked(&city, city.card(1, "橋本 葵").await, "2026-04-13.0900", Some("aoi@example.jp")).await;
    let called = booked(&city, city.card(2, "阿部 浩").await, "2026-04-13.0930", None).await;
    let kept =
        booked(&city, city.card(3, "石川 真由").await, "2026-04-13.1000", Some("mayu@example.jp")).await;
    let other = booked(&city, city.card(4, "佐藤 花子").await, "2026-04-14.1000", None).await;

    let plan = closed(city.office, "2026-04-13");
    let seen = effect(&city, &plan).await;
    assert_eq!((seen.days.len(), seen.days[0].before.slots, seen.days[0].after.slots), (1, 14, 0));
    let names: Vec<_> = seen.affected.iter().map(|one| (one.booking, one.why, one.has_email)).collect();
    assert_eq!(
        names,
        [(told, Why::Outside, true), (called, Why::Outside, false), (kept, Why::Outside, true)]
    );

    let mut wish = wish(plan, &seen, Choice::Tell, "close");
    wish.choices.each.insert(kept, Choice::Keep);
    let change = reshape(&city, wish.clone()).await.unwrap();
    assert_eq!(reshape(&city, wish).await.unwrap(), change, "the same form again changes nothing");

    let letter = city.letter("aoi@example.jp").await;
    assert_eq!(letter.kind, "new_time_asked");
    assert!(letter.body.contains("/my") && letter.body.contains("取り消されていません"), "{}", letter.body);
    let sum = cases(&city, change).await;
    assert_eq!((sum.all, sum.told, sum.to_call, sum.kept), (3, 1, 1, 1));
    for id in [told, called, kept, other] {
        assert!(look(&city, id).await.is_live(), "nothing is cancelled");
    }
    assert_eq!(look(&city, kept).await.over_reason.as_deref(), Some("停電のため閉庁"));
    assert_eq!(look(&city, called).await.over_reason, None);
}

#[tokio::test]
async fn a_booking_made_after_the_preview_stops_the_change_until_it_was_seen() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let plan = closed(city.office, "2026-04-13");
    let seen = effect(&city, &plan).await;
    assert!(seen.affected.is_empty());
    booked(&city, city.card(1, "橋本 葵").await, "2026-04-13.0900", None).await;
    let refused = reshape(&city, wish(plan.clone(), &seen, Choice::Keep, "a")).await;
    assert!(matches!(refused, Err(ReshapeError::Changed)));
    let again = effect(&city, &plan).await;
    assert_eq!(again.affected.len(), 1);
    reshape(&city, wish(plan, &again, Choice::Keep, "b")).await.unwrap();
}

#[tokio::test]
async fn a_rule_changed_by_somebody_else_stops_the_change_until_it_was_seen() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let plan = closed(city.office, "2026-04-13");
    let seen = effect(&city, &plan).await;
    city.offer("2026-04-15.0900", 9).await;
    let refused = reshape(&city, wish(plan, &seen, Choice::Keep, "a")).await;
    assert!(matches!(refused, Err(ReshapeError::Changed)));
}

#[tokio::test]
async fn seats_go_below_what_is_booked_only_when_it_is_meant_and_the_newest_are_marked() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut made = Vec::new();
    for number in 1..=3 {
        made.push(
            booked(&city, city.card(number, &format!("市民{number}")).await, "2026-04-13.0900", None).await,
        );
    }
    let slot = SlotOverride { capacity: Some(1), citizen_open: true };
    let day = "2026-04-13".parse().unwrap();
    let starts = Minute::of(540);
    let plan = Plan { edits: vec![Edit::Slot { location: city.office, day, starts, to: Some(slot) }] };
    let seen = effect(&city, &plan).await;
    assert_eq!(seen.staying, 1);
    assert!(seen.affected.iter().all(|one| one.why == Why::Over && one.booking != made[0]));
    let mut wish = wish(plan, &seen, Choice::Keep, "lower");
    assert!(matches!(reshape(&city, wish.clone()).await, Err(ReshapeError::BelowBooked)));
    wish.lower = true;
    reshape(&city, wish).await.unwrap();
    let mut marks = Vec::new();
    for id in made {
        marks.push(look(&city, id).await.over_reason.is_some());
    }
    assert_eq!(marks, [false, true, true]);
}

#[tokio::test]
async fn a_longer_slot_strands_nobody_who_still_fits_in() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    booked(&city, city.card(1, "橋本 葵").await, "2026-04-13.0930", None).await;
    let usual = city.city.db.read(Lane::Staff, calendar::patterns).await.unwrap().remove(0);
    let to = SpecialDay::Open { pattern: usual.id, unit: Some(60), capacity: None, reason: String::new() };
    let day = "2026-04-13".parse().unwrap();
    let plan = Plan { edits: vec![Edit::Special { location: Some(city.office), day, to: Some(to) }] };
    let seen = effect(&city, &plan).await;
    assert_eq!((seen.days.len(), seen.staying), (1, 1));
    assert!(seen.affected.is_empty(), "{:?}", seen.affected);
}

#[tokio::test]
async fn the_last_change_is_taken_back_with_its_marks_and_only_the_last() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let kept = booked(&city, city.card(1, "橋本 葵").await, "2026-04-13.0900", None).await;
    let plan = closed(city.office, "2026-04-13");
    let seen = effect(&city, &plan).await;
    let first = reshape(&city, wish(plan, &seen, Choice::Keep, "a")).await.unwrap();
    assert!(look(&city, kept).await.over_reason.is_some());

    let last = city.city.db.read(Lane::Staff, calendar::last_change).await.unwrap().unwrap();
    assert_eq!(last.id, first);
    let seen = effect(&city, &last.before).await;
    let undo = Wish { undoes: Some(first), ..wish(last.before, &seen, Choice::Keep, "undo") };
    let back = reshape(&city, undo.clone()).await.unwrap();
    assert_eq!(look(&city, kept).await.over_reason, None, "it has its time again");
    assert!(back > first);
    assert_eq!(city.city.db.read(Lane::Staff, calendar::last_change).await.unwrap(), None);
    let twice = Wish { key: "undo-2", ..undo };
    assert!(matches!(reshape(&city, twice).await, Err(ReshapeError::Changed)));
}

#[tokio::test]
async fn nothing_that_is_over_is_planned_anew() {
    let city = TestMunicipality::at("2026-04-06 00:00").await;
    let plan = closed(city.office, "2026-04-05");
    let seen = effect(&city, &plan).await;
    let refused = reshape(&city, wish(plan, &seen, Choice::Keep, "a")).await;
    assert!(matches!(refused, Err(ReshapeError::Edit(EditError::PastDay))));
    city.clock.set("2026-04-05 23:59");
    let plan = closed(city.office, "2026-04-06");
    let seen = effect(&city, &plan).await;
    reshape(&city, wish(plan, &seen, Choice::Keep, "b")).await.unwrap();
}

/// Fifty bookings with an address on two days, and a plan that closes both days.
async fn fifty(city: &TestMunicipality) -> Plan {
    for number in 1..=50 {
        let card = city.card(number, &format!("市民{number}")).await;
        let (hour, half) = (
            [9, 10, 11, 13][usize::try_from((number - 1) / 16).unwrap()],
            if (number - 1) / 8 % 2 == 0 { "00" } else { "30" },
        );
        let (on, email) = (13 + (number - 1) % 2, format!("citizen{number}@example.jp"));
        booked(city, card, &format!("2026-04-{on}.{hour:02}{half}"), Some(&email)).await;
    }
    let mut plan = closed(city.office, "2026-04-13");
    plan.edits.extend(closed(city.office, "2026-04-14").edits);
    plan
}

#[tokio::test]
async fn many_stranded_bookings_are_told_in_slices() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let plan = fifty(&city).await;
    let seen = effect(&city, &plan).await;
    assert_eq!(seen.affected.len(), 50);
    let change = reshape(&city, wish(plan, &seen, Choice::Tell, "many")).await.unwrap();
    assert_eq!((cases(&city, change).await.all, unlisted(&city, change).await), (0, 50), "left to the job");
    slice(&city, 40).await;
    assert_eq!((cases(&city, change).await.waiting, unlisted(&city, change).await), (50, 0));
    madoguchi::jobs::settle_affected(&city.city).await.unwrap();
    assert_eq!(cases(&city, change).await.told, 50);
    assert!(!city.city.db.read(Lane::Staff, booking::waits_to_settle).await.unwrap());
    for number in 1..=50 {
        assert_eq!(city.letter(&format!("citizen{number}@example.jp")).await.kind, "new_time_asked");
    }
}

#[tokio::test]
async fn a_change_taken_back_in_the_middle_tells_nobody_further_and_those_who_know_learn_that_they_can_come()
{
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let plan = fifty(&city).await;
    let seen = effect(&city, &plan).await;
    let change = reshape(&city, wish(plan, &seen, Choice::Tell, "many")).await.unwrap();
    // Listed, then the step to telling, then thirty are told.
    for _ in 0..3 {
        slice(&city, 30).await;
    }
    assert_eq!((cases(&city, change).await.told, cases(&city, change).await.waiting), (30, 20));
    let last = city.city.db.read(Lane::Staff, calendar::last_change).await.unwrap().unwrap();
    let seen = effect(&city, &last.before).await;
    let undo = Wish { undoes: Some(change), ..wish(last.before, &seen, Choice::Tell, "undo") };
    reshape(&city, undo).await.unwrap();
    let sum = cases(&city, change).await;
    assert_eq!((sum.closed, sum.told, sum.waiting), (50, 0, 0), "from now on nobody has to be reached");
    assert!(city.city.db.read(Lane::Staff, booking::open_cases).await.unwrap().is_empty());
    madoguchi::jobs::settle_affected(&city.city).await.unwrap();
    let mut told = 0;
    for number in 1..=50 {
        let letters = city.letters(&format!("citizen{number}@example.jp")).await;
        let kinds: Vec<_> = letters.iter().map(|letter| letter.kind.as_str()).collect();
        match kinds[..] {
            [] => {}
            ["new_time_asked", "office_open"] => told += 1,
            _ => panic!("citizen{number}: {kinds:?}"),
        }
    }
    assert_eq!(told, 30);
}

#[tokio::test]
async fn what_moved_since_the_effect_was_read_stops_the_change_only_where_it_strands_somebody() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    booked(&city, city.card(1, "橋本 葵").await, "2026-04-13.0900", None).await;
    let slot = SlotOverride { capacity: Some(0), citizen_open: true };
    let (day, starts) = ("2026-04-13".parse().unwrap(), Minute::of(540));
    let plan = Plan { edits: vec![Edit::Slot { location: city.office, day, starts, to: Some(slot) }] };
    let seen = effect(&city, &plan).await;
    let foreseen = foresee(&city, &plan).await;
    booked(&city, city.card(2, "阿部 浩").await, "2026-04-13.0900", None).await;
    let wish = Wish { lower: true, ..wish(plan.clone(), &seen, Choice::Keep, "a") };
    let refused = reshape_as(&city, wish.clone(), foreseen).await;
    assert!(matches!(refused, Err(ReshapeError::Changed)), "{refused:?}");

    let seal = effect(&city, &plan).await.seal;
    let foreseen = foresee(&city, &plan).await;
    booked(&city, city.card(3, "石川 真由").await, "2026-04-13.1000", None).await;
    let change = reshape_as(&city, Wish { seal, key: "b", ..wish }, foreseen).await.unwrap();
    assert_eq!(cases(&city, change).await.kept, 2, "the third one keeps its time");
}

#[tokio::test]
async fn a_location_is_not_retired_over_bookings_and_from_the_day_after_the_last_it_is() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let id = booked(&city, city.card(1, "橋本 葵").await, "2026-04-13.0900", None).await;
    let version = city
        .city
        .db
        .read(Lane::Staff, {
            let office = city.office;
            move |tx| calendar::location(tx, office)
        })
        .await
        .unwrap()
        .unwrap()
        .version;
    let wish =
        |from: &str| Retire { location: city.office, expect_version: version, from: from.parse().ok() };
    let early = wish("2026-04-13");
    let refused = city.city.db.write(CLERK, move |tx| booking::retire(tx, &early)).await;
    let Err(RetireError::Booked { count, some, last }) = refused else { panic!("{refused:?}") };
    assert_eq!((count, some, last.to_string().as_str()), (1, vec![id], "2026-04-13"));
    let after = wish("2026-04-14");
    city.city.db.write(CLERK, move |tx| booking::retire(tx, &after)).await.unwrap();
}

/// A job of the writer, with how long it ran there in milliseconds; the flush of the disk after it is not counted.
async fn timed<T, E, F>(city: &TestMunicipality, job: F) -> (T, f64)
where
    T: Send + 'static,
    E: From<Fault> + Send + std::fmt::Debug + 'static,
    F: Fn(&WriteTx<'_>) -> Result<T, E> + Send + Sync + 'static,
{
    let clocked = move |tx: &WriteTx<'_>| -> Result<_, E> {
        let began = Instant::now();
        Ok((job(tx)?, began.elapsed().as_secs_f64() * 1000.0))
    };
    city.city.db.write(CLERK, clocked).await.unwrap()
}

/// The longest and the number of the writer's turns until nothing is left to do.
async fn turns(city: &TestMunicipality) -> (f64, u32) {
    let (mut longest, mut number) = (0.0_f64, 0);
    while city.city.db.read(Lane::Staff, booking::waits_to_settle).await.unwrap() {
        let ((), took) = timed(city, |tx| booking::settle_affected(tx, 40)).await;
        (longest, number) = (longest.max(took), number + 1);
    }
    (longest, number)
}

/// The form of a wish, with what it does read ahead.
async fn formed(city: &TestMunicipality, wish: Wish) -> Reshape {
    let Wish { plan, seal, choices, lower, undoes, key } = wish;
    let foreseen = foresee(city, &plan).await;
    let (what, chosen) = ("停電のため閉庁".to_owned(), foreseen.chosen(&choices).unwrap());
    Reshape { foreseen, what, seal, chosen, lower, undoes, once: form(key) }
}

/// So many bookings, and by how much a change that strands all of them holds the writer: printed, for it depends on the machine.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures of this run")]
async fn a_change_that_strands_ten_thousand_is_short_turns_of_the_writer_and_so_is_its_undo() {
    const MANY: u32 = 10_000;
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let office = city.office;
    city.write(move |tx| -> Result<(), EditError> {
        let usual = calendar::patterns(tx)?.remove(0).id;
        for weekday in 1..=5 {
            let effective = tx.today();
            let (pattern, capacity) = (Some(usual), Some(999));
            calendar::set_weekly(tx, &Weekly { location: office, weekday, effective, pattern, capacity })?;
        }
        Ok(())
    })
    .await;
    city.write(move |tx| {
        tx.run(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)
             INSERT INTO booking (booking_no, procedure, location_id, on_day, starts_min, ends_min, people, seats, status,
                                  takes_seat, channel, created_at, updated_at)
             SELECT 'T' || n, 'issuance', ?1, date('2026-04-13', '+' || (n % 5) || ' days'), 540 + n % 6 * 30,
                    570 + n % 6 * 30, 1, 1, 'confirmed', 1, 'telephone', 0, 0
               FROM n",
            (office, MANY),
        )
    })
    .await;
    let mut plan = closed(office, "2026-04-13");
    for day in 14..=17 {
        plan.edits.extend(closed(office, &format!("2026-04-{day}")).edits);
    }
    let began = Instant::now();
    let seen = effect(&city, &plan).await;
    let shown = began.elapsed().as_secs_f64() * 1000.0;
    assert_eq!(seen.affected.len(), usize::try_from(MANY).unwrap());
    let asked = formed(&city, wish(plan, &seen, Choice::Keep, "thousands")).await;
    let (change, decided) = timed(&city, move |tx| booking::reshape(tx, &asked)).await;
    assert_eq!(unlisted(&city, change).await, MANY, "nothing is lost, all is to be done");
    let closed = city.city.db.read(Lane::Staff, move |tx| {
        let rules =
            calendar::rules(tx, office, "2026-04-13".parse().unwrap(), "2026-04-17".parse().unwrap())?;
        Ok::<_, Fault>(!rules.is_open("2026-04-15".parse().unwrap()))
    });
    assert!(closed.await.unwrap(), "nobody further is booked from that moment on");
    let (longest, number) = turns(&city).await;
    println!(
        "{MANY} stranded: shown in {shown:.0} ms, decided in {decided:.1} ms, then {number} turns of at most {longest:.1} ms"
    );
    assert_eq!(cases(&city, change).await.kept, usize::try_from(MANY).unwrap());

    let last = city.city.db.read(Lane::Staff, calendar::last_change).await.unwrap().unwrap();
    let seen = effect(&city, &last.before).await;
    let undo = Wish { undoes: Some(change), ..wish(last.before, &seen, Choice::Keep, "undo") };
    let undo = formed(&city, undo).await;
    let (_, decided) = timed(&city, move |tx| booking::reshape(tx, &undo)).await;
    let (longest, number) = turns(&city).await;
    println!("taken back in {decided:.1} ms, then {number} turns of at most {longest:.1} ms");
    let marked = "SELECT count(*) AS n FROM booking WHERE over_capacity = 1";
    let left: u32 =
        city.city.db.read(Lane::Staff, move |tx| tx.one(marked, [], |row| row.get("n"))).await.unwrap();
    assert_eq!(left, 0, "every mark is gone");
}
