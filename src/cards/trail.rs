//! The way back of a card that is kept back, missing or handed over.

use serde::Serialize;

use super::CardStatus;

/// The statuses that a card goes back to one after the other, the nearest last: where it was on hold, then missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Trail(Vec<CardStatus>);

impl Trail {
    /// The status that the card goes back to next.
    pub fn last(&self) -> Option<CardStatus> {
        self.0.last().copied()
    }

    /// Whether the card goes back to this status some time.
    pub fn has(&self, status: CardStatus) -> bool {
        self.0.contains(&status)
    }

    /// The trail after a step, and whether the step goes back.
    pub fn step(&self, from: CardStatus, to: CardStatus) -> (Self, bool) {
        if let Some((last, rest)) = self.0.split_last()
            && from.may_go_back()
            && *last == to
        {
            return (Self(rest.to_vec()), true);
        }
        let kept = if to.may_go_back() { self.0.iter().copied().chain([from]).collect() } else { Vec::new() };
        (Self(kept), false)
    }

    /// The words in the column; `None` when there is no way back.
    pub fn codes(&self) -> Option<String> {
        let codes: Vec<&str> = self.0.iter().map(|status| status.code()).collect();
        Some(codes.join(",")).filter(|codes| !codes.is_empty())
    }

    /// The trail with these words; `None` when one of them is no status.
    pub fn from_codes(codes: &str) -> Option<Self> {
        let codes = codes.split(',').filter(|code| !code.is_empty());
        codes.map(CardStatus::from_code).collect::<Option<_>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_was_on_hold_when_it_went_missing_comes_back_by_both_steps() {
        use CardStatus::{Issued, Missing, Notified, OnHold, Voided};
        let none = Trail::default();
        let (held, back) = none.step(Notified, OnHold);
        assert!(!back && held.last() == Some(Notified));
        let (missing, _) = held.step(OnHold, Missing);
        assert_eq!(missing.codes().as_deref(), Some("notified,on_hold"));
        let (found, back) = missing.step(Missing, OnHold);
        assert!(back && found == held);
        assert_eq!(found.step(OnHold, Notified), (none.clone(), true));
        assert_eq!(held.step(OnHold, Voided), (none, false));
        let (issued, _) = held.step(OnHold, Issued);
        assert_eq!(issued.step(Issued, OnHold), (held, true));
        assert_eq!(Trail::from_codes("notified,on_hold"), Some(issued));
        assert_eq!(Trail::from_codes("notified,nowhere"), None);
    }
}
