//! A thread with a name that runs one future to its end.

use std::future::Future;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::StartError;

/// A thread whose end can be waited for.
#[derive(Debug)]
pub(super) struct Thread {
    name: &'static str,
    end: oneshot::Receiver<()>,
}

impl Thread {
    /// Starts a thread that runs `work` on a runtime with so many workers of its own.
    pub(super) fn start<F>(name: &'static str, workers: usize, work: F) -> Result<Self, StartError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = runtime(name, workers).map_err(StartError::Thread)?;
        let (ended, end) = oneshot::channel();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                runtime.block_on(work);
                drop(runtime);
                // Nobody may be waiting any more.
                let _ = ended.send(());
            })
            .map_err(StartError::Thread)?;
        Ok(Self { name, end })
    }

    /// Waits until it has ended.
    pub(super) async fn ended(self) {
        if self.end.await.is_err() {
            tracing::error!(thread = self.name, "a thread broke down");
        }
    }
}

fn runtime(name: &'static str, workers: usize) -> std::io::Result<Runtime> {
    let mut builder = match workers {
        0 | 1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.worker_threads(workers.max(1)).thread_name(name).enable_all().build()
}
