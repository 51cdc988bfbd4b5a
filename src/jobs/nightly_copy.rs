//! Takes each city's copy once a night, one after the other, those first whose last good one is oldest.
//!
//! **Invariant:** no city is opened for it: an idle one stays closed.
//! **Invariant:** a failure is told in the log, in the metrics and by mail; one mail tells all failures of a round.
//!
//! Spec: 8(1)②, 10(4).

use std::sync::Arc;
use std::time::Duration;

use super::{Desk, TICK, operators};
use crate::backup::{self, City, Last, Night, Record};
use crate::base::Moment;
use crate::config::BackupConfig;
use crate::db::{Fault, Lane, ReadTx};
use crate::mail::Rendered;
use crate::municipalities::Profile;

/// When to look again while nothing is known of the night.
const PAUSE: Duration = Duration::from_mins(1);

/// Goes on until the program stops. A copy that was begun is finished.
pub(super) async fn every_night(desk: Desk) {
    if desk.backups.as_ref().and_then(|config| config.night()).is_none() {
        return;
    }
    loop {
        let failed = back_up_due(&desk).await;
        if !failed.is_empty() {
            desk.stop.run_until_cancelled(operators::write(&desk, "backup", letter(&failed))).await;
        }
        let now = desk.clock.now();
        let next = night(&desk).map_or(now.plus(PAUSE), |night| night.next_look(now));
        let waiting = async {
            while desk.clock.now() < next {
                tokio::time::sleep(TICK).await;
            }
        };
        if desk.stop.run_until_cancelled(waiting).await.is_none() {
            return;
        }
    }
}

/// Takes every copy that is due now, and gives those that failed with the city's slug.
///
/// Spec: 10(4).
pub async fn back_up_due(desk: &Desk) -> Vec<(String, Record)> {
    let (Some(config), Some(night)) = (desk.backups.clone(), night(desk)) else { return Vec::new() };
    let mut failed = Vec::new();
    for (profile, _) in due(desk, night).await {
        // A night that is too short for all ends here; who waited longest comes first in the next one.
        let still = due_now(&profile, night, desk.clock.now()).await;
        if desk.stop.is_cancelled() || !still {
            continue;
        }
        let record = one(desk, &config, &profile).await;
        if !record.is_good() {
            failed.push((profile.slug.clone(), record));
        }
    }
    failed
}

fn night(desk: &Desk) -> Option<Night> {
    let (at, until) = desk.backups.as_ref()?.night()?;
    Some(Night { at, until })
}

/// The cities whose copy is due, those without a good one first, then the oldest.
async fn due(desk: &Desk, night: Night) -> Vec<(Profile, Last)> {
    let (profiles, now) = (desk.registry.profiles().to_vec(), desk.clock.now());
    let looked = tokio::task::spawn_blocking(move || {
        let last = |profile: Profile| {
            let last = last(&profile);
            (profile, last)
        };
        let mut all: Vec<(Profile, Last)> = profiles.into_iter().map(last).collect();
        all.retain(|(_, last)| night.is_due(last, now));
        all.sort_by_key(|(_, last)| last.good.map_or(i64::MIN, Moment::millis));
        all
    });
    looked.await.unwrap_or_default()
}

async fn due_now(profile: &Profile, night: Night, now: Moment) -> bool {
    let profile = profile.clone();
    let looked = tokio::task::spawn_blocking(move || night.is_due(&last(&profile), now));
    looked.await.unwrap_or(false)
}

/// What is known of a city's copies, told to the metrics on the way: they count from before the first copy of this process.
fn last(profile: &Profile) -> Last {
    let records = backup::records(&profile.backups).unwrap_or_else(|error| {
        tracing::error!(%error, municipality = profile.slug, "the directory of the copies cannot be read");
        Vec::new()
    });
    let last = Last::of(&records);
    let slug = profile.slug.clone();
    if let Some(good) = last.good {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
        metrics::gauge!("madoguchi_backup_last_good_timestamp_seconds", "municipality" => slug.clone())
            .set(good.seconds() as f64);
    }
    if let Some((_, good)) = last.tried {
        let value = if good { 1.0 } else { 0.0 };
        metrics::gauge!("madoguchi_backup_ok", "municipality" => slug).set(value);
    }
    last
}

async fn one(desk: &Desk, config: &Arc<BackupConfig>, profile: &Profile) -> Record {
    let (config, clock) = (Arc::clone(config), desk.clock.clone());
    let city = City { code: profile.code.clone(), file: profile.file.clone() };
    let (begun_at, code) = (desk.clock.now(), profile.code.clone());
    let taken = tokio::task::spawn_blocking(move || backup::take(&config, &city, &clock)).await;
    let record = taken.unwrap_or_else(|_| Record {
        name: String::new(),
        code,
        begun_at,
        took_ms: 0,
        copy: None,
        failed: Some(backup::Trouble::Copy { why: Fault::Panicked.to_string() }),
        drill: None,
    });
    acknowledged(desk, profile).await;
    report(profile, &record);
    record
}

/// Waits until what the copy saw is acknowledged: a copy is older than what is read here now.
async fn acknowledged(desk: &Desk, profile: &Profile) {
    let open = desk.registry.opened().into_iter().find(|city| city.profile.code == profile.code);
    let seen = |tx: &ReadTx<'_>| -> Result<u64, Fault> { tx.commit_no() };
    if let Some(city) = open
        && let Err(error) = city.db.read(Lane::Background, seen).await
    {
        tracing::warn!(%error, municipality = profile.slug, "a copy may hold what is not acknowledged yet");
    }
}

fn report(profile: &Profile, record: &Record) {
    let municipality = profile.slug.as_str();
    let result = if record.is_good() { "good" } else { "failed" };
    metrics::counter!("madoguchi_backups_total", "result" => result).increment(1);
    let value = if record.is_good() { 1.0 } else { 0.0 };
    metrics::gauge!("madoguchi_backup_ok", "municipality" => profile.slug.clone()).set(value);
    match (&record.failed, record.drill.as_ref().filter(|drill| !drill.wrong.is_empty())) {
        (Some(failed), _) => tracing::error!(municipality, name = record.name, %failed, "a copy failed"),
        (None, Some(drill)) => {
            let wrong = drill.wrong.join("; ");
            tracing::error!(municipality, name = record.name, wrong, "a copy cannot be restored");
        }
        (None, None) => {
            metrics::gauge!("madoguchi_backup_last_good_timestamp_seconds", "municipality" => profile.slug.clone())
                .set(seconds(record.begun_at));
            tracing::info!(municipality, name = record.name, ms = record.took_ms, "a copy was taken");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
fn seconds(at: Moment) -> f64 {
    at.seconds() as f64
}

fn letter(failed: &[(String, Record)]) -> Rendered {
    let line = |(slug, record): &(String, Record)| {
        let why = record.trouble().unwrap_or_default();
        let at = format!("{} {}", record.begun_at.day(), record.begun_at.minute());
        format!("・{slug}　{at}（{}）\n　{why}\n", record.name)
    };
    let lines: String = failed.iter().map(line).collect();
    let slugs: Vec<&str> = failed.iter().map(|(slug, _)| slug.as_str()).collect();
    let body = format!(
        "窓口システムのバックアップ、または復元の訓練が失敗しました。予約や交付の業務は続いています。\n\n{lines}\n\
         することは次のとおりです。\n\
         1. 状態を見る：　madoguchi backup list\n\
         2. 原因を除く：　上の説明のとおり。空き容量は df -h で確かめます。\n\
         3. もう一度取る：madoguchi backup now --municipality {}\n\
         4. 確かめる：　　madoguchi verify --municipality {}\n\
         夜の時間帯であれば、30分後に自動でもう一度試します。\n\n\
         ── 第一報の文案 ──\n\
         交付予約システムの夜間バックアップに失敗がありました（対象：{}）。\n\
         予約・交付の業務に影響はなく、データは失われていません。原因を調べ、復旧後に改めてお知らせします。\n",
        slugs.first().copied().unwrap_or_default(),
        slugs.first().copied().unwrap_or_default(),
        slugs.join("、"),
    );
    let subject = format!("【要対応】バックアップの失敗（{}件）", failed.len());
    Rendered { subject, body, calendar: None, code: None }
}
