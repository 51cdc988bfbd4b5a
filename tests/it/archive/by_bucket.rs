//! The archive in an S3-compatible store: the same promises, kept over the network, and a store that is away holds nobody up.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use madoguchi::archive::{ArchiveError, Place, Target};
use madoguchi::base::{Chance, Clock};
use madoguchi::config::ArchiveConfig;
use madoguchi::db::{Actor, Db, Fault, Upgrades, WriteTx};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::Signal;

use super::by_commit::{close, committed};
use super::by_time::after_weeks;
use super::shop::{Shop, act, level};
use super::store::{self, KEY, SECRET, Store, config_at};
use super::{dump, reached_in, restored, script};
use crate::kit::StoppedClock;
use crate::kit::program::{Desk, said};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_written_is_restored_from_a_bucket_by_the_stock_tool_and_our_own() {
    let shop = Shop::in_bucket("pages", Clock::system());
    let chance = Chance::seeded(7);
    let db = shop.open(Upgrades::default());
    let mut whole = 0;
    for _ in 0..120 {
        act(&db, chance.below(100), chance.below(100)).await;
        if chance.below(4) == 0 {
            whole += usize::from(shop.ship(&db));
        }
    }
    whole += usize::from(shop.ship(&db));
    shop.same();
    assert_eq!(whole, 1, "only the first file is the whole one");
    let file = level(&shop.lineage(), 0).pop().unwrap().place.shown();
    assert!(file.to_str().unwrap().starts_with("s3://pages/city/archive/999999/"), "{}", file.display());
    let head = store::head(&file).to_lowercase();
    assert!(head.contains("x-amz-server-side-encryption: aes256"), "it is kept encrypted: {head}");
    assert!(head.contains("x-amz-meta-litestream-timestamp: 20"), "{head}");

    // A new process goes on from there.
    db.close().await;
    drop(db);
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    assert!(!shop.ship(&db), "the bucket knows how far it was");
    shop.same();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_weeks_a_bucket_restores_each_promised_moment_and_what_is_over_is_gone() {
    let clock = StoppedClock::at("2026-04-10 08:00");
    after_weeks(Shop::in_bucket("weeks", clock.clock()), clock).await;
}

/// Rows that do not shrink.
fn much(tx: &WriteTx<'_>) -> Result<(), Fault> {
    for key in 0..400 {
        let value: String = (0..8).map(|_| hex::encode(tx.chance().bytes::<4096>())).collect();
        tx.run(
            "INSERT OR REPLACE INTO city_text (key, language, value, updated_at) VALUES (?, 'ja', ?, 0)",
            (key.to_string(), value),
        )?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_many_parts_goes_up_and_comes_down() {
    let shop = Shop::in_bucket("parts", Clock::system());
    let db = shop.open(Upgrades::default());
    db.write(Actor::Cli { uid: 0 }, much).await.unwrap();
    assert!(shop.ship(&db));
    assert!(shop.file().metadata().unwrap().len() > 20 << 20, "more than two parts");
    shop.same();
    let left = std::fs::read_dir(&shop.data).unwrap();
    let left: Vec<_> = left.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.starts_with(".image")), "{left:?}");
}

/// Sends until it works.
async fn send_at_last(shop: &Shop, db: &Db) -> bool {
    let patience = Instant::now() + Duration::from_mins(1);
    loop {
        match shop.send(db) {
            Ok(sent) => return sent.is_some_and(|one| one.whole),
            Err(error) => assert!(Instant::now() < patience, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_answer_holds_no_write_and_no_opening_up_and_gets_all_of_it_later() {
    let store = Store::start();
    store.bucket("silent");
    let mut shop = Shop::new();
    let endpoint = format!("http://127.0.0.1:{}", store.port);
    shop.config = ArchiveConfig { min_free_mb: 1, ..config_at(&endpoint, "silent") };
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    assert!(shop.ship(&db));
    store.signal(Signal::STOP);
    act(&db, 60, 2).await;
    let silent = shop.send(&db).unwrap_err();
    assert!(matches!(silent, ArchiveError::Store { .. }), "{silent}");
    assert!(silent.sentence().contains("保管先のサーバーにつながるか"), "{}", silent.sentence());
    assert!(db.frames().unwrap().backlog().is_some(), "it waits");
    let asked = Instant::now();
    assert!(
        shop.send(&db).is_err() && asked.elapsed() < Duration::from_secs(1),
        "it is left alone for a while"
    );
    for key in 10..15 {
        act(&db, 60, key).await;
    }
    store.signal(Signal::CONT);
    assert!(!send_at_last(&shop, &db).await, "what waited is enough");
    let same = |shop: &Shop| {
        let own = shop.own(Target::Newest).unwrap().1;
        assert!(own == dump(&shop.file()), "our own restores something else");
    };
    same(&shop);

    db.close().await;
    drop(db);
    store.signal(Signal::STOP);
    let db = shop.open(Upgrades::default());
    act(&db, 0, 3).await;
    assert!(shop.send(&db).is_err());
    store.signal(Signal::CONT);
    assert!(send_at_last(&shop, &db).await, "nobody knew how far it was, so all of it is sent");
    let lineage = shop.lineage();
    act(&db, 0, 4).await;
    assert!(!shop.ship(&db) && shop.lineage() == lineage, "in the same lineage");
    same(&shop);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_prefix_gets_a_lineage_of_its_own_and_the_first_one_goes_on_without_a_hole() {
    let mut shop = Shop::in_bucket("moved", Clock::system());
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    shop.ship(&db);
    let (first, here) = (shop.lineage(), shop.config.url.clone());
    shop.config.url = Some("s3://moved".to_owned());
    act(&db, 0, 2).await;
    assert!(shop.ship(&db), "nothing is there, so the whole file is shipped");
    assert!(shop.lineage().shown().starts_with("s3://moved/999999"), "{:?}", shop.lineage().shown());
    shop.same();
    shop.config.url = here;
    act(&db, 0, 3).await;
    assert!(shop.ship(&db) && shop.lineage() == first, "pages of the second commit are not in this one");
    shop.same();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_and_a_key_that_nobody_gave_are_told_by_name() {
    let mut shop = Shop::in_bucket("present", Clock::system());
    let nobody = ArchiveConfig { access_key: None, secret: None, ..shop.config.clone() };
    let wrong = madoguchi::archive::try_store(&nobody).unwrap_err();
    assert!(wrong.to_string().contains("archive.secret_key_file"), "{wrong}");
    shop.config.url = Some("s3://no-such-bucket/x".to_owned());
    let db = shop.open(Upgrades::default());
    act(&db, 0, 1).await;
    let wrong = shop.send(&db).unwrap_err();
    assert!(wrong.to_string().contains("NoSuchBucket"), "{wrong}");
}

/// An authority and a certificate of it for this machine, as a closed network has them.
fn papers(dir: &Path) -> String {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join("server.pem"), server.signed_by(&key, &authority).unwrap().pem()).unwrap();
    std::fs::write(dir.join("server.key"), key.serialize_pem()).unwrap();
    authority.pem()
}

#[test]
fn the_store_of_a_closed_network_shows_a_certificate_of_its_own_authority() {
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, papers(dir.path())).unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let store = Store::start_with(&["-c", &path("server.pem"), "-k", &path("server.key")]);
    let endpoint = format!("https://localhost:{}", store.port);
    let stranger = config_at(&endpoint, "closed");
    let wrong = madoguchi::archive::try_store(&stranger).unwrap_err();
    assert!(wrong.to_string().to_lowercase().contains("certificate"), "{wrong}");
    let known = ArchiveConfig { ca_file: Some(ca), ..stranger };
    let wrong = madoguchi::archive::try_store(&known).unwrap_err();
    assert!(wrong.to_string().contains("NoSuchBucket"), "it is believed and answers: {wrong}");
    let no_paper = ArchiveConfig { ca_file: Some(dir.path().join("server.key")), ..known };
    let wrong = madoguchi::archive::try_store(&no_paper).unwrap_err();
    assert!(wrong.to_string().contains("archive.ca_file"), "{wrong}");
}

/// Waits until everything that was committed is in the bucket.
fn caught_up(desk: &Desk, city: &Place) -> u64 {
    let patience = Instant::now() + Duration::from_secs(40);
    loop {
        let last = committed(&desk.file());
        if reached_in(city) == last {
            return last;
        }
        assert!(Instant::now() < patience, "commit {last} is not shipped: {}", desk.log());
        store::pause();
    }
}

fn configure(desk: &Desk, config: &ArchiveConfig) {
    let (url, endpoint) = (config.url.as_ref().unwrap(), config.endpoint.as_ref().unwrap());
    std::fs::write(desk.path("archive.key"), format!("{SECRET}\n")).unwrap();
    Command::new("chmod").arg("600").arg(desk.path("archive.key")).status().unwrap();
    desk.configure(&format!(
        "[archive]\nurl = \"{url}\"\nendpoint = \"{endpoint}\"\naccess_key = \"{KEY}\"\n\
         secret_key_file = \"archive.key\"\nmin_free_mb = 1\n[backup]\nmin_free_mb = 1\n"
    ));
}

#[test]
fn the_program_ships_to_a_bucket_over_a_kill_and_restores_a_city_out_of_it() {
    let desk = Desk::new();
    let config = store::config("program");
    let city = Place::of(&config, "999999").unwrap();
    configure(&desk, &config);
    desk.add_city();
    let checked = said(&desk.run(&["check"]));
    assert!(checked.contains("archive.url") && checked.contains("書けて、読めて、消せます"), "{checked}");

    let server = desk.serve();
    assert!(close(&desk, false), "{}", desk.log());
    let first = caught_up(&desk, &city);
    let (then, at) = (dump(&desk.file()), Clock::system().now());
    // The store dates objects to the second, and the stock tool goes by that first.
    while Clock::system().now().since(at) < Duration::from_millis(2100) {
        store::pause();
    }
    assert!(close(&desk, true));
    server.signal(Signal::KILL);
    assert_eq!(server.ended(), None);
    let server = desk.serve();
    caught_up(&desk, &city);
    let lineage = madoguchi::archive::newest_lineage(&city).unwrap().unwrap();
    assert!(restored(&lineage, &[], &desk.path("")) == dump(&desk.file()), "after the kill");
    let number = format!("{first:016x}");
    assert!(restored(&lineage, &["-txid", &number], &desk.path("")) == then, "the stock tool, txid {first}");
    let moment = jiff::Timestamp::from_millisecond(at.millis() + 1000).unwrap().to_string();
    assert!(restored(&lineage, &["-timestamp", &moment], &desk.path("")) == then, "the stock tool, {moment}");
    let verified = desk.run(&["verify", "--municipality", "mihon", "--from", "archive"]);
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    the_script(&desk, &config, &lineage);

    let call = ["restore", "--municipality", "mihon", "--txid", &first.to_string(), "--put-aside"];
    let done = desk.run(&call);
    assert!(done.status.success(), "{}", said(&done));
    let patience = Instant::now() + Duration::from_secs(20);
    while madoguchi::archive::newest_lineage(&city).unwrap().unwrap() == lineage {
        assert!(Instant::now() < patience, "no new lineage: {}", desk.log());
        store::pause();
    }
    caught_up(&desk, &city);
    server.stop();
    let lineage = madoguchi::archive::newest_lineage(&city).unwrap().unwrap();
    assert!(restored(&lineage, &[], &desk.path("")) == dump(&desk.file()), "the new lineage");
}

/// The script with stock tools alone gets the newest state.
fn the_script(desk: &Desk, config: &ArchiveConfig, lineage: &Place) {
    let out = desk.path("by-script.db");
    let ran = script(&[&format!("{}/999999", config.url.as_ref().unwrap()), out.to_str().unwrap()]);
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(dump(&out) == restored(lineage, &[], &desk.path("")), "{}", said(&ran));
}
