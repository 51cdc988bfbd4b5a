//! The measures of the pictures, in the units of their view boxes.

use serde::Serialize;

/// A picture of columns that stand beside one another: 620 by 310.
#[derive(Debug, Default, Serialize)]
pub(super) struct Columns {
    pub(super) lines: Vec<Level>,
    pub(super) columns: Vec<Column>,
}

/// A line across the picture with its number.
#[derive(Debug, Serialize)]
pub(super) struct Level {
    y: u32,
    text: u32,
    base: bool,
}

/// A column: what went well below, what did not on top of it.
#[derive(Debug, Serialize)]
pub(super) struct Column {
    x: u32,
    middle: u32,
    width: u32,
    good: (u32, u32),
    bad: (u32, u32),
    top: u32,
    value: u32,
    label: String,
    /// Whether there is room for its label.
    told: bool,
}

const LEFT: u32 = 40;
const RIGHT: u32 = 612;
const FLOOR: u32 = 280;
const CEILING: u32 = 22;

/// Draws columns of (label, good, bad).
pub(super) fn columns(values: &[(String, u32, u32)]) -> Columns {
    let most = values.iter().map(|(_, good, bad)| good + bad).max().unwrap_or(0);
    if most == 0 {
        return Columns::default();
    }
    let step = step(most);
    let top = most.div_ceil(step) * step;
    let height = |value: u32| value * (FLOOR - CEILING) / top;
    let levels =
        (0..=top / step).map(|at| Level { y: FLOOR - height(at * step), text: at * step, base: at == 0 });
    let count = u32::try_from(values.len()).unwrap_or(1).max(1);
    let pitch = (RIGHT - LEFT) / count;
    let width = (pitch * 7 / 10).clamp(2, 44);
    let every = 30_u32.div_ceil(pitch.max(1)).max(1);
    let column = |(at, (label, good, bad)): (u32, &(String, u32, u32))| {
        let x = LEFT + at * pitch + (pitch.saturating_sub(width)) / 2;
        let (low, high) = (height(*good), height(*bad));
        Column {
            x,
            middle: x + width / 2,
            width,
            good: (FLOOR - low, low),
            bad: (FLOOR - low - high, high),
            top: (FLOOR - low - high).saturating_sub(5),
            value: good + bad,
            label: label.clone(),
            told: at % every == 0,
        }
    };
    Columns { lines: levels.collect(), columns: (0..).zip(values).map(column).collect() }
}

/// The distance of lines: 1, 2 or 5 with noughts, so that there are at most five.
fn step(most: u32) -> u32 {
    let mut unit = 1;
    loop {
        for factor in [1, 2, 5] {
            if most.div_ceil(unit * factor) <= 5 {
                return unit * factor;
            }
        }
        unit *= 10;
    }
}

/// A bar that lies: how far it reaches of 220, and its share in words.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) y: u32,
    pub(super) width: u64,
    pub(super) value: u64,
    pub(super) share: u64,
}

/// Draws bars under one another, each as a part of the first.
pub(super) fn bars(values: &[(&str, u64)], of: u64) -> Vec<Bar> {
    let bar = |(at, (label, value)): (u32, &(&str, u64))| Bar {
        label: (*label).to_owned(),
        y: 8 + at * 33,
        width: (value * 220).checked_div(of).unwrap_or(0),
        value: *value,
        share: (value * 100 + of / 2).checked_div(of).unwrap_or(0),
    };
    (0..).zip(values).map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_at_round_numbers_and_columns_within_the_picture() {
        assert_eq!([step(1), step(5), step(6), step(23), step(52), step(251)], [1, 1, 2, 5, 20, 100]);
        let drawn = columns(&[("1".to_owned(), 38, 3), ("2".to_owned(), 0, 0), ("3".to_owned(), 50, 10)]);
        assert!(
            drawn.columns.iter().all(|column| column.bad.0 >= CEILING && column.x + column.width <= RIGHT)
        );
        assert!(drawn.columns.iter().all(|column| column.good.0 + column.good.1 == FLOOR));
        assert!(columns(&[]).columns.is_empty() && columns(&[("1".to_owned(), 0, 0)]).lines.is_empty());
    }

    #[test]
    fn bars_are_shares_of_the_whole() {
        let drawn = bars(&[("a", 200), ("b", 50), ("c", 0)], 200);
        assert_eq!(
            drawn.iter().map(|bar| (bar.width, bar.share)).collect::<Vec<_>>(),
            [(220, 100), (55, 25), (0, 0)]
        );
        assert_eq!(bars(&[("a", 0)], 0).first().map(|bar| bar.share), Some(0));
    }
}
