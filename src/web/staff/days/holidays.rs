//! The public holidays: as the law has them, or as the Cabinet Office's file says for the years that it holds.

use axum::extract::{FromRequest, Multipart, Request};
use axum::response::Response;
use serde::Serialize;

use crate::base::Day;
use crate::calendar::{self, Edit, HOLIDAY_FILE_MAX, Holidays, Plan};
use crate::render::View;
use crate::web::staff::effect::{Answer, Wish, answer, is_edit};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Years that are shown, this one first.
const YEARS: i16 = 3;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct HolidaysPage {
    years: Vec<Listed>,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Listed {
    year: i16,
    from_file: bool,
    days: Vec<HolidayLine>,
}

#[derive(Debug, Serialize)]
struct HolidayLine {
    day: Day,
    name: String,
    /// What the law alone would say, where that differs.
    by_law: Option<String>,
}

impl View for HolidaysPage {
    const TEMPLATE: &'static str = "staff/holidays.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |by_law: Option<&str>| HolidayLine {
            day: Day::from_date(jiff::civil::date(2026, 4, 29)),
            name: "昭和の日".to_owned(),
            by_law: by_law.map(str::to_owned),
        };
        let of = |wrong| Self {
            years: vec![
                Listed { year: 2026, from_file: true, days: vec![line(None), line(Some("休日でない"))] },
                Listed { year: 2027, from_file: false, days: vec![line(None)] },
            ],
            wrong,
        };
        vec![("holidays", of(Vec::new())), ("holidays refused", of(vec![Wrong::new("file", "違います。")]))]
    }
}

async fn view(ctx: &StaffCtx, wrong: Vec<Wrong>) -> Result<HolidaysPage, PageError> {
    let holidays = ctx.read(calendar::holidays).await?;
    let this = ctx.today().year();
    Ok(HolidaysPage { years: (this..this + YEARS).map(|year| year_of(&holidays, year)).collect(), wrong })
}

fn year_of(holidays: &Holidays, year: i16) -> Listed {
    let from_file = holidays.table().keys().any(|day| day.year() == year);
    let mut days = Vec::new();
    let mut next = Day::new(year, 1, 1);
    while let Some(day) = next.filter(|day| day.year() == year) {
        let (said, law) = (holidays.name(day), calendar::holiday_name(day));
        let differs = from_file && said.is_some() != law.is_some();
        if said.is_some() || differs {
            days.push(HolidayLine {
                day,
                name: said.unwrap_or("休みではない").to_owned(),
                by_law: differs.then(|| law.unwrap_or("休みではない").to_owned()),
            });
        }
        next = Some(day.plus(1));
    }
    Listed { year, from_file, days }
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    ctx.page(&view(&ctx, Vec::new()).await?)
}

async fn refuse(ctx: &StaffCtx, sentence: String) -> Result<Response, PageError> {
    ctx.again(&view(ctx, vec![Wrong::new("file", sentence)]).await?)
}

/// Takes the Cabinet Office's file and shows what it would change.
pub(in crate::web::staff) async fn receive(ctx: StaffCtx, request: Request) -> Result<Response, PageError> {
    let Some((fields, bytes)) = sent(&ctx, request).await else {
        return refuse(&ctx, wording::holiday_file_size()).await;
    };
    ctx.check_csrf(&fields)?;
    if bytes.is_empty() {
        return refuse(&ctx, "ファイルを選んでください。".to_owned()).await;
    }
    let years = match calendar::read_holidays(&bytes, ctx.today().year()) {
        Ok(years) => years,
        Err(error) => return refuse(&ctx, wording::holiday_file(&error)).await,
    };
    let rows: Vec<String> = years.values().flatten().map(|(day, name)| format!("{day},{name}")).collect();
    let fields = Fields::new(vec![("rows".to_owned(), rows.join("\n"))]);
    decide(&ctx, &fields).await
}

/// The fields and the file; `None` when it is too long or breaks off.
async fn sent(ctx: &StaffCtx, request: Request) -> Option<(Fields, Vec<u8>)> {
    let mut form = Multipart::from_request(request, &ctx.state).await.ok()?;
    let (mut pairs, mut bytes) = (Vec::new(), Vec::new());
    while let Some(field) = form.next_field().await.ok()? {
        match field.name() {
            Some("file") => bytes = field.bytes().await.ok()?.to_vec(),
            Some(name) => {
                let name = name.to_owned();
                pairs.push((name, field.text().await.ok()?));
            }
            None => {}
        }
    }
    (bytes.len() <= HOLIDAY_FILE_MAX).then(|| (Fields::new(pairs), bytes))
}

/// Does what was shown of a file, or goes back to the law for a year.
pub(in crate::web::staff) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    if is_edit(&fields) {
        return ctx.page(&view(&ctx, Vec::new()).await?);
    }
    decide(&ctx, &fields).await
}

async fn decide(ctx: &StaffCtx, fields: &Fields) -> Result<Response, PageError> {
    let (plan, what) = match fields.get("year").parse::<i16>() {
        Ok(year) => {
            let edits = vec![Edit::Holidays { year, to: None }];
            (Plan { edits }, format!("{year}年の祝日を計算に戻す"))
        }
        Err(_) => match calendar::read_holidays(fields.text("rows").as_bytes(), ctx.today().year()) {
            Ok(years) => {
                let names: Vec<String> = years.keys().map(|year| format!("{year}年")).collect();
                let edit = |(year, days)| Edit::Holidays { year, to: Some(days) };
                let plan = Plan { edits: years.into_iter().map(edit).collect() };
                (plan, format!("内閣府の祝日（{}）", names.join("・")))
            }
            Err(error) => return refuse(ctx, wording::holiday_file(&error)).await,
        },
    };
    let wish = Wish {
        plan,
        what,
        path: "/days/holidays".to_owned(),
        done: "/days/holidays".to_owned(),
        notes: Vec::new(),
        undoes: None,
    };
    match answer(ctx, fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => refuse(ctx, wording::calendar(error)?).await,
    }
}
