//! The command `import`: a file of cards, of bookings or of card states into a city, or only what it would do.

use std::sync::Arc;

use super::command::{Layout, Outcome, Progress, Refused};
use super::office::Office;
use crate::base::ImportProfileId;
use crate::booking::bring_in;
use crate::cards::import::{
    self, Applied, ApplyError, Context, File, Found, Kind, Options, Profile, ReadError, Report, StateFile,
    Tell,
};
use crate::db::{Actor, Db, Fault, Lane};
use crate::municipalities::{self, Municipality};

/// What is to be imported, and how.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub slug: String,
    pub layout: Option<Layout>,
    pub file_name: String,
    pub dry_run: bool,
    pub skip_errors: bool,
    pub over_capacity: bool,
}

impl Office {
    pub(super) async fn import(
        &self,
        wish: Import,
        bytes: Vec<u8>,
        actor: Actor,
        progress: &Progress,
    ) -> Result<Outcome, Refused> {
        let city = self.city(&wish.slug).await?;
        let how = how(&city, wish.layout).await?;
        if wish.over_capacity && how.profile.kind != Kind::Booking {
            let kind = how.profile.kind.code();
            return Err(Refused::Call(format!("--over-capacity: kind = {kind:?} takes no seats")));
        }
        let file = read(&city, how.profile.clone(), bytes).await?;
        let tell = |done, of| progress.at(done, of);
        if wish.dry_run {
            let report = file
                .dry_run(&city.db, wish.over_capacity, &tell)
                .await
                .map_err(|error| Refused::wrong(&error))?;
            let good = report.errors.is_empty() || wish.skip_errors;
            return outcome(&file, &report, good, "確認だけです。何も書き込んでいません");
        }
        let profile = match how.saved {
            Some(saved) => Some(saved),
            None if how.profile.name.is_empty() => None,
            None => Some(save(&city, how.profile, &actor).await?),
        };
        let options = Options {
            file_name: wish.file_name,
            skip_errors: wish.skip_errors,
            profile,
            ..Options::default()
        };
        match file.apply(&city.db, &actor, &options, wish.over_capacity, &tell).await {
            Ok(done) => {
                let followed = municipalities::follow_strays(&city.db, &actor).await;
                followed.map_err(|error| Refused::wrong(&error))?;
                // A booking may have met another one between the look and the moment at which it was made.
                let good = done.report.errors.is_empty() || wish.skip_errors;
                outcome(&file, &done.report, good, &format!("第{}回として取り込みました", done.run))
            }
            Err(ApplyError::Rows(report)) => {
                outcome(&file, &report, false, "エラーの行があるので、何も取り込んでいません")
            }
            Err(error) => Err(Refused::wrong(&error)),
        }
    }
}

/// How a file is to be read, and the saved profile that says so.
struct How {
    profile: Profile,
    saved: Option<ImportProfileId>,
}

async fn how(city: &Municipality, layout: Option<Layout>) -> Result<How, Refused> {
    match layout {
        None => Ok(How { profile: Profile::standard(Kind::Card), saved: None }),
        Some(Layout::Standard(kind)) => {
            let all = Kind::all().map(Kind::code).join(", ");
            let unknown = || Refused::Call(format!("kind = {kind:?}: there are: {all}"));
            let kind = Kind::from_code(&kind).ok_or_else(unknown)?;
            Ok(How { profile: Profile::standard(kind), saved: None })
        }
        Some(Layout::Written(toml)) => {
            let profile = Profile::from_toml(&toml).map_err(|error| Refused::Call(error.sentence()))?;
            Ok(How { profile, saved: None })
        }
        Some(Layout::Saved(name)) => {
            let saved =
                city.db.read(Lane::Staff, import::saved).await.map_err(|fault| Refused::wrong(&fault))?;
            let known: Vec<String> = saved.iter().map(|one| one.profile.name.clone()).collect();
            let found = saved.into_iter().find(|one| one.profile.name == name);
            let unknown = || {
                Refused::Call(format!(
                    "profile = {name:?}: the city has none of this name; there are: {}",
                    known.join(", ")
                ))
            };
            let found = found.ok_or_else(unknown)?;
            Ok(How { profile: found.profile, saved: Some(found.id) })
        }
    }
}

/// Keeps a profile from a file, so that the run can say how its file was read.
async fn save(city: &Municipality, profile: Profile, actor: &Actor) -> Result<ImportProfileId, Refused> {
    let saved = city.db.write(actor.clone(), move |tx| import::save(tx, &profile)).await;
    saved.map_err(|error| Refused::wrong(&error))
}

/// A file of one of the kinds, read: nothing of it is written yet.
enum Taken {
    Cards(Arc<File>),
    States(Arc<StateFile>),
    Bookings(Arc<bring_in::File>),
}

async fn read(city: &Municipality, profile: Profile, bytes: Vec<u8>) -> Result<Taken, Refused> {
    let context = city.db.read(Lane::Staff, municipalities::import_context).await;
    let context = context.map_err(|error| Refused::wrong(&error))?;
    let read = tokio::task::spawn_blocking(move || Taken::read(&bytes, &profile, &context)).await;
    let file = read.map_err(|error| Refused::wrong(&error))?;
    file.map_err(|error| Refused::wrong(&error))
}

impl Taken {
    fn read(bytes: &[u8], profile: &Profile, context: &Context) -> Result<Self, ReadError> {
        Ok(match profile.kind {
            Kind::Card => Self::Cards(Arc::new(import::read_with(bytes, profile, context)?)),
            Kind::CardStatus => Self::States(Arc::new(import::read_states(bytes, profile, context)?)),
            Kind::Booking => Self::Bookings(Arc::new(bring_in::read(bytes, profile, context)?)),
        })
    }

    fn found(&self) -> &Found {
        match self {
            Self::Cards(file) => &file.found,
            Self::States(file) => &file.found,
            Self::Bookings(file) => &file.found,
        }
    }

    async fn dry_run(&self, db: &Db, may_go_over: bool, tell: Tell<'_>) -> Result<Report, Fault> {
        match self {
            Self::Cards(file) => import::dry_run(db, file, false, tell).await,
            Self::States(file) => import::dry_run_states(db, file, tell).await,
            Self::Bookings(file) => Ok(bring_in::dry_run(db, file, may_go_over, tell).await?.report),
        }
    }

    async fn apply(
        &self,
        db: &Db,
        actor: &Actor,
        options: &Options,
        may_go_over: bool,
        tell: Tell<'_>,
    ) -> Result<Applied, ApplyError> {
        match self {
            Self::Cards(file) => import::apply(db, actor, file, options, tell).await,
            Self::States(file) => import::apply_states(db, actor, file, options, tell).await,
            Self::Bookings(file) => bring_in::apply(db, actor, file, options, may_go_over, tell).await,
        }
    }

    /// What the number of conflicts counts.
    const fn conflict(&self) -> Option<&'static str> {
        match self {
            Self::Cards(_) => Some("別の人と同じ通知書ID"),
            Self::Bookings(_) => Some("枠を超える予約"),
            Self::States(_) => None,
        }
    }
}

fn outcome(file: &Taken, report: &Report, good: bool, last: &str) -> Result<Outcome, Refused> {
    let tally = &report.tally;
    let conflict = file.conflict().map(|word| format!("　（新規のうち、{word} {}）", tally.conflict));
    let mut lines = vec![
        format!("{}　{}行", file.found().label(), report.rows),
        format!(
            "新規 {}　変更 {}　変化なし {}　重複 {}　エラー {}{}",
            tally.new,
            tally.changed,
            tally.unchanged,
            tally.duplicate,
            tally.error,
            conflict.unwrap_or_default()
        ),
    ];
    if let Taken::Cards(file) = file {
        lines.extend(
            file.doubtful().map(|row| format!("{}行目 氏名: 外字の可能性。原本で確認してください", row.line)),
        );
    }
    lines.extend(report.errors.iter().map(|error| {
        format!("{}行目 {}「{}」: {}", error.line, error.column, error.value, error.why.sentence())
    }));
    lines.push(last.to_owned());
    let report = serde_json::to_value(report).map_err(|error| Refused::wrong(&error))?;
    Ok(Outcome { fine: good, lines, report })
}
