//! The notice ID (交付通知書ID) that stands on a citizen's notice, in the one form that is compared.

use std::fmt;

use super::text;

/// A notice ID in its compared form: upper case, half width, no dashes. Not unique (仕様書 7(1)④).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct NoticeId(String);

/// The text does not have the shape that this city's notice IDs have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeIdError {
    /// Nothing was entered.
    #[error("the notice ID is empty")]
    Empty,
    /// The shape differs; `length` letters and digits were counted.
    #[error("the notice ID has another shape ({length} characters)")]
    Shape {
        /// Letters and digits counted, dashes and spaces aside.
        length: usize,
    },
}

impl NoticeId {
    /// Reads what a person typed or a file holds: any width and case, with or without dashes and spaces.
    ///
    /// Spec: 7(3)②.
    pub fn parse(typed: &str, pattern: &NoticePattern) -> Result<Self, NoticeIdError> {
        let norm = normalise(typed);
        match norm.chars().count() {
            0 => Err(NoticeIdError::Empty),
            _ if pattern.matches(&norm) => Ok(Self(norm)),
            length => Err(NoticeIdError::Shape { length }),
        }
    }

    /// The ID whose compared form was stored.
    pub fn from_norm(norm: impl Into<String>) -> Self {
        Self(norm.into())
    }

    /// The compared form, `A13345603`.
    pub fn norm(&self) -> &str {
        &self.0
    }

    /// The last three characters, which is all that a citizen's page shows.
    pub fn tail(&self) -> &str {
        let start = self.0.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
        self.0.get(start..).unwrap_or_default()
    }
}

impl fmt::Display for NoticeId {
    /// `A13-345603`, as it is printed on the notice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.len(), self.0.split_at_checked(3)) {
            (9, Some((front, back))) => write!(f, "{front}-{back}"),
            _ => f.write_str(&self.0),
        }
    }
}

/// What remains of typed text when width, case, dashes and spaces are taken away.
pub fn normalise(typed: &str) -> String {
    text::composed(typed)
        .chars()
        .filter(|c| !c.is_whitespace() && !text::is_dash(*c) && !text::is_variation_selector(*c))
        .flat_map(char::to_uppercase)
        .collect()
}

/// The shape of a city's notice IDs: a run of classes, as in `^[0-9A-Z]{3}[0-9]{6}$`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticePattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    ranges: Vec<(char, char)>,
    least: usize,
    most: usize,
}

/// The pattern is not one of letters, `[…]` classes and `{n}` or `{n,m}` repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern may hold letters, digits, [0-9A-Z] classes and {{n}} or {{n,m}} repeats only")]
pub struct NotAPattern;

impl Default for NoticePattern {
    /// Three letters or digits, then six digits.
    fn default() -> Self {
        let alnum = Part { ranges: vec![('0', '9'), ('A', 'Z')], least: 3, most: 3 };
        Self(vec![alnum, Part { ranges: vec![('0', '9')], least: 6, most: 6 }])
    }
}

impl NoticePattern {
    /// Reads a pattern of the form `^[0-9A-Z]{3}[0-9]{6}$`.
    pub fn parse(pattern: &str) -> Result<Self, NotAPattern> {
        let inner = pattern.strip_prefix('^').unwrap_or(pattern);
        let mut rest = inner.strip_suffix('$').unwrap_or(inner);
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (ranges, after) = class(rest)?;
            let (least, most, after) = repeat(after)?;
            parts.push(Part { ranges, least, most });
            rest = after;
        }
        if parts.is_empty() { Err(NotAPattern) } else { Ok(Self(parts)) }
    }

    /// How many characters every ID of this shape has; `None` where they differ.
    pub fn length(&self) -> Option<usize> {
        self.0.iter().map(|part| (part.least == part.most).then_some(part.most)).sum()
    }

    /// The ID that a spreadsheet took for this number, with the zeros that it took away.
    ///
    /// `None` where none of this shape can have been meant, or more than one: `12E000003` becomes the number 12000 too.
    pub fn with_zeros(&self, number: &str) -> Option<String> {
        let length = self.length().filter(|length| number.len() <= *length)?;
        let whole = format!("{number:0>length$}");
        let zeros = number.bytes().rev().take_while(|byte| *byte == b'0').count().min(number.len() - 1);
        let mut powers = (0..=zeros).filter_map(|power| Some((number.get(..number.len() - power)?, power)));
        let is_power = |(digits, power): (&str, usize)| {
            (1..length.saturating_sub(1)).any(|before| {
                let after = length - 1 - before;
                let written = format!("{digits:0>before$}E{power:0>after$}");
                written.chars().count() == length && self.matches(&written)
            })
        };
        (self.matches(&whole) && !powers.any(is_power)).then_some(whole)
    }

    /// Whether the whole of `norm` has this shape.
    pub fn matches(&self, norm: &str) -> bool {
        let chars: Vec<char> = norm.chars().collect();
        fits(&self.0, &chars)
    }
}

fn fits(parts: &[Part], chars: &[char]) -> bool {
    let Some((part, later)) = parts.split_first() else { return chars.is_empty() };
    let run = chars.iter().take(part.most).take_while(|c| part.allows(**c)).count();
    (part.least..=run).rev().any(|taken| chars.get(taken..).is_some_and(|rest| fits(later, rest)))
}

impl Part {
    fn allows(&self, c: char) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))
    }
}

type Ranges = Vec<(char, char)>;

fn class(pattern: &str) -> Result<(Ranges, &str), NotAPattern> {
    let Some(inner) = pattern.strip_prefix('[') else {
        let letter = pattern.chars().next().filter(char::is_ascii_alphanumeric).ok_or(NotAPattern)?;
        return Ok((vec![(letter, letter)], pattern.get(1..).unwrap_or_default()));
    };
    let (body, after) = inner.split_once(']').ok_or(NotAPattern)?;
    let mut ranges = Vec::new();
    let mut chars = body.chars().peekable();
    while let Some(from) = chars.next().filter(char::is_ascii_alphanumeric) {
        let to = if chars.next_if_eq(&'-').is_some() { chars.next().ok_or(NotAPattern)? } else { from };
        if to < from || !to.is_ascii_alphanumeric() {
            return Err(NotAPattern);
        }
        ranges.push((from, to));
    }
    if ranges.is_empty() || chars.next().is_some() { Err(NotAPattern) } else { Ok((ranges, after)) }
}

fn repeat(pattern: &str) -> Result<(usize, usize, &str), NotAPattern> {
    let Some(inner) = pattern.strip_prefix('{') else { return Ok((1, 1, pattern)) };
    let (body, after) = inner.split_once('}').ok_or(NotAPattern)?;
    let (least, most) = body.split_once(',').unwrap_or((body, body));
    let number = |text: &str| text.parse::<usize>().ok().filter(|n| *n <= 64).ok_or(NotAPattern);
    let (least, most) = (number(least)?, number(most)?);
    if most == 0 || least > most { Err(NotAPattern) } else { Ok((least, most, after)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Result<NoticeId, NoticeIdError> {
        NoticeId::parse(typed, &NoticePattern::default())
    }

    #[test]
    fn every_way_of_typing_it_is_one_id() {
        for typed in
            ["A13-345603", "a13345603", "Ａ１３－３４５６０３", " A13 345603 ", "A13−345603", "A13ー345603"]
        {
            assert_eq!(read(typed).unwrap().norm(), "A13345603", "{typed}");
        }
        let id = read("a13345603").unwrap();
        assert_eq!((id.to_string().as_str(), id.tail()), ("A13-345603", "603"));
    }

    #[test]
    fn another_shape_is_refused_with_its_length() {
        assert_eq!(read(" - "), Err(NoticeIdError::Empty));
        assert_eq!(read("A1-34"), Err(NoticeIdError::Shape { length: 4 }));
        assert_eq!(read("A13-34560X"), Err(NoticeIdError::Shape { length: 9 }));
        assert_eq!(read("あ13345603"), Err(NoticeIdError::Shape { length: 9 }));
    }

    #[test]
    fn zeros_that_a_spreadsheet_took_away_come_back_where_one_id_alone_was_meant() {
        let pattern = NoticePattern::default();
        assert_eq!(pattern.with_zeros("12345603").as_deref(), Some("012345603"));
        assert_eq!(pattern.with_zeros("345603").as_deref(), Some("000345603"));
        assert_eq!(pattern.with_zeros("120345603").as_deref(), Some("120345603"));
        // 12E000003 and 000012000, 5E0000000 and 000000005 are one number each.
        for unclear in ["12000", "5", "0", "12", "900000000"] {
            assert_eq!(pattern.with_zeros(unclear), None, "{unclear}");
        }
        assert_eq!(pattern.with_zeros("1203456031"), None, "too long");
        let digits = NoticePattern::parse("^[0-9]{8}$").unwrap();
        assert_eq!(digits.with_zeros("12").as_deref(), Some("00000012"), "no letter, no power");
        assert_eq!(NoticePattern::parse("^[0-9]{8,9}$").unwrap().with_zeros("12345678"), None);
    }

    #[test]
    fn a_city_can_have_another_shape() {
        let pattern = NoticePattern::parse("^K[0-9]{8,10}$").unwrap();
        assert!(NoticeId::parse("k12345678", &pattern).is_ok());
        assert!(NoticeId::parse("k12345678901", &pattern).is_err());
        assert_eq!(NoticePattern::parse("^[0-9A-Z]{3}[0-9]{6}$").unwrap(), NoticePattern::default());
        for wrong in ["", "^$", "[", "[]", "[z-a]", "A{", "A{2,1}", ".*", "A{0}", "(A)"] {
            assert!(NoticePattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}
