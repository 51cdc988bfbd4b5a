//! From bytes to text, a piece at a time: the encoding is found out, and not one character is guessed.

use std::borrow::Cow;
use std::cmp::Ordering;

use encoding_rs::{Decoder, DecoderResult, Encoding as Charset, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8 without a mark.
    Utf8,
    /// UTF-8 with a byte order mark, as spreadsheets write it.
    Utf8Bom,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Shift_JIS with the characters of NEC and IBM and the private area (外字).
    Cp932,
}

impl Encoding {
    /// Every encoding.
    pub const fn all() -> [Self; 5] {
        [Self::Cp932, Self::Utf8, Self::Utf8Bom, Self::Utf16Le, Self::Utf16Be]
    }

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
        Self::all().into_iter().find(|encoding| encoding.code() == code)
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

    const fn charset(self) -> &'static Charset {
        match self {
            Self::Utf8 | Self::Utf8Bom => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Cp932 => SHIFT_JIS,
        }
    }

    /// The mark at the beginning of a file in this encoding.
    const fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 | Self::Utf8Bom => b"\xEF\xBB\xBF",
            Self::Utf16Le => b"\xFF\xFE",
            Self::Utf16Be => b"\xFE\xFF",
            Self::Cp932 => b"",
        }
    }

    /// Bytes of the mark with which this file begins.
    pub(super) fn marked(self, bytes: &[u8]) -> usize {
        if bytes.starts_with(self.mark()) { self.mark().len() } else { 0 }
    }

    /// The text of these bytes, which hold whole characters; `None` when they do not.
    pub(super) fn text(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        self.charset().decode_without_bom_handling_and_without_replacement(bytes)
    }

    /// Bytes of a line end and of a space.
    pub(super) const fn unit(self) -> usize {
        if matches!(self, Self::Utf16Le | Self::Utf16Be) { 2 } else { 1 }
    }
}

/// The bytes are no text in any encoding that is read, or not in the one that was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The encoding that was named, or that came closest.
    pub encoding: Encoding,
    /// The first byte that does not belong, counted from 0.
    pub offset: usize,
    /// Its line, counted from 1.
    pub line: u64,
}

/// The encoding of these bytes: by their mark; else UTF-16 by its empty halves; else strict UTF-8; else CP932.
///
/// Whether they are good CP932 is seen when they are read.
pub(super) fn detect(bytes: &[u8]) -> Result<Encoding, Undecodable> {
    for encoding in [Encoding::Utf8Bom, Encoding::Utf16Le, Encoding::Utf16Be] {
        if encoding.marked(bytes) > 0 {
            return Ok(encoding);
        }
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        // No text of a register holds it: UTF-16 without its mark, or no text at all.
        let line = 1 + bytes.iter().take(offset).filter(|byte| **byte == b'\n').count() as u64;
        return unmarked(bytes).ok_or(Undecodable { encoding: Encoding::Utf8, offset, line });
    }
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    Ok(if is_utf8 { Encoding::Utf8 } else { Encoding::Cp932 })
}

/// UTF-16 without its mark, by the side on which commas, digits and line ends are empty.
///
/// A full-width space looks like a zero of the other order, so the more frequent side wins.
fn unmarked(bytes: &[u8]) -> Option<Encoding> {
    let is_plain = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let (mut little, mut big) = (0_usize, 0_usize);
    for code in bytes.chunks_exact(2) {
        little += usize::from(matches!(code, [plain, 0] if is_plain(*plain)));
        big += usize::from(matches!(code, [0, plain] if is_plain(*plain)));
    }
    match little.cmp(&big) {
        _ if !bytes.len().is_multiple_of(2) => None,
        Ordering::Greater => Some(Encoding::Utf16Le),
        Ordering::Less => Some(Encoding::Utf16Be),
        Ordering::Equal => None,
    }
}

/// Bytes that are decoded at once.
const PIECE: usize = 32 * 1024;

/// The text of a file, a piece at a time.
#[derive(Debug)]
pub(super) struct Decoded<'b> {
    encoding: Encoding,
    bytes: &'b [u8],
    decoder: Decoder,
    /// Bytes that the decoder has taken.
    taken: usize,
    /// Line ends in the pieces before.
    lines: u64,
    ended: bool,
}

impl<'b> Decoded<'b> {
    pub(super) fn new(encoding: Encoding, bytes: &'b [u8]) -> Self {
        let taken = encoding.marked(bytes);
        let decoder = encoding.charset().new_decoder_without_bom_handling();
        Self { encoding, bytes, decoder, taken, lines: 0, ended: false }
    }

    /// Puts the next piece into `text`, which is emptied first; `false` at the end of the file.
    pub(super) fn next(&mut self, text: &mut String) -> Result<bool, Undecodable> {
        text.clear();
        if self.ended {
            return Ok(false);
        }
        let end = self.bytes.len().min(self.taken + PIECE);
        let piece = self.bytes.get(self.taken..end).unwrap_or_default();
        self.ended = end == self.bytes.len();
        let room = self.decoder.max_utf8_buffer_length_without_replacement(piece.len());
        text.reserve(room.unwrap_or(PIECE * 4));
        let (result, read) = self.decoder.decode_to_string_without_replacement(piece, text, self.ended);
        self.taken += read;
        match result {
            DecoderResult::InputEmpty => {
                self.lines += text.matches('\n').count() as u64;
                Ok(true)
            }
            // Bytes read beyond the wrong ones, and the wrong ones, are taken back.
            DecoderResult::Malformed(wrong, beyond) => {
                let offset = self.taken.saturating_sub(usize::from(wrong) + usize::from(beyond));
                Err(self.undecodable(offset, text))
            }
            DecoderResult::OutputFull => Err(self.undecodable(self.taken, text)),
        }
    }

    fn undecodable(&self, offset: usize, text: &str) -> Undecodable {
        let line = 1 + self.lines + text.matches('\n').count() as u64;
        Undecodable { encoding: self.encoding, offset, line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<(Encoding, String), Undecodable> {
        let encoding = detect(bytes)?;
        let mut decoded = Decoded::new(encoding, bytes);
        let (mut text, mut piece) = (String::new(), String::new());
        while decoded.next(&mut piece)? {
            text.push_str(&piece);
        }
        Ok((encoding, text))
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<u8> {
        let body = text.encode_utf16().flat_map(order);
        mark.iter().copied().chain(body).collect()
    }

    #[test]
    fn each_encoding_gives_the_same_text() {
        let text = "氏名\r\n髙﨑　彅①㈱\r\n";
        let cp932 = SHIFT_JIS.encode(text).0.into_owned();
        assert_eq!(decode(text.as_bytes()), Ok((Encoding::Utf8, text.to_owned())));
        assert_eq!(decode(format!("\u{FEFF}{text}").as_bytes()), Ok((Encoding::Utf8Bom, text.to_owned())));
        assert_eq!(decode(&cp932), Ok((Encoding::Cp932, text.to_owned())));
        for mark in [&[0xFF, 0xFE][..], &[]] {
            let little = utf16(text, u16::to_le_bytes, mark);
            assert_eq!(decode(&little), Ok((Encoding::Utf16Le, text.to_owned())), "{mark:?}");
        }
        for mark in [&[0xFE, 0xFF][..], &[]] {
            let big = utf16(text, u16::to_be_bytes, mark);
            assert_eq!(decode(&big), Ok((Encoding::Utf16Be, text.to_owned())), "{mark:?}");
        }
    }

    #[test]
    fn a_character_on_the_edge_of_two_pieces_is_one() {
        let text: String = "あ髙\n".repeat(PIECE);
        for shift in 0..4 {
            let text = format!("{}{text}", "x".repeat(shift));
            let cp932 = SHIFT_JIS.encode(&text).0.into_owned();
            assert_eq!(decode(&cp932), Ok((Encoding::Cp932, text.clone())));
            assert_eq!(decode(text.as_bytes()), Ok((Encoding::Utf8, text)));
        }
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

        let mut late = SHIFT_JIS.encode(&"山田\n".repeat(PIECE)).0.into_owned();
        let at = late.len();
        late.extend(b"\x81\xAD");
        let late = decode(&late).unwrap_err();
        assert_eq!((late.offset, late.line), (at, PIECE as u64 + 1), "many pieces later");
    }

    #[test]
    fn what_is_not_text_is_refused() {
        let unmarked = decode(b"a\n\x00b\x00").unwrap_err();
        assert_eq!((unmarked.offset, unmarked.line), (2, 2));
        assert!(decode(b"PK\x03\x04\x00\x00").is_err(), "a packed workbook");
    }
}
