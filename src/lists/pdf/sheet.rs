//! A list on sheets: heading and columns on each, rows that are never cut, the number of sheets.

use super::PdfError;
use super::cell::{self, Laid};
use super::font::{Shaper, signs};
use super::mark::{Leaf, fitting, mm};
use crate::lists::table::{Kind, Table, Turn};

/// Around every sheet.
const MARGIN: f32 = mm(10.0);

/// Heading and conditions.
const HEAD: f32 = mm(15.0);

/// Who printed it, and when.
const FOOT: f32 = mm(6.0);

/// Boxes for signatures.
const SIGNED: f32 = mm(16.0);
const SIGNED_WIDTH: f32 = mm(42.0);

/// The heading of a section.
const SECTION: f32 = mm(7.5);

/// Rules: around the table, and in it.
const OUTER: f32 = 0.8;
const INNER: f32 = 0.35;

/// Greys.
const HEADING_GREY: f32 = 0.86;
const SECTION_GREY: f32 = 0.93;
const STRIPE: f32 = 0.965;

/// Who printed a list, when, and for which city: at the foot of every sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The city.
    pub city: String,
    /// When, as people write it.
    pub at: String,
    /// Who.
    pub by: String,
}

/// The size of a sheet in points.
pub(super) fn size(turn: Turn) -> (f32, f32) {
    match turn {
        Turn::Portrait => (mm(210.0), mm(297.0)),
        Turn::Landscape => (mm(297.0), mm(210.0)),
    }
}

/// A row with its height.
struct Line {
    cells: Vec<Laid>,
    height: f32,
    striped: bool,
}

/// What comes below the columns of one sheet.
enum Part {
    Section(String),
    Row(Line),
}

/// The measures of a list's sheets.
struct Frame {
    width: f32,
    height: f32,
    /// The width of each column.
    columns: Vec<f32>,
    /// How high the row of column headings is.
    heading: Line,
}

impl Frame {
    fn of(shaper: &mut Shaper<'_>, table: &Table) -> Self {
        let (width, height) = size(table.turn);
        let whole: f32 = table.columns.iter().map(|column| f32::from(column.width)).sum();
        let unit = (width - 2.0 * MARGIN) / whole.max(1.0);
        let columns: Vec<f32> = table.columns.iter().map(|column| f32::from(column.width) * unit).collect();
        let titles: Vec<&str> = table.columns.iter().map(|column| column.title.as_str()).collect();
        let kinds = vec![Kind::Text; titles.len()];
        let mut heading = line(shaper, &kinds, &titles, &columns, mm(30.0));
        let of = table.columns.iter().map(|column| column.kind == Kind::Number);
        heading.cells =
            heading.cells.into_iter().zip(of).map(|(cell, right)| cell.ending_right(right)).collect();
        Self { width, height, columns, heading }
    }

    fn top(&self) -> f32 {
        MARGIN + HEAD + self.heading.height
    }

    fn bottom(&self, table: &Table) -> f32 {
        let signed = if table.signatures.is_empty() { 0.0 } else { SIGNED };
        self.height - MARGIN - FOOT - signed
    }
}

fn line(shaper: &mut Shaper<'_>, kinds: &[Kind], words: &[&str], columns: &[f32], tallest: f32) -> Line {
    let cells: Vec<Laid> = kinds
        .iter()
        .zip(words)
        .zip(columns)
        .map(|((kind, words), width)| cell::lay(shaper, *kind, words, *width, tallest))
        .collect();
    let height = cells.iter().map(Laid::height).fold(cell::ROW, f32::max);
    Line { cells, height, striped: false }
}

/// Lays a list out on sheets and gives one after the other to `take`.
pub(super) fn each(
    shaper: &mut Shaper<'_>,
    table: &Table,
    stamp: &Stamp,
    mut take: impl FnMut(&mut Shaper<'_>, &Leaf) -> Result<(), PdfError>,
) -> Result<(), PdfError> {
    let frame = Frame::of(shaper, table);
    let parts = break_up(shaper, table, &frame);
    let count = parts.len();
    for (number, parts) in (1..).zip(parts) {
        let mut leaf = Leaf::default();
        draw_head(&mut leaf, shaper, table, &frame, &format!("{number} / {count} ページ"));
        draw_rows(&mut leaf, shaper, &frame, &parts);
        draw_foot(&mut leaf, shaper, table, &frame, stamp);
        take(shaper, &leaf)?;
    }
    Ok(())
}

/// Distributes sections and rows over sheets; there is one sheet at least.
fn break_up(shaper: &mut Shaper<'_>, table: &Table, frame: &Frame) -> Vec<Vec<Part>> {
    let (top, bottom) = (frame.top(), frame.bottom(table));
    let kinds: Vec<_> = table.columns.iter().map(|column| column.kind).collect();
    let mut sheets = vec![Vec::new()];
    let mut y = top;
    for section in &table.sections {
        let mut title = section.title.clone();
        let begun = sheets.last().is_some_and(|sheet| !sheet.is_empty());
        if begun && (table.apart || y + SECTION + 2.0 * cell::ROW > bottom) {
            sheets.push(Vec::new());
            y = top;
        }
        add_section(&mut sheets, &mut y, &title);
        for (at, row) in section.rows.iter().enumerate() {
            let words: Vec<&str> = row.iter().map(String::as_str).collect();
            let mut row = line(shaper, &kinds, &words, &frame.columns, bottom - top - SECTION);
            row.striped = at % 2 == 1;
            if y + row.height > bottom + 0.1 {
                // A heading that would stand alone at the foot goes along with its first row.
                let alone = at == 0 && !title.is_empty() && sheets.last_mut().and_then(Vec::pop).is_some();
                if !alone && !title.is_empty() && !title.ends_with("（続き）") {
                    title.push_str("（続き）");
                }
                sheets.push(Vec::new());
                y = top;
                add_section(&mut sheets, &mut y, &title);
            }
            y += row.height;
            if let Some(sheet) = sheets.last_mut() {
                sheet.push(Part::Row(row));
            }
        }
    }
    sheets
}

fn add_section(sheets: &mut [Vec<Part>], y: &mut f32, title: &str) {
    if let (false, Some(sheet)) = (title.is_empty(), sheets.last_mut()) {
        sheet.push(Part::Section(title.to_owned()));
        *y += SECTION;
    }
}

fn draw_head(leaf: &mut Leaf, shaper: &mut Shaper<'_>, table: &Table, frame: &Frame, pages: &str) {
    let right = frame.width - MARGIN;
    let begins = leaf.ending_at(shaper, (right, MARGIN + 9.0), 9.0, pages);
    let mut limit = begins - mm(4.0);
    if table.personal {
        let words = signs("【個人情報・取扱注意】");
        let width = shaper.width(&words, 9.0);
        leaf.frame((limit - width - 6.0, MARGIN - 2.0), (width + 6.0, 15.0), OUTER);
        leaf.text(limit - width - 3.0, MARGIN + 9.0, 9.0, &words);
        limit -= width + 6.0 + mm(4.0);
    }
    leaf.line_of_text(shaper, (MARGIN, MARGIN + 11.0), limit, 14.0, &table.title);
    leaf.line_of_text(shaper, (MARGIN, MARGIN + 28.0), right, 9.0, &table.conditions);
}

fn draw_foot(leaf: &mut Leaf, shaper: &mut Shaper<'_>, table: &Table, frame: &Frame, stamp: &Stamp) {
    let (right, y) = (frame.width - MARGIN, frame.height - MARGIN);
    let mut left = MARGIN;
    for words in &table.signatures {
        let top = y - FOOT - SIGNED + mm(2.5);
        leaf.frame((left, top), (SIGNED_WIDTH, SIGNED - mm(3.0)), INNER);
        leaf.line_of_text(shaper, (left + 3.0, top + 10.0), left + SIGNED_WIDTH, 8.0, words);
        left += SIGNED_WIDTH + mm(4.0);
    }
    let printed = [stamp.at.as_str(), stamp.by.as_str()].join("　");
    let begins = leaf.ending_at(shaper, (right, y), 8.0, &format!("出力：{printed}"));
    leaf.line_of_text(shaper, (MARGIN, y), begins - mm(4.0), 8.0, &stamp.city);
}

fn draw_rows(leaf: &mut Leaf, shaper: &mut Shaper<'_>, frame: &Frame, parts: &[Part]) {
    let top = MARGIN + HEAD;
    let wide = frame.width - 2.0 * MARGIN;
    leaf.area((MARGIN, top), (wide, frame.heading.height), HEADING_GREY);
    draw_line(leaf, shaper, frame, &frame.heading, top);
    let mut y = top + frame.heading.height;
    for part in parts {
        let height = match part {
            Part::Section(title) => {
                leaf.area((MARGIN, y), (wide, SECTION), SECTION_GREY);
                let words = signs(title);
                let size = fitting(shaper, &words, wide - 2.0 * cell::PAD, 10.5);
                leaf.text(MARGIN + cell::PAD, y + SECTION - mm(2.4), size, &words);
                SECTION
            }
            Part::Row(line) => {
                if line.striped {
                    leaf.area((MARGIN, y), (wide, line.height), STRIPE);
                }
                draw_line(leaf, shaper, frame, line, y);
                line.height
            }
        };
        leaf.line((MARGIN, y), (MARGIN + wide, y), INNER);
        y += height;
    }
    leaf.frame((MARGIN, top), (wide, y - top), OUTER);
}

fn draw_line(leaf: &mut Leaf, shaper: &mut Shaper<'_>, frame: &Frame, line: &Line, y: f32) {
    let mut x = MARGIN;
    for (cell, width) in line.cells.iter().zip(&frame.columns) {
        cell.draw(leaf, shaper, (x, y), (*width, line.height));
        if x > MARGIN {
            leaf.line((x, y), (x, y + line.height), INNER);
        }
        x += width;
    }
}
