//! What the windows of a location mean today, in words.

use crate::base::{Minute, Moment};
use crate::calendar::{LeadUnit, Rules, Window};
use crate::web::staff::wording::day_words;

/// Three sentences: for citizens, for staff, for changing and cancelling.
pub(in crate::web::staff) fn sentence(
    now: Moment,
    citizen: &Window,
    staff: &Window,
    rules: &Rules,
) -> Vec<String> {
    let today = day_words(now.day());
    let mine = span(now, citizen, rules);
    let theirs = span(now, staff, rules);
    vec![
        mine.map_or_else(
            || format!("今日{today}の時点では、市民が予約できる日はありません。"),
            |days| format!("今日{today}なら、市民は{days}まで予約できます。"),
        ),
        theirs.map_or_else(
            || "職員が登録できる日もありません。".to_owned(),
            |days| format!("職員は{days}まで登録できます。"),
        ),
        deadlines(citizen),
    ]
}

fn span(now: Moment, window: &Window, rules: &Rules) -> Option<String> {
    let span = window.span(now, rules, 0)?;
    let first = if span.first == now.day() { today(window.same_day_until) } else { day_words(span.first) };
    Some(format!("{first}から{}", day_words(span.last)))
}

fn today(until: Option<Minute>) -> String {
    match until {
        Some(until) if until.get() < 1440 => format!("今日（{until}まで）"),
        _ => "今日".to_owned(),
    }
}

fn deadlines(window: &Window) -> String {
    let change = deadline(window.change_days, window.change_unit, window.change_until);
    let cancel = deadline(window.cancel_days, window.cancel_unit, window.cancel_until);
    if change == cancel {
        return format!("変更と取消は、{change}までです。");
    }
    format!("変更は{change}まで、取消は{cancel}までです。")
}

fn deadline(days: u16, unit: LeadUnit, until: Minute) -> String {
    match (days, unit) {
        (0, _) => format!("予約日の{until}"),
        (days, LeadUnit::Days) => format!("予約日の{days}日前の{until}"),
        (days, LeadUnit::OpenDays) => format!("予約日の{days}開庁日前の{until}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Day;

    #[test]
    fn a_deadline_says_the_day_and_the_time() {
        assert_eq!(deadline(0, LeadUnit::OpenDays, Minute::of(600)), "予約日の10:00");
        assert_eq!(deadline(2, LeadUnit::Days, Minute::of(1020)), "予約日の2日前の17:00");
        assert_eq!(deadline(2, LeadUnit::OpenDays, Minute::of(1020)), "予約日の2開庁日前の17:00");
        assert_eq!(today(Some(Minute::of(900))), "今日（15:00まで）");
        assert_eq!(today(None), "今日");
        assert_eq!(day_words(Day::new(2026, 4, 13).unwrap()), "4月13日（月）");
    }
}
