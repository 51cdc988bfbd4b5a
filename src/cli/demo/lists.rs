//! What the office has put into its lists: conditions that it keeps, and the numbers of its monthly report that it typed in.

use super::fill::FillError;
use crate::db::{Actor, Db, Fault};
use crate::lists::{self, Keep};
use crate::statistics::{self, Tell};

/// Conditions that are kept.
struct Kept {
    name: &'static str,
    list: &'static str,
    pairs: &'static [(&'static str, &'static str)],
    words: &'static str,
    shared: bool,
}

const KEPT: [Kept; 4] = [
    Kept {
        name: "明日の予約（時間別）",
        list: "bookings",
        pairs: &[("span", "tomorrow"), ("by", "hour"), ("location", "all")],
        words: "明日　時間別　すべての場所",
        shared: true,
    },
    Kept {
        name: "昨日来庁しなかった方",
        list: "no-shows",
        pairs: &[("span", "yesterday"), ("location", "all")],
        words: "昨日　日別　すべての場所",
        shared: true,
    },
    Kept {
        name: "先月の月報",
        list: "monthly",
        pairs: &[("span", "last-month"), ("location", "all")],
        words: "先月　すべての場所",
        shared: true,
    },
    Kept {
        name: "再通知の時期の方",
        list: "deadlines",
        pairs: &[("watch", "renotice")],
        words: "再通知の時期",
        shared: false,
    },
];

/// Keeps some of the manager's.
pub(super) async fn keep(db: &Db, manager: &Actor) -> Result<(), FillError> {
    let Actor::Staff { id, .. } = manager else { return Ok(()) };
    let id = *id;
    let kept = move |tx: &crate::db::WriteTx<'_>| {
        for one in KEPT {
            let pairs = one.pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let wish = Keep {
                name: one.name.to_owned(),
                list: one.list,
                pairs: pairs.collect(),
                terms: None,
                words: one.words.to_owned(),
                shared: one.shared,
            };
            lists::keep(tx, (id, true), &wish).map_err(|error| Fault::Stored(error.to_string()))?;
        }
        tell(tx)
    };
    Ok(db.write(manager.clone(), kept).await?)
}

/// The applications of the months before last, as the clerk types them in; last month's are still to come.
fn tell(tx: &crate::db::WriteTx<'_>) -> Result<(), Fault> {
    let mut month = tx.today().first_of_month().minus(1).first_of_month();
    for applications in [388, 412, 397, 455, 430, 361] {
        month = month.minus(1).first_of_month();
        statistics::tell(tx, &Tell { month, applications, before: None })
            .map_err(|error| Fault::Stored(error.to_string()))?;
    }
    Ok(())
}
