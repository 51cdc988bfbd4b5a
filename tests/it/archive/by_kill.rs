//! kill -9 at any moment: what was shipped restores, and after a start nothing is missing.

use std::fmt::Write;
use std::time::{Duration, Instant};

use madoguchi::base::Chance;
use rustix::process::Signal;

use super::by_commit::{ARCHIVE, caught_up, close};
use super::{dump, lineage, restored};
use crate::kit::program::Desk;

/// Rounds; `tests/long` asks for more.
fn rounds() -> u64 {
    std::env::var("MADOGUCHI_KILLS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(10)
}

/// A card file with so many rows that no other round has.
fn cards(desk: &Desk, round: u64) {
    let mut text = "交付通知書ID,氏名,フリガナ,生年月日\r\n".to_owned();
    for row in 0..200 {
        write!(text, "A13-{:06},田中 {row},タナカ,1990-04-13\r\n", round * 1000 + row).unwrap();
    }
    std::fs::write(desk.path("cards.csv"), text).unwrap();
}

#[test]
fn after_every_kill_the_archive_restores_and_after_the_next_start_it_is_whole() {
    let desk = Desk::new();
    desk.configure(ARCHIVE);
    desk.add_city();
    let chance = Chance::seeded(11);
    let mut open = false;
    for round in 0..rounds() {
        cards(&desk, round);
        let server = desk.serve();
        let until = Instant::now() + Duration::from_millis(200 + chance.below(1800));
        std::thread::scope(|threads| {
            threads.spawn(|| {
                desk.run(&["import", "--municipality", "mihon", desk.path("cards.csv").to_str().unwrap()])
            });
            while Instant::now() < until {
                open = close(&desk, open) != open;
            }
            server.signal(Signal::KILL);
        });
        assert_eq!(server.ended(), None, "round {round}");
        if desk.path("archive/999999/LATEST").exists() {
            let text = restored(&lineage(&desk.path("archive")), &[], &desk.path(""));
            assert!(text.contains("INSERT INTO municipality"), "round {round}");
        }
        let server = desk.serve();
        caught_up(&desk);
        let lineage = lineage(&desk.path("archive"));
        assert!(restored(&lineage, &[], &desk.path("")) == dump(&desk.file()), "round {round} differs");
        server.stop();
    }
}
