//! What staff call a card's status: on pages, and in files that are brought over from a former system.

use super::CardStatus;

impl CardStatus {
    /// The word that staff know.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Announced => "未着",
            Self::Received => "到着・検品済",
            Self::PresetDone => "交付前設定済",
            Self::Notified => "通知書発送済",
            Self::NoticeReturned => "通知書返戻",
            Self::Renotified => "再通知済",
            Self::Incomplete => "不備",
            Self::OnHold => "保留",
            Self::Issued => "交付済",
            Self::Mailed => "郵送交付",
            Self::MailReturned => "郵送返戻",
            Self::DisposalCandidate => "廃棄候補",
            Self::Disposed => "廃棄済",
            Self::Voided => "失効",
            Self::DefectReturned => "不良返送",
            Self::Missing => "所在不明",
        }
    }
}
