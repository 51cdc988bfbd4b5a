//! What the invented city does with its time besides its weeks: a second procedure, seats kept back, periods that open at a
//! set hour, and an afternoon on which an office is closed out of turn.
//!
//! **Invariant:** it is done by the product's own operations, like everything else in the demo.

use super::StoryError;
use crate::base::{Day, Email, LocationId, Minute, Moment};
use crate::booking::{
    self, BookProcedure, Channel, Close, ClosedSpan, EditProcedure, NewApplicant, NoteCall, Overbook, Party,
    SlotRefusal, StaffBookingError, ToldBy,
};
use crate::calendar::{self, AddRelease, KeptFor, Reserve, SetReserves};
use crate::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};
use crate::once::OnceKey;

/// The procedure that is switched on: 電子証明書の更新.
const RENEWAL: &str = "renewal";

/// Who comes for it, as they say it on the telephone.
const RENEWING: [(&str, &str, &str); 6] = [
    ("ミホン イチロウ", "1958-03-02", "0900000001"),
    ("タナカ キヨシ", "1949-11-23", "0900000002"),
    ("サトウ ミドリ", "1984-07-15", "0900000003"),
    ("モリ アキラ", "1991-01-30", "0900000004"),
    ("イノウエ サチコ", "1966-09-09", "0900000005"),
    ("オガワ ケン", "2009-05-05", "0900000006"),
];

/// Once, when the city is made: the second procedure, seats kept back, and periods that open by themselves.
pub fn rules(tx: &WriteTx<'_>) -> Result<(), Fault> {
    let places = calendar::locations(tx)?;
    let (Some(main), Some(center)) = (places.first(), places.get(1)) else { return Ok(()) };
    renewal(tx, places.iter().skip(6).map(|place| place.id))?;
    let reserve = |channel, seats, release_days, hour: u16| Reserve {
        channel,
        seats,
        release_days,
        release_at: Minute::of(hour * 60),
    };
    let kept = [
        (main.id, vec![reserve(KeptFor::Telephone, 1, 1, 12), reserve(KeptFor::WalkIn, 1, 0, 9)]),
        (center.id, vec![reserve(KeptFor::Telephone, 2, 2, 17)]),
    ];
    for (location, reserves) in kept {
        calendar::set_reserves(tx, &SetReserves { location, reserves }).map_err(stored)?;
    }
    let month = tx.today().last_of_month().plus(40).first_of_month();
    let opens_at = Moment::at(month.minus(14), Minute::of(9 * 60));
    let release = AddRelease { location: center.id, from: month, to: month.last_of_month(), opens_at };
    calendar::add_release(tx, &release).map_err(stored)?;
    Ok(())
}

fn renewal(tx: &WriteTx<'_>, absent: impl Iterator<Item = LocationId>) -> Result<(), Fault> {
    let Some(now) = booking::procedure(tx, RENEWAL)? else { return Ok(()) };
    let wish = EditProcedure {
        code: now.code,
        expect_version: now.version,
        name: now.name,
        open: true,
        slots: now.slots,
        own_capacity: now.own_capacity,
        check: now.check,
        absent: absent.collect(),
    };
    booking::edit_procedure(tx, &wish).map_err(stored)
}

fn stored(error: impl std::fmt::Display) -> Fault {
    Fault::Stored(error.to_string())
}

/// People who come for the second procedure on the day of `today` and the days after it, booked by the call centre.
pub async fn renew(db: &Db, agent: &Actor, today: Day) -> Result<(), StoryError> {
    for (number, said) in RENEWING.into_iter().enumerate() {
        let booked = db.write(agent.clone(), move |tx| book(tx, (number, said), today)).await;
        match booked {
            Ok(())
            | Err(StaffBookingError::Slot(SlotRefusal::Full | SlotRefusal::Outside | SlotRefusal::Closed)) => {
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn book(
    tx: &WriteTx<'_>,
    (number, (kana, birth, phone)): (usize, (&str, &str, &str)),
    today: Day,
) -> Result<(), StaffBookingError> {
    let Some(place) = calendar::locations(tx)?.into_iter().next() else { return Ok(()) };
    let person = NewApplicant::parse((kana, birth, phone), tx.today()).map_err(stored)?;
    let open = calendar::rules(tx, place.id, today, today.plus(20))?;
    let mut days = (0..20).map(|day| today.plus(day)).filter(|day| open.is_open(*day));
    let Some(day) = days.nth(number / 2) else { return Ok(()) };
    let slots = open.slots(day);
    let Some(slot) = slots.get((2 + number * 2) % slots.len().max(1)) else { return Ok(()) };
    let wish = BookProcedure {
        procedure: RENEWAL.to_owned(),
        party: Party::People(vec![person]),
        slot: slot.id(),
        email: (number % 2 == 0).then(|| Email::parse(&format!("renewal{number}@example.jp")).ok()).flatten(),
        channel: Channel::Telephone,
        overbook: Overbook::No,
        once: form(tx)?,
    };
    booking::book_procedure_by_staff(tx, &wish).map(|_| ())
}

fn form(tx: &WriteTx<'_>) -> Result<OnceKey, Fault> {
    let drawn = hex::encode(tx.chance().bytes::<16>());
    OnceKey::from_form(&drawn).ok_or_else(|| Fault::Stored("form".to_owned()))
}

/// An afternoon some days ahead on which an office is closed: everybody is told, and some were reached by telephone.
pub async fn closure(db: &Db, by: &Actor, today: Day) -> Result<(), StoryError> {
    let found = db.read(Lane::Staff, move |tx| afternoon(tx, today)).await?;
    let Some((place, day)) = found else { return Ok(()) };
    let at = |hour: u16| Moment::at(day, Minute::of(hour * 60));
    let span = ClosedSpan { from: at(13), to: at(24), places: vec![place] };
    let made = db.write(by.clone(), move |tx| {
        let close = Close { span: span.clone(), reason: "庁舎の停電工事".to_owned(), once: form(tx)? };
        booking::close(tx, &close).map_err(stored)
    });
    let closure = made.await?;
    while db.write(by.clone(), |tx| booking::tell_closed(tx, 20)).await? > 0 {}
    let called = db.write(by.clone(), move |tx| {
        let Some(closure) = booking::closure(tx, closure)? else { return Ok(()) };
        let (items, _) = booking::closure_items(tx, &closure)?;
        let by_phone = items.iter().filter(|item| item.told_by == ToldBy::Telephone);
        for (number, item) in by_phone.enumerate().filter(|(number, _)| number % 3 < 2) {
            let call = NoteCall {
                closure: closure.id,
                booking: item.booking,
                reached: number % 3 == 0,
                once: form(tx)?,
            };
            booking::note_call(tx, &call)?;
        }
        Ok::<_, Fault>(())
    });
    called.await?;
    Ok(())
}

/// The afternoon of a day ahead on which an office has bookings, the fourth one in the city's order.
fn afternoon(tx: &ReadTx<'_>, today: Day) -> Result<Option<(LocationId, Day)>, Fault> {
    let Some(place) = calendar::locations(tx)?.into_iter().nth(3) else { return Ok(None) };
    let from = today.plus(3);
    for day in (0..5).map(|ahead| from.plus(ahead)) {
        let loads = booking::day_load(tx, place.id, day)?;
        if loads.iter().any(|load| load.taken > 0 && load.slot.starts >= Minute::of(13 * 60)) {
            return Ok(Some((place.id, day)));
        }
    }
    Ok(None)
}
