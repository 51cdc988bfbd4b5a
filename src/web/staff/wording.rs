//! What the console says: words for states, and a sentence for every refusal.
//!
//! **Invariant:** every match is exhaustive, so a new state or refusal does not compile until it has its words.

mod alike;
mod booking;
mod calendar;
mod lists;
mod people;
mod storage;
mod transfers;

pub(super) use self::alike::{alike, alike_note, tell_apart};
pub(super) use self::booking::{
    FIND_EMPTY, FIND_TOO_MANY, GONE, NAMED_TWICE, NO_SUCH_TIME, NO_TIME, ONE_WAY, OVER_REASON, cancel,
    cancelled_by, email, find_unknown, follow, join, nobody, outcome, shift, staff_booking, too_many_people,
};
pub(super) use self::calendar::{
    BACKWARDS, BELOW_BOOKED, EFFECT_CHANGED, NOT_THE_LAST, WEEKDAYS, calendar, day_words, day_words_of_year,
    holiday_file, holiday_file_size, location_state, nth_words, seats_by, still_booked, stranded,
    stranded_choice, stranded_state, used_by, windows_of,
};
pub(super) use self::lists::{addresses, discard, export, keep, left};
pub(super) use self::people::{LAST_ADMINISTRATOR, sign_in, staff_add, staff_edit, weak_password};
pub(super) use self::storage::{
    BAD_CAPACITY, box_kind, counted, here_refused, last_seen, missing, missing_refused, move_refused,
    outcome_of_count, place_refused, rule_refused, stocktake, stocktake_refused,
};
pub(super) use self::transfers::{day_word, due, pull, route, transfer_done, transfer_status, transfer_step};
use super::parts::Wrong;
use crate::booking::{Act, BookingStatus, Channel, CounterError, ReplaceEmailError};
use crate::cards::import::{ApplyError, ReadError, SaveError, UndoRunError};
use crate::cards::{CardStatus, Label, ReasonCode, TransitionError, UndoIssueError};
use crate::mail::{Failure, Listed, State};
use crate::web::PageError;

/// A sentence for the person at the screen, or the page error where no sentence helps.
pub(super) type Said = Result<String, PageError>;

/// A status of a card, as staff call it.
pub(super) const fn card_status(status: CardStatus) -> &'static str {
    status.word()
}

/// Why a card is void or incomplete.
pub(super) const fn reason_code(code: ReasonCode) -> &'static str {
    match code {
        ReasonCode::MovedOut => "転出",
        ReasonCode::Died => "死亡",
        ReasonCode::Withdrawn => "申請の取消",
        ReasonCode::Expired => "有効期限・在留期間の到来",
        ReasonCode::Remade => "再作成",
        ReasonCode::VoidOther => "その他の失効（理由に書く）",
        ReasonCode::Identity => "本人確認書類が不足",
        ReasonCode::OldCard => "通知カード・旧カードの返納がない",
        ReasonCode::Proxy => "法定代理人・代理人の書類が不足",
        ReasonCode::Pin => "暗証番号を決めてから再来庁",
        ReasonCode::ChangeFirst => "氏名・住所の変更手続が先に必要",
        ReasonCode::IncompleteOther => "その他の不備（理由に書く）",
    }
}

/// The codes that explain a status: stored word and name.
pub(super) fn reason_codes(of: CardStatus) -> Vec<(&'static str, &'static str)> {
    let all = ReasonCode::ALL.into_iter().filter(|code| code.of() == of);
    all.map(|code| (code.code(), reason_code(code))).collect()
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

/// The same for a booking: one for another procedure than the hand-over of cards is done, not handed over.
pub(super) const fn status_of(status: BookingStatus, issuance: bool) -> (&'static str, &'static str) {
    match status {
        BookingStatus::Completed if !issuance => ("完了", "done"),
        status => booking_status(status),
    }
}

/// What was done at the counter, after the name of the person; whether it was for a card.
pub(super) const fn done(act: &Act, issuance: bool) -> &'static str {
    match act {
        Act::HandOver(_) if !issuance => "を「完了」にしました。",
        Act::UndoHandOver { .. } if !issuance => "の完了を取り消しました。",
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

/// A day that cannot belong to a step.
pub(super) const BAD_DAY: &str =
    "日付を確かめてください。通知書の発送日は今日までの日、保留の期限は今日からの日（どちらも2年以内）です。";

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
        CounterError::Ended => {
            "この更新で予約が取り消されました。予約は元に戻せないため、1枚ずつ確かめてください。".to_owned()
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
        TransitionError::BadDay => BAD_DAY.to_owned(),
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

/// How a booking came in.
pub(super) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "市民サイト",
        Channel::Counter => "窓口",
        Channel::Telephone => "電話",
        Channel::WalkIn => "予約なしの来庁",
        Channel::Migrated => "以前の予約",
    }
}

/// The letters, by their stored words.
const LETTERS: [(&str, &str); 17] = [
    ("link", "手続きの案内"),
    ("already_booked", "予約済みのお知らせ"),
    ("not_ready", "まだ予約できないお知らせ"),
    ("already_issued", "交付済みのお知らせ"),
    ("address_replaced", "アドレス登録取りやめ"),
    ("booking_confirmed", "予約完了"),
    ("booking_changed", "予約変更"),
    ("booking_cancelled", "予約取消"),
    ("reminder", "事前のお知らせ"),
    ("no_show", "再予約の案内"),
    ("sample", "試し送信"),
    ("new_time_asked", "時間の選び直しのお願い"),
    ("office_closed", "閉庁のお知らせ"),
    ("office_open", "閉庁の取りやめのお知らせ"),
    ("renotice", "再通知"),
    ("seat_offer", "空きの案内"),
    ("bulk", "一斉メール"),
];

/// What a letter is, by its stored word.
pub(super) fn letter(kind: &str) -> &'static str {
    LETTERS.iter().find(|(word, _)| *word == kind).map_or("その他", |(_, name)| name)
}

/// Where a letter stands, with its tone.
pub(super) const fn letter_state(state: State) -> (&'static str, &'static str) {
    match state {
        State::Queued => ("送信待ち", "info"),
        State::Sending => ("送信中", "info"),
        State::Sent => ("送信済", "done"),
        State::Dead => ("不達", "bad"),
        State::Cancelled => ("取りやめ", "none"),
        State::Held => ("保留", "wait"),
    }
}

/// The letters that there are: stored word and name.
pub(super) fn letters() -> &'static [(&'static str, &'static str)] {
    &LETTERS
}

/// Where a letter stands, more exactly than its state says.
pub(super) fn letter_tag(letter: &Listed) -> (&'static str, &'static str) {
    if letter.state == State::Queued && letter.attempts > 0 {
        return ("送り直し待ち", "wait");
    }
    if letter.bounced_at.is_some() { ("不達（戻り）", "bad") } else { letter_state(letter.state) }
}

/// What is held against an address.
pub(super) const fn mail_failure(failure: &Failure) -> (&'static str, &'static str) {
    if failure.suppressed_at.is_some() {
        return ("メール不達・送信停止", "bad");
    }
    if failure.hard > 0 { ("メール不達", "bad") } else { ("一時的な不達", "wait") }
}

/// The same for letters, for those who wait for a seat, and for letters to many.
fn letter_event(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "mail.sent_again" => "メールを送り直した",
        "mail.called_off" => "メールの送信を取りやめ",
        "mail.bounced" => "メールが届かずに戻った",
        "mail.suppressed" => "メール不達のため一斉・自動のメールを停止",
        "mail.suppression_lifted" => "メール不達を解除",
        "mail.refused" => "お知らせのメールを停止（本人の申し出）",
        "mail.accepted" => "お知らせのメールを再開",
        "mail.address_works" => "メールのリンクが開かれ、メール不達を解除",
        "waiting.began" => "空き待ちに登録",
        "waiting.changed" => "空き待ちの日を変更",
        "waiting.offered" => "空きを案内",
        "waiting.not_taken" => "案内した空きに予約なし（後の順番へ）",
        "waiting.left" => "空き待ちをやめた",
        "waiting.taken_off" => "空き待ちから外した",
        "waiting.ended" => "空き待ちを終了",
        "bulk.begun" => "一斉メールを作成",
        "bulk.written" => "文を保存",
        "bulk.tested" => "試しに送信",
        "bulk.proposed" => "承認を依頼",
        "bulk.approved" => "承認して送信を開始",
        "bulk.started" => "送信を開始",
        "bulk.refused" => "差し戻し",
        "bulk.withdrawn" => "承認の依頼を取り下げ",
        "bulk.dropped" => "取りやめ",
        "bulk.stopped" => "送信を停止",
        "bulk.resumed" => "送信を再開",
        "bulk.queued" => "全員分を送信箱に入れた",
        _ => return None,
    })
}

/// What was done, as a card's history tells it, by the stored word.
pub(super) fn event_of(operation: &str, issuance: bool) -> String {
    match operation {
        "booking.handed_over" if !issuance => "完了".to_owned(),
        "booking.hand_over_undone" if !issuance => "完了を取り消し".to_owned(),
        operation => event(operation),
    }
}

/// What an event was, in words.
pub(super) fn event(operation: &str) -> String {
    let words = match operation {
        "booking.office_closed" => "閉庁を知らせて時間の選び直しを依頼",
        "booking.office_open" => "開庁に戻ったことを知らせた",
        "booking.reached" => "電話で本人につながった",
        "card.added" => "カードを登録",
        "import.started" => "カードを取込",
        "card.import_changed" => "取込で変更",
        "card.import_undone" => "取込の取り消しで元の値に",
        "card.status_changed" => "状態を変更",
        "card.put_off" => "点検を見合わせ",
        "card.taken_up" => "点検の見合わせを取りやめ",
        "card.status_undone" => "一括更新を取り消し",
        "card.status_overridden" => "規則にない変更（管理者）",
        "card.incomplete_again" => "不備の理由を変更",
        "card.remark_changed" => "備考を変更",
        "card.moved" => "保管場所を移動",
        "missing.step" => "所在不明の記録に書き足し",
        "missing.closed" => "所在不明の記録を閉じた",
        "card.move_undone" => "移動を元に戻した",
        "card.sent" => "回送で発送",
        "card.received" => "回送を受領",
        "card.handed_on" => "手渡し",
        "card.taken_over" => "手渡しを受け取り",
        "card.put_back" => "元の場所へ戻した",
        "card.email_replaced" => "メールアドレスを変更",
        "card.told_apart" => "同姓同名の別人として分けた",
        "invitation.sent" => "手続きの案内を送信",
        "booking.confirmed" => "予約",
        "booking.registered" => "職員が予約を登録",
        "booking.migrated" => "旧システムの予約を移行",
        "booking.migration_undone" => "予約の移行を取り消し",
        "booking.changed" => "予約を変更",
        "booking.cancelled" => "予約を取消",
        "booking.family_added" => "予約に家族を追加",
        "booking.people_removed" => "予約から人を外した",
        "booking.checked_in" => "受付",
        "booking.check_in_undone" => "受付を取り消し",
        "booking.handed_over" => "交付",
        "card.issue_undone" | "booking.hand_over_undone" => "交付を取り消し",
        "booking.incomplete" => "不備",
        "booking.resumed" => "受付を再開",
        "booking.no_show" => "来庁なし",
        "booking.no_show_undone" => "来庁なしを取り消し",
        "booking.came_another_day" => "別の日に来庁",
        "booking.mail_again" => "確認メールを再送",
        other => {
            let of_transfer = transfers::transfer_event(other).or(letter_event(other)).map(str::to_owned);
            return of_transfer.unwrap_or_else(|| format!("操作（{other}）"));
        }
    };
    words.to_owned()
}

/// Why a mail address stays, with the field that it is about.
pub(super) fn replace_email(refusal: ReplaceEmailError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        ReplaceEmailError::NotFound => return Err(PageError::NotFound),
        ReplaceEmailError::Same => Wrong::new("email", "いまの登録と同じアドレスです。"),
        ReplaceEmailError::ReasonNeeded => Wrong::new("reason", "本人をどう確かめたかを入力してください。"),
        ReplaceEmailError::BadReason => Wrong::new("reason", BAD_REASON),
        ReplaceEmailError::Conflict { now } => Wrong::new("email", changed(now.label)),
        ReplaceEmailError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a card file was not read.
pub(super) fn read_error(refusal: &ReadError) -> String {
    match refusal {
        ReadError::TooLarge { .. } => "ファイルが大きすぎます。64MBまでです。".to_owned(),
        ReadError::Encoding(at) => format!(
            "{}行目（先頭から{}バイト目）に読めない文字があります（{}として読みました）。Shift_JISかUTF-8で保存し直してください。",
            at.line,
            at.offset,
            at.encoding.label()
        ),
        ReadError::NoHeader => "見出しの行がありません。CSVのファイルを選んでください。".to_owned(),
        ReadError::MissingColumns { missing } => format!("見出しに{}がありません。", missing.join("、")),
        ReadError::TwiceInHeader { column } => format!("見出しに{column}が2回あります。"),
        ReadError::MyNumber { column } => format!(
            "{column}列目に個人番号（マイナンバー）があるため、ファイル全体を取り込めません。その列を消してください。"
        ),
        ReadError::MyNumberAt { byte } => format!(
            "各行の{byte}バイト目から個人番号（マイナンバー）があるため、ファイル全体を取り込めません。定義で捨てる列にしてください。"
        ),
        ReadError::OpenQuote { line } => format!("{line}行目の引用符（\"）が閉じていません。"),
        ReadError::LongRow { line } => {
            format!("{line}行目が長すぎます。引用符（\"）や改行、区切り文字を確かめてください。")
        }
        ReadError::TooManyRows { most } => format!("行が多すぎます。一度に{most}行までです。"),
        ReadError::Workbook => {
            "Excelのブック（.xlsx）として読めません。開いて保存し直してください。".to_owned()
        }
        ReadError::OldWorkbook => {
            "パスワード付きか、古い形式（.xls）のブックです。パスワードを外し、.xlsxで保存し直してください。"
                .to_owned()
        }
        ReadError::Unpacked { most } => {
            format!("ブックが大きすぎます。広げた大きさで{}MBまでです。", most >> 20)
        }
        ReadError::NoSheet { sheet } if sheet.is_empty() => {
            "ブックに表示されているシートがありません。".to_owned()
        }
        ReadError::NoSheet { sheet } => format!("ブックに「{sheet}」というシートがありません。"),
    }
}

/// Why a card file did not take effect.
pub(super) fn apply_error(refusal: ApplyError) -> Said {
    Ok(match refusal {
        ApplyError::Again(run) => {
            format!("このファイルは第{run}回として取込済みです。何も書き込んでいません。")
        }
        ApplyError::BadReason => BAD_REASON.to_owned(),
        ApplyError::Running(run) => {
            format!("別の取込（第{run}回）が続いています。終わってから取り込んでください。")
        }
        ApplyError::Rows(report) => {
            format!("エラーの行が{}行あるので、何も取り込んでいません。", report.errors.len())
        }
        ApplyError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a way of reading files is not saved.
pub(super) fn save_profile(refusal: SaveError) -> Said {
    Ok(match refusal {
        SaveError::NoName => "名前を入力してください。".to_owned(),
        SaveError::Wrong(error) => error.sentence(),
        SaveError::OtherKind { kind } => {
            format!("この名前は「{}」の設定で使われています。", kind.label())
        }
        SaveError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a run of the importer is not taken back.
pub(super) fn undo_run(refusal: UndoRunError) -> Said {
    Ok(match refusal {
        UndoRunError::NotApplied => return Err(PageError::NotFound),
        UndoRunError::Running(run) => {
            format!("別の取込（第{run}回）が続いています。終わってから取り消してください。")
        }
        UndoRunError::Touched(touched) => format!(
            "{}件のカードに、予約や、そのあとの操作があります。この取込は取り消せません。",
            touched.count
        ),
        UndoRunError::ReasonNeeded => "理由を入力してください。".to_owned(),
        UndoRunError::BadReason => BAD_REASON.to_owned(),
        UndoRunError::Fault(fault) => return Err(fault.into()),
    })
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
