//! The rows of `booking`, `booking_member`, `hold` and `procedure`.

use rusqlite::{Row, named_params};

use super::seats::{Except, Taken};
use super::types::{Booking, Member};
use crate::base::{BookingId, CardId, Day, LocationId};
use crate::db::{Fault, ReadTx, WriteTx};

const BOOKING: &str = "SELECT id, booking_no, location_id, on_day, starts_min, ends_min, people, seats, status, channel,
        over_reason, email, language, acknowledged_at, cancel_reason, cancelled_by, checked_in_at, finished_at,
        sequence, created_at, version
   FROM booking";

fn booking(row: &Row<'_>) -> rusqlite::Result<Booking> {
    Ok(Booking {
        id: row.get("id")?,
        no: row.get("booking_no")?,
        location: row.get("location_id")?,
        day: row.get("on_day")?,
        starts: row.get("starts_min")?,
        ends: row.get("ends_min")?,
        people: row.get("people")?,
        seats: row.get("seats")?,
        status: row.get("status")?,
        channel: row.get("channel")?,
        over_reason: row.get("over_reason")?,
        email: row.get("email")?,
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

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        id: row.get("id")?,
        position: row.get("position")?,
        procedure: row.get("procedure")?,
        card: row.get("card_id")?,
        person_key: row.get("person_key")?,
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
        "SELECT id, position, procedure, card_id, person_key, outcome
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
        "SELECT on_day, starts_min, ends_min, seats, NULL AS expires_at, NULL AS card_id
           FROM booking
          WHERE location_id = :location AND on_day BETWEEN :from AND :to AND takes_seat = 1
            AND id IS NOT :booking
          UNION ALL
         SELECT on_day, starts_min, ends_min, seats, expires_at, card_id
           FROM hold
          WHERE location_id = :location AND on_day BETWEEN :from AND :to AND expires_at > :now
            AND card_id IS NOT :hold_of",
        named_params! { ":location": location, ":from": from, ":to": to, ":now": tx.now(),
        ":booking": except.booking, ":hold_of": except.hold_of },
        |row| {
            Ok(Taken {
                day: row.get("on_day")?,
                starts: row.get("starts_min")?,
                ends: row.get("ends_min")?,
                seats: row.get("seats")?,
                until: row.get("expires_at")?,
                held_by: row.get("card_id")?,
            })
        },
    )
}

pub(super) fn procedure(tx: &WriteTx<'_>, code: &str, name: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO procedure (code, name) VALUES (:code, :name) ON CONFLICT (code) DO NOTHING",
        named_params! { ":code": code, ":name": name },
    )?;
    Ok(())
}
