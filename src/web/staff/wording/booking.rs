//! The console's words for bookings: where they stand, what happened to them, why something was refused.

use super::{BAD_REASON, Said};
use crate::base::EmailError;
use crate::booking::timed::{self, FollowError};
use crate::booking::{
    BadReason, CancelByStaffError, CancelledBy, JoinError, Outcome, PersonRefusal, ShiftError, SlotRefusal,
    StaffBookingError,
};

/// Who gave a booking up.
pub(in crate::web::staff) const fn cancelled_by(by: CancelledBy) -> &'static str {
    match by {
        CancelledBy::Citizen => "市民",
        CancelledBy::Staff => "職員",
        CancelledBy::System => "自動（交付・失効など）",
    }
}

/// How a visit ended for one person; whether it was for a card.
pub(in crate::web::staff) const fn outcome(outcome: Outcome, issuance: bool) -> &'static str {
    match outcome {
        Outcome::Issued if issuance => "交付済",
        Outcome::Issued => "完了",
        Outcome::Incomplete => "不備",
        Outcome::Removed => "予約から外した",
    }
}

/// Nothing was typed where somebody is looked for.
pub(in crate::web::staff) const FIND_EMPTY: &str =
    "通知書ID、予約番号、カナ、氏名のどれかを読み取るか入力してください。";
/// The choice would be too long.
pub(in crate::web::staff) const FIND_TOO_MANY: &str =
    "当てはまる方が多すぎます。氏名を続けて入力するか、通知書IDを読み取ってください。";
/// A booking without people; whether it is for a card.
pub(in crate::web::staff) const fn nobody(issuance: bool) -> &'static str {
    if issuance {
        "受け取る人を加えてください。"
    } else {
        "来る人を加えてください。"
    }
}
/// The same person typed twice.
pub(in crate::web::staff) const NAMED_TWICE: &str = "同じ方がすでに加えられています。";
/// A booking is for people with cards, or for people who are known by what they say.
pub(in crate::web::staff) const ONE_WAY: &str = "1つの予約では、カードで探した方と、氏名を入力した方をいっしょにできません。どちらかにそろえるか、別の予約にしてください。";
/// A form without a time.
pub(in crate::web::staff) const NO_TIME: &str = "時間を選んでください。";
/// A time that is no slot.
pub(in crate::web::staff) const NO_SUCH_TIME: &str =
    "この時間の枠はありません。閉庁日か、開庁時間の外です。別の時間を選んでください。";
/// Capacity may be gone over with a reason.
pub(in crate::web::staff) const OVER_REASON: &str = "この時間は満員です。枠を超えて登録するには理由を入力してください。空いている時間を選び直すこともできます。";
/// The booking is not live any more.
pub(in crate::web::staff) const GONE: &str =
    "この予約は、取消・完了などのため変更や取消ができません。ほかの職員が先に操作した可能性があります。";
/// The booking changed since the form was drawn.
const CHANGED: &str = "この画面を開いたあとに予約が変わりました。いまの内容を表示しています。確かめてから、もう一度操作してください。";

/// Nobody is known under what was typed.
pub(in crate::web::staff) fn find_unknown(typed: &str) -> String {
    format!("「{typed}」のカードも予約も見つかりません。番号をもう一度確かめてください。")
}

/// More people than fit into a booking.
pub(in crate::web::staff) fn too_many_people(most: u8) -> String {
    format!("一度に予約できるのは{most}人までです。")
}

/// Why a mail address cannot be kept.
pub(in crate::web::staff) const fn email(error: EmailError) -> &'static str {
    match error {
        EmailError::Empty => "メールアドレスを入力してください。",
        EmailError::TooLong => "メールアドレスが長すぎます（254文字まで）。",
        EmailError::At => "メールアドレスには「@」を1つ入れてください。",
        EmailError::Local => "メールアドレスの「@」より前が正しくありません。",
        EmailError::Domain => "メールアドレスの「@」より後が正しくありません。",
    }
}

/// Why a slot cannot be booked.
fn slot(refusal: SlotRefusal) -> Said {
    Ok(match refusal {
        SlotRefusal::Closed => NO_SUCH_TIME.to_owned(),
        SlotRefusal::Outside => {
            "この時間は受け付けられません。すでに始まった時間か、予約できる期間の外です。別の時間を選んでください。"
                .to_owned()
        }
        SlotRefusal::Full => {
            "この時間は、人数分の空きがありません。別の時間を選んでください。枠を超えて登録できるのは権限のある職員だけです。"
                .to_owned()
        }
        SlotRefusal::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a person cannot be booked; `who` is their name with さん.
fn person(why: PersonRefusal, who: &str) -> String {
    match why {
        PersonRefusal::NotBookable => format!("{who}のカードは、予約できる状態ではありません。"),
        PersonRefusal::AlreadyBooked => {
            format!("{who}には、すでに予約があります。日時を変えるときは、その予約を開いてください。")
        }
    }
}

/// Why no booking was registered; `name` gives the name of whoever has a place in the party.
pub(in crate::web::staff) fn staff_booking(
    refusal: StaffBookingError,
    name: impl Fn(usize) -> String,
) -> Said {
    Ok(match refusal {
        StaffBookingError::Nobody => nobody(true).to_owned(),
        StaffBookingError::Twice { place } => format!("{}が2回加えられています。", name(place)),
        StaffBookingError::TooManyPeople { most } => too_many_people(most),
        StaffBookingError::Person { place, why } => person(why, &name(place)),
        StaffBookingError::Procedure => {
            "この手続は、いま受け付けていません。手続を選び直してください。".to_owned()
        }
        StaffBookingError::Slot(why) => return slot(why),
        StaffBookingError::Reason(BadReason) => BAD_REASON.to_owned(),
        StaffBookingError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why a booking keeps its time.
pub(in crate::web::staff) fn shift(refusal: ShiftError) -> Said {
    Ok(match refusal {
        ShiftError::Gone => GONE.to_owned(),
        ShiftError::Changed => CHANGED.to_owned(),
        ShiftError::SameSlot => "いまと同じ時間です。別の時間を選んでください。".to_owned(),
        ShiftError::Slot(why) => return slot(why),
        ShiftError::Reason(BadReason) => BAD_REASON.to_owned(),
        ShiftError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why nobody was added to a booking.
pub(in crate::web::staff) fn join(refusal: JoinError) -> Said {
    Ok(match refusal {
        JoinError::Gone => GONE.to_owned(),
        JoinError::Changed => CHANGED.to_owned(),
        JoinError::TooManyPeople { most } => too_many_people(most),
        JoinError::Person(why) => person(why, "この方"),
        JoinError::Slot(why) => return slot(why),
        JoinError::Reason(BadReason) => BAD_REASON.to_owned(),
        JoinError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why nothing was done for those who did not come.
pub(in crate::web::staff) fn follow(refusal: FollowError) -> Said {
    Ok(match refusal {
        FollowError::Nobody => "対象の方を選んでください。".to_owned(),
        FollowError::TooMany => format!("一度に選べるのは{}人までです。", timed::MANY_MAX),
        FollowError::Fault(fault) => return Err(fault.into()),
    })
}

/// Why nothing was cancelled.
pub(in crate::web::staff) fn cancel(refusal: CancelByStaffError) -> Said {
    Ok(match refusal {
        CancelByStaffError::Gone => GONE.to_owned(),
        CancelByStaffError::Changed => CHANGED.to_owned(),
        CancelByStaffError::Nobody => "選んだ方は、この予約に入っていません。".to_owned(),
        CancelByStaffError::Served => "すでに交付または不備の記録がある方は外せません。".to_owned(),
        CancelByStaffError::ReasonNeeded => "取り消す理由を入力してください。".to_owned(),
        CancelByStaffError::Reason(BadReason) => BAD_REASON.to_owned(),
        CancelByStaffError::Fault(fault) => return Err(fault.into()),
    })
}
