//! The proof that a copy can be restored: it is, into a file of its own, and compared with what was written down of it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::record::{Copied, Drill, Record};
use super::take::millis;
use super::{dir_of, files, seal};
use crate::base::{Clock, HistoryId, Moment};
use crate::config::BackupConfig;
use crate::db::{self, Db, Fault, Glance, Inspected, OpenError};
use crate::history::{self, Link, Verdict};

/// Events of the audit chain that are checked at a time.
const SLICE: u32 = 5000;

/// Proves the copy that `take` has just made. `plain` still lies there when the copy was encrypted.
pub(super) fn after(
    config: &BackupConfig,
    record: &Record,
    dir: &Path,
    plain: &Path,
    clock: &Clock,
) -> Drill {
    let Some(copied) = &record.copy else { return nothing(clock.now()) };
    let sealed = copied.encrypted && config.age_identity_file.is_none();
    let from = if sealed { plain.to_owned() } else { dir.join(&copied.file) };
    proof(&Proof { copied, code: &record.code, dir, published: dir.join(&copied.file), from, config }, clock)
}

/// Proves a copy that lies in the city's directory, as each night does; an encrypted one needs its private key.
///
/// Spec: 10(4).
pub fn prove(config: &BackupConfig, record: &Record, clock: &Clock) -> Drill {
    let dir = dir_of(&config.dir, &record.code);
    let Some(copied) = &record.copy else { return nothing(clock.now()) };
    let published = dir.join(&copied.file);
    let proof_of = Proof {
        copied,
        code: &record.code,
        dir: &dir,
        published: published.clone(),
        from: published,
        config,
    };
    proof(&proof_of, clock)
}

/// Says what is wrong with any file that was restored, in itself: pages, references, the audit chain.
pub fn prove_file(file: &Path, code: &str, now: Moment) -> Result<Inspected, Vec<String>> {
    let (seen, followed) = read_through(file, code, now);
    let seen = seen.map_err(|error| vec![error.to_string()])?;
    let mut wrong = seen.wrong.clone();
    if seen.code == code {
        wrong.extend(chain(followed, &seen));
    } else {
        wrong.push(format!("it belongs to municipality {}, not {code}", seen.code));
    }
    if wrong.is_empty() { Ok(seen) } else { Err(wrong) }
}

fn nothing(at: Moment) -> Drill {
    Drill { at, took_ms: 0, opened_sealed: false, wrong: vec!["there is no copy".to_owned()] }
}

struct Proof<'a> {
    copied: &'a Copied,
    code: &'a str,
    dir: &'a Path,
    published: PathBuf,
    /// What is restored: the published file, or the plain one when nobody here can open the encrypted one.
    from: PathBuf,
    config: &'a BackupConfig,
}

fn proof(of: &Proof<'_>, clock: &Clock) -> Drill {
    let (began, at) = (Instant::now(), clock.now());
    let id = std::process::id();
    let restored = of.dir.join(format!(".drill-{id}-{}.db", of.copied.sha256.get(..8).unwrap_or_default()));
    let wrong = compare(of, &restored, at).unwrap_or_else(|why| vec![why]);
    let mut wrong = wrong;
    if let Err(error) = files::remove(&restored) {
        wrong.push(error.to_string());
    }
    let opened_sealed = of.copied.encrypted && of.from == of.published;
    Drill { at, took_ms: millis(began.elapsed()), opened_sealed, wrong }
}

fn compare(of: &Proof<'_>, restored: &Path, now: Moment) -> Result<Vec<String>, String> {
    let (sha256, bytes) = files::digest(&of.published).map_err(|error| error.to_string())?;
    if (&sha256, bytes) != (&of.copied.sha256, of.copied.bytes) {
        return Err(format!("{}: SHA-256 differs from what was written down", of.copied.file));
    }
    files::remove(restored).map_err(|error| error.to_string())?;
    if of.copied.encrypted && of.from == of.published {
        let key = of.config.age_identity_file.as_deref();
        let key = key.ok_or("backup.age_identity_file: no private key is named")?;
        seal::open(&of.from, restored, key).map_err(|error| error.0)?;
    } else {
        std::fs::copy(&of.from, restored).map_err(|error| error.to_string())?;
    }
    let (seen, followed) = read_through(restored, of.code, now);
    let seen = seen.map_err(|error| error.to_string())?;
    let mut wrong = seen.wrong.clone();
    wrong.extend(differences(of, &seen));
    if wrong.is_empty() {
        wrong.extend(chain(followed, &seen));
    }
    Ok(wrong)
}

fn differences(of: &Proof<'_>, seen: &Inspected) -> Vec<String> {
    let told = of.copied;
    let mut wrong = Vec::new();
    let mut same = |what: &str, found: &str, expected: &str| {
        if found != expected {
            wrong.push(format!("{what}: {found} instead of {expected}"));
        }
    };
    same("code", &seen.code, of.code);
    same("file_id", &seen.file_id, &told.file_id);
    same("commit_no", &seen.commit_no.to_string(), &told.commit_no.to_string());
    same(
        "audit",
        &format!("{} {}", seen.events, seen.head),
        &format!("{} {}", told.audit_events, told.audit_head),
    );
    for table in seen.rows.keys().chain(told.rows.keys()).collect::<std::collections::BTreeSet<_>>() {
        let rows = |rows: &std::collections::BTreeMap<String, u64>| {
            rows.get(table).map_or_else(|| "no table".to_owned(), u64::to_string)
        };
        same(table, &rows(&seen.rows), &rows(&told.rows));
    }
    wrong
}

/// How the audit chain went: up to its last link, or to the event that breaks it.
type Followed = Result<Glance<Result<Link, HistoryId>>, OpenError>;

/// Reads the whole file, and beside it the audit chain: of a large city each takes many seconds.
fn read_through(file: &Path, code: &str, now: Moment) -> (Result<Inspected, OpenError>, Followed) {
    std::thread::scope(|threads| {
        let following = threads.spawn(|| follow(file, code, now));
        let seen = db::inspect(file);
        let followed = following.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (seen, followed)
    })
}

/// Follows the audit chain from its first event. A file of an older schema is read by its own build only.
fn follow(file: &Path, code: &str, now: Moment) -> Followed {
    Db::glance(file, code, now, |tx| {
        let mut from = Link::start();
        loop {
            match history::verify(tx, &from, SLICE)? {
                Verdict::More(link) => from = link,
                Verdict::Sound(link) => return Ok::<_, Fault>(Ok(link)),
                Verdict::Broken(id) => return Ok(Err(id)),
            }
        }
    })
}

/// What is wrong with the chain.
fn chain(followed: Followed, seen: &Inspected) -> Option<String> {
    match followed {
        Err(error) => Some(error.to_string()),
        Ok(Glance::Older) => None,
        Ok(Glance::Seen(Err(id))) => Some(format!("audit: event {id} was changed")),
        Ok(Glance::Seen(Ok(link))) => {
            (link.events() != seen.events).then(|| "audit: the chain ends early".to_owned())
        }
    }
}
