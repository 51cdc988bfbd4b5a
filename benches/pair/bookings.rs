//! The last form of many citizens: how long each waits for its answer, one after another and sixty-four at once.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::citizen::{Browser, Front};
use super::row;
use super::storm::walk;

const AT_ONCE: usize = 64;

/// What was measured.
#[derive(Default)]
pub struct Measured {
    /// Each answer, when one citizen comes after another.
    single: Vec<Duration>,
    /// Each answer, when sixty-four come at once.
    crowded: Vec<Duration>,
    /// How long the crowds took.
    took: Duration,
}

impl Measured {
    /// Has these citizens book: a fifth of them one by one, the others at once.
    pub async fn measure(&mut self, front: &Arc<Front>, citizens: Range<usize>) {
        let mut ready = prepared(front, citizens).await;
        let one_by_one = ready.len() / 5;
        for browser in ready.drain(..one_by_one) {
            self.single.push(book(browser).await);
        }
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        let mut crowd = JoinSet::new();
        let began = Instant::now();
        for browser in ready {
            let gate = Arc::clone(&gate);
            crowd.spawn(async move {
                let _inside = gate.acquire_owned().await.unwrap();
                book(browser).await
            });
        }
        self.crowded.extend(crowd.join_all().await);
        self.took += began.elapsed();
    }

    fn a_second(&self) -> f64 {
        f64::from(u32::try_from(self.crowded.len()).unwrap()) / self.took.as_secs_f64()
    }
}

/// Browsers that show the last page before the booking.
async fn prepared(front: &Arc<Front>, citizens: Range<usize>) -> Vec<Browser> {
    let gate = Arc::new(Semaphore::new(16));
    let mut crowd = JoinSet::new();
    for citizen in citizens {
        let (front, gate) = (Arc::clone(front), Arc::clone(&gate));
        crowd.spawn(async move {
            let _inside = gate.acquire_owned().await.unwrap();
            let mut browser = Browser::new(&front, citizen);
            walk(&mut browser, citizen).await.unwrap();
            browser
        });
    }
    crowd.join_all().await
}

/// Sends the form, and gives how long its answer took.
async fn book(mut browser: Browser) -> Duration {
    let began = Instant::now();
    browser.post("/confirm", &[]).await.unwrap();
    let took = began.elapsed();
    assert!(browser.last.location.contains("/done"), "{} {}", browser.last.location, browser.seen());
    assert_eq!(browser.again, 0, "a page was asked for again");
    took
}

/// Prints both, and what they are to each other.
pub fn report(one: &Measured, two: &Measured) {
    for (what, of) in
        [("one by one", (&one.single, &two.single)), ("64 at once", (&one.crowded, &two.crowded))]
    {
        let (alone, pair) = (part(of.0, 50), part(of.1, 50));
        let ratio = pair.as_secs_f64() / alone.as_secs_f64();
        row(
            &format!("a booking, {what}: median on one machine / on the pair"),
            &format!("{} / {}", ms(alone), ms(pair)),
            &format!("{ratio:.2} times, at most 2"),
        );
        row("  p99", &format!("{} / {}", ms(part(of.0, 99)), ms(part(of.1, 99))), "");
    }
    row(
        "bookings a second, 64 at once, on one machine / on the pair",
        &format!("{:.0} / {:.0}", one.a_second(), two.a_second()),
        &format!("ratio {:.2}, at least 0.5", two.a_second() / one.a_second()),
    );
}

fn part(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

pub fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
