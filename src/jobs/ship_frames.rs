//! Ships what the cities' writers committed to the archive, once a second, and tidies the archive from time to time.
//!
//! **Invariant:** no city waits for it, and no city is opened for it but one whose file is further than its archive.
//!
//! Spec: 10(4).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Desk;
use crate::archive::{Shipped, Shipper};
use crate::base::Moment;
use crate::config::ArchiveConfig;
use crate::db::{Db, Fault, Glance, ReadTx};
use crate::municipalities::Municipality;

/// How often each city's part of the archive is tidied.
const TIDY: Duration = Duration::from_mins(1);

/// Goes on until the program stops; what waits then is shipped first.
pub(super) async fn every_second(desk: Desk) {
    let Some(config) = desk.archive.clone().filter(|config| config.dir.is_some()) else { return };
    let pause = Duration::from_secs(u64::from(config.interval_s.max(1)));
    open_new(&desk, &config).await;
    let mut tidied = BTreeMap::new();
    loop {
        let stopped = desk.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none();
        for city in desk.registry.opened() {
            ship(&desk, &config, &city, &mut tidied).await;
        }
        if stopped {
            return;
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

async fn ship(
    desk: &Desk,
    config: &Arc<ArchiveConfig>,
    city: &Arc<Municipality>,
    tidied: &mut BTreeMap<String, Moment>,
) {
    let now = desk.clock.now();
    let code = city.profile.code.clone();
    let tidy = tidied.get(&code).is_none_or(|last| now.since(*last) >= TIDY);
    let Some(frames) = city.db.frames().filter(|frames| tidy || frames.is_waiting()) else { return };
    let Some(shipper) = Shipper::of(config, &code, &city.profile.file) else { return };
    let file_id = city.db.file_id().to_owned();
    let working = tokio::task::spawn_blocking(move || {
        let done = shipper.ship(&frames, &file_id, now)?;
        if tidy {
            shipper.tidy(&file_id, now)?;
        }
        Ok::<_, crate::archive::ArchiveError>(done)
    });
    if tidy {
        tidied.insert(code, now);
    }
    match working.await {
        Ok(Ok(done)) => tell(city, done, now),
        Ok(Err(error)) => failed(city, &error.to_string(), now),
        Err(_) => failed(city, &Fault::Panicked.to_string(), now),
    }
}

fn tell(city: &Municipality, shipped: Option<Shipped>, now: Moment) {
    city.archived.succeeded(shipped.map(|one| one.at), now);
    metrics::gauge!("madoguchi_archive_ok", "municipality" => city.profile.slug.clone()).set(1.0);
    if let Some(shipped) = shipped.filter(|one| one.whole) {
        tracing::info!(
            municipality = city.profile.slug,
            commit_no = shipped.commit_no,
            "the whole file was archived"
        );
    }
}

fn failed(city: &Municipality, why: &str, now: Moment) {
    // The first failure is told at once, and then the page and the metrics tell it as long as it lasts.
    if city.archived.failed(why, now) {
        tracing::error!(municipality = city.profile.slug, why, "nothing can be archived; bookings go on");
    }
    metrics::gauge!("madoguchi_archive_ok", "municipality" => city.profile.slug.clone()).set(0.0);
}
