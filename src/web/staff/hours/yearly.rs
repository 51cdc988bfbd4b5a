//! Closures that return every year (年末年始).

use axum::response::Response;

use super::HoursPage;
use crate::base::{Day, text};
use crate::calendar::{Edit, Plan};
use crate::web::PageError;
use crate::web::staff::effect::{Answer, Wish, answer, is_edit};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffPost, wording};

/// Adds a yearly closure, or takes one away.
pub(in crate::web::staff) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    if is_edit(&fields) {
        return ctx.page(&HoursPage::read(&ctx, &fields, Vec::new()).await?);
    }
    let (from, until) = (month_day(&fields.get("closed_from")), month_day(&fields.get("closed_until")));
    let (Some(from), Some(until)) = (from, until) else {
        let wrong =
            vec![Wrong::new("closure", "始まりと終わりを「12/29」のように、月と日で入力してください。")];
        return ctx.again(&HoursPage::read(&ctx, &fields, wrong).await?);
    };
    let ends = fields.has("end");
    let name = fields.get("closed_name");
    let said = if ends { "をやめる" } else { "は毎年休み" };
    let wish = Wish {
        what: format!("{}から{}{said}", words(&from), words(&until)),
        plan: Plan { edits: vec![Edit::Yearly { from, until, to: (!ends).then_some(name) }] },
        path: "/hours/yearly".to_owned(),
        done: "/hours".to_owned(),
        notes: Vec::new(),
        undoes: None,
    };
    match answer(&ctx, &fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => {
            let wrong = vec![Wrong::new("closure", wording::calendar(error)?)];
            ctx.again(&HoursPage::read(&ctx, &fields, wrong).await?)
        }
    }
}

/// `12/29` and `12-29` as `12-29`.
fn month_day(typed: &str) -> Option<String> {
    let typed = text::nfkc(typed);
    let (month, day) = typed.split_once(['/', '-', '月'])?;
    let (month, day): (i8, i8) =
        (month.trim().parse().ok()?, day.trim().trim_end_matches('日').parse().ok()?);
    Day::new(2028, month, day).map(|_| format!("{month:02}-{day:02}"))
}

fn words(month_day: &str) -> String {
    let (month, day) = month_day.split_once('-').unwrap_or_default();
    format!("{}月{}日", month.trim_start_matches('0'), day.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_and_a_day_are_read_as_people_write_them() {
        for typed in ["12/29", "12-29", "１２／２９", "12月29日"] {
            assert_eq!(month_day(typed).as_deref(), Some("12-29"), "{typed}");
        }
        assert_eq!(month_day("2/29").as_deref(), Some("02-29"));
        for typed in ["", "13/1", "2/30", "12"] {
            assert_eq!(month_day(typed), None, "{typed}");
        }
        assert_eq!(words("01-03"), "1月3日");
    }
}
