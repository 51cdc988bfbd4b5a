//! The pull list for a spreadsheet: exactly the rows that are shown.

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
    let asked = Asked::of(&ctx, &Fields::new(query))?;
    let found = list::find(&ctx, &asked).await?;
    let groups = view::groups(&asked, &found, Sight::of(&ctx.signed));
    let heading = [
        "済",
        "保管場所・箱",
        "棚番号",
        "氏名",
        "カナ",
        "交付通知書ID",
        "生年月日",
        "予約時刻",
        "人数",
        "備考",
    ];
    let mut sheet = Sheet::new(&heading);
    let mut rows = 0;
    for group in &groups {
        for row in &group.rows {
            rows += 1;
            let done = if row.done {
                "引抜済"
            } else if row.lost {
                "見当たらない"
            } else {
                ""
            };
            let starts = row.starts.map(|starts| starts.to_string()).unwrap_or_default();
            let birth = row.birth.as_deref().unwrap_or(HIDDEN);
            let (people, notes) = (row.people.to_string(), row.notes.join("。"));
            let cells = [
                done,
                &group.title,
                &row.shelf,
                &row.name,
                &row.kana,
                &row.notice,
                birth,
                &starts,
                &people,
                &notes,
            ];
            sheet.line(cells);
        }
    }
    let query = asked.query();
    let noted = ctx.city.db.write(ctx.actor(), move |tx| {
        let changes = vec![
            Change::new("rows", None, Some(rows.to_string())),
            Change::new("query", None, Some(query.clone())),
        ];
        history::record(tx, &Event { changes, ..Event::of("list.exported", Record::Municipality) })
    });
    noted.await?;
    let name = format!("attachment; filename=\"pull_{}.csv\"", asked.day);
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], sheet.end())
        .into_response())
}
