//! `madoguchi demo`, as somebody who has just cloned the repository tries it.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use madoguchi::cli::demo::Told;
use rustix::process::{Pid, Signal};

use crate::kit::Browser;
use crate::kit::http::{far, status};
use crate::kit::program::{Desk, said};

/// A running process. Dropping it kills it.
struct Running(Child);

/// The demo in a directory of its own, running.
struct Demo {
    process: Running,
    dir: PathBuf,
    told: Told,
}

fn command(arguments: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    command.args(["demo", "--data"]).arg(dir).args(arguments).stdin(Stdio::null());
    command
}

impl Demo {
    /// Starts it and waits until it tells that it serves.
    async fn start(dir: &Path) -> Self {
        let file = dir.join("demo.json");
        let before = std::fs::read(&file).ok();
        let any = ["--citizen", "127.0.0.1:0", "--staff", "127.0.0.1:0", "--ops", "127.0.0.1:0"];
        let log = File::create(dir.with_extension("log")).unwrap();
        let process =
            command(&any, dir).stdout(log.try_clone().unwrap()).stderr(log).spawn().map(Running).unwrap();
        for _ in 0..1200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            // Ports are drawn anew at each start, so the file differs.
            let told = std::fs::read(&file).ok().filter(|told| before.as_ref() != Some(told));
            if let Some(told) = told {
                let told = serde_json::from_slice(&told).unwrap();
                return Self { process, dir: dir.to_owned(), told };
            }
        }
        panic!("the demo does not serve: {}", std::fs::read_to_string(dir.with_extension("log")).unwrap());
    }

    fn browser(&self, url: &str) -> Browser {
        let address: SocketAddr = url.split('/').nth(2).unwrap().parse().unwrap();
        assert!(self.told.staff.ends_with("/mihon/"));
        Browser::new(far(address), "/mihon")
    }

    async fn clerk(&self, role: &str) -> Browser {
        let account = self.told.accounts.iter().find(|account| account.role == role).unwrap();
        let mut browser = self.browser(&self.told.staff);
        browser.open("/login").await;
        browser.fill("利用者ID", &account.user).fill("パスワード", &account.password);
        browser.press("ログイン").await;
        browser
    }

    fn stop(mut self) {
        rustix::process::kill_process(Pid::from_child(&self.process.0), Signal::TERM).unwrap();
        assert_eq!(self.process.0.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_demo_tells_who_can_do_what_and_lives_on_at_its_next_start() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demo::start(&place.path().join("demo")).await;
    let json = demo.dir.join("demo.json");
    assert_eq!(std::fs::metadata(&json).unwrap().permissions().mode() & 0o777, 0o600);
    let told = demo.told.clone();
    let count = |state: &str| told.cards.iter().filter(|card| card.state == state).count();
    assert!(count("bookable") >= 200, "{} can be booked", count("bookable"));
    assert!(count("booked") > 0 && count("issued") > 0);
    let scarce = told.scarce.as_ref().unwrap();
    assert!((1..=5).contains(&scarce.free), "{scarce:?}");
    assert!(scarce.slot.starts_with(&format!("{}.{}.", scarce.location, scarce.day)), "{scarce:?}");
    assert!(told.outbox.is_dir(), "{}", told.outbox.display());
    assert_eq!(status(&told.citizen).await, 200);
    assert_eq!(status(&format!("{}healthz", told.ops)).await, 200);
    for account in &told.accounts {
        let browser = demo.clerk(&account.role).await;
        assert_eq!(browser.status(), 200, "{}", account.role);
        assert!(browser.says("見本") && !browser.path().contains("login"), "{}", browser.text());
    }
    demo.stop();

    let again = Demo::start(&place.path().join("demo")).await;
    assert_eq!(again.told.accounts, told.accounts, "who has noted a password can go on using it");
    assert!(!again.clerk("counter").await.path().contains("login"));
    again.stop();
}

#[tokio::test]
async fn a_visitor_books_in_the_demo_by_the_letter_in_its_mailbox() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demo::start(&place.path().join("demo")).await;
    let card = demo.told.cards.iter().find(|card| card.state == "bookable").unwrap();
    let mut citizen = demo.browser(&demo.told.citizen);
    citizen.open("/notice").await.fill("交付通知書の番号", &card.notice_id);
    citizen.fill("月", &card.birth_month.to_string()).fill("日", &card.birth_day.to_string());
    citizen.press("確認して次へ進む").await.fill("メールアドレス", "visitor@example.jp");
    citizen.press("メールを送る").await;
    assert_eq!(citizen.path(), "/email/sent");

    let mut mailbox = demo.browser(&demo.told.staff);
    let mut link = None;
    for _ in 0..300 {
        mailbox.open(&demo.told.staff.replace("/mihon/", "/_demo/mail")).await;
        link = mailbox.page().links.iter().map(|link| link.href.clone()).find(|href| href.contains("/m/"));
        if link.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let link = link.unwrap_or_else(|| panic!("no letter: {}", mailbox.text()));
    assert!(link.starts_with(&demo.told.citizen), "{link}");
    let letters = std::fs::read_dir(&demo.told.outbox).unwrap();
    assert!(letters.flatten().any(|file| file.path().extension().is_some_and(|end| end == "eml")));

    citizen.open(&link).await.press("予約の手続きを続ける").await;
    citizen.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    citizen.press("人で次へ進む").await;
    let day = citizen.page().links.iter().find(|link| link.href.contains("day=")).unwrap().name.clone();
    citizen.follow(&day).await;
    let slot = citizen.field("slot").first().unwrap().label.clone();
    citizen.tick(&slot).press("この時間で次へ進む").await;
    for number in 1..=5 {
        citizen.tick(&format!("{number}. "));
    }
    citizen.press("すべて確認しました").await.press("この内容で予約する").await;
    assert_eq!(citizen.path(), "/done");
    assert!(citizen.says("見本"), "each page says that this is the demo");
    demo.stop();
}

#[test]
fn a_time_of_day_that_there_is_not_is_refused_before_anything_is_made() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("demo");
    for time in ["25:00", "10:60", "noon", ""] {
        let refused = command(&["--at", time], &dir).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
        assert!(said(&refused).contains("10:30 のように"), "{}", said(&refused));
    }
    assert!(!dir.exists());
}

#[tokio::test]
async fn the_demo_and_a_real_server_keep_to_their_own_files() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demo::start(&place.path().join("demo")).await;
    let dir = demo.dir.clone();
    demo.stop();

    std::fs::write(place.path().join("letter.txt"), "mine").unwrap();
    let refused: Output = command(&[], place.path()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains("not a directory of the demo"), "{}", said(&refused));

    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("data/999999")).unwrap();
    std::fs::copy(dir.join("data/999999/app.db"), desk.file()).unwrap();
    let server = desk.serve();
    assert_eq!(status(&format!("http://{}/mihon/", server.citizen)).await, 503);
    server.stop();
    assert!(desk.log().contains("only `madoguchi demo` opens it"), "{}", desk.log());
}
