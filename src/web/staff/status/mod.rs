//! How the system stands (システム状態): copies and their proof, room, letters; and the release of a restored city.
//!
//! Spec: 8(1)②, 10(4).

mod pair;
mod restored;

#[cfg(test)]
pub(super) use restored::Restored;
pub(super) use restored::{ask_release, release};

use axum::response::Response;
use serde::Serialize;

use super::StaffCtx;
use crate::backup::{self, Record, Room};
use crate::base::Moment;
use crate::config::{ArchiveConfig, BackupConfig};
use crate::db::Fault;
use crate::mail;
use crate::municipalities::{Archived, Standing};
use crate::render::View;
use crate::standby::Post;
use crate::web::PageError;

/// Copies that the page shows.
const SHOWN: usize = 14;

/// A night may be missed by so much before the page turns red.
const STALE_HOURS: u64 = 30;

#[derive(Debug, Serialize)]
pub(super) struct Status {
    seconds: String,
    backup: Fact,
    archive: Fact,
    disk: Fact,
    mail: Fact,
    pair: Fact,
    /// Two machines; none on one alone.
    two: Option<pair::Part>,
    copies: Vec<Line>,
    dir: String,
    slug: String,
    disks: Vec<Disk>,
    letters: Letters,
    /// Limits that are lifted: name, value.
    lifted: Vec<(&'static str, u64)>,
    /// When the machine's clock jumped, and by how many seconds.
    jump: Option<(Moment, i64)>,
    /// A restore that nobody has released: which copy, its moment, letters that are held.
    restored: Option<(String, Moment, u32)>,
    version: &'static str,
}

/// A figure at the head of the page.
#[derive(Clone, Debug, Serialize)]
struct Fact {
    tone: &'static str,
    word: String,
    unit: &'static str,
    more: String,
}

/// One night.
#[derive(Clone, Debug, Serialize)]
struct Line {
    begun_at: Moment,
    size: String,
    encrypted: bool,
    took: String,
    drill: String,
    cards: Option<u64>,
    bookings: Option<u64>,
    tag: (&'static str, &'static str),
    trouble: Option<String>,
    file: String,
}

#[derive(Clone, Debug, Serialize)]
struct Disk {
    name: &'static str,
    path: String,
    percent: u64,
    free: String,
    all: String,
    low: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Letters {
    due: u32,
    later: u32,
    held: u32,
    sent_today: u32,
    dead: u32,
}

pub(super) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let (standing, restored) =
        ctx.read(|tx| Ok::<_, Fault>((mail::standing(tx)?, backup::waiting(tx)?))).await?;
    let profile = ctx.city.profile.clone();
    let archives = ctx.state.registry.archive();
    let archive_dir = archives.dir.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let records = backup::records(&profile.backups);
        let room = |path: &std::path::Path| backup::room(path).ok();
        let archive = archive_dir.as_deref().and_then(room);
        (records, [room(&profile.file), room(&profile.backups), archive])
    });
    let (records, rooms) = looked.await.map_err(|_| Fault::Panicked)?;
    let (now, config, city) = (ctx.now(), ctx.state.registry.backup(), &ctx.city.profile);
    let two = ctx.state.pair.as_ref().map(Post::picture);
    let disks = disks(ctx.state.demo, rooms, (config, archives), city);
    let view = Status {
        seconds: clock(now),
        backup: copies_fact(records.as_ref().map(Vec::as_slice), now, config.night()),
        archive: archive_fact(archives, ctx.city.archived.as_ref().map(Archived::standing).as_ref(), now),
        disk: disk_fact(&disks),
        mail: mail_fact(&standing, ctx.silence.as_deref(), now),
        pair: pair::fact(two.as_ref()),
        two: two.as_ref().map(pair::part),
        copies: records.unwrap_or_default().iter().take(SHOWN).map(line).collect(),
        dir: if ctx.state.demo { "（見本）".to_owned() } else { city.backups.display().to_string() },
        slug: city.slug.clone(),
        disks,
        letters: Letters {
            due: standing.due,
            later: standing.later,
            held: standing.held,
            sent_today: standing.sent_today,
            dead: standing.dead,
        },
        lifted: ctx.state.limits.lifted(),
        jump: ctx.city.db.clock_jump().map(|jump| (jump.at, jump.by_ms / 1000)),
        restored: restored.map(|one| (one.source, one.taken_at, one.held)),
        version: env!("CARGO_PKG_VERSION"),
    };
    ctx.page(&view)
}

/// `4/13 9:42`.
fn when(at: Moment) -> String {
    let day = at.day();
    format!("{}/{} {}", day.month(), day.day(), at.minute())
}

fn clock(at: Moment) -> String {
    format!("{}:{:02}", at.minute(), at.seconds().rem_euclid(60))
}

fn copies_fact<E: std::fmt::Display>(
    records: Result<&[Record], E>,
    now: Moment,
    night: Option<(crate::base::Minute, crate::base::Minute)>,
) -> Fact {
    let fact = |tone, word: &str, more| Fact { tone, word: word.to_owned(), unit: "", more };
    let records = match records {
        Ok(records) => records,
        Err(error) => return fact("bad", "読めません", error.to_string()),
    };
    let Some(last) = records.first() else {
        let more = match night {
            Some((at, _)) => format!("次の夜 {at} に初めて取ります"),
            None => "自動では取らない設定です".to_owned(),
        };
        return fact("warn", "まだありません", more);
    };
    let when = when(last.begun_at);
    if let Some(trouble) = last.trouble() {
        return fact("bad", "失敗", format!("{when}　{trouble}"));
    }
    if now.since(last.begun_at).as_secs() > STALE_HOURS * 3600 {
        return fact("bad", "古い", format!("最後は {when}。昨夜の分がありません"));
    }
    if last.is_proved() {
        return fact("ok", "復元できた", format!("{when} に取得、復元して照合し一致"));
    }
    fact("warn", "復元は未確認", format!("{when} に取得（訓練をしない設定です）"))
}

/// Commits that wait for so many seconds are late, and for so many something is wrong.
const LATE_SECONDS: u64 = 10;
const STUCK_SECONDS: u64 = 90;

fn archive_fact(config: &ArchiveConfig, standing: Option<&Standing>, now: Moment) -> Fact {
    let fact = |tone, word: String, unit, more| Fact { tone, word, unit, more };
    let Some(standing) = standing else {
        let more = "保管しない設定です（戻せるのはバックアップの時点）".to_owned();
        return fact("", "なし".to_owned(), "", more);
    };
    if let Some((since, why)) = &standing.failing {
        let more = format!("{} から。{why}。予約は続いています", when(*since));
        return fact("bad", "止まっています".to_owned(), "", more);
    }
    let until = standing.shipped.map_or_else(String::new, |at| format!("{} の書込みまで。", when(at)));
    let lag = standing.lag(now);
    if lag >= LATE_SECONDS {
        let tone = if lag >= STUCK_SECONDS { "bad" } else { "warn" };
        return fact(tone, lag.to_string(), "秒遅れ", format!("{until}予約は続いています"));
    }
    if standing.shipped.is_none() {
        return fact("warn", "始めています".to_owned(), "", "最初にファイル全体を送ります".to_owned());
    }
    let more = format!("{until}{}日前まで戻せます", config.keep_days);
    fact("ok", "最新".to_owned(), "", more)
}

fn disk_fact(disks: &[Disk]) -> Fact {
    let fullest = disks.iter().max_by_key(|disk| disk.percent);
    let low = disks.iter().find(|disk| disk.low);
    let word = fullest.map_or_else(|| "－".to_owned(), |disk| disk.percent.to_string());
    let more = low.or(fullest).map(|disk| format!("{}　空き {}", disk.name, disk.free)).unwrap_or_default();
    Fact { tone: if low.is_some() { "bad" } else { "ok" }, word, unit: "%", more }
}

fn mail_fact(standing: &mail::Standing, silence: Option<&mail::Silence>, now: Moment) -> Fact {
    if let Some(silence) = silence {
        let more = format!("{}から送れません", when(silence.since));
        return Fact {
            tone: "bad", word: silence.waiting.to_string(), unit: "通待ち　応答なし", more
        };
    }
    if standing.held > 0 {
        let more = "復元の後で止めています".to_owned();
        return Fact { tone: "warn", word: standing.held.to_string(), unit: "通 保留", more };
    }
    let waited = standing.oldest_due.map_or(0, |since| now.since(since).as_secs() / 60);
    let more = match standing.oldest_due {
        Some(_) if waited > 0 => format!("いちばん古いもの {waited}分前"),
        _ => format!("今日 {}通を送りました", standing.sent_today),
    };
    Fact {
        tone: if waited >= 10 { "warn" } else { "ok" },
        word: standing.due.to_string(),
        unit: "通待ち",
        more,
    }
}

fn disks(
    demo: bool,
    [data, copies, archive]: [Option<Room>; 3],
    (backups, archives): (&BackupConfig, &ArchiveConfig),
    city: &crate::municipalities::Profile,
) -> Vec<Disk> {
    let shown =
        |path: &std::path::Path| if demo { "（見本）".to_owned() } else { path.display().to_string() };
    let disk = |name, path: String, room: Room, least_mb: u64| {
        let used = room.all.saturating_sub(room.free);
        Disk {
            name,
            path,
            percent: (used * 100).checked_div(room.all).unwrap_or(0),
            free: size(room.free),
            all: size(room.all),
            low: room.free >> 20 < least_mb,
        }
    };
    let data = data.map(|room| disk("データ", shown(&city.file), room, backups.min_free_mb));
    let copies = copies.map(|room| disk("バックアップ先", shown(&city.backups), room, backups.min_free_mb));
    let archive = archive
        .zip(archives.dir.as_deref())
        .map(|(room, dir)| disk("保管先", shown(dir), room, archives.min_free_mb));
    data.into_iter().chain(copies).chain(archive).collect()
}

fn line(record: &Record) -> Line {
    let rows = |table: &str| record.copy.as_ref().and_then(|copy| copy.rows.get(table).copied());
    let tag = match (&record.copy, record.drill.as_ref().map(|drill| drill.wrong.is_empty())) {
        (None, _) => ("失敗", "bad"),
        (Some(_), None) => ("未確認", "plain"),
        (Some(_), Some(true)) => ("一致", "done"),
        (Some(_), Some(false)) => ("不一致", "bad"),
    };
    Line {
        begun_at: record.begun_at,
        size: record.copy.as_ref().map(|copy| size(copy.bytes)).unwrap_or_default(),
        encrypted: record.copy.as_ref().is_some_and(|copy| copy.encrypted),
        took: spent(record.took_ms),
        drill: record.drill.as_ref().map(|drill| spent(drill.took_ms)).unwrap_or_default(),
        cards: rows("card"),
        bookings: rows("booking"),
        tag,
        trouble: record.trouble(),
        file: record.copy.as_ref().map(|copy| copy.file.clone()).unwrap_or_default(),
    }
}

/// A duration as people say it: tenths of a second below ten.
fn spent(ms: u64) -> String {
    if ms < 10_000 { format!("{}.{}秒", ms / 1000, ms % 1000 / 100) } else { format!("{}秒", ms / 1000) }
}

fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{}KB", bytes.div_ceil(1024)),
        mb @ 1..10_240 => format!("{mb}MB"),
        mb => format!("{}GB", mb >> 10),
    }
}

impl View for Status {
    const TEMPLATE: &'static str = "staff/status.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let at = Moment::from_millis(1_775_980_800_000);
        let fact =
            |tone| Fact { tone, word: "復元できた".to_owned(), unit: "", more: "2:10取得".to_owned() };
        let line = |tag, trouble: Option<&str>| Line {
            begun_at: at,
            size: "412MB".to_owned(),
            encrypted: trouble.is_none(),
            took: "2.1秒".to_owned(),
            drill: "9.0秒".to_owned(),
            cards: trouble.is_none().then_some(18_402),
            bookings: trouble.is_none().then_some(1_103),
            tag,
            trouble: trouble.map(str::to_owned),
            file: "20260413-021000.db.age".to_owned(),
        };
        let disk = |low| Disk {
            name: "データ",
            path: "/var/lib/madoguchi".to_owned(),
            percent: 38,
            free: "126GB".to_owned(),
            all: "200GB".to_owned(),
            low,
        };
        let of = |tone, copies, uneasy: bool| Self {
            seconds: "9:42:10".to_owned(),
            backup: fact(tone),
            archive: fact(tone),
            disk: fact(tone),
            mail: fact(tone),
            pair: fact(tone),
            two: (tone != "warn").then(|| pair::sample(at, tone == "bad")),
            copies,
            dir: "/var/backups/madoguchi/999999".to_owned(),
            slug: "mihon".to_owned(),
            disks: vec![disk(uneasy)],
            letters: Letters {
                due: 2,
                later: 1,
                held: u32::from(uneasy),
                sent_today: 188,
                dead: u32::from(uneasy),
            },
            lifted: if uneasy { vec![("mails_a_day", 9999)] } else { Vec::new() },
            jump: uneasy.then_some((at, -90)),
            restored: uneasy.then(|| ("20260413-021000".to_owned(), at, 3)),
            version: "1.0.0",
        };
        let bad = line(("失敗", "bad"), Some("空きが足りません。"));
        vec![
            ("all is well", of("ok", vec![line(("一致", "done"), None)], false)),
            ("a failed night", of("bad", vec![bad, line(("一致", "done"), None)], true)),
            ("no copy yet", of("warn", Vec::new(), false)),
        ]
    }
}
