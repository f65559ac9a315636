//! Stands in for the rasteriser in builds without it.

use crate::Figure;
use thalweg_core::{Error, Result};

/// Pixels of a figure as a PNG file, `scale` times its size in CSS pixels.
///
/// # Errors
/// Always in this build: the feature `png` is off.
pub fn png(figure: &Figure, _scale: f32) -> Result<Vec<u8>> {
    Err(Error::input(format!("This build cannot write the figure {} as PNG.", figure.name))
        .advise("Export SVG instead, or build with the feature `png`."))
}
