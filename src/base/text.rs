//! Text as people type it and as names are written: one form for keys, and the guard against individual numbers.
//!
//! Keys are for comparing only. What is shown is always the text as it came in: normalising a name corrupts it.

use std::sync::LazyLock;

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Compatibility form: full width and half width become one, composed.
pub fn nfkc(text: &str) -> String {
    composed(text).into_owned()
}

/// The same; what long files consist of for the most part stays as it is.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_settled) { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

/// Whether the character stands in the compatibility form, whatever stands beside it: ASCII, kana, and the characters of
/// names and days. Half-width kana and sound marks, which join with others, are none of them.
const fn is_settled(c: char) -> bool {
    matches!(c, '\0'..='\x7F' | 'ぁ'..='ゖ' | 'ァ'..='ー' | '\u{4E00}'..='\u{9FFF}')
}

/// The search key of a name: width, letter case, spaces, variation selectors and common variant characters folded.
pub fn name_key(name: &str) -> String {
    if name.chars().all(|c| is_settled(c) || c == '\u{3000}') {
        let letters = name.chars().filter(|c| !c.is_whitespace() && !c.is_control());
        return letters.map(|c| fold_variant(fold_kana(c.to_ascii_uppercase()))).collect();
    }
    fold(name).map(|c| fold_variant(fold_kana(c))).collect()
}

/// The search key of a reading: any kana as full-size katakana, without spaces and middle dots.
///
/// Small kana are folded to large ones, because old registers hold `シヨウタ` for `ショウタ`.
pub fn kana_key(kana: &str) -> String {
    if kana.chars().all(|c| is_settled(c) || c == '\u{3000}') {
        let letters =
            kana.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '・' | '.'));
        return letters.map(|c| fold_small(fold_kana(c.to_ascii_uppercase()))).collect();
    }
    fold(kana).filter(|c| !matches!(c, '・' | '･' | '.')).map(|c| fold_small(fold_kana(c))).collect()
}

/// Whether the character can stand in the search key of a reading: katakana, or letters of names in Latin script.
pub const fn is_reading(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー' | 'A'..='Z')
}

/// A cell of a list for spreadsheets: what begins like a formula gets an apostrophe in front, so that it stays text.
pub fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Whether the text holds a control character or one that turns the direction of what follows.
pub fn has_control(text: &str) -> bool {
    text.chars().any(|c| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    })
}

/// Whether the character only chooses the drawing of the one before it (異体字セレクタ).
pub const fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{180B}'..='\u{180D}')
}

/// Whether the character lies in a private area, so that only the sender knows its drawing (外字).
pub const fn is_private_use(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
}

/// Whether a hyphen, dash, minus or long vowel mark is meant as a separator between digits and letters.
pub const fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{00AD}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{207B}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{30FC}'
                | '\u{3161}'
                | '\u{FE58}'
                | '\u{FE63}'
                | '\u{FF0D}'
                | '\u{FF70}'
    )
}

/// Whether the text is an individual number (個人番号): twelve digits whose check digit is right, spaces and dashes aside.
///
/// Spec: 11(1). One random number of twelve digits in ten passes, so people are asked and only whole columns are refused.
pub fn is_my_number(text: &str) -> bool {
    if text.chars().any(is_word) {
        return false;
    }
    let mut digits = Run::default();
    for c in composed(text).chars().filter(|c| !c.is_whitespace() && !is_dash(*c)) {
        match c.to_digit(10) {
            Some(digit) => digits.push(digit),
            None => return false,
        }
    }
    digits.has_check_digit()
}

/// Whether the character is a letter or a character of a name, which is no digit in any form. The long vowel mark may be
/// meant as a dash.
const fn is_word(c: char) -> bool {
    c != 'ー' && !c.is_ascii() && is_settled(c) || c.is_ascii_alphabetic()
}

/// Whether somewhere in the text stands what looks like an individual number, also in full width and in groups of four.
pub fn contains_my_number(text: &str) -> bool {
    // Most texts hold no digit in any form, and are not looked at further.
    if text.chars().all(|c| c == '\u{3000}' || (is_settled(c) && !c.is_ascii_digit())) {
        return false;
    }
    let (mut run, mut found) = (Run::default(), false);
    for c in composed(text).chars().chain(std::iter::once('\n')) {
        match c.to_digit(10) {
            Some(digit) => run.push(digit),
            None if run.length > 0 && c != '\n' && (c == ' ' || is_dash(c)) => {}
            None => {
                found |= run.has_check_digit();
                run = Run::default();
            }
        }
    }
    found
}

/// Digits of an individual number.
const DIGITS: usize = 12;

/// Digits one after the other: the first twelve, and how many there are.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    first: [u32; DIGITS],
    length: usize,
}

impl Run {
    fn push(&mut self, digit: u32) {
        if let Some(place) = self.first.get_mut(self.length) {
            *place = digit;
        }
        self.length += 1;
    }

    /// The check digit of the individual number: weights 2 to 7 and 2 to 6 from the right, remainder of eleven.
    fn has_check_digit(&self) -> bool {
        let [body @ .., check] = &self.first;
        if self.length != DIGITS {
            return false;
        }
        let weights = (2..=7).chain(2..=6);
        let sum: u32 = body.iter().rev().zip(weights).map(|(digit, weight)| digit * weight).sum();
        let expected = match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        };
        *check == expected
    }
}

fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .filter(|c| !is_variation_selector(*c))
        .nfkc()
        .filter(|c| !c.is_whitespace() && !c.is_control() && !is_variation_selector(*c))
        .flat_map(char::to_uppercase)
}

fn fold_kana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        c if is_dash(c) => 'ー',
        c => c,
    }
}

fn fold_small(c: char) -> char {
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        c => c,
    }
}

/// Variant characters of Japanese names, each with the everyday form that people type when they search.
const VARIANTS: &[(&str, char)] = &[
    ("髙", '高'),
    ("﨑嵜碕", '崎'),
    ("𠮷", '吉'),
    ("濵濱", '浜'),
    ("邊邉", '辺'),
    ("齋齊斎", '斉'),
    ("澤", '沢'),
    ("瀨", '瀬'),
    ("德", '徳'),
    ("廣", '広'),
    ("國", '国'),
    ("嶋嶌", '島'),
    ("櫻", '桜'),
    ("眞", '真'),
    ("龍", '竜'),
    ("槇", '槙'),
    ("惠", '恵'),
    ("榮", '栄'),
    ("壽", '寿'),
    ("藏", '蔵'),
    ("彥", '彦'),
    ("黑", '黒'),
    ("橫", '横'),
    ("靑", '青'),
    ("淸", '清'),
    ("關", '関'),
    ("縣", '県'),
    ("學", '学'),
    ("實", '実'),
    ("寶寳", '宝'),
    ("萬", '万'),
    ("與", '与'),
    ("圓", '円'),
    ("曾", '曽'),
    ("內", '内'),
    ("增", '増'),
    ("柗枩", '松'),
    ("冨", '富'),
    ("舘", '館'),
    ("衞", '衛'),
    ("條", '条'),
    ("將", '将'),
    ("顯", '顕'),
    ("遙", '遥'),
    ("凛", '凜'),
    ("堯", '尭'),
    ("穗", '穂'),
    ("峯", '峰'),
    ("嵒巖", '巌'),
    ("舩", '船'),
    ("薗", '園'),
    ("假", '仮'),
    ("豐", '豊'),
    ("檜", '桧'),
    ("籠", '篭'),
    ("鷗", '鴎'),
    ("祿", '禄'),
    ("緖", '緒'),
];

/// Every variant with its plain form, in the order of the variants: each character of each name is looked up here.
static PLAIN: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let pairs =
        VARIANTS.iter().flat_map(|(variants, plain)| variants.chars().map(|variant| (variant, *plain)));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
});

fn fold_variant(c: char) -> char {
    let found = PLAIN.binary_search_by_key(&c, |(variant, _)| *variant);
    found.ok().and_then(|at| PLAIN.get(at)).map_or(c, |(_, plain)| *plain)
}

/// The words without the readings that stand beside them (`｜漢字《かんじ》`).
pub fn without_readings(text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, begun)) = rest.split_once('｜') {
        whole.push_str(before);
        let Some((base, after)) =
            begun.split_once('《').and_then(|(base, read)| Some((base, read.split_once('》')?.1)))
        else {
            rest = begun;
            continue;
        };
        whole.push_str(base);
        rest = after;
    }
    whole.push_str(rest);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_left_out() {
        assert_eq!(
            without_readings("｜電子証明書《でんししょうめいしょ》を ｜新《あたら》しく"),
            "電子証明書を 新しく"
        );
        assert_eq!(without_readings("読みのない言葉｜"), "読みのない言葉");
    }

    #[test]
    fn what_is_taken_as_it_stands_is_what_the_long_way_would_make_of_it() {
        let settled: Vec<char> = ('\0'..='\u{FFFF}').filter(|c| is_settled(*c)).collect();
        let long_name = |text: &str| fold(text).map(|c| fold_variant(fold_kana(c))).collect::<String>();
        let long_kana = |text: &str| {
            let kana = fold(text).filter(|c| !matches!(c, '・' | '･' | '.'));
            kana.map(|c| fold_small(fold_kana(c))).collect::<String>()
        };
        for pair in settled.windows(2) {
            let text: String = pair.iter().collect();
            assert_eq!(text.nfkc().collect::<String>(), text);
            let spaced = format!("{text}\u{3000}");
            assert_eq!((name_key(&spaced), kana_key(&spaced)), (long_name(&spaced), long_kana(&spaced)));
        }
        for c in ('\0'..=char::MAX).filter(|c| is_word(*c)) {
            assert!(
                c.to_string().nfkc().all(|c| !c.is_whitespace() && !is_dash(c) && c.to_digit(10).is_none())
            );
        }
    }

    #[test]
    fn width_case_and_spaces_do_not_matter_to_a_name() {
        assert_eq!(name_key("田中　健太"), name_key("田中健太"));
        assert_eq!(name_key("NGUYEN VAN AN"), name_key("ｎｇｕｙｅｎ　ｖａｎ　ａｎ"));
        assert_eq!(name_key("さくら"), name_key("サクラ"));
    }

    #[test]
    fn variant_characters_are_found_by_their_everyday_form() {
        assert_eq!(name_key("髙橋"), name_key("高橋"));
        assert_eq!(name_key("山﨑"), name_key("山崎"));
        assert_eq!(name_key("𠮷田"), name_key("吉田"));
        assert_eq!(name_key("渡邊"), name_key("渡辺"));
        assert_ne!(name_key("太田"), name_key("大田"));
    }

    #[test]
    fn variation_selectors_are_stripped_from_keys() {
        assert_eq!(name_key("葛\u{E0100}城"), name_key("葛城"));
        assert_eq!(name_key("辻\u{FE00}"), name_key("辻"));
    }

    #[test]
    fn readings_are_one_in_half_width_hiragana_and_large_kana() {
        let key = "シヨウタ";
        for typed in ["ショウタ", "しょうた", "ｼｮｳﾀ", "シヨウタ", "ショウ タ"] {
            assert_eq!(kana_key(typed), key, "{typed}");
        }
        assert_eq!(kana_key("ｶﾞｰﾅ"), kana_key("ガ―ナ"));
        assert_eq!(kana_key("グエン・ヴァン"), kana_key("グエンヴァン"));
    }

    #[test]
    fn full_width_becomes_half_width() {
        assert_eq!(nfkc("Ａ１３－３４５６０３"), "A13-345603");
        assert!(['‐', '－', 'ー', '−', '―', '-'].into_iter().all(is_dash));
        assert!(!is_dash('一'), "the numeral one is a letter of names");
    }

    #[test]
    fn control_characters_and_direction_marks_are_seen() {
        assert!(has_control("a\u{0}b") && has_control("a\nb") && has_control("a\u{202E}b"));
        assert!(!has_control("葛\u{E0100}城 Ａ"));
    }

    #[test]
    fn the_check_digit_tells_an_individual_number() {
        assert!(
            is_my_number("123456789018")
                && is_my_number("1234 5678 9018")
                && is_my_number("１２３４－５６７８－９０１８")
        );
        assert!(
            !is_my_number("123456789012") && !is_my_number("12345678901") && !is_my_number("1234567890188")
        );
        assert!(!is_my_number("") && !is_my_number("電話"));
    }

    #[test]
    fn an_individual_number_is_found_inside_a_remark() {
        assert!(contains_my_number("番号は１２３４ ５６７８ ９０１８です"));
        assert!(contains_my_number("4/6 電話。123456789018"));
        assert!(!contains_my_number("電話 0942-00-0000、090-1234-5678"));
        assert!(!contains_my_number("9123456789018"), "thirteen digits are something else");
        assert!(!contains_my_number("1234\n56789018"));
    }
}
