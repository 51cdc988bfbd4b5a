//! What is done to a value before it is read.

use crate::base::text;

/// One step that is done to a value before it is read. Spaces around it are gone by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transform {
    /// Full and half width become one (NFKC). Not for names: it changes characters.
    Width,
    /// Letters become capitals.
    Upper,
    /// All spaces go.
    NoSpaces,
    /// Runs of spaces become one full-width space.
    OneSpace,
    /// Only the digits stay.
    Digits,
    /// Zeros in front up to this many characters, where only digits stand.
    Zeros(u8),
    /// The characters from the first of these, counted from 1, as many as the second.
    Cut(u16, u16),
}

impl Transform {
    /// The word that profiles write.
    pub fn code(self) -> String {
        match self {
            Self::Width => "width".to_owned(),
            Self::Upper => "upper".to_owned(),
            Self::NoSpaces => "no_spaces".to_owned(),
            Self::OneSpace => "one_space".to_owned(),
            Self::Digits => "digits".to_owned(),
            Self::Zeros(length) => format!("zeros:{length}"),
            Self::Cut(from, length) => format!("cut:{from}:{length}"),
        }
    }

    /// The step of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        let mut words = code.split(':');
        let step = match (words.next()?, words.next(), words.next()) {
            ("width", None, None) => Self::Width,
            ("upper", None, None) => Self::Upper,
            ("no_spaces", None, None) => Self::NoSpaces,
            ("one_space", None, None) => Self::OneSpace,
            ("digits", None, None) => Self::Digits,
            ("zeros", Some(length), None) => Self::Zeros(number(length, 40)?),
            ("cut", Some(from), Some(length)) => Self::Cut(number(from, 1000)?, number(length, 1000)?),
            _ => return None,
        };
        words.next().is_none().then_some(step)
    }

    /// The value after this step.
    pub(in crate::cards::import) fn apply(self, value: &str) -> String {
        match self {
            Self::Width => text::nfkc(value),
            Self::Upper => value.to_uppercase(),
            Self::NoSpaces => value.chars().filter(|c| !c.is_whitespace()).collect(),
            Self::OneSpace => value.split_whitespace().collect::<Vec<_>>().join("　"),
            Self::Digits => text::nfkc(value).chars().filter(char::is_ascii_digit).collect(),
            Self::Zeros(length) => with_zeros(value, usize::from(length)),
            Self::Cut(from, length) => {
                let skipped = usize::from(from).saturating_sub(1);
                value.chars().skip(skipped).take(usize::from(length)).collect()
            }
        }
    }
}

fn with_zeros(value: &str, length: usize) -> String {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("{value:0>length$}") } else { value.to_owned() }
}

fn number<N: std::str::FromStr + PartialOrd + From<u8> + Copy>(digits: &str, most: N) -> Option<N> {
    digits.parse().ok().filter(|number: &N| (N::from(1)..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_does_what_it_says() {
        let done = |code: &str, value: &str| Transform::from_code(code).unwrap().apply(value);
        assert_eq!(done("width", "Ａ１３"), "A13");
        assert_eq!(done("upper", "a13"), "A13");
        assert_eq!(done("no_spaces", "山田　 太郎"), "山田太郎");
        assert_eq!(done("one_space", "山田  太郎"), "山田　太郎");
        assert_eq!(done("digits", "No.１２-3"), "123");
        assert_eq!((done("zeros:6", "42"), done("zeros:6", "B-4")), ("000042".to_owned(), "B-4".to_owned()));
        assert_eq!(done("zeros:6", ""), "", "nothing does not become zeros");
        assert_eq!(done("cut:2:3", "あいうえお"), "いうえ");
    }

    #[test]
    fn each_step_is_written_as_it_is_read() {
        for code in ["width", "upper", "no_spaces", "one_space", "digits", "zeros:9", "cut:1:8"] {
            assert_eq!(Transform::from_code(code).unwrap().code(), code);
        }
        for wrong in [
            "",
            "lower",
            "zeros",
            "zeros:0",
            "zeros:41",
            "zeros:x",
            "cut:1",
            "cut:0:1",
            "width:1",
            "cut:1:2:3",
        ] {
            assert_eq!(Transform::from_code(wrong), None, "{wrong}");
        }
    }
}
