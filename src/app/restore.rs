//! A city's file out of a copy: made ready beside, exchanged in a moment, served closed and at rest until it is released.
//!
//! **Invariant:** nothing is written over: a file that is there is put aside whole, and only when that was asked for.
//!
//! Spec: 8(1)②, 10(4).

use std::path::{Path, PathBuf};

use serde_json::json;

use super::command::{Outcome, Refused};
use super::office::Office;
use crate::backup::{self, Later, Source};
use crate::base::Moment;
use crate::db::{Actor, Db, Fault, Inspected};
use crate::municipalities::{self, Profile};

/// What is to be restored.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub slug: String,
    pub source: Source,
    pub identity: Option<PathBuf>,
    pub put_aside: bool,
}

impl Office {
    /// Puts a copy in the place of a city's file.
    pub(super) async fn restore(&self, wish: Wish, actor: Actor) -> Result<Outcome, Refused> {
        let profile = self.registry.profiles().iter().find(|profile| profile.slug == wish.slug).cloned();
        let profile = profile.ok_or_else(|| {
            Refused::Call(format!("municipality = {:?}: not in the configuration of this server", wish.slug))
        })?;
        if profile.file.exists() && !wish.put_aside {
            return Err(Refused::Wrong(format!(
                "{}: exists; a restore never writes over a file. With --put-aside the present one is moved away first",
                profile.file.display()
            )));
        }
        let now = self.clock.now();
        let (name, copy) = self.make_ready(&profile, &wish, actor.clone()).await?;
        let aside = profile.file.exists().then(|| self.aside(&profile, now));
        let (data_dir, code, place) = (self.data_dir.clone(), profile.code.clone(), aside.clone());
        let swap = move || municipalities::settle(&data_dir, &code, place.as_deref());
        let opened = self.registry.swap(&profile, swap).await.map_err(|error| Refused::wrong(&error))?;
        let city = opened.map_err(|error| Refused::wrong(&error))?;
        let later = self.later(&profile, aside.as_deref(), &copy, now).await;
        let noted = later.clone();
        let sent_before = city.db.write(actor, move |tx| backup::note_later(tx, &noted)).await;
        let sent_before = sent_before.map_err(|error| Refused::wrong(&error))?;
        let restored = city.db.read(crate::db::Lane::Staff, backup::waiting).await;
        let held = restored.map_err(|error| Refused::wrong(&error))?.map_or(0, |one| one.held);
        Ok(outcome(&Done { profile, name, copy, aside, later, held, sent_before }))
    }

    /// The copy, sound and marked as restored, beside the city's place.
    async fn make_ready(
        &self,
        profile: &Profile,
        wish: &Wish,
        actor: Actor,
    ) -> Result<(String, Inspected), Refused> {
        let (config, archive) = (self.backup.clone(), self.archive.clone());
        let (code, demo) = (profile.code.clone(), self.demo);
        let (data_dir, wish, now) = (self.data_dir.clone(), wish.clone(), self.clock.now());
        let fetching = tokio::task::spawn_blocking(move || {
            let found = backup::find((&config, &archive), &code, &wish.source)
                .map_err(|error| Refused::wrong(&error))?;
            let target = municipalities::stage(&data_dir, &code).map_err(|error| Refused::wrong(&error))?;
            let at = (target.as_path(), now);
            let copy = backup::fetch(&config, &code, &found, wish.identity.as_deref(), at)
                .map_err(|error| Refused::wrong(&error))?;
            if copy.demo != demo {
                return Err(Refused::Wrong(format!("{}: a file of the demo, or none", found.path.display())));
            }
            let place = if found.archived.is_some() {
                "保管（archive）".to_owned()
            } else {
                found.path.display().to_string()
            };
            let name = found.record.map_or(place, |record| record.name);
            Ok((name, copy, target))
        });
        let (name, copy, target) = fetching.await.map_err(|error| Refused::wrong(&error))??;
        let (clock, chance) = (self.clock.clone(), self.chance.clone());
        let db = Db::open(&target, &profile.code, clock, chance).map_err(|error| Refused::wrong(&error))?;
        let source = name.clone();
        let marked = db.write(actor, move |tx| backup::mark(tx, &source)).await;
        db.close().await;
        marked.map_err(|error: Fault| Refused::wrong(&error))?;
        Ok((name, copy))
    }

    fn aside(&self, profile: &Profile, now: Moment) -> PathBuf {
        let time = format!("{}-{}", now.day().to_string().replace('-', ""), now.minute().compact());
        let seconds = now.seconds().rem_euclid(60);
        self.data_dir.join(format!("{}.aside-{time}{seconds:02}", profile.code))
    }

    /// What the copy does not know: from the former file, else from the log, else that nothing can tell.
    async fn later(&self, profile: &Profile, aside: Option<&Path>, copy: &Inspected, now: Moment) -> Later {
        let (aside, copy) = (aside.map(Path::to_owned), copy.clone());
        let (log, slug) = (self.log_dir.clone(), profile.slug.clone());
        let looking = tokio::task::spawn_blocking(move || {
            let file = aside.map(|aside| municipalities::file_in(&aside));
            let told = match &file {
                Some(file) if file.exists() => backup::later_in_file(file, &copy, now),
                _ => Err("there is no former file".to_owned()),
            };
            told.unwrap_or_else(|why| {
                let read = log.map(|log| backup::later_in_logs(&log, &slug, copy.at));
                let nothing = || Later { known_from: "nothing".to_owned(), ..Later::default() };
                let later = read.and_then(Result::ok).unwrap_or_else(nothing);
                Later { why_not: Some(why), ..later }
            })
        });
        looking.await.unwrap_or_default()
    }
}

struct Done {
    profile: Profile,
    name: String,
    copy: Inspected,
    aside: Option<PathBuf>,
    later: Later,
    held: u32,
    sent_before: u32,
}

fn outcome(done: &Done) -> Outcome {
    let (slug, later) = (&done.profile.slug, &done.later);
    let mut lines = vec![
        format!(
            "{slug}: {} から戻しました（{} の状態、{}番目の書込みまで）",
            done.name,
            time(done.copy.at),
            done.copy.commit_no
        ),
        format!("  置いた場所: {}", done.profile.file.display()),
    ];
    lines.extend(
        done.aside.as_ref().map(|aside| format!("  前のファイル: {}（消していません）", aside.display())),
    );
    lines.push("  市民のページ: 閉じています。仕事（メール・督促・一覧づくり）: 止めています".to_owned());
    lines.push(format!(
        "  送っていないメール: {}通を止めました（うち{}通は、戻す前に送信済みと分かったので取り下げました）",
        done.held, done.sent_before
    ));
    lines.extend(missing(later));
    lines.push(format!(
        "次にすること: 職員の画面 /{slug}/status で内容を確かめ、システム管理者が再開してください"
    ));
    let report = json!({
        "municipality": slug,
        "source": done.name,
        "file": done.profile.file,
        "aside": done.aside,
        "at": done.copy.at,
        "commit_no": done.copy.commit_no,
        "rows": done.copy.rows,
        "held_mails": done.held,
        "sent_before": done.sent_before,
        "later": later,
        "closed": true,
        "jobs": "off",
    });
    Outcome { fine: true, lines, report }
}

fn missing(later: &Later) -> Vec<String> {
    let mut lines = match later.known_from.as_str() {
        "file" => vec![format!(
            "  写しの後にあり、いまのファイルにないもの: 操作{}件、市民に届いたメール{}通（前のファイルから）",
            later.events,
            later.mails.len()
        )],
        "log" => vec![format!(
            "  写しの後に送ったメール: {}通（ログから。ほかの操作は分かりません: {}）",
            later.mails.len(),
            later.why_not.as_deref().unwrap_or_default()
        )],
        _ => vec![format!(
            "  写しの後に何があったかは分かりません（{}）。log.dir があればログから、なければメールサーバーの記録を調べてください",
            later.why_not.as_deref().unwrap_or_default()
        )],
    };
    lines.extend(later.operations.iter().filter(|one| one.record_kind == "booking").take(200).map(|one| {
        let number = one.booking.as_deref().unwrap_or("番号不明");
        format!("    {}  予約 {number}  {}", time(one.at), one.operation)
    }));
    lines.extend(later.mails.iter().take(200).map(|mail| {
        let booking = mail.booking.as_deref().map(|number| format!("（予約 {number}）")).unwrap_or_default();
        format!("    {}  メール {}{booking}", time(mail.at), mail.kind)
    }));
    lines
}

/// A moment as people in Japan read it, with its second.
pub(super) fn time(at: Moment) -> String {
    let minute = at.minute();
    format!("{} {:02}:{:02}:{:02}", at.day(), minute.hour(), minute.get() % 60, at.seconds().rem_euclid(60))
}
