//! Distances between weighted point sets.
//!
//! Both measures are normalised to mass 1, except in [`relative_mass_error`], which is about mass.

mod energy;
mod mass;
mod mmd;
mod pairs;
mod scale;
mod sliced;
mod wasserstein;

pub use energy::energy_distance;
pub use mass::relative_mass_error;
pub use mmd::{Bandwidth, median_distance, mmd};
pub(crate) use scale::homogeneous;
pub(crate) use sliced::direction;
pub use sliced::{max_sliced_w2, sliced_w2};
pub use wasserstein::{w1, w2};
