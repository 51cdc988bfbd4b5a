//! What the archive costs a booking: the same forms at two cities in turn, of which one ships every commit.

use std::time::Duration;

use super::browser::{self, Browser};
use super::city::City;
use super::confirm::all;
use super::crowd::walk;
use super::row;

/// Citizens who wait at each city's check page.
const SESSIONS: usize = 360;

/// Slices, in turn with and without; which of both begins changes.
const SLICES: usize = 6;

/// One of the two cities.
struct Side {
    city: City,
    waiting: Vec<Browser>,
    took: Duration,
    each: Vec<Duration>,
}

impl Side {
    async fn open(archive: bool) -> Self {
        let city = City::open_with(SESSIONS, archive).await;
        let client = browser::client();
        let mut waiting = Vec::new();
        for n in 0..SESSIONS {
            let mut browser = Browser::new(&client, city.citizen, n);
            let mut full = 0;
            walk(&mut browser, &city.open.db, n, &mut full).await.unwrap();
            waiting.push(browser);
        }
        Self { city, waiting, took: Duration::ZERO, each: Vec::new() }
    }

    async fn slice(&mut self) {
        let some = self.waiting.drain(..SESSIONS / SLICES).collect();
        let sent = all(some, "/confirm").await;
        self.took += sent.took;
        self.each.extend(sent.each);
    }

    fn rate(&self) -> f64 {
        f64::from(u32::try_from(SESSIONS).unwrap()) / self.took.as_secs_f64()
    }

    /// Milliseconds below which so many of a hundred bookings took.
    fn percentile(&mut self, percent: usize) -> f64 {
        self.each.sort();
        let place = (self.each.len() * percent / 100).min(self.each.len() - 1);
        self.each[place].as_secs_f64() * 1000.0
    }
}

/// Bookings a second and how long one takes, with the archive in a directory and without.
pub async fn cost() {
    let (mut with, mut without) = (Side::open(true).await, Side::open(false).await);
    for slice in 0..SLICES {
        if slice % 2 == 0 {
            with.slice().await;
            without.slice().await;
        } else {
            without.slice().await;
            with.slice().await;
        }
    }
    row(
        "bookings a second over HTTP with the archive (without), 64 at once",
        &format!("{:.0} ({:.0})", with.rate(), without.rate()),
        &format!("ratio {:.2}", with.rate() / without.rate()),
    );
    for percent in [50, 99] {
        let (ours, theirs) = (with.percentile(percent), without.percentile(percent));
        row(
            &format!("p{percent} of a booking, form and page, with the archive (without)"),
            &format!("{ours:.1} ms ({theirs:.1} ms)"),
            &format!("ratio {:.2}", ours / theirs),
        );
    }
    with.city.close().await;
    without.city.close().await;
}
