//! A cell of a list on paper: how large its text is, where its lines break, how high it stands.

use super::font::{Shaper, Sign, signs};
use super::mark::{Leaf, fitting, mm};
use crate::base::code128;
use crate::lists::table::Kind;

/// The size of texts in the rows, in points.
pub(super) const SIZE: f32 = 9.0;

/// How far a text shrinks before it is wrapped.
const SMALL: f32 = 6.5;

/// The smallest size, for what would fill more than a page.
const LEAST: f32 = 3.0;

/// Between the text and the rules left and right of it.
pub(super) const PAD: f32 = 2.5;

/// Between two lines, in the height of the letters.
const LEADING: f32 = 1.3;

/// The lowest row.
pub(super) const ROW: f32 = mm(6.2);

/// How high bars stand.
const BARS: f32 = mm(7.0);

/// The side of a box to tick.
const BOX: f32 = mm(3.6);

/// A cell with its lines.
#[derive(Debug)]
pub(super) struct Laid {
    kind: Kind,
    /// Whether its lines end at the right, as numbers and the heading above them do.
    right: bool,
    size: f32,
    lines: Vec<Vec<Sign>>,
    code: String,
}

/// Breaks the text of a cell to its column.
pub(super) fn lay(shaper: &mut Shaper<'_>, kind: Kind, words: &str, width: f32, tallest: f32) -> Laid {
    let room = width - 2.0 * PAD - if kind == Kind::Tick { BOX + PAD } else { 0.0 };
    let lines: Vec<Vec<Sign>> = words.lines().map(signs).filter(|line| !line.is_empty()).collect();
    let code = if kind == Kind::Barcode { words.to_owned() } else { String::new() };
    if matches!(kind, Kind::Code | Kind::Number | Kind::Barcode) {
        let line = lines.concat();
        let size = fitting(shaper, &line, room, SIZE);
        return Laid { kind, right: kind == Kind::Number, size, lines: vec![line], code };
    }
    let widest = lines.iter().map(|line| shaper.width(line, SIZE)).fold(0.0, f32::max);
    let mut size = if widest > room { (SIZE * room / widest).max(SMALL) } else { SIZE };
    loop {
        let broken: Vec<Vec<Sign>> = lines.iter().flat_map(|line| wrap(shaper, line, room, size)).collect();
        let laid = Laid { kind, right: false, size, lines: broken, code: String::new() };
        if laid.height() <= tallest || size <= LEAST {
            return laid;
        }
        size = (size * 0.9).max(LEAST);
    }
}

/// Breaks a line where it no longer fits; not before a sign that no line begins with, and not within a number or a word, as long
/// as there is another place.
pub(super) fn wrap(shaper: &mut Shaper<'_>, line: &[Sign], room: f32, size: f32) -> Vec<Vec<Sign>> {
    let mut lines = Vec::new();
    let mut current: Vec<Sign> = Vec::new();
    let mut width = 0.0;
    for sign in line {
        let advance = shaper.width(&[*sign], size);
        if width + advance > room + 0.01 && !current.is_empty() {
            let mut at = cut(&current, *sign);
            width = shaper.width(current.get(at..).unwrap_or_default(), size);
            if width + advance > room {
                (at, width) = (current.len(), 0.0);
            }
            let carried = current.split_off(at);
            lines.push(std::mem::replace(&mut current, carried));
        }
        current.push(*sign);
        width += advance;
    }
    lines.push(current);
    lines
}

/// Where a full line is broken, counted in signs: before `next`, or earlier, behind its first third.
fn cut(current: &[Sign], next: Sign) -> usize {
    let end = current.len();
    let is_good = |at: &usize| {
        let (before, after) = (current.get(at - 1), current.get(*at).copied().unwrap_or(next));
        after.may_begin() && before.is_some_and(|before| !before.joins(after))
    };
    let good = (end.div_ceil(3)..=end).rev().find(is_good);
    good.unwrap_or(if next.may_begin() || end < 2 { end } else { end - 1 })
}

impl Laid {
    /// The same with lines that end at the right.
    pub(super) fn ending_right(self, right: bool) -> Self {
        Self { right, ..self }
    }

    /// How high the row must be for it.
    pub(super) fn height(&self) -> f32 {
        let letters: f32 = self.lines.iter().map(|_| self.size * LEADING).sum();
        let bars = if self.kind == Kind::Barcode && !self.code.is_empty() { BARS + PAD } else { 0.0 };
        (letters + bars + 2.0 * PAD).max(ROW)
    }

    /// Draws it into its place.
    pub(super) fn draw(
        &self,
        leaf: &mut Leaf,
        shaper: &mut Shaper<'_>,
        (left, top): (f32, f32),
        (width, height): (f32, f32),
    ) {
        let mut left = left + PAD;
        let right = left + width - 2.0 * PAD;
        let letters: f32 = self.lines.iter().map(|_| self.size * LEADING).sum();
        let mut y = top + (height - letters) / 2.0;
        match self.kind {
            Kind::Barcode => {
                if let Some(quiet) = draw_bars(leaf, &self.code, (left, top + PAD), right - left) {
                    y = top + PAD + BARS;
                    // What the bars say stands under them, as far as it has the room.
                    let widest =
                        self.lines.iter().map(|line| shaper.width(line, self.size)).fold(0.0, f32::max);
                    left += quiet.min(right - left - widest).max(0.0);
                }
            }
            Kind::Tick => {
                leaf.frame((left, top + (height - BOX) / 2.0), (BOX, BOX), 0.8);
                left += BOX + PAD;
            }
            _ => {}
        }
        for line in &self.lines {
            // The baseline lies so that the letters stand in the middle of their line.
            y += self.size * LEADING;
            let x = if self.right { right - shaper.width(line, self.size) } else { left };
            leaf.text(x, y - self.size * (LEADING - 1.0) / 2.0 - self.size * 0.12, self.size, line);
        }
    }
}

/// Draws the bars of a code and gives how wide the quiet zone before them is; `None` when it has none.
fn draw_bars(leaf: &mut Leaf, code: &str, (left, top): (f32, f32), room: f32) -> Option<f32> {
    let modules = code128::width(code)?;
    // A third of a millimetre reads well; narrower columns get narrower bars.
    let module = (room / f32::from(modules)).min(mm(0.33));
    leaf.bars((left, top), (module, BARS), code);
    Some(f32::from(code128::QUIET) * module)
}

#[cfg(test)]
mod tests {
    use super::super::font::Fonts;
    use super::*;

    /// The lines of a text in a column as wide as so many kanji.
    fn broken(words: &str, kanji: u8) -> Vec<String> {
        let fonts = Fonts::default();
        let faces = fonts.faces();
        let mut shaper = Shaper::new(&faces);
        let lines = wrap(&mut shaper, &signs(words), f32::from(kanji) * 10.0, 10.0);
        lines.iter().map(|line| line.iter().map(|sign| sign.text()).collect()).collect()
    }

    #[test]
    fn numbers_and_words_stay_whole_where_the_line_has_another_place() {
        assert_eq!(broken("見本町字見本１２３４番地５６７", 8), ["見本町字見本", "１２３４番地", "５６７"]);
        assert_eq!(broken("見本町グランドハイツ弐番館", 7), ["見本町", "グランドハイツ", "弐番館"]);
        assert_eq!(broken("MARIA DE OLIVEIRA", 6), ["MARIA DE ", "OLIVEIRA"]);
        assert_eq!(broken("あいうえお、か", 5), ["あいうえ", "お、か"]);
        assert_eq!(
            broken("1234567890123456", 4),
            ["12345678", "90123456"],
            "nothing is lost where there is none"
        );
    }
}
