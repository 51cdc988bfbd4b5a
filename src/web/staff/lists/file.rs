//! A list leaves the console: as paper or as a file, written down before it is given.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::ask::Asked;
use super::kinds::List;
use super::show::{Lost, read};
use super::{MOST, make, words};
use crate::cards::is_reason;
use crate::history::{self, Change, Event, Record};
use crate::lists::{self, Doubts, FileKind, Fonts, Stamp, Table};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, StaffPost};
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
    let asked = Asked::of(&ctx, wanted, &fields);
    let (format, reason) = (fields.get("format"), fields.get("reason"));
    let wrong = refused(&ctx, &asked, &fields);
    let Some(form) = Form::from_code(&format).filter(|_| wrong.is_empty()) else {
        return ctx.again(&read(&ctx, &asked, wrong).await?.with((format, reason), Vec::new()));
    };
    let made = make(&ctx, &asked, MOST + 1).await?;
    let refusal = match made.table.len() {
        0 => Some("当てはまる行がないため、出力していません。"),
        rows if rows > MOST => Some("20,000行を超えるため、出力していません。条件を絞ってください。"),
        _ => None,
    };
    if let Some(text) = refusal {
        let page = read(&ctx, &asked, vec![Wrong::new("format", text)]).await?;
        return ctx.again(&page.with((format, reason), Vec::new()));
    }
    let (rows, conditions) = (made.table.len(), made.table.conditions.clone());
    let (bytes, lost) = draw(&ctx, form, made.table).await?;
    if !lost.is_empty() && fields.get("accept") != "1" {
        let text = "次の文字は、このままの形では出力できません。確かめて、よければもう一度押してください。";
        let page = read(&ctx, &asked, vec![Wrong::new("format", text)]).await?;
        return ctx.again(&page.with((format, reason), lost));
    }
    write_down(&ctx, &asked, (rows, conditions), form, reason).await?;
    let name = words::file_name(&ctx, wanted.code(), form.ending());
    let headers = [
        (CONTENT_TYPE, form.media_type().to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, bytes).into_response())
}

fn refused(ctx: &StaffCtx, asked: &Asked, fields: &Fields) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = asked.wrong().into_iter().collect();
    if Form::from_code(&fields.get("format")).is_none() {
        wrong.push(Wrong::new("format", "出力する形を選んでください。"));
    }
    let reason = fields.get("reason");
    if (ctx.settings.export_reason || !reason.is_empty()) && !is_reason(&reason) {
        let text = "何のために出力するかを書いてください（500文字まで）。操作の記録に残ります。";
        wrong.push(Wrong::new("reason", text));
    }
    wrong
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
            let lost = file.lost.into_iter().map(|(sign, times)| lost(sign, times, "〓")).collect();
            Ok((file.bytes, lost))
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| PageError::Fault(error.to_string()))?
}

fn paper(fonts: &Fonts, table: &Table, stamp: &Stamp, made: &str) -> Result<(Vec<u8>, Vec<Lost>), PageError> {
    let printed =
        lists::print(fonts, table, stamp, made).map_err(|error| PageError::Fault(error.to_string()))?;
    let Doubts { unknown, plainer } = printed.doubts;
    let unknown = unknown.into_iter().map(|(sign, times)| lost(sign, times, "〓"));
    let plainer = plainer.into_iter().map(|(sign, times)| lost(sign, times, "標準の字形"));
    Ok((printed.bytes, unknown.chain(plainer).collect()))
}

fn lost(sign: String, times: usize, becomes: &'static str) -> Lost {
    let code = sign.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect::<Vec<_>>().join(" ");
    Lost { sign, code, times, becomes }
}

async fn write_down(
    ctx: &StaffCtx,
    asked: &Asked,
    (rows, conditions): (usize, String),
    form: Form,
    reason: String,
) -> Result<(), PageError> {
    let said = format!("{}　{conditions}", asked.list.title());
    let kind = match form {
        Form::Paper => "pdf",
        Form::File(kind) => kind.code(),
    };
    let noted = ctx.city.db.write(ctx.actor(), move |tx| {
        let changes = vec![
            Change::new("rows", None, Some(rows.to_string())),
            Change::new("conditions", None, Some(said.clone())),
            Change::new("format", None, Some(kind.to_owned())),
        ];
        let reason = Some(reason.clone()).filter(|reason| !reason.is_empty());
        history::record(tx, &Event { changes, reason, ..Event::of("list.exported", Record::List) })
    });
    noted.await?;
    Ok(())
}
