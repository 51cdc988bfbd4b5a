//! Carries commands out, in the process that owns `data_dir`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::command::{Command, Order, Outcome, Progress, Refused};
use super::import::Import;
use super::replicate::{self, Deputy};
use super::restore::Wish;
use super::staff::Person;
use crate::base::{Chance, Clock};
use crate::config::{ArchiveConfig, BackupConfig, Config};
use crate::db::{Actor, Fault, WriteTx};
use crate::history::{self, Event, Record};
use crate::municipalities::{self, CityError, Municipality, Registry};
use crate::standby;

/// How long the register may take to be told of a decision.
const ACCEPTING: Duration = Duration::from_secs(10);

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
    /// Hears what people want of the pair; none on a machine that stands alone.
    pub(super) wishes: Option<UnboundedSender<standby::Wish>>,
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
            wishes: None,
        }
    }

    /// Does what was ordered, in the name of `actor`.
    pub async fn run(&self, order: Order, actor: Actor, progress: &Progress) -> Result<Outcome, Refused> {
        match order.command {
            Command::MunicipalityAdd { code } => self.add_municipality(&code, actor).await,
            Command::MunicipalityAccept { municipality } => {
                self.accept_municipality(&municipality, actor).await
            }
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

    /// People decide that the file here is the true one. It is opened at once, so that they see that it can be.
    async fn accept_municipality(&self, slug: &str, actor: Actor) -> Result<Outcome, Refused> {
        let profile = self.registry.profiles().iter().find(|profile| profile.slug == slug);
        let unknown =
            || Refused::Call(format!("municipality = {slug:?}: not in the configuration of this server"));
        let profile = profile.ok_or_else(unknown)?;
        let alone =
            || Refused::Wrong("一台で動いています（ha.mode = \"off\"）。もう一台はありません".to_owned());
        let wishes = self.wishes.as_ref().ok_or_else(alone)?;
        // A node that has just ended has decided nothing.
        wishes.send(standby::Wish::Accept(profile.code.clone())).map_err(|error| Refused::wrong(&error))?;
        let asked = Instant::now();
        let city = loop {
            match self.registry.open(profile).await {
                Err(CityError::Withheld { .. }) if asked.elapsed() < ACCEPTING => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                opened => break opened.map_err(|error| Refused::wrong(&error))?,
            }
        };
        let event = Event::of("pair.accepted", Record::Municipality);
        let job = move |tx: &WriteTx<'_>| history::record(tx, &event).map(|_| ());
        city.db.write(actor, job).await.map_err(|error: Fault| Refused::wrong(&error))?;
        let lines = vec![format!(
            "{slug}: この機械のファイルを正しいものとしました。もう一台のファイルは、あちらの data_dir/pair/quarantine/ に取り置かれます"
        )];
        let report = serde_json::json!({"municipality": slug, "code": profile.code});
        Ok(Outcome { fine: true, lines, report })
    }

    async fn add_municipality(&self, code: &str, actor: Actor) -> Result<Outcome, Refused> {
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Refused::Call(format!("code = {code:?}: allowed is six digits")));
        }
        let (clock, chance) = (&self.clock, &self.chance);
        let made = municipalities::create(&self.data_dir, code, self.demo, (clock, chance), actor).await;
        let file = made.map_err(|error| Refused::wrong(&error))?;
        let mut lines = vec![format!("{}", file.display())];
        let profile = self.registry.profiles().iter().find(|profile| profile.code == code);
        let known = profile.is_some();
        if let Some(profile) = profile {
            // The other node of a pair hears of it with the first opening.
            self.registry.open(profile).await.map_err(|error| Refused::wrong(&error))?;
        }
        if !known {
            lines.push("動いているサーバーの設定にはまだありません。起動し直すと使えます".to_owned());
        }
        let report = serde_json::json!({"code": code, "file": file, "restart": !known});
        Ok(Outcome { fine: true, lines, report })
    }
}
