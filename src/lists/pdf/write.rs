//! Sheets become a document: only the glyphs that are drawn are embedded, and the text can be copied and searched exactly.

use std::collections::{BTreeMap, HashMap};

use printpdf::{
    Codepoint, Color, CustomPdfConformance, FontId, FontMetrics, Greyscale, Line, LinePoint, Mm, Op,
    PaintMode, ParsedFont, PdfConformance, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point,
    Polygon, PolygonRing, Pt, TextItem, TextMatrix, WindingOrder,
};
use subsetter::GlyphRemapper;

use super::PdfError;
use super::font::{Face, Shaper, Sign};
use super::mark::{Leaf, Mark};

/// Millimetres in a point.
const MM: f32 = 25.4 / 72.0;

/// What a document says of itself.
pub(super) struct About<'a> {
    /// Its title; no fact of a person.
    pub(super) title: &'a str,
    /// When it was made, as the format writes it: `D:20261129153000+09'00'`.
    pub(super) made: &'a str,
}

/// Which glyphs are used, and under which numbers.
struct Used {
    numbers: Vec<GlyphRemapper>,
    widths: Vec<BTreeMap<u16, u16>>,
    fonts: Vec<Option<FontId>>,
    /// The first text that each glyph was drawn for. The library keeps the last one, which would let a plain 葛 be copied as its variant.
    texts: HashMap<(usize, u16), String>,
}

/// Writes the sheets, each `width` by `height` points.
pub(super) fn write(
    shaper: &mut Shaper<'_>,
    leaves: &[Leaf],
    (width, height): (f32, f32),
    about: &About<'_>,
) -> Result<Vec<u8>, PdfError> {
    let mut used = glyphs(shaper, leaves);
    let mut document = PdfDocument::new(about.title);
    // The usual setting claims a standard of printing houses and embeds its colour profile.
    document.metadata.info.conformance = PdfConformance::Custom(CustomPdfConformance::default());
    for (at, face) in shaper.faces.iter().enumerate() {
        if let Some(font) = embed(face, at, &used)? {
            let id = document.add_font(&font);
            if let Some(place) = used.fonts.get_mut(at) {
                *place = Some(id);
            }
        }
    }
    let mut pages = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        let mut ops = Vec::new();
        for mark in &leaf.marks {
            draw(&mut ops, shaper, &mut used, mark, height);
        }
        pages.push(PdfPage::new(Mm(width * MM), Mm(height * MM), ops));
    }
    document.with_pages(pages);
    finish(&document, about)
}

/// Numbers every glyph that is drawn.
fn glyphs(shaper: &mut Shaper<'_>, leaves: &[Leaf]) -> Used {
    let count = shaper.faces.len();
    let mut used = Used {
        numbers: vec![GlyphRemapper::new(); count],
        widths: vec![BTreeMap::new(); count],
        fonts: vec![None; count],
        texts: HashMap::new(),
    };
    let texts = leaves.iter().flat_map(|leaf| &leaf.marks).filter_map(|mark| match mark {
        Mark::Text { signs, .. } => Some(signs),
        _ => None,
    });
    for sign in texts.flatten() {
        let glyph = shaper.draw(*sign);
        let units = shaper.faces.get(glyph.face).map_or(1000, |face| face.units);
        let places = used.numbers.get_mut(glyph.face).zip(used.widths.get_mut(glyph.face));
        if let Some((numbers, widths)) = places {
            widths.insert(numbers.remap(glyph.id), in_units(glyph.width * f32::from(units)));
        }
    }
    used
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range just before"
)]
fn in_units(width: f32) -> u16 {
    width.round().clamp(0.0, f32::from(u16::MAX)) as u16
}

/// A face with the glyphs that are drawn; `None` when there are none.
fn embed(face: &Face<'_>, at: usize, used: &Used) -> Result<Option<ParsedFont>, PdfError> {
    let (Some(numbers), Some(widths)) = (used.numbers.get(at), used.widths.get(at)) else { return Ok(None) };
    if numbers.num_gids() <= 1 {
        return Ok(None);
    }
    let bytes =
        subsetter::subset(face.data, 0, numbers).map_err(|error| PdfError::Font(error.to_string()))?;
    // Six letters before the name say that it is a part of a font.
    let tag = ["AAAAAA", "BBBBBB", "CCCCCC"].get(at).copied().unwrap_or("DDDDDD");
    let extent = face.extent();
    let metrics = FontMetrics { ascent: extent.ascent, descent: extent.descent };
    let name = Some(format!("{tag}+{}", face.name));
    let mut font =
        ParsedFont::with_glyph_data(bytes, 0, name, BTreeMap::new(), widths.clone(), face.units, metrics);
    font.pdf_font_metrics.x_min = extent.left;
    font.pdf_font_metrics.y_min = extent.bottom;
    font.pdf_font_metrics.x_max = extent.right;
    font.pdf_font_metrics.y_max = extent.top;
    font.pdf_font_metrics.us_weight_class = 400;
    Ok(Some(font))
}

fn draw(ops: &mut Vec<Op>, shaper: &mut Shaper<'_>, used: &mut Used, mark: &Mark, height: f32) {
    let point = |(x, y): (f32, f32)| LinePoint { p: Point { x: Pt(x), y: Pt(height - y) }, bezier: false };
    match mark {
        Mark::Area { left, top, width, height: tall, grey } => {
            let corners =
                [(*left, *top), (left + width, *top), (left + width, top + tall), (*left, top + tall)];
            let rings = vec![PolygonRing { points: corners.into_iter().map(point).collect() }];
            ops.push(fill(*grey));
            ops.push(Op::DrawPolygon {
                polygon: Polygon { rings, mode: PaintMode::Fill, winding_order: WindingOrder::NonZero },
            });
        }
        Mark::Line { from, to, thick } => {
            ops.push(Op::SetOutlineThickness { pt: Pt(*thick) });
            ops.push(Op::DrawLine {
                line: Line { points: vec![point(*from), point(*to)], is_closed: false },
            });
        }
        Mark::Text { x, y, size, signs } => {
            ops.push(fill(0.0));
            ops.push(Op::StartTextSection);
            ops.push(Op::SetTextMatrix { matrix: TextMatrix::Translate(Pt(*x), Pt(height - y)) });
            for (face, run) in runs(shaper, used, signs) {
                let Some(Some(font)) = used.fonts.get(face) else { continue };
                ops.push(Op::SetFont { font: PdfFontHandle::External(font.clone()), size: Pt(*size) });
                ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(run)] });
            }
            ops.push(Op::EndTextSection);
        }
    }
}

fn fill(grey: f32) -> Op {
    Op::SetFillColor { col: Color::Greyscale(Greyscale::new(grey, None)) }
}

/// The glyphs of a text, in one run for each change of font.
fn runs(shaper: &mut Shaper<'_>, used: &mut Used, signs: &[Sign]) -> Vec<(usize, Vec<Codepoint>)> {
    let mut runs: Vec<(usize, Vec<Codepoint>)> = Vec::new();
    for sign in signs {
        let glyph = shaper.known(*sign);
        let Some(gid) = used.numbers.get(glyph.face).and_then(|numbers| numbers.get(glyph.id)) else {
            continue;
        };
        let text = used.texts.entry((glyph.face, gid)).or_insert_with(|| sign.text());
        let codepoint = Codepoint { gid, offset: 0.0, cid: Some(text.clone()) };
        match runs.last_mut() {
            Some((face, run)) if *face == glyph.face => run.push(codepoint),
            _ => runs.push((glyph.face, vec![codepoint])),
        }
    }
    runs
}

/// What the library leaves out: the language, the title in the window, a version that fits; and what it claims too much.
fn finish(document: &PdfDocument, about: &About<'_>) -> Result<Vec<u8>, PdfError> {
    use lopdf::{Dictionary, Object};
    let mut warnings = Vec::new();
    let mut file = printpdf::serialize::to_lopdf_doc(document, &PdfSaveOptions::default(), &mut warnings);
    let broken = |error: lopdf::Error| PdfError::Document(error.to_string());
    "1.7".clone_into(&mut file.version);
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
