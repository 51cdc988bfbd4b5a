//! The start page: what this is, what one needs, where to begin.

use axum::response::Response;
use serde::Serialize;

use super::person::{Choice, choices};
use crate::base::Moment;
use crate::notices::{Announcement, Level};
use crate::render::View;
use crate::web::{Ctx, PageError};

#[derive(Debug, Serialize)]
pub(super) struct Start {
    party_max: u8,
    /// What can be booked besides; empty while there is only the hand-over of cards.
    choices: Vec<Choice>,
    news: Vec<Announcement>,
}

impl View for Start {
    const TEMPLATE: &'static str = "citizen/start.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let news = Announcement {
            level: Level::News,
            language: "ja".to_owned(),
            title: "4月の日曜開庁は12日です".to_owned(),
            body: "本庁舎だけで受け取れます。".to_owned(),
            from_at: Moment::from_millis(1_775_980_800_000),
        };
        vec![
            ("start", Self { party_max: 5, choices: Vec::new(), news: Vec::new() }),
            ("several procedures", Self { party_max: 5, choices: vec![Choice::sample()], news: Vec::new() }),
            ("news", Self { party_max: 5, choices: Vec::new(), news: vec![news] }),
        ]
    }
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let choices = choices(&ctx).await?;
    ctx.page(&Start { party_max: ctx.settings.party_max, choices, news: ctx.notices.news.clone() })
}
