//! Transport costs along directions.

mod greatest;

pub use greatest::{Greatest, MaxSliced};

use crate::cost::check_clouds;
use crate::line::line_cost;
use crate::product::{Factor, product};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Measure, Points, Result};

/// Directions along which points are projected at a time, so that they are read once for all of these; a constant, so
/// that the work is cut the same way whatever the threads.
const TILE: usize = 8;

/// `W_p^p` of the projections on each direction, one number a row of `directions` (`k x d`, used as they are).
///
/// Each side is normalised to mass 1. `O(k (n + m)(d + log(n + m)))` at most, `O(k (n + m) d)` for points that do not crowd;
/// parallel over directions.
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
    check_exponent(p)?;
    along(ctx, source, target, directions, |x, a, y, b| power_cost(x, a, y, b, p))
}

/// A number from positions and weights of both sides on the line.
pub(crate) trait OnTheLine: Fn(&[f64], &[f64], &[f64], &[f64]) -> f64 + Sync {}
impl<F: Fn(&[f64], &[f64], &[f64], &[f64]) -> f64 + Sync> OnTheLine for F {}

/// A number from the projections on each direction.
///
/// # Errors
/// Different dimensions, directions that are not finite, interruption.
pub(crate) fn along(
    ctx: &Context,
    source: &Measure,
    target: &Measure,
    directions: &Points,
    number: impl OnTheLine,
) -> Result<Vec<f64>> {
    check_clouds(source.points(), target.points())?;
    check_clouds(source.points(), directions)?;
    directions.check_finite()?;
    let dim = source.dim();
    // Projections of a tile, and copies to sort, on each thread.
    let bytes = 8 * (TILE as u64 + 6) * (source.len() + target.len()) as u64 * ctx.threads() as u64;
    ctx.require_memory(bytes, "Projections")?;
    let tile = |tile: &[f64]| -> Result<Vec<f64>> {
        let projected = |measure: &Measure| {
            let (points, shape) = (measure.points().values(), (tile.len() / dim, dim, measure.len()));
            product(Factor::new(tile, dim), Factor::transposed(points, dim), shape)
        };
        let (x, y) = (projected(source), projected(target));
        let lines = x.chunks_exact(source.len()).zip(y.chunks_exact(target.len()));
        lines
            .map(|(x, y)| {
                ctx.check_stop()?;
                Ok(number(x, source.weights(), y, target.weights()))
            })
            .collect()
    };
    let tiles: Vec<Vec<f64>> =
        ctx.install(|| directions.values().par_chunks(TILE * dim).map(tile).collect::<Result<_>>())?;
    Ok(tiles.concat())
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

pub(crate) fn check_exponent(p: f64) -> Result<()> {
    if p >= 1.0 && p.is_finite() {
        return Ok(());
    }
    Err(Error::input(format!("The exponent p is {p}, but sorting is optimal only for finite exponents of at least 1.")))
}
