//! What a citizen chooses between the link and the booking.

use super::identify::{Identified, Identify, identify};
use super::session::{Session, SessionKey};
use super::{session, store};
use crate::base::LocationId;
use crate::booking::person::{self, PersonRefusal};
use crate::booking::{NewApplicant, Procedure, Who, procedures, store as rows};
use crate::calendar;
use crate::db::{Fault, WriteTx};
use crate::settings;

/// Why a choice was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ChooseError {
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// Citizens cannot choose this location.
    #[error("no such location")]
    NoLocation,
    /// Not every precaution was ticked; the numbers of those that are missing.
    #[error("precautions {missing:?} are not ticked")]
    NotAcknowledged {
        /// Numbers of the precautions that are missing.
        missing: Vec<u8>,
    },
    /// There is no booking to change.
    #[error("no booking to change")]
    NoBooking,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A relative to add, with what is printed on their notice.
#[derive(Clone, Debug)]
pub struct AddMember {
    /// The session.
    pub key: SessionKey,
    /// The check of the relative's notice.
    pub check: Identify,
}

/// A relative of somebody who needs no notice, known by what is said of them like the first.
#[derive(Clone, Debug)]
pub struct AddPerson {
    /// The session.
    pub key: SessionKey,
    /// The relative.
    pub person: NewApplicant,
}

/// How adding a relative went. Failed checks are counted, so they are answers and not errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// They are in the list.
    Done,
    /// The check needs more, or failed.
    Check(Identified),
    /// They cannot be booked.
    Refused(PersonRefusal),
    /// They are in the list already.
    Twice,
    /// The list is full.
    Full {
        /// The most people in one booking.
        most: u8,
    },
    /// The session has ended.
    SessionOver,
}

fn open(tx: &WriteTx<'_>, key: &SessionKey) -> Result<Option<Session>, Fault> {
    session::session(tx, key)
}

/// Chooses where. Another location forgets the time.
///
/// Spec: 7(3)⑤ ⑦.
pub fn choose_location(tx: &WriteTx<'_>, key: &SessionKey, location: LocationId) -> Result<(), ChooseError> {
    let mut session = open(tx, key)?.ok_or(ChooseError::SessionOver)?;
    let offered = calendar::locations(tx)?.into_iter().any(|one| one.id == location && one.citizen_visible);
    let procedure = procedures::known(tx, &session.procedure)?;
    if !offered || !procedure.offered_at(location) {
        return Err(ChooseError::NoLocation);
    }
    if session.location != Some(location) {
        session.location = Some(location);
        session.slot = None;
        forget_acks(&mut session);
    }
    Ok(store::save_choices(tx, &session)?)
}

/// Adds a relative after the same check as the first person's.
///
/// Spec: 7(3)⑥.
pub fn add_member(tx: &WriteTx<'_>, wish: &AddMember) -> Result<Added, Fault> {
    let Some(mut session) = open(tx, &wish.key)? else { return Ok(Added::SessionOver) };
    // Whoever is known by what they said has relatives that are known in the same way.
    let most = if session.who.card().is_some() { settings::read(tx)?.party_max } else { 1 };
    if session.people() >= most {
        return Ok(Added::Full { most });
    }
    let card = match identify(tx, &wish.check)? {
        Identified::Known(Some(card)) => card,
        other => return Ok(Added::Check(other)),
    };
    let procedure = procedures::known(tx, &session.procedure)?;
    if let Some(new) = person::of(tx, &procedure, Who::Card(card))?
        && is_in(tx, &session, &procedure, &new.key)?
    {
        return Ok(Added::Twice);
    }
    if let Some(refusal) = person::refusal(tx, &procedure, Who::Card(card), None)? {
        return Ok(Added::Refused(refusal));
    }
    session.members.push(Who::Card(card));
    forget_acks(&mut session);
    store::save_choices(tx, &session)?;
    Ok(Added::Done)
}

/// Adds a relative by what is said of them, where nobody needs a notice.
///
/// Spec: 7(3)⑥, 8(3).
pub fn add_person(tx: &WriteTx<'_>, wish: &AddPerson) -> Result<Added, Fault> {
    let Some(mut session) = open(tx, &wish.key)? else { return Ok(Added::SessionOver) };
    let most = if session.who.applicant().is_some() { settings::read(tx)?.party_max } else { 1 };
    if session.people() >= most {
        return Ok(Added::Full { most });
    }
    let (procedure, key) = (procedures::known(tx, &session.procedure)?, wish.person.person_key());
    if is_in(tx, &session, &procedure, &key)? {
        return Ok(Added::Twice);
    }
    if rows::live_id_of_person(tx, &key, &procedure.code)?.is_some() {
        return Ok(Added::Refused(PersonRefusal::AlreadyBooked));
    }
    session.members.push(Who::Applicant(rows::insert_applicant(tx, &wish.person)?));
    forget_acks(&mut session);
    store::save_choices(tx, &session)?;
    Ok(Added::Done)
}

/// Whether somebody with this key is in the list.
fn is_in(tx: &WriteTx<'_>, session: &Session, procedure: &Procedure, key: &str) -> Result<bool, Fault> {
    for known in session.everybody() {
        if person::of(tx, procedure, known)?.is_some_and(|known| known.key == key) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes a relative from the list.
pub fn remove_member(tx: &WriteTx<'_>, key: &SessionKey, who: Who) -> Result<(), ChooseError> {
    let mut session = open(tx, key)?.ok_or(ChooseError::SessionOver)?;
    session.members.retain(|member| *member != who);
    forget_acks(&mut session);
    Ok(store::save_choices(tx, &session)?)
}

/// What was acknowledged was acknowledged for the choices of then. Spec: 7(3)⑨.
fn forget_acks(session: &mut Session) {
    session.acks = Vec::new();
    session.acknowledged_at = None;
}

/// Notes which precautions were ticked; all `count` of them must be.
///
/// Spec: 7(3)⑨.
pub fn acknowledge(tx: &WriteTx<'_>, key: &SessionKey, ticked: &[u8], count: u8) -> Result<(), ChooseError> {
    let mut session = open(tx, key)?.ok_or(ChooseError::SessionOver)?;
    let missing: Vec<u8> = (1..=count).filter(|number| !ticked.contains(number)).collect();
    if !missing.is_empty() {
        return Err(ChooseError::NotAcknowledged { missing });
    }
    session.acks = (1..=count).collect();
    session.acknowledged_at = Some(tx.now());
    Ok(store::save_choices(tx, &session)?)
}

/// Begins choosing another time for the session's booking.
///
/// Spec: 7(3)⑩.
pub fn start_change(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), ChooseError> {
    let mut session = open(tx, key)?.ok_or(ChooseError::SessionOver)?;
    let booking = session.booking.map(|id| crate::booking::get(tx, id)).transpose()?.flatten();
    let booking = booking.filter(crate::booking::Booking::is_live).ok_or(ChooseError::NoBooking)?;
    session.changing = true;
    session.location = Some(booking.location);
    session.slot = None;
    forget_acks(&mut session);
    session.members = Vec::new();
    Ok(store::save_choices(tx, &session)?)
}

/// Keeps the booking as it is.
pub fn stop_change(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), ChooseError> {
    let mut session = open(tx, key)?.ok_or(ChooseError::SessionOver)?;
    session.changing = false;
    session.slot = None;
    Ok(store::save_choices(tx, &session)?)
}

/// Notes in which language the citizen reads.
pub fn set_language(tx: &WriteTx<'_>, key: &SessionKey, language: &str) -> Result<(), ChooseError> {
    let mut session = open(tx, key)?.ok_or(ChooseError::SessionOver)?;
    language.clone_into(&mut session.language);
    Ok(store::save_choices(tx, &session)?)
}
