//! Days on paper.

use crate::base::{Day, Moment};
use crate::web::staff::StaffCtx;
use crate::web::staff::wording::day_words_of_year as day;

/// One day, or from one to another.
pub(super) fn span(from: Day, to: Day) -> String {
    if from == to { day(from) } else { format!("{} から {} まで", day(from), day(to)) }
}

/// The moment at the foot of a sheet.
pub(super) fn moment(at: Moment) -> String {
    let minute = at.minute().get();
    format!("{} {}:{:02}", day(at.day()), minute / 60, minute % 60)
}

/// The moment as a document carries it.
pub(super) fn made(at: Moment) -> String {
    let minute = at.minute().get();
    let day = at.day().to_string().replace('-', "");
    format!("D:{day}{:02}{:02}00+09'00'", minute / 60, minute % 60)
}

/// How a file is called: list, day and time, nothing of a person.
pub(super) fn file_name(ctx: &StaffCtx, code: &str, ending: &str) -> String {
    let now = ctx.now();
    let minute = now.minute().get();
    format!("{code}-{}-{:02}{:02}.{ending}", now.day(), minute / 60, minute % 60)
}
