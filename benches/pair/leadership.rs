//! How long it takes until the other node leads, and until both are in sync again.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::cluster::Cluster;
use super::row;

/// The leader is killed.
pub async fn taken_over(cluster: &Cluster, times: usize) {
    let (mut took, mut again) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let leader = cluster.settled().await;
        cluster.nodes[leader].kill();
        took.push(cluster.leads(1 - leader).await);
        cluster.nodes[leader].start();
        again.push(cluster.sync_again().await);
    }
    row("the leader is killed: the other one leads after", &spread(&mut took), "at most 5 s");
    row("  started again, in sync after", &spread(&mut again), "");
}

/// The leader is told to stop.
pub async fn handed_over(cluster: &Cluster, times: usize) {
    let mut took = Vec::new();
    for _ in 0..times {
        let leader = cluster.settled().await;
        let began = Instant::now();
        cluster.nodes[leader].signal_and_leave_off(Signal::TERM);
        cluster.leads(1 - leader).await;
        took.push(began.elapsed());
        cluster.nodes[leader].gone().await;
        cluster.nodes[leader].start();
    }
    row("the leader is told to stop: the other one leads after", &spread(&mut took), "at most 1 s");
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |index: usize| times.get(index).copied().unwrap_or_default().as_secs_f64();
    format!("{:.2} s, longest {:.2} s", at(times.len() / 2), at(times.len().saturating_sub(1)))
}
