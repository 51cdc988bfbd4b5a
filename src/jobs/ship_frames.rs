//! Ships what the cities' writers committed to the archive, once a second.
//!
//! **Invariant:** no city waits for it, none waits for another's, and no city is opened for it but one whose file is further
//! than its archive.
//!
//! Spec: 10(4).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio::task::JoinSet;

use super::Desk;
use crate::archive::{ArchiveError, Shipped, Shipper};
use crate::base::{Clock, Moment};
use crate::config::ArchiveConfig;
use crate::db::{Db, Fault, Glance, ReadTx};
use crate::municipalities::{Archived, Municipality};

/// So many cities are shipped at once.
const AT_ONCE: usize = 4;

/// Goes on until the program stops; what waits then is shipped first.
pub(super) async fn every_second(desk: Desk) {
    let Some(config) = desk.archive.clone().filter(|config| config.is_on()) else { return };
    let pause = Duration::from_secs(u64::from(config.interval_s.max(1)));
    open_new(&desk, &config).await;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    loop {
        let stopped = desk.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none();
        while running.try_join_next().is_some() {}
        if stopped {
            while running.join_next().await.is_some() {}
        }
        begin(&desk, &places, &mut running);
        if stopped {
            while running.join_next().await.is_some() {}
            return;
        }
    }
}

/// Ships what waits now in every open city.
///
/// Spec: 10(4).
pub async fn ship_due(desk: &Desk) {
    let mut running = JoinSet::new();
    begin(desk, &Arc::new(Semaphore::new(AT_ONCE)), &mut running);
    while running.join_next().await.is_some() {}
}

/// Begins with every open city in which something waits and that nobody ships.
fn begin(desk: &Desk, places: &Arc<Semaphore>, running: &mut JoinSet<()>) {
    let now = desk.clock.now();
    for city in desk.registry.opened() {
        let Some(archived) = &city.archived else { continue };
        figures(&city.profile.slug, archived, now);
        if archived.frames().is_waiting()
            && let Some(turn) = archived.turn()
        {
            running.spawn(ship(city, desk.clock.clone(), turn, Arc::clone(places)));
        }
    }
}

/// Opens the cities whose file is further than the archive: those that have none yet, and those of a process that was cut off.
async fn open_new(desk: &Desk, config: &ArchiveConfig) {
    for profile in desk.registry.profiles() {
        let Some(shipper) = Shipper::of(config, &profile.code, &profile.file) else { return };
        let (file, code, now) = (profile.file.clone(), profile.code.clone(), desk.clock.now());
        let looking = tokio::task::spawn_blocking(move || {
            let seen = |tx: &ReadTx<'_>| -> Result<u64, Fault> { tx.commit_no() };
            let last = Db::glance(&file, &code, now, seen);
            matches!(last, Ok(Glance::Seen(last)) if Some(last) == shipper.reached())
        });
        if !looking.await.unwrap_or(false)
            && let Err(error) = desk.registry.open(profile).await
        {
            tracing::error!(%error, municipality = profile.slug, "a city cannot be opened");
        }
    }
}

async fn ship(city: Arc<Municipality>, clock: Clock, turn: OwnedMutexGuard<()>, places: Arc<Semaphore>) {
    let _turn = turn;
    let Some(archived) = city.archived.clone() else { return };
    let Ok(_place) = places.acquire().await else { return };
    let (file_id, now) = (city.db.file_id().to_owned(), clock.now());
    let at_work = archived.clone();
    let working =
        tokio::task::spawn_blocking(move || at_work.shipper().ship(at_work.frames(), &file_id, now));
    let done = working.await.unwrap_or_else(|_| Err(ArchiveError::Copy(Fault::Panicked.to_string())));
    tell(&city.profile.slug, &archived, &done, now);
    figures(&city.profile.slug, &archived, clock.now());
}

fn tell(slug: &str, archived: &Archived, done: &Result<Option<Shipped>, ArchiveError>, now: Moment) {
    match done {
        Ok(shipped) => {
            if archived.succeeded(shipped.map(|one| one.at)) {
                tracing::info!(municipality = slug, "the archive works again");
            }
            if let Some(shipped) = shipped.filter(|one| one.whole) {
                let commit_no = shipped.commit_no;
                tracing::info!(municipality = slug, commit_no, "the whole file was archived");
            }
        }
        Err(error) => {
            metrics::counter!("madoguchi_archive_failures_total", "municipality" => slug.to_owned())
                .increment(1);
            // The first failure is told at once, and then the page, the metrics and a letter tell it as long as it lasts.
            if archived.failed(&error.sentence(), now) {
                tracing::error!(municipality = slug, %error, "nothing can be archived; bookings go on");
            }
        }
    }
}

/// What monitors see of a city's archive.
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds and bytes are exact in a double for longer than anybody waits"
)]
fn figures(slug: &str, archived: &Archived, now: Moment) {
    let standing = archived.standing();
    let slug = slug.to_owned();
    let ok = if standing.failing.is_none() { 1.0 } else { 0.0 };
    metrics::gauge!("madoguchi_archive_ok", "municipality" => slug.clone()).set(ok);
    let lag = standing.lag(now) as f64;
    metrics::gauge!("madoguchi_archive_lag_seconds", "municipality" => slug.clone()).set(lag);
    let bytes = archived.frames().backlog().map_or(0, |(_, bytes)| bytes) as f64;
    metrics::gauge!("madoguchi_archive_waiting_bytes", "municipality" => slug.clone()).set(bytes);
    if let Some(shipped) = standing.shipped {
        metrics::gauge!("madoguchi_archive_last_commit_timestamp_seconds", "municipality" => slug)
            .set(shipped.seconds() as f64);
    }
}
