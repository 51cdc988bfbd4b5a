//! Labels that are in memory until they are printed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::who::Who;
use crate::base::{Moment, StaffId};
use crate::cards::Card;
use crate::lists::{Address, Left, Matched};
use crate::web::staff::StaffCtx;

/// How long they may be printed.
const KEPT: Duration = Duration::from_mins(30);

/// Files that are kept at once; more than that take the oldest away.
const MOST: usize = 20;

/// What a file gives for those who are meant.
#[derive(Debug)]
pub(super) struct Found {
    /// Cards with their address, in the order of the file.
    pub(super) good: Vec<(Card, Address)>,
    /// Lines that become no label.
    pub(super) left: Vec<(u64, Left)>,
    /// Who was meant, in words.
    pub(super) words: String,
    /// Of those who were meant, how many the file has no address for; `None` where the file says who is meant.
    pub(super) without: Option<usize>,
}

impl Found {
    /// Leaves out whoever was not meant.
    pub(super) fn of(matched: Matched, who: Who) -> Self {
        let Matched { mut good, mut left } = matched;
        if let Some(cards) = &who.cards {
            let others = good.iter().filter(|(card, _)| !cards.contains(&card.id));
            left.extend(others.map(|(_, address)| (address.line(), Left::NotAsked)));
            left.sort_by_key(|(line, _)| *line);
            good.retain(|(card, _)| cards.contains(&card.id));
        }
        let without = who.cards.map(|cards| cards.len().saturating_sub(good.len()));
        Self { good, left, words: who.words, without }
    }
}

/// One file, for the one who brought it.
#[derive(Clone, Debug)]
struct Sheet {
    token: String,
    city: String,
    staff: StaffId,
    until: Moment,
    found: Arc<Found>,
}

/// The labels of everybody who is printing some now.
#[derive(Debug, Default)]
pub struct Sheets(Mutex<Vec<Sheet>>);

impl Sheets {
    /// Keeps labels instead of those that the same person had, and gives the token of their page.
    pub(super) fn keep(&self, ctx: &StaffCtx, found: Found) -> String {
        let token = hex::encode(ctx.state.chance.bytes::<16>());
        let sheet = Sheet {
            token: token.clone(),
            city: ctx.city.profile.code.clone(),
            staff: ctx.signed.id,
            until: ctx.now().plus(KEPT),
            found: Arc::new(found),
        };
        let mut kept = self.swept(ctx.now());
        kept.retain(|one| (&one.city, one.staff) != (&sheet.city, sheet.staff));
        kept.push(sheet);
        if kept.len() > MOST {
            kept.remove(0);
        }
        token
    }

    /// The labels of this token, for the one who brought them.
    pub(super) fn find(&self, ctx: &StaffCtx, token: &str) -> Option<Arc<Found>> {
        let kept = self.swept(ctx.now());
        kept.iter().find(|one| one.is(ctx, token)).map(|one| Arc::clone(&one.found))
    }

    /// Forgets them.
    pub(super) fn drop(&self, ctx: &StaffCtx, token: &str) {
        self.swept(ctx.now()).retain(|one| !one.is(ctx, token));
    }

    /// How many are kept.
    pub(in crate::web::staff) fn held(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Forgets those whose time has passed; gives how many are left.
    pub(in crate::web::staff) fn sweep(&self, now: Moment) -> usize {
        self.swept(now).len()
    }

    /// Everything whose time has not passed; the rest is forgotten.
    fn swept(&self, now: Moment) -> std::sync::MutexGuard<'_, Vec<Sheet>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.until > now);
        kept
    }
}

impl Sheet {
    fn is(&self, ctx: &StaffCtx, token: &str) -> bool {
        self.token == token && self.city == ctx.city.profile.code && self.staff == ctx.signed.id
    }
}
