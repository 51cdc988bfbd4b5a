//! Which lists there are, what each asks for, and who may have it.

use crate::accounts::Permission;

/// A list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// The bookings of some days, by day and place, in the order of time.
    Bookings,
    /// Those who came.
    Arrivals,
    /// Those who did not come.
    NoShows,
    /// The cards that a counter needs, in the order of the shelf.
    Pull,
    /// The cards that travel, a route on a sheet.
    Transfers,
    /// Those who were told that their card is here and have not booked.
    Unbooked,
    /// What becomes due.
    Deadlines,
    /// Cards by what they are, where they are, or a search.
    Cards,
    /// What should lie in a storage place, to be counted.
    Shelf,
    /// Numbers by day and hour.
    Daily,
    /// Numbers by month, under the names of the national report.
    Monthly,
}

/// How a list of bookings is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum By {
    /// By day, its people in the order of time.
    #[default]
    Day,
    /// By hour of each day.
    Hour,
    /// By place, each on sheets of its own.
    Place,
}

impl By {
    /// Every one, the usual one first.
    pub(super) const ALL: [Self; 3] = [Self::Day, Self::Hour, Self::Place];

    /// Its word in addresses.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Place => "place",
        }
    }

    /// The one with this word.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.code() == code)
    }

    /// How people call it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Day => "日別",
            Self::Hour => "時間別",
            Self::Place => "場所別",
        }
    }
}

/// A condition that a list can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// From one day to another.
    Days,
    /// How it is divided.
    By,
    /// A place of hand-over.
    Location,
    /// Where a booking stands.
    Booking,
    /// The label of a card.
    Label,
    /// A storage place.
    Storage,
    /// What becomes due.
    Watch,
    /// What the page of the pull list has chosen.
    OfPull,
    /// What the page of the transfer list has chosen.
    OfTransfers,
}

impl List {
    /// Every list, in the order of the page.
    pub(super) const ALL: [Self; 11] = [
        Self::Bookings,
        Self::Arrivals,
        Self::NoShows,
        Self::Unbooked,
        Self::Pull,
        Self::Transfers,
        Self::Shelf,
        Self::Deadlines,
        Self::Cards,
        Self::Daily,
        Self::Monthly,
    ];

    /// Its word in addresses.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Bookings => "bookings",
            Self::Arrivals => "arrivals",
            Self::NoShows => "no-shows",
            Self::Pull => "pull",
            Self::Transfers => "transfers",
            Self::Unbooked => "unbooked",
            Self::Deadlines => "deadlines",
            Self::Cards => "cards",
            Self::Shelf => "shelf",
            Self::Daily => "daily",
            Self::Monthly => "monthly",
        }
    }

    /// The list with this word.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.code() == code)
    }

    /// Its name, as it stands on paper.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Bookings => "予約一覧",
            Self::Arrivals => "来庁者一覧",
            Self::NoShows => "未来庁者一覧",
            Self::Pull => "引抜リスト",
            Self::Transfers => "回送リスト",
            Self::Unbooked => "未予約者一覧",
            Self::Deadlines => "期限一覧",
            Self::Cards => "状態別一覧",
            Self::Shelf => "棚卸表",
            Self::Daily => "日報",
            Self::Monthly => "月報",
        }
    }

    /// What it is for, in one sentence.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::Bookings => "来庁する方を時間の順に並べます。日別・時間別・場所別に分けられます。",
            Self::Arrivals => "受付をした方と、交付の結果を並べます。",
            Self::NoShows => "予約したが来庁しなかった方を並べます。",
            Self::Pull => "窓口で使うカードを棚の順に並べます。照合用のバーコードと、済の欄が付きます。",
            Self::Transfers => "届け先ごとに用紙を分けます。引渡者と受領者の署名欄が付きます。",
            Self::Unbooked => "通知書を送ったが、まだ予約のない方を並べます。",
            Self::Deadlines => "受取期限、再通知、有効期限などが近い方、過ぎた方を並べます。",
            Self::Cards => "状態・保管場所・交付場所で絞り込みます。カード検索の結果も出力できます。",
            Self::Shelf => "保管場所にあるはずのカードを棚の順に並べます。数えるときの控えに使います。",
            Self::Daily => "日ごと、時間ごとの予約・交付・不備・未来庁の数です。",
            Self::Monthly => {
                "月ごとの申請受付数・発送枚数・交付前設定・交付などの数です。国への報告と同じ名前で数えます。申請受付数はこのシステムに届かないため、職員が入力した数を載せます。"
            }
        }
    }

    /// What one must be allowed to see it.
    pub(super) const fn needs(self) -> Permission {
        match self {
            Self::Bookings | Self::Arrivals => Permission::Book,
            Self::NoShows => Permission::NoShows,
            Self::Pull | Self::Transfers | Self::Shelf => Permission::MoveCards,
            Self::Unbooked | Self::Deadlines | Self::Cards => Permission::SeeCards,
            Self::Daily | Self::Monthly => Permission::Statistics,
        }
    }

    /// What it can be asked for.
    pub(super) const fn asks(self) -> &'static [Ask] {
        match self {
            Self::Bookings => &[Ask::Days, Ask::By, Ask::Location, Ask::Booking],
            Self::Arrivals | Self::NoShows => &[Ask::Days, Ask::By, Ask::Location],
            Self::Daily | Self::Monthly => &[Ask::Days, Ask::Location],
            Self::Pull => &[Ask::OfPull],
            Self::Transfers => &[Ask::OfTransfers],
            Self::Unbooked => &[Ask::Location],
            Self::Deadlines => &[Ask::Watch],
            Self::Cards => &[Ask::Label, Ask::Storage, Ask::Location],
            Self::Shelf => &[Ask::Storage],
        }
    }

    /// Whether it can be asked for this.
    pub(super) fn can(self, ask: Ask) -> bool {
        self.asks().contains(&ask)
    }
}
