//! The writer: a queue in front of the one connection that writes.

use std::sync::mpsc;
use std::thread;

use rusqlite::{Connection, named_params};
use tokio::sync::oneshot;

use super::{Actor, Fault, WriteTx};
use crate::base::{Chance, Clock, Moment};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    clock: Clock,
    chance: Chance,
}

impl Writer {
    pub(super) fn start(mut conn: Connection, clock: Clock, chance: Chance) -> Self {
        let (queue, jobs) = mpsc::channel::<Job>();
        thread::spawn(move || {
            while let Ok(job) = jobs.recv() {
                job(&mut conn);
            }
        });
        Self { queue, clock, chance }
    }

    pub(super) async fn write<T, E>(
        &self,
        actor: Actor,
        job: impl Fn(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let (clock, chance) = (self.clock.clone(), self.chance.clone());
        let boxed: Job = Box::new(move |conn| {
            let _ = answer.send(one(conn, &actor, clock.now(), &chance, &job));
        });
        self.queue.send(boxed).map_err(|_| Fault::Closed)?;
        answered.await.unwrap_or_else(|_| Err(Fault::Panicked.into()))
    }
}

fn one<T, E: From<Fault>>(
    conn: &mut Connection,
    actor: &Actor,
    now: Moment,
    chance: &Chance,
    job: &impl Fn(&WriteTx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(Fault::from)?;
    let done = job(&WriteTx::new(&tx, now, actor, chance))?;
    tx.execute("UPDATE progress SET commit_no = commit_no + 1, now_at = :now", named_params! { ":now": now })
        .map_err(Fault::from)?;
    tx.commit().map_err(Fault::from)?;
    Ok(done)
}
