//! Examples for the views of the calendar.

use super::fill::Fill;
use super::{Around, MonthLink, PlaceName};
use crate::base::{Day, LocationId};

pub(super) fn around() -> Around {
    let day = Day::from_date(jiff::civil::date(2026, 4, 13));
    let place = PlaceName { id: LocationId::of(1), name: "本庁舎 市民課".to_owned(), current: true };
    Around { today: day, month: MonthLink::of(day), day, place, may_book: true, may_edit: true }
}

pub(super) fn fill() -> Fill {
    Fill {
        taken: 5,
        held: 1,
        capacity: 4,
        free: 0,
        over: 1,
        shade: "lo",
        words: "超過1".to_owned(),
        percent: 100,
    }
}
