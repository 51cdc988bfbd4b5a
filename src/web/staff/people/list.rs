//! Everybody in one table, and the record of sign-ins.

use axum::response::Response;
use serde::Serialize;

use crate::accounts::{self, Staff};
use crate::base::{Moment, StaffId};
use crate::calendar::{self, Location};
use crate::db::Fault;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::{StaffCtx, wording};

/// So many lines of the record are shown.
const LINES: u32 = 200;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct List {
    people: Vec<Line>,
    second_factor: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    id: StaffId,
    user: String,
    name: String,
    role: String,
    places: String,
    last: Option<Moment>,
    has_second_factor: bool,
    tag: (&'static str, &'static str),
    locked_until: Option<Moment>,
}

impl View for List {
    const TEMPLATE: &'static str = "staff/people.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |tag, locked_until: Option<Moment>| Line {
            id: StaffId::of(1),
            user: "yamada".to_owned(),
            name: "山田 花子".to_owned(),
            role: "窓口".to_owned(),
            places: "すべて".to_owned(),
            last: locked_until,
            has_second_factor: locked_until.is_some(),
            tag,
            locked_until,
        };
        let at = Some(Moment::from_millis(1_775_980_800_000));
        let people = vec![line(("使える", "done"), None), line(("ロック中", "bad"), at)];
        vec![
            ("staff", List { people, second_factor: true }),
            ("staff without anybody", List { people: Vec::new(), second_factor: false }),
        ]
    }
}

pub(in crate::web::staff) async fn list(ctx: StaffCtx) -> Result<Response, PageError> {
    let second_factor = ctx.state.second_factor;
    let people = ctx
        .read(move |tx| {
            let locations = calendar::all_locations(tx)?;
            let all = accounts::all(tx)?;
            let line = |one: Staff| {
                let locked_until = accounts::locked_until(tx, &one.user)?;
                Ok::<_, Fault>(line(one, locked_until, &locations, second_factor))
            };
            all.into_iter().map(line).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    ctx.page(&List { people, second_factor })
}

fn line(one: Staff, locked_until: Option<Moment>, locations: &[Location], second_factor: bool) -> Line {
    let tag = if one.disabled_at.is_some() {
        ("止めた", "none")
    } else if locked_until.is_some() {
        ("ロック中", "bad")
    } else if one.must_change {
        ("初期パスワード", "wait")
    } else if second_factor && !one.has_second_factor {
        ("確認コード未設定", "wait")
    } else {
        ("使える", "done")
    };
    let named = locations.iter().filter(|place| one.locations.contains(&place.id));
    let places = named.map(|place| place.name.as_str()).collect::<Vec<_>>().join("、");
    Line {
        id: one.id,
        user: one.user,
        name: one.name,
        role: one.role_name,
        places: if one.locations.is_empty() { "すべて".to_owned() } else { places },
        last: one.last_sign_in_at,
        has_second_factor: one.has_second_factor,
        tag,
        locked_until,
    }
}

/// The record of sign-ins.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct SignIns {
    lines: Vec<SignInLine>,
    most: u32,
}

#[derive(Debug, Serialize)]
struct SignInLine {
    at: Moment,
    user: String,
    origin: String,
    tag: (&'static str, &'static str),
}

impl View for SignIns {
    const TEMPLATE: &'static str = "staff/sign_ins.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = SignInLine {
            at: Moment::from_millis(1_775_980_800_000),
            user: "yamada".to_owned(),
            origin: "10.0.0.1".to_owned(),
            tag: ("ログイン", "done"),
        };
        vec![
            ("sign-ins", SignIns { lines: vec![line], most: LINES }),
            ("no sign-ins", SignIns { lines: Vec::new(), most: LINES }),
        ]
    }
}

pub(in crate::web::staff) async fn sign_ins(ctx: StaffCtx) -> Result<Response, PageError> {
    let lines = ctx.read(|tx| accounts::sign_ins(tx, LINES)).await?;
    let line = |one: accounts::SignInLine| SignInLine {
        at: one.at,
        user: one.user,
        origin: one.origin,
        tag: wording::sign_in(&one.result),
    };
    ctx.page(&SignIns { lines: lines.into_iter().map(line).collect(), most: LINES })
}
