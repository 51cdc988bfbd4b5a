//! How many rows one transaction takes: as many as hold the writer for a moment, on whatever machine and under whatever load.

use std::time::{Duration, Instant};

use super::apply::SLICE;

/// How long a slice may hold the writer; twice that is the most that a job may.
const AIM: Duration = Duration::from_millis(25);

/// Rows of the first slice, before anything is known, and the fewest that are tried.
const FIRST: usize = 50;
const FEWEST: usize = 10;

/// How many rows the next slice takes, by how long the last one took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    rows: usize,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self { rows: FIRST }
    }

    /// The rows of the next slice.
    pub(super) const fn rows(self) -> usize {
        self.rows
    }

    /// Learns that so many rows held the writer for so long. It slows down at once and speeds up in steps.
    pub(super) fn learn(&mut self, rows: usize, took: Duration) {
        let (took, rows) = (took.as_micros().max(1), rows.max(1) as u128);
        let fitting = usize::try_from(AIM.as_micros() * rows / took).unwrap_or(SLICE);
        self.rows = fitting.min(self.rows * 2).clamp(FEWEST, 2 * SLICE);
    }
}

/// Does a piece of work, and says how long it took.
pub(super) fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), E> {
    let began = Instant::now();
    work().map(|done| (done, began.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_machine_takes_fewer_rows_at_once_and_a_fast_one_more_by_and_by() {
        let mut pace = Pace::new();
        pace.learn(50, Duration::from_millis(250));
        assert_eq!(pace.rows(), FEWEST, "one row in five milliseconds: five would fit");
        for rows in [20, 40, 80, 160, 320, 640, 800, 800] {
            pace.learn(pace.rows(), Duration::from_millis(1));
            assert_eq!(pace.rows(), rows);
        }
        pace.learn(800, Duration::from_millis(100));
        assert_eq!(pace.rows(), 200, "at once");
    }
}
