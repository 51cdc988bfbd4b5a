//! The pull list on paper: the rows of the page, a box to tick and a barcode before each.

use super::ask::{Asked, For};
use super::{list, view};
use crate::lists::{Column, Kind, Section, Table, Turn};
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError};

/// The list that the fields ask for.
pub(in crate::web::staff) async fn table(ctx: &StaffCtx, fields: &Fields) -> Result<Table, PageError> {
    let asked = Asked::of(ctx, fields)?;
    let found = list::find(ctx, &asked).await?;
    let columns = [
        ("済", 18, Kind::Tick),
        ("棚番号", 22, Kind::Text),
        ("氏名", 42, Kind::Text),
        ("カナ", 40, Kind::Text),
        ("生年月日", 23, Kind::Text),
        ("交付通知書ID", 48, Kind::Barcode),
        ("時間", 15, Kind::Text),
        ("人数", 11, Kind::Number),
        ("備考", 58, Kind::Text),
    ];
    let section = |group: view::Group| Section {
        title: format!("{}　{}枚", group.title, group.rows.len()),
        rows: group.rows.iter().map(cells).collect(),
    };
    let groups = view::groups(&asked, &found, Sight::of(&ctx.signed));
    let sections: Vec<Section> = groups.into_iter().map(section).collect();
    let to = match asked.purpose {
        For::Counter => String::new(),
        For::Route(to) => format!(" → {}", found.place(to)),
    };
    let time = match asked.time() {
        "am" => "　午前",
        "pm" => "　午後",
        _ => "",
    };
    let count: usize = sections.iter().map(|section| section.rows.len()).sum();
    Ok(Table {
        title: "引抜リスト".to_owned(),
        conditions: format!(
            "{}{time}　{}{to}　{count}枚",
            wording::day_words(asked.day),
            found.place(asked.location)
        ),
        columns: columns.into_iter().map(|(title, width, kind)| Column::new(title, width, kind)).collect(),
        sections,
        turn: Turn::Landscape,
        apart: false,
        signatures: vec!["引抜者".to_owned(), "確認者".to_owned()],
        personal: true,
    })
}

fn cells(row: &view::Row) -> Vec<String> {
    let done = match (row.done, row.lost) {
        (true, _) => "引抜済",
        (false, true) => "不明",
        (false, false) => "",
    };
    vec![
        done.to_owned(),
        row.shelf.clone(),
        row.name.clone(),
        row.kana.clone(),
        row.birth.clone().unwrap_or_else(|| HIDDEN.to_owned()),
        row.notice.clone(),
        row.starts.map(|starts| starts.to_string()).unwrap_or_default(),
        row.people.to_string(),
        row.alike.into_iter().chain(row.notes.iter().map(String::as_str)).collect::<Vec<_>>().join("。"),
    ]
}
