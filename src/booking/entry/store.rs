//! The rows of `invitation` and `citizen_session`.

use rusqlite::{Row, named_params};

use super::session::{Session, SessionKey};
use crate::base::{ApplicantId, BookingId, CardId, Email, InvitationId, LocationId, Moment};
use crate::booking::Who;
use crate::calendar::SlotId;
use crate::db::{Fault, ReadTx, WriteTx};

/// A row of `invitation`.
pub(super) struct Invitation {
    pub(super) id: InvitationId,
    pub(super) token_hash: Vec<u8>,
    pub(super) code_hash: Option<Vec<u8>>,
    pub(super) code_tries: u32,
    pub(super) birthday_tries: u32,
    pub(super) browser_hash: Vec<u8>,
    pub(super) who: Who,
    pub(super) procedure: String,
    pub(super) email: String,
    pub(super) language: String,
    pub(super) created_at: Moment,
    pub(super) expires_at: Moment,
    pub(super) spent_at: Option<Moment>,
}

const INVITATION: &str =
    "SELECT id, token_hash, code_hash, code_tries, birthday_tries, browser_hash, card_id, applicant_id,
        procedure, email, language,
        created_at, expires_at, spent_at
   FROM invitation";

/// Who a row is about. The schema fills exactly one of the two columns.
fn who(row: &Row<'_>) -> rusqlite::Result<Who> {
    let applicant: Option<ApplicantId> = row.get("applicant_id")?;
    Ok(match applicant {
        Some(id) => Who::Applicant(id),
        None => Who::Card(row.get("card_id")?),
    })
}

fn invitation(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: row.get("id")?,
        token_hash: row.get("token_hash")?,
        code_hash: row.get("code_hash")?,
        code_tries: row.get("code_tries")?,
        birthday_tries: row.get("birthday_tries")?,
        browser_hash: row.get("browser_hash")?,
        who: who(row)?,
        procedure: row.get("procedure")?,
        email: row.get("email")?,
        language: row.get("language")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        spent_at: row.get("spent_at")?,
    })
}

pub(super) fn invitation_by_token(tx: &ReadTx<'_>, hash: &[u8]) -> Result<Option<Invitation>, Fault> {
    tx.opt(&format!("{INVITATION} WHERE token_hash = :hash"), named_params! { ":hash": hash }, invitation)
}

pub(super) fn newest_invitation(tx: &ReadTx<'_>, browser: &[u8]) -> Result<Option<Invitation>, Fault> {
    tx.opt(
        &format!("{INVITATION} WHERE browser_hash = :browser ORDER BY id DESC LIMIT 1"),
        named_params! { ":browser": browser },
        invitation,
    )
}

/// What a new invitation holds.
pub(super) struct NewInvitation<'a> {
    pub(super) token_hash: &'a [u8],
    pub(super) code_hash: &'a [u8],
    pub(super) browser_hash: &'a [u8],
    pub(super) who: Who,
    pub(super) procedure: &'a str,
    pub(super) email: &'a Email,
    pub(super) language: &'a str,
    pub(super) expires_at: Moment,
}

pub(super) fn insert_invitation(tx: &WriteTx<'_>, new: &NewInvitation<'_>) -> Result<InvitationId, Fault> {
    let row = tx.insert(
        "INSERT INTO invitation (token_hash, code_hash, browser_hash, card_id, applicant_id, procedure, email, language,
                                 created_at, expires_at)
         VALUES (:token, :code, :browser, :card, :applicant, :procedure, :email, :language, :now, :expires)",
        named_params! {
            ":token": new.token_hash, ":code": new.code_hash, ":browser": new.browser_hash,
            ":card": new.who.card(), ":applicant": new.who.applicant(), ":procedure": new.procedure,
            ":email": new.email.as_str(), ":language": new.language, ":now": tx.now(), ":expires": new.expires_at,
        },
    )?;
    Ok(InvitationId::of(row))
}

pub(super) fn count_birthday(tx: &WriteTx<'_>, id: InvitationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE invitation SET birthday_tries = birthday_tries + 1 WHERE id = :id",
        named_params! { ":id": id },
    )?;
    Ok(())
}

pub(super) fn count_code(tx: &WriteTx<'_>, id: InvitationId) -> Result<(), Fault> {
    tx.run("UPDATE invitation SET code_tries = code_tries + 1 WHERE id = :id", named_params! { ":id": id })?;
    Ok(())
}

/// A booking was made with the link: from now on it leads to `/my`.
pub(in crate::booking) fn spend(tx: &WriteTx<'_>, id: InvitationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE invitation SET spent_at = :now WHERE id = :id AND spent_at IS NULL",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

/// What a new session begins with.
pub(super) struct SessionStart<'a> {
    pub(super) invitation: InvitationId,
    pub(super) who: Who,
    pub(super) procedure: &'a str,
    pub(super) email: &'a str,
    pub(super) language: &'a str,
    pub(super) booking: Option<BookingId>,
}

pub(super) fn insert_session(
    tx: &WriteTx<'_>,
    key: &SessionKey,
    start: &SessionStart<'_>,
    expires_at: Moment,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO citizen_session (id_hash, invitation_id, card_id, applicant_id, procedure, email, language, booking_id,
                                      created_at, last_seen_at, expires_at)
         VALUES (:key, :invitation, :card, :applicant, :procedure, :email, :language, :booking, :now, :now, :expires)",
        named_params! {
            ":key": key.bytes(), ":invitation": start.invitation, ":card": start.who.card(),
            ":applicant": start.who.applicant(), ":procedure": start.procedure, ":email": start.email,
            ":language": start.language, ":booking": start.booking, ":now": tx.now(), ":expires": expires_at,
        },
    )?;
    Ok(())
}

pub(super) fn session(tx: &ReadTx<'_>, key: &SessionKey) -> Result<Option<Session>, Fault> {
    let row = tx.opt(
        "SELECT invitation_id, card_id, applicant_id, procedure, email, language, members, location_id, slot, acks, acknowledged_at, booking_id,
                changing, created_at, last_seen_at, expires_at
         FROM citizen_session WHERE id_hash = :key",
        named_params! { ":key": key.bytes() },
        |row| {
            let words: [String; 3] = [row.get("email")?, row.get("members")?, row.get("acks")?];
            let session = Session {
                key: *key,
                invitation: row.get("invitation_id")?,
                who: who(row)?,
                procedure: row.get("procedure")?,
                email: nobody(),
                language: row.get("language")?,
                members: Vec::new(),
                location: row.get("location_id")?,
                slot: None,
                acks: Vec::new(),
                acknowledged_at: row.get("acknowledged_at")?,
                booking: row.get("booking_id")?,
                changing: row.get("changing")?,
                created_at: row.get("created_at")?,
                last_seen_at: row.get("last_seen_at")?,
                expires_at: row.get("expires_at")?,
            };
            Ok((session, words, row.get::<_, Option<String>>("slot")?))
        },
    )?;
    row.map(|(session, [email, members, acks], slot)| understand(session, &email, &members, &acks, slot))
        .transpose()
}

fn understand(
    session: Session,
    email: &str,
    members: &str,
    acks: &str,
    slot: Option<String>,
) -> Result<Session, Fault> {
    let stored = |what: &str| Fault::Stored(format!("citizen_session.{what}"));
    Ok(Session {
        email: Email::parse(email).map_err(|_| stored("email"))?,
        members: serde_json::from_str(members).map_err(|_| stored("members"))?,
        acks: serde_json::from_str(acks).map_err(|_| stored("acks"))?,
        slot: slot.map(|slot| slot.parse::<SlotId>()).transpose().map_err(|_| stored("slot"))?,
        ..session
    })
}

/// Stands in the place of the address until it is read.
fn nobody() -> Email {
    Email::unknown()
}

pub(super) fn touch(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), Fault> {
    tx.run(
        "UPDATE citizen_session SET last_seen_at = :now WHERE id_hash = :key",
        named_params! { ":key": key.bytes(), ":now": tx.now() },
    )?;
    Ok(())
}

/// What was chosen so far, written whole.
pub(super) fn save_choices(tx: &WriteTx<'_>, session: &Session) -> Result<(), Fault> {
    let json = |what: serde_json::Result<String>| what.map_err(|error| Fault::Stored(error.to_string()));
    tx.run(
        "UPDATE citizen_session
         SET members = :members, location_id = :location, slot = :slot, acks = :acks, acknowledged_at = :acknowledged,
             booking_id = :booking, changing = :changing, language = :language, last_seen_at = :now
         WHERE id_hash = :key",
        named_params! {
            ":key": session.key.bytes(), ":members": json(serde_json::to_string(&session.members))?,
            ":location": session.location, ":slot": session.slot.map(|slot| slot.to_string()),
            ":acks": json(serde_json::to_string(&session.acks))?, ":acknowledged": session.acknowledged_at,
            ":booking": session.booking, ":changing": session.changing, ":language": session.language,
            ":now": tx.now(),
        },
    )?;
    Ok(())
}

pub(in crate::booking) fn choose_slot(
    tx: &WriteTx<'_>,
    key: &SessionKey,
    slot: &SlotId,
    location: LocationId,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE citizen_session
         SET slot = :slot, location_id = :location,
             acks = iif(slot IS :slot, acks, '[]'), acknowledged_at = iif(slot IS :slot, acknowledged_at, NULL)
         WHERE id_hash = :key",
        named_params! { ":key": key.bytes(), ":slot": slot.to_string(), ":location": location },
    )?;
    Ok(())
}

pub(super) fn finish_session(tx: &WriteTx<'_>, key: &SessionKey, booking: BookingId) -> Result<(), Fault> {
    tx.run(
        "UPDATE citizen_session
         SET booking_id = :booking, changing = 0, members = '[]', slot = NULL, acks = '[]', acknowledged_at = NULL
         WHERE id_hash = :key",
        named_params! { ":key": key.bytes(), ":booking": booking },
    )?;
    Ok(())
}

pub(super) fn first_session_end(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT MIN(expires_at) AS ends FROM citizen_session", [], |row| row.get("ends"))
}

pub(super) fn delete_sessions(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    tx.run(
        "DELETE FROM citizen_session
         WHERE id_hash IN (SELECT id_hash FROM citizen_session WHERE expires_at < :before LIMIT :limit)",
        named_params! { ":before": before, ":limit": limit },
    )
}

/// Ends every link and every session of a card that came to this address.
pub(super) fn end_all_of(tx: &WriteTx<'_>, card: CardId, email: &str) -> Result<(), Fault> {
    for table in ["invitation", "citizen_session"] {
        tx.run(
            &format!("UPDATE {table} SET expires_at = :now WHERE card_id = :card AND email = :email AND expires_at > :now"),
            named_params! { ":card": card, ":email": email, ":now": tx.now() },
        )?;
    }
    Ok(())
}
