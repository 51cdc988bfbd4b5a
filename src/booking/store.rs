//! The rows of `booking`, `booking_member`, `hold` and `procedure`.

use rusqlite::{Row, named_params};

use super::applicant::{Applicant, NewApplicant, Who};
use super::closures::IN_CLOSURE;
use super::hold::Held;
use super::seats::{Except, Taken};
use super::types::{Booking, BookingStatus, CancelledBy, Channel, Member, Outcome};
use crate::base::{ApplicantId, BirthDate, BookingId, CardId, Day, LocationId, Minute, Moment, Personal};
use crate::calendar::Slot;
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) const BOOKING: &str = "SELECT id, booking_no, procedure, location_id, on_day, starts_min, ends_min, people, seats, status, channel,
        over_reason, email, language, acknowledged_at, cancel_reason, cancelled_by, checked_in_at, finished_at,
        sequence, created_at, version
   FROM booking";

pub(super) fn booking(row: &Row<'_>) -> rusqlite::Result<Booking> {
    Ok(Booking {
        id: row.get("id")?,
        no: row.get("booking_no")?,
        procedure: row.get("procedure")?,
        location: row.get("location_id")?,
        day: row.get("on_day")?,
        starts: row.get("starts_min")?,
        ends: row.get("ends_min")?,
        people: row.get("people")?,
        seats: row.get("seats")?,
        status: row.get("status")?,
        channel: row.get("channel")?,
        over_reason: row.get("over_reason")?,
        email: row.get::<_, Option<String>>("email")?.map(Personal::of),
        language: row.get("language")?,
        acknowledged_at: row.get("acknowledged_at")?,
        cancel_reason: row.get("cancel_reason")?,
        cancelled_by: row.get("cancelled_by")?,
        checked_in_at: row.get("checked_in_at")?,
        finished_at: row.get("finished_at")?,
        sequence: row.get("sequence")?,
        created_at: row.get("created_at")?,
        version: row.get("version")?,
        members: Vec::new(),
    })
}

pub(super) fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        id: row.get("id")?,
        position: row.get("position")?,
        procedure: row.get("procedure")?,
        card: row.get("card_id")?,
        applicant: row.get("applicant_id")?,
        person_key: Personal::of(row.get("person_key")?),
        outcome: row.get("outcome")?,
    })
}

fn with_members(tx: &ReadTx<'_>, found: Option<Booking>) -> Result<Option<Booking>, Fault> {
    let Some(mut booking) = found else { return Ok(None) };
    booking.members = members(tx, booking.id)?;
    Ok(Some(booking))
}

pub(super) fn get(tx: &ReadTx<'_>, id: BookingId) -> Result<Option<Booking>, Fault> {
    let found = tx.opt(&format!("{BOOKING} WHERE id = :id"), named_params! { ":id": id }, booking)?;
    with_members(tx, found)
}

pub(super) fn by_no(tx: &ReadTx<'_>, no: &str) -> Result<Option<Booking>, Fault> {
    let found = tx.opt(&format!("{BOOKING} WHERE booking_no = :no"), named_params! { ":no": no }, booking)?;
    with_members(tx, found)
}

/// Ids of the bookings that a card is or was in, the newest first.
pub(super) fn ids_of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<BookingId>, Fault> {
    tx.all(
        "SELECT DISTINCT b.id AS id
           FROM booking_member AS m
           JOIN booking AS b ON b.id = m.booking_id
          WHERE m.card_id = :card
          ORDER BY b.id DESC",
        named_params! { ":card": card },
        |row| row.get("id"),
    )
}

pub(super) fn live_id_of_card(
    tx: &ReadTx<'_>,
    card: CardId,
    procedure: &str,
) -> Result<Option<BookingId>, Fault> {
    tx.opt(
        "SELECT booking_id FROM booking_member WHERE card_id = :card AND procedure = :procedure AND live = 1",
        named_params! { ":card": card, ":procedure": procedure },
        |row| row.get("booking_id"),
    )
}

pub(super) fn members(tx: &ReadTx<'_>, id: BookingId) -> Result<Vec<Member>, Fault> {
    tx.all(
        "SELECT id, position, procedure, card_id, applicant_id, person_key, outcome
           FROM booking_member
          WHERE booking_id = :id AND (outcome IS NULL OR outcome <> 'removed')
          ORDER BY position",
        named_params! { ":id": id },
        member,
    )
}

pub(super) fn taken(
    tx: &ReadTx<'_>,
    location: LocationId,
    from: Day,
    to: Day,
    except: Except,
) -> Result<Vec<Taken>, Fault> {
    tx.all(
        "SELECT on_day, starts_min, ends_min, seats, NULL AS expires_at, NULL AS card_id, NULL AS applicant_id,
                id AS booking_id, channel, iif(p.own_capacity IS NULL, 0, p.position) AS pool
           FROM booking
           JOIN procedure AS p ON p.code = booking.procedure
          WHERE location_id = :location AND on_day BETWEEN :from AND :to AND takes_seat = 1
            AND id IS NOT :booking
          UNION ALL
         SELECT on_day, starts_min, ends_min, seats, expires_at, card_id, applicant_id,
                NULL, NULL, iif(p.own_capacity IS NULL, 0, p.position)
           FROM hold
           JOIN procedure AS p ON p.code = hold.procedure
          WHERE location_id = :location AND on_day BETWEEN :from AND :to AND expires_at > :now
            AND (card_id IS NULL OR card_id IS NOT :card) AND (applicant_id IS NULL OR applicant_id IS NOT :applicant)",
        named_params! { ":location": location, ":from": from, ":to": to, ":now": tx.now(),
        ":booking": except.booking, ":card": except.hold_of.and_then(Who::card),
        ":applicant": except.hold_of.and_then(Who::applicant) },
        taken_row,
    )
}

pub(super) fn taken_row(row: &Row<'_>) -> rusqlite::Result<Taken> {
    Ok(Taken {
        day: row.get("on_day")?,
        starts: row.get("starts_min")?,
        ends: row.get("ends_min")?,
        seats: row.get("seats")?,
        until: row.get("expires_at")?,
        held_by: Who::of(row.get("card_id")?, row.get("applicant_id")?),
        booking: row.get("booking_id")?,
        pool: row.get("pool")?,
        channel: row.get("channel")?,
    })
}

pub(super) fn applicant(tx: &ReadTx<'_>, id: ApplicantId) -> Result<Option<Applicant>, Fault> {
    let found = tx.opt(
        "SELECT id, kana, birth_date, phone, person_key FROM applicant WHERE id = :id",
        named_params! { ":id": id },
        |row| {
            let birth: String = row.get("birth_date")?;
            let [kana, phone, key] = ["kana", "phone", "person_key"].map(|column| row.get(column));
            Ok((row.get("id")?, kana?, birth, phone?, key?))
        },
    )?;
    let Some((id, kana, birth, phone, person_key)) = found else { return Ok(None) };
    let birth = BirthDate::parse(&birth).map_err(|_| Fault::Stored(format!("applicant {id}")))?;
    let [kana, phone, person_key] = [kana, phone, person_key].map(Personal::of);
    Ok(Some(Applicant { id, kana, birth: Personal::of(birth), phone, person_key }))
}

pub(super) fn insert_applicant(tx: &WriteTx<'_>, new: &NewApplicant) -> Result<ApplicantId, Fault> {
    let row = tx.insert(
        "INSERT INTO applicant (kana, birth_date, phone, person_key, created_at)
         VALUES (:kana, :birth, :phone, :person, :now)",
        named_params! {
            ":kana": new.kana(), ":birth": new.birth(), ":phone": new.phone(), ":person": new.person_key(),
            ":now": tx.now(),
        },
    )?;
    Ok(ApplicantId::of(row))
}

/// The number that rises with every change of a location's bookings and holds.
pub(super) fn seat_version(tx: &ReadTx<'_>, location: LocationId) -> Result<i64, Fault> {
    let found = tx
        .opt("SELECT version FROM seat_version WHERE location_id = ?", [location], |row| row.get("version"));
    Ok(found?.unwrap_or(0))
}

pub(super) fn live_id_of_person(
    tx: &ReadTx<'_>,
    person_key: &str,
    procedure: &str,
) -> Result<Option<BookingId>, Fault> {
    tx.opt(
        "SELECT booking_id FROM booking_member
          WHERE person_key = :person AND procedure = :procedure AND live = 1",
        named_params! { ":person": person_key, ":procedure": procedure },
        |row| row.get("booking_id"),
    )
}

/// What a new booking holds.
pub(super) struct NewBooking<'a> {
    pub(super) booking_no: String,
    pub(super) procedure: &'a str,
    pub(super) slot: Slot,
    pub(super) people: u8,
    pub(super) seats: u8,
    pub(super) channel: Channel,
    pub(super) over_reason: Option<&'a str>,
    pub(super) email: Option<&'a str>,
    pub(super) language: &'a str,
    pub(super) acknowledged_at: Option<Moment>,
}

pub(super) fn insert(tx: &WriteTx<'_>, new: &NewBooking<'_>) -> Result<BookingId, Fault> {
    let row = tx.insert(
        "INSERT INTO booking (booking_no, procedure, location_id, on_day, starts_min, ends_min, people, seats, status, takes_seat,
                              channel, over_capacity, over_reason, email, language, acknowledged_at, created_at,
                              updated_at)
         VALUES (:no, :procedure, :location, :day, :starts, :ends, :people, :seats, 'confirmed', 1,
                 :channel, :over, :over_reason, :email, :language, :acknowledged, :now, :now)",
        named_params! {
            ":no": new.booking_no, ":procedure": new.procedure, ":location": new.slot.location, ":day": new.slot.day,
            ":starts": new.slot.starts, ":ends": new.slot.ends, ":people": new.people, ":seats": new.seats,
            ":channel": new.channel, ":over": new.over_reason.is_some(), ":over_reason": new.over_reason,
            ":email": new.email, ":language": new.language, ":acknowledged": new.acknowledged_at,
            ":now": tx.now(),
        },
    )?;
    Ok(BookingId::of(row))
}

/// One person to put into a booking.
pub(super) struct NewMember<'a> {
    pub(super) who: Who,
    pub(super) person_key: &'a str,
}

pub(super) fn attach(
    tx: &WriteTx<'_>,
    booking: BookingId,
    position: u8,
    procedure: &str,
    member: &NewMember<'_>,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO booking_member (booking_id, position, procedure, card_id, applicant_id, person_key, live)
         VALUES (:booking, :position, :procedure, :card, :applicant, :person, 1)",
        named_params! {
            ":booking": booking, ":position": position, ":procedure": procedure, ":card": member.who.card(),
            ":applicant": member.who.applicant(), ":person": member.person_key,
        },
    )?;
    Ok(())
}

/// The first free place of a booking; places of people who left are used again.
pub(super) fn next_position(tx: &ReadTx<'_>, booking: BookingId) -> Result<u8, Fault> {
    let taken: Vec<u8> = members(tx, booking)?.into_iter().map(|member| member.position).collect();
    Ok((1..=5).find(|place| !taken.contains(place)).unwrap_or(5))
}

pub(super) fn move_to(
    tx: &WriteTx<'_>,
    id: BookingId,
    slot: &Slot,
    seats: u8,
    acknowledged: Option<Moment>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking
            SET location_id = :location, on_day = :day, starts_min = :starts, ends_min = :ends, seats = :seats,
                acknowledged_at = coalesce(:acknowledged, acknowledged_at), sequence = sequence + 1,
                updated_at = :now, version = version + 1
          WHERE id = :id",
        named_params! {
            ":id": id, ":location": slot.location, ":day": slot.day, ":starts": slot.starts, ":ends": slot.ends,
            ":seats": seats, ":acknowledged": acknowledged, ":now": tx.now(),
        },
    )?;
    Ok(())
}

pub(super) fn set_over(tx: &WriteTx<'_>, id: BookingId, reason: Option<&str>) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking SET over_capacity = :over, over_reason = :reason WHERE id = :id",
        named_params! { ":id": id, ":over": reason.is_some(), ":reason": reason },
    )?;
    Ok(())
}

pub(super) fn set_party(tx: &WriteTx<'_>, id: BookingId, people: u8, seats: u8) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking
            SET people = :people, seats = :seats, sequence = sequence + 1, updated_at = :now, version = version + 1
          WHERE id = :id",
        named_params! { ":id": id, ":people": people, ":seats": seats, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_outcome(
    tx: &WriteTx<'_>,
    booking: BookingId,
    who: Who,
    outcome: Option<Outcome>,
    live: bool,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking_member SET outcome = :outcome, live = :live
          WHERE booking_id = :booking AND card_id IS :card AND applicant_id IS :applicant
            AND outcome IS NOT 'removed'",
        named_params! {
            ":booking": booking, ":card": who.card(), ":applicant": who.applicant(), ":outcome": outcome,
            ":live": live,
        },
    )?;
    Ok(())
}

pub(super) fn set_status(
    tx: &WriteTx<'_>,
    id: BookingId,
    status: BookingStatus,
    checked_in: Option<Moment>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking
            SET status = :status, checked_in_at = :checked_in, updated_at = :now, version = version + 1
          WHERE id = :id",
        named_params! { ":id": id, ":status": status, ":checked_in": checked_in, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn finish(tx: &WriteTx<'_>, id: BookingId, status: BookingStatus) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking
            SET status = :status, finished_at = :now, updated_at = :now, version = version + 1
          WHERE id = :id",
        named_params! { ":id": id, ":status": status, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn cancel(
    tx: &WriteTx<'_>,
    id: BookingId,
    by: CancelledBy,
    reason: Option<&str>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking
            SET status = 'cancelled', takes_seat = 0, cancelled_by = :by, cancel_reason = :reason, finished_at = :now,
                sequence = sequence + 1, updated_at = :now, version = version + 1
          WHERE id = :id",
        named_params! { ":id": id, ":by": by, ":reason": reason, ":now": tx.now() },
    )?;
    tx.run("UPDATE booking_member SET live = 0 WHERE booking_id = :id", named_params! { ":id": id })?;
    Ok(())
}

/// What is held.
pub(super) struct NewHold<'a> {
    pub(super) who: Who,
    pub(super) procedure: &'a str,
    pub(super) slot: &'a Slot,
    pub(super) seats: u8,
    pub(super) until: Moment,
    pub(super) extended: u16,
}

pub(super) fn put_hold(tx: &WriteTx<'_>, new: &NewHold<'_>) -> Result<(), Fault> {
    drop_hold(tx, new.who)?;
    tx.run(
        "INSERT INTO hold (card_id, applicant_id, procedure, location_id, on_day, starts_min, ends_min, seats, extended,
                           expires_at)
         VALUES (:card, :applicant, :procedure, :location, :day, :starts, :ends, :seats, :extended, :until)",
        named_params! {
            ":card": new.who.card(), ":applicant": new.who.applicant(), ":procedure": new.procedure,
            ":location": new.slot.location, ":day": new.slot.day, ":starts": new.slot.starts,
            ":ends": new.slot.ends, ":seats": new.seats, ":extended": new.extended, ":until": new.until,
        },
    )?;
    Ok(())
}

pub(super) fn hold_of(tx: &ReadTx<'_>, who: Who) -> Result<Option<Held>, Fault> {
    let (column, row) = column_of(who);
    tx.opt(
        &format!("SELECT expires_at, extended FROM hold WHERE {column} = :row AND expires_at > :now"),
        named_params! { ":row": row, ":now": tx.now() },
        |row| Ok(Held { until: row.get("expires_at")?, extended: row.get("extended")? }),
    )
}

pub(super) fn drop_hold(tx: &WriteTx<'_>, who: Who) -> Result<(), Fault> {
    let (column, row) = column_of(who);
    tx.run(&format!("DELETE FROM hold WHERE {column} = :row"), named_params! { ":row": row })?;
    Ok(())
}

/// The column that names somebody, and their row.
fn column_of(who: Who) -> (&'static str, i64) {
    match who {
        Who::Card(card) => ("card_id", card.get()),
        Who::Applicant(id) => ("applicant_id", id.get()),
    }
}

pub(super) fn first_hold_end(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT MIN(expires_at) AS ends FROM hold", [], |row| row.get("ends"))
}

pub(super) fn delete_holds(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    tx.run(
        "DELETE FROM hold WHERE rowid IN (SELECT rowid FROM hold WHERE expires_at < :before LIMIT :limit)",
        named_params! { ":before": before, ":limit": limit },
    )
}

/// The day and the end of the first booking that nobody has come for.
pub(super) fn first_awaited(tx: &ReadTx<'_>) -> Result<Option<(Day, Minute)>, Fault> {
    tx.opt(
        &format!(
            "SELECT on_day, ends_min FROM booking
          WHERE status = 'confirmed' AND NOT {IN_CLOSURE}
          ORDER BY on_day, ends_min LIMIT 1"
        ),
        [],
        |row| Ok((row.get("on_day")?, row.get("ends_min")?)),
    )
}

/// Bookings that nobody has come for and that ended at this time or before.
pub(super) fn awaited_until(
    tx: &ReadTx<'_>,
    day: Day,
    minute: Minute,
    most: u32,
) -> Result<Vec<BookingId>, Fault> {
    tx.all(
        &format!(
            "SELECT id FROM booking WHERE status = 'confirmed' AND (on_day, ends_min) <= (:day, :minute)
            AND NOT {IN_CLOSURE}
         ORDER BY on_day, ends_min LIMIT :most"
        ),
        named_params! { ":day": day, ":minute": minute, ":most": most },
        |row| row.get("id"),
    )
}

pub(super) fn set_email(tx: &WriteTx<'_>, id: BookingId, email: Option<&str>) -> Result<(), Fault> {
    tx.run(
        "UPDATE booking SET email = :email, updated_at = :now, version = version + 1 WHERE id = :id",
        named_params! { ":id": id, ":email": email, ":now": tx.now() },
    )?;
    Ok(())
}

/// Cards with a live booking that lie in a storage place of another location and that no transfer brings there, cards
/// that lie where their open transfer leads, and cards out of the house that still have one.
pub(super) fn strays(tx: &ReadTx<'_>, procedure: &str, most: u32) -> Result<Vec<CardId>, Fault> {
    tx.all(
        "SELECT m.card_id AS card_id
           FROM booking_member AS m
           JOIN booking AS b ON b.id = m.booking_id
           JOIN card_seen AS c ON c.id = m.card_id
           JOIN storage AS s ON s.id = c.storage_id
           LEFT JOIN transfer AS t ON t.card_id = c.id AND t.status IN ('requested', 'pulled', 'in_transit')
          WHERE m.live = 1 AND m.procedure = :procedure
            AND ((s.location_id IS NOT b.location_id
                  AND (t.id IS NULL OR t.to_location_id <> b.location_id OR t.from_storage_id <> s.id
                       OR t.wanted_on IS NOT b.on_day OR t.status = 'in_transit'))
                 OR (s.location_id IS b.location_id AND t.id IS NOT NULL))
          UNION
         SELECT t.card_id AS card_id
           FROM transfer AS t
           JOIN card_seen AS c ON c.id = t.card_id
          WHERE (t.status IN ('requested', 'pulled', 'in_transit') OR t.return_needed = 1)
            AND c.status IN ('issued', 'mailed', 'disposed', 'defect_returned')
          LIMIT :most",
        named_params! { ":procedure": procedure, ":most": most },
        |row| row.get("card_id"),
    )
}
