//! Coordinates so large or so small that their squares are no numbers.

use thalweg_core::{Error, Measure, Points, Result};

/// Coordinates up to 2^400 and down to 2^-400 are squared and summed as they are.
const SAFE: f64 = 400.0;

/// `distance`, which grows as its points do, of two clouds; those beyond 2^400 or within 2^-400 of the origin are brought
/// to the order of one first, by a power of two, which rounds nothing but what is lost beside the largest coordinate.
///
/// # Errors
/// Those of `distance`; an answer beyond the largest number.
pub(crate) fn homogeneous(
    source: &Measure,
    target: &Measure,
    distance: impl FnOnce(&Measure, &Measure) -> Result<f64>,
) -> Result<f64> {
    let largest = [source, target].iter().flat_map(|m| m.points().values()).fold(0.0_f64, |most, v| most.max(v.abs()));
    let exponent = if largest > 0.0 { largest.log2().ceil() } else { 0.0 };
    let found = if exponent.abs() <= SAFE {
        distance(source, target)?
    } else {
        // In two steps: the reciprocal of the smallest numbers is none.
        let half = (exponent / 2.0).floor();
        let [first, second] = [half, exponent - half].map(f64::exp2);
        second * (first * distance(&divided(source, first, second)?, &divided(target, first, second)?)?)
    };
    if found.is_finite() {
        return Ok(found);
    }
    Err(Error::input(format!("The distance is {found}: the points are too far apart for it to be a number."))
        .advise("Rescale the coordinates."))
}

fn divided(measure: &Measure, first: f64, second: f64) -> Result<Measure> {
    let values = measure.points().values().iter().map(|v| v / first / second).collect();
    Measure::new(Points::new(measure.dim(), values)?, measure.weights().to_vec())
}
