//! What would be printed of a file of addresses, and the printing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use super::sheets::Found;
use super::{NEEDS, TITLE, must};
use crate::accounts::Permission;
use crate::lists::{self, Export, Format, Label, Left};
use crate::render::View;
use crate::web::staff::lists::file::{attached, write_down};
use crate::web::staff::lists::lost::{Lost, doubted, lost};
use crate::web::staff::lists::words;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Lines that are told one by one.
const TOLD: usize = 100;

/// The page of what would be printed.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct LabelsCheck {
    token: String,
    words: String,
    labels: usize,
    without: Option<usize>,
    /// Why lines were left, and how many each.
    reasons: Vec<(String, usize)>,
    /// The first of them: line, why.
    left: Vec<(u64, String)>,
    lines_left: usize,
    formats: Vec<Sheet>,
    start: String,
    may_see_notice: bool,
    with_notice: bool,
    needs_reason: bool,
    reason: String,
    lost: Vec<Lost>,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Sheet {
    code: &'static str,
    words: &'static str,
    sheets: usize,
    chosen: bool,
}

impl View for LabelsCheck {
    const TEMPLATE: &'static str = "staff/labels_check.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |labels: usize, wrong: Vec<Wrong>| Self {
            token: "ab12".to_owned(),
            words: "再通知".to_owned(),
            labels,
            without: (labels > 0).then_some(3),
            reasons: vec![(wording::left(Left::OtherName), 1)],
            left: vec![(4, wording::left(Left::OtherName))],
            lines_left: labels + 1,
            formats: sheets(labels, 4, Format::TwentyOne),
            start: "5".to_owned(),
            may_see_notice: labels > 0,
            with_notice: true,
            needs_reason: labels > 0,
            reason: String::new(),
            lost: wrong.first().map(|_| lost("𠮷".to_owned(), 2, "〓")).into_iter().collect(),
            wrong,
        };
        let wrong = ["format", "start", "reason"].map(|field| Wrong::new(field, "確かめてください。"));
        vec![
            ("labels", of(12, Vec::new())),
            ("labels refused", of(12, wrong.into())),
            ("no labels", of(0, Vec::new())),
        ]
    }
}

fn sheets(labels: usize, skipped: u16, chosen: Format) -> Vec<Sheet> {
    let sheet = |format: Format| Sheet {
        code: format.code(),
        words: format.words(),
        sheets: format.sheets(labels, skipped.min(format.each() - 1)),
        chosen: format == chosen,
    };
    Format::ALL.into_iter().map(sheet).collect()
}

pub(in crate::web::staff) async fn check(
    ctx: StaffCtx,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    must(&ctx)?;
    let Some(found) = ctx.state.uploads.labels().find(&ctx, &token) else { return Ok(gone(&ctx)) };
    ctx.page(&view(&ctx, &token, &found, &Fields::default(), Vec::new()))
}

/// The labels are forgotten: from the beginning.
fn gone(ctx: &StaffCtx) -> Response {
    let text = "住所のファイルは、もう残っていません（30分で消えます）。もう一度選んでください。";
    ctx.to_with("/lists/labels#main", Flash::mind(text))
}

fn view(ctx: &StaffCtx, token: &str, found: &Found, fields: &Fields, wrong: Vec<Wrong>) -> LabelsCheck {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (_, left) in &found.left {
        *reasons.entry(wording::left(*left)).or_default() += 1;
    }
    let told = found.left.iter().take(TOLD).map(|(line, left)| (*line, wording::left(*left)));
    let start = Some(fields.get("start")).filter(|start| !start.is_empty());
    let skipped = start.as_deref().and_then(place).map_or(0, |place| place - 1);
    let chosen = Format::from_code(&fields.get("format")).unwrap_or(Format::TwentyOne);
    LabelsCheck {
        token: token.to_owned(),
        words: found.words.clone(),
        labels: found.good.len(),
        without: found.without,
        reasons: reasons.into_iter().collect(),
        left: told.collect(),
        lines_left: found.left.len(),
        formats: sheets(found.good.len(), skipped, chosen),
        start: start.unwrap_or_else(|| "1".to_owned()),
        may_see_notice: ctx.may(Permission::SeeNoticeId),
        with_notice: fields.get("notice") == "1",
        needs_reason: ctx.settings.export_reason,
        reason: fields.get("reason"),
        lost: Vec::new(),
        wrong,
    }
}

/// The place of the first label on its sheet, counted from 1.
fn place(typed: &str) -> Option<u16> {
    crate::base::text::nfkc(typed).parse().ok().filter(|place| *place >= 1)
}

/// What is to be printed, once it is right.
struct Wish {
    format: Format,
    skipped: u16,
    with_notice: bool,
}

fn wish(ctx: &StaffCtx, fields: &Fields) -> Result<Wish, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let format = Format::from_code(&fields.get("format"));
    if format.is_none() {
        wrong.push(Wrong::new("format", "用紙を選んでください。"));
    }
    let each = format.map_or(u16::MAX, Format::each);
    let start = place(&fields.get("start")).filter(|place| *place <= each);
    if start.is_none() {
        let text = match format {
            Some(_) => format!("始める位置は1から{each}までの数字で入力してください。"),
            None => "始める位置は1からの数字で入力してください。".to_owned(),
        };
        wrong.push(Wrong::new("start", text));
    }
    let with_notice = fields.get("notice") == "1" && ctx.may(Permission::SeeNoticeId);
    match (format, start) {
        (Some(format), Some(start)) => Ok(Wish { format, skipped: start - 1, with_notice }),
        _ => Err(wrong),
    }
}

/// Prints the labels; they stay in memory, because printers jam.
pub(in crate::web::staff) async fn print(
    Path(token): Path<String>,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    must(&ctx)?;
    let Some(found) = ctx.state.uploads.labels().find(&ctx, &token) else { return Ok(gone(&ctx)) };
    let again = |wrong: Vec<Wrong>, lost: Vec<Lost>| {
        ctx.again(&LabelsCheck { lost, ..view(&ctx, &token, &found, &fields, wrong) })
    };
    let wish = match wish(&ctx, &fields) {
        Ok(wish) => wish,
        Err(wrong) => return again(wrong, Vec::new()),
    };
    let reason = fields.get("reason");
    let may =
        lists::may_export(&ctx.signed, NEEDS, &ctx.settings, &reason).and(lists::fits(found.good.len()));
    if let Err(refusal) = may {
        return again(vec![wording::export(refusal)?], Vec::new());
    }
    let (bytes, lost) = draw(&ctx, &found, &wish).await?;
    if !lost.is_empty() && fields.get("accept") != "1" {
        let text = "次の文字は、このままの形では出力できません。確かめて、よければもう一度押してください。";
        return again(vec![Wrong::new("format", text)], lost);
    }
    let what = Export {
        list: TITLE,
        needs: NEEDS,
        conditions: format!("{}　{}", found.words, wish.format.words()),
        rows: found.good.len(),
        format: "pdf",
        hidden: String::new(),
        reason,
    };
    if let Err(refusal) = write_down(&ctx, what).await {
        return again(vec![wording::export(refusal)?], Vec::new());
    }
    Ok(attached(&words::file_name(&ctx, "labels", "pdf"), "application/pdf", bytes))
}

async fn draw(ctx: &StaffCtx, found: &Arc<Found>, wish: &Wish) -> Result<(Vec<u8>, Vec<Lost>), PageError> {
    let (fonts, found, made) = (Arc::clone(&ctx.state.fonts), Arc::clone(found), words::made(ctx.now()));
    let (format, skipped, with_notice) = (wish.format, wish.skipped, wish.with_notice);
    let work = move || {
        let label = |(card, address): &(crate::cards::Card, lists::Address)| address.label(card, with_notice);
        let labels: Vec<Label> = found.good.iter().map(label).collect();
        lists::print_labels(&fonts, format, skipped, &labels, &made)
    };
    let printed =
        tokio::task::spawn_blocking(work).await.map_err(|error| PageError::Fault(error.to_string()))?;
    let printed = printed.map_err(|error| PageError::Fault(error.to_string()))?;
    Ok((printed.bytes, doubted(printed.doubts)))
}

/// Forgets the labels before their time.
pub(in crate::web::staff) async fn drop(
    Path(token): Path<String>,
    StaffPost { ctx, .. }: StaffPost,
) -> Result<Response, PageError> {
    ctx.state.uploads.labels().drop(&ctx, &token);
    Ok(ctx.to_with("/lists/labels#main", Flash::done("読み込んだ住所を消しました。")))
}
