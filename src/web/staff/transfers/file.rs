//! The transfer list for a spreadsheet: exactly the rows that are shown.

use axum::extract::Query;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::ask::Asked;
use super::{list, view};
use crate::accounts::Permission;
use crate::history::{self, Change, Event, Record};
use crate::lists::Sheet;
use crate::web::staff::StaffCtx;
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::{Fields, PageError};

pub(in crate::web::staff) async fn file(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    ctx.must(Permission::MoveCards)?;
    let asked = Asked::of(&ctx, &Fields::new(query));
    let found = list::find(&ctx, &asked).await?;
    let sight = Sight::of(&ctx.signed);
    let heading = [
        "氏名",
        "カナ",
        "交付通知書ID",
        "生年月日",
        "保管場所",
        "届け先",
        "予約日",
        "予約時刻",
        "人数",
        "便",
        "状態",
        "備考",
    ];
    let mut sheet = Sheet::new(&heading);
    for one in &found.listed {
        let row = view::row(one, &found, sight);
        let day = row.day.map(|day| day.to_string()).unwrap_or_default();
        let starts = row.starts.map(|starts| starts.to_string()).unwrap_or_default();
        let people = row.people.map(|people| people.to_string()).unwrap_or_default();
        let notes = row.notes.join("。");
        sheet.line([
            row.name.as_str(),
            &row.kana,
            &row.notice,
            row.birth.as_deref().unwrap_or(HIDDEN),
            &row.place,
            &row.to,
            &day,
            &starts,
            &people,
            &row.run,
            row.tag.0,
            &notes,
        ]);
    }
    let (rows, query) = (found.listed.len(), asked.query());
    let noted = ctx.city.db.write(ctx.actor(), move |tx| {
        let changes = vec![
            Change::new("rows", None, Some(rows.to_string())),
            Change::new("query", None, Some(query.clone())),
        ];
        history::record(tx, &Event { changes, ..Event::of("list.exported", Record::Municipality) })
    });
    noted.await?;
    let name = format!("attachment; filename=\"transfers_{}.csv\"", ctx.today());
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], sheet.end())
        .into_response())
}
