//! What waits in cities that nobody has asked for since the start.
//!
//! **Invariant:** a city is looked at once, through a connection that is closed at once; it is opened when something is due.

use std::collections::HashSet;
use std::time::Duration;

use crate::base::{Clock, Moment};
use crate::cards::{self, import};
use crate::db::{Db, Fault, Glance, ReadTx};
use crate::municipalities::{Profile, Registry};
use crate::{booking, mail};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);

/// How often the directories of bounces of cities that are not open are looked at.
const BOUNCES: Duration = Duration::from_mins(1);

/// Looks at every city, one after the other, and opens each when it has something to do. Ends never.
pub(super) async fn wake(registry: Registry, clock: Clock) {
    let mut later = Vec::new();
    for profile in registry.profiles() {
        match look(profile, &clock).await {
            Some(None) => {}
            Some(Some(due)) if due > clock.now() => later.push((due, profile)),
            // Something is due, or the file wants to be brought up to date, or it cannot be used: opening it says so.
            Some(Some(_)) | None => open(&registry, profile).await,
        }
    }
    let mut next_post = clock.now();
    loop {
        tokio::time::sleep(TICK).await;
        let now = clock.now();
        if now >= next_post {
            next_post = now.plus(BOUNCES);
            open_for_bounces(&registry).await;
        }
        for (_, profile) in later.extract_if(.., |(due, _)| *due <= now) {
            open(&registry, profile).await;
        }
    }
}

/// Opens the cities that have got a bounce.
async fn open_for_bounces(registry: &Registry) {
    let opened: HashSet<String> = registry.opened().iter().map(|city| city.profile.code.clone()).collect();
    for profile in registry.profiles().iter().filter(|profile| !opened.contains(&profile.code)) {
        if let Some(dir) = &profile.bounce_dir
            && super::read_bounces::is_due(dir.clone()).await
        {
            open(registry, profile).await;
        }
    }
}

/// When the city has something to do, if ever; nothing when only opening it can tell.
async fn look(profile: &Profile, clock: &Clock) -> Option<Option<Moment>> {
    let (file, code, now) = (profile.file.clone(), profile.code.clone(), clock.now());
    let looked = tokio::task::spawn_blocking(move || Db::glance(&file, &code, now, first_due)).await;
    match looked.ok()?.ok()? {
        Glance::Seen(due) => Some(due),
        Glance::Older => None,
    }
}

fn first_due(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    if mail::has_unfinished(tx)?
        || import::is_due(tx)?
        || booking::bring_in::is_due(tx)?
        || booking::waits_to_settle(tx)?
        || booking::waits_to_tell(tx)?
        || booking::anybody_waits(tx)?
        || booking::bulk::next_work(tx)?.0.is_some()
    {
        return Ok(Some(tx.now()));
    }
    let letters = [booking::timed::next_reminder(tx)?, booking::timed::next_invitation(tx)?];
    let left = booking::many::stale(tx)?.into_iter().map(|(_, due)| due).min();
    let dues = [
        left,
        cards::watch::next_look(tx)?,
        mail::next_due(tx)?,
        booking::next_no_show(tx)?,
        super::sweep::next(tx)?,
        booking::bulk::next_work(tx)?.1,
    ]
    .into_iter()
    .chain(letters);
    Ok(dues.flatten().min())
}

async fn open(registry: &Registry, profile: &Profile) {
    if let Err(error) = registry.open(profile).await {
        tracing::error!(%error, municipality = profile.slug, "a city cannot be opened");
    }
}
