//! Reads the bounces that have arrived in a city's directory.
//!
//! Spec: 7(2)⑪.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Desk;
use crate::base::Moment;
use crate::db::{Actor, Fault};
use crate::mail::{self, Bounce, BounceError, mailbox};
use crate::municipalities::Municipality;

const JOB: Actor = Actor::System { job: "read_bounces" };

/// How often the directory is looked at.
const EVERY: Duration = Duration::from_mins(1);

/// Messages of one round.
const ROUND: usize = 50;

/// Reads what waits, and says when it looks again; never for a city without a directory.
pub async fn read_bounces(desk: &Desk, city: &Municipality) -> Result<Option<Moment>, Fault> {
    let Some(dir) = city.profile.bounce_dir.clone().filter(|_| desk.gate.is_open()) else { return Ok(None) };
    let slug = &city.profile.slug;
    loop {
        let look = dir.clone();
        let found = match blocking(move || mailbox::waiting(&look, ROUND)).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(municipality = slug, dir = %dir.display(), %error, "bounce_dir cannot be read");
                break;
            }
        };
        let whole_round = found.len() == ROUND;
        for path in found {
            let understood = read_one(city, &path).await?;
            let (dir, from) = (dir.clone(), path.clone());
            if let Err(error) = blocking(move || mailbox::put_away(&dir, &from, understood)).await {
                // It is read again the next time, and changes nothing then.
                tracing::error!(municipality = slug, file = %path.display(), %error, "a bounce cannot be moved");
                return Ok(Some(desk.clock.now().plus(EVERY)));
            }
        }
        if !whole_round || desk.stop.is_cancelled() {
            break;
        }
    }
    Ok(Some(desk.clock.now().plus(EVERY)))
}

/// Takes one message in; whether it was understood.
async fn read_one(city: &Municipality, path: &Path) -> Result<bool, Fault> {
    let (slug, from): (_, PathBuf) = (&city.profile.slug, path.to_owned());
    let read = match blocking(move || mailbox::open(&from)).await {
        Ok(bytes) => mail::read_bounce(&bytes).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let taken = match read {
        Ok(bounce) => take(city, bounce).await?,
        Err(why) => Err(why),
    };
    if let Err(why) = &taken {
        tracing::warn!(municipality = slug, file = %path.display(), why, "a message was kept, not understood");
    }
    Ok(taken.is_ok())
}

async fn take(city: &Municipality, bounce: Bounce) -> Result<Result<(), String>, Fault> {
    match city.db.write(JOB, move |tx| mail::take_bounce(tx, &bounce)).await {
        Ok(_) => Ok(Ok(())),
        Err(BounceError::Fault(fault)) => Err(fault),
        Err(unknown @ BounceError::Unknown) => Ok(Err(unknown.to_string())),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Whether something waits in the directory of a city that nobody has opened.
pub(super) async fn is_due(dir: PathBuf) -> bool {
    blocking(move || mailbox::waiting(&dir, 1)).await.is_ok_and(|found| !found.is_empty())
}
