//! Transport costs along directions.

mod greatest;
mod project;

pub use greatest::{Greatest, MaxSliced};

use crate::cost::check_clouds;
use crate::line::{Sorted, uneven};
use project::{FOUR, project};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Measure, Points, Result};

/// Directions of a tile at most, along which points are projected at a time, and at least for each thread. Points of many
/// coordinates had better be read few times, while numbers of few directions are still near when they are sorted. A line comes
/// out the same whatever its tile.
const TILE: (usize, usize) = (48, 4);

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
    along(ctx, source, target, directions, |x, y| power_cost(x, y, p))
}

/// A number from both sides on the line.
pub(crate) trait OnTheLine: Fn(&Sorted<'_>, &Sorted<'_>) -> f64 + Sync {}
impl<F: Fn(&Sorted<'_>, &Sorted<'_>) -> f64 + Sync> OnTheLine for F {}

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
    let (dim, n, m) = (source.dim(), source.len(), target.len());
    // As many in each tile, in whole groups of those that are taken together.
    let tiles = directions.len().div_ceil(dim.min(TILE.0).max(TILE.1 * ctx.threads()));
    let tile = directions.len().div_ceil(tiles).next_multiple_of(FOUR).min(directions.len());
    // Projections of a tile, and on each thread what sorting takes.
    ctx.require_memory(8 * (tile + 6 * ctx.threads()) as u64 * (n + m) as u64, "Projections")?;
    let (a, b) = (uneven(source.weights()), uneven(target.weights()));
    let (mut x, mut y) = (vec![0.0; tile * n], vec![0.0; tile * m]);
    let mut numbers = Vec::with_capacity(directions.len());
    ctx.install(|| {
        for tile in directions.values().chunks(tile * dim) {
            ctx.check_stop()?;
            let k = tile.len() / dim;
            let (x, y) = (&mut x[..k * n], &mut y[..k * m]);
            project(source.points().values(), tile, dim, x);
            project(target.points().values(), tile, dim, y);
            let lines = x.par_chunks_exact_mut(n).zip(y.par_chunks_exact_mut(m));
            let found = lines.map_init(Vec::new, |scratch, (x, y)| {
                ctx.check_stop()?;
                let x = Sorted::in_place(x, a, scratch);
                Ok(number(&x, &Sorted::in_place(y, b, scratch)))
            });
            numbers.extend(found.collect::<Result<Vec<f64>>>()?);
        }
        Ok(numbers)
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
    Ok(power_cost(&Sorted::new(x, a), &Sorted::new(y, b), p))
}

/// The exponents that are used most need no power function.
fn power_cost(x: &Sorted<'_>, y: &Sorted<'_>, p: f64) -> f64 {
    if p == 1.0 {
        x.cost(y, |r| r)
    } else if p == 2.0 {
        x.cost(y, |r| r * r)
    } else {
        x.cost(y, |r| r.powf(p))
    }
}

pub(crate) fn check_exponent(p: f64) -> Result<()> {
    if p >= 1.0 && p.is_finite() {
        return Ok(());
    }
    Err(Error::input(format!("The exponent p is {p}, but sorting is optimal only for finite exponents of at least 1.")))
}
