//! Storage, stock-takes and missing cards in words.

use super::{Said, card_status, transition};
use crate::cards::missing::{self, MissingCard, MissingError};
use crate::cards::stocktake::{HereError, Outcome, State, Stocktake, StocktakeError, Tally};
use crate::cards::storage::{BoxKind, MoveError, PlaceError, RuleError};
use crate::web::PageError;
use crate::web::staff::parts::Wrong;
use crate::web::staff::whereabouts::{Places, short};

/// A capacity that cannot be.
pub(in crate::web::staff) const BAD_CAPACITY: &str =
    "入る枚数は1から999までの数字にしてください。決めないときは空けてください。";

/// What a box is for.
pub(in crate::web::staff) const fn box_kind(kind: BoxKind) -> &'static str {
    match kind {
        BoxKind::Normal => "通常",
        BoxKind::Hold => "保留（取置）",
        BoxKind::Returned => "通知書返戻",
        BoxKind::Disposal => "廃棄候補",
    }
}

/// Why a card was not moved.
pub(in crate::web::staff) fn move_refused(refusal: MoveError) -> Said {
    Ok(match refusal {
        MoveError::NotFound => "このカードはありません。".to_owned(),
        MoveError::NoPlace => "この保管場所は使っていません。別の場所を選んでください。".to_owned(),
        MoveError::Full { capacity } => {
            format!("この箱はいっぱいです（{capacity}枚）。別の箱の札を読み取ってください。")
        }
        MoveError::Gone(status) => {
            format!(
                "登録では「{}」のカードです。手元にあるなら、カードの画面で状態を確かめてください。",
                card_status(status)
            )
        }
        MoveError::Missing => {
            "「所在不明」のカードです。見つかったことを、所在不明の記録に書いてください。".to_owned()
        }
        MoveError::OnItsWay(_) => "すでに回送中・手渡し中のカードです。".to_owned(),
        MoveError::NotAway => "回送中でも手渡し中でもないカードです。".to_owned(),
        MoveError::SamePerson => "渡す人と受け取る人は、別の人にしてください。".to_owned(),
        MoveError::NothingToUndo => "元に戻せる移動がありません。".to_owned(),
        MoveError::Conflict { .. } => "ほかの職員が先にこのカードを動かしました。".to_owned(),
        MoveError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a place or box stays as it is, with the field that it is about.
pub(in crate::web::staff) fn place_refused(refusal: PlaceError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        PlaceError::NotFound => return Err(PageError::NotFound),
        PlaceError::BadCode => Wrong::new("code", "40文字までで入力してください。"),
        PlaceError::BadName => Wrong::new("name", "名前を40文字までで入力してください。"),
        PlaceError::CodeTaken => Wrong::new("code", "同じ名前（符号）がすでにあります。"),
        PlaceError::CodeInUse => {
            Wrong::new("code", "カードを置いたことのある箱の名前は変えられません。新しい箱を足してください。")
        }
        PlaceError::BadBarcode => Wrong::new(
            "barcode",
            "このバーコードは使えません。半角の英数字で、交付通知書IDやSTとBXで始まる番号とは違うものにしてください。",
        ),
        PlaceError::BarcodeTaken => {
            Wrong::new("barcode", "ほかの保管場所か箱が同じバーコードを使っています。")
        }
        PlaceError::BadCapacity => Wrong::new("capacity", BAD_CAPACITY),
        PlaceError::HoldsCards => Wrong::new(
            "retired",
            "カードが入っているので使わないことにできません。先にカードを移してください。",
        ),
        PlaceError::Conflict => {
            Wrong::new("code", "ほかの職員が先に変更しました。開き直してから、もう一度保存してください。")
        }
        PlaceError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a rule was not added.
pub(in crate::web::staff) fn rule_refused(refusal: RuleError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        RuleError::NotFound => return Err(PageError::NotFound),
        RuleError::NoPlace => Wrong::new("target", "置く場所を選び直してください。"),
        RuleError::Backwards => {
            Wrong::new("from", "範囲は、始めと終わりの両方を、小さいほうから入れてください。")
        }
        RuleError::TooLong => Wrong::new("prefix", "60文字までにしてください。"),
        RuleError::Twice => Wrong::new("target", "同じ規則がすでにあります。"),
        RuleError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a stock-take did not go on.
pub(in crate::web::staff) fn stocktake_refused(refusal: StocktakeError) -> Said {
    Ok(match refusal {
        StocktakeError::NotFound => return Err(PageError::NotFound),
        StocktakeError::Ended => "この棚卸は終わっています。".to_owned(),
        StocktakeError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a foreign card was not put here.
pub(in crate::web::staff) fn here_refused(refusal: HereError) -> Said {
    match refusal {
        HereError::Stocktake(why) => stocktake_refused(why),
        HereError::Move(why) => move_refused(why),
        HereError::Fault(fault) => Err(fault.into()),
    }
}

/// Why the record of a missing card stays as it is.
pub(in crate::web::staff) fn missing_refused(refusal: MissingError) -> Said {
    Ok(match refusal {
        MissingError::NotFound => return Err(PageError::NotFound),
        MissingError::Ended => "この記録は終わっています。".to_owned(),
        MissingError::BadWords => {
            "1字から500字までで入力してください。個人番号（マイナンバー）や特殊な文字は書けません。"
                .to_owned()
        }
        MissingError::Conflict => "ほかの職員が先に変更しました。開き直してください。".to_owned(),
        MissingError::Status(why) => return transition(why),
        MissingError::Move(why) => return move_refused(why),
        MissingError::Fault(fault) => return Err(fault.into()),
    })
}

/// What the last stock-take of a box came to, with its tone.
pub(in crate::web::staff) fn counted(tally: Tally) -> (String, &'static str) {
    match (tally.missing, tally.foreign) {
        (0, 0) => ("一致".to_owned(), "done"),
        (0, foreign) => (format!("{foreign}枚余り"), "wait"),
        (missing, _) => (format!("{missing}枚不足"), "bad"),
    }
}

/// Where a stock-take stands.
pub(in crate::web::staff) fn stocktake(one: &Stocktake) -> (String, &'static str) {
    match (one.state, one.result) {
        (State::Open, _) => ("棚卸中".to_owned(), "wait"),
        (State::Finishing, _) => ("集計中".to_owned(), "wait"),
        (State::Abandoned, _) => ("中止".to_owned(), "none"),
        (State::Finished, Some(tally)) => counted(tally),
        (State::Finished, None) => ("終了".to_owned(), "none"),
    }
}

/// What a line of a stock-take says.
pub(in crate::web::staff) const fn outcome_of_count(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Found => "一致",
        Outcome::Foreign => "ほかの場所のカード",
        Outcome::Unknown => "登録のない番号",
        Outcome::Missing => "見つからない",
    }
}

/// Where the record of a missing card stands.
pub(in crate::web::staff) const fn missing(state: missing::State) -> (&'static str, &'static str) {
    match state {
        missing::State::Open => ("探している", "bad"),
        missing::State::Found => ("見つかった", "done"),
        missing::State::Closed => ("閉じた", "none"),
    }
}

/// Where and when a missing card was seen last.
pub(in crate::web::staff) fn last_seen(record: &MissingCard, names: &Places) -> String {
    let place = format!("{} {}", names.storage(record.last_storage), record.last_label);
    let place = if place.trim().is_empty() { "登録なし" } else { place.trim() };
    match (record.last_seen_at, &record.last_seen_by) {
        (Some(at), Some(by)) => format!("{place}（{} {by}）", short(at)),
        (Some(at), None) => format!("{place}（{}）", short(at)),
        (None, _) => place.to_owned(),
    }
}
