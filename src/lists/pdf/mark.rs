//! What stands on a sheet: texts, lines, areas; measured in points from its upper left corner.

use super::font::{Shaper, Sign, signs};

/// Points in a millimetre.
const MM: f32 = 72.0 / 25.4;

/// Millimetres in points.
pub(super) const fn mm(measure: f32) -> f32 {
    measure * MM
}

/// One thing on a sheet.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// A text; `y` is its baseline.
    Text { x: f32, y: f32, size: f32, signs: Vec<Sign> },
    /// A line.
    Line { from: (f32, f32), to: (f32, f32), thick: f32 },
    /// An area in a grey from 0 (black) to 1 (white).
    Area { left: f32, top: f32, width: f32, height: f32, grey: f32 },
    /// The bars of a code, each a number of modules wide.
    Bars { left: f32, top: f32, module: f32, height: f32, code: String },
}

/// A sheet.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaf {
    pub(super) marks: Vec<Mark>,
}

impl Leaf {
    /// A text that begins at `x`.
    pub(super) fn text(&mut self, x: f32, y: f32, size: f32, words: &[Sign]) {
        if !words.is_empty() {
            self.marks.push(Mark::Text { x, y, size, signs: words.to_vec() });
        }
    }

    /// A text in one line that ends at `right` at the latest: shrunk when it is longer.
    pub(super) fn line_of_text(
        &mut self,
        shaper: &mut Shaper<'_>,
        at: (f32, f32),
        right: f32,
        size: f32,
        words: &str,
    ) {
        let words = signs(words);
        let size = fitting(shaper, &words, right - at.0, size);
        self.text(at.0, at.1, size, &words);
    }

    /// A text that ends at `right`; gives where it begins.
    pub(super) fn ending_at(
        &mut self,
        shaper: &mut Shaper<'_>,
        (right, y): (f32, f32),
        size: f32,
        words: &str,
    ) -> f32 {
        let words = signs(words);
        let x = right - shaper.width(&words, size);
        self.text(x, y, size, &words);
        x
    }

    pub(super) fn area(&mut self, (left, top): (f32, f32), (width, height): (f32, f32), grey: f32) {
        self.marks.push(Mark::Area { left, top, width, height, grey });
    }

    /// The bars of a code (Code 128), a module so wide.
    pub(super) fn bars(&mut self, (left, top): (f32, f32), (module, height): (f32, f32), code: &str) {
        self.marks.push(Mark::Bars { left, top, module, height, code: code.to_owned() });
    }

    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32) {
        self.marks.push(Mark::Line { from, to, thick });
    }

    /// A frame around nothing.
    pub(super) fn frame(&mut self, (left, top): (f32, f32), (width, height): (f32, f32), thick: f32) {
        let (right, bottom) = (left + width, top + height);
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        for pair in corners.windows(2) {
            if let [from, to] = pair {
                self.line(*from, *to, thick);
            }
        }
    }
}

/// The size at which a text fits a width: the wanted one, or smaller.
pub(super) fn fitting(shaper: &mut Shaper<'_>, words: &[Sign], room: f32, size: f32) -> f32 {
    let width = shaper.width(words, size);
    if width > room && width > 0.0 { size * room / width } else { size }
}
