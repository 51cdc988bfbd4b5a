//! What the console says: words for states, and a sentence for every refusal.
//!
//! **Invariant:** every match is exhaustive, so a new state or refusal does not compile until it has its words.

use crate::accounts::{PASSWORD_MIN, WeakPassword};
use crate::booking::{Act, BookingStatus, CounterError};
use crate::cards::{CardStatus, Label, TransitionError, UndoIssueError};
use crate::web::PageError;

/// A sentence for the person at the screen, or the page error where no sentence helps.
pub(super) type Said = Result<String, PageError>;

/// A status of a card, as staff call it.
pub(super) const fn card_status(status: CardStatus) -> &'static str {
    match status {
        CardStatus::Announced => "未着",
        CardStatus::Received => "到着・検品済",
        CardStatus::PresetDone => "交付前設定済",
        CardStatus::Notified => "通知書発送済",
        CardStatus::NoticeReturned => "通知書返戻",
        CardStatus::Renotified => "再通知済",
        CardStatus::Incomplete => "不備",
        CardStatus::OnHold => "保留",
        CardStatus::Issued => "交付済",
        CardStatus::Mailed => "郵送交付",
        CardStatus::MailReturned => "郵送返戻",
        CardStatus::DisposalCandidate => "廃棄候補",
        CardStatus::Disposed => "廃棄済",
        CardStatus::Voided => "失効",
        CardStatus::DefectReturned => "不良返送",
        CardStatus::Missing => "所在不明",
    }
}

/// The one state of a card that staff see, with its tone.
pub(super) const fn label(label: Label) -> (&'static str, &'static str) {
    match label {
        Label::Booked => ("予約", "book"),
        Label::CheckedIn => ("受付中", "wait"),
        Label::NoShow => ("未来庁", "none"),
        Label::Card(status) => (card_status(status), card_tone(status)),
    }
}

const fn card_tone(status: CardStatus) -> &'static str {
    match status {
        CardStatus::Issued | CardStatus::Mailed => "done",
        CardStatus::Incomplete
        | CardStatus::Missing
        | CardStatus::Voided
        | CardStatus::NoticeReturned
        | CardStatus::MailReturned
        | CardStatus::DefectReturned => "bad",
        CardStatus::OnHold => "wait",
        CardStatus::DisposalCandidate | CardStatus::Disposed => "none",
        CardStatus::Announced
        | CardStatus::Received
        | CardStatus::PresetDone
        | CardStatus::Notified
        | CardStatus::Renotified => "info",
    }
}

/// A status of a booking, as staff call it, with its tone.
pub(super) const fn booking_status(status: BookingStatus) -> (&'static str, &'static str) {
    match status {
        BookingStatus::Confirmed => ("予約", "book"),
        BookingStatus::CheckedIn => ("受付中", "wait"),
        BookingStatus::Completed => ("交付済", "done"),
        BookingStatus::Incomplete => ("不備", "bad"),
        BookingStatus::Cancelled => ("取消", "none"),
        BookingStatus::NoShow => ("未来庁", "none"),
    }
}

/// What was done at the counter, after the name of the person.
pub(super) const fn done(act: &Act) -> &'static str {
    match act {
        Act::CheckIn => "を「受付中」にしました。",
        Act::UndoCheckIn => "の受付を取り消しました。",
        Act::HandOver(_) => "を「交付済」にしました。",
        Act::UndoHandOver { .. } => "の交付を取り消しました。",
        Act::Incomplete { .. } => "を「不備」にしました。",
        Act::Resume => "の受付を再開しました。",
        Act::NoShow => "を「未来庁」にしました。",
        Act::UndoNoShow => "の未来庁を取り消しました。",
    }
}

/// A reason that cannot be stored.
pub(super) const BAD_REASON: &str = "理由は500字までで、個人番号（マイナンバー）や特殊な文字は書けません。";

/// Why the counter did not do it.
pub(super) fn counter(refusal: CounterError) -> Said {
    Ok(match refusal {
        CounterError::NotFound => "この予約またはカードはありません。".to_owned(),
        CounterError::Status(status) => {
            let (now, _) = booking_status(status);
            format!("この予約はいま「{now}」です。ほかの職員が先に操作した可能性があります。")
        }
        CounterError::NotToday(day) => {
            format!("この予約は{}月{}日です。今日の窓口では扱えません。", day.month(), day.day())
        }
        CounterError::NotHere(_) => "この予約は別の場所の予約です。".to_owned(),
        CounterError::TooEarly => "予約の時間前です。未来庁にできるのは予約の時間からです。".to_owned(),
        CounterError::NotInBooking => "このカードはこの予約に入っていません。".to_owned(),
        CounterError::BookedAgain => {
            "この方には新しい予約があります。先に新しい予約を変更または取り消してください。".to_owned()
        }
        CounterError::Closed => "この場所は今日は開いていません。".to_owned(),
        CounterError::Full => {
            "今の時間は満員です。枠を超えて受け付けられるのは、その権限のある人だけです。".to_owned()
        }
        CounterError::Card(why) => return transition(why),
        CounterError::Undo(why) => return undo_issue(why),
        CounterError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a card did not take a status.
pub(super) fn transition(refusal: TransitionError) -> Said {
    Ok(match refusal {
        TransitionError::NotFound => "このカードはありません。".to_owned(),
        TransitionError::Illegal { from: CardStatus::Issued, to: CardStatus::Issued } => {
            "このカードはすでに交付済です。".to_owned()
        }
        TransitionError::Illegal { from, to } => {
            format!("「{}」のカードは「{}」にできません。", card_status(from), card_status(to))
        }
        TransitionError::ReasonNeeded => "理由を入力してください。".to_owned(),
        TransitionError::BadReason => BAD_REASON.to_owned(),
        TransitionError::HasBooking => "予約があります。先に予約を取り消してください。".to_owned(),
        TransitionError::Conflict { now } => changed(now.label),
        TransitionError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a hand-over was not taken back.
pub(super) fn undo_issue(refusal: UndoIssueError) -> Said {
    Ok(match refusal {
        UndoIssueError::NotFound => "このカードはありません。".to_owned(),
        UndoIssueError::NotIssued => "このカードは交付済ではありません。".to_owned(),
        UndoIssueError::TooLate => {
            "交付を元に戻せるのは、交付した本人がその日のうちだけです。管理者に頼んでください。".to_owned()
        }
        UndoIssueError::ReasonNeeded => "元に戻す理由を入力してください。".to_owned(),
        UndoIssueError::BadReason => BAD_REASON.to_owned(),
        UndoIssueError::Conflict { now } => changed(now.label),
        UndoIssueError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a password may not be chosen.
pub(super) fn weak_password(weak: WeakPassword) -> String {
    match weak {
        WeakPassword::TooShort => format!("パスワードは{PASSWORD_MIN}文字以上にしてください。"),
        WeakPassword::Unfit => "パスワードが長すぎるか、使えない文字が入っています。".to_owned(),
        WeakPassword::HoldsUser => "利用者IDを含まないパスワードにしてください。".to_owned(),
        WeakPassword::Guessable => "推測されやすいパスワードです。ほかのものにしてください。".to_owned(),
    }
}

fn changed(now: Label) -> String {
    format!("ほかの職員が先に変更しました。いまは「{}」です。", label(now).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_has_its_own_word() {
        let words: std::collections::BTreeSet<&str> =
            Label::all().into_iter().map(|one| label(one).0).collect();
        assert_eq!(words.len(), Label::all().len());
    }

    #[test]
    fn a_refusal_names_the_state_that_stands_in_the_way() {
        let said = counter(CounterError::Status(BookingStatus::Completed)).unwrap();
        assert!(said.contains("「交付済」"), "{said}");
        let illegal = TransitionError::Illegal { from: CardStatus::Announced, to: CardStatus::Issued };
        assert_eq!(transition(illegal).unwrap(), "「未着」のカードは「交付済」にできません。");
    }
}
