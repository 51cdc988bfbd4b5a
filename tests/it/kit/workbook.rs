//! Workbooks (.xlsx) as spreadsheets write them, made of the few parts that matter.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What stands in a cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Text, kept in the shared list with its reading, as Japanese Excel does.
    Text(String),
    /// A number without a format.
    Number(f64),
    /// A number shown as a day.
    Day(f64),
    /// A number shown as a time.
    Time(f64),
    /// `#REF!`.
    Broken,
    /// Nothing.
    Empty,
}

/// A text cell.
pub fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

/// A workbook with a hidden sheet before these visible ones.
#[derive(Clone, Debug, Default)]
pub struct Workbook {
    sheets: Vec<(String, Vec<Vec<Cell>>)>,
    from_1904: bool,
}

impl Workbook {
    /// A workbook with one sheet.
    pub fn of(rows: Vec<Vec<Cell>>) -> Self {
        Self::default().sheet("一覧", rows)
    }

    /// One sheet more.
    pub fn sheet(mut self, name: &str, rows: Vec<Vec<Cell>>) -> Self {
        self.sheets.push((name.to_owned(), rows));
        self
    }

    /// Days counted from 1904.
    pub fn counted_from_1904(mut self) -> Self {
        self.from_1904 = true;
        self
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut texts = Texts::default();
        let mut parts = Vec::new();
        let hidden = ("作業用".to_owned(), vec![vec![text("見えない")]]);
        let sheets = std::iter::once(&hidden).chain(&self.sheets);
        for (at, (_, rows)) in sheets.clone().enumerate() {
            parts.push((format!("xl/worksheets/sheet{}.xml", at + 1), sheet_xml(rows, &mut texts)));
        }
        let names: Vec<&str> = sheets.map(|(name, _)| name.as_str()).collect();
        parts.push(("xl/sharedStrings.xml".to_owned(), texts_xml(&texts.list)));
        parts.push(("xl/workbook.xml".to_owned(), book_xml(&names, self.from_1904)));
        parts.push(("xl/_rels/workbook.xml.rels".to_owned(), rels_xml(names.len())));
        parts.push(("xl/styles.xml".to_owned(), STYLES.to_owned()));
        parts.push(("[Content_Types].xml".to_owned(), TYPES.to_owned()));
        parts.push(("_rels/.rels".to_owned(), ROOT_RELS.to_owned()));
        packed(parts.iter().map(|(name, xml)| (name.as_str(), xml.as_bytes())))
    }
}

/// The shared list of texts, each once.
#[derive(Default)]
struct Texts {
    list: Vec<String>,
    known: HashMap<String, usize>,
}

impl Texts {
    fn number(&mut self, text: &str) -> usize {
        if let Some(at) = self.known.get(text) {
            return *at;
        }
        self.known.insert(text.to_owned(), self.list.len());
        self.list.push(text.to_owned());
        self.list.len() - 1
    }
}

/// A packed file of these parts.
pub fn packed<'p>(parts: impl Iterator<Item = (&'p str, &'p [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn sheet_xml(rows: &[Vec<Cell>], texts: &mut Texts) -> String {
    let mut xml =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"{MAIN}\"><sheetData>");
    for (at, row) in rows.iter().enumerate() {
        write!(xml, "<row r=\"{}\">", at + 1).unwrap();
        for (across, cell) in row.iter().enumerate() {
            let place = format!("{}{}", column_letters(across), at + 1);
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    write!(xml, "<c r=\"{place}\" t=\"s\"><v>{}</v></c>", texts.number(text)).unwrap();
                }
                Cell::Number(number) => write!(xml, "<c r=\"{place}\"><v>{number}</v></c>").unwrap(),
                Cell::Day(number) => write!(xml, "<c r=\"{place}\" s=\"1\"><v>{number}</v></c>").unwrap(),
                Cell::Time(number) => write!(xml, "<c r=\"{place}\" s=\"2\"><v>{number}</v></c>").unwrap(),
                Cell::Broken => write!(xml, "<c r=\"{place}\" t=\"e\"><v>#REF!</v></c>").unwrap(),
            }
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData></worksheet>");
    xml
}

fn column_letters(at: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap());
    if at < 26 { letter(at).to_string() } else { format!("{}{}", letter(at / 26 - 1), letter(at)) }
}

fn texts_xml(texts: &[String]) -> String {
    let count = texts.len();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><sst xmlns=\"{MAIN}\" count=\"{count}\" uniqueCount=\"{count}\">"
    );
    for text in texts {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let reading = "<rPh sb=\"0\" eb=\"1\"><t>ヨミ</t></rPh><phoneticPr fontId=\"1\"/>";
        write!(xml, "<si><t xml:space=\"preserve\">{text}</t>{reading}</si>").unwrap();
    }
    xml.push_str("</sst>");
    xml
}

fn book_xml(names: &[&str], from_1904: bool) -> String {
    let mut xml =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELS}\">");
    write!(xml, "<workbookPr date1904=\"{}\"/><sheets>", u8::from(from_1904)).unwrap();
    for (at, name) in names.iter().enumerate() {
        let id = at + 1;
        let state = if at == 0 { " state=\"hidden\"" } else { "" };
        write!(xml, "<sheet name=\"{name}\" sheetId=\"{id}\"{state} r:id=\"rId{id}\"/>").unwrap();
    }
    xml.push_str("</sheets></workbook>");
    xml
}

fn rels_xml(sheets: usize) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    );
    for id in 1..=sheets {
        write!(
            xml,
            "<Relationship Id=\"rId{id}\" Type=\"{RELS}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
        )
        .unwrap();
    }
    write!(xml, "<Relationship Id=\"rId{}\" Type=\"{RELS}/styles\" Target=\"styles.xml\"/>", sheets + 1)
        .unwrap();
    write!(
        xml,
        "<Relationship Id=\"rId{}\" Type=\"{RELS}/sharedStrings\" Target=\"sharedStrings.xml\"/>",
        sheets + 2
    )
    .unwrap();
    xml.push_str("</Relationships>");
    xml
}

/// General, a day in the era that Japanese Excel offers, and a time.
const STYLES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><numFmts count=\"1\"><numFmt numFmtId=\"176\" formatCode=\"[$-411]ge.m.d;@\"/></numFmts><fonts count=\"1\"><font/></fonts><fills count=\"1\"><fill/></fills><borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"176\" applyNumberFormat=\"1\"/><xf numFmtId=\"20\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>";

const TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";

const ROOT_RELS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
