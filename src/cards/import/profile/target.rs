//! What a column of a file can be about.

use super::Kind;

/// What a column of a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Notice ID (交付通知書ID).
    NoticeId,
    /// Name.
    Name,
    /// Reading of the name.
    Kana,
    /// Date of birth.
    Birth,
    /// Place of hand-over.
    Location,
    /// Storage place.
    Storage,
    /// Shelf number.
    Shelf,
    /// Day the card was made.
    MadeOn,
    /// Day the notice was sent.
    NoticeSentOn,
    /// Last day to collect the card.
    PickupDueOn,
    /// Last day of the card's validity.
    ValidUntil,
    /// Inquiry number (照会番号), which tells cards apart for good.
    InquiryNo,
    /// Last day of the period of residence (在留期限).
    ResidenceUntil,
    /// Number of a booking in the system before.
    BookingNo,
    /// Rows with the same word here are one booking of several people.
    Party,
    /// Day of a booking.
    Day,
    /// Time at which a booking begins.
    Start,
    /// Time at which a booking ends.
    End,
    /// Mail address.
    Email,
    /// Status of a card, as the system before called it.
    Status,
    /// Since when it has that status.
    StatusOn,
}

use Target as T;

/// Every target, in the order in which pages list them; those of cards come first.
static ALL: [Target; 21] = [
    T::NoticeId,
    T::Name,
    T::Kana,
    T::Birth,
    T::Location,
    T::Storage,
    T::Shelf,
    T::MadeOn,
    T::NoticeSentOn,
    T::PickupDueOn,
    T::ValidUntil,
    T::InquiryNo,
    T::ResidenceUntil,
    T::BookingNo,
    T::Party,
    T::Day,
    T::Start,
    T::End,
    T::Email,
    T::Status,
    T::StatusOn,
];

/// How many of them are about cards.
const OF_CARDS: usize = 13;

impl Target {
    /// Every target, in the order in which pages list them.
    pub const fn all() -> [Self; 21] {
        ALL
    }

    /// The targets of one kind of file, in the order of its standard layout.
    pub const fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Card => match ALL.first_chunk::<OF_CARDS>() {
                Some(first) => first,
                None => &[],
            },
            Kind::Booking => &[
                T::NoticeId,
                T::Name,
                T::Kana,
                T::Birth,
                T::InquiryNo,
                T::Location,
                T::Day,
                T::Start,
                T::End,
                T::Email,
                T::Party,
                T::BookingNo,
            ],
            Kind::CardStatus => &[
                T::NoticeId,
                T::Name,
                T::Kana,
                T::Birth,
                T::InquiryNo,
                T::Status,
                T::StatusOn,
                T::Storage,
                T::Shelf,
                T::Email,
            ],
        }
    }

    /// The targets without which no row of this kind can be read.
    pub const fn needed(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Card => &[T::NoticeId, T::Name, T::Birth],
            Kind::Booking => &[T::NoticeId, T::Birth, T::Location, T::Day, T::Start],
            Kind::CardStatus => &[T::NoticeId, T::Birth, T::Status],
        }
    }

    /// The word that profiles write.
    pub const fn code(self) -> &'static str {
        match self {
            T::NoticeId => "notice_id",
            T::Name => "name",
            T::Kana => "kana",
            T::Birth => "birth",
            T::Location => "location",
            T::Storage => "storage",
            T::Shelf => "shelf",
            T::MadeOn => "made_on",
            T::NoticeSentOn => "notice_sent_on",
            T::PickupDueOn => "pickup_due_on",
            T::ValidUntil => "valid_until",
            T::InquiryNo => "inquiry_no",
            T::ResidenceUntil => "residence_until",
            T::BookingNo => "booking_no",
            T::Party => "party",
            T::Day => "day",
            T::Start => "start",
            T::End => "end",
            T::Email => "email",
            T::Status => "status",
            T::StatusOn => "status_on",
        }
    }

    /// The name that staff know, which is the header of the standard layout.
    pub const fn label(self) -> &'static str {
        match self {
            T::NoticeId => "交付通知書ID",
            T::Name => "氏名",
            T::Kana => "フリガナ",
            T::Birth => "生年月日",
            T::Location => "交付場所",
            T::Storage => "保管場所",
            T::Shelf => "棚番号",
            T::MadeOn => "作成日",
            T::NoticeSentOn => "通知書発送日",
            T::PickupDueOn => "受取期限",
            T::ValidUntil => "有効期限",
            T::InquiryNo => "照会番号",
            T::ResidenceUntil => "在留期限",
            T::BookingNo => "予約番号",
            T::Party => "予約グループ",
            T::Day => "予約日",
            T::Start => "開始時刻",
            T::End => "終了時刻",
            T::Email => "メールアドレス",
            T::Status => "状態",
            T::StatusOn => "状態の日",
        }
    }

    /// The target with this code or this name.
    pub fn from_word(word: &str) -> Option<Self> {
        ALL.into_iter().find(|target| target.code() == word || target.label() == word)
    }

    /// Whether its values are days.
    pub const fn is_day(self) -> bool {
        matches!(
            self,
            T::Birth
                | T::MadeOn
                | T::NoticeSentOn
                | T::PickupDueOn
                | T::ValidUntil
                | T::ResidenceUntil
                | T::Day
                | T::StatusOn
        )
    }

    /// Whether its values are times of the day.
    pub const fn is_time(self) -> bool {
        matches!(self, T::Start | T::End)
    }

    /// Whether a file may say something else of a registered card here. The counter knows better where a card lies.
    pub const fn may_change(self) -> bool {
        !matches!(self, T::Storage | T::Shelf | T::Birth)
    }

    /// What stands between two columns of one value, unless the profile says otherwise.
    pub const fn joint(self) -> &'static str {
        match self {
            T::Name | T::Kana => "　",
            T::Location | T::Storage | T::Party => " ",
            T::Start | T::End => ":",
            _ => "-",
        }
    }
}
