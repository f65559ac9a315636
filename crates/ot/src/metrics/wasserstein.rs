//! Exact Wasserstein distances.

use super::scale::homogeneous;
use crate::line::{Sorted, line_w1, line_w2};
use crate::{GroundCost, transport};
use thalweg_core::{Context, Measure, Result};

/// `W1 = min E|x - y|` over couplings, in units of the data. Exact; each side normalised to mass 1.
///
/// Sorting in one dimension, otherwise [`transport`]: equal numbers of equal weights in up to four dimensions take no
/// matrix; for everything else with its `n x m` costs subsample beyond some 5,000 points.
///
/// # Errors
/// As [`transport`].
pub fn w1(ctx: &Context, source: &Measure, target: &Measure) -> Result<f64> {
    if source.dim() == 1 && target.dim() == 1 {
        return on_the_line(source, target, line_w1);
    }
    homogeneous(source, target, |x, y| Ok(transport(ctx, x, y, GroundCost::Euclidean)?.certificate.primal))
}

/// `W2 = sqrt(min E|x - y|^2)` over couplings: the root, in units of the data. Otherwise as [`w1`].
///
/// # Errors
/// As [`transport`].
pub fn w2(ctx: &Context, source: &Measure, target: &Measure) -> Result<f64> {
    if source.dim() == 1 && target.dim() == 1 {
        return on_the_line(source, target, line_w2);
    }
    homogeneous(source, target, |x, y| {
        Ok(transport(ctx, x, y, GroundCost::SquaredEuclidean)?.certificate.primal.max(0.0).sqrt())
    })
}

type OnTheLine = fn(&Sorted<'_>, &Sorted<'_>) -> f64;

fn on_the_line(source: &Measure, target: &Measure, distance: OnTheLine) -> Result<f64> {
    let sorted = |side: &Measure| Sorted::new(side.points().values(), side.weights());
    homogeneous(source, target, |x, y| Ok(distance(&sorted(x), &sorted(y))))
}
