//! Sliced Wasserstein distance.

use super::scale::homogeneous;
use crate::cost::check_clouds;
use crate::line::{line_w2, root_mean_square};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Measure, Result, Stream};

/// Most projections: the error of the mean is then 0.1 %.
const MOST: usize = 1_000_000;

/// Sliced W2: the root of the mean over `projections` random directions of `W2^2` on the line.
///
/// Directions are uniform on the sphere, drawn from `stream` before the work is shared out. Not multiplied by the
/// dimension. `O(projections (n + m)(d + log(n + m)))`. Reference: Bonneel et al., JMIV 51 (2015).
///
/// # Errors
/// Different dimensions; no projections or too many; the caller asked to stop.
pub fn sliced_w2(
    ctx: &Context,
    source: &Measure,
    target: &Measure,
    projections: usize,
    stream: &mut Stream,
) -> Result<f64> {
    check_clouds(source.points(), target.points())?;
    if !(1..=MOST).contains(&projections) {
        return Err(Error::input(format!("Sliced W2 needs 1 to {MOST} projections and got {projections}.")));
    }
    let directions: Vec<Vec<f64>> = (0..projections).map(|_| direction(source.dim(), stream)).collect();
    let share = 1.0 / projections as f64;
    homogeneous(source, target, |source, target| {
        let distances: Vec<(f64, f64)> = ctx.install(|| {
            directions
                .par_iter()
                .map(|u| {
                    ctx.check_stop()?;
                    let (x, y) = (projected(source, u), projected(target, u));
                    Ok((share, line_w2(&x, source.weights(), &y, target.weights())))
                })
                .collect::<Result<_>>()
        })?;
        Ok(root_mean_square(&distances))
    })
}

fn direction(dim: usize, stream: &mut Stream) -> Vec<f64> {
    loop {
        let v: Vec<f64> = (0..dim).map(|_| stream.normal()).collect();
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 0.0 {
            return v.iter().map(|x| x / norm).collect();
        }
    }
}

fn projected(measure: &Measure, u: &[f64]) -> Vec<f64> {
    measure.points().rows().map(|row| row.iter().zip(u).map(|(x, u)| x * u).sum()).collect()
}
