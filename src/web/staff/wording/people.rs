//! What the console says about staff, their passwords and their sign-ins.

use crate::accounts::{self, PASSWORD_MIN, WeakPassword};
use crate::web::PageError;
use crate::web::staff::parts::Wrong;

/// Why an account stays as it is.
pub(in crate::web::staff) fn staff_edit(refusal: accounts::EditError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        accounts::EditError::NotFound => return Err(PageError::NotFound),
        accounts::EditError::BadName => Wrong::new("name", BAD_NAME),
        accounts::EditError::NoSuchRole => Wrong::new("role", NO_ROLE),
        accounts::EditError::LastAdministrator => Wrong::new("role", LAST_ADMINISTRATOR),
        accounts::EditError::Conflict => {
            Wrong::new("name", "ほかの人が先に変えました。開き直して、もう一度変えてください。")
        }
        accounts::EditError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why somebody was not added.
pub(in crate::web::staff) fn staff_add(refusal: accounts::AddError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        accounts::AddError::BadUser => {
            Wrong::new("user", "利用者IDは半角の英小文字・数字・「.」「-」「_」で、2文字から32文字です。")
        }
        accounts::AddError::BadName => Wrong::new("name", BAD_NAME),
        accounts::AddError::NoSuchRole => Wrong::new("role", NO_ROLE),
        accounts::AddError::UserTaken => Wrong::new("user", "この利用者IDはもう使われています。"),
        accounts::AddError::Fault(fault) => return Err(fault.into()),
    })
}

const BAD_NAME: &str = "名前を50文字までで入力してください。";
const NO_ROLE: &str = "役割を選んでください。";

/// Somebody who may manage staff is always left.
pub(in crate::web::staff) const LAST_ADMINISTRATOR: &str =
    "利用者と権限を変えられる人がいなくなるため、変えられません。先にもう1人を登録してください。";

/// How a sign-in went, with its tone.
pub(in crate::web::staff) fn sign_in(result: &str) -> (&'static str, &'static str) {
    match result {
        "ok" => ("ログイン", "done"),
        "wrong" => ("IDかパスワードの誤り", "bad"),
        "locked" => ("ロック中", "bad"),
        "disabled" => ("停止中の利用者", "bad"),
        "totp_wrong" => ("確認コードの誤り", "bad"),
        "signed_out" => ("ログアウト", "none"),
        "forced_out" => ("管理者が終了", "wait"),
        _ => ("終了", "none"),
    }
}

/// Why a password may not be chosen.
pub(in crate::web::staff) fn weak_password(weak: WeakPassword) -> String {
    match weak {
        WeakPassword::TooShort => format!("パスワードは{PASSWORD_MIN}文字以上にしてください。"),
        WeakPassword::Unfit => "パスワードが長すぎるか、使えない文字が入っています。".to_owned(),
        WeakPassword::HoldsUser => "利用者IDを含まないパスワードにしてください。".to_owned(),
        WeakPassword::Guessable => "推測されやすいパスワードです。ほかのものにしてください。".to_owned(),
    }
}
