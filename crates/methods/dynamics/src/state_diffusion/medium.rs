//! What walkers move through.

use super::{Convention, Drift};
use thalweg_core::{Error, Result};

/// A potential and a diagonal diffusion tensor, both functions of position.
pub trait Medium: Send + Sync {
    /// Number of coordinates.
    fn dim(&self) -> usize;

    /// Writes the gradient of `U / kT` at `x` (`dim`) into `out` (`dim`).
    fn slope(&self, x: &[f64], out: &mut [f64]);

    /// Writes the diffusivity of each coordinate at `x` into `out`: not negative, in units of length squared over time.
    fn diffusivity(&self, x: &[f64], out: &mut [f64]);

    /// Writes the divergence of the diffusion tensor at `x` into `out`: the derivative of each diffusivity along its own
    /// coordinate.
    fn divergence(&self, x: &[f64], out: &mut [f64]);
}

/// A medium along a line, by three functions of position.
pub struct Profile<U, D, S> {
    /// The slope of `U / kT`.
    pub slope: U,
    /// The diffusivity.
    pub diffusivity: D,
    /// The slope of the diffusivity.
    pub divergence: S,
}

impl<U, D, S> Medium for Profile<U, D, S>
where
    U: Fn(f64) -> f64 + Send + Sync,
    D: Fn(f64) -> f64 + Send + Sync,
    S: Fn(f64) -> f64 + Send + Sync,
{
    fn dim(&self) -> usize {
        1
    }

    fn slope(&self, x: &[f64], out: &mut [f64]) {
        out[0] = (self.slope)(x[0]);
    }

    fn diffusivity(&self, x: &[f64], out: &mut [f64]) {
        out[0] = (self.diffusivity)(x[0]);
    }

    fn divergence(&self, x: &[f64], out: &mut [f64]) {
        out[0] = (self.divergence)(x[0]);
    }
}

/// The stationary density along a line at evenly spaced positions: `exp(-U / kT)` with the Boltzmann drift, that times
/// `D^(alpha - 1)` with the force only; normalised by the trapezoidal rule.
///
/// # Errors
/// Fewer than two positions, or a density that is not finite or vanishes everywhere.
pub fn stationary(
    convention: Convention,
    drift: Drift,
    potential: impl Fn(f64) -> f64,
    diffusivity: impl Fn(f64) -> f64,
    positions: &[f64],
) -> Result<Vec<f64>> {
    let [first, second, ..] = positions else {
        return Err(Error::input(format!("A density needs at least two positions and got {}.", positions.len())));
    };
    let power = match drift {
        Drift::Boltzmann => 0.0,
        Drift::ForceOnly => convention.alpha() - 1.0,
    };
    let lowest = positions.iter().map(|x| potential(*x)).fold(f64::INFINITY, f64::min);
    let raw: Vec<f64> =
        positions.iter().map(|x| (lowest - potential(*x)).exp() * diffusivity(*x).powf(power)).collect();
    let ends = 0.5 * (raw[0] + raw[raw.len() - 1]);
    let mass = (raw.iter().sum::<f64>() - ends) * (second - first);
    if !(mass > 0.0 && mass.is_finite()) {
        return Err(Error::input(format!("The stationary density has the mass {mass} over these positions."))
            .advise("Check the potential, and that the diffusivity is positive."));
    }
    Ok(raw.iter().map(|p| p / mass).collect())
}
