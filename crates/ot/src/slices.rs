//! Transport costs along given directions.

use crate::cost::check_clouds;
use crate::line::line_cost;
use rayon::prelude::*;
use thalweg_core::{Context, Error, Measure, Points, Result};

/// `W_p^p` of the projections on each direction, one number a row of `directions` (`k x d`, used as they are).
///
/// Each side is normalised to mass 1. `O(k (n + m)(d + log(n + m)))`, parallel over directions.
///
/// # Errors
/// Different dimensions, an exponent below 1, interruption.
pub fn sliced_costs(
    ctx: &Context,
    source: &Measure,
    target: &Measure,
    directions: &Points,
    p: f64,
) -> Result<Vec<f64>> {
    check_clouds(source.points(), target.points())?;
    check_clouds(source.points(), directions)?;
    directions.check_finite()?;
    check_exponent(p)?;
    let projected = |measure: &Measure, u: &[f64]| -> Vec<f64> {
        measure.points().rows().map(|row| row.iter().zip(u).map(|(x, u)| x * u).sum()).collect()
    };
    ctx.install(|| {
        (0..directions.len())
            .into_par_iter()
            .map(|k| {
                ctx.check_stop()?;
                let u = directions.row(k);
                Ok(power_cost(&projected(source, u), source.weights(), &projected(target, u), target.weights(), p))
            })
            .collect()
    })
}

/// `W_p^p` on the line between atoms `x`, `y` of weights `a`, `b`, each side normalised to mass 1.
///
/// # Errors
/// Lengths that do not fit, positions that are not finite, weights that are negative or all zero, an exponent below 1.
pub fn line_power(x: &[f64], a: &[f64], y: &[f64], b: &[f64], p: f64) -> Result<f64> {
    crate::line::check(x, a)?;
    crate::line::check(y, b)?;
    check_exponent(p)?;
    Ok(power_cost(x, a, y, b, p))
}

/// The exponents that are used most need no power function.
fn power_cost(x: &[f64], a: &[f64], y: &[f64], b: &[f64], p: f64) -> f64 {
    if p == 1.0 {
        line_cost(x, a, y, b, |r| r)
    } else if p == 2.0 {
        line_cost(x, a, y, b, |r| r * r)
    } else {
        line_cost(x, a, y, b, |r| r.powf(p))
    }
}

fn check_exponent(p: f64) -> Result<()> {
    if p >= 1.0 && p.is_finite() {
        return Ok(());
    }
    Err(Error::input(format!("The exponent p is {p}, but sorting is optimal only for finite exponents of at least 1.")))
}
