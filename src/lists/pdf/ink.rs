//! What is drawn on a sheet, in the words of the format: short, and written at once instead of gathered as objects.

use super::font::{Shaper, Sign};
use super::mark::Mark;
use super::write::Used;
use crate::base::code128;

/// The drawing of one sheet. The format counts upwards from the lower left corner.
pub(super) struct Ink {
    out: Vec<u8>,
    /// The height of the sheet.
    height: f32,
    /// What was set last, so that it is not said again.
    grey: Option<f32>,
    thick: Option<f32>,
    font: Option<(usize, f32)>,
}

impl Ink {
    pub(super) fn new(height: f32) -> Self {
        Self { out: Vec::with_capacity(16 << 10), height, grey: None, thick: None, font: None }
    }

    /// What was drawn.
    pub(super) fn end(self) -> Vec<u8> {
        self.out
    }

    pub(super) fn draw(&mut self, shaper: &mut Shaper<'_>, used: &mut [Used], mark: &Mark) {
        match mark {
            Mark::Area { left, top, width, height, grey } => {
                self.fill(*grey);
                self.say(&[*left, self.height - top - height, *width, *height], "re f");
            }
            Mark::Line { from, to, thick } => {
                if self.thick.replace(*thick) != Some(*thick) {
                    self.say(&[*thick], "w");
                }
                self.say(&[from.0, self.height - from.1], "m");
                self.say(&[to.0, self.height - to.1], "l S");
            }
            Mark::Text { x, y, size, signs } => self.text(shaper, used, (*x, *y, *size), signs),
            Mark::Bars { left, top, module, height, code } => {
                self.fill(0.0);
                self.bars((*left, self.height - top - height), (*module, *height), code);
            }
        }
    }

    /// Numbers and what is done with them.
    fn say(&mut self, numbers: &[f32], word: &str) {
        for number in numbers {
            put(&mut self.out, *number);
            self.out.push(b' ');
        }
        self.out.extend_from_slice(word.as_bytes());
        self.out.push(b'\n');
    }

    fn fill(&mut self, grey: f32) {
        if self.grey.replace(grey) != Some(grey) {
            self.say(&[grey], "g");
        }
    }

    fn text(
        &mut self,
        shaper: &mut Shaper<'_>,
        used: &mut [Used],
        (x, y, size): (f32, f32, f32),
        signs: &[Sign],
    ) {
        self.fill(0.0);
        self.say(&[], "BT");
        self.say(&[x, self.height - y], "Td");
        let mut open = false;
        for sign in signs {
            let glyph = shaper.draw(*sign);
            let units = shaper.faces.get(glyph.face).map_or(1000, |face| face.units);
            let Some(of_face) = used.get_mut(glyph.face) else { continue };
            let number = of_face.number(glyph, *sign, units);
            if self.font != Some((glyph.face, size)) {
                if std::mem::take(&mut open) {
                    self.out.extend_from_slice(b"> Tj\n");
                }
                self.font = Some((glyph.face, size));
                self.out.extend_from_slice(format!("/M{} ", glyph.face).as_bytes());
                self.say(&[size], "Tf");
            }
            if !std::mem::replace(&mut open, true) {
                self.out.push(b'<');
            }
            self.out.extend(hex(number));
        }
        if open {
            self.out.extend_from_slice(b"> Tj\n");
        }
        self.say(&[], "ET");
    }

    /// A barcode as one shape, in whole numbers of a grid that is one module wide and as high as the bars.
    fn bars(&mut self, (x, y): (f32, f32), (module, height): (f32, f32), code: &str) {
        let Some((bars, _)) = code128::bars(code) else { return };
        self.say(&[], "q");
        self.say(&[module, 0.0, 0.0, height, x, y], "cm");
        for (at, width) in bars {
            self.out.extend_from_slice(format!("{at} 0 {width} 1 re ").as_bytes());
        }
        self.say(&[], "f Q");
    }
}

/// Four hexadecimal digits.
fn hex(number: u16) -> [u8; 4] {
    [12, 8, 4, 0].map(|shift| match (number >> shift) & 0xF {
        digit @ 0..=9 => b'0' + digit.to_le_bytes()[0],
        letter => b'a' + (letter - 10).to_le_bytes()[0],
    })
}

/// A number with at most three places: a hundredth of a printer's dot.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range just before")]
fn put(out: &mut Vec<u8>, number: f32) {
    let thousandths = (number * 1000.0).round().clamp(-1e9, 1e9) as i32;
    if thousandths < 0 {
        out.push(b'-');
    }
    let (whole, rest) = (thousandths.unsigned_abs() / 1000, thousandths.unsigned_abs() % 1000);
    out.extend_from_slice(whole.to_string().as_bytes());
    if rest > 0 {
        let places = format!(".{rest:03}");
        out.extend_from_slice(places.trim_end_matches('0').as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact() {
        let said = |number: f32| {
            let mut out = Vec::new();
            put(&mut out, number);
            String::from_utf8(out).unwrap()
        };
        let numbers = [0.0, -0.0004, 1.0, 595.276, 0.35, -12.05, 841.89, 0.001];
        assert_eq!(numbers.map(said), ["0", "0", "1", "595.276", "0.35", "-12.05", "841.89", "0.001"]);
    }

    #[test]
    fn glyphs_are_told_by_four_digits() {
        assert_eq!([hex(0), hex(0x0A1F), hex(u16::MAX)], [*b"0000", *b"0a1f", *b"ffff"]);
    }
}
