//! Whether this node may serve pages and send mail.
//!
//! **Invariant:** it is asked each time by the clock of the machine, so that a program that was stopped for a while knows at once
//! that its time is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Until when this node may serve. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Serving(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    origin: Instant,
    /// Milliseconds since then.
    until: AtomicU64,
}

impl Serving {
    /// A machine that stands alone.
    pub fn always() -> Self {
        Self::of(u64::MAX)
    }

    /// A node that does not lead.
    pub fn never() -> Self {
        Self::of(0)
    }

    fn of(until: u64) -> Self {
        Self(Arc::new(Inner { origin: Instant::now(), until: AtomicU64::new(until) }))
    }

    /// Whether it may now.
    pub fn is_open(&self) -> bool {
        let until = self.0.until.load(Ordering::Relaxed);
        until == u64::MAX || self.0.origin.elapsed() < Duration::from_millis(until)
    }

    /// It may for so long after `began`; [`Duration::MAX`] = until another word.
    pub(super) fn until(&self, began: Instant, span: Duration) {
        let end = began.checked_add(span).map(|end| end.saturating_duration_since(self.0.origin));
        let until = match end {
            Some(end) if span > Duration::ZERO => u64::try_from(end.as_millis()).unwrap_or(u64::MAX),
            Some(_) => 0,
            None => u64::MAX,
        };
        self.0.until.store(until, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_when_the_time_is_over_and_nobody_has_to_say_so() {
        let serving = Serving::never();
        assert!(!serving.is_open());
        let began = Instant::now();
        serving.until(began, Duration::from_mins(1));
        assert!(serving.is_open());
        serving.until(began, Duration::from_millis(1));
        while began.elapsed() <= Duration::from_millis(2) {
            std::hint::spin_loop();
        }
        assert!(!serving.is_open());
        serving.until(began, Duration::MAX);
        assert!(serving.is_open());
        serving.until(began, Duration::ZERO);
        assert!(!serving.is_open());
        assert!(Serving::always().is_open());
    }
}
