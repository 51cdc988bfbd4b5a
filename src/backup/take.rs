//! Taking one copy: guard, copy, look into it, encrypt, publish, prove, throw old ones away.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::record::{Copied, Record};
use super::{Trouble, dir_of, drill, files, records, rotate, seal};
use crate::base::{Clock, Moment};
use crate::config::BackupConfig;
use crate::db::{self, Inspected};

/// A copy is taken at a time, whoever asks: this is the budget of the disk.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The city whose file is copied.
#[derive(Clone, Debug)]
pub struct City {
    /// Six-digit code.
    pub code: String,
    /// Its file, served or not.
    pub file: PathBuf,
}

/// Takes a copy and writes down how it went. It never fails otherwise than in the record.
///
/// Blocks for as long as reading the file takes, several times.
///
/// Spec: 10(4).
pub fn take(config: &BackupConfig, city: &City, clock: &Clock) -> Record {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = dir_of(&config.dir, &city.code);
    let (began, begun_at) = (Instant::now(), clock.now());
    let mut record = Record {
        name: free_name(&dir, begun_at),
        code: city.code.clone(),
        begun_at,
        took_ms: 0,
        copy: None,
        failed: None,
        drill: None,
    };
    let plain = dir.join(format!(".half-{}.db", record.name));
    match work(config, city, &dir, &plain, &record.name) {
        Ok(copied) => record.copy = Some(copied),
        Err(trouble) => record.failed = Some(trouble),
    }
    record.took_ms = millis(began.elapsed());
    if config.drill && record.copy.is_some() {
        record.drill = Some(drill::after(config, &record, &dir, &plain, clock));
    }
    finish(config, &dir, &plain, &record, clock.now());
    record
}

/// What remains once all is known. A full disk is the likeliest trouble, so each step is tried whatever the others did.
fn finish(config: &BackupConfig, dir: &Path, plain: &Path, record: &Record, now: Moment) {
    let tell = |error: std::io::Error| {
        tracing::error!(%error, code = record.code, "the directory of the copies cannot be written");
    };
    files::remove(plain).unwrap_or_else(tell);
    record.save(dir).unwrap_or_else(tell);
    if record.is_good() {
        rotate::rotate(dir, config, now).unwrap_or_else(tell);
    }
}

fn work(config: &BackupConfig, city: &City, dir: &Path, plain: &Path, name: &str) -> Result<Copied, Trouble> {
    let disk = |error: std::io::Error| at(dir, &error);
    files::make_dir(dir).map_err(disk)?;
    files::sweep(dir).map_err(disk)?;
    guard(config, city, dir)?;
    db::copy_whole(&city.file, plain).map_err(|error| Trouble::Copy { why: error.to_string() })?;
    files::sync(plain).map_err(disk)?;
    let seen = db::inspect(plain).map_err(|error| Trouble::Copy { why: error.to_string() })?;
    sound(city, &seen)?;
    let (file, encrypted) = publish(config, dir, plain, name)?;
    let (sha256, bytes) = files::digest(&dir.join(&file)).map_err(disk)?;
    let sum = format!("{sha256}  {file}\n");
    files::write_whole(&dir.join(format!("{file}.sha256")), sum.as_bytes()).map_err(disk)?;
    Ok(Copied::of(file, bytes, sha256, encrypted, &seen))
}

/// The copy under its own name: encrypted, or a second name of the plain one, which the drill still needs.
fn publish(config: &BackupConfig, dir: &Path, plain: &Path, name: &str) -> Result<(String, bool), Trouble> {
    let disk = |error: std::io::Error| at(dir, &error);
    if config.age_recipients.is_empty() {
        let file = format!("{name}.db");
        fs::rename(plain, dir.join(&file)).map_err(disk)?;
        files::sync_dir(dir).map_err(disk)?;
        return Ok((file, false));
    }
    let file = format!("{name}.db.age");
    let half = dir.join(format!(".half-{file}"));
    seal::seal(plain, &half, &config.age_recipients).map_err(|error| Trouble::Seal { why: error.0 })?;
    fs::rename(&half, dir.join(&file)).map_err(disk)?;
    files::sync_dir(dir).map_err(disk)?;
    Ok((file, true))
}

/// Room for the copy, for the encrypted one, and for the restored one, besides what must be left.
fn guard(config: &BackupConfig, city: &City, dir: &Path) -> Result<(), Trouble> {
    let times = 1 + u64::from(!config.age_recipients.is_empty()) + u64::from(config.drill);
    let need = db::size_of(&city.file).saturating_mul(times).saturating_add(config.min_free_mb << 20);
    let room = files::room(dir).map_err(|error| at(dir, &error))?;
    if room.free < need {
        return Err(Trouble::NoRoom { need_mb: need.div_ceil(1 << 20), free_mb: room.free >> 20 });
    }
    Ok(())
}

fn sound(city: &City, seen: &Inspected) -> Result<(), Trouble> {
    let mut found = seen.wrong.clone();
    if seen.code != city.code {
        found.push(format!("it belongs to municipality {}, not {}", seen.code, city.code));
    }
    if found.is_empty() { Ok(()) } else { Err(Trouble::Unsound { found }) }
}

fn at(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::Disk { path: path.display().to_string(), why: error.to_string() }
}

/// A name that no other attempt has: two in one second are told apart by the next second.
fn free_name(dir: &Path, at: Moment) -> String {
    let taken: Vec<String> = records(dir).unwrap_or_default().into_iter().map(|one| one.name).collect();
    let mut at = at;
    loop {
        let name = name_of(at);
        if !taken.contains(&name) {
            return name;
        }
        at = at.plus(Duration::from_secs(1));
    }
}

/// The time in Japan as names of files write it.
pub(super) fn name_of(at: Moment) -> String {
    let day = at.day().to_string().replace('-', "");
    format!("{day}-{}{:02}", at.minute().compact(), at.seconds().rem_euclid(60))
}

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
