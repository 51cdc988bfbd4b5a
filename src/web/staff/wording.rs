//! Refusals of operations in Japanese, for the console.

use crate::accounts::{PASSWORD_MIN, WeakPassword};

/// Why a password may not be chosen.
pub(super) fn weak_password(weak: WeakPassword) -> String {
    match weak {
        WeakPassword::TooShort => format!("パスワードは{PASSWORD_MIN}文字以上にしてください。"),
        WeakPassword::Unfit => "パスワードが長すぎるか、使えない文字が入っています。".to_owned(),
        WeakPassword::HoldsUser => "利用者IDを含まないパスワードにしてください。".to_owned(),
        WeakPassword::Guessable => "推測されやすいパスワードです。ほかのものにしてください。".to_owned(),
    }
}
