//! How much the other machine lacks while citizens book: asked of the leader again and again, as a monitor does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::citizen::client;
use super::cluster::Cluster;
use super::row;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(25);

/// What was seen at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    commits: u64,
    bytes: u64,
    since_ms: u64,
}

/// All that was seen.
#[derive(Default)]
pub struct Lag(Arc<Mutex<Vec<Seen>>>);

/// Asks until it is dropped.
pub struct Watching(tokio::task::JoinHandle<()>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Lag {
    /// Begins to ask the leader.
    pub fn watch(&self, pair: &Cluster) -> Watching {
        let (front, listeners) = (Arc::clone(&pair.front), pair.listeners);
        let (all, client) = (Arc::clone(&self.0), client());
        Watching(tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                let Some(leader) = front.leader() else { continue };
                let status = format!("http://127.0.0.1:{}/status", listeners[leader][2]);
                let Ok(answer) = client.get(status).send().await else { continue };
                let status: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
                let number = |name: &str| status["lag"][name].as_u64();
                if let (Some(commits), Some(bytes), Some(since_ms)) =
                    (number("commits"), number("bytes"), number("since_ms"))
                {
                    all.lock().unwrap().push(Seen { commits, bytes, since_ms });
                }
            }
        }))
    }

    /// Prints what was seen.
    pub fn report(&self) {
        let mut seen = self.0.lock().unwrap().clone();
        assert!(!seen.is_empty(), "the leader says nothing of the other machine");
        seen.sort_unstable();
        let words = |at: Seen| format!("{} commits, {} kB, {} ms", at.commits, at.bytes / 1000, at.since_ms);
        row(
            &format!("what the other machine lacked, seen {} times: half / 99 % within", seen.len()),
            &format!("{} / {}", words(seen[seen.len() / 2]), words(seen[seen.len() * 99 / 100])),
            "",
        );
        row("  at most", &words(seen[seen.len() - 1]), "");
    }
}
