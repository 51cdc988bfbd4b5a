//! Why a card is void or incomplete, as a word that lists and statistics can count.

use super::CardStatus;

/// Why, in one of the words that the house knows; what else is to be said stands in the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReasonCode {
    /// The holder moved to another municipality (転出).
    MovedOut,
    /// The holder died (死亡).
    Died,
    /// The application was withdrawn (申請取消).
    Withdrawn,
    /// The validity ended before the hand-over (期限到来).
    Expired,
    /// Another card was made (再作成).
    Remade,
    /// Void for another reason, which is then said.
    VoidOther,
    /// Papers of identity were missing (本人確認書類).
    Identity,
    /// The old card was not given back (旧カードの返納).
    OldCard,
    /// Papers of the person who came for the holder were missing (代理人).
    Proxy,
    /// The holder comes again once the numbers are chosen (暗証番号).
    Pin,
    /// A change of name or address has to be registered first (変更手続).
    ChangeFirst,
    /// Incomplete for another reason, which is then said.
    IncompleteOther,
}

crate::stored_as_code!(ReasonCode);

impl ReasonCode {
    /// Every code, in the order in which forms offer them.
    pub const ALL: [Self; 12] = [
        Self::MovedOut,
        Self::Died,
        Self::Withdrawn,
        Self::Expired,
        Self::Remade,
        Self::VoidOther,
        Self::Identity,
        Self::OldCard,
        Self::Proxy,
        Self::Pin,
        Self::ChangeFirst,
        Self::IncompleteOther,
    ];

    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MovedOut => "moved_out",
            Self::Died => "died",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Remade => "remade",
            Self::VoidOther => "void_other",
            Self::Identity => "identity",
            Self::OldCard => "old_card",
            Self::Proxy => "proxy",
            Self::Pin => "pin",
            Self::ChangeFirst => "change_first",
            Self::IncompleteOther => "incomplete_other",
        }
    }

    /// The code with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// The status that it explains.
    pub const fn of(self) -> CardStatus {
        match self {
            Self::MovedOut
            | Self::Died
            | Self::Withdrawn
            | Self::Expired
            | Self::Remade
            | Self::VoidOther => CardStatus::Voided,
            Self::Identity
            | Self::OldCard
            | Self::Proxy
            | Self::Pin
            | Self::ChangeFirst
            | Self::IncompleteOther => CardStatus::Incomplete,
        }
    }

    /// Whether it says enough by itself.
    pub const fn is_enough(self) -> bool {
        !matches!(self, Self::VoidOther | Self::IncompleteOther)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back() {
        for code in ReasonCode::ALL {
            assert_eq!(ReasonCode::from_code(code.code()), Some(code));
        }
    }
}
