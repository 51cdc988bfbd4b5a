//! The job: once a night, told when it fails.

use std::time::{Duration, Instant};

use madoguchi::app::App;
use madoguchi::backup;
use madoguchi::base::Chance;
use madoguchi::config::{BackupConfig, MailConfig, MailTransport};
use madoguchi::jobs::{Desk, back_up_due};
use madoguchi::mail::Transport;
use madoguchi::render::Renderer;

use crate::kit::house::House;
use crate::kit::http::client;
use crate::kit::post_box::PostBox;

fn desk(house: &House, config: &BackupConfig) -> Desk {
    let mail = MailConfig {
        transport: MailTransport::File,
        dir: house.dir.path().join("mail"),
        ..MailConfig::default()
    };
    let transport = Transport::new(&mail).unwrap();
    Desk::new(house.registry.clone(), Renderer::load().unwrap(), transport, house.clock.clock())
        .with_backups(config)
}

fn taken(house: &House) -> Vec<String> {
    let records = backup::records(&house.registry.profiles()[0].backups).unwrap();
    records.into_iter().map(|one| one.name).collect()
}

#[tokio::test]
async fn each_night_brings_one_copy_that_was_restored_and_compared() {
    let house = House::at("2026-04-13 02:09:59").await;
    let config = BackupConfig { min_free_mb: 1, ..house.config.backup.clone() };
    let desk = desk(&house, &config);
    assert!(back_up_due(&desk).await.is_empty() && taken(&house).is_empty());
    house.clock.set("2026-04-13 02:10:00");
    assert!(back_up_due(&desk).await.is_empty());
    assert_eq!(taken(&house), ["20260413-021000"]);
    house.clock.set("2026-04-13 02:40:00");
    back_up_due(&desk).await;
    assert_eq!(taken(&house).len(), 1, "one a night");
    house.clock.set("2026-04-14 02:10:00");
    back_up_due(&desk).await;
    let records = backup::records(&house.registry.profiles()[0].backups).unwrap();
    assert!(records.iter().all(backup::Record::is_proved), "{records:#?}");
    assert_eq!(taken(&house), ["20260414-021000", "20260413-021000"]);
    assert!(house.registry.opened().is_empty(), "no city is opened for it");
}

#[tokio::test]
async fn a_failed_night_is_tried_again_and_keeps_the_old_copies() {
    let house = House::at("2026-04-13 02:10:00").await;
    let good = BackupConfig { min_free_mb: 1, keep_days: 1, keep_months: 0, ..house.config.backup.clone() };
    back_up_due(&desk(&house, &good)).await;
    let full = BackupConfig { min_free_mb: 1 << 40, ..good.clone() };
    for (time, tries) in [("2026-04-20 02:10", 2), ("2026-04-20 02:39", 2), ("2026-04-20 02:40", 3)] {
        house.clock.set(time);
        let failed = back_up_due(&desk(&house, &full)).await;
        assert_eq!(failed.len(), usize::from(!time.ends_with("39")), "{time}");
        assert_eq!(taken(&house).len(), tries, "{time}");
    }
    let dir = &house.registry.profiles()[0].backups;
    assert!(dir.join("20260413-021000.db").exists(), "the only good copy stays whatever its age");
    house.clock.set("2026-04-20 03:10");
    back_up_due(&desk(&house, &good)).await;
    assert_eq!(taken(&house), ["20260420-031000", "20260420-024000", "20260420-021000"]);
    assert!(!dir.join("20260413-021000.db").exists());
}

#[tokio::test]
async fn operators_are_told_by_mail_and_metrics_when_a_night_fails() {
    let mut house = House::at("2026-04-13 02:10").await;
    // Figures belong to the process, and other tests have a good copy of theirs.
    house.config.municipalities[0].slug = "okure".to_owned();
    let post_box = PostBox::open(&[]).await;
    house.config.mail.transport = MailTransport::Smtp;
    house.config.mail.host = post_box.address.ip().to_string();
    house.config.mail.port = post_box.address.port();
    house.config.backup.min_free_mb = 1 << 40;
    house.config.backup.mail_to = vec!["ops@example.jp".to_owned()];
    let app = App::start(&house.config, &house.clock.clock(), &Chance::seeded(3)).unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    while post_box.arrived().is_empty() {
        assert!(Instant::now() < patience, "nobody is told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mail = post_box.arrived().remove(0);
    assert_eq!(mail.to, "<ops@example.jp>");
    let page = client().get(format!("http://{}/metrics", app.addresses().ops)).send().await.unwrap();
    let figures = page.text().await.unwrap();
    assert!(figures.contains("madoguchi_backup_ok{municipality=\"okure\"} 0"), "{figures}");
    assert!(figures.contains("madoguchi_backups_total{result=\"failed\"}"), "{figures}");
    app.stop().await;
}
