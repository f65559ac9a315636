//! Rasterises figures with `resvg` and the fonts of the machine.

use crate::Figure;
use resvg::{tiny_skia, usvg};
use std::sync::Arc;
use thalweg_core::{Error, Result};

/// Pixels of a figure as a PNG file, `scale` times its size in CSS pixels.
///
/// # Errors
/// [`thalweg_core::Class::Input`] for a scale outside 0.1..=8; [`thalweg_core::Class::Failed`] when the machine
/// has no font to write the labels with.
pub fn png(figure: &Figure, scale: f32) -> Result<Vec<u8>> {
    if !(0.1..=8.0).contains(&scale) {
        return Err(Error::input(format!("The scale of a picture is {scale}, and 0.1 to 8 is possible.")));
    }
    let tree = usvg::Tree::from_str(&figure.svg, &options()?).map_err(|e| failed(figure, &e))?;
    let size = tree.size();
    let (width, height) = ((size.width() * scale).ceil() as u32, (size.height() * scale).ceil() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or_else(|| failed(figure, &"it has no size"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| failed(figure, &e))
}

/// Reads the machine's fonts; the generic family becomes the first sans-serif that is known to be there.
fn options() -> Result<usvg::Options<'static>> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_system_fonts();
    let families: Vec<String> = fonts.faces().flat_map(|f| f.families.iter().map(|(name, _)| name.clone())).collect();
    let known = ["Inter", "Helvetica Neue", "Arial", "Liberation Sans", "Noto Sans", "DejaVu Sans"];
    let chosen = known.into_iter().find(|k| families.iter().any(|f| f == k)).map(str::to_owned);
    let Some(family) = chosen.or_else(|| families.into_iter().next()) else {
        return Err(Error::failed("The machine has no font, so a PNG would have no labels.")
            .advise("Install a font such as DejaVu Sans, or export SVG."));
    };
    fonts.set_sans_serif_family(family.clone());
    Ok(usvg::Options { fontdb: Arc::new(fonts), font_family: family, ..Default::default() })
}

fn failed(figure: &Figure, cause: &dyn std::fmt::Display) -> Error {
    Error::failed(format!("The figure {} could not be drawn as PNG: {cause}.", figure.name))
}
