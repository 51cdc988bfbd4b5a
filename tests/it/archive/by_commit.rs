//! The true binary ships; the stock tool and our own restore to each commit and moment.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use madoguchi::archive::Place;
use madoguchi::base::{Clock, Moment};

use super::{dump, lineage, reached, restored, script};
use crate::kit::program::{Desk, said};

pub const ARCHIVE: &str = "[archive]\ndir = \"archive\"\nmin_free_mb = 1\n[backup]\nmin_free_mb = 1\n";

/// The number of the last commit in a file, read beside whoever serves it.
pub fn committed(file: &Path) -> u64 {
    let read = Command::new("sqlite3")
        .args(["-cmd", ".timeout 10000"])
        .arg(file)
        .arg("SELECT commit_no FROM progress")
        .output()
        .unwrap();
    said(&read).trim().parse().unwrap_or_else(|_| panic!("{}", said(&read)))
}

/// Waits until everything that was committed is shipped, and gives the last commit's number.
pub fn caught_up(desk: &Desk) -> u64 {
    let patience = Instant::now() + Duration::from_secs(40);
    loop {
        let last = committed(&desk.file());
        if reached(&desk.path("archive")) == last {
            return last;
        }
        assert!(Instant::now() < patience, "commit {last} is not shipped: {}", desk.log());
        std::thread::yield_now();
    }
}

/// What monitors are told.
fn figures(ops: SocketAddr) -> String {
    let mut stream = TcpStream::connect(ops).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub fn close(desk: &Desk, open: bool) -> bool {
    let on = ["maintenance", "on", "--municipality", "mihon", "--reason", "機器の入れ替え"];
    let off = ["maintenance", "off", "--municipality", "mihon"];
    desk.run(if open { &off } else { &on }).status.success()
}

#[test]
fn the_stock_tool_and_our_own_restore_each_shipped_commit_and_moment() {
    let desk = Desk::new();
    desk.configure(ARCHIVE);
    desk.add_city();
    let server = desk.serve();
    let mut states = Vec::new();
    for step in 0..5 {
        assert!(close(&desk, step % 2 == 1), "{}", desk.log());
        let last = caught_up(&desk);
        let now = Clock::system().now();
        states.push((last, now, dump(&desk.file())));
        // Moments are told to the second.
        while Clock::system().now().since(now) < Duration::from_millis(2100) {
            std::thread::yield_now();
        }
    }
    let figures = figures(server.ops);
    for line in [
        "madoguchi_archive_ok{municipality=\"mihon\"} 1",
        "madoguchi_archive_lag_seconds{municipality=\"mihon\"} 0",
    ] {
        assert!(figures.contains(line), "{line}\n{figures}");
    }
    assert!(figures.contains("madoguchi_archive_last_commit_timestamp_seconds{"), "{figures}");
    server.stop();
    let lineage = lineage(&desk.path("archive"));
    let scratch = desk.path("");
    assert_eq!(restored(&lineage, &[], &scratch), dump(&desk.file()), "the newest");
    for (last, at, expected) in &states {
        let number = format!("{last:016x}");
        assert!(restored(&lineage, &["-txid", &number], &scratch) == *expected, "txid {last}");
        let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap().to_string();
        // The stock tool refuses a moment after the last file.
        if *last < states[states.len() - 1].0 {
            assert!(restored(&lineage, &["-timestamp", &moment], &scratch) == *expected, "{moment}");
        }

        let own = desk.path(&format!("own-{last}.db"));
        let call = [
            "restore",
            "--municipality",
            "mihon",
            "--txid",
            &last.to_string(),
            "--to",
            own.to_str().unwrap(),
        ];
        let done = desk.run(&call);
        assert!(done.status.success(), "{}", said(&done));
        assert!(dump(&own) == *expected, "our own, txid {last}");
        let japan = at.plus(Duration::from_secs(9 * 3600 + 1));
        let text = jiff::Timestamp::from_millisecond(japan.millis()).unwrap().to_string();
        let text = text.get(..19).unwrap().replace('T', " ");
        let own = desk.path(&format!("own-at-{last}.db"));
        let call = ["restore", "--municipality", "mihon", "--at", &text, "--to", own.to_str().unwrap()];
        let done = desk.run(&call);
        assert!(done.status.success(), "{}", said(&done));
        assert!(dump(&own) == *expected, "our own, {text}");
    }
    let verified = desk.run(&["verify", "--municipality", "mihon", "--from", "archive"]);
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    let early = desk.run(&["restore", "--municipality", "mihon", "--at", "2020-01-01 00:00", "--to", "x.db"]);
    assert!(early.status.code() == Some(1) && said(&early).contains("at or before"), "{}", said(&early));

    a_new_lineage(&desk, &states, &lineage);
}

/// Of each commit: number, moment, and the text of the database after it.
type States = [(u64, Moment, String)];

/// The script with the stock tool gets the newest state and that of a moment, and writes over nothing.
fn the_script(desk: &Desk, states: &States) {
    let city = desk.path("archive/999999");
    let (newest, early) = (desk.path("script.db"), desk.path("script-early.db"));
    let done = script(&[city.to_str().unwrap(), newest.to_str().unwrap()]);
    assert!(done.status.success() && said(&done).contains("番目まで"), "{}", said(&done));
    assert!(dump(&newest) == dump(&desk.file()));
    let (_, at, expected) = &states[1];
    let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap().to_string();
    let done = script(&[city.to_str().unwrap(), early.to_str().unwrap(), &moment]);
    assert!(done.status.success() && dump(&early) == *expected, "{}", said(&done));
    let over = script(&[city.to_str().unwrap(), newest.to_str().unwrap()]);
    assert!(
        over.status.code() == Some(1) && said(&over).contains("あるファイルには書きません"),
        "{}",
        said(&over)
    );
    let nothing = script(&[desk.path("data").to_str().unwrap(), desk.path("none.db").to_str().unwrap()]);
    assert!(nothing.status.code() == Some(1) && said(&nothing).contains("LATEST"), "{}", said(&nothing));
    assert_eq!(script(&[]).status.code(), Some(2));
}

/// Put back in its place, the city begins a lineage of its own.
fn a_new_lineage(desk: &Desk, states: &States, before: &Place) {
    the_script(desk, states);
    let (first, _, _) = &states[0];
    let server = desk.serve();
    let call = ["restore", "--municipality", "mihon", "--txid", &first.to_string(), "--put-aside"];
    let done = desk.run(&call);
    assert!(done.status.success(), "{}", said(&done));
    let patience = Instant::now() + Duration::from_secs(20);
    while lineage(&desk.path("archive")) == *before {
        assert!(Instant::now() < patience, "no new lineage: {}", desk.log());
        std::thread::yield_now();
    }
    caught_up(desk);
    server.stop();
    let restored = restored(&lineage(&desk.path("archive")), &[], &desk.path(""));
    assert_eq!(restored, dump(&desk.file()));
}
