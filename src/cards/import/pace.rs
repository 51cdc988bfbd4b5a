//! How many rows one transaction takes: as many as hold the writer for a moment, on whatever machine and under whatever load.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::db::{Actor, Db, Fault, WriteTx};

/// How long a slice is to hold the writer; 50 ms are the most that a job may.
const AIM: Duration = Duration::from_millis(28);

/// Rows of the first slice, before anything is known, and the fewest and the most that are tried.
const FIRST: usize = 50;
const FEWEST: usize = 10;
const MOST: usize = 800;

/// How many rows the next slice takes, by how long the last one took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    rows: usize,
}

impl Pace {
    pub(crate) const fn new() -> Self {
        Self { rows: FIRST }
    }

    /// The rows of the next slice.
    pub(crate) const fn rows(self) -> usize {
        self.rows
    }

    /// Learns that so many rows held the writer for so long. It slows down at once and speeds up in steps.
    pub(crate) fn learn(&mut self, rows: usize, took: Duration) {
        let (took, rows) = (took.as_micros().max(1), rows.max(1) as u128);
        let fitting = usize::try_from(AIM.as_micros() * rows / took).unwrap_or(MOST);
        self.rows = fitting.min(self.rows * 2).clamp(FEWEST, MOST);
    }
}

/// Does a piece of work, and says how long it took.
pub(crate) fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), E> {
    let began = Instant::now();
    work().map(|done| (done, began.elapsed()))
}

/// What one slice came to: so many rows and there may be more, or the end of the work with what came of it.
pub(crate) type Part<T> = ControlFlow<T, usize>;

/// Does a long work slice by slice, each in a transaction of its own: `slice` takes at most so many rows.
pub(crate) async fn in_slices<T, E>(
    db: &Db,
    actor: &Actor,
    slice: impl Fn(&WriteTx<'_>, usize) -> Result<Part<T>, E> + Copy + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Fault> + Send + 'static,
{
    let mut pace = Pace::new();
    loop {
        let most = pace.rows();
        let (part, took) = db.write(actor.clone(), move |tx| timed(|| slice(tx, most))).await?;
        match part {
            ControlFlow::Continue(rows) => pace.learn(rows, took),
            ControlFlow::Break(done) => return Ok(done),
        }
    }
}

/// Writes one after the other, as many in a transaction as hold the writer for a moment.
pub(crate) async fn in_parts<T>(
    db: &Db,
    actor: &Actor,
    all: &[T],
    write: impl Fn(&WriteTx<'_>, &T) -> Result<(), Fault> + Copy + Send + 'static,
) -> Result<(), Fault>
where
    T: Clone + Send + 'static,
{
    let (mut pace, mut rest) = (Pace::new(), all);
    while !rest.is_empty() {
        let (part, left) = rest.split_at_checked(pace.rows()).unwrap_or((rest, &[]));
        let (rows, part) = (part.len(), part.to_vec());
        let each = move |tx: &WriteTx<'_>| timed(|| part.iter().try_for_each(|one| write(tx, one)));
        let ((), took) = db.write(actor.clone(), each).await?;
        pace.learn(rows, took);
        rest = left;
    }
    Ok(())
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
        assert_eq!(pace.rows(), 224, "at once");
    }
}
