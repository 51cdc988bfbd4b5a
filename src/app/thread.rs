//! A thread with a name that runs one future to its end, on workers of its own.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::StartError;

/// Workers that wait for their work.
#[derive(Debug)]
pub(super) struct Crew {
    name: &'static str,
    runtime: Option<Runtime>,
}

impl Drop for Crew {
    fn drop(&mut self) {
        // Dropped by itself a runtime would block its owner, who may be a task.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Crew {
    /// So many workers; one works on the named thread itself.
    pub(super) fn new(name: &'static str, workers: usize) -> Result<Self, StartError> {
        let mut builder =
            if workers > 1 { Builder::new_multi_thread() } else { Builder::new_current_thread() };
        let runtime = builder.worker_threads(workers.max(1)).thread_name(name).enable_all().build();
        Ok(Self { name, runtime: Some(runtime.map_err(StartError::Thread)?) })
    }

    /// Makes something that belongs to these workers.
    pub(super) fn make<T>(&self, make: impl FnOnce() -> T) -> T {
        let _inside = self.runtime.as_ref().map(Runtime::enter);
        make()
    }

    /// Starts the thread and its work.
    pub(super) fn start<F>(mut self, work: F) -> Result<Thread, StartError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let name = self.name;
        let runtime = self.runtime.take().ok_or_else(|| StartError::Thread(io::Error::other(name)))?;
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
        Ok(Thread { name, end })
    }
}

/// A thread whose end can be waited for.
#[derive(Debug)]
pub(super) struct Thread {
    name: &'static str,
    end: oneshot::Receiver<()>,
}

impl Thread {
    /// Waits until it has ended.
    pub(super) async fn ended(self) {
        if self.end.await.is_err() {
            tracing::error!(thread = self.name, "a thread broke down");
        }
    }
}
