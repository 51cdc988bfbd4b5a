//! The opening rush, and the write path beneath it: figures, printed with the flush rate of the minute in which they were taken.
//!
//! `cargo bench --bench rush` runs everything; `cargo bench --bench rush -- --citizens 500` a smaller rush, and
//! `cargo bench --bench rush -- --archive` what the archive costs alone.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and prints what it measured"
)]

mod archived;
mod browser;
mod city;
mod confirm;
mod crowd;
mod flush;
mod house;
mod writes;

use std::time::Duration;

use city::City;

/// Bars of the design, printed beside what was measured.
fn row(what: &str, measured: &str, bar: &str) {
    println!("{what:<66} {measured:>28}   {bar}");
}

fn main() {
    let citizens = citizens();
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    row("what", "measured", "bar");
    row("flushes a second of this machine, now", &format!("{:.0}", flush::rate()), "");
    if std::env::args().any(|argument| argument == "--archive") {
        return runtime.block_on(archived::cost());
    }
    runtime.block_on(async {
        writes::in_process().await;
        writes::group_commit().await;
    });
    row("flushes a second of this machine, now", &format!("{:.0}", flush::rate()), "");
    runtime.block_on(async {
        let city = City::open(citizens + confirm::SESSIONS).await;
        let idle = crowd::staff_alone(&city, Duration::from_secs(3)).await;
        crowd::rush(&city, citizens, idle).await;
        confirm::bookings(&city, citizens).await;
        city.close().await;
        archived::cost().await;
    });
    row("flushes a second of this machine, now", &format!("{:.0}", flush::rate()), "");
}

fn citizens() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--citizens");
    arguments.nth(1).map_or(5000, |number| number.parse().expect("--citizens takes a number"))
}
