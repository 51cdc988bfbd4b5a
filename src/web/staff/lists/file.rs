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
use crate::accounts::Permission;
use crate::lists::{self, Doubts, Export, ExportError, FileKind, Fonts, ROWS_MAX, Stamp, Table};
use crate::web::PageError;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, StaffPost, wording};

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

/// What is to be given, and for whom it may be.
#[derive(Clone, Copy, Debug)]
pub(in crate::web::staff) struct Wish<'a> {
    /// Its word in the names of files.
    pub(in crate::web::staff) code: &'static str,
    /// Its name, 「予約一覧」.
    pub(in crate::web::staff) list: &'static str,
    /// What it asks besides the permission to export.
    pub(in crate::web::staff) needs: Permission,
    /// What it shall become: `pdf`, or the code of a file.
    pub(in crate::web::staff) format: &'a str,
    /// Why, as it was typed.
    pub(in crate::web::staff) reason: &'a str,
    /// Whether signs may be written otherwise than they are.
    pub(in crate::web::staff) accepted: bool,
}

/// What comes of it.
#[derive(Debug)]
pub(in crate::web::staff) enum Given {
    /// The document or file.
    File(Response),
    /// Nothing: what is wrong, and the signs that have to be accepted first.
    Not(Vec<Wrong>, Vec<Lost>),
}

impl Wish<'_> {
    /// What is wrong before anything is made.
    pub(in crate::web::staff) fn wrong(&self, ctx: &StaffCtx) -> Result<Vec<Wrong>, PageError> {
        let mut wrong = Vec::new();
        if Form::from_code(self.format).is_none() {
            wrong.push(Wrong::new("format", "出力する形を選んでください。"));
        }
        if let Err(refusal) = lists::may_export(&ctx.signed, self.needs, &ctx.settings, self.reason) {
            wrong.push(wording::export(refusal)?);
        }
        Ok(wrong)
    }

    /// Draws the table, writes down that it is given, and gives it.
    pub(in crate::web::staff) async fn give(&self, ctx: &StaffCtx, table: Table) -> Result<Given, PageError> {
        let wrong = self.wrong(ctx)?;
        let Some(form) = Form::from_code(self.format).filter(|_| wrong.is_empty()) else {
            return Ok(Given::Not(wrong, Vec::new()));
        };
        if let Err(refusal) = lists::fits(table.len()) {
            return Ok(Given::Not(vec![wording::export(refusal)?], Vec::new()));
        }
        let what = Export {
            list: self.list,
            needs: self.needs,
            conditions: table.conditions.clone(),
            rows: table.len(),
            format: form.code(),
            hidden: if table.personal { Sight::of(&ctx.signed).hidden() } else { String::new() },
            reason: self.reason.to_owned(),
        };
        let (bytes, lost) = draw(ctx, form, table).await?;
        if !lost.is_empty() && !self.accepted {
            let text =
                "次の文字は、このままの形では出力できません。確かめて、よければもう一度押してください。";
            return Ok(Given::Not(vec![Wrong::new("format", text)], lost));
        }
        if let Err(refusal) = write_down(ctx, what).await {
            return Ok(Given::Not(vec![wording::export(refusal)?], Vec::new()));
        }
        let name = words::file_name(ctx, self.code, form.ending());
        Ok(Given::File(attached(&name, form.media_type(), bytes)))
    }
}

pub(in crate::web::staff) async fn file(
    Path(code): Path<String>,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let wanted = List::from_code(&code).ok_or(PageError::NotFound)?;
    ctx.must(wanted.needs())?;
    let asked = Asked::of(&ctx, wanted, &fields).await?;
    let (format, reason) = (fields.get("format"), fields.get("reason"));
    let wish = Wish {
        code: wanted.code(),
        list: wanted.title(),
        needs: wanted.needs(),
        format: &format,
        reason: &reason,
        accepted: fields.get("accept") == "1",
    };
    let mut wrong: Vec<Wrong> = asked.wrong().into_iter().collect();
    wrong.extend(wish.wrong(&ctx)?);
    let mut signs = Vec::new();
    if wrong.is_empty() {
        match wish.give(&ctx, make(&ctx, &asked, ROWS_MAX + 1).await?.table).await? {
            Given::File(response) => return Ok(response),
            Given::Not(refused, lost) => (wrong, signs) = (refused, lost),
        }
    }
    ctx.again(&read(&ctx, &asked, wrong).await?.with((format, reason), signs))
}

/// Bytes that a browser saves under a name.
pub(super) fn attached(name: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
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
