//! Barcodes of the kind Code 128 (set B), as bars of an SVG path: what every counter's scanner reads.

/// The widths of bars and spaces of each sign, 0 to 105; every sign is eleven modules wide.
const SIGNS: [&str; 106] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
    "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
    "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
    "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
    "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
    "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
    "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
    "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
    "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
    "114131", "311141", "411131", "211412", "211214", "211232",
];

/// Begins set B.
const START_B: usize = 104;

/// Ends a barcode; two modules wider than the others.
const STOP: &str = "2331112";

/// Quiet modules on each side.
pub const QUIET: u16 = 10;

/// A barcode: its bars, and how many modules wide it is with its quiet zones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bars {
    /// The `d` of an SVG path, twenty units high.
    pub path: String,
    /// Its width in the same units.
    pub width: u16,
}

/// The barcode of a text of printable ASCII; `None` for any other.
pub fn code128(text: &str) -> Option<Bars> {
    let (bars, width) = bars(text)?;
    let mut path = String::new();
    path.extend(bars.iter().map(|(at, width)| format!("M{at} 0h{width}v20h-{width}z")));
    Some(Bars { path, width })
}

/// Where each bar begins and how wide it is, in modules, and how wide the whole is with its quiet zones.
pub fn bars(text: &str) -> Option<(Vec<(u16, u16)>, u16)> {
    let signs = signs(text)?;
    let mut bars = Vec::new();
    let mut at = QUIET;
    let patterns = signs.iter().filter_map(|sign| SIGNS.get(*sign)).copied().chain([STOP]);
    for pattern in patterns {
        let widths = pattern.bytes().map(|digit| u16::from(digit - b'0'));
        for (place, width) in widths.enumerate() {
            if place % 2 == 0 {
                bars.push((at, width));
            }
            at += width;
        }
    }
    Some((bars, at + QUIET))
}

/// How many modules wide the barcode of a text is with its quiet zones; `None` where it has none.
pub fn width(text: &str) -> Option<u16> {
    let signs = u16::try_from(signs(text)?.len()).ok()?;
    signs.checked_mul(11)?.checked_add(13 + 2 * QUIET)
}

/// Start, the text, and the check sign.
fn signs(text: &str) -> Option<Vec<usize>> {
    if text.is_empty() || !text.bytes().all(|byte| (32..127).contains(&byte)) {
        return None;
    }
    let data: Vec<usize> = text.bytes().map(|byte| usize::from(byte - 32)).collect();
    let check = data.iter().zip(1..).map(|(sign, place): (&usize, usize)| sign * place).sum::<usize>();
    let mut signs = vec![START_B];
    signs.extend(&data);
    signs.push((START_B + check) % 103);
    Some(signs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_is_eleven_modules_wide_and_unlike_every_other() {
        let width = |sign: &str| sign.bytes().map(|digit| u32::from(digit - b'0')).sum::<u32>();
        assert!(SIGNS.iter().all(|sign| width(sign) == 11));
        let all: std::collections::BTreeSet<&str> = SIGNS.into();
        assert_eq!(all.len(), SIGNS.len());
    }

    #[test]
    fn the_check_sign_is_that_of_the_standard() {
        // PJJ123C in set B, the worked example of the standard's descriptions, has the check value 55.
        let worked = [104, 48, 42, 42, 17, 18, 19, 35, 55];
        assert_eq!(signs("PJJ123C").unwrap(), worked);
    }

    #[test]
    fn the_bars_stand_between_quiet_zones() {
        let bars = code128("A19345609").unwrap();
        assert_eq!(bars.width, 11 * 11 + 13 + 20);
        assert_eq!(width("A19345609"), Some(bars.width));
        assert!(bars.path.starts_with("M10 0h2v20h-2zM13 0h1v20h-1z"), "{}", bars.path);
    }

    #[test]
    fn what_is_no_printable_ascii_has_no_barcode() {
        assert_eq!(code128(""), None);
        assert_eq!(code128("Ａ1"), None);
        assert_eq!(code128("A\n"), None);
    }
}
