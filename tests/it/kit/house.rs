//! A data directory with one city, made by the operations that `municipality add` calls.

use std::path::PathBuf;
use std::sync::Arc;

use madoguchi::base::Chance;
use madoguchi::config::{Config, LegacyPaths, MunicipalityConfig};
use madoguchi::db::Actor;
use madoguchi::municipalities::{self, Municipality, Registry};

use super::StoppedClock;
use super::city::CODE;

/// A configuration, a directory and a city, gone when dropped.
#[derive(Debug)]
pub struct House {
    /// The configuration; every listener takes any free port of this machine.
    pub config: Config,
    /// The clock that everything reads.
    pub clock: StoppedClock,
    /// Every configured city.
    pub registry: Registry,
    /// Where it all lies.
    pub dir: tempfile::TempDir,
}

impl House {
    /// A house with 見本市 at this time in Japan (`2026-04-13 09:42`).
    pub async fn at(time: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::of_the_house(dir.path().join("data"));
        for listener in [&mut config.citizen, &mut config.staff, &mut config.ops] {
            listener.listen.set_port(0);
        }
        config.municipalities = vec![city(CODE, "mihon", "見本市")];
        let clock = StoppedClock::at(time);
        let chance = Chance::seeded(1);
        make(&config, CODE, &clock).await;
        let registry = Registry::new(&config, "http://localhost", clock.clock(), chance);
        Self { config, clock, registry, dir }
    }

    /// The city, open.
    pub async fn city(&self) -> Arc<Municipality> {
        self.registry.open(&self.registry.profiles()[0]).await.unwrap()
    }
}

/// A section `[[municipality]]`.
pub fn city(code: &str, slug: &str, name: &str) -> MunicipalityConfig {
    MunicipalityConfig {
        code: code.to_owned(),
        slug: slug.to_owned(),
        name: name.to_owned(),
        hosts: Vec::new(),
        base_path: None,
        legacy_paths: LegacyPaths::default(),
        public_url: None,
        mail_from: format!("yoyaku@{slug}.example.jp"),
        mail_bounce: None,
        bounce_dir: None,
    }
}

/// Makes the file of the city with this code.
pub async fn make(config: &Config, code: &str, clock: &StoppedClock) -> PathBuf {
    let actor = Actor::Cli { uid: 0 };
    let (clock, chance) = (clock.clock(), Chance::seeded(2));
    municipalities::create(&config.data_dir, code, config.demo, (&clock, &chance), actor).await.unwrap()
}
