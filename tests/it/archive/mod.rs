//! The archive: what the program ships, the stock `litestream` restores, at any shipped commit and moment.

mod by_bucket;
mod by_commit;
mod by_desk;
mod by_kill;
mod by_others;
mod by_page;
mod by_room;
mod by_time;
mod shop;
mod store;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use madoguchi::archive::Place;

use crate::kit::program::said;

/// The stock tool, as `tests/run` installs it, or the machine's own.
pub fn litestream(arguments: &[&str]) -> Output {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/litestream");
    let program = if ours.exists() { ours } else { PathBuf::from("litestream") };
    let run = Command::new(&program)
        .args(arguments)
        // Where this is set, the tool believes no plain address.
        .env_remove("AWS_CA_BUNDLE")
        .envs([("AWS_ACCESS_KEY_ID", store::KEY), ("AWS_SECRET_ACCESS_KEY", store::SECRET)])
        .output();
    run.unwrap_or_else(|error| panic!("litestream 0.5.17 is needed, tests/run installs it: {error}"))
}

/// `backup/restore-archive.sh`, which finds the stock tool where `tests/run` installs it.
pub fn script(arguments: &[&str]) -> Output {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = format!("{}:{}", std::env::var("PATH").unwrap(), here.join("target/tools/bin").display());
    Command::new(here.join("backup/restore-archive.sh"))
        .args(arguments)
        .env_remove("AWS_CA_BUNDLE")
        .envs([("AWS_ACCESS_KEY_ID", store::KEY), ("AWS_SECRET_ACCESS_KEY", store::SECRET), ("PATH", &path)])
        .envs([("AWS_REGION", "ap-northeast-1"), ("ENDPOINT", &store::endpoint())])
        .output()
        .unwrap()
}

/// Restores a lineage with the stock tool, with a full check, and gives the text of the whole database.
pub fn restored(lineage: &Place, more: &[&str], scratch: &Path) -> String {
    let url = match lineage {
        Place::Dir(dir) => format!("file://{}", dir.display()),
        Place::Bucket(..) => format!("{}?endpoint={}", lineage.shown().display(), store::endpoint()),
    };
    let out = scratch.join("stock.db");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(scratch.join(format!("stock.db{end}")));
    }
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

/// The newest lineage of the city of the tests in a directory.
pub fn lineage(archive: &Path) -> Place {
    madoguchi::archive::newest_lineage(&Place::Dir(archive.join("999999"))).unwrap().unwrap()
}

/// The last commit that an archive in a directory holds; 0 when it holds none.
pub fn reached(archive: &Path) -> u64 {
    reached_in(&Place::Dir(archive.join("999999")))
}

/// The last commit that a city's archive holds; 0 when it holds none.
pub fn reached_in(city: &Place) -> u64 {
    let Ok(Some(lineage)) = madoguchi::archive::newest_lineage(city) else { return 0 };
    let last =
        |level| madoguchi::archive::levels(&lineage, level).unwrap().into_iter().map(|one| one.last).max();
    [0, 1, 9].into_iter().filter_map(last).max().unwrap_or(0)
}
