//! What a citizen has chosen so far, from the link to the booking and after.

use std::time::Duration;

use super::{hash_of, store};
use crate::base::{BookingId, CardId, Email, InvitationId, LocationId, Moment};
use crate::booking::Who;
use crate::calendar::SlotId;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::settings;

/// "Last seen" is written at most this often.
const TOUCH: Duration = Duration::from_mins(5);

/// The stored form of the text in the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// The key of the text in the cookie.
    pub fn of(token: &str) -> Self {
        Self(hash_of(token))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A citizen on their way, or looking at their booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its key.
    pub key: SessionKey,
    /// The link that opened it.
    pub invitation: InvitationId,
    /// Who it is: the citizen of a card, or somebody known by what they said.
    pub who: Who,
    /// What they come for.
    pub procedure: String,
    /// The address that the link came to.
    pub email: Email,
    /// The language of pages and mails.
    pub language: String,
    /// The family, in the order in which they were added; each was checked like the first.
    pub members: Vec<Who>,
    /// The chosen location.
    pub location: Option<LocationId>,
    /// The chosen time.
    pub slot: Option<SlotId>,
    /// Numbers of the precautions that were ticked.
    pub acks: Vec<u8>,
    /// When all of them were. Spec: 7(3)⑨.
    pub acknowledged_at: Option<Moment>,
    /// The booking that was made, or that is looked at.
    pub booking: Option<BookingId>,
    /// Whether another time is being chosen for that booking.
    pub changing: bool,
    /// When it began.
    pub created_at: Moment,
    /// When a page was last asked for, to within five minutes.
    pub last_seen_at: Moment,
    /// When it ends whatever happens.
    pub expires_at: Moment,
}

impl Session {
    /// Everybody, the citizen first.
    pub fn everybody(&self) -> Vec<Who> {
        let mut party = vec![self.who];
        party.extend(self.members.iter().copied());
        party
    }

    /// The cards of everybody who is known by one, the citizen's own first.
    pub fn party(&self) -> Vec<CardId> {
        self.everybody().into_iter().filter_map(Who::card).collect()
    }

    /// How many people they are.
    pub fn people(&self) -> u8 {
        u8::try_from(self.members.len() + 1).unwrap_or(u8::MAX)
    }

    /// Whether it is old enough for [`touch_session`] to be worth a write.
    pub fn wants_touch(&self, now: Moment) -> bool {
        now.since(self.last_seen_at) >= TOUCH
    }
}

/// The session of this key, unless it has ended.
pub fn session(tx: &ReadTx<'_>, key: &SessionKey) -> Result<Option<Session>, Fault> {
    let idle = settings::read(tx)?.session() + TOUCH;
    let found = store::session(tx, key)?;
    Ok(found.filter(|session| session.expires_at > tx.now() && tx.now().since(session.last_seen_at) < idle))
}

/// Notes that the citizen is still there.
pub fn touch_session(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), Fault> {
    store::touch(tx, key)
}

/// A new session for the card of a link; gives the text for the cookie.
pub(super) fn begin(tx: &WriteTx<'_>, start: &store::SessionStart<'_>) -> Result<String, Fault> {
    let token = hex::encode(tx.chance().bytes::<32>());
    let expires_at = tx.now().plus(settings::read(tx)?.link());
    store::insert_session(tx, &SessionKey::of(&token), start, expires_at)?;
    Ok(token)
}

/// The session's choices have become `booking`, or its booking was changed: nothing is open any more.
pub(in crate::booking) fn finish(
    tx: &WriteTx<'_>,
    key: &SessionKey,
    booking: BookingId,
) -> Result<(), Fault> {
    store::finish_session(tx, key, booking)
}

/// When the first session that is kept ends for good.
pub fn first_session_end(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::first_session_end(tx)
}

/// Forgets at most `limit` sessions that ended for good before `before`, and says how many.
pub fn forget_sessions(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    store::delete_sessions(tx, before, limit)
}
