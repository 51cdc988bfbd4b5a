//! Sheets become a document: only the glyphs that are drawn are embedded, and the text can be copied and searched exactly.
//!
//! A sheet is written and packed as soon as it is drawn, so that a long list is never in memory as drawings.

use std::collections::BTreeMap;

use printpdf::font::PdfFont;
use printpdf::{
    Codepoint, CustomPdfConformance, FontId, FontMetrics, Mm, Op, ParsedFont, PdfConformance, PdfDocument,
    PdfFontHandle, PdfPage, PdfSaveOptions, Pt, TextItem,
};
use subsetter::GlyphRemapper;

use super::PdfError;
use super::font::{Face, Glyph, Shaper, Sign};
use super::ink::Ink;
use super::mark::Leaf;

/// Millimetres in a point.
const MM: f32 = 25.4 / 72.0;

/// What a document says of itself.
pub(super) struct About<'a> {
    /// Its title; no fact of a person.
    pub(super) title: &'a str,
    /// When it was made, as the format writes it: `D:20261129153000+09'00'`.
    pub(super) made: &'a str,
}

/// The glyphs of one font that are drawn.
#[derive(Default)]
pub(super) struct Used {
    numbers: GlyphRemapper,
    /// By their numbers in the document, their widths in units of the font.
    widths: BTreeMap<u16, u16>,
    /// The first text that each was drawn for. The library keeps the last one, which would let a plain 葛 be copied as its variant.
    texts: BTreeMap<u16, String>,
}

impl Used {
    /// The number of a glyph in the document, given when it is drawn first.
    pub(super) fn number(&mut self, glyph: Glyph, sign: Sign, units: u16) -> u16 {
        let number = self.numbers.remap(glyph.id);
        self.widths.entry(number).or_insert_with(|| in_units(glyph.width * f32::from(units)));
        self.texts.entry(number).or_insert_with(|| sign.text());
        number
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range just before"
)]
fn in_units(width: f32) -> u16 {
    width.round().clamp(0.0, f32::from(u16::MAX)) as u16
}

/// A document that grows by one sheet after the other.
pub(super) struct Book {
    size: (f32, f32),
    used: Vec<Used>,
    /// What is drawn on each sheet, packed.
    sheets: Vec<lopdf::Stream>,
}

impl Book {
    /// An empty one, its sheets `width` by `height` points.
    pub(super) fn new(shaper: &Shaper<'_>, size: (f32, f32)) -> Self {
        let used = shaper.faces.iter().map(|_| Used::default()).collect();
        Self { size, used, sheets: Vec::new() }
    }

    /// One more sheet.
    pub(super) fn add(&mut self, shaper: &mut Shaper<'_>, leaf: &Leaf) -> Result<(), PdfError> {
        let mut ink = Ink::new(self.size.1);
        for mark in &leaf.marks {
            ink.draw(shaper, &mut self.used, mark);
        }
        let mut sheet = lopdf::Stream::new(lopdf::Dictionary::new(), ink.end());
        sheet.compress().map_err(broken)?;
        self.sheets.push(sheet);
        Ok(())
    }

    /// How many sheets it has.
    pub(super) fn pages(&self) -> usize {
        self.sheets.len()
    }

    /// The file.
    pub(super) fn end(self, shaper: &Shaper<'_>, about: &About<'_>) -> Result<Vec<u8>, PdfError> {
        let mut document = PdfDocument::new(about.title);
        // The usual setting claims a standard of printing houses and embeds its colour profile.
        document.metadata.info.conformance = PdfConformance::Custom(CustomPdfConformance::default());
        let mut sample = Vec::new();
        for (at, (face, used)) in shaper.faces.iter().zip(&self.used).enumerate() {
            if let Some(font) = embed(face, at, used)? {
                document.resources.fonts.map.insert(name(at), PdfFont::new(font));
                show(&mut sample, at, used);
            }
        }
        // The library gathers from the sheets which text each glyph stands for. It gets them on one; ours take its place.
        let (width, height) = (Mm(self.size.0 * MM), Mm(self.size.1 * MM));
        let mut pages = vec![PdfPage::new(width, height, sample)];
        pages.extend((1..self.sheets.len()).map(|_| PdfPage::new(width, height, Vec::new())));
        document.with_pages(pages);
        finish(&document, self.sheets, about)
    }
}

/// What a font is called on the sheets.
fn name(at: usize) -> FontId {
    FontId(format!("M{at}"))
}

/// Shows every glyph of a font once, with the text that it stands for.
fn show(ops: &mut Vec<Op>, at: usize, used: &Used) {
    let glyph = |(gid, text): (&u16, &String)| Codepoint { gid: *gid, offset: 0.0, cid: Some(text.clone()) };
    ops.push(Op::StartTextSection);
    ops.push(Op::SetFont { font: PdfFontHandle::External(name(at)), size: Pt(1.0) });
    ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(used.texts.iter().map(glyph).collect())] });
    ops.push(Op::EndTextSection);
}

/// A face with the glyphs that are drawn; `None` when there are none.
fn embed(face: &Face<'_>, at: usize, used: &Used) -> Result<Option<ParsedFont>, PdfError> {
    if used.texts.is_empty() {
        return Ok(None);
    }
    let bytes =
        subsetter::subset(face.data, 0, &used.numbers).map_err(|error| PdfError::Font(error.to_string()))?;
    // Six letters before the name say that it is a part of a font.
    let tag = ["AAAAAA", "BBBBBB", "CCCCCC"].get(at).copied().unwrap_or("DDDDDD");
    let extent = face.extent();
    let metrics = FontMetrics { ascent: extent.ascent, descent: extent.descent };
    let name = Some(format!("{tag}+{}", face.name));
    let widths = used.widths.clone();
    let mut font = ParsedFont::with_glyph_data(bytes, 0, name, BTreeMap::new(), widths, face.units, metrics);
    font.pdf_font_metrics.x_min = extent.left;
    font.pdf_font_metrics.y_min = extent.bottom;
    font.pdf_font_metrics.x_max = extent.right;
    font.pdf_font_metrics.y_max = extent.top;
    font.pdf_font_metrics.us_weight_class = 400;
    Ok(Some(font))
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn broken(error: lopdf::Error) -> PdfError {
    PdfError::Document(error.to_string())
}

/// Our sheets, and what the library leaves out: the language, the title in the window, a version that fits; and what it claims too much.
fn finish(
    document: &PdfDocument,
    sheets: Vec<lopdf::Stream>,
    about: &About<'_>,
) -> Result<Vec<u8>, PdfError> {
    use lopdf::{Dictionary, Object};
    let mut warnings = Vec::new();
    let mut file = printpdf::serialize::to_lopdf_doc(document, &PdfSaveOptions::default(), &mut warnings);
    "1.7".clone_into(&mut file.version);
    for (page, sheet) in file.get_pages().into_values().zip(sheets) {
        let page = file.get_dictionary(page).map_err(broken)?;
        let drawn = page.get(b"Contents").and_then(Object::as_reference).map_err(broken)?;
        file.set_object(drawn, sheet);
    }
    let catalog = file.catalog_mut().map_err(broken)?;
    catalog.set("Lang", Object::string_literal("ja-JP"));
    let shown = Dictionary::from_iter([("DisplayDocTitle", Object::Boolean(true))]);
    catalog.set("ViewerPreferences", Object::Dictionary(shown));
    let info = file.trailer.get(b"Info").and_then(Object::as_reference).map_err(broken)?;
    let info = file.get_object_mut(info).and_then(Object::as_dict_mut).map_err(broken)?;
    for claim in ["GTS_PDFXVersion", "Trapped", "Identifier"] {
        info.remove(claim.as_bytes());
    }
    for date in ["CreationDate", "ModDate"] {
        info.set(date, Object::string_literal(about.made));
    }
    file.compress();
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).map_err(|error| PdfError::Document(error.to_string()))?;
    Ok(bytes)
}
