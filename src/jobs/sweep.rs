//! Takes away what is over: holds, sessions, counts of failures, form keys, kept searches and drafts, and people without a
//! notice who never booked.

use std::time::Duration;

use crate::base::Moment;
use crate::db::{Actor, Fault, Lane, ReadTx, WriteTx};
use crate::municipalities::Municipality;
use crate::{attempts, booking, cards, once};

const JOB: Actor = Actor::System { job: "sweep" };

/// Rows of one kind in one transaction, so that none holds the writer long.
const SLICE: u32 = 200;

type Oldest = fn(&ReadTx<'_>) -> Result<Option<Moment>, Fault>;
type Forget = fn(&WriteTx<'_>, Moment, u32) -> Result<usize, Fault>;

/// One kind of thing that ends: how long it is kept, when the first one began or ends, and how it is taken away.
#[derive(Clone, Copy)]
struct Kind {
    kept: Duration,
    oldest: Oldest,
    forget: Forget,
}

/// A form may be sent again for a week; a count lasts a day; the rest ends by itself and is kept a little.
const KINDS: [Kind; 8] = [
    Kind { kept: Duration::from_mins(10), oldest: booking::first_hold_end, forget: booking::forget_holds },
    Kind {
        kept: Duration::from_hours(1),
        oldest: booking::entry::first_session_end,
        forget: booking::entry::forget_sessions,
    },
    Kind { kept: Duration::from_hours(48), oldest: attempts::oldest, forget: attempts::forget },
    Kind { kept: Duration::from_hours(24 * 7), oldest: once::oldest, forget: once::forget },
    // How long they are kept is a setting, counted in days.
    Kind { kept: Duration::ZERO, oldest: booking::first_applicant_end, forget: booking::forget_applicants },
    Kind {
        kept: Duration::from_hours(24),
        oldest: booking::many::oldest_open,
        forget: booking::many::forget_open,
    },
    Kind {
        kept: Duration::from_hours(24),
        oldest: booking::draft::oldest,
        forget: booking::draft::forget_old,
    },
    Kind {
        kept: Duration::from_hours(24),
        oldest: cards::search::oldest_search,
        forget: cards::search::forget_searches,
    },
];

/// Takes away what is over, and says when the next thing is.
pub async fn sweep(city: &Municipality) -> Result<Option<Moment>, Fault> {
    loop {
        let (next, now) = city.db.read(Lane::Background, |tx| Ok::<_, Fault>((next(tx)?, tx.now()))).await?;
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        if city.db.write_slice(JOB, forget).await? == 0 {
            return Ok(next);
        }
    }
}

pub(super) fn next(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    let mut first: Option<Moment> = None;
    for kind in KINDS {
        if let Some(ends) = (kind.oldest)(tx)?.map(|oldest| oldest.plus(kind.kept)) {
            first = Some(first.map_or(ends, |first| first.min(ends)));
        }
    }
    Ok(first)
}

fn forget(tx: &WriteTx<'_>) -> Result<usize, Fault> {
    let mut gone = 0;
    for kind in KINDS {
        gone += (kind.forget)(tx, tx.now().minus(kind.kept), SLICE)?;
    }
    Ok(gone)
}
