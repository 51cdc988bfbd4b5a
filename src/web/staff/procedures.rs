//! Procedures: which are offered, where, for how long, with whose seats, and what they say.
//!
//! Spec: 8(3).

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use super::calendar::PlaceName;
use super::parts::Wrong;
use super::{Flash, StaffCtx, StaffPost};
use crate::base::LocationId;
use crate::booking::{
    self, AddProcedure, CheckBy, EditProcedure, ISSUANCE, Procedure, ProcedureError, SetWords, Words,
};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::{Fields, PageError};

/// The languages that a procedure speaks, with their names.
const LANGUAGES: [(&str, &str); 3] = [("ja", "日本語"), ("ja-easy", "やさしい日本語"), ("en", "English")];

#[derive(Debug, Serialize)]
pub(super) struct List {
    rows: Vec<Line>,
    name: String,
    wrong: Vec<Wrong>,
}

/// A procedure of the list.
#[derive(Debug, Serialize)]
struct Line {
    code: String,
    name: String,
    open: bool,
    slots: u8,
    own: Option<u16>,
    notice: bool,
    absent: usize,
}

impl View for List {
    const TEMPLATE: &'static str = "staff/procedures.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |open, own| Line {
            code: "renewal".to_owned(),
            name: "電子証明書の更新".to_owned(),
            open,
            slots: 2,
            own,
            notice: own.is_some(),
            absent: usize::from(open),
        };
        let wrong = vec![Wrong::new("name", "違います。")];
        vec![(
            "procedures",
            Self { rows: vec![line(true, None), line(false, Some(2))], name: String::new(), wrong },
        )]
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Edit {
    code: String,
    version: i64,
    form: Form,
    places: Vec<PlaceName>,
    words: Vec<Tongue>,
    issuance: bool,
    wrong: Vec<Wrong>,
}

/// What is typed.
#[derive(Debug, Serialize)]
struct Form {
    name: String,
    open: bool,
    slots: String,
    own: String,
    notice: bool,
}

/// What is said in one language; a line each.
#[derive(Debug, Serialize)]
struct Tongue {
    code: String,
    label: &'static str,
    name: String,
    about: String,
    bring: String,
    precautions: String,
}

impl View for Edit {
    const TEMPLATE: &'static str = "staff/procedure.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let tongue = Tongue {
            code: "ja".to_owned(),
            label: "日本語",
            name: "電子証明書の更新".to_owned(),
            about: "期限の近い方".to_owned(),
            bring: "マイナンバーカード".to_owned(),
            precautions: "本人が来ます".to_owned(),
        };
        let place = PlaceName { id: LocationId::of(1), name: "本庁舎".to_owned(), current: true };
        let of = |issuance, words, wrong| Self {
            code: "renewal".to_owned(),
            version: 1,
            form: Form {
                name: "電子証明書の更新".to_owned(),
                open: true,
                slots: "1".to_owned(),
                own: String::new(),
                notice: issuance,
            },
            places: vec![place.clone()],
            words,
            issuance,
            wrong,
        };
        let wrong = ["name", "slots", "own", "words", "main"].map(|field| Wrong::new(field, "違います。"));
        vec![
            ("procedure", of(false, vec![tongue], Vec::new())),
            ("procedure refused", of(false, Vec::new(), wrong.into())),
            ("issuance", of(true, Vec::new(), Vec::new())),
        ]
    }
}

pub(super) async fn list(ctx: StaffCtx) -> Result<Response, PageError> {
    ctx.page(&lines(&ctx, String::new(), Vec::new()).await?)
}

async fn lines(ctx: &StaffCtx, name: String, wrong: Vec<Wrong>) -> Result<List, PageError> {
    let found = ctx.read(booking::procedures).await?;
    let line = |one: Procedure| Line {
        code: one.code,
        name: one.name,
        open: one.open,
        slots: one.slots,
        own: one.own_capacity,
        notice: one.check == CheckBy::Notice,
        absent: one.absent.len(),
    };
    Ok(List { rows: found.into_iter().map(line).collect(), name, wrong })
}

pub(super) async fn add(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let name = fields.get("name");
    let wish = AddProcedure { name: name.clone() };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::add_procedure(tx, &wish)).await {
        Ok(code) => {
            let flash = Flash::done("手続を足しました。内容を決めてから、受け付けるにしてください。");
            Ok(ctx.to_with(&format!("/procedures/{code}#main"), flash))
        }
        Err(error) => {
            let (field, sentence) = refusal(error)?;
            ctx.again(&lines(&ctx, name, vec![Wrong::new(field, sentence)]).await?)
        }
    }
}

pub(super) async fn show(ctx: StaffCtx, Path(code): Path<String>) -> Result<Response, PageError> {
    ctx.page(&view(&ctx, code, None, Vec::new()).await?)
}

async fn view(
    ctx: &StaffCtx,
    code: String,
    typed: Option<&Fields>,
    wrong: Vec<Wrong>,
) -> Result<Edit, PageError> {
    let wanted = code.clone();
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let Some(known) = booking::procedure(tx, &wanted)? else { return Ok(None) };
        let mut words = Vec::new();
        for (language, label) in LANGUAGES {
            let said = booking::own_words(tx, &wanted, language)?.unwrap_or_default();
            words.push(tongue(language, label, said));
        }
        Ok(Some((known, words)))
    };
    let (known, mut words) = ctx.read(read).await?.ok_or(PageError::NotFound)?;
    let mut form = Form {
        name: known.name.clone(),
        open: known.open,
        slots: known.slots.to_string(),
        own: known.own_capacity.map(|own| own.to_string()).unwrap_or_default(),
        notice: known.check == CheckBy::Notice,
    };
    let mut offered = |id: LocationId| !known.absent.contains(&id);
    let chosen: Vec<LocationId>;
    let mut by_form;
    let offered: &mut dyn FnMut(LocationId) -> bool = match typed {
        Some(fields) => {
            form = Form::of(fields);
            words = LANGUAGES.map(|(language, label)| tongue(language, label, said(fields, language))).into();
            chosen = places_of(fields);
            by_form = |id: LocationId| chosen.contains(&id);
            &mut by_form
        }
        None => &mut offered,
    };
    let places = ctx
        .locations
        .iter()
        .map(|place| PlaceName::of(place, offered(place.id).then_some(place.id)))
        .collect();
    let issuance = code == ISSUANCE;
    Ok(Edit { code, version: known.version, form, places, words, issuance, wrong })
}

impl Form {
    fn of(fields: &Fields) -> Self {
        Self {
            name: fields.get("name"),
            open: fields.has("open"),
            slots: fields.get("slots"),
            own: fields.get("own"),
            notice: fields.get("check") == "notice",
        }
    }
}

fn tongue(code: &str, label: &'static str, said: Words) -> Tongue {
    Tongue {
        code: code.to_owned(),
        label,
        name: said.name,
        about: said.about,
        bring: said.bring.join("\n"),
        precautions: said.precautions.join("\n"),
    }
}

fn said(fields: &Fields, language: &str) -> Words {
    let get = |name: &str| fields.get(&format!("{name}_{language}"));
    let lines = |name: &str| fields.text(&format!("{name}_{language}")).lines().map(str::to_owned).collect();
    Words { name: get("name"), about: get("about"), bring: lines("bring"), precautions: lines("precautions") }
}

fn places_of(fields: &Fields) -> Vec<LocationId> {
    fields.all("place").into_iter().filter_map(|row| row.parse().ok().map(LocationId::of)).collect()
}

pub(super) async fn save(
    Path(code): Path<String>,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let form = Form::of(&fields);
    let issuance = code == ISSUANCE;
    let chosen = places_of(&fields);
    let absent = ctx.locations.iter().map(|place| place.id).filter(|id| !chosen.contains(id));
    let wish = EditProcedure {
        code: code.clone(),
        expect_version: fields.get("version").parse().unwrap_or_default(),
        name: form.name.clone(),
        open: form.open || issuance,
        slots: form.slots.trim().parse().unwrap_or(0),
        own_capacity: if form.own.trim().is_empty() {
            None
        } else {
            Some(form.own.trim().parse().unwrap_or(0))
        },
        check: if form.notice || issuance { CheckBy::Notice } else { CheckBy::Person },
        absent: if issuance { BTreeSet::default() } else { absent.collect() },
    };
    let words: Vec<SetWords> = LANGUAGES
        .map(|(language, _)| SetWords {
            code: code.clone(),
            language: language.to_owned(),
            words: said(&fields, language),
        })
        .into();
    let write = move |tx: &crate::db::WriteTx<'_>| -> Result<(), ProcedureError> {
        booking::edit_procedure(tx, &wish)?;
        words.iter().try_for_each(|one| booking::set_words(tx, one))
    };
    match ctx.city.db.write(ctx.actor(), write).await {
        Ok(()) => Ok(ctx.to_with(&format!("/procedures/{code}#main"), Flash::done("手続を変えました。"))),
        Err(error) => {
            let (field, sentence) = refusal(error)?;
            ctx.again(&view(&ctx, code, Some(&fields), vec![Wrong::new(field, sentence)]).await?)
        }
    }
}

fn refusal(error: ProcedureError) -> Result<(&'static str, &'static str), PageError> {
    Ok(match error {
        ProcedureError::Gone => return Err(PageError::NotFound),
        ProcedureError::Changed => ("main", "ほかの人が先に変えました。開き直して、もう一度入れてください。"),
        ProcedureError::BadName => ("name", "名前を40文字までで入れてください。"),
        ProcedureError::BadSlots => ("slots", "使う枠の数は、1から12までで入れてください。"),
        ProcedureError::BadCapacity => {
            ("own", "専用の席は、1から99までの数で入れてください。空けると共通の席を使います。")
        }
        ProcedureError::BadLine => ("words", "ことばは1行200文字まで、12行までで入れてください。"),
        ProcedureError::Issuance => ("main", "カードの受け取りは、いつも共通の席で受け付けます。"),
        ProcedureError::TooMany => ("name", "これ以上は足せません。"),
        ProcedureError::Fault(fault) => return Err(fault.into()),
    })
}
