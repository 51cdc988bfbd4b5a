//! The registry: which municipality a request is for, one file each.
//!
//! **Invariant:** a request is for one municipality or for none; nothing here or above holds two at once.
//! **Invariant:** a configured city without a file is an error, never an empty city.
//!
//! Spec: 10(3), 7(3)⑮ ⑯.

mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::base::{Chance, Clock};
use crate::config::{Config, MunicipalityConfig};
use crate::db::{Db, DbOptions, Fault, Lane, Node, OpenError, WriteTx};
use crate::{booking, calendar};

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
    /// Sender of its mails.
    pub mail_from: String,
    /// Where its file lies.
    pub file: PathBuf,
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
}

/// Why a city cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// Its file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its file cannot be read.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Every configured city, opened when it is first asked for.
#[derive(Clone, Debug)]
pub struct Registry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    profiles: Vec<Profile>,
    open: Mutex<HashMap<String, Arc<Municipality>>>,
    clock: Clock,
    chance: Chance,
    node: Node,
}

impl Registry {
    /// The cities of the configuration; opens none of them. `citizen` is the address that links begin with where the
    /// configuration gives no `public_url`.
    pub fn new(config: &Config, citizen: &str, clock: Clock, chance: Chance) -> Self {
        let profiles = config.municipalities.iter().map(|city| profile(config, city, citizen)).collect();
        Self(Arc::new(Inner { profiles, open: Mutex::default(), clock, chance, node: Node::default() }))
    }

    /// Every configured city.
    pub fn profiles(&self) -> &[Profile] {
        &self.0.profiles
    }

    /// The city whose citizen pages lie at this host and path, and the rest of the path, which begins with a slash.
    pub fn at<'p>(&self, host: &str, path: &'p str) -> Option<(&Profile, &'p str)> {
        let host = host.split(':').next().unwrap_or(host);
        let here =
            |profile: &&Profile| profile.hosts.is_empty() || profile.hosts.iter().any(|one| one == host);
        self.0.profiles.iter().filter(here).find_map(|profile| Some((profile, below(path, &profile.base)?)))
    }

    /// The city whose console lies at this path, and the rest of the path.
    pub fn console_at<'p>(&self, path: &'p str) -> Option<(&Profile, &'p str)> {
        self.0
            .profiles
            .iter()
            .find_map(|profile| Some((profile, below(path, &format!("/{}", profile.slug))?)))
    }

    /// The city of this profile, opened when it is not yet.
    pub async fn open(&self, profile: &Profile) -> Result<Arc<Municipality>, CityError> {
        let mut open = self.0.open.lock().await;
        if let Some(city) = open.get(&profile.code) {
            return Ok(Arc::clone(city));
        }
        let options = DbOptions { node: self.0.node.clone(), ..DbOptions::default() };
        let (clock, chance) = (self.0.clock.clone(), self.0.chance.clone());
        let db = Db::open_with(&profile.file, &profile.code, clock, chance, options)?;
        let keys = db.read(Lane::Staff, store::keys).await?;
        let city = Arc::new(Municipality { profile: profile.clone(), db, keys });
        open.insert(profile.code.clone(), Arc::clone(&city));
        Ok(city)
    }
}

/// Where a city's file lies.
pub fn file_of(data_dir: &Path, code: &str) -> PathBuf {
    data_dir.join(code).join("app.db")
}

/// What a new city's file begins with.
pub fn seed(tx: &WriteTx<'_>) -> Result<(), Fault> {
    booking::seed(tx)?;
    calendar::seed(tx).map_err(|error| match error {
        calendar::EditError::Fault(fault) => fault,
        other => Fault::Stored(other.to_string()),
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
        link_base: public.unwrap_or_else(|| format!("{citizen}{base}")),
        base,
        mail_from: city.mail_from.clone(),
        file: file_of(&config.data_dir, &city.code),
    }
}

fn below<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(base)?;
    if rest.is_empty() { Some("/") } else { rest.starts_with('/').then_some(rest) }
}
