//! The console's words for lists: why nothing is given, kept or deleted, and what an address is left out for.

use super::{card_status, read_error};
use crate::lists::{AddressError, DropError, ExportError, KeepError, Left, MOST, NAME_MAX};
use crate::web::PageError;
use crate::web::staff::parts::Wrong;

/// Why a list is not given, with the field that it is about.
pub(in crate::web::staff) fn export(refusal: ExportError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        ExportError::Forbidden(permission) => return Err(PageError::Forbidden(permission)),
        ExportError::ReasonNeeded => Wrong::new(
            "reason",
            "何のために出力するかを書いてください（500文字まで）。操作の記録に残ります。",
        ),
        ExportError::BadReason => Wrong::new(
            "reason",
            "出力の理由は500文字までで、個人番号（マイナンバー）や特殊な文字は書けません。",
        ),
        ExportError::Empty => Wrong::new("format", "当てはまる行がないため、出力していません。"),
        ExportError::TooMany => {
            Wrong::new("format", "20,000行を超えるため、出力していません。条件を絞ってください。")
        }
        ExportError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why conditions are not kept, with the field that it is about.
pub(in crate::web::staff) fn keep(refusal: KeepError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        KeepError::NoName => Wrong::new("name", "条件の名前を入力してください。"),
        KeepError::BadName => Wrong::new(
            "name",
            format!("名前は{NAME_MAX}文字までで、個人番号（マイナンバー）や特殊な文字は書けません。"),
        ),
        KeepError::TooMany => Wrong::new(
            "name",
            format!("保存できるのは1人{MOST}件までです。使わない条件を「一覧・出力」で消してください。"),
        ),
        KeepError::MayNotShare => {
            Wrong::new("name", "全員のために保存するには、その権限が必要です。自分用として保存してください。")
        }
        KeepError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why conditions stay.
pub(in crate::web::staff) fn discard(refusal: DropError) -> Result<String, PageError> {
    Ok(match refusal {
        DropError::NotFound => return Err(PageError::NotFound),
        DropError::NotTheirs => {
            "ほかの人が保存した条件です。消せるのは、保存した人と、全員のために保存できる人です。".to_owned()
        }
        DropError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a file of addresses is not read.
pub(in crate::web::staff) fn addresses(refusal: &AddressError) -> String {
    match refusal {
        AddressError::File(error) => read_error(error),
        AddressError::TooLarge => "ファイルが大きすぎます。8MBまでです。".to_owned(),
        AddressError::NoColumn(column) => {
            format!("見出しに「{column}」の列がありません。1行目に見出しのあるファイルを選んでください。")
        }
    }
}

/// Why a line of a file of addresses becomes no label.
pub(in crate::web::staff) fn left(left: Left) -> String {
    match left {
        Left::BadNotice => "交付通知書IDがないか、形が違います".to_owned(),
        Left::NoAddress => "住所がありません".to_owned(),
        Left::TooLong => "住所が長すぎます（1列200文字まで）".to_owned(),
        Left::NoCard => "この交付通知書IDのカードがありません".to_owned(),
        Left::SeveralCards => {
            "同じ交付通知書IDのカードが2枚以上あります。生年月日の列を足してください".to_owned()
        }
        Left::OtherName => "氏名が登録と違います".to_owned(),
        Left::OtherBirth => "生年月日が登録と違います".to_owned(),
        Left::Repeated => "同じカードの行が前にあります".to_owned(),
        Left::NotSent(status) => format!("「{}」のカードのため、送りません", card_status(status)),
        Left::NotAsked => "選んだ方に入っていません".to_owned(),
    }
}
