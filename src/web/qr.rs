//! The code that somebody scans, as a picture made of one path: a booking number, the label of a box.

use qrcode::{EcLevel, QrCode, types::Color};
use serde::Serialize;

/// A QR code, one unit a module, with the quiet zone around it.
#[derive(Clone, Debug, Serialize)]
pub struct Qr {
    /// Width and height in modules.
    side: usize,
    /// The dark modules, as the data of an SVG path.
    path: String,
}

const QUIET: usize = 4;

impl Qr {
    /// The code of a booking number or label; none where the text cannot be one.
    pub fn of(no: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(no, EcLevel::M).ok()?;
        let width = code.width();
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
        let squares = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
        let path = squares.collect::<Vec<_>>().concat();
        Some(Self { side: width + 2 * QUIET, path })
    }
}

#[test]
fn a_booking_number_fits_the_smallest_code_with_its_quiet_zone() {
    let qr = Qr::of("K7M2-0413").unwrap();
    assert_eq!(qr.side, 21 + 2 * QUIET);
    assert!(qr.path.starts_with("M4 4h1v1h-1z"), "the corner mark is dark");
}
