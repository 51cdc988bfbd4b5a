//! The demo's directory: its mark, its configuration, and what it tells of itself.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::config::{
    ArchiveConfig, BackupConfig, Config, LegacyPaths, Listener, MailConfig, MailTransport, MunicipalityConfig,
};

/// The code of the invented city; no real local government has it.
pub const CODE: &str = "999999";

/// Its name in addresses.
pub const SLUG: &str = "mihon";

const MARK: &str = "MADOGUCHI-DEMO";
const TOLD: &str = "demo.json";

/// A directory cannot be the demo's.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Something else lies there.
    #[error("--data {0}: not empty and not a directory of the demo; name another one")]
    Foreign(PathBuf),
    /// It cannot be made or written.
    #[error("--data {0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

/// The directory of one demo.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

/// How somebody signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Code of the role.
    pub role: String,
    /// User ID.
    pub user: String,
    /// Password.
    pub password: String,
}

/// A card that a visitor can try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Notice ID.
    pub notice_id: String,
    /// Month of birth.
    pub birth_month: u8,
    /// Day of birth.
    pub birth_day: u8,
    /// `bookable`, `booked` or `issued`.
    pub state: String,
}

/// A slot with few seats left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scarce {
    /// Row of the location, as forms name it.
    pub location: i64,
    /// The day.
    pub day: String,
    /// The slot, as forms name it.
    pub slot: String,
    /// Seats that are free.
    pub free: u32,
}

/// What the demo tells of itself, to people and in `demo.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The city's start page.
    pub citizen: String,
    /// The console.
    pub staff: String,
    /// Health and metrics.
    pub ops: String,
    /// Directory of the letters.
    pub outbox: PathBuf,
    /// Who can sign in.
    pub accounts: Vec<Account>,
    /// Cards to try.
    pub cards: Vec<Sample>,
    /// The slot for a race, if the calendar has one.
    pub scarce: Option<Scarce>,
}

impl Home {
    /// Takes the directory: a new or empty one is marked, one of the demo's is used again, any other is refused.
    pub fn take(dir: &Path) -> Result<Self, HomeError> {
        let named = dir.to_owned();
        let io = |source| HomeError::Io(named.clone(), source);
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
        let dir = dir.canonicalize().map_err(io)?;
        let mark = dir.join(MARK);
        if !mark.exists() {
            if fs::read_dir(&dir).map_err(io)?.next().is_some() {
                return Err(HomeError::Foreign(dir));
            }
            fs::write(&mark, "見本です。中身はすべて架空のもので、消してもかまいません。\n").map_err(io)?;
        }
        let home = Self(dir);
        // Whoever waits for the first letter finds the directory to look into.
        DirBuilder::new().recursive(true).mode(0o700).create(home.outbox()).map_err(io)?;
        Ok(home)
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// Where the letters go.
    pub fn outbox(&self) -> PathBuf {
        self.0.join("outbox")
    }

    /// The configuration: everything on loopback, letters into files, the addresses that proxies on this machine tell.
    pub fn config(&self, [citizen, staff, ops]: [SocketAddr; 3]) -> Config {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(IpNet::from);
        let behind_proxy =
            |listen| Listener { trusted_proxies: loopback.to_vec(), ..Listener::plain(listen) };
        let city = MunicipalityConfig {
            code: CODE.to_owned(),
            slug: SLUG.to_owned(),
            name: "見本市".to_owned(),
            hosts: Vec::new(),
            base_path: None,
            public_url: None,
            legacy_paths: LegacyPaths::default(),
            mail_from: "yoyaku@mihon.example".to_owned(),
            mail_bounce: None,
            bounce_dir: None,
        };
        Config {
            citizen: behind_proxy(citizen),
            staff: behind_proxy(staff),
            ops: Listener::plain(ops),
            mail: MailConfig { transport: MailTransport::File, dir: self.outbox(), ..MailConfig::default() },
            municipalities: vec![city],
            backup: BackupConfig { dir: self.0.join("backup"), min_free_mb: 1, ..BackupConfig::default() },
            archive: ArchiveConfig {
                dir: Some(self.0.join("archive")),
                min_free_mb: 1,
                ..ArchiveConfig::default()
            },
            demo: true,
            ..Config::of_the_house(self.0.join("data"))
        }
    }

    /// What the last start told.
    pub fn told(&self) -> Option<Told> {
        serde_json::from_slice(&fs::read(self.0.join(TOLD)).ok()?).ok()
    }

    /// Tells it to programs: `demo.json`, for the owner alone, whole or not at all.
    pub fn tell(&self, told: &Told) -> Result<(), HomeError> {
        let (half, whole) = (self.0.join(".demo.json"), self.0.join(TOLD));
        let write = || -> io::Result<()> {
            let mut file =
                OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
            file.write_all(&serde_json::to_vec_pretty(told)?)?;
            file.sync_all()?;
            fs::rename(&half, &whole)
        };
        write().map_err(|source| HomeError::Io(whole.clone(), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_takes_an_empty_directory_and_its_own_but_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("demo");
        Home::take(&own).unwrap();
        Home::take(&own).unwrap();
        fs::write(dir.path().join("letter.txt"), "mine").unwrap();
        let refused = Home::take(dir.path()).unwrap_err();
        assert!(matches!(refused, HomeError::Foreign(_)), "{refused}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing was written");
    }
}
