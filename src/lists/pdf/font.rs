//! Which font has a character, and how wide it is.
//!
//! A name in a register is more than its characters: 葛 with a selector is another drawing than 葛 without one (異体字).
//! The exact drawing is looked for in every font before any takes the plain one.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use skrifa::charmap::MapVariant;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};

use crate::base::text;

/// Stands where no font has the character (ゲタ).
const UNKNOWN: char = '〓';

/// The fonts of the program: a universal design one, and one with rare kanji of names.
const OWN: [&[u8]; 2] = [
    include_bytes!("../../../assets/fonts/BIZUDGothic-Regular.ttf"),
    include_bytes!("../../../assets/fonts/MadoguchiExt-Regular.otf"),
];

/// The fonts that lists are printed with, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Fonts {
    files: Vec<Cow<'static, [u8]>>,
}

/// A font file that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FontError {
    /// It is no OpenType or TrueType font with characters.
    #[error("フォントとして読めません（TrueType か OpenType のファイルを指定してください）")]
    NotAFont,
}

impl Default for Fonts {
    fn default() -> Self {
        Self { files: OWN.into_iter().map(Cow::Borrowed).collect() }
    }
}

impl Fonts {
    /// The program's own fonts, and the city's behind them (`[pdf] extra_font`).
    pub fn with_extra(extra: Vec<u8>) -> Result<Self, FontError> {
        let mut fonts = Self::default();
        Face::read(&extra)
            .filter(|face| face.knows(UNKNOWN) || face.knows('一'))
            .ok_or(FontError::NotAFont)?;
        fonts.files.push(Cow::Owned(extra));
        Ok(fonts)
    }

    /// The faces of the files. A file that was good when it was taken in is good now.
    pub(super) fn faces(&self) -> Vec<Face<'_>> {
        self.files.iter().filter_map(|file| Face::read(file)).collect()
    }
}

/// One font.
pub(super) struct Face<'a> {
    /// The whole file.
    pub(super) data: &'a [u8],
    /// Its PostScript name.
    pub(super) name: String,
    /// Units per em.
    pub(super) units: u16,
    font: FontRef<'a>,
}

impl<'a> Face<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let font = FontRef::from_index(data, 0).ok()?;
        let name = font.localized_strings(StringId::POSTSCRIPT_NAME).english_or_first();
        let name = name.map_or_else(|| "Font".to_owned(), |name| name.to_string());
        let units = font.metrics(Size::unscaled(), LocationRef::default()).units_per_em;
        (units > 0).then_some(Self { data, name, units, font })
    }

    fn knows(&self, base: char) -> bool {
        self.plain(base).is_some()
    }

    fn plain(&self, base: char) -> Option<u16> {
        self.font.charmap().map(base).and_then(|id| u16::try_from(id.to_u32()).ok()).filter(|id| *id > 0)
    }

    fn variant(&self, base: char, selector: char) -> Option<u16> {
        match self.font.charmap().map_variant(base, selector)? {
            MapVariant::UseDefault => self.plain(base),
            MapVariant::Variant(id) => u16::try_from(id.to_u32()).ok(),
        }
    }

    /// Ascent, descent and the box around every glyph, in units of the font.
    pub(super) fn extent(&self) -> Extent {
        let metrics = self.font.metrics(Size::unscaled(), LocationRef::default());
        let bounds = metrics.bounds.unwrap_or_default();
        Extent {
            ascent: units(metrics.ascent),
            descent: units(metrics.descent),
            left: units(bounds.x_min),
            bottom: units(bounds.y_min),
            right: units(bounds.x_max),
            top: units(bounds.y_max),
        }
    }

    fn widths(&self) -> GlyphMetrics<'a> {
        self.font.glyph_metrics(Size::unscaled(), LocationRef::default())
    }
}

/// How far a font reaches, in its units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) ascent: i16,
    pub(super) descent: i16,
    pub(super) left: i16,
    pub(super) bottom: i16,
    pub(super) right: i16,
    pub(super) top: i16,
}

/// A measure in a font's units: whole numbers that fit sixteen bits, by the format.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range just before")]
fn units(measure: f32) -> i16 {
    measure.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

/// A character with its selector, if any: what one drawing stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sign {
    base: char,
    selector: Option<char>,
}

impl Sign {
    /// The text that a reader of the document copies.
    pub(super) fn text(self) -> String {
        [Some(self.base), self.selector].into_iter().flatten().collect()
    }

    /// Whether a line may begin with it (行頭禁則).
    pub(super) fn may_begin(self) -> bool {
        !"、。，．・：；？！ー」』）】〕］｝〉》々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.)]}"
            .contains(self.base)
    }
}

impl Sign {
    /// Whether it and the one behind it belong to the same number, or to the same word in Latin letters or katakana.
    pub(super) fn joins(self, next: Self) -> bool {
        let is_kana = |c: char| matches!(c, 'ァ'..='ヺ' | 'ー');
        let is_part = |c: char| {
            c.is_ascii_alphanumeric()
                || matches!(c, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '-' | '－' | '−' | '‐')
        };
        (is_part(self.base) && is_part(next.base)) || (is_kana(self.base) && is_kana(next.base))
    }
}

/// The signs of a text. What would move the pen is a space.
pub(super) fn signs(words: &str) -> Vec<Sign> {
    let mut signs: Vec<Sign> = Vec::with_capacity(words.len() / 3);
    for c in words.chars() {
        if text::is_variation_selector(c) {
            if let Some(last) = signs.last_mut() {
                last.selector = Some(c);
            }
        } else {
            let shown = if text::has_control(c.encode_utf8(&mut [0; 4])) { ' ' } else { c };
            signs.push(Sign { base: shown, selector: None });
        }
    }
    signs
}

/// A drawing: in which font, and how wide in ems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Glyph {
    pub(super) face: usize,
    pub(super) id: u16,
    pub(super) width: f32,
}

/// Finds drawings, and remembers them and what it did not find.
pub(super) struct Shaper<'a> {
    pub(super) faces: &'a [Face<'a>],
    widths: Vec<GlyphMetrics<'a>>,
    known: HashMap<Sign, (Glyph, Found)>,
    doubts: Doubts,
}

/// How a sign was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// As it is written.
    Exactly,
    /// Without its selector.
    Plainly,
    /// In no font.
    Nowhere,
}

/// What a document does not show as it was written, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Signs that no font has; they are drawn as 〓.
    pub unknown: BTreeMap<String, usize>,
    /// Signs whose own drawing no font has (異体字); the usual drawing stands for them.
    pub plainer: BTreeMap<String, usize>,
}

impl Doubts {
    /// Whether everything is drawn as it was written.
    pub fn is_empty(&self) -> bool {
        self.unknown.is_empty() && self.plainer.is_empty()
    }
}

impl<'a> Shaper<'a> {
    pub(super) fn new(faces: &'a [Face<'a>]) -> Self {
        let widths = faces.iter().map(Face::widths).collect();
        Self { faces, widths, known: HashMap::new(), doubts: Doubts::default() }
    }

    /// The drawing of a sign; where no font has it, 〓, and it is counted.
    pub(super) fn draw(&mut self, sign: Sign) -> Glyph {
        let (glyph, found) = self.look_up(sign);
        let doubted = match found {
            Found::Exactly => return glyph,
            Found::Plainly => &mut self.doubts.plainer,
            Found::Nowhere => &mut self.doubts.unknown,
        };
        *doubted.entry(sign.text()).or_default() += 1;
        glyph
    }

    /// How wide a text is at a size in points.
    pub(super) fn width(&mut self, words: &[Sign], size: f32) -> f32 {
        words.iter().map(|sign| self.look_up(*sign).0.width * size).sum()
    }

    /// What was not drawn as it is written.
    pub(super) fn into_doubts(self) -> Doubts {
        self.doubts
    }

    fn look_up(&mut self, sign: Sign) -> (Glyph, Found) {
        if let Some(known) = self.known.get(&sign) {
            return *known;
        }
        let (drawn, found) = match (self.exact(sign), self.plain(sign.base)) {
            (Some(exact), _) => (exact, Found::Exactly),
            (None, Some(plain)) if sign.selector.is_none() => (plain, Found::Exactly),
            (None, Some(plain)) => (plain, Found::Plainly),
            (None, None) => (self.plain(UNKNOWN).unwrap_or((0, 0)), Found::Nowhere),
        };
        let glyph = Glyph { face: drawn.0, id: drawn.1, width: self.em(drawn) };
        self.known.insert(sign, (glyph, found));
        (glyph, found)
    }

    fn exact(&self, sign: Sign) -> Option<(usize, u16)> {
        let selector = sign.selector?;
        let mut faces = self.faces.iter().enumerate();
        faces.find_map(|(at, face)| Some((at, face.variant(sign.base, selector)?)))
    }

    fn plain(&self, base: char) -> Option<(usize, u16)> {
        self.faces.iter().enumerate().find_map(|(at, face)| Some((at, face.plain(base)?)))
    }

    fn em(&self, (face, id): (usize, u16)) -> f32 {
        let width = self.widths.get(face).and_then(|widths| widths.advance_width(id.into()));
        let units = self.faces.get(face).map_or(1.0, |face| f32::from(face.units));
        width.unwrap_or_default() / units
    }
}
