//! The command `import`: a card file into a city, or only what it would do.

use std::sync::Arc;

use super::command::{Outcome, Progress, Refused};
use super::office::Office;
use crate::cards::import::{self, ApplyError, File, Options, Report};
use crate::db::{Actor, Lane};
use crate::municipalities::{self, Municipality};

/// What is to be imported, and how.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub slug: String,
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
        let profile = self.registry.profiles().iter().find(|profile| profile.slug == wish.slug);
        let profile = profile
            .ok_or_else(|| Refused::Call(format!("this server has no municipality {:?}", wish.slug)))?;
        let city = self.registry.open(profile).await.map_err(|error| Refused::wrong(&error))?;
        let file = read(&city, bytes).await?;
        let tell = |done, of| progress.at(done, of);
        if wish.dry_run {
            let report = import::dry_run(&city.db, &file, false, &tell)
                .await
                .map_err(|error| Refused::wrong(&error))?;
            let good = report.errors.is_empty() || wish.skip_errors;
            return outcome(&file, &report, good, "確認だけです。何も書き込んでいません");
        }
        let options =
            Options { file_name: wish.file_name, skip_errors: wish.skip_errors, ..Options::default() };
        match import::apply(&city.db, &actor, &file, &options, &tell).await {
            Ok(done) => outcome(&file, &done.report, true, &format!("第{}回として取り込みました", done.run)),
            Err(ApplyError::Rows(report)) => {
                outcome(&file, &report, false, "エラーの行があるので、何も取り込んでいません")
            }
            Err(error) => Err(Refused::wrong(&error)),
        }
    }
}

async fn read(city: &Municipality, bytes: Vec<u8>) -> Result<Arc<File>, Refused> {
    let context = city.db.read(Lane::Staff, municipalities::import_context).await;
    let context = context.map_err(|error| Refused::wrong(&error))?;
    let read = tokio::task::spawn_blocking(move || import::read(&bytes, &context)).await;
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
