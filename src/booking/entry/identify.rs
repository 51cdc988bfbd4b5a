//! The check of a notice: ID and birthday, and when several people share both, year of birth and kana.

use std::time::Duration;

use super::Limits;
use crate::attempts::Counter;
use crate::base::{CardId, Moment, MonthDay, NoticeId, text};
use crate::cards::{self, Card};
use crate::db::{Fault, WriteTx};

/// What somebody copied from their notice, and from where they did.
#[derive(Clone, Debug)]
pub struct Identify {
    /// The notice ID (交付通知書ID).
    pub notice: NoticeId,
    /// Month and day of birth.
    pub birthday: MonthDay,
    /// Year of birth, once it was asked for.
    pub birth_year: Option<i16>,
    /// Name in kana, once it was asked for.
    pub kana: Option<String>,
    /// The network of the browser: an IPv4 address or an IPv6 /64.
    pub network: String,
    /// Whether a wrong check is answered like a right one, because very many fail.
    pub mail_only: bool,
    /// The limits that hold.
    pub limits: Limits,
}

/// How the check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identified {
    /// Go on to the address. `None`: this ID was tried too often today, or very many
    /// checks fail, so only a mail, or its absence, gives the answer.
    Known(Option<CardId>),
    /// Several people match: ask for the year of birth.
    NeedYear,
    /// Several people still match: ask for the kana.
    NeedKana,
    /// Several people match in everything: only a person can tell them apart.
    Telephone,
    /// Nobody matches. The answer is the same for an unknown ID and for a wrong birthday.
    Mismatch {
        /// Whether the telephone number should be shown beside it: from the second time.
        again: bool,
    },
    /// Too often wrong: this ID from this network waits.
    Locked {
        /// Until when.
        until: Moment,
    },
}

/// Checks a notice ID and a birthday, counting what is wrong. Spec: 7(1)④, 7(3)②⑭.
pub fn identify(tx: &WriteTx<'_>, wish: &Identify) -> Result<Identified, Fault> {
    let here =
        Counter::of(tx, "notice", &[wish.notice.norm(), wish.network.as_str()], wish.limits.notice_wait)?;
    if let Some(until) = here.locked_until(tx)? {
        return Ok(Identified::Locked { until });
    }
    let today = Counter::of(tx, "notice_day", &[wish.notice.norm(), &tx.today().to_string()], DAY)?;
    let by_mail_only = wish.mail_only || today.count(tx)? >= wish.limits.notice_failures_a_day;
    match narrow(cards::lookup(tx, &wish.notice, wish.birthday)?, wish) {
        Narrowed::One(card) => {
            here.clear(tx)?;
            Ok(Identified::Known(Some(card)))
        }
        Narrowed::NeedYear => Ok(Identified::NeedYear),
        Narrowed::NeedKana => Ok(Identified::NeedKana),
        Narrowed::Same => Ok(Identified::Telephone),
        Narrowed::Nobody => {
            today.add(tx)?;
            if by_mail_only {
                return Ok(Identified::Known(None));
            }
            wrong(tx, &here, wish.limits)
        }
    }
}

const DAY: Duration = Duration::from_hours(24);

fn wrong(tx: &WriteTx<'_>, here: &Counter, limits: Limits) -> Result<Identified, Fault> {
    let failures = here.add(tx)?;
    if failures >= limits.notice_failures {
        let until = here.lock(tx, limits.notice_wait)?;
        return Ok(Identified::Locked { until });
    }
    Ok(Identified::Mismatch { again: failures > 1 })
}

enum Narrowed {
    One(CardId),
    NeedYear,
    NeedKana,
    Same,
    Nobody,
}

/// One person, or the next question. Two cards of one person are one person: the one that can be booked is meant.
fn narrow(found: Vec<Card>, wish: &Identify) -> Narrowed {
    if let Some(card) = only_person(&found) {
        return Narrowed::One(card);
    }
    if found.is_empty() {
        return Narrowed::Nobody;
    }
    let Some(year) = wish.birth_year else { return Narrowed::NeedYear };
    let of_year: Vec<Card> = found.into_iter().filter(|card| card.birth.uncover().year() == year).collect();
    if let Some(card) = only_person(&of_year) {
        return Narrowed::One(card);
    }
    if of_year.is_empty() {
        return Narrowed::Nobody;
    }
    let Some(kana) = wish.kana.as_deref().map(text::kana_key) else { return Narrowed::NeedKana };
    let of_kana: Vec<Card> =
        of_year.into_iter().filter(|card| text::kana_key(card.kana.uncover()) == kana).collect();
    match only_person(&of_kana) {
        Some(card) => Narrowed::One(card),
        None if of_kana.is_empty() => Narrowed::Nobody,
        None => Narrowed::Same,
    }
}

fn only_person(found: &[Card]) -> Option<CardId> {
    let first = found.first()?;
    let one_person = found.iter().all(|card| card.person_key == first.person_key);
    let meant = found.iter().rev().find(|card| card.may_be_booked()).unwrap_or(first);
    one_person.then_some(meant.id)
}
