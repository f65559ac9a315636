//! Energy distance.

use super::pairs::pair_mean;
use super::scale::homogeneous;
use crate::cost::check_clouds;
use thalweg_core::{Context, Measure, Result};

/// Squared energy distance `2 E|X - Y| - E|X - X'| - E|Y - Y'|`, in units of the data; not its root.
///
/// Pairs of a point with itself count (the V-statistic), so it is zero between equal measures and never negative
/// but for rounding. `O((n + m)^2 d)` time, linear memory. Reference: Székely and Rizzo, JSPI 143 (2013).
///
/// # Errors
/// Different dimensions; the caller asked to stop.
pub fn energy_distance(ctx: &Context, source: &Measure, target: &Measure) -> Result<f64> {
    check_clouds(source.points(), target.points())?;
    let distance = |a: &Measure, b: &Measure| pair_mean(ctx, a, b, |row| row.iter_mut().for_each(|v| *v = v.sqrt()));
    homogeneous(source, target, |x, y| ctx.install(|| Ok(2.0 * distance(x, y)? - distance(x, x)? - distance(y, y)?)))
}
