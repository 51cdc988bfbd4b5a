//! Labels to stick on: a sheet of them in one of the common sizes.

use super::PdfError;
use super::cell::wrap;
use super::font::{Shaper, Sign, signs};
use super::mark::{Leaf, fitting, mm};

/// A kind of label sheet, A4 portrait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 2 × 6 labels of 86.4 × 42.3 mm.
    Twelve,
    /// 3 × 6 labels of 63.5 × 46.6 mm.
    Eighteen,
    /// 3 × 7 labels of 70 × 42.3 mm.
    TwentyOne,
    /// 3 × 8 labels of 66 × 33.9 mm.
    TwentyFour,
}

/// The measures of a sheet of labels in points.
struct Grid {
    columns: u16,
    rows: u16,
    width: f32,
    height: f32,
    gap: f32,
}

impl Format {
    /// Every format, the largest label first.
    pub const ALL: [Self; 4] = [Self::Twelve, Self::Eighteen, Self::TwentyOne, Self::TwentyFour];

    /// Its code in addresses: how many labels are on a sheet.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Twelve => "12",
            Self::Eighteen => "18",
            Self::TwentyOne => "21",
            Self::TwentyFour => "24",
        }
    }

    /// The format with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// What is written on the box of the sheets.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Twelve => "12面（86.4 × 42.3 mm）",
            Self::Eighteen => "18面（63.5 × 46.6 mm）",
            Self::TwentyOne => "21面（70 × 42.3 mm）",
            Self::TwentyFour => "24面（66 × 33.9 mm）",
        }
    }

    /// How many labels are on a sheet.
    pub const fn each(self) -> u16 {
        let grid = self.grid();
        grid.columns * grid.rows
    }

    /// How many sheets so many labels take, when the first `skipped` places are used up.
    pub fn sheets(self, labels: usize, skipped: u16) -> usize {
        (labels + usize::from(skipped)).div_ceil(usize::from(self.each()))
    }

    const fn grid(self) -> Grid {
        let (columns, rows, width, height, gap) = match self {
            Self::Twelve => (2, 6, mm(86.4), mm(42.3), 0.0),
            Self::Eighteen => (3, 6, mm(63.5), mm(46.6), mm(2.5)),
            Self::TwentyOne => (3, 7, mm(70.0), mm(42.3), 0.0),
            Self::TwentyFour => (3, 8, mm(66.0), mm(33.9), 0.0),
        };
        Grid { columns, rows, width, height, gap }
    }
}

/// A label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Above the name: postal code and address, a line each.
    pub above: Vec<String>,
    /// The name, large.
    pub name: String,
    /// Below it, small: the notice ID.
    pub below: String,
}

/// Lays labels out and gives one sheet after the other to `take`; the first `skipped` places of the first sheet stay empty, as
/// they were used before.
pub(super) fn each(
    shaper: &mut Shaper<'_>,
    (format, skipped): (Format, u16),
    labels: &[Label],
    mut take: impl FnMut(&mut Shaper<'_>, &Leaf) -> Result<(), PdfError>,
) -> Result<(), PdfError> {
    let grid = format.grid();
    let columns = f32::from(grid.columns);
    let left = (mm(210.0) - columns * grid.width - (columns - 1.0) * grid.gap) / 2.0;
    let top = (mm(297.0) - f32::from(grid.rows) * grid.height) / 2.0;
    let each = format.each();
    let mut leaf = Leaf::default();
    let mut at = skipped % each;
    for label in labels {
        if at == each {
            take(shaper, &std::mem::take(&mut leaf))?;
            at = 0;
        }
        let x = left + f32::from(at % grid.columns) * (grid.width + grid.gap);
        let y = top + f32::from(at / grid.columns) * grid.height;
        draw(&mut leaf, shaper, label, (x, y), (grid.width, grid.height));
        at += 1;
    }
    take(shaper, &leaf)
}

/// The largest letters of an address, and the smallest that a postman reads.
const LARGE: f32 = 10.0;
const SMALL: f32 = 6.0;

/// Between two lines, in the height of the letters.
const LEADING: f32 = 1.35;

/// The room of the name, and of what stands below it.
const NAME: f32 = 19.0;
const BELOW: f32 = 10.0;

fn draw(
    leaf: &mut Leaf,
    shaper: &mut Shaper<'_>,
    label: &Label,
    (x, y): (f32, f32),
    (width, height): (f32, f32),
) {
    // Printers leave the edge of the sheet white, and some sheets have labels up to it.
    let (edge, pad) = (mm(5.0), mm(4.0));
    let (x, room) = (x + edge, width - 2.0 * edge);
    let below = if label.below.is_empty() { 0.0 } else { BELOW };
    let (lines, size) = broken(shaper, &label.above, room, height - 2.0 * pad - NAME - below);
    let mut base = y + pad;
    for words in &lines {
        base += size * LEADING;
        leaf.text(x, base - size * 0.25, size, words);
    }
    let words = signs(&label.name);
    let named = fitting(shaper, &words, room, 14.0);
    leaf.text(x, base + NAME - 4.0, named, &words);
    let words = signs(&label.below);
    let small = fitting(shaper, &words, room, 7.5);
    leaf.text(x, y + height - pad, small, &words);
}

/// The lines of an address at the largest size at which they all stand in the room; nothing is cut.
fn broken(shaper: &mut Shaper<'_>, above: &[String], room: f32, tall: f32) -> (Vec<Vec<Sign>>, f32) {
    let mut size = LARGE;
    loop {
        let lines: Vec<Vec<Sign>> =
            above.iter().flat_map(|words| wrap(shaper, &signs(words), room, size)).collect();
        let high: f32 = lines.iter().map(|_| size * LEADING).sum();
        if high <= tall || size <= SMALL / 2.0 {
            return (lines, size);
        }
        size -= if size > SMALL { 0.5 } else { 0.25 };
    }
}
