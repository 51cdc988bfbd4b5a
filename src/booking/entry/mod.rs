//! The way in for a citizen: check of the notice, mail link or code, and the session that follows.
//!
//! **Invariant:** a right and a wrong check look the same beyond "they match"; what state a card is in stands only in the mail.
//! **Invariant:** tokens, codes, browsers, notice IDs and addresses that are counted lie here as keyed hashes only.
//! **Invariant:** reading a link changes nothing, however often a scanner does it.
//! **Invariant:** a failure that must be counted is an `Ok` answer, so that its count is committed with it.

mod identify;
mod invite;
mod link;
mod office;
mod revoke;
mod session;
mod steps;
mod store;

use std::time::Duration;

use sha2::{Digest, Sha256};

pub use identify::{Identified, Identify, identify};
pub use invite::{Asker, Invite, Invited, invite};
pub use link::{EnterCode, LinkState, OpenLink, Opened, enter_code, look_link, open_link};
pub use session::{Session, SessionKey, first_session_end, forget_sessions, session, touch_session};
pub use steps::{
    AddMember, AddPerson, Added, ChooseError, acknowledge, add_member, add_person, choose_location,
    remove_member, set_language, start_change, stop_change,
};

pub(super) use office::{link_from_office, link_to_offer};
pub(super) use revoke::revoke;
pub(super) use session::finish as finish_session;
pub(super) use store::choose_slot;
pub(super) use store::spend as spend_invitation;

/// How often something may go wrong before it costs time. Every number is a key of the section `[limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wrong checks of one notice ID from one network before that pair waits.
    pub notice_failures: u32,
    /// How long it waits.
    pub notice_wait: Duration,
    /// Wrong checks of one notice ID in a day before the answer comes by mail only.
    pub notice_failures_a_day: u32,
    /// Mails to one address in an hour.
    pub mails_an_hour: u32,
    /// Mails to one address in a day.
    pub mails_a_day: u32,
    /// Wrong birthdays on a link that was opened in another browser.
    pub birthday_tries: u32,
    /// Wrong one-time codes.
    pub code_tries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            notice_failures: 5,
            notice_wait: Duration::from_mins(30),
            notice_failures_a_day: 20,
            mails_an_hour: 3,
            mails_a_day: 10,
            birthday_tries: 5,
            code_tries: 5,
        }
    }
}

/// The hash under which a random text that only its owner knows is stored.
fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
