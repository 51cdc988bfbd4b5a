//! Signing in and out, with what is counted and what is noted.

use std::time::Duration;

use super::session::{self, SessionKey, Stage};
use super::{Account, PasswordHash, store, user_key};
use crate::attempts::Counter;
use crate::base::Moment;
use crate::db::{Fault, ReadTx, WriteTx};

/// How often a sign-in may go wrong. The numbers are keys of the section `[limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wrong passwords or codes of one user from one network before that pair waits.
    pub failures: u32,
    /// How long it waits.
    pub wait: Duration,
    /// Whether a second factor is asked for.
    pub second_factor: bool,
}

/// Somebody's wish to sign in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// User ID, however typed.
    pub user: String,
    /// The stored hash that the typed password matched, checked before the transaction; `None` when it matched none.
    pub proven: Option<PasswordHash>,
    /// Network address of the terminal.
    pub origin: String,
    /// Its network.
    pub network: String,
    /// The limits that hold.
    pub limits: Limits,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInAnswer {
    /// A session began.
    In {
        /// The text for the cookie.
        token: String,
        /// What it still needs.
        stage: Stage,
    },
    /// User and password do not belong together, or the account is shut: the answer is the same.
    Wrong,
    /// Too often wrong.
    Locked {
        /// Until when.
        until: Moment,
    },
}

/// The stored hash of a user's password, to be compared before [`sign_in`].
pub fn password_of(tx: &ReadTx<'_>, user: &str) -> Result<Option<PasswordHash>, Fault> {
    Ok(store::account_of(tx, &user_key(user))?.map(|account| account.hash))
}

/// Begins a session for who knows the password.
///
/// Spec: 7(2)②, 10(12).
pub fn sign_in(tx: &WriteTx<'_>, wish: &SignIn) -> Result<SignInAnswer, Fault> {
    let user = user_key(&wish.user);
    let counters = counters(tx, &user, &wish.network, wish.limits.wait)?;
    if let Some(until) = counters.locked_until(tx)? {
        store::log(tx, &user, &wish.origin, "locked")?;
        return Ok(SignInAnswer::Locked { until });
    }
    let account = store::account_of(tx, &user)?;
    let Some(account) = account.filter(|account| wish.proven.as_ref() == Some(&account.hash)) else {
        store::log(tx, &user, &wish.origin, "wrong")?;
        let until = counters.fail(tx, wish.limits)?;
        return Ok(until.map_or(SignInAnswer::Wrong, |until| SignInAnswer::Locked { until }));
    };
    if account.disabled {
        store::log(tx, &user, &wish.origin, "disabled")?;
        return Ok(SignInAnswer::Wrong);
    }
    session::sweep(tx)?;
    let stage = first_stage(&account, wish.limits.second_factor);
    let token = session::begin(tx, account.id, stage, &wish.origin)?;
    if stage != Stage::Totp {
        counters.clear(tx)?;
        arrive(tx, &account, &wish.origin)?;
    }
    Ok(SignInAnswer::In { token, stage })
}

/// Ends a session.
pub fn sign_out(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), Fault> {
    if let Some((_, user, origin)) = session::owner(tx, key)? {
        store::log(tx, &user, &origin, "signed_out")?;
        session::end(tx, key)?;
    }
    Ok(())
}

/// Everything that was asked for has been answered: note it.
pub(super) fn arrive(tx: &WriteTx<'_>, account: &Account, origin: &str) -> Result<(), Fault> {
    store::log(tx, &account.user, origin, "ok")?;
    store::set_last_sign_in(tx, account.id)
}

fn first_stage(account: &Account, second_factor: bool) -> Stage {
    if second_factor {
        Stage::Totp
    } else if account.must_change {
        Stage::Password
    } else {
        Stage::Open
    }
}

/// What counts failures: the user from this network, the user from anywhere, this network for anybody.
///
/// The first locks soon, the others ten times later, so that neither one wrong colleague nor a stranger locks out many.
#[derive(Debug)]
pub(super) struct Counters {
    pair: Counter,
    user: Counter,
    network: Counter,
}

pub(super) fn counters(
    tx: &ReadTx<'_>,
    user: &str,
    network: &str,
    span: Duration,
) -> Result<Counters, Fault> {
    Ok(Counters {
        pair: Counter::of(tx, "sign_in", &[user, network], span)?,
        user: Counter::of(tx, "sign_in_user", &[user], span)?,
        network: Counter::of(tx, "sign_in_network", &[network], span)?,
    })
}

impl Counters {
    const WIDER: u32 = 10;

    pub(super) fn of_user(&self) -> [&Counter; 2] {
        [&self.pair, &self.user]
    }

    pub(super) fn locked_until(&self, tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
        let mut latest = None;
        for counter in [&self.pair, &self.user, &self.network] {
            latest = latest.max(counter.locked_until(tx)?);
        }
        Ok(latest)
    }

    /// Counts a failure; says until when it now waits, if it does.
    pub(super) fn fail(&self, tx: &WriteTx<'_>, limits: Limits) -> Result<Option<Moment>, Fault> {
        let wide = limits.failures.saturating_mul(Self::WIDER);
        let mut until = None;
        for (counter, most) in [(&self.pair, limits.failures), (&self.user, wide), (&self.network, wide)] {
            if counter.add(tx)? >= most {
                until = until.max(Some(counter.lock(tx, limits.wait)?));
            }
        }
        Ok(until)
    }

    /// Forgets the failures of the user here; those of the network stay, for they are others' too.
    pub(super) fn clear(&self, tx: &WriteTx<'_>) -> Result<(), Fault> {
        self.pair.clear(tx)
    }
}
