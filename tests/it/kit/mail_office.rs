//! A city's office that sends letters to a mail server of its own.

use std::sync::Arc;
use std::time::Duration;

use madoguchi::base::{Chance, Email, OutboxId};
use madoguchi::config::{MailConfig, MailTransport};
use madoguchi::db::{Actor, Lane};
use madoguchi::jobs::{Desk, deliver_mail};
use madoguchi::mail::{self, Failure, Letter, Listed, Pace, Post, Rules, State, Transport};
use madoguchi::municipalities::{Municipality, Registry};
use madoguchi::render::Renderer;
use madoguchi::settings::{self, Change};

use super::house::House;
use super::post_box::{Manner, Mood, PostBox};

/// Who writes without signing in.
pub const CLERK: Actor = Actor::Cli { uid: 0 };

/// A city's office with a mail server of its own.
#[derive(Debug)]
pub struct Office {
    /// Its city as a program would have it.
    pub house: House,
    /// The open city.
    pub city: Arc<Municipality>,
    /// What hands its letters over.
    pub desk: Desk,
    /// The mail server.
    pub post_box: PostBox,
}

impl Office {
    /// An office whose mail server has these moods, one a letter.
    pub async fn with(moods: &[Mood]) -> Self {
        Self::of(moods, Manner::default(), MailConfig::default(), None).await
    }

    /// The same, the server with other manners, the configuration with other keys, and a bounce address.
    pub async fn of(moods: &[Mood], manner: Manner, config: MailConfig, bounce: Option<&str>) -> Self {
        let mut house = House::at("2026-04-13 09:42").await;
        if bounce.is_some() {
            house.config.municipalities[0].mail_bounce = bounce.map(str::to_owned);
            house.registry =
                Registry::new(&house.config, "http://localhost", house.clock.clock(), Chance::seeded(1));
        }
        let post_box = PostBox::with(moods, manner).await;
        let config = MailConfig {
            transport: MailTransport::Smtp,
            host: post_box.address.ip().to_string(),
            port: post_box.address.port(),
            ..config
        };
        let transport = Transport::new(&config);
        let desk = Desk::new(
            house.registry.clone(),
            Renderer::load().unwrap(),
            transport.unwrap(),
            house.clock.clock(),
        )
        .with_pace(Pace::new(Rules::of(&config)));
        let city = house.city().await;
        Self { house, city, desk, post_box }
    }

    /// Puts a letter into the outbox.
    pub async fn queue(&self, to: &str, letter: Letter) -> OutboxId {
        let to = Email::parse(to).unwrap();
        let queued = self.city.db.write(CLERK, move |tx| {
            let dedup = format!("{}-{}", letter.kind(), to.as_str());
            let post = Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup };
            mail::enqueue(tx, &post)
        });
        queued.await.unwrap()
    }

    /// Lets the job run once and tells how many minutes it waits now.
    pub async fn deliver(&self) -> Option<u64> {
        let next = deliver_mail(&self.desk, &self.city).await.unwrap()?;
        Some(next.since(self.house.clock.clock().now()).as_secs() / 60)
    }

    /// Moves the clock on.
    pub fn minutes_pass(&self, minutes: u64) {
        self.house.clock.pass(Duration::from_mins(minutes));
    }

    /// A letter as the outbox shows it.
    pub async fn row(&self, id: OutboxId) -> Listed {
        let kept = self.city.db.read(Lane::Staff, move |tx| mail::kept(tx, id)).await.unwrap();
        kept.unwrap().row
    }

    /// Changes a setting of the city.
    pub async fn set(&self, key: &'static str, value: serde_json::Value) {
        let change = Change { key: key.to_owned(), value };
        self.city.db.write(CLERK, move |tx| settings::set(tx, &change)).await.unwrap();
    }

    /// What is noted of an address that letters did not reach.
    pub async fn failure(&self, email: &'static str) -> Option<Failure> {
        self.city.db.read(Lane::Staff, move |tx| mail::failure_of(tx, email)).await.unwrap()
    }

    /// The state and the facts of a letter as they are stored.
    pub async fn stored(&self, id: OutboxId) -> (State, String) {
        let row = self.city.db.read(Lane::Staff, move |tx| {
            tx.one("SELECT state, params FROM outbox WHERE id = ?", [id], |row| {
                Ok((row.get("state")?, row.get("params")?))
            })
        });
        row.await.unwrap()
    }
}

/// A letter with a link and a code.
pub fn link() -> Letter {
    Letter::Link { token: "secret-token".to_owned(), code: "123456".to_owned(), hours: 24, code_minutes: 30 }
}
