//! Which lists there are, and the conditions that were kept.

use axum::response::Response;
use serde::Serialize;

use super::kinds::{By, List};
use crate::base::SavedListId;
use crate::lists;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::StaffCtx;
use crate::web::staff::parts::Wrong;

/// The page of all lists.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Lists {
    all: Vec<Entry>,
    saved: Vec<Kept>,
    labels: bool,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Entry {
    code: &'static str,
    title: &'static str,
    about: &'static str,
    /// How it can be divided: word, what the address asks then.
    divided: Vec<(&'static str, &'static str)>,
}

/// Conditions that were kept.
#[derive(Debug, Serialize)]
struct Kept {
    id: SavedListId,
    code: &'static str,
    name: String,
    title: &'static str,
    words: String,
    shared: bool,
    /// Who keeps them, where it is somebody else.
    by: Option<String>,
    may_discard: bool,
}

impl View for Lists {
    const TEMPLATE: &'static str = "staff/lists.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let kept = |id: i64, by: Option<&str>| Kept {
            id: SavedListId::of(id),
            code: List::Bookings.code(),
            name: "明日の予約".to_owned(),
            title: List::Bookings.title(),
            words: "明日　本庁舎".to_owned(),
            shared: by.is_some(),
            by: by.map(str::to_owned),
            may_discard: by.is_none(),
        };
        let every = Self {
            all: List::ALL.into_iter().map(entry).collect(),
            saved: vec![kept(1, None), kept(2, Some("鈴木 一郎"))],
            labels: true,
            wrong: Vec::new(),
        };
        let none = Self { all: Vec::new(), saved: Vec::new(), labels: false, wrong: Vec::new() };
        vec![("every list", every), ("nothing to see", none)]
    }
}

fn entry(list: List) -> Entry {
    let divided = match list {
        List::Bookings => By::ALL.iter().map(|by| (by.words(), by.code())).collect(),
        _ => Vec::new(),
    };
    Entry { code: list.code(), title: list.title(), about: list.about(), divided }
}

pub(in crate::web::staff) async fn index(ctx: StaffCtx) -> Result<Response, PageError> {
    ctx.page(&view(&ctx, Vec::new()).await?)
}

pub(super) async fn view(ctx: &StaffCtx, wrong: Vec<Wrong>) -> Result<Lists, PageError> {
    let staff = ctx.signed.id;
    let saved = ctx.read(move |tx| lists::all_saved(tx, staff)).await?;
    let kept = saved.into_iter().filter_map(|saved| {
        // A list that this person may not have is not offered, whoever shared it.
        let list = List::from_code(&saved.list).filter(|list| ctx.may(list.needs()))?;
        Some(Kept {
            id: saved.id,
            code: list.code(),
            title: list.title(),
            may_discard: lists::may_discard(&ctx.signed, &saved),
            by: Some(saved.by).filter(|_| saved.staff != staff),
            name: saved.name,
            words: saved.words,
            shared: saved.shared,
        })
    });
    Ok(Lists {
        all: List::ALL.into_iter().filter(|list| ctx.may(list.needs())).map(entry).collect(),
        saved: kept.collect(),
        labels: super::labels::may(ctx),
        wrong,
    })
}
