//! How many rows one transaction takes: as many as hold the writer for a moment, on whatever machine and under whatever load.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::db::{Actor, Db, Fault, WriteTx};

/// How long a slice is to hold the writer; 50 ms are the most that a job may.
const AIM: Duration = Duration::from_millis(20);

/// A slice that took longer than was foreseen begins no further row: what is left of the 50 ms is for the commit.
const LONGEST: Duration = Duration::from_millis(26);

/// Rows of the first slice, before anything is known, and the fewest and the most that are tried.
const FIRST: usize = 50;
const FEWEST: usize = 10;
const MOST: usize = 2000;

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

/// What one slice may take of the writer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    /// Rows.
    pub(crate) most: usize,
    began: Instant,
}

impl Slice {
    fn begin(most: usize) -> Self {
        Self { most, began: Instant::now() }
    }

    /// As many of these as the slice has time for: the first in any case, so that each slice comes further.
    pub(crate) fn of<I: IntoIterator>(&self, rows: I) -> impl Iterator<Item = I::Item> {
        let more = |at| at == 0 || self.began.elapsed() < LONGEST;
        rows.into_iter().take(self.most).enumerate().take_while(move |(at, _)| more(*at)).map(|(_, row)| row)
    }
}

/// Does one slice, in a transaction of its own, and says how long it took.
pub(crate) async fn one_slice<T, E>(
    db: &Db,
    actor: &Actor,
    most: usize,
    work: impl Fn(&WriteTx<'_>, &Slice) -> Result<T, E> + Send + 'static,
) -> Result<(T, Duration), E>
where
    T: Send + 'static,
    E: From<Fault> + Send + 'static,
{
    let timed = move |tx: &WriteTx<'_>| {
        let slice = Slice::begin(most);
        work(tx, &slice).map(|done| (done, slice.began.elapsed()))
    };
    db.write_slice(actor.clone(), timed).await
}

/// What one slice came to: so many rows and there may be more, or the end of the work with what came of it.
pub(crate) type Part<T> = ControlFlow<T, usize>;

/// Does a long work slice by slice, each in a transaction of its own: `part` takes what its slice has time for.
pub(crate) async fn in_slices<T, E>(
    db: &Db,
    actor: &Actor,
    part: impl Fn(&WriteTx<'_>, &Slice) -> Result<Part<T>, E> + Copy + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Fault> + Send + 'static,
{
    let mut pace = Pace::new();
    loop {
        let (part, took) = one_slice(db, actor, pace.rows(), part).await?;
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
        let part: Vec<T> = rest.iter().take(pace.rows()).cloned().collect();
        let each = move |tx: &WriteTx<'_>, slice: &Slice| {
            let mut done = 0;
            for one in slice.of(&part) {
                write(tx, one)?;
                done += 1;
            }
            Ok::<_, Fault>(done)
        };
        let (done, took) = one_slice(db, actor, pace.rows(), each).await?;
        pace.learn(done, took);
        rest = rest.get(done..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_ends_when_its_time_is_over_and_does_one_row_in_any_case() {
        let fresh = Slice::begin(3);
        assert_eq!(fresh.of(1..10).collect::<Vec<_>>(), [1, 2, 3]);
        let late = Slice { began: Instant::now().checked_sub(LONGEST).unwrap(), ..fresh };
        assert_eq!(late.of(1..10).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_slow_machine_takes_fewer_rows_at_once_and_a_fast_one_more_by_and_by() {
        let mut pace = Pace::new();
        pace.learn(50, Duration::from_millis(250));
        assert_eq!(pace.rows(), FEWEST, "one row in five milliseconds: four would fit");
        for rows in [20, 40, 80, 160, 320, 640, 1280, 2000, 2000] {
            pace.learn(pace.rows(), Duration::from_millis(1));
            assert_eq!(pace.rows(), rows);
        }
        pace.learn(2000, Duration::from_millis(100));
        assert_eq!(pace.rows(), 400, "at once");
    }
}
