//! Growth, shrinking, blobs, checkpoints in between, an upgrade: the archive stays whole, and only what changed is shipped.

use std::borrow::Cow;

use madoguchi::base::Chance;
use madoguchi::db::{Step, Upgrades};

use super::dump;
use super::shop::{Shop, act};

#[tokio::test]
async fn whatever_is_written_between_checkpoints_is_restored_page_by_page() {
    let shop = Shop::new();
    let chance = Chance::seeded(5);
    let db = shop.open(Upgrades::default());
    let mut whole = 0;
    for step in 0..400 {
        act(&db, chance.below(100), chance.below(200)).await;
        if chance.below(5) == 0 {
            whole += usize::from(shop.ship(&db));
        }
        if step % 100 == 99 {
            whole += usize::from(shop.ship(&db));
            shop.same();
        }
    }
    db.close().await;
    whole += usize::from(shop.ship(&db));
    shop.same();
    assert_eq!(whole, 1, "only the first file is the whole one");
}

#[tokio::test]
async fn what_was_committed_and_not_shipped_is_shipped_after_the_next_start_as_pages_alone() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    assert!(shop.ship(&db), "the first one is the whole file");
    act(&db, 0, 2).await;
    assert!(!shop.ship(&db));
    act(&db, 60, 3).await;
    db.close().await;
    drop(db);
    let db = shop.open(Upgrades::default());
    db.wake_writer().await;
    assert!(!shop.ship(&db), "the log still held it");
    shop.same();
}

#[tokio::test]
async fn an_upgrade_of_the_schema_is_shipped_like_any_commit() {
    let shop = Shop::new();
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    shop.ship(&db);
    act(&db, 0, 2).await;
    shop.ship(&db);
    db.close().await;
    drop(db);
    let step = Step {
        name: Cow::Borrowed("0002_more"),
        sql: Cow::Borrowed("CREATE TABLE more (a TEXT) STRICT; INSERT INTO more VALUES ('x');"),
    };
    let db = shop.open(Upgrades::of(vec![step]));
    act(&db, 0, 3).await;
    assert!(!shop.ship(&db));
    shop.same();
    assert!(dump(&shop.file()).contains("CREATE TABLE more"));
}
