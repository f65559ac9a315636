//! Semi-discrete transport: from a law that is known by its density, or by more samples than a plan could hold, to
//! finitely many sites.
//!
//! The unknown is one potential `g`, a number a site: the cell of a site is where `c(x, y_j) - g_j` is least, and at the
//! solution its mass is the site's weight. [`Newton`] solves for a density of [`Pixels`] in the plane, exactly, by areas
//! of Laguerre cells; [`Ascent`] for anything that can be drawn from, by stochastic gradients of the entropic semi-dual.

mod ascent;
mod cells;
mod density;
mod laplacian;
mod newton;
mod polygon;

pub use ascent::{Ascended, Ascent};
pub use density::Pixels;
pub use newton::{Newton, SemiDiscrete};
