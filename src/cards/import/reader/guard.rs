//! The guard against individual numbers (個人番号), for every format.
//!
//! Spec: 11(1).

use super::raw::{CellKind, Raw};
use crate::base::text;

/// At least so many values are needed to judge a column by them.
const JUDGED_FROM: usize = 20;

/// Digits of an individual number.
const DIGITS: usize = 12;

/// How many values each column has, and how many of them look like individual numbers.
#[derive(Debug, Default)]
pub(super) struct Guard {
    columns: Vec<Seen>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    filled: usize,
    numbers: usize,
}

impl Seen {
    fn is_full_of_numbers(self) -> bool {
        self.filled >= JUDGED_FROM && self.numbers * 100 >= self.filled * 95
    }
}

impl Guard {
    pub(super) fn see(&mut self, raw: &Raw) {
        if self.columns.len() < raw.len() {
            self.columns.resize(raw.len(), Seen::default());
        }
        for (seen, (cell, kind)) in self.columns.iter_mut().zip(raw.cells()) {
            if !cell.is_empty() {
                seen.filled += 1;
                seen.numbers += usize::from(looks_like_one(cell, kind));
            }
        }
    }

    /// The columns full of individual numbers, counted from 0.
    pub(super) fn found(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().enumerate().filter(|(_, seen)| seen.is_full_of_numbers()).map(|(at, _)| at)
    }
}

/// A spreadsheet that takes them for numbers takes their first zeros away.
fn looks_like_one(cell: &str, kind: CellKind) -> bool {
    let has_lost_zeros = (9..DIGITS).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        CellKind::Text | CellKind::Number if has_lost_zeros => {
            let mut whole = [b'0'; DIGITS];
            let zeros = DIGITS - cell.len();
            whole.iter_mut().skip(zeros).zip(cell.bytes()).for_each(|(place, digit)| *place = digit);
            std::str::from_utf8(&whole).is_ok_and(text::is_my_number)
        }
        // No form of a digit makes twelve of fewer bytes.
        CellKind::Text | CellKind::Number => {
            cell.len() >= DIGITS && cell.bytes().any(|byte| byte != b'0') && text::is_my_number(cell)
        }
        CellKind::Day | CellKind::Fault => false,
    }
}

/// The same for lines without columns: twelve digits that begin at the same byte of nearly every line.
#[derive(Debug, Default)]
pub(super) struct ByteGuard {
    lines: usize,
    /// For each first byte, the lines that hold a number there.
    numbers: Vec<usize>,
}

impl ByteGuard {
    pub(super) fn see(&mut self, line: &[u8]) {
        self.lines += 1;
        let starts = (line.len() + 1).saturating_sub(DIGITS);
        if self.numbers.len() < starts {
            self.numbers.resize(starts, 0);
        }
        let mut run = 0;
        for (at, byte) in line.iter().enumerate() {
            run = if byte.is_ascii_digit() { run + 1 } else { 0 };
            if run < DIGITS {
                continue;
            }
            let from = at + 1 - DIGITS;
            let window = line.get(from..=at).and_then(|window| std::str::from_utf8(window).ok());
            let hit = window.is_some_and(|digits| looks_like_one(digits, CellKind::Text));
            if let Some(count) = self.numbers.get_mut(from).filter(|_| hit) {
                *count += 1;
            }
        }
    }

    /// The first bytes of individual numbers, counted from 0.
    pub(super) fn found(&self) -> impl Iterator<Item = usize> {
        let is_full = |numbers: &usize| Seen { filled: self.lines, numbers: *numbers }.is_full_of_numbers();
        self.numbers.iter().enumerate().filter(move |(_, numbers)| is_full(numbers)).map(|(at, _)| at)
    }

    /// The line with what stands at these places made unreadable.
    pub(super) fn hidden(&self, line: &[u8]) -> Vec<u8> {
        let mut line = line.to_vec();
        for from in self.found() {
            line.iter_mut().skip(from).take(DIGITS).for_each(|byte| *byte = b'*');
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers with a right check digit, some of which begin with zeros.
    fn number(seed: u64) -> String {
        let body = format!("{:011}", seed * 7_654_321 % 100_000_000_000);
        let right = |check: &u8| text::is_my_number(&format!("{body}{check}"));
        format!("{body}{}", (0..10).find(right).unwrap())
    }

    fn found(values: impl Iterator<Item = (String, CellKind)>) -> bool {
        let (mut guard, mut raw) = (Guard::default(), Raw::default());
        for (value, kind) in values {
            raw.begin(1);
            raw.push_str(&value);
            raw.end_cell(kind);
            guard.see(&raw);
        }
        guard.found().next().is_some()
    }

    #[test]
    fn twenty_of_them_refuse_a_column_nineteen_do_not() {
        let numbers = |count| (1..=count).map(|seed| (number(seed), CellKind::Text));
        assert!(found(numbers(20)) && !found(numbers(19)));
        let others = |count| (0..count).map(|_| ("123456789012".to_owned(), CellKind::Text));
        assert!(found(numbers(95).chain(others(5))) && !found(numbers(94).chain(others(6))));
        let empty = (0..100).map(|_| (String::new(), CellKind::Text));
        assert!(found(numbers(20).chain(empty)), "empty cells do not hide them");
    }

    #[test]
    fn numbers_that_lost_their_zeros_are_known_too() {
        let bare = |seed| number(seed).trim_start_matches('0').to_owned();
        assert!((1..=60).any(|seed| bare(seed).len() < 12), "some begin with zeros");
        assert!(found((1..=60).map(|seed| (bare(seed), CellKind::Number))));
        assert!(!found((0..60).map(|_| ("0".to_owned(), CellKind::Number))), "a column of zeros is none");
        assert!(!found((0..60).map(|_| ("000000000000".to_owned(), CellKind::Text))));
    }

    #[test]
    fn in_lines_without_columns_they_are_found_by_their_byte() {
        let mut guard = ByteGuard::default();
        for seed in 1..=20 {
            guard.see(format!("A133456{seed:02}99{}19900413", number(seed)).as_bytes());
        }
        assert_eq!(guard.found().collect::<Vec<_>>(), [11]);
        let line = format!("A13345601{}19900413", number(1));
        assert!(!String::from_utf8(guard.hidden(line.as_bytes())).unwrap().contains(&number(1)[2..]));
    }
}
