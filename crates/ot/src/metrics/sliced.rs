//! Sliced Wasserstein distance.

use super::scale::homogeneous;
use crate::MaxSliced;
use crate::cost::check_clouds;
use crate::line::{line_w2, root_mean_square};
use crate::slices::along;
use thalweg_core::{Context, Error, Measure, Points, Result, Stream};

/// Most projections: the error of the mean is then 0.1 %.
const MOST: usize = 1_000_000;

/// Sliced W2: the root of the mean over `projections` random directions of `W2^2` on the line.
///
/// Directions are uniform on the sphere, drawn from `stream` before the work is shared out. Not multiplied by the
/// dimension. As [`crate::sliced_costs`]. Reference: Bonneel et al., JMIV 51 (2015).
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
    let directions = (0..projections).flat_map(|_| direction(source.dim(), stream)).collect();
    let directions = Points::new(source.dim(), directions)?;
    homogeneous(source, target, |source, target| {
        let share = 1.0 / projections as f64;
        let distances = along(ctx, source, target, &directions, line_w2)?;
        Ok(root_mean_square(&distances.into_iter().map(|d| (share, d)).collect::<Vec<_>>()))
    })
}

/// Max-sliced W2: the largest W2 on the line over all directions, as far as ascents find it ([`MaxSliced`], by whose default
/// settings; `starts` random directions are tried first).
///
/// # Errors
/// As [`MaxSliced::solve`].
pub fn max_sliced_w2(
    ctx: &Context,
    source: &Measure,
    target: &Measure,
    starts: usize,
    stream: &mut Stream,
) -> Result<f64> {
    Ok(MaxSliced { starts, ..MaxSliced::default() }.solve(ctx, source, target, stream)?.distance)
}

/// A direction uniform on the sphere.
pub(crate) fn direction(dim: usize, stream: &mut Stream) -> Vec<f64> {
    loop {
        let v: Vec<f64> = (0..dim).map(|_| stream.normal()).collect();
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 0.0 {
            return v.iter().map(|x| x / norm).collect();
        }
    }
}
