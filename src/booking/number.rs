//! Booking numbers: short enough to say on the telephone, without letters that look or sound alike.

use crate::base::{Chance, Day};

/// No 0 and O, 1, I and L, 5 and S, 8 and B, U and V.
const SIGNS: &[u8; 25] = b"234679ACDEFGHJKMNPQRTWXYZ";

/// A number such as `K7M2-0413`: four signs by chance, then month and day of the visit when it was made.
pub(super) fn propose(chance: &Chance, day: Day) -> String {
    let signs: String = (0..4).map(|_| SIGNS.get(sign(chance)).copied().map_or('2', char::from)).collect();
    format!("{signs}-{:02}{:02}", day.month(), day.day())
}

fn sign(chance: &Chance) -> usize {
    usize::try_from(chance.below(SIGNS.len() as u64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_can_be_read_out_without_doubt() {
        let chance = Chance::seeded(7);
        let day = Day::new(2026, 4, 13).unwrap();
        for _ in 0..1000 {
            let number = propose(&chance, day);
            assert_eq!((number.len(), &number[4..]), (9, "-0413"));
            assert!(
                !number[..4].contains(['0', 'O', '1', 'I', 'L', '5', 'S', '8', 'B', 'U', 'V']),
                "{number}"
            );
        }
    }
}
