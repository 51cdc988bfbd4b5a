//! Whether this node may send: the one place where a pair of machines says which of them is the leader.
//!
//! **Invariant:** behind a closed gate no letter is claimed, and what was under way rests where it is.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::ready;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

/// Says yes when that was found out after it was asked.
type Sure = dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync;

/// How soon it is looked again whether a closed gate has opened, or an open one closed.
const TICK: Duration = Duration::from_millis(100);

/// Asked before each round of letters. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    may: Arc<dyn Fn() -> bool + Send + Sync>,
    sure: Option<Arc<Sure>>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Gate").field(&self.is_open()).finish()
    }
}

impl Gate {
    /// The gate of a machine that stands alone: always open.
    pub fn open() -> Self {
        Self::from_fn(|| true)
    }

    /// A gate that asks `may` each time.
    pub fn from_fn(may: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { may: Arc::new(may), sure: None }
    }

    /// The same gate, which asks `sure` besides before a batch of letters is begun.
    #[must_use]
    pub fn with_question<F>(self, sure: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self { sure: Some(Arc::new(move || Box::pin(sure()))), ..self }
    }

    /// Whether a batch of letters may be begun: this node leads, found out after this was asked.
    pub async fn is_sure(&self) -> bool {
        match &self.sure {
            _ if !self.is_open() => false,
            Some(sure) => sure().await,
            None => true,
        }
    }

    /// Whether letters may leave now.
    pub fn is_open(&self) -> bool {
        (self.may)()
    }
    /// Carries `work` on while letters may leave, and lets it rest while they may not. Asked before each step: of a program that
    /// stood still and wakes up behind a closed gate, nothing more goes out.
    pub async fn while_open<F: Future>(&self, work: F) -> F::Output {
        let mut work = pin!(work);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        poll_fn(|cx| {
            while !self.is_open() {
                ready!(ticks.poll_tick(cx));
            }
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Waits until letters may leave no longer.
    pub async fn closed(&self) {
        while self.is_open() {
            tokio::time::sleep(TICK).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn work_rests_behind_a_closed_gate_and_goes_on_when_it_opens() {
        let may = Arc::new(AtomicBool::new(true));
        let gate = Gate::from_fn({
            let may = Arc::clone(&may);
            move || may.load(Ordering::Relaxed)
        });
        let (answers, taken) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let work = tokio::spawn({
            let (gate, answers, taken) = (gate.clone(), Arc::clone(&answers), Arc::clone(&taken));
            async move {
                let step = async || {
                    answers.acquire().await.unwrap().forget();
                    taken.add_permits(1);
                };
                gate.while_open(async {
                    step().await;
                    step().await;
                })
                .await;
            }
        });
        answers.add_permits(1);
        taken.acquire().await.unwrap().forget();
        may.store(false, Ordering::Relaxed);
        gate.closed().await;
        answers.add_permits(1);
        tokio::time::sleep(TICK * 3).await;
        assert_eq!(taken.available_permits(), 0, "behind the closed gate");
        may.store(true, Ordering::Relaxed);
        work.await.unwrap();
        assert_eq!(taken.available_permits(), 1);
    }
}
