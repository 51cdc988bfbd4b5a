//! The transfer list on paper: a sheet for each route, with boxes for who hands over and who receives.

use super::ask::Asked;
use super::{list, view};
use crate::lists::{Column, Kind, Section, Table, Turn};
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError};

/// The list that the fields ask for.
pub(in crate::web::staff) async fn table(ctx: &StaffCtx, fields: &Fields) -> Result<Table, PageError> {
    let asked = Asked::of(ctx, fields);
    let found = list::find(ctx, &asked).await?;
    let sight = Sight::of(&ctx.signed);
    let columns = [
        ("済", 13, Kind::Tick),
        ("交付通知書ID", 44, Kind::Barcode),
        ("氏名", 40, Kind::Text),
        ("カナ", 36, Kind::Text),
        ("生年月日", 23, Kind::Text),
        ("保管場所", 46, Kind::Text),
        ("希望の交付場所", 30, Kind::Text),
        ("予約日", 25, Kind::Text),
        ("人数", 11, Kind::Number),
        ("備考", 31, Kind::Text),
    ];
    let mut sections: Vec<Section> = Vec::new();
    for one in &found.listed {
        let row = view::row(one, &found, sight);
        let title = view::route(one, &found);
        if sections.last().is_none_or(|last| last.title != title) {
            match sections.iter().position(|section| section.title == title) {
                Some(at) => {
                    let section = sections.remove(at);
                    sections.push(section);
                }
                None => sections.push(Section { title, rows: Vec::new() }),
            }
        }
        if let Some(last) = sections.last_mut() {
            last.rows.push(cells(&row));
        }
    }
    sections.sort_by(|one, other| one.title.cmp(&other.title));
    let day = asked.day.map(|day| format!("　予約日：{}", wording::day_words(day))).unwrap_or_default();
    Ok(Table {
        title: "回送リスト".to_owned(),
        conditions: format!("{}{day}　{}枚", view::tab(asked.stage), found.listed.len()),
        columns: columns.into_iter().map(|(title, width, kind)| Column::new(title, width, kind)).collect(),
        sections,
        turn: Turn::Landscape,
        apart: true,
        signatures: vec!["引渡者".to_owned(), "運搬者".to_owned(), "受領者".to_owned()],
        personal: true,
    })
}

fn cells(row: &view::Row) -> Vec<String> {
    let starts = row.starts.map(|starts| format!(" {starts}")).unwrap_or_default();
    let day = row.day.map(|day| format!("{}{starts}", wording::day_word(day))).unwrap_or_default();
    vec![
        String::new(),
        row.notice.clone(),
        row.name.clone(),
        row.kana.clone(),
        row.birth.clone().unwrap_or_else(|| HIDDEN.to_owned()),
        row.place.clone(),
        row.to.clone(),
        day,
        row.people.map(|people| people.to_string()).unwrap_or_default(),
        row.notes.join("。"),
    ]
}
