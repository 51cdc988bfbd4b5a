//! Lists on paper and as files (一覧・出力): what is shown here is what is printed.
//!
//! **Invariant:** a list is made in one place; page, paper and file are drawn from the same table.
//! **Invariant:** every output is written down before it is given, with its conditions and how many lines it has.
//!
//! Spec: 7(2)⑧ ⑨ ⑩ ⑫.

mod ask;
mod cards;
mod file;
mod kinds;
mod people;
mod reports;
mod show;
mod words;

pub(super) use file::file;
#[cfg(test)]
pub(super) use show::{ListPage, Lists};
pub(super) use show::{index, show};

use ask::Asked;
use kinds::List;

use super::{StaffCtx, pull, transfers};
use crate::lists::Table;
use crate::web::PageError;

/// The most lines of one output. More than a few thousand are no paper; the search narrows them.
const MOST: usize = 20_000;

/// A list as far as it was read, and how many lines it has in all.
#[derive(Debug)]
struct Made {
    table: Table,
    total: usize,
}

/// Makes the list with at most so many lines.
async fn make(ctx: &StaffCtx, asked: &Asked, most: usize) -> Result<Made, PageError> {
    match asked.list {
        List::Bookings | List::Arrivals | List::NoShows => Ok(people::make(ctx, asked, most).await?),
        List::Unbooked | List::Deadlines | List::Cards | List::Shelf => {
            Ok(cards::make(ctx, asked, most).await?)
        }
        List::Daily | List::Monthly => Ok(reports::make(ctx, asked, most).await?),
        List::Pull => Ok(whole(pull::table(ctx, &asked.fields).await?)),
        List::Transfers => Ok(whole(transfers::table(ctx, &asked.fields).await?)),
    }
}

fn whole(table: Table) -> Made {
    Made { total: table.len(), table }
}
