//! A set of cards: one bit for each number.

use crate::base::CardId;

/// Bits of a word.
const WORD: usize = 64;

/// Numbers of cards, in their order without being sorted. Two hundred thousand cards are 25 kilobytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set(Vec<u64>);

impl Set {
    pub(super) fn insert(&mut self, id: i64) {
        let Ok(id) = usize::try_from(id) else { return };
        let (word, bit) = (id / WORD, 1 << (id % WORD));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        let Ok(id) = usize::try_from(id) else { return false };
        self.0.get(id / WORD).is_some_and(|word| word & (1 << (id % WORD)) != 0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Keeps what is in both.
    pub(super) fn keep(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// Takes off what is in the other.
    pub(super) fn take_off(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    /// Its numbers, from the lowest on.
    pub(super) fn ids(&self) -> impl DoubleEndedIterator<Item = i64> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let bits = if *word == 0 { 0..0 } else { 0..WORD };
            bits.filter(move |bit| word & (1 << bit) != 0)
                .filter_map(move |bit| i64::try_from(at * WORD + bit).ok())
        })
    }

    /// Its numbers beyond a card, the nearest first; all of them when none is named.
    pub(super) fn beyond(&self, card: Option<CardId>, down: bool) -> Box<dyn Iterator<Item = i64> + '_> {
        let card = card.map(CardId::get);
        if down {
            Box::new(self.ids().rev().skip_while(move |id| card.is_some_and(|card| *id >= card)))
        } else {
            Box::new(self.ids().skip_while(move |id| card.is_some_and(|card| *id <= card)))
        }
    }
}

impl FromIterator<i64> for Set {
    fn from_iter<I: IntoIterator<Item = i64>>(ids: I) -> Self {
        let mut set = Self::default();
        for id in ids {
            set.insert(id);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[i64]) -> Set {
        ids.iter().copied().collect()
    }

    #[test]
    fn it_holds_what_was_put_in_and_gives_it_in_order() {
        let some = set(&[200, 1, 64, 63, 64]);
        assert_eq!((some.len(), some.ids().collect::<Vec<_>>()), (4, vec![1, 63, 64, 200]));
        assert!(some.contains(63) && !some.contains(62) && !some.contains(5000) && !some.contains(-1));
        assert_eq!(Set::default().ids().next(), None);
    }

    #[test]
    fn what_is_in_both_is_kept_and_what_is_in_the_other_taken_off() {
        let (mut both, mut rest) = (set(&[1, 64, 300]), set(&[1, 64, 300]));
        both.keep(&set(&[2, 64]));
        rest.take_off(&set(&[64, 999]));
        assert_eq!(both.ids().collect::<Vec<_>>(), [64]);
        assert_eq!(rest.ids().collect::<Vec<_>>(), [1, 300]);
    }

    #[test]
    fn beyond_a_card_come_its_neighbours_first() {
        let some = set(&[3, 70, 71, 130]);
        let beyond = |card: i64, down| some.beyond(Some(CardId::of(card)), down).collect::<Vec<_>>();
        assert_eq!(beyond(70, false), [71, 130]);
        assert_eq!(beyond(71, true), [70, 3]);
        assert_eq!(beyond(69, false), [70, 71, 130]);
        assert_eq!(some.beyond(None, true).next(), Some(130));
    }
}
