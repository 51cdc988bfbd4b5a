//! Why a row is not taken, in words for the person who mends the file.

use crate::base::{DateError, NoticeIdError, text};

/// Why a row is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A column that must be filled is empty.
    Empty,
    /// The notice ID has another shape than the city's.
    NoticeShape,
    /// It is no date in any form that is read.
    DateForm,
    /// The year is out of range.
    DateYear,
    /// The month is not 1 to 12.
    DateMonth,
    /// The month has no such day.
    DateDay {
        /// The month.
        month: u8,
        /// The day that it does not have.
        day: u8,
    },
    /// No place of hand-over or storage place has this name or code.
    UnknownPlace,
    /// The text is longer than the column takes.
    TooLong {
        /// The most characters.
        most: usize,
    },
    /// The text holds control characters.
    Control,
    /// The text looks like an individual number (個人番号).
    MyNumber,
    /// The row has more fields than the header.
    TooManyFields,
    /// The row has fewer fields than the header.
    TooFewFields,
    /// It is no time of day.
    TimeForm,
    /// A spreadsheet took it for a number, and what stood there cannot be told any more.
    LostDigits,
    /// A spreadsheet took it for a day.
    BecameDay,
    /// A spreadsheet shows an error instead of a value.
    CellFault,
    /// Another person's card has this inquiry number.
    OtherPerson,
    /// No registered card is meant.
    NoCard,
    /// Several registered cards may be meant.
    SeveralCards,
    /// It is no mail address.
    BadEmail,
    /// It is no status of a card.
    UnknownStatus,
    /// The card was handed over here.
    Issued,
    /// The card has a live booking.
    HasBooking,
    /// The booking's time has passed.
    PastDay,
    /// The location is closed at this time.
    ClosedTime,
    /// No seats are left.
    SlotFull,
    /// The citizen has another live booking.
    OtherBooking,
    /// The card cannot be collected in its state.
    NotBookable,
    /// The same person stands twice in one booking.
    Twice,
    /// More people than come together.
    TooManyPeople {
        /// The most.
        most: usize,
    },
    /// Rows of one booking name different places in time.
    PartyDiffers,
    /// Another row of the same booking cannot be taken.
    PartyLeftOut,
}

impl Why {
    /// What is wrong and what to do, in Japanese.
    pub fn sentence(self) -> String {
        match self {
            Self::Empty => "値がありません。元の資料を見て入れてください".to_owned(),
            Self::NoticeShape => "交付通知書IDの形ではありません。桁数と文字を確かめてください".to_owned(),
            Self::DateForm => "日付として読めません。2026-04-01 や R8.4.1 の形にしてください".to_owned(),
            Self::DateYear => "年が範囲の外です".to_owned(),
            Self::DateMonth => "月が1〜12ではありません".to_owned(),
            Self::DateDay { month, day: 0 } => format!("{month}月の日がわかりません"),
            Self::DateDay { month, day } => format!("{month}月{day}日はありません"),
            Self::UnknownPlace => "登録のない場所です。名称か符号を確かめてください".to_owned(),
            Self::TooLong { most } => format!("長すぎます。{most}文字までです"),
            Self::Control => "使えない文字（制御文字）が入っています".to_owned(),
            Self::MyNumber => {
                "個人番号（マイナンバー）の可能性があります。この列から除いてください".to_owned()
            }
            Self::TooManyFields => {
                "見出しより列の数が多い行です。値のなかのカンマを確かめてください".to_owned()
            }
            Self::TooFewFields => {
                "見出しより列の数が少ない行です。途中で改行されていないか確かめてください".to_owned()
            }
            Self::TimeForm => "時刻として読めません。9:30 の形にしてください".to_owned(),
            Self::LostDigits => {
                "表計算ソフトで数値になり、元の桁がわかりません。セルを文字列にして入れ直してください"
                    .to_owned()
            }
            Self::BecameDay => {
                "表計算ソフトで日付に変わっています。セルを文字列にして入れ直してください".to_owned()
            }
            Self::CellFault => "表計算ソフトのエラーが入っています。値を入れ直してください".to_owned(),
            Self::OtherPerson => "この照会番号は、登録済みの別の人のカードで使われています".to_owned(),
            Self::TooManyPeople { most } => format!("ひとつの予約は{most}人までです"),
            other => other.of_a_move().to_owned(),
        }
    }
}

impl Why {
    /// The same for what is brought over from a former system.
    const fn of_a_move(self) -> &'static str {
        match self {
            Self::NoCard => "登録されたカードがありません。先に作成情報を取り込んでください",
            Self::SeveralCards => "当てはまるカードが複数あります。氏名か照会番号の列を足してください",
            Self::BadEmail => "メールアドレスの形ではありません",
            Self::UnknownStatus => "状態の名前がわかりません。読み替えを足してください",
            Self::Issued => "このシステムで交付済みのカードです。状態は変えません",
            Self::HasBooking => "予約があります。先に予約を取り消してください",
            Self::PastDay => "過ぎた日時の予約です",
            Self::ClosedTime => "この時間は開いていません。開庁時間を確かめてください",
            Self::SlotFull => "枠がいっぱいです。枠を超えて取り込むか、日時を変えてください",
            Self::OtherBooking => "この人には別の予約があります",
            Self::NotBookable => "受け取りの予約ができない状態のカードです",
            Self::Twice => "同じカードがひとつの予約に2回あります",
            Self::PartyDiffers => "同じ予約のほかの行と、場所か日時が違います",
            Self::PartyLeftOut => "同じ予約のほかの行を取り込めないため、この行も取り込みません",
            _ => "取り込めません",
        }
    }
}

impl From<NoticeIdError> for Why {
    fn from(error: NoticeIdError) -> Self {
        match error {
            NoticeIdError::Empty => Self::Empty,
            NoticeIdError::Shape { .. } => Self::NoticeShape,
        }
    }
}

impl From<DateError> for Why {
    fn from(error: DateError) -> Self {
        match error {
            DateError::Empty => Self::Empty,
            DateError::Form => Self::DateForm,
            DateError::Year => Self::DateYear,
            DateError::Month => Self::DateMonth,
            DateError::Day { month, day } => Self::DateDay { month, day },
        }
    }
}

/// One row that is not taken, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Line of the file on which the row begins, counted from 1.
    pub line: u64,
    /// The column's name.
    pub column: &'static str,
    /// What stands there, shortened; what looks like an individual number is not repeated.
    pub value: String,
    /// What is wrong with it.
    pub why: Why,
}

/// A row that a run did not take, as it was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Its line.
    pub line: u64,
    /// The column's name.
    pub column: String,
    /// What stood there, shortened.
    pub value: String,
    /// What is wrong with it, in Japanese.
    pub why: String,
}

impl From<&RowError> for Noted {
    fn from(error: &RowError) -> Self {
        Self {
            line: error.line,
            column: error.column.to_owned(),
            value: error.value.clone(),
            why: error.why.sentence(),
        }
    }
}

impl RowError {
    pub(crate) fn new(line: u64, column: &'static str, value: &str, why: Why) -> Self {
        Self { line, column, value: shown(value), why }
    }
}

impl serde::Serialize for RowError {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut row = to.serialize_struct("RowError", 4)?;
        row.serialize_field("line", &self.line)?;
        row.serialize_field("column", self.column)?;
        row.serialize_field("value", &self.value)?;
        row.serialize_field("why", &self.why.sentence())?;
        row.end()
    }
}

const SHOWN: usize = 60;

/// A value as a report repeats it.
pub(super) fn shown(value: &str) -> String {
    if text::contains_my_number(value) {
        return "（表示しません）".to_owned();
    }
    let mut plain: String = value.chars().map(|c| if c.is_control() { '␣' } else { c }).take(SHOWN).collect();
    if value.chars().count() > SHOWN {
        plain.push('…');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_never_repeats_an_individual_number() {
        let error = RowError::new(2, "氏名", "山田 123456789018", Why::MyNumber);
        assert!(!error.value.contains("1234"), "{}", error.value);
        let json = serde_json::to_string(&error).unwrap();
        assert!(json.starts_with(r#"{"line":2,"column":"氏名","value":"#), "{json}");
    }

    #[test]
    fn a_long_value_is_shortened_in_a_report() {
        let error = RowError::new(2, "氏名", &"長".repeat(200), Why::TooLong { most: 100 });
        assert_eq!(error.value.chars().count(), SHOWN + 1);
    }
}
