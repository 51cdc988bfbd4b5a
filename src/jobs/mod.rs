//! What the program does by itself: loops that call one operation each.
//!
//! **Invariant:** a loop knows in memory when its city has something to do next, and opens nothing before.
//! **Invariant:** nothing here is called in a request.

mod carry_on;
mod deliver_mail;
mod first_look;
mod follow_up;
mod gate;
mod mark_no_show;
mod nightly_copy;
mod offer_seats;
mod operators;
mod read_bounces;
mod settle_affected;
mod ship_frames;
mod sweep;
mod tell_closed;
mod tidy_archive;
mod watch_cards;
mod watch_pair;
mod write_to_many;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use carry_on::carry_on;
pub use deliver_mail::deliver_mail;
pub use follow_up::{invite_again, remind};
pub use gate::Gate;
pub use mark_no_show::mark_no_show;
pub use nightly_copy::back_up_due;
pub use offer_seats::offer_seats;
pub use read_bounces::read_bounces;
pub use settle_affected::settle_affected;
pub use ship_frames::ship_due;
pub use sweep::sweep;
pub use tell_closed::tell_closed;
pub use tidy_archive::{Memories, tidy_archive};
pub use watch_cards::watch_cards;
pub use watch_pair::PairNews;
pub use write_to_many::write_to_many;

use crate::base::{Clock, Moment};
use crate::config::{ArchiveConfig, BackupConfig, MailConfig};
use crate::db::Fault;
use crate::mail::{Pace, Rules, Transport};
use crate::municipalities::{Municipality, Registry};
use crate::render::Renderer;
use crate::standby::Post;

/// How often the clock is looked at while something is due later.
const TICK: Duration = Duration::from_secs(1);

/// How long the jobs of a city that was just opened leave it to whoever had it opened.
const FIRST: Duration = Duration::from_millis(250);

/// How long a job rests after a fault.
const AFTER_FAULT: Duration = Duration::from_secs(10);

/// What the jobs work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The cities.
    pub registry: Registry,
    /// Draws letters.
    pub renderer: Renderer,
    /// Where letters go.
    pub transport: Transport,
    /// Tells the time.
    pub clock: Clock,
    /// How fast letters leave.
    pub pace: Pace,
    /// Whether this node is the one that sends.
    pub gate: Gate,
    /// Where and when copies are taken; `None` = never.
    backups: Option<Arc<BackupConfig>>,
    /// Where commits are archived; `None` = nowhere.
    archive: Option<Arc<ArchiveConfig>>,
    /// How the pair stands, and how long what is wrong lasts before the operators are told; `None` on one machine alone.
    pair: Option<(Post, Duration)>,
    /// Ends the rounds of long work: no further one is begun.
    stop: CancellationToken,
}

impl Desk {
    /// A desk over these cities.
    pub fn new(registry: Registry, renderer: Renderer, transport: Transport, clock: Clock) -> Self {
        Self {
            registry,
            renderer,
            transport,
            clock,
            pace: Pace::new(Rules::of(&MailConfig::default())),
            gate: Gate::open(),
            backups: None,
            archive: None,
            pair: None,
            stop: CancellationToken::new(),
        }
    }

    /// The same desk, with letters at another pace.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// The same desk behind another gate.
    #[must_use]
    pub fn with_gate(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    /// The same desk, which takes copies as this configuration says.
    #[must_use]
    pub fn with_backups(self, config: &BackupConfig) -> Self {
        Self { backups: Some(Arc::new(config.clone())), ..self }
    }

    /// The same desk, which ships commits to this archive.
    #[must_use]
    pub fn with_archive(self, config: &ArchiveConfig) -> Self {
        Self { archive: Some(Arc::new(config.clone())), ..self }
    }

    /// The same desk, which tells the operators what happens to this pair and lasts so long.
    #[must_use]
    pub fn with_pair(self, post: Post, patience: Duration) -> Self {
        Self { pair: Some((post, patience)), ..self }
    }

    /// Runs the jobs of every city from when it is opened, and opens those that have something to do, until it is told to
    /// stop. What was begun is finished.
    pub async fn run(mut self, stop: CancellationToken) {
        self.stop = stop.clone();
        let running = TaskTracker::new();
        let mut openings = self.registry.openings();
        let looking = first_look::wake(self.registry.clone(), self.clock.clone());
        running.spawn(stop.clone().run_until_cancelled_owned(looking));
        running.spawn(nightly_copy::every_night(self.clone()));
        running.spawn(ship_frames::every_second(self.clone()));
        running.spawn(tidy_archive::every_minute(self.clone()));
        running.spawn(watch_pair::every_second(self.clone()));
        let mut served = HashSet::new();
        loop {
            openings.mark_unchanged();
            for city in self.registry.opened() {
                if served.insert(city.opening) {
                    for job in Job::ALL {
                        running.spawn(keep(job, self.clone(), Arc::clone(&city), stop.clone()));
                    }
                }
            }
            if !matches!(stop.run_until_cancelled(openings.changed()).await, Some(Ok(()))) {
                break;
            }
        }
        running.close();
        running.wait().await;
    }
}

#[derive(Clone, Copy, Debug)]
enum Job {
    CarryOn,
    DeliverMail,
    MarkNoShow,
    ReadBounces,
    Remind,
    InviteAgain,
    SettleAffected,
    Sweep,
    WatchCards,
    TellClosed,
    WriteToMany,
    OfferSeats,
}

impl Job {
    const ALL: [Self; 12] = [
        Self::CarryOn,
        Self::DeliverMail,
        Self::MarkNoShow,
        Self::ReadBounces,
        Self::Remind,
        Self::InviteAgain,
        Self::SettleAffected,
        Self::Sweep,
        Self::WatchCards,
        Self::TellClosed,
        Self::WriteToMany,
        Self::OfferSeats,
    ];

    /// Does what is due and says when there is something again, as far as is known now.
    async fn run(self, desk: &Desk, city: &Arc<Municipality>) -> Result<Option<Moment>, Fault> {
        match self {
            Self::CarryOn => carry_on(city).await,
            Self::DeliverMail => deliver_mail(desk, city).await,
            Self::MarkNoShow => mark_no_show(city).await,
            Self::ReadBounces => read_bounces(desk, city).await,
            Self::Remind => remind(city).await,
            Self::InviteAgain => invite_again(city).await,
            Self::SettleAffected => settle_affected(city).await,
            Self::Sweep => sweep(city).await,
            Self::WatchCards => watch_cards(city).await,
            Self::TellClosed => tell_closed(city).await,
            Self::WriteToMany => write_to_many(city).await,
            Self::OfferSeats => offer_seats(city).await,
        }
    }

    /// The shortest time from one run to the next.
    fn pause(self) -> Duration {
        match self {
            Self::DeliverMail => Duration::from_millis(100),
            Self::CarryOn
            | Self::WatchCards
            | Self::MarkNoShow
            | Self::ReadBounces
            | Self::Remind
            | Self::InviteAgain => Duration::from_secs(30),
            Self::SettleAffected | Self::TellClosed | Self::WriteToMany => Duration::from_millis(500),
            Self::OfferSeats => Duration::from_secs(5),
            Self::Sweep => Duration::from_mins(5),
        }
    }
}

async fn keep(job: Job, desk: Desk, city: Arc<Municipality>, stop: CancellationToken) {
    let mut commits = city.db.commits();
    if stop.run_until_cancelled(tokio::time::sleep(FIRST)).await.is_none() {
        return;
    }
    while stop.run_until_cancelled(city.awake()).await.is_some() {
        commits.mark_unchanged();
        let due = match job.run(&desk, &city).await {
            Ok(due) => due,
            Err(Fault::Closed) => return,
            Err(fault) => {
                tracing::error!(error = %fault, ?job, municipality = city.profile.slug, "a job failed");
                Some(desk.clock.now().plus(AFTER_FAULT))
            }
        };
        let rest = async {
            tokio::time::sleep(job.pause()).await;
            wait(due, &desk.clock, &mut commits).await;
        };
        if stop.run_until_cancelled(rest).await.is_none() {
            return;
        }
    }
}

/// Waits until `due`, or until something was committed.
async fn wait(due: Option<Moment>, clock: &Clock, commits: &mut watch::Receiver<u64>) {
    loop {
        if due.is_some_and(|due| due <= clock.now()) {
            return;
        }
        let tick = async {
            match due {
                Some(_) => tokio::time::sleep(TICK).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // The file is closed when this fails, and the job's next run says so.
            _ = commits.changed() => return,
            () = tick => {}
        }
    }
}
