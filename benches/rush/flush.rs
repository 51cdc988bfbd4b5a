//! How often this machine can flush a file to its disk, in this minute.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

/// Flushes of one page a second.
pub fn rate() -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).open(dir.path().join("probe")).unwrap();
    let (began, mut flushes) = (Instant::now(), 0_u32);
    while began.elapsed() < Duration::from_millis(500) {
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        flushes += 1;
    }
    f64::from(flushes) / began.elapsed().as_secs_f64()
}
