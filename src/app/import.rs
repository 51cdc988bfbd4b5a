//! The command `import`: a card file into a city, or only what it would do.

use std::sync::Arc;

use super::command::{Layout, Outcome, Progress, Refused};
use super::office::Office;
use crate::base::ImportProfileId;
use crate::cards::import::{self, ApplyError, File, Kind, Options, Profile, Report};
use crate::db::{Actor, Lane};
use crate::municipalities::{self, Municipality};

/// What is to be imported, and how.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub slug: String,
    pub layout: Option<Layout>,
    pub file_name: String,
    pub dry_run: bool,
    pub skip_errors: bool,
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
        let file = read(&city, how.profile.clone(), bytes).await?;
        let tell = |done, of| progress.at(done, of);
        if wish.dry_run {
            let report = import::dry_run(&city.db, &file, false, &tell)
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
        match import::apply(&city.db, &actor, &file, &options, &tell).await {
            Ok(done) => {
                let followed = municipalities::follow_strays(&city.db, &actor).await;
                followed.map_err(|error| Refused::wrong(&error))?;
                outcome(&file, &done.report, true, &format!("第{}回として取り込みました", done.run))
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
    let how = match layout {
        None => How { profile: Profile::standard(Kind::Card), saved: None },
        Some(Layout::Written(toml)) => {
            let profile = Profile::from_toml(&toml).map_err(|error| Refused::Call(error.sentence()))?;
            How { profile, saved: None }
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
            How { profile: found.profile, saved: Some(found.id) }
        }
    };
    if how.profile.kind == Kind::Card {
        Ok(how)
    } else {
        let kind = how.profile.kind.code();
        Err(Refused::Call(format!(
            "kind = {kind:?}: the command takes card files; others come in on the page /imports"
        )))
    }
}

/// Keeps a profile from a file, so that the run can say how its file was read.
async fn save(city: &Municipality, profile: Profile, actor: &Actor) -> Result<ImportProfileId, Refused> {
    let saved = city.db.write(actor.clone(), move |tx| import::save(tx, &profile)).await;
    saved.map_err(|error| Refused::wrong(&error))
}

async fn read(city: &Municipality, profile: Profile, bytes: Vec<u8>) -> Result<Arc<File>, Refused> {
    let context = city.db.read(Lane::Staff, municipalities::import_context).await;
    let context = context.map_err(|error| Refused::wrong(&error))?;
    let read = tokio::task::spawn_blocking(move || import::read_with(&bytes, &profile, &context)).await;
    let file = read.map_err(|error| Refused::wrong(&error))?;
    file.map(Arc::new).map_err(|error| Refused::wrong(&error))
}

fn outcome(file: &File, report: &Report, good: bool, last: &str) -> Result<Outcome, Refused> {
    let tally = &report.tally;
    let mut lines = vec![
        format!("{}　{}行", file.found.label(), report.rows),
        format!(
            "新規 {}　変更 {}　変化なし {}　重複 {}　エラー {}　（新規のうち、別の人と同じ通知書ID {}）",
            tally.new, tally.changed, tally.unchanged, tally.duplicate, tally.error, tally.conflict
        ),
    ];
    lines.extend(
        file.doubtful().map(|row| format!("{}行目 氏名: 外字の可能性。原本で確認してください", row.line)),
    );
    lines.extend(report.errors.iter().map(|error| {
        format!("{}行目 {}「{}」: {}", error.line, error.column, error.value, error.why.sentence())
    }));
    lines.push(last.to_owned());
    let report = serde_json::to_value(report).map_err(|error| Refused::wrong(&error))?;
    Ok(Outcome { fine: good, lines, report })
}
