//! Row ids, one type a table, so that a card's id cannot be passed where a booking's is meant.

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The id of the row with this number.
            pub const fn of(row: i64) -> Self {
                Self(row)
            }

            /// The row's number.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }
    )+};
}

row_id! {
    /// Somebody who comes for a procedure that needs no notice (交付通知書によらない来庁者).
    ApplicantId,
    /// A booking (予約).
    BookingId,
    /// A shelf or box of a storage place (棚・箱).
    BoxId,
    /// One status given to many cards, or one proposal to destroy cards (一括更新).
    BatchId,
    /// One letter to many (一斉メール).
    BulkMailId,
    /// A card (個人番号カード).
    CardId,
    /// A closure of several locations at once (一斉閉庁).
    ClosureId,
    /// An event of the operation log (操作の記録).
    HistoryId,
    /// One version of a saved import profile (取込定義).
    ImportProfileId,
    /// One run of the importer (取込).
    ImportRunId,
    /// A mail link to the booking pages (手続きの案内).
    InvitationId,
    /// A place where cards are handed over (交付場所).
    LocationId,
    /// An address that letters do not reach (メール不達).
    MailFailureId,
    /// An address whose owner wants no news by mail (お知らせを断ったアドレス).
    MailRefusalId,
    /// One person of a booking (予約のひとり).
    MemberId,
    /// The record of a missing card (所在不明の記録).
    MissingCardId,
    /// A mail to send (送信箱).
    OutboxId,
    /// A role (役割).
    RoleId,
    /// Conditions of a list that are kept under a name (保存した条件).
    SavedListId,
    /// A member of staff (職員).
    StaffId,
    /// A stock-take of a storage place (棚卸).
    StocktakeId,
    /// A place where cards are kept (保管場所).
    StorageId,
    /// A rule that says where imported cards are put (置き場所の規則).
    StorageRuleId,
    /// One journey of a card to where it is booked, or back (回送).
    TransferId,
    /// Somebody who waits for a seat (空き待ち).
    WaitingId,
}
