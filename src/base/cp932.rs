//! From text to CP932, and not one character is lost unseen.

use encoding_rs::{EncoderResult, SHIFT_JIS};

/// A character that CP932 does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmappable {
    /// The line of the text on which it stands, counted from 1.
    pub line: u64,
    /// The character.
    pub character: char,
}

/// The text in CP932 as Windows writes it; what it lacks stands there as 〓 and is told.
///
/// Characters that only look different in two tables of the same set become the one that CP932 has.
pub fn to_cp932(text: &str) -> (Vec<u8>, Vec<Unmappable>) {
    let (mut bytes, mut lost) = (Vec::with_capacity(text.len()), Vec::new());
    let mut line = 1;
    let mut encoder = SHIFT_JIS.new_encoder();
    for character in text.chars() {
        line += u64::from(character == '\n');
        let twin = twin(character);
        if let Some(code) = private(twin) {
            bytes.extend(code);
            continue;
        }
        let (mut one, mut buffer) = ([0; 4], [0; 8]);
        let (result, _, written) =
            encoder.encode_from_utf8_without_replacement(twin.encode_utf8(&mut one), &mut buffer, false);
        if result == EncoderResult::InputEmpty && !turns_into_another(twin) {
            bytes.extend(buffer.iter().take(written));
        } else {
            lost.push(Unmappable { line, character });
            bytes.extend(GETA);
        }
    }
    (bytes, lost)
}

/// 〓, which printers set where a character is missing.
const GETA: [u8; 2] = [0x81, 0xAC];

/// The same character in the table of Windows.
const fn twin(character: char) -> char {
    match character {
        '\u{301C}' => '\u{FF5E}',
        '\u{2014}' => '\u{2015}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{FF0D}',
        '\u{00A2}' => '\u{FFE0}',
        '\u{00A3}' => '\u{FFE1}',
        '\u{00AC}' => '\u{FFE2}',
        '\u{00A5}' => '\u{FFE5}',
        '\u{203E}' => '\u{FFE3}',
        other => other,
    }
}

/// Characters that the encoder would write as a plain one of ASCII without a word.
const fn turns_into_another(character: char) -> bool {
    matches!(character, '\u{00A5}' | '\u{203E}')
}

/// The two bytes of a private character (外字), which the encoder knows only from the other side.
fn private(character: char) -> Option<[u8; 2]> {
    let at = u32::from(character).checked_sub(0xE000).filter(|at| *at < 1880)?;
    let (row, cell) = (at / 188, at % 188);
    let trail = 0x40 + cell + u32::from(cell >= 0x3F);
    Some([u8::try_from(0xF0 + row).ok()?, u8::try_from(trail).ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_private_character_comes_back_as_itself() {
        for code in 0xE000..0xE758_u32 {
            let character = char::from_u32(code).unwrap();
            let (bytes, lost) = to_cp932(&character.to_string());
            assert!(lost.is_empty());
            let text = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&bytes);
            assert_eq!(text.as_deref(), Some(character.to_string().as_str()));
        }
    }

    #[test]
    fn characters_of_nec_and_ibm_come_back_and_twins_become_one() {
        let (bytes, lost) = to_cp932("髙﨑彅①㈱〜—−");
        assert!(lost.is_empty());
        let text = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&bytes);
        assert_eq!(text.as_deref(), Some("髙﨑彅①㈱～―－"));
    }

    #[test]
    fn what_is_missing_is_told_with_its_line_and_never_becomes_a_code() {
        let (bytes, lost) = to_cp932("氏名\n𠮷田\n葛\u{E0100}城é");
        let missing = |line, character| Unmappable { line, character };
        assert_eq!(lost, [missing(2, '𠮷'), missing(3, '\u{E0100}'), missing(3, 'é')]);
        let text = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&bytes);
        assert_eq!(text.as_deref(), Some("氏名\n〓田\n葛〓城〓"));
    }
}
