//! Carries commands out, in the process that owns `data_dir`.

use std::path::PathBuf;
use std::sync::Arc;

use super::command::{Command, Order, Outcome, Progress, Refused};
use super::import::Import;
use super::replicate::{self, Deputy};
use super::restore::Wish;
use super::staff::Person;
use crate::base::{Chance, Clock};
use crate::config::{ArchiveConfig, BackupConfig, Config};
use crate::db::Actor;
use crate::municipalities::{self, Municipality, Registry};

/// Everything that a command may need. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Office {
    /// The cities.
    pub registry: Registry,
    /// Tells the time.
    pub clock: Clock,
    /// Gives random bytes.
    pub chance: Chance,
    pub(super) data_dir: PathBuf,
    pub(super) demo: bool,
    pub(super) backup: BackupConfig,
    pub(super) archive: ArchiveConfig,
    pub(super) log_dir: Option<PathBuf>,
    pub(super) deputy: Option<Deputy>,
}

impl Office {
    /// An office over the cities of the configuration.
    pub fn new(config: &Config, registry: Registry, clock: &Clock, chance: &Chance) -> Self {
        Self {
            registry,
            clock: clock.clone(),
            chance: chance.clone(),
            data_dir: config.data_dir.clone(),
            demo: config.demo,
            backup: config.backup.clone(),
            archive: config.archive.clone(),
            log_dir: config.log.dir.clone(),
            deputy: None,
        }
    }

    /// Does what was ordered, in the name of `actor`.
    pub async fn run(&self, order: Order, actor: Actor, progress: &Progress) -> Result<Outcome, Refused> {
        match order.command {
            Command::MunicipalityAdd { code } => self.add_municipality(&code, actor).await,
            Command::Import {
                municipality: slug,
                profile: layout,
                file_name,
                dry_run,
                skip_errors,
                over_capacity,
            } => {
                let wish = Import { slug, layout, file_name, dry_run, skip_errors, over_capacity };
                self.import(wish, order.payload, actor, progress).await
            }
            Command::StaffAdd { municipality, user, name, role } => {
                let person = Person { slug: municipality, user, name, role };
                self.add_staff(person, order.payload, actor).await
            }
            Command::MaintenanceOn { municipality, reason, until } => {
                self.close_pages(&municipality, reason, until, actor).await
            }
            Command::MaintenanceOff { municipality } => self.reopen_pages(&municipality, actor).await,
            Command::MailBounce { municipality } => self.bounce(&municipality, order.payload, actor).await,
            Command::BackupNow { municipality } => self.back_up(municipality.as_deref(), progress).await,
            Command::Restore { municipality, source, identity, put_aside } => {
                let source = source.into();
                self.restore(Wish { slug: municipality, source, identity, put_aside }, actor).await
            }
            Command::ReplicateStatus | Command::ReplicateRejoin { .. } | Command::Promote { .. } => {
                match &self.deputy {
                    Some(deputy) => deputy.run(&order.command, &actor).await,
                    None => replicate::single(&order.command),
                }
            }
            Command::StaffReset { municipality, user } => {
                self.reset_staff(&municipality, user, order.payload, actor).await
            }
        }
    }

    /// The open city with this slug.
    pub(super) async fn city(&self, slug: &str) -> Result<Arc<Municipality>, Refused> {
        let profile = self.registry.profiles().iter().find(|profile| profile.slug == slug);
        let unknown =
            || Refused::Call(format!("municipality = {slug:?}: not in the configuration of this server"));
        self.registry.open(profile.ok_or_else(unknown)?).await.map_err(|error| Refused::wrong(&error))
    }

    async fn add_municipality(&self, code: &str, actor: Actor) -> Result<Outcome, Refused> {
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Refused::Call(format!("code = {code:?}: allowed is six digits")));
        }
        let (clock, chance) = (&self.clock, &self.chance);
        let made = municipalities::create(&self.data_dir, code, self.demo, (clock, chance), actor).await;
        let file = made.map_err(|error| Refused::wrong(&error))?;
        let mut lines = vec![format!("{}", file.display())];
        let known = self.registry.profiles().iter().any(|profile| profile.code == code);
        if !known {
            lines.push("動いているサーバーの設定にはまだありません。起動し直すと使えます".to_owned());
        }
        let report = serde_json::json!({"code": code, "file": file, "restart": !known});
        Ok(Outcome { fine: true, lines, report })
    }
}
