//! The link in the mail, and the code beside it.

use subtle::ConstantTimeEq;

use super::{Limits, hash_of, session, store};
use crate::attempts::keyed;
use crate::base::{BirthDate, Day, MonthDay};
use crate::booking::{self, Who, waiting};
use crate::cards;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::{mail, settings};

/// What a link is good for at this moment, in this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// One button goes on.
    Continue,
    /// Another browser asked for it: birth month and day once more.
    AskBirthday,
    /// A booking was made with it: the way is `/my`.
    Spent,
    /// Unknown, too old, or too often wrong.
    Gone,
}

/// Somebody presses the button on the page of a link.
#[derive(Clone, Debug)]
pub struct OpenLink {
    /// The text in the link.
    pub token: String,
    /// The secret of the browser, as it stood in the cookie when the mail was asked for.
    pub browser: Option<String>,
    /// The birthday, where it was asked for.
    pub birthday: Option<MonthDay>,
    /// The limits that hold.
    pub limits: Limits,
}

/// Somebody types the code from the mail.
#[derive(Clone, Debug)]
pub struct EnterCode {
    /// The secret of the browser that asked for the mail.
    pub browser: String,
    /// The six digits, as typed.
    pub code: String,
    /// The limits that hold.
    pub limits: Limits,
}

/// Where a link or a code led.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A session has begun.
    Session {
        /// The text for the cookie.
        token: String,
        /// Whether the citizen has a booking to look at.
        has_booking: bool,
        /// The day of the seat that they were told of, where the link came with one.
        offer: Option<Day>,
    },
    /// The birthday is needed first.
    AskBirthday,
    /// The birthday or the code is wrong.
    Wrong,
    /// A booking was made with it: the way is `/my`.
    Spent,
    /// Unknown, too old, or too often wrong.
    Gone,
}

/// Looks at a link without changing anything.
pub fn look_link(
    tx: &ReadTx<'_>,
    token: &str,
    browser: Option<&str>,
    limits: Limits,
) -> Result<LinkState, Fault> {
    let found = store::invitation_by_token(tx, &hash_of(token))?;
    Ok(found.map_or(LinkState::Gone, |invitation| state(tx, &invitation, browser, limits)))
}

fn state(
    tx: &ReadTx<'_>,
    invitation: &store::Invitation,
    browser: Option<&str>,
    limits: Limits,
) -> LinkState {
    if invitation.spent_at.is_some() {
        return LinkState::Spent;
    }
    if invitation.expires_at <= tx.now() {
        return LinkState::Gone;
    }
    if browser.is_some_and(|browser| is_same(&hash_of(browser), &invitation.browser_hash)) {
        return LinkState::Continue;
    }
    if invitation.birthday_tries >= limits.birthday_tries { LinkState::Gone } else { LinkState::AskBirthday }
}

/// Begins a session from a link. Spec: 7(3)③④.
pub fn open_link(tx: &WriteTx<'_>, wish: &OpenLink) -> Result<Opened, Fault> {
    let Some(invitation) = store::invitation_by_token(tx, &hash_of(&wish.token))? else {
        return Ok(Opened::Gone);
    };
    match state(tx, &invitation, wish.browser.as_deref(), wish.limits) {
        LinkState::Continue => open(tx, &invitation),
        LinkState::Spent => Ok(Opened::Spent),
        LinkState::Gone => Ok(Opened::Gone),
        LinkState::AskBirthday => {
            let Some(birthday) = wish.birthday else { return Ok(Opened::AskBirthday) };
            if birth_of(tx, invitation.who)?.is_some_and(|birth| birth.mmdd() == birthday.mmdd()) {
                return open(tx, &invitation);
            }
            store::count_birthday(tx, invitation.id)?;
            let left = invitation.birthday_tries + 1 < wish.limits.birthday_tries;
            Ok(if left { Opened::Wrong } else { Opened::Gone })
        }
    }
}

/// Begins a session from the six digits beside the link, for those who cannot open links from their mail.
pub fn enter_code(tx: &WriteTx<'_>, wish: &EnterCode) -> Result<Opened, Fault> {
    let Some(invitation) = store::newest_invitation(tx, &hash_of(&wish.browser))? else {
        return Ok(Opened::Gone);
    };
    let too_old = invitation.created_at.plus(settings::read(tx)?.code()) <= tx.now();
    if invitation.spent_at.is_some() {
        return Ok(Opened::Spent);
    }
    if too_old || invitation.code_tries >= wish.limits.code_tries {
        return Ok(Opened::Gone);
    }
    let typed = code_hash(tx, &invitation.token_hash, &digits(&wish.code))?;
    if invitation.code_hash.as_deref().is_some_and(|right| is_same(&typed, right)) {
        return open(tx, &invitation);
    }
    store::count_code(tx, invitation.id)?;
    let left = invitation.code_tries + 1 < wish.limits.code_tries;
    Ok(if left { Opened::Wrong } else { Opened::Gone })
}

/// Whoever comes in by a link or its code has read the mail, so its address works.
fn open(tx: &WriteTx<'_>, invitation: &store::Invitation) -> Result<Opened, Fault> {
    mail::proven(tx, &invitation.email)?;
    let booking = booking::live_of(tx, invitation.who, &invitation.procedure)?;
    let start = store::SessionStart {
        invitation: invitation.id,
        who: invitation.who,
        procedure: &invitation.procedure,
        email: &invitation.email,
        language: &invitation.language,
        booking: booking.as_ref().map(|booking| booking.id),
    };
    let token = session::begin(tx, &start)?;
    let offer = if booking.is_none() { lead_to_offer(tx, invitation, &token)? } else { None };
    Ok(Opened::Session { token, has_booking: booking.is_some(), offer })
}

/// The session of somebody who was told of a seat begins at its location with their family.
fn lead_to_offer(
    tx: &WriteTx<'_>,
    invitation: &store::Invitation,
    token: &str,
) -> Result<Option<Day>, Fault> {
    let Some((waiting, day)) = waiting::opened(tx, invitation.id)? else { return Ok(None) };
    let Some(mut begun) = session::session(tx, &session::SessionKey::of(token))? else { return Ok(None) };
    begun.location = Some(waiting.location);
    begun.members = waiting.members;
    store::save_choices(tx, &begun)?;
    Ok(Some(day))
}

fn birth_of(tx: &ReadTx<'_>, who: Who) -> Result<Option<BirthDate>, Fault> {
    Ok(match who {
        Who::Card(id) => cards::get(tx, id)?.map(|card| *card.birth.uncover()),
        Who::Applicant(id) => booking::applicant(tx, id)?.map(|one| *one.birth.uncover()),
    })
}

/// The hash of a code: bound to its link, and so to the card and the address.
pub(super) fn code_hash(tx: &ReadTx<'_>, token_hash: &[u8], code: &str) -> Result<[u8; 32], Fault> {
    keyed(tx, "code", &[&hex::encode(token_hash), code])
}

fn digits(typed: &str) -> String {
    crate::base::text::nfkc(typed).chars().filter(char::is_ascii_digit).collect()
}

fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
