//! The registry: which municipality a request is for, one file each.
//!
//! **Invariant:** a request is for one municipality or for none; nothing here or above holds two at once.
//! **Invariant:** a configured city without a file is an error, never an empty city.
//!
//! Spec: 10(3), 7(3)⑮ ⑯.

mod archived;
mod error;
mod followed;
mod store;
mod strays;

use std::collections::HashMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, watch};

pub use archived::{Archived, Standing};
pub use error::CityError;
pub use followed::Partner;
pub use strays::follow_strays;

use crate::archive::Shipper;
use crate::base::{Chance, Clock, NoticePattern};
use crate::cards::import;
use crate::config::{ArchiveConfig, BackupConfig, Config, LegacyPaths, MunicipalityConfig};
use crate::db::{Actor, Db, DbOptions, Fault, Frames, Lane, OpenError, PickUp, ReadTx, WriteTx};
use crate::{accounts, backup, booking, calendar, settings};

/// What the configuration says of a city.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Six-digit code.
    pub code: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Host names that lead to it; empty = any.
    pub hosts: Vec<String>,
    /// Where its citizen pages begin, without a slash at the end.
    pub base: String,
    /// The start page as mails write it, without a slash at the end.
    pub link_base: String,
    /// The start page as the configuration gives it, without a slash at the end.
    pub public_base: Option<String>,
    /// Paths of a former system.
    pub legacy_paths: LegacyPaths,
    /// Sender of its mails.
    pub mail_from: String,
    /// Where bounces go, before the number of the letter is put in; `None` = to the sender.
    pub mail_bounce: Option<String>,
    /// Where bounces arrive as files.
    pub bounce_dir: Option<PathBuf>,
    /// Where its file lies.
    pub file: PathBuf,
    /// Where its copies lie.
    pub backups: PathBuf,
}

/// The keys of a city's file.
#[derive(Clone)]
pub struct Keys {
    /// Encrypts cookies; 64 bytes.
    pub cookie: Vec<u8>,
    /// Keys digests; 64 bytes.
    pub digest: Vec<u8>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

/// An open city.
#[derive(Clone, Debug)]
pub struct Municipality {
    /// What the configuration says of it.
    pub profile: Profile,
    /// Its file.
    pub db: Db,
    /// Its keys.
    pub keys: Keys,
    /// What is taken at its locations, as long as it holds.
    pub snapshots: booking::Snapshots,
    /// Which opening of this process it is: a file that was restored is another one under the same code.
    pub opening: u64,
    /// Where its commits are archived; `None` = nowhere.
    pub archived: Option<Archived>,
    resting: Arc<watch::Sender<bool>>,
}

impl Municipality {
    /// Whether its jobs rest, because its file was restored and nobody has released it yet.
    pub fn is_resting(&self) -> bool {
        *self.resting.borrow()
    }

    /// Waits until its jobs may run.
    pub async fn awake(&self) {
        // The sender lives in this structure, so the wait ends only with the rest.
        let _ = self.resting.subscribe().wait_for(|resting| !resting).await;
    }

    /// Lets its jobs run again.
    pub fn wake(&self) {
        self.resting.send_replace(false);
    }
}

/// Every configured city, opened when it is first asked for.
#[derive(Clone, Debug)]
pub struct Registry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    profiles: Vec<Profile>,
    open: Mutex<HashMap<String, Place>>,
    clock: Clock,
    chance: Chance,
    options: DbOptions,
    demo: bool,
    openings: watch::Sender<u64>,
    opened: AtomicU64,
    backup: BackupConfig,
    archive: ArchiveConfig,
    partner: Option<Partner>,
}

/// Where a city stands once it is open. Those who come while it is being opened wait here, and hold up no other city.
type Place = Arc<OnceCell<Arc<Municipality>>>;

impl Registry {
    /// The cities of the configuration; opens none of them. `citizen` is the address that links begin with where the
    /// configuration gives no `public_url`.
    pub fn new(config: &Config, citizen: &str, clock: Clock, chance: Chance) -> Self {
        Self::with(config, citizen, clock, chance, DbOptions::default())
    }

    /// The same with other options for each file: tests and benchmarks.
    pub fn with(config: &Config, citizen: &str, clock: Clock, chance: Chance, options: DbOptions) -> Self {
        let profiles = config.municipalities.iter().map(|city| profile(config, city, citizen)).collect();
        let openings = watch::Sender::new(0);
        let open = Mutex::default();
        let (demo, opened) = (config.demo, AtomicU64::new(0));
        Self(Arc::new(Inner {
            profiles,
            open,
            clock,
            chance,
            options,
            demo,
            openings,
            opened,
            backup: config.backup.clone(),
            archive: config.archive.clone(),
            partner: None,
        }))
    }

    /// Every configured city.
    pub fn profiles(&self) -> &[Profile] {
        &self.0.profiles
    }

    /// Where and when copies of the cities' files are taken.
    pub fn backup(&self) -> &BackupConfig {
        &self.0.backup
    }

    /// Where commits are archived.
    pub fn archive(&self) -> &ArchiveConfig {
        &self.0.archive
    }

    /// The city whose citizen pages lie at this host and path, and the rest of the path, which begins with a slash.
    pub fn at<'p>(&self, host: &str, path: &'p str) -> Option<(&Profile, &'p str)> {
        let host = without_port(host);
        let here = |profile: &&Profile| {
            profile.hosts.is_empty() || profile.hosts.iter().any(|one| one.eq_ignore_ascii_case(host))
        };
        let found = self.0.profiles.iter().filter(here);
        let below = found.filter_map(|profile| Some((profile, below(path, &profile.base)?)));
        below.max_by_key(|(profile, _)| (profile.base.len(), !profile.hosts.is_empty()))
    }

    /// Where a path of a former system leads now.
    ///
    /// Spec: 7(3)⑮ ⑯.
    pub fn moved(&self, host: &str, path: &str) -> Option<String> {
        let host = without_port(host);
        let here = |profile: &&Profile| {
            profile.hosts.is_empty() || profile.hosts.iter().any(|one| one.eq_ignore_ascii_case(host))
        };
        self.0.profiles.iter().filter(here).find_map(|profile| {
            let target = profile.legacy_paths.target(path)?;
            Some(format!("{}{target}", profile.public_base.as_ref().unwrap_or(&profile.base)))
        })
    }

    /// The city whose console lies at this path, and the rest of the path.
    pub fn console_at<'p>(&self, path: &'p str) -> Option<(&Profile, &'p str)> {
        let inside = path.strip_prefix('/')?;
        self.0.profiles.iter().find_map(|profile| Some((profile, below(inside, &profile.slug)?)))
    }

    /// The city of this profile, opened when it is not yet.
    pub async fn open(&self, profile: &Profile) -> Result<Arc<Municipality>, CityError> {
        let place = self.place(&profile.code);
        let fresh = !place.initialized();
        let city = place.get_or_try_init(|| self.open_file(profile)).await.cloned();
        if fresh && city.is_ok() {
            self.0.openings.send_modify(|openings| *openings += 1);
        }
        city
    }

    /// The same for somebody who cannot wait: after `patience` the opening goes on by itself.
    pub async fn open_soon(
        &self,
        profile: &Profile,
        patience: Duration,
    ) -> Result<Arc<Municipality>, CityError> {
        if let Some(city) = self.place(&profile.code).get() {
            return Ok(Arc::clone(city));
        }
        let (registry, profile) = (self.clone(), profile.clone());
        let opening = tokio::spawn(async move { registry.open(&profile).await });
        match tokio::time::timeout(patience, opening).await {
            Ok(opened) => opened.map_err(|_| Fault::Panicked)?,
            Err(_) => Err(CityError::Opening),
        }
    }

    /// Closes a city, has its file put into another place or another file into its place by `swap`, and opens it again.
    /// Whoever asks for it meanwhile waits. When `swap` fails, what lies there then is opened.
    pub async fn swap<E: Send + 'static>(
        &self,
        profile: &Profile,
        swap: impl FnOnce() -> Result<(), E> + Send + 'static,
    ) -> Result<Result<Arc<Municipality>, E>, CityError> {
        let fresh = Place::default();
        let place = Arc::clone(&fresh);
        let mut swapped = Ok(());
        let told = &mut swapped;
        let opening = async move {
            let before = self.put(&profile.code, place);
            // It may be on the way to being opened; a file that cannot be opened is what many restore for.
            if let Ok(city) = before.get_or_try_init(|| self.open_file(profile)).await {
                city.db.close().await;
            }
            *told = tokio::task::spawn_blocking(swap).await.map_err(|_| Fault::Panicked)?;
            self.open_file(profile).await
        };
        let city = fresh.get_or_try_init(|| opening).await.cloned();
        self.0.openings.send_modify(|openings| *openings += 1);
        match swapped {
            Err(error) => Ok(Err(error)),
            Ok(()) => city.map(Ok),
        }
    }

    fn put(&self, code: &str, place: Place) -> Place {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(code.to_owned(), place).unwrap_or_default()
    }

    /// Changes when a city was opened, so that its jobs begin.
    pub fn openings(&self) -> watch::Receiver<u64> {
        self.0.openings.subscribe()
    }

    /// The cities that are open.
    pub fn opened(&self) -> Vec<Arc<Municipality>> {
        self.places().iter().filter_map(|place| place.get().cloned()).collect()
    }

    /// Closes every open city: what waits is written first.
    pub async fn close(&self) {
        for city in self.opened() {
            city.db.close().await;
        }
    }

    async fn open_file(&self, profile: &Profile) -> Result<Arc<Municipality>, CityError> {
        let (clock, chance) = (self.0.clock.clone(), self.0.chance.clone());
        let mut options = self.0.options.clone();
        let shipper = Shipper::of(&self.0.archive, &profile.code, &profile.file);
        if let Some(shipper) = shipper.clone() {
            options.pick_up = Some(PickUp::from_fn(move |file_id| Frames::after(shipper.place(file_id))));
        }
        let partner = self.0.partner.as_ref();
        if let Some(holder) = partner.and_then(|partner| partner.board.held_elsewhere(&profile.code)) {
            return Err(CityError::Withheld { holder });
        }
        let follow = partner.map(|partner| followed::follow(&mut options, partner, &profile.code));
        let (file, code) = (profile.file.clone(), profile.code.clone());
        let open = move || Db::open_with(&file, &code, clock, chance, options);
        let opened = tokio::task::spawn_blocking(open).await;
        let db = opened.map_err(|_| Fault::Panicked)??;
        let (keys, demo, resting) = db
            .read(Lane::Staff, |tx| {
                let resting = backup::waiting(tx)?.is_some();
                Ok::<_, Fault>((store::keys(tx)?, store::demo(tx)?, resting))
            })
            .await?;
        match (demo, self.0.demo) {
            (true, false) => Err(CityError::Demo { path: profile.file.clone() }),
            (false, true) => Err(CityError::NoDemo { path: profile.file.clone() }),
            _ => {
                let archived = archived(shipper, &db).await?;
                if archived.is_some() || follow.is_some() {
                    db.wake_writer().await;
                }
                followed::begin(partner, follow.as_ref(), &profile.code, &db);
                import::clean_up_all(&db).await?;
                booking::bring_in::clean_up_all(&db).await?;
                Ok(Arc::new(Municipality {
                    profile: profile.clone(),
                    db,
                    keys,
                    snapshots: booking::Snapshots::default(),
                    archived,
                    opening: self.0.opened.fetch_add(1, Ordering::Relaxed),
                    resting: Arc::new(watch::Sender::new(resting)),
                }))
            }
        }
    }

    fn place(&self, code: &str) -> Place {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(open.entry(code.to_owned()).or_default())
    }

    fn places(&self) -> Vec<Place> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// Where a city's file lies.
pub fn file_of(data_dir: &Path, code: &str) -> PathBuf {
    data_dir.join(code).join("app.db")
}

/// Where a city's file is made ready before it is put in its place; whatever an earlier attempt left there is removed.
pub fn stage(data_dir: &Path, code: &str) -> Result<PathBuf, CityError> {
    let half = data_dir.join(format!(".restore-{code}"));
    let dir = |source| CityError::Dir { path: half.clone(), source };
    if half.exists() {
        std::fs::remove_dir_all(&half).map_err(dir)?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&half).map_err(dir)?;
    Ok(half.join("app.db"))
}

/// Puts a file that was made ready by [`stage`] in a city's place. What lay there goes to `aside` first, whole, with its log.
pub fn settle(data_dir: &Path, code: &str, aside: Option<&Path>) -> Result<(), CityError> {
    let (half, place) = (data_dir.join(format!(".restore-{code}")), data_dir.join(code));
    let dir = |path: &Path, source| CityError::Dir { path: path.to_owned(), source };
    if let Some(aside) = aside
        && place.exists()
    {
        std::fs::rename(&place, aside).map_err(|source| dir(aside, source))?;
    }
    if place.join("app.db").exists() {
        return Err(OpenError::Exists { path: place.join("app.db") }.into());
    }
    std::fs::rename(&half, &place).map_err(|source| dir(&place, source))?;
    std::fs::File::open(data_dir).and_then(|dir| dir.sync_all()).map_err(|source| dir(data_dir, source))
}

/// Where a city's former file lies once its directory was put aside.
pub fn file_in(dir: &Path) -> PathBuf {
    dir.join("app.db")
}

/// Makes the file of a city, with what every city begins with. The only way to a new file.
pub async fn create(
    data_dir: &Path,
    code: &str,
    demo: bool,
    (clock, chance): (&Clock, &Chance),
    actor: Actor,
) -> Result<PathBuf, CityError> {
    let file = file_of(data_dir, code);
    if file.exists() {
        return Err(OpenError::Exists { path: file }.into());
    }
    // All of it or nothing: a city appears under its name once its file is whole.
    let half = data_dir.join(format!(".new-{code}"));
    let dir = |source| CityError::Dir { path: half.clone(), source };
    if half.exists() {
        std::fs::remove_dir_all(&half).map_err(dir)?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&half).map_err(dir)?;
    fill(&half.join("app.db"), code, demo, (clock, chance), actor).await?;
    std::fs::rename(&half, data_dir.join(code)).map_err(dir)?;
    Ok(file)
}

async fn fill(
    file: &Path,
    code: &str,
    demo: bool,
    (clock, chance): (&Clock, &Chance),
    actor: Actor,
) -> Result<(), CityError> {
    Db::create(file, code, clock, chance, demo)?;
    let db = Db::open(file, code, clock.clone(), chance.clone())?;
    db.write(actor, seed).await?;
    db.close().await;
    Ok(())
}

/// What a new city's file begins with.
pub fn seed(tx: &WriteTx<'_>) -> Result<(), Fault> {
    accounts::seed(tx)?;
    booking::seed(tx)?;
    calendar::seed(tx).map_err(|error| match error {
        calendar::EditError::Fault(fault) => fault,
        other => Fault::Stored(other.to_string()),
    })
}

/// What the importer needs to know of a city.
pub fn import_context(tx: &ReadTx<'_>) -> Result<import::Context, Fault> {
    let pattern = settings::read(tx)?.notice_pattern;
    let pattern = NoticePattern::parse(&pattern).map_err(|error| Fault::Stored(error.to_string()))?;
    let numbers = pattern.clone();
    let locations = calendar::locations(tx)?.into_iter();
    let storages = calendar::storages(tx)?.into_iter();
    Ok(import::Context {
        pattern,
        numbers,
        locations: Some(
            locations.map(|one| import::Named { id: one.id, code: one.code, name: one.name }).collect(),
        ),
        storages: Some(
            storages.map(|one| import::Named { id: one.id, code: one.code, name: one.name }).collect(),
        ),
    })
}

fn profile(config: &Config, city: &MunicipalityConfig, citizen: &str) -> Profile {
    let base = city.base().trim_end_matches('/').to_owned();
    let public = city.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
    Profile {
        code: city.code.clone(),
        slug: city.slug.clone(),
        name: city.name.clone(),
        hosts: city.hosts.clone(),
        link_base: public.clone().unwrap_or_else(|| format!("{citizen}{base}")),
        public_base: public,
        legacy_paths: city.legacy_paths.clone(),
        base,
        mail_from: city.mail_from.clone(),
        mail_bounce: city.mail_bounce.clone(),
        bounce_dir: city.bounce_dir.clone(),
        file: file_of(&config.data_dir, &city.code),
        backups: backup::dir_of(&config.backup.dir, &city.code),
    }
}

fn below<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(base)?;
    if rest.is_empty() { Some("/") } else { rest.starts_with('/').then_some(rest) }
}

/// The name in a `Host` header, also of an IPv6 address in its brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// How the city is archived. The archive may be far away: it is asked where waiting does not matter.
async fn archived(shipper: Option<Shipper>, db: &Db) -> Result<Option<Archived>, Fault> {
    let Some((shipper, frames)) = shipper.zip(db.frames()) else { return Ok(None) };
    let file_id = db.file_id().to_owned();
    let looking = tokio::task::spawn_blocking(move || Archived::new(shipper, frames, &file_id));
    looking.await.map(Some).map_err(|_| Fault::Panicked)
}
