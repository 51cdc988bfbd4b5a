//! The console's words for transfers and for the pull list.

use super::Said;
use crate::base::Day;
use crate::transfers::{Act, Due, MarkError, RouteError, StepError, TransferStatus};
use crate::web::PageError;

/// A day as lists say it in the middle of a sentence, `4/13（月）`.
pub(in crate::web::staff) fn day_word(day: Day) -> String {
    let weekday = ["日", "月", "火", "水", "木", "金", "土"];
    let weekday = weekday.get(usize::from(day.weekday())).copied().unwrap_or_default();
    format!("{}/{}（{weekday}）", day.month(), day.day())
}

/// Where a transfer stands, with the tone of its tag.
pub(in crate::web::staff) const fn transfer_status(status: TransferStatus) -> (&'static str, &'static str) {
    match status {
        TransferStatus::Requested => ("未発送", "wait"),
        TransferStatus::Pulled => ("引抜済", "book"),
        TransferStatus::InTransit => ("輸送中", "move"),
        TransferStatus::Arrived => ("到着", "ok"),
        TransferStatus::Cancelled => ("取消", "none"),
    }
}

/// What a transfer is due for, in words; empty where there is nothing to say.
pub(in crate::web::staff) fn due(due: Due) -> String {
    match due {
        Due::Open => String::new(),
        Due::SendBy(day) => format!("{}までに発送", day_word(day)),
        Due::SendToday => "今日の便に必要".to_owned(),
        Due::TooLate(day) => format!("遅れ：発送の期限 {} を過ぎています", day_word(day)),
        Due::Expected(day) => format!("{}に到着の予定", day_word(day)),
        Due::Overdue(day) => format!("遅れ：到着の予定 {} を過ぎています", day_word(day)),
        Due::AfterBooking(day) => format!("遅れ：到着が{}で、予約日に間に合いません", day_word(day)),
    }
}

/// What was done, as the end of a sentence about a card.
pub(in crate::web::staff) const fn transfer_done(act: Act) -> &'static str {
    match act {
        Act::Pull => "を引抜済にしました。",
        Act::Send => "を発送済にしました。",
        Act::Receive => "を受け取りました。",
        Act::Undo => "の前の操作を取り消しました。",
        Act::PutBack => "を棚へ戻しました。",
        Act::SendHome => "を返送の荷に入れました。",
        Act::KeepHere => "をこの場所に置くことにしました。",
    }
}

/// Why a step was not taken.
pub(in crate::web::staff) fn transfer_step(refusal: StepError) -> Said {
    Ok(match refusal {
        StepError::NotFound => return Err(PageError::NotFound),
        StepError::Status(status) => {
            format!("いま「{}」のため、この操作はできません。", transfer_status(status).0)
        }
        StepError::Changed(status) => format!(
            "この画面を開いたあとに変わりました（いま「{}」）。予約の変更か、ほかの職員の操作です。確かめてから、もう一度操作してください。",
            transfer_status(status).0
        ),
        StepError::Nowhere => {
            "カードの保管場所が登録されていないため発送できません。先に保管場所を登録してください。"
                .to_owned()
        }
        StepError::Moved => {
            "そのあとカードが動いています。カードの画面でいまの場所を確かめてください。".to_owned()
        }
        StepError::NoStorage(_) => {
            "届け先に保管場所がありません。先に「保管・棚卸」で保管場所を作ってください。".to_owned()
        }
        StepError::NoHome => {
            "もとの保管場所がどの交付場所にもないため、返送の行き先がありません。".to_owned()
        }
        StepError::NotHere => "ほかの場所の操作です。担当する場所のカードだけ操作できます。".to_owned(),
        StepError::BadWords => "便と封印番号は20文字までで、個人番号に見える数字は使えません。".to_owned(),
        StepError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a route stays as it is.
pub(in crate::web::staff) fn route(refusal: RouteError) -> Said {
    Ok(match refusal {
        RouteError::TooLong => "日数は0から60までの数で入力してください。".to_owned(),
        RouteError::NoRoute => return Err(PageError::NotFound),
        RouteError::Changed => {
            "この画面を開いたあとにほかの職員が変えました。いまの日数を表示しています。".to_owned()
        }
        RouteError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a card was not marked on the pull list.
pub(in crate::web::staff) fn pull(refusal: MarkError) -> Said {
    Ok(match refusal {
        MarkError::NotFound => return Err(PageError::NotFound),
        MarkError::Gone => "交付などで手元にないカードです。".to_owned(),
        MarkError::UnderWay => "輸送中のカードです。届くまで引き抜けません。".to_owned(),
        MarkError::Fault(fault) => return Err(fault.into()),
    })
}

/// What an event of a transfer was, in the history of a card.
pub(super) fn transfer_event(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "transfer.requested" => "回送を依頼（自動）",
        "transfer.retargeted" => "回送の届け先を変更（予約の変更）",
        "transfer.rescheduled" => "回送の期日を変更（予約の変更）",
        "transfer.goes_on" => "到着後に別の場所へ回送（予約の変更）",
        "transfer.cancelled" => "回送を取消（予約の取消など）",
        "transfer.return_needed" => "返送が必要になった",
        "transfer.return_settled" => "返送の扱いを決めた",
        "transfer.pulled" => "回送のため引抜",
        "transfer.sent" => "発送",
        "transfer.arrived" => "受領",
        "transfer.pull_undone" => "引抜を取り消し",
        "transfer.send_undone" => "発送を取り消し",
        "transfer.receive_undone" => "受領を取り消し",
        "transfer.put_back" => "引抜いたカードを棚へ戻した",
        "transfer.kept" => "返送せず、この場所に置いた",
        "card.pulled" => "窓口のため引抜",
        "card.not_found_on_shelf" => "棚に見当たらない",
        "card.put_back" => "棚へ戻した",
        _ => return None,
    })
}
