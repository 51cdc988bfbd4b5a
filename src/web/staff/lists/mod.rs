//! Lists on paper and as files (一覧・出力): what is shown here is what is printed.
//!
//! **Invariant:** a list is made in one place; page, paper and file are drawn from the same table.
//! **Invariant:** every output is written down before it is given, with its conditions and how many lines it has.
//!
//! Spec: 7(2)⑧ ⑨ ⑩ ⑫.

mod ask;
mod cards;
mod days;
mod file;
mod index;
mod kinds;
mod labels;
mod lost;
mod people;
mod reports;
mod samples;
mod saved;
mod show;
mod words;

pub(super) use file::{Given, Wish, file};
pub(super) use index::index;
pub(super) use labels::{
    Sheets, ask as labels, check as labels_check, drop as labels_drop, print as labels_file,
    receive as labels_receive, roomy as labels_roomy,
};
pub(super) use lost::{Lost, lost};
pub(super) use saved::{forget, save};
pub(super) use show::{formats, show};

#[cfg(test)]
pub(super) use {
    index::Lists,
    labels::{LabelsCheck, LabelsPage},
    show::ListPage,
};

use ask::Asked;
use kinds::List;

use super::{StaffCtx, pull, transfers};
use crate::lists::Table;
use crate::web::PageError;

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
