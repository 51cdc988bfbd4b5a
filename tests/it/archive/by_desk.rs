//! The jobs: what the status page and the metrics show, a whole file by night, and a letter when it does not work.

use madoguchi::config::{BackupConfig, MailConfig, MailTransport};
use madoguchi::jobs::{Desk, Memories, ship_due, tidy_archive};
use madoguchi::mail::Transport;
use madoguchi::render::Renderer;

use super::lineage;
use super::shop::{level, put};
use crate::kit::console::Console;
use crate::kit::post_box::PostBox;

fn desk(console: &Console, post_box: &PostBox) -> Desk {
    let mail = MailConfig {
        transport: MailTransport::Smtp,
        host: post_box.address.ip().to_string(),
        port: post_box.address.port(),
        ..MailConfig::default()
    };
    let backups = BackupConfig { mail_to: vec!["ops@example.jp".to_owned()], ..BackupConfig::default() };
    Desk::new(
        console.state.registry.clone(),
        Renderer::load().unwrap(),
        Transport::new(&mail).unwrap(),
        console.clock.clock(),
    )
    .with_backups(&backups)
    .with_archive(console.state.registry.archive())
}

async fn commit(console: &Console, key: u64) {
    console.write(move |tx| put(tx, key, 100)).await.unwrap();
}

#[tokio::test]
async fn the_status_page_tells_how_far_the_archive_is_and_a_letter_goes_out_when_it_stops_and_when_it_is_mended()
 {
    let console = Console::archived_at("2026-04-13 09:42").await;
    let post_box = PostBox::open(&[]).await;
    let (desk, mut memories) = (desk(&console, &post_box), Memories::default());
    let dir = console.state.registry.archive().dir.clone().unwrap();
    let mut terminal = console.signed_in("administrator").await;
    let page = terminal.get("/status").await.body;
    assert!(page.contains("書込みの保管") && page.contains("始めています"), "{page}");
    ship_due(&desk).await;
    let page = terminal.get("/status").await.body;
    assert!(page.contains("最新") && page.contains("9:42 の書込みまで。30日前まで戻せます"), "{page}");

    let away = dir.with_file_name("away");
    std::fs::rename(&dir, &away).unwrap();
    std::fs::write(&dir, "no directory").unwrap();
    commit(&console, 1).await;
    console.clock.set("2026-04-13 09:43");
    let page = terminal.get("/status").await.body;
    assert!(page.contains("秒遅れ"), "{page}");
    ship_due(&desk).await;
    let page = terminal.get("/status").await.body;
    for words in ["止まっています", "9:43 から。保管先に書けません", "予約は続いています"]
    {
        assert!(page.contains(words), "{words}\n{page}");
    }
    console.clock.set("2026-04-13 09:47:59");
    tidy_archive(&desk, &mut memories).await;
    assert_eq!(post_box.count(), 0, "not for every hiccup");
    console.clock.set("2026-04-13 09:48:00");
    tidy_archive(&desk, &mut memories).await;
    tidy_archive(&desk, &mut memories).await;
    let mail = post_box.arrived().pop().unwrap();
    assert!(post_box.count() == 1 && mail.to == "<ops@example.jp>", "one letter tells it");

    std::fs::remove_file(&dir).unwrap();
    std::fs::rename(&away, &dir).unwrap();
    ship_due(&desk).await;
    tidy_archive(&desk, &mut memories).await;
    assert_eq!(post_box.count(), 2, "and one that it works again");
    let mut terminal = console.signed_in("administrator").await;
    ship_due(&desk).await;
    assert!(terminal.get("/status").await.body.contains("最新"));
}

#[tokio::test]
async fn a_city_without_an_archive_says_so() {
    let console = Console::at("2026-04-13 09:42").await;
    let page = console.signed_in("administrator").await.get("/status").await.body;
    assert!(page.contains("保管しない設定です"), "{page}");
}

#[tokio::test]
async fn each_night_adds_one_whole_file_once_something_was_written() {
    let console = Console::archived_at("2026-04-13 09:42").await;
    let post_box = PostBox::open(&[]).await;
    let (desk, mut memories) = (desk(&console, &post_box), Memories::default());
    ship_due(&desk).await;
    let lineage = lineage(console.state.registry.archive().dir.as_ref().unwrap());
    let whole = || level(&lineage, 9).len();
    for (time, expected) in [
        ("2026-04-13 23:59:59", 1),
        ("2026-04-14 00:00:00", 1),
        ("2026-04-14 02:09:59", 1),
        ("2026-04-14 02:10:00", 2),
        ("2026-04-14 02:50:00", 2),
        ("2026-04-15 02:10:00", 2),
        ("2026-04-15 12:00:00", 2),
        ("2026-04-16 02:10:00", 3),
    ] {
        console.clock.set(time);
        if expected != whole() || time.ends_with("12:00:00") || time.ends_with("59:59") {
            commit(&console, 1).await;
            ship_due(&desk).await;
        }
        tidy_archive(&desk, &mut memories).await;
        assert_eq!(whole(), expected, "{time}");
    }
}
