//! Looks after a node of a pair: what changes is noted, monitors get their figures.

use std::sync::Once;
use std::time::Duration;

use metrics::{Unit, describe_counter, describe_gauge};

use super::figures;
use super::register::Arbiter;
use crate::standby::{Picture, Post, Role};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// How often a node that does not lead asks the witness whether it is there.
const ASK: Duration = Duration::from_secs(5);

/// Looks for ever.
pub(super) async fn watch(post: Post) {
    // What describes a figure is heard only when the recorder is there.
    figures::figures();
    describe();
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let looking = post.clone();
        let looked = tokio::task::spawn_blocking(move || {
            looking.look();
            looking.picture()
        });
        if let Ok(picture) = looked.await {
            figures(&picture);
        }
    }
}

/// Asks the witness now and then while this node does not lead; a leader asks all the time.
pub(super) async fn ask(post: Post, arbiter: Arbiter) {
    loop {
        if matches!(arbiter, Arbiter::Witness(_)) && post.report().role != Role::Leading {
            // What it says is noted.
            let _ = arbiter.look(&post).await;
        }
        tokio::time::sleep(ASK).await;
    }
}

fn describe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        describe_gauge!("madoguchi_leads", "1 on the node that leads and may serve");
        describe_gauge!("madoguchi_in_sync", "1 when both nodes hold every acknowledged write");
        describe_gauge!("madoguchi_pair_linked", "1 when the two nodes reach each other");
        describe_gauge!("madoguchi_pair_epoch", "The newest epoch that this node knows");
        describe_gauge!("madoguchi_pair_role", "1 for the role that this node has");
        describe_gauge!("madoguchi_pair_position", "The last commit in this epoch on this node");
        describe_gauge!("madoguchi_pair_lag_transactions", "Commits that the other node does not hold yet");
        describe_gauge!(
            "madoguchi_pair_lag_bytes",
            Unit::Bytes,
            "Bytes of commits that the other node lacks"
        );
        describe_gauge!(
            "madoguchi_pair_lag_seconds",
            Unit::Seconds,
            "Time since the other node got on last while it lacks commits"
        );
        describe_gauge!("madoguchi_pair_witness_up", "1 when the witness answers this node");
        describe_gauge!("madoguchi_pair_exceptions", "Cities that the two nodes do not hold alike");
        describe_gauge!("madoguchi_pair_quarantine_files", "Files that were set aside on this node");
        describe_counter!(
            "madoguchi_pair_takeovers_total",
            "Times that this node came to lead after another"
        );
    });
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and bytes are exact in a double for longer than anybody waits"
)]
fn figures(picture: &Picture) {
    let report = &picture.report;
    let flag = |is: bool| if is { 1.0 } else { 0.0 };
    metrics::gauge!("madoguchi_leads").set(flag(report.may_serve));
    metrics::gauge!("madoguchi_in_sync").set(flag(report.in_sync));
    metrics::gauge!("madoguchi_pair_linked").set(flag(report.linked));
    metrics::gauge!("madoguchi_pair_epoch").set(report.epoch as f64);
    for (name, role) in [
        ("following", Role::Following),
        ("leading", Role::Leading),
        ("fenced", Role::Fenced),
        ("broken", Role::Broken),
    ] {
        metrics::gauge!("madoguchi_pair_role", "role" => name).set(flag(report.role == role));
    }
    metrics::gauge!("madoguchi_pair_position").set(report.position as f64);
    if let Some(lag) = report.lag {
        metrics::gauge!("madoguchi_pair_lag_transactions").set(lag.commits as f64);
        metrics::gauge!("madoguchi_pair_lag_bytes").set(lag.bytes as f64);
        metrics::gauge!("madoguchi_pair_lag_seconds").set(lag.since_ms as f64 / 1000.0);
    }
    if let Some(reach) = &picture.witness_reach {
        metrics::gauge!("madoguchi_pair_witness_up").set(flag(reach.answers));
    }
    metrics::gauge!("madoguchi_pair_exceptions").set(report.exceptions.len() as f64);
    metrics::gauge!("madoguchi_pair_quarantine_files").set(picture.quarantine.len() as f64);
    metrics::counter!("madoguchi_pair_takeovers_total").absolute(picture.takeovers);
}
