//! Keeps the archive tidy: small files made one, a whole file every night, what is over thrown away; and writes to the
//! operators when a city's archive does not work.
//!
//! **Invariant:** one city after the other, so that a night of many is long and not heavy.
//!
//! Spec: 10(4).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::operators;
use super::{Desk, TICK};
use crate::archive::ArchiveError;
use crate::backup::Night;
use crate::base::{Minute, Moment};
use crate::db::Fault;
use crate::mail::Rendered;
use crate::municipalities::{Archived, Municipality};

/// How often each city's part of the archive is looked at.
const LOOK: Duration = Duration::from_mins(1);

/// The same where every look is paid for: in a store.
const LOOK_FAR: Duration = Duration::from_mins(5);

/// When the night is, in Japan, where no copies are taken by night.
const NIGHT: Night = Night { at: Minute::of(60), until: Minute::of(300) };

/// A whole file that could not be made is tried again after this.
const AGAIN: Duration = Duration::from_mins(30);

/// So much behind the last whole file does not wait for the night: the machine is off by night.
const LATE: Duration = Duration::from_hours(48);

/// How long what leads up to a picture may be on its way.
const SHIPPING: u32 = 30;

/// The operators are written to when a city's archive has not worked for so long.
const PATIENCE: Duration = Duration::from_mins(5);

/// What this process knows of the cities, by their codes.
#[derive(Debug, Default)]
pub struct Memories(BTreeMap<String, Memory>);

#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    /// When it was last looked at.
    looked: Option<Moment>,
    /// When the last whole file was tried, and whether it was made.
    tried: Option<(Moment, bool)>,
    /// Whether the operators know that it does not work.
    told: bool,
}

/// Goes on until the program stops. A whole file that was begun is finished.
pub(super) async fn every_minute(desk: Desk) {
    if desk.archive.as_ref().is_none_or(|config| !config.is_on()) {
        return;
    }
    let mut memories = Memories::default();
    loop {
        tidy_archive(&desk, &mut memories).await;
        if desk.stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_none() {
            return;
        }
    }
}

/// Does what is due now in every open city, and writes to the operators what they do not know yet.
///
/// Spec: 10(4).
pub async fn tidy_archive(desk: &Desk, memories: &mut Memories) {
    let mut news = News::default();
    for city in desk.registry.opened() {
        if desk.stop.is_cancelled() {
            return;
        }
        let memory = memories.0.entry(city.profile.code.clone()).or_default();
        tidy(desk, &city, memory).await;
        news.look(&city, memory, desk.clock.now());
    }
    news.write(desk).await;
}

async fn tidy(desk: &Desk, city: &Arc<Municipality>, memory: &mut Memory) {
    let Some(archived) = &city.archived else { return };
    let (at_work, file_id, now) = (archived.clone(), city.db.file_id().to_owned(), desk.clock.now());
    if at_work.shipper().is_far() && memory.looked.is_some_and(|at| now.since(at) < LOOK_FAR) {
        return;
    }
    memory.looked = Some(now);
    let looked = blocking(move || {
        at_work.shipper().tidy(&file_id, now)?;
        at_work.shipper().since_whole(&file_id)
    });
    let mut done = looked.await;
    let night = desk.backups.as_ref().and_then(|config| config.night());
    let night = night.map_or(NIGHT, |(at, until)| Night { at, until });
    if let Ok(Some(since)) = done
        && is_due(night, since, memory.tried, now)
    {
        let made = whole(desk, city, archived).await;
        memory.tried = Some((now, matches!(made, Ok(true))));
        done = made.map(|_| None);
    }
    if let Err(error) = done {
        metrics::counter!("madoguchi_archive_failures_total", "municipality" => city.profile.slug.clone())
            .increment(1);
        tracing::error!(municipality = city.profile.slug, %error, "the archive could not be tidied");
    }
}

/// Whether a whole file is to be made now: once a night, or when there was none for long. `since` holds the moments of the
/// newest whole file and of the last commit.
fn is_due(night: Night, since: (Moment, Moment), tried: Option<(Moment, bool)>, now: Moment) -> bool {
    let (whole, newest) = since;
    let (begin, end) = night.last(now);
    if tried.is_some_and(|(tried, _)| now.since(tried) < AGAIN) {
        return false;
    }
    let made = tried.is_some_and(|(tried, made)| made && tried >= begin);
    (now < end && whole < begin && !made) || newest.since(whole) >= LATE
}

/// Puts a whole file into the archive, once all that leads up to it is there; `false` when that took too long.
async fn whole(desk: &Desk, city: &Municipality, archived: &Archived) -> Result<bool, ArchiveError> {
    let at_work = archived.clone();
    let image = Arc::new(blocking(move || at_work.shipper().picture()).await?);
    for _ in 0..SHIPPING {
        let (at_work, image, file_id) = (archived.clone(), Arc::clone(&image), city.db.file_id().to_owned());
        if blocking(move || at_work.shipper().keep(&image, &file_id)).await? {
            tracing::info!(municipality = city.profile.slug, "a whole file was added to the archive");
            return Ok(true);
        }
        if desk.stop.run_until_cancelled(tokio::time::sleep(TICK)).await.is_none() {
            break;
        }
    }
    Ok(false)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ArchiveError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(ArchiveError::Copy(Fault::Panicked.to_string())))
}

/// What the operators do not know yet.
#[derive(Debug, Default)]
struct News {
    broken: Vec<String>,
    mended: Vec<String>,
}

impl News {
    fn look(&mut self, city: &Municipality, memory: &mut Memory, now: Moment) {
        let Some(archived) = &city.archived else { return };
        let standing = archived.standing();
        let since = standing.failing.as_ref().map(|(since, _)| *since).or(standing.waiting_since);
        let broken = since.is_some_and(|since| now.since(since) >= PATIENCE);
        if broken && !memory.told {
            let at = since.unwrap_or(now);
            let why = standing.failing.map_or_else(|| "送り終わりません".to_owned(), |(_, why)| why);
            self.broken.push(format!(
                "・{}　{} {} から\n　{why}\n",
                city.profile.slug,
                at.day(),
                at.minute()
            ));
            memory.told = true;
        } else if since.is_none() && memory.told {
            self.mended.push(format!("・{}\n", city.profile.slug));
            memory.told = false;
        }
    }

    async fn write(&self, desk: &Desk) {
        for letter in [self.broken(), self.mended()].into_iter().flatten() {
            desk.stop.run_until_cancelled(operators::write(desk, "archive", letter)).await;
        }
    }

    fn broken(&self) -> Option<Rendered> {
        let body = format!(
            "窓口システムの書込みを、保管先（archive）に送れない状態が続いています。予約や交付の業務は続いています。\n\
             いま機械が壊れると、下の時刻より後の書込みは、夜の写し（backup）の時点までしか戻せません。\n\n{}\n\
             することは次のとおりです。\n\
             1. 状態を見る：職員画面の「システム状態」、または /metrics の madoguchi_archive_ok と madoguchi_archive_lag_seconds\n\
             2. 原因を除く：保管先のディスクや共有、S3 互換の保管先がつながっているか、空きがあるか（df -h）を確かめます。\n\
             3. 直れば、待っている書込みは自動で送り直されます。空きが足りなかったときは、ファイル全体から始め直します。\n\
             4. 確かめる：madoguchi verify --municipality SLUG --from archive\n",
            self.broken.concat()
        );
        letter("【要対応】書込みの保管が止まっています", &self.broken, body)
    }

    fn mended(&self) -> Option<Rendered> {
        let body = format!(
            "止まっていた書込みの保管が、また動いています。待っていた書込みはすべて送られました。\n\n{}",
            self.mended.concat()
        );
        letter("書込みの保管が直りました", &self.mended, body)
    }
}

fn letter(subject: &str, cities: &[String], body: String) -> Option<Rendered> {
    let subject = format!("{subject}（{}件）", cities.len());
    (!cities.is_empty()).then_some(Rendered { subject, body, calendar: None, code: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Day;

    const NIGHT: Night = Night { at: Minute::of(1380), until: Minute::of(60) };

    fn at(day: i8, hour: u16, minute: u16) -> Moment {
        Moment::at(Day::new(2026, 4, day).unwrap(), Minute::of(hour * 60 + minute))
    }

    #[test]
    fn a_whole_file_is_due_once_a_night_also_over_midnight() {
        let since = (at(12, 17, 0), at(13, 17, 0));
        let begin = at(13, 23, 0);
        let last = at(14, 1, 0).minus(Duration::from_secs(1));
        assert!(!is_due(NIGHT, since, None, begin.minus(Duration::from_secs(1))));
        let midnight = at(14, 0, 0);
        for now in [begin, midnight.minus(Duration::from_secs(1)), midnight, last] {
            assert!(is_due(NIGHT, since, None, now), "{now:?}");
        }
        assert!(!is_due(NIGHT, since, None, at(14, 1, 0)), "the night is over");
        assert!(!is_due(NIGHT, (begin, at(13, 23, 30)), None, midnight), "there is one of this night");
        assert!(!is_due(NIGHT, since, Some((begin, true)), midnight), "this process made one");
        assert!(is_due(NIGHT, since, Some((at(12, 23, 0), true)), begin), "that was last night");
    }

    #[test]
    fn a_failed_one_is_tried_again_after_half_an_hour_and_a_late_one_by_day() {
        let since = (at(12, 17, 0), at(13, 17, 0));
        assert!(!is_due(NIGHT, since, Some((at(13, 23, 0), false)), at(13, 23, 29)));
        assert!(is_due(NIGHT, since, Some((at(13, 23, 0), false)), at(13, 23, 30)));
        assert!(!is_due(NIGHT, (at(12, 17, 0), at(14, 16, 59)), None, at(14, 16, 59)));
        assert!(is_due(NIGHT, (at(12, 17, 0), at(14, 17, 0)), None, at(14, 17, 0)));
    }
}
