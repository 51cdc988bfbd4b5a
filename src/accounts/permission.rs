//! What a member of staff may do, and which personal data they may see.

use serde::{Serialize, Serializer};

/// One permission. A role is a set of them (仕様書 7(2)②).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Check in, hand over, note what is missing on today's board.
    ServeCounter,
    /// Make, change and cancel bookings.
    Book,
    /// Book beyond a slot's capacity, with a reason.
    Overbook,
    /// Follow up those who did not come.
    NoShows,
    /// Find and open cards.
    SeeCards,
    /// Write remarks.
    Remark,
    /// Change the status of one card.
    SetStatus,
    /// Change the status of many cards at once.
    BulkStatus,
    /// Leave the table of statuses, with a reason.
    OverrideStatus,
    /// Agree as the second person that cards are destroyed.
    ApproveDisposal,
    /// Move cards between storage places, take stock, carry them between locations.
    MoveCards,
    /// Import card files.
    Import,
    /// Export lists.
    Export,
    /// Keep conditions of lists for everybody.
    ShareLists,
    /// Look at statistics.
    Statistics,
    /// Change locations, hours, days and windows.
    EditCalendar,
    /// Write mails, send them again, and send them to many.
    Mail,
    /// Manage staff and roles.
    ManageStaff,
    /// Read the audit log.
    SeeAudit,
    /// Plan maintenance.
    Maintenance,
    /// Change the city's settings.
    Settings,
    /// See names.
    SeeName,
    /// See dates of birth.
    SeeBirthDate,
    /// See mail addresses.
    SeeEmail,
    /// See remarks.
    SeeRemark,
    /// See notice IDs whole.
    SeeNoticeId,
}

/// Permissions of one field of work, as the role page shows them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionGroup {
    /// Its heading in Japanese.
    pub label: &'static str,
    /// Its permissions, in order.
    pub permissions: &'static [Permission],
}

/// Every permission, under its heading.
pub const GROUPS: [PermissionGroup; 5] = {
    use Permission as P;
    [
        PermissionGroup {
            label: "窓口", permissions: &[P::ServeCounter, P::Book, P::Overbook, P::NoShows]
        },
        PermissionGroup {
            label: "カード",
            permissions: &[
                P::SeeCards,
                P::Remark,
                P::SetStatus,
                P::BulkStatus,
                P::OverrideStatus,
                P::ApproveDisposal,
                P::MoveCards,
                P::Import,
            ],
        },
        PermissionGroup {
            label: "出力・連絡",
            permissions: &[P::Export, P::ShareLists, P::Statistics, P::Mail],
        },
        PermissionGroup {
            label: "設定",
            permissions: &[P::EditCalendar, P::ManageStaff, P::SeeAudit, P::Maintenance, P::Settings],
        },
        PermissionGroup {
            label: "個人情報の項目",
            permissions: &[P::SeeName, P::SeeBirthDate, P::SeeEmail, P::SeeRemark, P::SeeNoticeId],
        },
    ]
};

impl Permission {
    /// Every permission, in the order of the role page.
    pub const ALL: [Self; 26] = [
        Self::ServeCounter,
        Self::Book,
        Self::Overbook,
        Self::NoShows,
        Self::SeeCards,
        Self::Remark,
        Self::SetStatus,
        Self::BulkStatus,
        Self::OverrideStatus,
        Self::ApproveDisposal,
        Self::MoveCards,
        Self::Import,
        Self::Export,
        Self::ShareLists,
        Self::Statistics,
        Self::Mail,
        Self::EditCalendar,
        Self::ManageStaff,
        Self::SeeAudit,
        Self::Maintenance,
        Self::Settings,
        Self::SeeName,
        Self::SeeBirthDate,
        Self::SeeEmail,
        Self::SeeRemark,
        Self::SeeNoticeId,
    ];

    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ServeCounter => "serve_counter",
            Self::Book => "book",
            Self::Overbook => "overbook",
            Self::NoShows => "no_shows",
            Self::SeeCards => "see_cards",
            Self::Remark => "remark",
            Self::SetStatus => "set_status",
            Self::BulkStatus => "bulk_status",
            Self::OverrideStatus => "override_status",
            Self::ApproveDisposal => "approve_disposal",
            Self::MoveCards => "move_cards",
            Self::Import => "import",
            Self::Export => "export",
            Self::ShareLists => "share_lists",
            Self::Statistics => "statistics",
            Self::EditCalendar => "edit_calendar",
            Self::Mail => "mail",
            Self::ManageStaff => "manage_staff",
            Self::SeeAudit => "see_audit",
            Self::Maintenance => "maintenance",
            Self::Settings => "settings",
            Self::SeeName => "see_name",
            Self::SeeBirthDate => "see_birth_date",
            Self::SeeEmail => "see_email",
            Self::SeeRemark => "see_remark",
            Self::SeeNoticeId => "see_notice_id",
        }
    }

    /// The permission with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.code() == code)
    }

    /// What it allows, in Japanese, as the role page and the refusal say it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ServeCounter => "今日の窓口で受付・交付をする",
            Self::Book => "予約を登録・変更・取消する",
            Self::Overbook => "枠を超えて登録する",
            Self::NoShows => "未来庁を扱う",
            Self::SeeCards => "カードを探す・見る",
            Self::Remark => "備考を書く",
            Self::SetStatus => "状態を1件ずつ変える",
            Self::BulkStatus => "状態をまとめて変える",
            Self::OverrideStatus => "規則にない状態へ変える（理由が必要）",
            Self::ApproveDisposal => "廃棄を承認する（2人目）",
            Self::MoveCards => "保管・回送を扱う",
            Self::Import => "作成情報を取り込む",
            Self::Export => "一覧をCSV・PDFにする",
            Self::ShareLists => "出力の条件を全員のために保存する",
            Self::Statistics => "統計を見る",
            Self::EditCalendar => "開庁日・枠を変える",
            Self::Mail => "メールの文面・送り直し・一斉送信を扱う",
            Self::ManageStaff => "利用者と権限を変える",
            Self::SeeAudit => "監査ログを見る",
            Self::Maintenance => "メンテナンスを予定する",
            Self::Settings => "市の設定を変える",
            Self::SeeName => "氏名・カナを見る",
            Self::SeeBirthDate => "生年月日を見る",
            Self::SeeEmail => "メールアドレスを見る",
            Self::SeeRemark => "備考を見る",
            Self::SeeNoticeId => "交付通知書IDを見る",
        }
    }
}

crate::stored_as_code!(Permission);

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_and_is_its_own() {
        let codes: std::collections::BTreeSet<&str> = Permission::ALL.map(Permission::code).into();
        assert_eq!(codes.len(), Permission::ALL.len());
        for permission in Permission::ALL {
            assert_eq!(Permission::from_code(permission.code()), Some(permission));
        }
    }

    #[test]
    fn every_permission_stands_under_exactly_one_heading() {
        let grouped: Vec<Permission> = GROUPS.iter().flat_map(|group| group.permissions).copied().collect();
        assert_eq!(grouped, Permission::ALL);
    }
}
