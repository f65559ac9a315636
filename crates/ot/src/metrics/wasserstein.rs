//! Exact Wasserstein distances.

use crate::{GroundCost, line::line_cost, transport};
use thalweg_core::{Context, Measure, Result};

/// `W1 = min E|x - y|` over couplings, in units of the data. Exact; each side normalised to mass 1.
///
/// Sorting in one dimension, otherwise the network simplex with its `n x m` costs: subsample beyond some 5,000
/// points.
///
/// # Errors
/// As [`transport`].
pub fn w1(ctx: &Context, source: &Measure, target: &Measure) -> Result<f64> {
    distance(ctx, source, target, GroundCost::Euclidean)
}

/// `W2 = sqrt(min E|x - y|^2)` over couplings: the root, in units of the data. Otherwise as [`w1`].
///
/// # Errors
/// As [`transport`].
pub fn w2(ctx: &Context, source: &Measure, target: &Measure) -> Result<f64> {
    Ok(distance(ctx, source, target, GroundCost::SquaredEuclidean)?.max(0.0).sqrt())
}

fn distance(ctx: &Context, source: &Measure, target: &Measure, cost: GroundCost) -> Result<f64> {
    if source.dim() == 1 && target.dim() == 1 {
        let (x, y) = (source.points().values(), target.points().values());
        return Ok(line_cost(x, source.weights(), y, target.weights(), |r| match cost {
            GroundCost::Euclidean => r,
            GroundCost::SquaredEuclidean => r * r,
        }));
    }
    Ok(transport(ctx, source, target, cost)?.certificate.primal)
}
