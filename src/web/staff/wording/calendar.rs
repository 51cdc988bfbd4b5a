//! What the console says about the calendar: why a change was refused, what becomes of bookings.

use super::Said;
use crate::base::Day;
use crate::booking::{Case, Choice, Why};
use crate::calendar::{EditError, HolidayFileError, Location, SeatsBy, UsedBy};

/// The effect is another one than was shown.
pub(in crate::web::staff) const EFFECT_CHANGED: &str = "確かめているあいだに、ほかの人が設定を変えたか、予約が入りました。いまの影響を表示しています。もう一度確かめてください。";
/// Fewer seats than are booked.
pub(in crate::web::staff) const BELOW_BOOKED: &str =
    "予約より少ない件数になる枠があります。それでよければ、印を付けて反映してください。";
/// Only the newest change can be taken back.
pub(in crate::web::staff) const NOT_THE_LAST: &str =
    "元に戻せるのは、いちばん新しい変更だけです。ほかの人が先に変えたか、もう元に戻しました。";
const CHANGED: &str = "ほかの人が先に変えました。開き直して、もう一度変えてください。";

/// The days of the week, Sunday first.
pub(in crate::web::staff) const WEEKDAYS: [&str; 7] = ["日", "月", "火", "水", "木", "金", "土"];

/// Why the calendar stays as it is.
pub(in crate::web::staff) fn calendar(refusal: EditError) -> Said {
    Ok(match refusal {
        EditError::Fault(fault) => return Err(fault.into()),
        EditError::LocationCodeTaken => "この符号は、ほかの場所で使われています。".to_owned(),
        EditError::StorageCodeTaken => "この符号は、ほかの保管場所で使われています。".to_owned(),
        EditError::PeriodBackwards => {
            "時間帯の終わりは、始まりより後にしてください。夜の0時を超えることはできません。".to_owned()
        }
        EditError::PeriodsOverlap => "時間帯が重なっています。".to_owned(),
        EditError::PeriodNotWhole => {
            "時間帯の長さが、単位で割り切れません。時間帯か単位（10・15・20・30・60分）を直してください。"
                .to_owned()
        }
        EditError::NoPeriod => "時間帯を1つは入力してください。".to_owned(),
        EditError::WindowBackwards => "いちばん遅い日が、いちばん早い日より前になっています。".to_owned(),
        EditError::NothingChanges => "変わるところがありません。".to_owned(),
        EditError::NoSuchLocation => "その場所はありません。".to_owned(),
        EditError::NoSuchPattern => "その型はありません。ほかの人が消したかもしれません。".to_owned(),
        EditError::PatternNameTaken => "この名前の型がもうあります。".to_owned(),
        EditError::BadName => "名前を入力してください（場所は40字、型は20字まで）。".to_owned(),
        EditError::BadCode => "符号は半角の英数字と「-」「_」で、20字までです。".to_owned(),
        EditError::BadReason => {
            "文が長すぎます。理由は60字、場所の説明は200字、電話は30字までです。".to_owned()
        }
        EditError::BadDay => "日付か日数が正しくありません。".to_owned(),
        EditError::PastDay => "過ぎた日は変えられません。今日より後の日にしてください。".to_owned(),
        EditError::EndsBeforeItBegins => "終わりの日が、始まりの日より前になっています。".to_owned(),
        EditError::TooManySeats => "件数は0から999まで、割合は0から100までです。".to_owned(),
        EditError::InUse(uses) => format!("この型は{}か所で使われているため、消せません。", uses.len()),
        EditError::Changed => CHANGED.to_owned(),
        EditError::TooMuchAtOnce { most } => {
            format!("一度に変えられる日と枠は{most}件までです。場所か期間を分けてください。")
        }
    })
}

/// By what a pattern is used; of a week on these days.
pub(in crate::web::staff) fn used_by(by: UsedBy, days: &[u8]) -> String {
    let weekday = |at: u8| WEEKDAYS.get(usize::from(at)).copied().unwrap_or_default();
    match by {
        UsedBy::Weekly(_, from) => {
            let days = days.iter().map(|day| weekday(*day)).collect::<Vec<_>>().join("・");
            format!("{days}曜日（{}年{}月{}日から）", from.year(), from.month(), from.day())
        }
        UsedBy::Nth(nth, day) => format!("{}{}曜日", nth_words(nth), weekday(day)),
        UsedBy::Day(day) => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
    }
}

/// Which one of the month.
pub(in crate::web::staff) fn nth_words(nth: u8) -> String {
    if nth == 6 { "最終".to_owned() } else { format!("第{nth}") }
}

/// What is wrong with a booking after a change, with its tone.
pub(in crate::web::staff) const fn stranded(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Outside => ("時間がない", "bad"),
        Why::Over => ("枠より多い", "wait"),
    }
}

/// What becomes of a booking that is stranded.
pub(in crate::web::staff) const fn stranded_choice(choice: Choice) -> &'static str {
    match choice {
        Choice::Tell => "メールで知らせて選び直してもらう",
        Choice::Call => "電話する（一覧に残す）",
        Choice::Keep => "そのまま受ける（印を付ける）",
    }
}

/// How far a stranded booking is, with its tone.
pub(in crate::web::staff) const fn stranded_state(case: &Case) -> (&'static str, &'static str) {
    if case.is_released {
        return ("変更をやめた", "none");
    }
    match (case.is_closed, case.settled_at, case.choice, case.called_at) {
        (true, ..) => ("選び直した・済んだ", "done"),
        (false, None, ..) => ("これから", "plain"),
        (false, Some(_), Choice::Keep, _) => ("そのまま受ける", "book"),
        (false, Some(_), _, Some(_)) => ("電話した", "book"),
        (false, Some(_), Choice::Tell, None) => ("メールで知らせた", "info"),
        (false, Some(_), Choice::Call, None) => ("電話する", "wait"),
    }
}

/// The last day lies before the first.
pub(in crate::web::staff) const BACKWARDS: &str =
    "いちばん遅い日が、いちばん早い日より前になっています。どちらかを直してください。";

/// A day as sentences name it.
pub(in crate::web::staff) fn day_words(day: Day) -> String {
    let weekday = WEEKDAYS.get(usize::from(day.weekday())).copied().unwrap_or_default();
    format!("{}月{}日（{weekday}）", day.month(), day.day())
}

/// The same with its year of the common era, as lists of several years are compared by it.
pub(in crate::web::staff) fn day_words_of_year(day: Day) -> String {
    format!("{}年{}", day.year(), day_words(day))
}

/// The windows of a place, and of so many others.
pub(in crate::web::staff) fn windows_of(place: &str, others: usize) -> String {
    match others {
        0 => format!("{place}の受付期間"),
        many => format!("{place}ほか{many}か所の受付期間"),
    }
}

/// Where a location stands, with its tone.
pub(in crate::web::staff) fn location_state(place: &Location, today: Day) -> (&'static str, &'static str) {
    match (place.is_in_use(today), place.retired_on, place.citizen_visible) {
        (false, ..) => ("使わない", "none"),
        (true, Some(_), _) => ("終わりが決まっている", "wait"),
        (true, None, true) => ("市民に出す", "done"),
        (true, None, false) => ("職員だけ", "book"),
    }
}

/// What one seat of a slot is.
pub(in crate::web::staff) const fn seats_by(way: SeatsBy) -> &'static str {
    match way {
        SeatsBy::People => "人数",
        SeatsBy::Booking => "予約の数",
    }
}

/// Bookings keep a location in use.
pub(in crate::web::staff) fn still_booked(count: usize, last: Day) -> String {
    let after = last.plus(1);
    format!(
        "その日から先に予約が{count}件あります。先に変更するか、最後の予約の翌日（{}）からにしてください。",
        day_words(after)
    )
}

/// The file of holidays is too long or broke off.
pub(in crate::web::staff) fn holiday_file_size() -> String {
    "ファイルが大きすぎるか、途中で切れました。内閣府の syukujitsu.csv（約20KB）を選んでください。".to_owned()
}

/// Why a file of holidays was not read.
pub(in crate::web::staff) fn holiday_file(error: &HolidayFileError) -> String {
    match error {
        HolidayFileError::Encoding => {
            "文字を読めません。内閣府の syukujitsu.csv をそのまま選んでください。".to_owned()
        }
        HolidayFileError::Line(line) => {
            format!(
                "{line}行目が「2026/1/1,元日」の形ではありません。内閣府の syukujitsu.csv をそのまま選んでください。"
            )
        }
        HolidayFileError::NotWhole(year) => {
            format!("{year}年の祝日が10日より少なく、ファイルが途中で切れているようです。")
        }
        HolidayFileError::NoYear => {
            "ことしから先の祝日がありません。新しいファイルを選んでください。".to_owned()
        }
    }
}
