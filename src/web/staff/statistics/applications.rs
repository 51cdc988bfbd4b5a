//! How many applications each month had (申請受付数): the number of the monthly report that staff type in.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use crate::base::{Day, text};
use crate::render::View;
use crate::statistics::{self, APPLICATIONS_MAX, Tell, TellError};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{Flash, StaffCtx, StaffPost};
use crate::web::{Fields, PageError};

/// How many months back a number can be told.
const MONTHS: usize = 13;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Applications {
    rows: Vec<Line>,
    /// The month that the form is about.
    month: Line,
    typed: String,
    wrong: Vec<Wrong>,
}

/// A month: its code, its words, what was told.
#[derive(Clone, Debug, Serialize)]
struct Line {
    code: String,
    words: String,
    told: Option<u32>,
    current: bool,
}

impl View for Applications {
    const TEMPLATE: &'static str = "staff/applications.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line =
            |told, current| Line {
                code: "2026-04".to_owned(), words: "2026年4月".to_owned(), told, current
            };
        let of = |told: Option<u32>, wrong| Self {
            rows: vec![line(told, true), line(Some(340), false)],
            month: line(told, true),
            typed: told.map(|told| told.to_string()).unwrap_or_default(),
            wrong,
        };
        let wrong = ["month", "applications"].map(|field| Wrong::new(field, "確かめてください。"));
        vec![
            ("told", of(Some(412), Vec::new())),
            ("nothing told", of(None, Vec::new())),
            ("refused", of(None, wrong.into())),
        ]
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let wanted = Fields::new(query).get("month");
    ctx.page(&view(&ctx, &wanted, None, Vec::new()).await?)
}

async fn view(
    ctx: &StaffCtx,
    wanted: &str,
    typed: Option<String>,
    wrong: Vec<Wrong>,
) -> Result<Applications, PageError> {
    let months = months(ctx.today());
    let first = months.last().copied().unwrap_or_else(|| ctx.today());
    let today = ctx.today();
    let told = ctx.read(move |tx| statistics::applications(tx, first, today)).await?;
    let chosen = months.iter().find(|month| code(**month) == wanted).or_else(|| months.get(1)).copied();
    let line = |month: Day| Line {
        code: code(month),
        words: format!("{}年{}月", month.year(), month.month()),
        told: told.get(&month).copied(),
        current: Some(month) == chosen,
    };
    let month = line(chosen.unwrap_or(first));
    let typed = typed.unwrap_or_else(|| month.told.map(|told| told.to_string()).unwrap_or_default());
    Ok(Applications { rows: months.into_iter().map(line).collect(), month, typed, wrong })
}

/// This month and those before it, each by its first day.
fn months(today: Day) -> Vec<Day> {
    std::iter::successors(Some(today.first_of_month()), |first| Some(first.minus(1).first_of_month()))
        .take(MONTHS)
        .collect()
}

fn code(month: Day) -> String {
    format!("{:04}-{:02}", month.year(), month.month())
}

/// Keeps the number of a month.
pub(in crate::web::staff) async fn tell(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let (wanted, typed) = (fields.get("month"), fields.get("applications"));
    let digits = text::nfkc(&typed).replace([',', ' '], "");
    let month = format!("{wanted}-01").parse::<Day>();
    let wrong = match (month, digits.parse::<u32>()) {
        (Err(_), _) => Wrong::new("month", "月を選んでください。"),
        (_, Err(_)) => Wrong::new("applications", "申請受付数を数字で入力してください。"),
        (Ok(month), Ok(applications)) => {
            let wish = Tell { month, applications, before: fields.get("before").parse().ok() };
            match ctx.city.db.write(ctx.actor(), move |tx| statistics::tell(tx, &wish)).await {
                Ok(()) => {
                    let words = format!(
                        "{}年{}月の申請受付数を{applications}件にしました。",
                        month.year(),
                        month.month()
                    );
                    return Ok(ctx.to_with("/statistics/applications#main", Flash::done(&words)));
                }
                Err(refusal) => refused(refusal)?,
            }
        }
    };
    ctx.again(&view(&ctx, &wanted, Some(typed), vec![wrong]).await?)
}

fn refused(refusal: TellError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        TellError::ToCome => Wrong::new("month", "まだ始まっていない月です。"),
        TellError::TooMany => {
            Wrong::new("applications", format!("申請受付数は{APPLICATIONS_MAX}件までです。"))
        }
        TellError::Overtaken => Wrong::new(
            "applications",
            "ほかの職員が先に変更しました。いまの数を確かめて、よければもう一度保存してください。",
        ),
        TellError::Fault(fault) => return Err(fault.into()),
    })
}
