//! A list leaves the console: as paper or as a file, written down before it is given.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::ask::Asked;
use super::kinds::List;
use super::lost::{Lost, doubted};
use super::show::read;
use super::{make, words};
use crate::lists::{self, Doubts, Export, ExportError, FileKind, Fonts, ROWS_MAX, Stamp, Table};
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// What a list becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Paper,
    File(FileKind),
}

impl Form {
    fn from_code(code: &str) -> Option<Self> {
        if code == "pdf" { Some(Self::Paper) } else { FileKind::from_code(code).map(Self::File) }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Paper => "pdf",
            Self::File(kind) => kind.code(),
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Paper => "pdf",
            Self::File(kind) => kind.ending(),
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Paper => "application/pdf",
            Self::File(kind) => kind.media_type(),
        }
    }
}

pub(in crate::web::staff) async fn file(
    Path(code): Path<String>,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let wanted = List::from_code(&code).ok_or(PageError::NotFound)?;
    ctx.must(wanted.needs())?;
    let asked = Asked::of(&ctx, wanted, &fields).await?;
    let again = (fields.get("format"), fields.get("reason"));
    let wrong = refused(&ctx, &asked, &fields)?;
    let Some(form) = Form::from_code(&again.0).filter(|_| wrong.is_empty()) else {
        return ctx.again(&read(&ctx, &asked, wrong).await?.with(again, Vec::new()));
    };
    let made = make(&ctx, &asked, ROWS_MAX + 1).await?;
    if let Err(refusal) = lists::fits(made.table.len()) {
        let wrong = vec![wording::export(refusal)?];
        return ctx.again(&read(&ctx, &asked, wrong).await?.with(again, Vec::new()));
    }
    let what = Export {
        list: wanted.title(),
        needs: wanted.needs(),
        conditions: made.table.conditions.clone(),
        rows: made.table.len(),
        format: form.code(),
        hidden: if made.table.personal { Sight::of(&ctx.signed).hidden() } else { String::new() },
        reason: again.1.clone(),
    };
    let (bytes, lost) = draw(&ctx, form, made.table).await?;
    if !lost.is_empty() && fields.get("accept") != "1" {
        let text = "次の文字は、このままの形では出力できません。確かめて、よければもう一度押してください。";
        let page = read(&ctx, &asked, vec![Wrong::new("format", text)]).await?;
        return ctx.again(&page.with(again, lost));
    }
    if let Err(refusal) = write_down(&ctx, what).await {
        let wrong = vec![wording::export(refusal)?];
        return ctx.again(&read(&ctx, &asked, wrong).await?.with(again, Vec::new()));
    }
    Ok(attached(&words::file_name(&ctx, wanted.code(), form.ending()), form.media_type(), bytes))
}

/// Bytes that a browser saves under a name.
pub(super) fn attached(name: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

/// What is wrong before anything is made.
fn refused(ctx: &StaffCtx, asked: &Asked, fields: &Fields) -> Result<Vec<Wrong>, PageError> {
    let mut wrong: Vec<Wrong> = asked.wrong().into_iter().collect();
    if Form::from_code(&fields.get("format")).is_none() {
        wrong.push(Wrong::new("format", "出力する形を選んでください。"));
    }
    let needs = asked.list.needs();
    if let Err(refusal) = lists::may_export(&ctx.signed, needs, &ctx.settings, &fields.get("reason")) {
        wrong.push(wording::export(refusal)?);
    }
    Ok(wrong)
}

/// The bytes, and what they do not hold as it was written. Made on a thread that answers nobody else.
async fn draw(ctx: &StaffCtx, form: Form, table: Table) -> Result<(Vec<u8>, Vec<Lost>), PageError> {
    let stamp = Stamp {
        city: ctx.city.profile.name.clone(),
        at: words::moment(ctx.now()),
        by: ctx.signed.name.clone(),
    };
    let (fonts, made) = (Arc::clone(&ctx.state.fonts), words::made(ctx.now()));
    let work = move || match form {
        Form::Paper => paper(&fonts, &table, &stamp, &made),
        Form::File(kind) => {
            let file = lists::file(&table, kind).map_err(|error| PageError::Fault(error.to_string()))?;
            Ok((file.bytes, doubted(Doubts { unknown: file.lost, plainer: file.plainer })))
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| PageError::Fault(error.to_string()))?
}

fn paper(fonts: &Fonts, table: &Table, stamp: &Stamp, made: &str) -> Result<(Vec<u8>, Vec<Lost>), PageError> {
    let printed =
        lists::print(fonts, table, stamp, made).map_err(|error| PageError::Fault(error.to_string()))?;
    Ok((printed.bytes, doubted(printed.doubts)))
}

/// Writes down what is given.
pub(super) async fn write_down(ctx: &StaffCtx, what: Export) -> Result<(), ExportError> {
    let by = Arc::clone(&ctx.signed);
    ctx.city.db.write(ctx.actor(), move |tx| lists::export(tx, &by, &what)).await?;
    Ok(())
}
