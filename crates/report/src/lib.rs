//! The self-contained interactive page of a run, a match or a simulation, and every figure of it as SVG (and PNG with feature `png`).
//!
//! The input is a [`Scene`] (a [`MatchScene`] of a match): plain data that a run fills. [`html`] makes one file that works offline and loads
//! nothing; [`figures`] makes the same pictures one by one, still; [`png`] turns one of them into pixels. The
//! first two refuse a scene whose arrays disagree in length or hold a number that is not finite, with a
//! sentence that names it.

mod check;
mod colour;
mod digits;
mod escape;
pub mod evaluation;
mod figures;
mod folder;
mod frame;
mod marginals;
mod matching;
mod of_run;
mod pack;
mod page;
mod payload;
mod plane;
#[cfg(feature = "png")]
#[path = "png_enabled.rs"]
mod raster;
#[cfg(not(feature = "png"))]
#[path = "png_disabled.rs"]
mod raster;
pub mod scene;
mod sections;
mod simulation;
mod streamlines;
mod svg;
mod view;
mod words;

pub use figures::{Figure, figures};
pub use folder::{Format, write_figures, write_page, write_simulation_page};
pub use matching::{MatchScene, PlanLine, match_figures, match_html};
pub use of_run::scene_of;
pub use page::html;
pub use raster::png;
pub use scene::Scene;
pub use simulation::{simulation_figures, simulation_html};
