//! How full something is: two numbers, a word, a shade.

use serde::Serialize;

use crate::booking::{DayCount, SlotCount};
use crate::calendar::ClosedBecause;

/// How full a slot, a day or a month is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::web::staff) struct Fill {
    /// Seats that are not free.
    pub(in crate::web::staff) taken: u32,
    /// Of those, held by citizens who are about to book.
    pub(in crate::web::staff) held: u32,
    /// Seats in all.
    pub(in crate::web::staff) capacity: u32,
    /// Seats that can still be taken.
    pub(in crate::web::staff) free: u32,
    /// Seats above capacity.
    pub(in crate::web::staff) over: u32,
    /// The shade: `l0` to `l4`, `lf` full, `lo` over, `lx` nothing to book.
    pub(in crate::web::staff) shade: &'static str,
    /// `残り2`, `満員`, `超過1`.
    pub(in crate::web::staff) words: String,
    /// How long the bar is, of 100.
    pub(in crate::web::staff) percent: u32,
}

impl Fill {
    pub(in crate::web::staff) fn of_slot(slot: &SlotCount) -> Self {
        let fill = Self::of(slot.taken(), slot.held, u32::from(slot.slot.capacity), slot.free(), slot.over());
        // What is left is kept for another channel: that is another thing to say on the telephone than "full".
        let kept = slot.kept > 0 && slot.free() == 0 && slot.taken() < u32::from(slot.slot.capacity);
        if kept { Self { words: format!("取り置き{}", slot.kept), ..fill } } else { fill }
    }

    pub(in crate::web::staff) fn of_day(day: &DayCount) -> Self {
        Self::of(day.taken(), day.held, day.capacity(), day.free(), day.over())
    }

    /// Many days together. What is over on one day is not made good by another.
    pub(in crate::web::staff) fn of_days<'d>(days: impl Iterator<Item = &'d DayCount>) -> Self {
        let sums = days.map(|day| [day.taken(), day.held, day.capacity(), day.free(), day.over()]);
        let [taken, held, capacity, free, over] = sums.fold([0; 5], |all, one| {
            std::array::from_fn(|at| all.get(at).unwrap_or(&0) + one.get(at).unwrap_or(&0))
        });
        Self::of(taken, held, capacity, free, over)
    }

    fn of(taken: u32, held: u32, capacity: u32, free: u32, over: u32) -> Self {
        let percent = (taken * 100).checked_div(capacity).unwrap_or(u32::from(taken > 0) * 100);
        let words = match (free, over) {
            (0, 0) if capacity == 0 => "枠なし".to_owned(),
            (0, 0) => "満員".to_owned(),
            (0, over) => format!("超過{over}"),
            (free, 0) => format!("残り{free}"),
            (free, over) => format!("残り{free}・超過{over}"),
        };
        let shade = match (free, over, percent) {
            (0, 0, _) if capacity == 0 => "lx",
            (0, 0, _) => "lf",
            (0, ..) => "lo",
            (_, _, 85..) => "l4",
            (_, _, 60..) => "l3",
            (_, _, 35..) => "l2",
            _ => "l1",
        };
        Self { taken, held, capacity, free, over, shade, words, percent: percent.min(100) }
    }
}

/// Why a day is closed, in the few letters that a calendar has room for.
pub(in crate::web::staff) fn closed_words(why: &ClosedBecause) -> String {
    match why {
        ClosedBecause::Weekday => "閉庁".to_owned(),
        ClosedBecause::Holiday(name) | ClosedBecause::Yearly(name) => name.clone(),
        ClosedBecause::Special(reason) if reason.trim().is_empty() => "臨時閉庁".to_owned(),
        ClosedBecause::Special(reason) => format!("閉庁（{}）", reason.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(taken: u32, capacity: u32) -> (String, &'static str) {
        let fill =
            Fill::of(taken, 0, capacity, capacity.saturating_sub(taken), taken.saturating_sub(capacity));
        (fill.words, fill.shade)
    }

    #[test]
    fn a_slot_says_in_words_what_its_shade_shows() {
        assert_eq!(said(0, 4), ("残り4".to_owned(), "l1"));
        assert_eq!(said(2, 4), ("残り2".to_owned(), "l2"));
        assert_eq!(said(3, 4), ("残り1".to_owned(), "l3"));
        assert_eq!(said(9, 10), ("残り1".to_owned(), "l4"));
        assert_eq!(said(4, 4), ("満員".to_owned(), "lf"));
        assert_eq!(said(5, 4), ("超過1".to_owned(), "lo"));
        assert_eq!(said(0, 0), ("枠なし".to_owned(), "lx"));
        assert_eq!(said(1, 0), ("超過1".to_owned(), "lo"));
    }

    #[test]
    fn a_day_with_a_slot_over_capacity_is_not_full_while_another_has_seats() {
        let fill = Fill::of(6, 1, 8, 3, 1);
        assert_eq!((fill.words.as_str(), fill.shade), ("残り3・超過1", "l3"));
    }

    #[test]
    fn a_closed_day_says_why() {
        assert_eq!(closed_words(&ClosedBecause::Weekday), "閉庁");
        assert_eq!(closed_words(&ClosedBecause::Holiday("昭和の日".to_owned())), "昭和の日");
        assert_eq!(closed_words(&ClosedBecause::Special(" ".to_owned())), "臨時閉庁");
        assert_eq!(closed_words(&ClosedBecause::Special("停電".to_owned())), "閉庁（停電）");
    }
}
