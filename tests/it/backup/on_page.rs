//! The status page: no copy yet, a good night, a failed one.

use madoguchi::backup::{self, City};
use madoguchi::config::BackupConfig;

use crate::kit::console::Console;

fn take(console: &Console, min_free_mb: u64) {
    let profile = &console.city.profile;
    let config = BackupConfig { min_free_mb, ..console.state.registry.backup().clone() };
    let city = City { code: profile.code.clone(), file: profile.file.clone() };
    backup::take(&config, &city, &console.clock.clock());
}

#[tokio::test]
async fn the_status_page_tells_of_no_copy_of_a_proved_one_and_of_a_failed_night() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = console.signed_in("administrator").await;
    let page = terminal.get("/status").await;
    assert_eq!(page.status, 200);
    for words in [
        "まだバックアップがありません",
        "次の夜 2:10 に初めて取ります",
        "madoguchi backup now --municipality mihon",
    ] {
        assert!(page.body.contains(words), "{words}\n{}", page.body);
    }
    take(&console, 1);
    let page = terminal.get("/status").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let page = page.body;
    assert!(page.contains("復元できた") && page.contains("一致") && page.contains("カード0枚"), "{page}");
    console.clock.set("2026-04-14 02:10");
    take(&console, 1 << 40);
    let mut terminal = console.signed_in("administrator").await;
    let page = terminal.get("/status").await.body;
    assert!(page.contains("失敗") && page.contains("空きが足りません"), "{page}");
    assert!(page.contains("s-bad"), "the row says so in colour as well");
}

#[tokio::test]
async fn a_night_that_was_missed_turns_the_page_red_and_nobody_else_may_look() {
    let console = Console::at("2026-04-13 02:10").await;
    take(&console, 1);
    console.clock.set("2026-04-14 08:10");
    let mut terminal = console.signed_in("administrator").await;
    assert!(terminal.get("/status").await.body.contains("復元できた"));
    console.clock.set("2026-04-14 08:11");
    assert!(!terminal.get("/status").await.body.contains("復元できた"));
    let page = terminal.get("/status").await.body;
    assert!(page.contains("昨夜の分がありません"), "{page}");
    assert_eq!(console.signed_in("counter").await.get("/status").await.status, 403);
    assert_eq!(terminal.get("/status/restored").await.status, 404, "nothing was restored");
}
