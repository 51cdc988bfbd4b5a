//! States, fates and refusals of letters to many in the words of the console.

use crate::booking::bulk::{BeginError, BulkState, DecideError, Fate, Purpose, SetTextError};
use crate::mail::wording::BadSentence;
use crate::web::PageError;

use super::Mistake;
use crate::web::staff::letters::said;

/// Where a letter to many stands, with its tone.
pub(super) const fn state(state: BulkState) -> (&'static str, &'static str) {
    match state {
        BulkState::Collecting => ("対象を集めています", "info"),
        BulkState::Draft => ("作成中", "plain"),
        BulkState::Proposed => ("承認待ち", "wait"),
        BulkState::Refused => ("差し戻し", "warn"),
        BulkState::Sending => ("送信中", "info"),
        BulkState::Stopped => ("停止中", "wait"),
        BulkState::Done => ("送信箱に入れました", "done"),
        BulkState::Dropped => ("取りやめ", "none"),
    }
}

/// What a letter to many is for.
pub(super) const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Procedure => "手続きの連絡",
        Purpose::Information => "お知らせ",
        Purpose::Renotice => "再通知",
    }
}

/// Whether somebody gets it, with its tone.
pub(super) const fn fate(fate: Fate) -> (&'static str, &'static str) {
    match fate {
        Fate::Waiting => ("これから", "plain"),
        Fate::Queued => ("送信箱", "info"),
        Fate::NoAddress => ("メールなし", "wait"),
        Fate::Suppressed => ("メール不達", "bad"),
        Fate::SameAddress => ("同じアドレスに1通", "none"),
        Fate::Told => ("最近送った", "none"),
        Fate::Gone => ("対象でなくなった", "none"),
        Fate::NoValue => ("差し込む値がない", "wait"),
        Fate::Refused => ("お知らせを断った", "none"),
    }
}

/// Why somebody gets none, in a sentence.
pub(super) const fn why_not(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::Waiting | Fate::Queued => None,
        Fate::NoAddress => Some("メールアドレスがない"),
        Fate::Suppressed => Some("メール不達のアドレス（解除するまで、どの一斉メールも送りません）"),
        Fate::SameAddress => Some("ほかの対象の方と同じアドレス（1通にまとめます）"),
        Fate::Told => Some("決めた日数のうちに一斉メールを送った"),
        Fate::Gone => Some("送る前に、条件に合わなくなった"),
        Fate::NoValue => Some("文に差し込む値が登録されていない"),
        Fate::Refused => Some("お知らせのメールを断った（手続きの連絡は送ります）"),
    }
}

/// Why nothing was begun.
pub(super) fn begin(refusal: BeginError) -> Result<Mistake, PageError> {
    Ok(match refusal {
        BeginError::Nobody => Mistake::new("of", "送る相手を選んでください。"),
        BeginError::BadDays => {
            Mistake::new("to", "終わりの日は、始めの日から1年以内で、同じか後の日にしてください。")
        }
        BeginError::NotForBookings => {
            Mistake::new("purpose", "再通知は、予約の一覧からは送れません。カードの条件を選んでください。")
        }
        BeginError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why words were not kept.
pub(super) fn text(refusal: SetTextError) -> Result<Vec<Mistake>, PageError> {
    Ok(match refusal {
        SetTextError::Gone => return Err(PageError::NotFound),
        SetTextError::Changed => vec![Mistake::new("body:ja", CHANGED)],
        SetTextError::Bad(all) => all
            .into_iter()
            .map(|(language, subject, why)| {
                let field = if subject { "subject" } else { "body" };
                let words = match (&why, subject) {
                    (BadSentence::Empty, true) => "件名を入力してください。".to_owned(),
                    (BadSentence::Empty, false) => "本文を入力してください。".to_owned(),
                    (BadSentence::UnknownPlace(name), _) if name.starts_with("booking_") => {
                        format!("{{{name}}} は、予約のある方へのメールだけで差し込めます。")
                    }
                    _ => said(&why),
                };
                Mistake::new(format!("{field}:{language}"), words)
            })
            .collect(),
        SetTextError::Fault(fault) => return Err(fault.into()),
    })
}

const CHANGED: &str = "開いているあいだに、ほかの職員が操作しました。いまの状態を確かめてください。";

/// Why a letter stands as it was.
pub(super) fn decide(refusal: DecideError) -> Result<Mistake, PageError> {
    let text = match refusal {
        DecideError::NotThere | DecideError::Changed => CHANGED,
        DecideError::NoWords => "先に文を書いて保存してください。",
        DecideError::Nobody => "送る相手が1人もいません。",
        DecideError::NotTested => "先に、いまの文を自分のアドレスへ試しに送ってください。",
        DecideError::SamePerson => "自分が作った一斉メールは承認できません。別の職員が承認してください。",
        DecideError::NotYet => "送信箱から取り除いている途中です。数秒待ってから、もう一度押してください。",
        DecideError::ReasonNeeded => {
            return Ok(Mistake::new("reason", "差し戻す理由を500文字までで入力してください。"));
        }
        DecideError::Fault(fault) => return Err(fault.into()),
    };
    Ok(Mistake::new("acts", text))
}
