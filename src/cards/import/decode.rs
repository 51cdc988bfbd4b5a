//! From bytes to text: the encoding is found out, and not one character is guessed.

use encoding_rs::{Decoder, DecoderResult, Encoding as Charset, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a mark.
    Utf8,
    /// UTF-8 with a byte order mark, as spreadsheets write it.
    Utf8Bom,
    /// UTF-16, low byte first, with its mark.
    Utf16Le,
    /// UTF-16, high byte first, with its mark.
    Utf16Be,
    /// Shift_JIS with the characters of NEC and IBM and the private area (外字).
    Cp932,
}

impl Encoding {
    /// The code stored in `import_run.encoding`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf8Bom => "utf-8-bom",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Cp932 => "cp932",
        }
    }

    /// The encoding with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [Self::Utf8, Self::Utf8Bom, Self::Utf16Le, Self::Utf16Be, Self::Cp932];
        all.into_iter().find(|encoding| encoding.code() == code)
    }

    /// The name that staff know.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8（BOM付き）",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Cp932 => "Shift_JIS（CP932）",
        }
    }
}

/// The bytes are no text in any encoding that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The encoding that came closest.
    pub encoding: Encoding,
    /// The first byte that does not belong, counted from 0.
    pub offset: usize,
    /// Its line, counted from 1.
    pub line: u64,
}

/// Text and the encoding it was in: by its mark; else strict UTF-8; else strict CP932; else nothing.
pub(super) fn decode(bytes: &[u8]) -> Result<(Encoding, String), Undecodable> {
    let marks = [
        (&b"\xEF\xBB\xBF"[..], Encoding::Utf8Bom, UTF_8),
        (&b"\xFF\xFE"[..], Encoding::Utf16Le, UTF_16LE),
        (&b"\xFE\xFF"[..], Encoding::Utf16Be, UTF_16BE),
    ];
    for (mark, encoding, charset) in marks {
        if let Some(body) = bytes.strip_prefix(mark) {
            return strictly(encoding, charset, body, mark.len());
        }
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        // No text of a register holds it: UTF-16 without its mark, or no text at all.
        let line = lines_before(bytes, offset);
        return Err(Undecodable { encoding: Encoding::Utf8, offset, line });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((Encoding::Utf8, text.to_owned())),
        Err(_) => strictly(Encoding::Cp932, SHIFT_JIS, bytes, 0),
    }
}

fn strictly(
    encoding: Encoding,
    charset: &'static Charset,
    body: &[u8],
    skipped: usize,
) -> Result<(Encoding, String), Undecodable> {
    let mut decoder: Decoder = charset.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(body.len()).unwrap_or(0);
    let mut text = String::with_capacity(room);
    let (result, read) = decoder.decode_to_string_without_replacement(body, &mut text, true);
    match result {
        DecoderResult::InputEmpty => Ok((encoding, text)),
        // Bytes read beyond the wrong ones, and the wrong ones, are taken back.
        DecoderResult::Malformed(wrong, beyond) => {
            let offset = read.saturating_sub(usize::from(wrong) + usize::from(beyond));
            let line = 1 + text.matches('\n').count() as u64;
            Err(Undecodable { encoding, offset: skipped + offset, line })
        }
        DecoderResult::OutputFull => Err(Undecodable { encoding, offset: skipped + read, line: 1 }),
    }
}

fn lines_before(bytes: &[u8], offset: usize) -> u64 {
    1 + bytes.iter().take(offset).filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: [u8; 2]) -> Vec<u8> {
        let body = text.encode_utf16().flat_map(order);
        mark.into_iter().chain(body).collect()
    }

    #[test]
    fn each_encoding_gives_the_same_text() {
        let text = "氏名\r\n髙﨑　彅①㈱\r\n";
        let cp932 = SHIFT_JIS.encode(text).0.into_owned();
        assert_eq!(decode(text.as_bytes()), Ok((Encoding::Utf8, text.to_owned())));
        assert_eq!(decode(format!("\u{FEFF}{text}").as_bytes()), Ok((Encoding::Utf8Bom, text.to_owned())));
        assert_eq!(decode(&cp932), Ok((Encoding::Cp932, text.to_owned())));
        let little = utf16(text, u16::to_le_bytes, [0xFF, 0xFE]);
        assert_eq!(decode(&little), Ok((Encoding::Utf16Le, text.to_owned())));
        let big = utf16(text, u16::to_be_bytes, [0xFE, 0xFF]);
        assert_eq!(decode(&big), Ok((Encoding::Utf16Be, text.to_owned())));
    }

    #[test]
    fn both_codes_of_one_character_and_the_private_area_are_read() {
        // 髙 of NEC's and of IBM's table, ①, and the first private character.
        let bytes = b"\xEE\xE0\xFB\xFC\x87\x40\xF0\x40";
        assert_eq!(decode(bytes), Ok((Encoding::Cp932, "髙髙①\u{E000}".to_owned())));
    }

    #[test]
    fn a_byte_that_belongs_to_nothing_is_named_with_its_line() {
        let mut bytes = SHIFT_JIS.encode("氏名\n山田\n").0.into_owned();
        let at = bytes.len() + 1;
        bytes.extend(b"a\x81\xADb");
        assert_eq!(decode(&bytes), Err(Undecodable { encoding: Encoding::Cp932, offset: at, line: 3 }));
        let cut = decode(b"\x8Ar\x8A").unwrap_err();
        assert_eq!((cut.offset, cut.line), (2, 1), "half a character at the end");
        let lone = decode(b"\xFF\xFEa\x00\x00\xD8b\x00").unwrap_err();
        assert_eq!((lone.encoding, lone.offset), (Encoding::Utf16Le, 4), "half of a pair");
    }

    #[test]
    fn what_is_not_text_is_refused() {
        let unmarked = decode(b"a\n\x00b\x00").unwrap_err();
        assert_eq!((unmarked.offset, unmarked.line), (2, 2));
        assert!(decode(b"PK\x03\x04\x00\x00").is_err(), "a packed workbook");
    }
}
