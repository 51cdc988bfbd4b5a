//! The code that is scanned at the counter, as a picture that a mail reader shows.

use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// Modules of white around the code, as readers want it.
const QUIET: usize = 4;

/// Pixels of a module.
const SCALE: usize = 8;

/// The picture (PNG, black on white) of the code of a booking number, which holds that number and nothing else; `None` for a
/// text that no code can hold.
pub(super) fn code_picture(no: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(no, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let side = (width + 2 * QUIET) * SCALE;
    let dark = |x: usize, y: usize| {
        let (x, y) = (x.checked_sub(QUIET)?, y.checked_sub(QUIET)?);
        (x < width && y < width).then(|| colors.get(y * width + x) == Some(&Color::Dark))
    };
    let row = |y: usize| {
        let pixel = move |x: usize| if dark(x / SCALE, y / SCALE) == Some(true) { 0 } else { 255 };
        (0..side).map(pixel)
    };
    let pixels: Vec<u8> = (0..side).flat_map(row).collect();
    written(side, &pixels).ok()
}

fn written(side: usize, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let side = u32::try_from(side).unwrap_or_default();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}
