//! What the second machine costs and what it is worth: bookings over HTTP on one machine and on a pair in sync in the same minute, and
//! how long it takes until the other one leads. Printed with the flush rate of that minute.
//!
//! `cargo bench --bench pair` runs everything; `cargo bench --bench pair -- --bookings 60 --takeovers 1` a smaller round.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and prints what it measured"
)]
#![expect(dead_code, reason = "the tests of the faults use the rest of what is shared with them")]

#[path = "../../tests/faults/citizen.rs"]
mod citizen;
#[path = "../../tests/faults/city.rs"]
mod city;
#[path = "../../tests/faults/cluster.rs"]
mod cluster;
#[path = "../../tests/faults/compare.rs"]
mod compare;
#[path = "../rush/flush.rs"]
mod flush;
#[path = "../../tests/it/kit/location.rs"]
mod location;
#[path = "../../tests/faults/machine.rs"]
mod machine;
#[path = "../../tests/faults/papers.rs"]
mod papers;
#[path = "../../tests/faults/proxy.rs"]
mod proxy;
#[path = "../../tests/faults/storm.rs"]
mod storm;

mod alone;
mod bookings;
mod lag;
mod leadership;

use alone::Alone;
use bookings::Measured;
use cluster::{Cluster, Wishes};
use lag::Lag;

/// How often both are measured, in turn.
const SLICES: usize = 3;

/// Bars of the design, printed beside what was measured.
fn row(what: &str, measured: &str, bar: &str) {
    println!("{what:<66} {measured:>28}   {bar}");
}

fn main() {
    let (bookings, takeovers) = (argument("--bookings", 300), argument("--takeovers", 5));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    row("what", "measured", "bar");
    row("flushes a second of this machine, now", &format!("{:.0}", flush::rate()), "");
    runtime.block_on(async {
        let wishes = Wishes { direct: true, ..Wishes::default() };
        let (alone, pair) = (Alone::start().await, Cluster::start(wishes).await);
        let lag = Lag::default();
        let (mut one, mut two) = (Measured::default(), Measured::default());
        for slice in 0..SLICES {
            let citizens = slice * bookings..(slice + 1) * bookings;
            one.measure(&alone.front, citizens.clone()).await;
            assert!(pair.in_sync().await, "the pair is in sync");
            two.measure(&pair.front, citizens).await;
        }
        // Whoever asks so often has a part in what is measured: that is done apart.
        let watching = lag.watch(&pair);
        let mut watched = Measured::default();
        watched.measure(&pair.front, SLICES * bookings..(SLICES + 1) * bookings).await;
        drop(watching);
        bookings::report(&one, &two);
        lag.report();
        drop(alone);
        row("flushes a second of this machine, now", &format!("{:.0}", flush::rate()), "");
        leadership::taken_over(&pair, takeovers).await;
        leadership::handed_over(&pair, takeovers).await;
    });
    row("flushes a second of this machine, now", &format!("{:.0}", flush::rate()), "");
}

fn argument(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).map_or(default, |number| number.parse().unwrap())
}
