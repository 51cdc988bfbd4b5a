//! A city after five years: how long each page of the console and each kind of search takes, over HTTP, on a real file.
//!
//! `cargo bench --bench years` makes the city and measures; `-- --cards 20000` a smaller one; `-- --keep DIR` keeps the file there
//! and takes it again the next time; `-- --part searches` or `pages` measures one half. Page by page: median and 99th percentile; the
//! bar is 100 ms for the latter.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and prints what it measured"
)]

#[path = "../rush/browser.rs"]
mod browser;
mod city;
mod fill;
#[path = "../rush/house.rs"]
mod house;
mod more;
mod pages;
mod searches;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use city::City;

/// Requests of each kind.
const ROUNDS: usize = 100;

/// The bar of the design.
const BAR: Duration = Duration::from_millis(100);

/// The times of one kind of request.
#[derive(Debug, Default)]
pub struct Kind {
    name: String,
    times: Vec<Duration>,
    hits: String,
}

impl Kind {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// One more time; the longest is told by its word.
    fn push(&mut self, what: &str, time: Duration) {
        if self.times.iter().all(|other| *other < time) {
            self.hits = format!("longest: {what}");
        }
        self.times.push(time);
    }

    fn part(&self, hundredth: usize) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() * hundredth / 100).or(times.last()).copied().unwrap_or_default()
    }

    fn print(&self) {
        let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
        let slow = if self.part(99) > BAR { "  over the bar" } else { "" };
        println!("{:<58} {:>8} {:>8}  {}{slow}", self.name, ms(self.part(50)), ms(self.part(99)), self.hits);
    }
}

fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cards: usize = argument("--cards").map_or(200_000, |number| number.parse().expect("a number"));
    let keep = argument("--keep").map(PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let dir = keep.unwrap_or_else(|| temporary.path().to_owned());
    runtime.block_on(async {
        let began = Instant::now();
        let city = City::open(&dir, cards).await;
        println!("{} (made or opened in {:.0} s)", city.size(), began.elapsed().as_secs_f64());
        println!("{:<58} {:>8} {:>8}", format!("{ROUNDS} requests of each kind"), "median", "p99 ms");
        let part = argument("--part").unwrap_or_default();
        let mut kinds = if part == "searches" { Vec::new() } else { pages::measure(&city).await };
        if part != "pages" {
            kinds.extend(searches::measure(&city).await);
        }
        let over: Vec<&str> =
            kinds.iter().filter(|kind| kind.part(99) > BAR).map(|kind| kind.name.as_str()).collect();
        println!("{} kinds, {} over the bar of {} ms", kinds.len(), over.len(), BAR.as_millis());
        city.close().await;
    });
}

fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}
