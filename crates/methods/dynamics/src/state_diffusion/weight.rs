//! Weights of short paths.

use super::{Convention, Medium};
use std::f64::consts::PI;
use thalweg_core::{Error, Result};

/// Relative length of the difference that differentiates the drift.
const REACH: f64 = 1e-5;

/// The logarithm of the Onsager-Machlup density of going from `x` to `y` in the time `h`, along a line, with the Boltzmann drift:
/// `(2 pi h g^2)^(-1/2) exp(-(h / 2 g^2) ((y - x) / h - f + alpha g g')^2 - alpha h f')`, all at `(1 - alpha) x + alpha y`, with
/// `g^2 = 2 D` and `f` the drift of the convention.
///
/// As a density of `y` it integrates to 1 up to terms of order `h^(3/2)` in every convention. The sum over the steps of a path is the
/// logarithm of its weight.
///
/// # Errors
/// A medium of several coordinates; a step that is not positive; a diffusivity that is not positive at that point.
pub fn log_weight(medium: &dyn Medium, convention: Convention, x: f64, y: f64, h: f64) -> Result<f64> {
    if medium.dim() != 1 {
        return Err(Error::input(format!("Path weights are for one coordinate, and the medium has {}.", medium.dim())));
    }
    if !(h > 0.0 && h.is_finite()) {
        return Err(Error::input(format!("A step cannot take the time {h}; it must be positive and finite.")));
    }
    let alpha = convention.alpha();
    let at = (1.0 - alpha) * x + alpha * y;
    let (f, d, spread) = drift(medium, alpha, at);
    if !(d > 0.0 && d.is_finite()) {
        return Err(Error::input(format!(
            "The diffusivity at {at} is {d}, but a path has a weight where it is positive."
        )));
    }
    let reach = REACH * at.abs().max(1.0);
    let slope = (drift(medium, alpha, at + reach).0 - drift(medium, alpha, at - reach).0) / (2.0 * reach);
    // g g' = D'.
    let off = (y - x) / h - f + alpha * spread;
    Ok(-0.5 * (4.0 * PI * h * d).ln() - h * off * off / (4.0 * d) - alpha * h * slope)
}

/// Drift of the convention, diffusivity, and its slope.
fn drift(medium: &dyn Medium, alpha: f64, x: f64) -> (f64, f64, f64) {
    let (mut slope, mut d, mut spread) = ([0.0], [0.0], [0.0]);
    medium.slope(&[x], &mut slope);
    medium.diffusivity(&[x], &mut d);
    medium.divergence(&[x], &mut spread);
    ((1.0 - alpha) * spread[0] - d[0] * slope[0], d[0], spread[0])
}
