//! The second factor: a code of six digits from an app (TOTP), each of use once.

use totp_rs::{Builder, Secret, Totp};

use super::session::{self, SessionKey, Stage};
use super::sign_in::{Limits, arrive, counters};
use super::{Account, store};
use crate::attempts::keyed;
use crate::base::{Moment, StaffId, text};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Event, Record};

/// Seconds that one code stands.
const STEP: u64 = 30;

/// What somebody enters into their app at the first sign-in.
#[derive(Clone)]
pub struct Enrolment {
    /// The secret as letters and digits, to be typed.
    pub secret: String,
    /// The same as an `otpauth:` address, to be shown as a QR code.
    pub url: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment")
    }
}

/// A code that was typed.
#[derive(Clone, Debug)]
pub struct EnterCode {
    /// The session that waits for it.
    pub key: SessionKey,
    /// The code, in any width, with or without spaces.
    pub code: String,
    /// Network address of the terminal.
    pub origin: String,
    /// Its network.
    pub network: String,
    /// The limits that hold.
    pub limits: Limits,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAnswer {
    /// Right; what the session needs now.
    Right(Stage),
    /// Wrong, old or used before.
    Wrong,
    /// Too often wrong; the session has ended.
    Locked {
        /// Until when.
        until: Moment,
    },
    /// There is no session that waits for a code.
    Over,
}

/// What to enter into the app, for a session that waits for a code and whose user has none set up.
pub fn enrolment(tx: &ReadTx<'_>, key: &SessionKey, issuer: &str) -> Result<Option<Enrolment>, Fault> {
    let Some(account) = waiting(tx, key)? else { return Ok(None) };
    if account.second_factor.is_some() {
        return Ok(None);
    }
    let totp = totp(&pending(tx, key, &account)?, &account.user, issuer)?;
    let url = totp.to_url().map_err(|error| Fault::Stored(error.to_string()))?;
    Ok(Some(Enrolment { secret: totp.secret().to_base32(), url }))
}

/// Takes the code; at the first sign-in a right one sets the second factor up.
pub fn enter_code(tx: &WriteTx<'_>, wish: &EnterCode) -> Result<CodeAnswer, Fault> {
    let Some(account) = waiting(tx, &wish.key)? else { return Ok(CodeAnswer::Over) };
    let counters = counters(tx, &account.user, &wish.network, wish.limits.wait)?;
    let secret = match &account.second_factor {
        Some(secret) => secret.clone(),
        None => pending(tx, &wish.key, &account)?,
    };
    let Some(step) = fresh_step(tx, &secret, &account, &wish.code)? else {
        store::log(tx, &account.user, &wish.origin, "totp_wrong")?;
        let Some(until) = counters.fail(tx, wish.limits)? else { return Ok(CodeAnswer::Wrong) };
        session::end(tx, &wish.key)?;
        return Ok(CodeAnswer::Locked { until });
    };
    if account.second_factor.is_none() {
        store::set_second_factor(tx, account.id, Some(&secret))?;
        history::record(tx, &Event::of("staff.second_factor_set", Record::Staff(account.id)))?;
    }
    store::set_last_step(tx, account.id, step)?;
    counters.clear(tx)?;
    arrive(tx, &account, &wish.origin)?;
    let stage = if account.must_change { Stage::Password } else { Stage::Open };
    session::set_stage(tx, &wish.key, stage)?;
    Ok(CodeAnswer::Right(stage))
}

/// Takes the second factor away, so that the session sets up another one at once.
pub fn renew_second_factor(tx: &WriteTx<'_>, staff: StaffId, key: &SessionKey) -> Result<(), Fault> {
    store::set_second_factor(tx, staff, None)?;
    session::end_all(tx, staff, Some(key))?;
    session::set_stage(tx, key, Stage::Totp)?;
    history::record(tx, &Event::of("staff.second_factor_removed", Record::Staff(staff)))?;
    Ok(())
}

/// The account of a session that waits for a code.
fn waiting(tx: &ReadTx<'_>, key: &SessionKey) -> Result<Option<Account>, Fault> {
    match session::waiting_for(tx, key, Stage::Totp)? {
        Some(staff) => store::account(tx, staff),
        None => Ok(None),
    }
}

/// The secret that a session offers before it is taken: it need not be kept, for it follows from the city's key.
fn pending(tx: &ReadTx<'_>, key: &SessionKey, account: &Account) -> Result<Vec<u8>, Fault> {
    let words = [key.hex(), account.version.to_string()];
    let drawn = keyed(tx, "second_factor", &[words[0].as_str(), words[1].as_str()])?;
    Ok(drawn.iter().take(20).copied().collect())
}

/// The step of a right code, if no code of that step or a later one was used before.
fn fresh_step(tx: &ReadTx<'_>, secret: &[u8], account: &Account, typed: &str) -> Result<Option<i64>, Fault> {
    let code: String = text::nfkc(typed).chars().filter(char::is_ascii_digit).collect();
    let now = u64::try_from(tx.now().seconds()).unwrap_or_default();
    if code.len() != 6 {
        return Ok(None);
    }
    let step = totp(secret, &account.user, "")?.check(&code, now).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| account.last_step.is_none_or(|last| *step > last)))
}

fn totp(secret: &[u8], user: &str, issuer: &str) -> Result<Totp, Fault> {
    let issuer = issuer.replace(':', " ");
    Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_step_duration(STEP)
        .with_account_name(user)
        .with_issuer(Some(issuer).filter(|issuer| !issuer.is_empty()))
        .build()
        .map_err(|error| Fault::Stored(format!("second factor: {error}")))
}
