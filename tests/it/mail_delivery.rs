//! Letters on their way to a mail server that is friendly, busy, strict or breaks off.

use std::sync::Arc;
use std::time::Duration;

use madoguchi::base::{Email, OutboxId};
use madoguchi::config::{MailConfig, MailTransport};
use madoguchi::db::{Actor, Lane};
use madoguchi::jobs::{Desk, deliver_mail};
use madoguchi::mail::{self, Letter, Post, State, Transport};
use madoguchi::municipalities::Municipality;
use madoguchi::render::Renderer;

use crate::kit::house::House;
use crate::kit::post_box::{Mood, PostBox};

const CLERK: Actor = Actor::Cli { uid: 0 };

struct Office {
    house: House,
    city: Arc<Municipality>,
    desk: Desk,
    post_box: PostBox,
}

impl Office {
    /// An office whose mail server has these moods, one a letter.
    async fn with(moods: &[Mood]) -> Self {
        let house = House::at("2026-04-13 09:42").await;
        let post_box = PostBox::open(moods).await;
        let transport = Transport::new(&MailConfig {
            transport: MailTransport::Smtp,
            host: post_box.address.ip().to_string(),
            port: post_box.address.port(),
            ..MailConfig::default()
        });
        let desk = Desk::new(
            house.registry.clone(),
            Renderer::load().unwrap(),
            transport.unwrap(),
            house.clock.clock(),
        );
        let city = house.city().await;
        Self { house, city, desk, post_box }
    }

    async fn queue(&self, to: &str, letter: Letter) -> OutboxId {
        let to = Email::parse(to).unwrap();
        let queued = self.city.db.write(CLERK, move |tx| {
            let dedup = format!("{}-{}", letter.kind(), to.as_str());
            let post = Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup };
            mail::enqueue(tx, &post)
        });
        queued.await.unwrap()
    }

    /// Lets the job run once and tells how many minutes it waits now.
    async fn deliver(&self) -> Option<u64> {
        let next = deliver_mail(&self.desk, &self.city).await.unwrap()?;
        Some(next.since(self.house.clock.clock().now()).as_secs() / 60)
    }

    fn minutes_pass(&self, minutes: u64) {
        self.house.clock.pass(Duration::from_mins(minutes));
    }

    async fn stored(&self, id: OutboxId) -> (State, String) {
        let row = self.city.db.read(Lane::Staff, move |tx| {
            tx.one("SELECT state, params FROM outbox WHERE id = ?", [id], |row| {
                Ok((row.get("state")?, row.get("params")?))
            })
        });
        row.await.unwrap()
    }
}

fn link() -> Letter {
    Letter::Link { token: "secret-token".to_owned(), code: "123456".to_owned(), hours: 24, code_minutes: 30 }
}

#[tokio::test]
async fn a_letter_arrives_in_japanese_from_the_city_and_its_link_is_forgotten() {
    let office = Office::with(&[]).await;
    let id = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    let arrived = office.post_box.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].to, "<taro@example.jp>");
    assert_eq!(arrived[0].from, "<yoyaku@mihon.example.jp>");
    assert_eq!(arrived[0].head("Auto-Submitted"), Some("auto-generated"));
    assert!(arrived[0].head("Message-ID").unwrap().ends_with("@mihon.example.jp>"));
    let (state, params) = office.stored(id).await;
    assert_eq!(state, State::Sent);
    assert!(!params.contains("secret-token") && !params.contains("123456"), "{params}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again_after_one_five_and_thirty_minutes() {
    let office = Office::with(&[Mood::NotNow, Mood::NotNow, Mood::NotNow]).await;
    let id = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(office.deliver().await, Some(1), "nothing is tried before its time");
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, Some(5));
    office.minutes_pass(5);
    assert_eq!(office.deliver().await, Some(30));
    office.minutes_pass(29);
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(office.post_box.arrived().len(), 0);
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.arrived().len(), 1);
    assert_eq!(office.stored(id).await.0, State::Sent);
}

#[tokio::test]
async fn a_letter_that_no_server_takes_for_a_day_is_given_up() {
    let office = Office::with(&[Mood::NotNow; 20]).await;
    let id = office.queue("taro@example.jp", link()).await;
    let mut waited = 0;
    while let Some(minutes) = office.deliver().await {
        waited += minutes;
        office.minutes_pass(minutes);
    }
    assert!((18 * 60..24 * 60).contains(&waited), "{waited} minutes");
    assert_eq!(office.stored(id).await.0, State::Dead);
}

#[tokio::test]
async fn a_refused_address_is_given_up_at_once_and_holds_up_nobody() {
    let office = Office::with(&[Mood::Never]).await;
    let lost = office.queue("nobody@example.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    let (state, params) = office.stored(lost).await;
    assert_eq!(state, State::Dead);
    assert!(!params.contains("secret-token"), "{params}");
    let fine = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.stored(fine).await.0, State::Sent);
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_a_letter_is_tried_again_with_the_same_id() {
    let office = Office::with(&[Mood::HangsUp]).await;
    let id = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(office.stored(id).await.0, State::Queued);
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.arrived().len(), 1);
}

#[tokio::test]
async fn old_carrier_addresses_with_dots_in_a_row_arrive_quoted() {
    let office = Office::with(&[]).await;
    office.queue("a..b.@docomo.ne.jp", link()).await;
    office.queue("taro.@ezweb.ne.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    let mut to: Vec<String> = office.post_box.arrived().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, [r#"<"a..b."@docomo.ne.jp>"#, r#"<"taro."@ezweb.ne.jp>"#]);
}

#[tokio::test]
async fn what_was_being_sent_when_the_program_stopped_is_sent_after_the_next_start() {
    let office = Office::with(&[]).await;
    let id = office.queue("taro@example.jp", link()).await;
    office.city.db.write(CLERK, |tx| mail::claim(tx, 10)).await.unwrap();
    assert_eq!(office.stored(id).await.0, State::Sending);
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.arrived().len(), 1);
    assert_eq!(office.stored(id).await.0, State::Sent);
}

#[tokio::test]
async fn forty_letters_leave_in_one_run_each_of_them_once() {
    let office = Office::with(&[]).await;
    for number in 0..40 {
        office.queue(&format!("citizen{number}@example.jp"), link()).await;
    }
    assert_eq!(office.deliver().await, None);
    let mut to: Vec<String> = office.post_box.arrived().into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!(to.len(), 40);
    assert_eq!(office.post_box.arrived().len(), 40);
}
