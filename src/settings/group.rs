//! The forms in which the settings stand.

/// One form of the page `/settings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// How citizens book.
    Booking,
    /// How citizens come in.
    Entry,
    /// Cards and their notices.
    Card,
    /// When a card is to be collected, and what is listed before and after.
    Deadline,
    /// When a card that nobody collects may be destroyed.
    Disposal,
    /// Who answers.
    Office,
    /// Those who did not come.
    NoShow,
    /// Letters before the day.
    Reminder,
    /// Who mails come from, and when an address gets no more of them.
    Mail,
    /// How long staff stay signed in.
    SignIn,
    /// What is asked of whoever takes a list out of the console.
    Export,
    /// What goes with letters, and letters to many.
    Letter,
    /// Those who wait for a seat.
    Waiting,
}

impl Group {
    /// Every form, in the order of the page.
    pub const ALL: &[Self] = &[
        Self::Booking,
        Self::Reminder,
        Self::NoShow,
        Self::Mail,
        Self::Letter,
        Self::Waiting,
        Self::Card,
        Self::Deadline,
        Self::Disposal,
        Self::Entry,
        Self::Office,
        Self::SignIn,
        Self::Export,
    ];

    /// Its word in the address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Entry => "entry",
            Self::Card => "card",
            Self::Deadline => "deadline",
            Self::Disposal => "disposal",
            Self::Office => "office",
            Self::NoShow => "no-show",
            Self::Reminder => "reminder",
            Self::Mail => "mail",
            Self::SignIn => "sign-in",
            Self::Export => "export",
            Self::Letter => "letter",
            Self::Waiting => "waiting",
        }
    }

    /// The form with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.code() == code)
    }

    /// Its heading, in Japanese.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Booking => "予約の規則",
            Self::Entry => "市民の手続きの長さ",
            Self::Card => "通知書の番号と取り寄せ",
            Self::Deadline => "受取期限と点検",
            Self::Disposal => "廃棄の時期",
            Self::Office => "名前と問い合わせ先",
            Self::NoShow => "未来庁の扱い",
            Self::Reminder => "事前のお知らせ",
            Self::Mail => "メールの差出人と不達",
            Self::SignIn => "職員のログイン",
            Self::Export => "一覧の出力",
            Self::Letter => "メールの中身と一斉メール",
            Self::Waiting => "空き待ち",
        }
    }

    /// The panel of the page under which it is found, in Japanese.
    pub const fn panel(self) -> &'static str {
        match self {
            Self::Booking | Self::Reminder | Self::NoShow | Self::Letter | Self::Waiting => "予約",
            Self::Card | Self::Deadline | Self::Disposal => "カード",
            Self::Entry | Self::Office => "市民のページ",
            Self::Mail => "連絡",
            Self::SignIn | Self::Export => "利用者と記録",
        }
    }
}
