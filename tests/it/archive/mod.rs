//! The archive: what the program ships, the stock `litestream` restores, at any shipped commit and moment.

mod by_commit;
mod by_desk;
mod by_kill;
mod by_others;
mod by_page;
mod by_room;
mod by_time;
mod shop;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::kit::program::said;

/// The stock tool, as `tests/run` installs it, or the machine's own.
pub fn litestream(arguments: &[&str]) -> Output {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/litestream");
    let program = if ours.exists() { ours } else { PathBuf::from("litestream") };
    let run = Command::new(&program).args(arguments).output();
    run.unwrap_or_else(|error| panic!("litestream 0.5.17 is needed, tests/run installs it: {error}"))
}

/// Restores a lineage with the stock tool, with a full check, and gives the text of the whole database.
pub fn restored(lineage: &Path, more: &[&str], scratch: &Path) -> String {
    let out = scratch.join("stock.db");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(scratch.join(format!("stock.db{end}")));
    }
    let url = format!("file://{}", lineage.display());
    let mut call = vec!["restore", "-o", out.to_str().unwrap(), "-integrity-check", "full"];
    call.extend(more);
    call.push(&url);
    let done = litestream(&call);
    assert!(done.status.success(), "{call:?}: {}", said(&done));
    dump(&out)
}

/// The text of a whole database.
pub fn dump(file: &Path) -> String {
    let dumped =
        Command::new("sqlite3").args(["-cmd", ".timeout 10000"]).arg(file).arg(".dump").output().unwrap();
    assert!(dumped.status.success(), "{}", said(&dumped));
    said(&dumped)
}

/// The newest lineage of the city of the tests.
pub fn lineage(archive: &Path) -> PathBuf {
    madoguchi::archive::newest_lineage(&archive.join("999999")).unwrap().unwrap()
}

/// The last commit that an archive holds; 0 when it holds none.
pub fn reached(archive: &Path) -> u64 {
    let Ok(Some(lineage)) = madoguchi::archive::newest_lineage(&archive.join("999999")) else { return 0 };
    let last =
        |level| madoguchi::archive::levels(&lineage, level).unwrap().into_iter().map(|one| one.last).max();
    [0, 1, 9].into_iter().filter_map(last).max().unwrap_or(0)
}
