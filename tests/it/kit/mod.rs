//! What tests share: a temporary municipality, a stopped clock, a browser, a post box.

pub mod browser;
pub mod city;
pub mod console;
pub mod house;
pub mod http;
pub mod location;
pub mod mail_office;
pub mod municipality;
pub mod page;
pub mod post_box;
pub mod program;
pub mod workbook;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use madoguchi::base::{Clock, Moment};

pub use browser::Browser;
pub use municipality::TestMunicipality;

/// A clock that stands still until a test moves it.
#[derive(Clone, Debug)]
pub struct StoppedClock(Arc<AtomicI64>);

impl StoppedClock {
    /// Stands at `minute` of `day` in Japan, written `2026-04-13 09:42`.
    pub fn at(text: &str) -> Self {
        Self(Arc::new(AtomicI64::new(moment(text).millis())))
    }

    /// Sets it to another time in Japan.
    pub fn set(&self, text: &str) {
        self.0.store(moment(text).millis(), Ordering::SeqCst);
    }

    /// Moves it on.
    pub fn pass(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// The clock to hand in.
    pub fn clock(&self) -> Clock {
        let at = Arc::clone(&self.0);
        Clock::from_fn(move || Moment::from_millis(at.load(Ordering::SeqCst)))
    }
}

fn moment(text: &str) -> Moment {
    let (day, time) = text.split_once(' ').unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    let (minute, second) = minute.split_once(':').unwrap_or((minute, "0"));
    let minutes = hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap();
    let minute = Moment::at(day.parse().unwrap(), madoguchi::base::Minute::of(minutes));
    minute.plus(Duration::from_secs(second.parse().unwrap()))
}

#[test]
fn the_stopped_clock_moves_only_by_hand() {
    let stopped = StoppedClock::at("2026-04-13 09:42");
    let clock = stopped.clock();
    let before = clock.now();
    stopped.pass(Duration::from_mins(1));
    assert_eq!(clock.now().since(before), Duration::from_mins(1));
    stopped.set("2026-04-13 09:42");
    assert_eq!(clock.now(), before);
}
