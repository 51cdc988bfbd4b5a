//! The rows of `waiting`.

use rusqlite::{Row, named_params};

use super::wish::Wait;
use super::{Offered, WaitState, Waiting};
use crate::base::{ApplicantId, CardId, InvitationId, LocationId, Moment, Personal, WaitingId};
use crate::booking::Who;
use crate::booking::entry::Session;
use crate::db::{Fault, ReadTx, WriteTx};

const WAITING: &str = "SELECT * FROM waiting";

fn waiting(row: &Row<'_>) -> rusqlite::Result<(Waiting, String)> {
    let (card, applicant): (Option<CardId>, Option<ApplicantId>) =
        (row.get("card_id")?, row.get("applicant_id")?);
    let who = Who::of(card, applicant).ok_or(rusqlite::Error::InvalidQuery)?;
    let until: Option<Moment> = row.get("offer_until")?;
    let offered = match until {
        Some(until) => Some(Offered {
            day: row.get("offer_day")?,
            starts: row.get("offer_starts")?,
            ends: row.get("offer_ends")?,
            until,
        }),
        None => None,
    };
    let found = Waiting {
        id: row.get("id")?,
        who,
        procedure: row.get("procedure")?,
        members: Vec::new(),
        people: row.get("people")?,
        location: row.get("location_id")?,
        from: row.get("from_on")?,
        to: row.get("to_on")?,
        part: row.get("part")?,
        email: Personal::of(row.get("email")?),
        language: row.get("language")?,
        state: row.get("state")?,
        queued_at: row.get("queued_at")?,
        offers: row.get("offers")?,
        offered,
        created_at: row.get("created_at")?,
    };
    Ok((found, row.get("members")?))
}

fn whole((mut found, members): (Waiting, String)) -> Result<Waiting, Fault> {
    found.members =
        serde_json::from_str(&members).map_err(|error| Fault::Stored(format!("waiting.members: {error}")))?;
    Ok(found)
}

pub(super) fn get(tx: &ReadTx<'_>, id: WaitingId) -> Result<Option<Waiting>, Fault> {
    let found = tx.opt(&format!("{WAITING} WHERE id = :id"), named_params! { ":id": id }, waiting)?;
    found.map(whole).transpose()
}

pub(super) fn live(tx: &ReadTx<'_>, who: Who, procedure: &str) -> Result<Option<Waiting>, Fault> {
    let (sql, row) = match who {
        Who::Card(card) => {
            ("card_id = :row AND procedure = :procedure AND state IN ('waiting', 'offered')", card.get())
        }
        Who::Applicant(id) => {
            ("applicant_id = :row AND procedure = :procedure AND state IN ('waiting', 'offered')", id.get())
        }
    };
    let found = tx.opt(
        &format!("{WAITING} WHERE {sql}"),
        named_params! { ":row": row, ":procedure": procedure },
        waiting,
    )?;
    found.map(whole).transpose()
}

pub(super) fn of_invitation(tx: &ReadTx<'_>, id: InvitationId) -> Result<Option<Waiting>, Fault> {
    let found = tx.opt(
        &format!("{WAITING} WHERE invitation_id = :id AND state = 'offered'"),
        named_params! { ":id": id },
        waiting,
    )?;
    found.map(whole).transpose()
}

/// Those who wait or were told of a seat, in their order.
pub(super) fn queue(tx: &ReadTx<'_>, most: u32) -> Result<Vec<Waiting>, Fault> {
    let found = tx.all(
        &format!("{WAITING} WHERE state IN ('waiting', 'offered') ORDER BY queued_at, id LIMIT :most"),
        named_params! { ":most": most },
        waiting,
    )?;
    found.into_iter().map(whole).collect()
}

fn members(session: &Session) -> Result<String, Fault> {
    serde_json::to_string(&session.members)
        .map_err(|error| Fault::Stored(format!("waiting.members: {error}")))
}

pub(super) fn insert(
    tx: &WriteTx<'_>,
    session: &Session,
    location: LocationId,
    wish: &Wait,
) -> Result<WaitingId, Fault> {
    let row = tx.insert(
        "INSERT INTO waiting (card_id, applicant_id, procedure, members, people, location_id, from_on, to_on, part, email,
                              language, state, queued_at, created_at)
         VALUES (:card, :applicant, :procedure, :members, :people, :location, :from, :to, :part, :email, :language,
                 'waiting', :now, :now)",
        named_params! {
            ":card": session.who.card(), ":applicant": session.who.applicant(), ":procedure": session.procedure,
            ":members": members(session)?, ":people": session.people(), ":location": location, ":from": wish.from,
            ":to": wish.to, ":part": wish.part, ":email": session.email.as_str(), ":language": session.language,
            ":now": tx.now(),
        },
    )?;
    Ok(WaitingId::of(row))
}

pub(super) fn change(
    tx: &WriteTx<'_>,
    id: WaitingId,
    session: &Session,
    wish: &Wait,
    place: Option<Moment>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE waiting
            SET members = :members, people = :people, location_id = :location, from_on = :from, to_on = :to,
                part = :part, email = :email, language = :language, queued_at = coalesce(:place, :now),
                state = 'waiting', offer_until = NULL
          WHERE id = :id",
        named_params! {
            ":id": id, ":members": members(session)?, ":people": session.people(), ":location": session.location,
            ":from": wish.from, ":to": wish.to, ":part": wish.part, ":email": session.email.as_str(),
            ":language": session.language, ":place": place, ":now": tx.now(),
        },
    )?;
    Ok(())
}

pub(super) fn set_offered(
    tx: &WriteTx<'_>,
    id: WaitingId,
    offered: &Offered,
    invitation: InvitationId,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE waiting
            SET state = 'offered', offers = offers + 1, offer_day = :day, offer_starts = :starts, offer_ends = :ends,
                offer_until = :until, invitation_id = :invitation
          WHERE id = :id",
        named_params! {
            ":id": id, ":day": offered.day, ":starts": offered.starts, ":ends": offered.ends,
            ":until": offered.until, ":invitation": invitation,
        },
    )?;
    Ok(())
}

pub(super) fn queue_again(tx: &WriteTx<'_>, id: WaitingId) -> Result<(), Fault> {
    tx.run(
        "UPDATE waiting SET state = 'waiting', offer_until = NULL, queued_at = :now WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn end(tx: &WriteTx<'_>, id: WaitingId, state: WaitState) -> Result<(), Fault> {
    tx.run(
        "UPDATE waiting SET state = :state, offer_until = NULL, ended_at = :now WHERE id = :id",
        named_params! { ":id": id, ":state": state, ":now": tx.now() },
    )?;
    Ok(())
}
