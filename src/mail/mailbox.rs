//! The directory in which bounces arrive: a Maildir, or plain files.
//!
//! **Invariant:** no file is deleted: what was read is put beside, and what could not be read where somebody finds it.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// The largest message that is read, in bytes.
pub const BOUNCE_MAX: u64 = 10 << 20;

/// Up to `most` files that wait in `dir`, by name. Blocks.
pub fn waiting(dir: &Path, most: usize) -> io::Result<Vec<PathBuf>> {
    let incoming = if is_maildir(dir) { dir.join("new") } else { dir.to_owned() };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(incoming)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // What is still being written has another name until it is whole.
        let half = name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part");
        if !half && entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    found.truncate(most);
    Ok(found)
}

/// The bytes of a message that is not too large. Blocks.
pub fn open(path: &Path) -> io::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    if size > BOUNCE_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("{size} bytes")));
    }
    std::fs::read(path)
}

/// Puts a message beside: `cur` of a Maildir (flagged when it was not understood), else `done` or `unread`. Blocks.
pub fn put_away(dir: &Path, path: &Path, understood: bool) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or(OsStr::new("message")).to_string_lossy().into_owned();
    let (place, name) = match (is_maildir(dir), understood) {
        (true, true) => ("cur", format!("{name}:2,S")),
        (true, false) => ("cur", format!("{name}:2,F")),
        (false, true) => ("done", name),
        (false, false) => ("unread", name),
    };
    keep(&dir.join(place), &name, |to| std::fs::rename(path, to))
}

/// Keeps a message that came by another way and could not be used. Blocks.
pub fn keep_unread(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    keep(dir, name, |to| std::fs::write(to, bytes))
}

/// Under this name, or, where a file has it already, under one with a number behind.
fn keep(dir: &Path, name: &str, put: impl Fn(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
    std::fs::create_dir_all(dir)?;
    let names = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}-{number}")));
    for name in names {
        let to = dir.join(name);
        if !to.exists() {
            put(&to)?;
            return Ok(to);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn is_maildir(dir: &Path) -> bool {
    dir.join("new").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_put_beside_and_none_is_lost_when_names_meet() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("b", "1"), ("a", "2"), (".hidden", "3"), ("half.part", "4")] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let found = waiting(dir.path(), 10).unwrap();
        assert_eq!(found, [dir.path().join("a"), dir.path().join("b")]);
        put_away(dir.path(), &found[0], true).unwrap();
        std::fs::write(dir.path().join("a"), "5").unwrap();
        put_away(dir.path(), &found[0], true).unwrap();
        put_away(dir.path(), &found[1], false).unwrap();
        assert!(waiting(dir.path(), 10).unwrap().is_empty());
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(
            (read("done/a"), read("done/a-2"), read("unread/b")),
            ("2".into(), "5".into(), "1".into())
        );
    }

    #[test]
    fn a_maildir_is_read_as_one() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["new", "cur", "tmp"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        std::fs::write(dir.path().join("new/1.a"), "x").unwrap();
        std::fs::write(dir.path().join("tmp/2.a"), "x").unwrap();
        let found = waiting(dir.path(), 10).unwrap();
        assert_eq!(found, [dir.path().join("new/1.a")]);
        assert_eq!(put_away(dir.path(), &found[0], false).unwrap(), dir.path().join("cur/1.a:2,F"));
    }
}
