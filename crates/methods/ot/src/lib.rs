//! Published systems on optimal transport that compute couplings and maps rather than learn them: one module a
//! system, one line a system in [`METHODS`].

pub mod annealing;
pub mod bomb;
mod claims;
pub mod coil;
pub mod conditional;
pub mod coot;
pub mod ethereal;
pub mod imitation;
pub mod info;
pub mod inverse;
mod matrix;
pub mod mirror_sinkhorn;
pub mod occam;
pub mod partial_embedding;
pub mod qontot;
pub mod semi_discrete;
pub mod shift;

pub use matrix::Matrix;

use thalweg_core::{Error, Method, Points, Result};
pub(crate) use thalweg_core::{demand, to_value};

/// The systems of this family, by number.
pub static METHODS: &[Method] = &[
    qontot::METHOD,
    conditional::METHOD,
    imitation::METHOD,
    ethereal::METHOD,
    mirror_sinkhorn::METHOD,
    partial_embedding::METHOD,
    occam::METHOD,
    semi_discrete::METHOD,
    info::METHOD,
    coil::METHOD,
    inverse::METHOD,
    annealing::METHOD,
    bomb::METHOD,
    shift::METHOD,
    coot::METHOD,
];

/// Coordinates beyond this have squares that overflow.
const LARGEST: f64 = 1e150;

/// Refuses points that a map of `dim` coordinates cannot take: another dimension, values that are not finite or too large.
pub(crate) fn check_points(points: &Points, dim: usize) -> Result<()> {
    if points.dim() != dim {
        return Err(Error::input(format!("The points have {} coordinates, but the map has {dim}.", points.dim())));
    }
    points.check_finite()?;
    match points.values().iter().find(|v| v.abs() > LARGEST) {
        Some(v) => {
            Err(Error::input(format!("A coordinate is {v:e}, whose square overflows.")).advise("Rescale the data."))
        }
        None => Ok(()),
    }
}
