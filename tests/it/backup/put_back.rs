//! A city out of a copy: closed, at rest, its letters held; what is missing is told; somebody releases it.

use madoguchi::app::{Command, CopyOf, Office, Outcome, Progress};
use madoguchi::base::Email;
use madoguchi::config::{BackupConfig, Config};
use madoguchi::db::{Actor, Fault, Lane};
use madoguchi::mail::{self, Letter, Post, State};

use crate::citizen::steps::{EMAIL, book};
use crate::kit::TestMunicipality;

const CLERK: Actor = Actor::Cli { uid: 0 };

fn office(city: &TestMunicipality) -> Office {
    let data_dir = city.city.profile.file.ancestors().nth(2).unwrap().to_owned();
    let mut config = Config::of_the_house(data_dir);
    config.backup = BackupConfig { min_free_mb: 1, ..city.state.registry.backup().clone() };
    Office::new(&config, city.state.registry.clone(), &city.clock.clock(), &city.state.chance)
}

async fn run(city: &TestMunicipality, command: Command) -> Outcome {
    office(city).run(command.into(), CLERK, &Progress::new().0).await.unwrap()
}

async fn back_up(city: &TestMunicipality) {
    let done = run(city, Command::BackupNow { municipality: None }).await;
    assert!(done.fine, "{done:?}");
}

/// Restores, and goes on with the city that is open then.
async fn restore(city: &mut TestMunicipality) -> Outcome {
    let wish = Command::Restore {
        municipality: "mihon".to_owned(),
        source: CopyOf::Newest,
        identity: None,
        put_aside: true,
    };
    let done = run(city, wish).await;
    let registry = &city.state.registry;
    city.city = registry.open(&registry.profiles()[0]).await.unwrap();
    done
}

async fn states(city: &TestMunicipality) -> Vec<State> {
    let read = |tx: &madoguchi::db::ReadTx<'_>| {
        tx.all("SELECT state FROM outbox ORDER BY id", [], |row| row.get::<_, State>("state"))
    };
    city.city.db.read::<_, Fault>(Lane::Staff, read).await.unwrap()
}

async fn scene() -> TestMunicipality {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    for (number, name) in [(1, "田中 健太"), (2, "佐藤 恵"), (3, "鈴木 二郎")] {
        city.card(number, name).await;
    }
    city
}

#[tokio::test]
async fn what_came_after_the_copy_is_listed_and_what_was_sent_is_not_sent_again() {
    let mut city = scene().await;
    book(&city, &mut city.browser(), 1, EMAIL).await;
    back_up(&city).await;
    city.clock.set("2026-04-06 09:10");
    city.letters(EMAIL).await;
    book(&city, &mut city.browser(), 2, "megumi@example.jp").await;
    let lost = city
        .city
        .db
        .read::<_, Fault>(Lane::Staff, |tx| {
            tx.one("SELECT booking_no FROM booking ORDER BY id DESC LIMIT 1", [], |row| {
                row.get::<_, String>("booking_no")
            })
        })
        .await
        .unwrap();
    let done = restore(&mut city).await;
    let said = done.lines.join("\n");
    assert!(said.contains(&lost) && said.contains("booking.confirmed"), "{said}");
    assert_eq!(done.report["sent_before"], done.report["held_mails"], "{said}");
    assert!(states(&city).await.iter().all(|state| matches!(state, State::Sent | State::Cancelled)));

    let mut administrator = city.clerk("administrator").await;
    let page = administrator.open("/status/restored").await.text();
    assert!(page.contains(&lost) && page.contains("予約完了"), "{page}");
}

#[tokio::test]
async fn a_restored_city_is_closed_and_at_rest_until_an_administrator_releases_the_chosen_letters() {
    let mut city = scene().await;
    book(&city, &mut city.browser(), 1, EMAIL).await;
    let queued = city.city.db.write(CLERK, |tx| {
        let to = Email::parse("taro@example.jp").unwrap();
        let dedup = "one".to_owned();
        let post =
            Post { to: &to, language: "ja", letter: &Letter::NotReady, booking: None, card: None, dedup };
        mail::enqueue(tx, &post)
    });
    queued.await.unwrap();
    back_up(&city).await;
    let before = std::sync::Arc::clone(&city.city);
    restore(&mut city).await;
    assert!(city.city.is_resting() && !before.is_resting());
    assert_eq!(city.browser().open("/").await.status(), 503);
    let held = states(&city).await.into_iter().filter(|state| *state == State::Held).count();
    assert!(held >= 2, "{:?}", states(&city).await);
    assert!(matches!(before.db.write::<(), Fault>(CLERK, |_| Ok(())).await, Err(Fault::Closed)));

    let mut administrator = city.clerk("administrator").await;
    administrator.open("/status").await;
    assert!(administrator.text().contains("内容を確かめて再開する"));
    administrator.open("/status/restored").await;
    let last = city.city.db.read(Lane::Staff, mail::held).await.unwrap().pop().unwrap();
    administrator.untick(&format!("送る：まだ予約できないお知らせ {}", last.id));
    administrator.press("再開する").await;
    assert!(administrator.text().contains("1通は送りません"), "{}", administrator.text());
    assert_eq!(city.browser().open("/").await.status(), 200);
    assert!(!city.city.is_resting());
    let after = states(&city).await;
    assert_eq!(after.iter().filter(|state| **state == State::Cancelled).count(), 1, "{after:?}");
    assert!(after.contains(&State::Queued) && !after.contains(&State::Held), "{after:?}");
}

#[tokio::test]
async fn jobs_rest_in_a_restored_city_and_run_once_it_is_released() {
    let mut city = scene().await;
    back_up(&city).await;
    restore(&mut city).await;
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), city.city.awake()).await;
    assert!(waiting.is_err(), "a job would run");
    let wish = madoguchi::backup::Release { send: std::collections::BTreeSet::new(), open: true };
    city.write(move |tx| madoguchi::backup::release(tx, &wish)).await;
    city.city.wake();
    city.city.awake().await;
    let again = madoguchi::backup::Release { send: std::collections::BTreeSet::new(), open: true };
    let twice = city.city.db.write(CLERK, move |tx| madoguchi::backup::release(tx, &again)).await;
    assert!(matches!(twice, Err(madoguchi::backup::ReleaseError::NotWaiting)));
}
