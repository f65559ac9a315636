//! A plan of low rank to descend from: through the centres of clusters of the sources.

use super::Factors;
use crate::{GroundCost, Sinkhorn};
use std::sync::Arc;
use thalweg_core::{Context, Measure, Points, Result, Stream};

/// Rounds of moving the centres.
const ROUNDS: usize = 5;
/// Sources looked at to find the centres, for each of them.
const SAMPLE: usize = 50;
/// Epsilon of the plans to and from the centres, of their mean cost.
const EPSILON: f64 = 0.05;

/// Feasible factors of positive entries.
pub(super) fn factors(ctx: &Context, rank: usize, source: &Arc<Measure>, target: &Arc<Measure>) -> Result<Factors> {
    let centres = centres(source, rank)?;
    let to_centres = plan(ctx, source, &centres)?;
    let from_centres = plan(ctx, target, &centres)?;
    Ok(Factors { left: to_centres, right: from_centres, inner: centres.weights().to_vec() })
}

/// The entropic plan from points to the centres, row-major.
fn plan(ctx: &Context, points: &Arc<Measure>, centres: &Arc<Measure>) -> Result<Vec<f64>> {
    let ground = GroundCost::SquaredEuclidean;
    let mean = ctx.install(|| ground.mean(points.points(), points.weights(), centres.points(), centres.weights()))?;
    let epsilon = if mean > 0.0 { EPSILON * mean } else { 1.0 };
    let settings = Sinkhorn { max_iterations: 100, tolerance: 1e-3, ..Sinkhorn::balanced(epsilon) };
    let (_, plan) = settings.solve(ctx, points, centres, ground, None)?;
    let mut out = vec![0.0; points.len() * centres.len()];
    plan.for_each(|i, k, mass| out[i * centres.len() + k] = mass);
    Ok(out)
}

/// Centres of clusters by Lloyd's rounds from a spread-out draw (Arthur, Vassilvitskii, SODA 2007), with their masses.
fn centres(source: &Measure, rank: usize) -> Result<Arc<Measure>> {
    let mut stream = Stream::new(0, "low rank", rank as u64);
    let sample = source.thinned(SAMPLE * rank, &mut stream)?;
    let (points, weights) = (sample.points(), sample.weights());
    let mut centres: Vec<f64> = Vec::with_capacity(rank * points.dim());
    let mut near: Vec<(f64, usize)> = vec![(f64::INFINITY, 0); points.len()];
    for k in 0..rank {
        // The first by weight, the others by weight and squared distance from those that are there.
        let chances = near.iter().zip(weights).map(|((d, _), w)| if k == 0 { *w } else { w * d });
        let total: f64 = chances.clone().sum();
        let mut left = stream.uniform() * total;
        let drawn = chances.enumerate().find(|(_, c)| {
            left -= c;
            left < 0.0
        });
        let i = drawn.map_or(k % points.len(), |(i, _)| i);
        centres.extend(points.row(i));
        assign(points, &centres[k * points.dim()..], k, &mut near);
    }
    for _ in 0..ROUNDS {
        centres = means(points, weights, &near, centres, rank);
        near.fill((f64::INFINITY, 0));
        for (k, centre) in centres.chunks_exact(points.dim()).enumerate() {
            assign(points, centre, k, &mut near);
        }
    }
    let mut masses = vec![0.0; rank];
    near.iter().zip(weights).for_each(|((_, k), w)| masses[*k] += w);
    // A centre that no point is nearest to has a little mass, and can gain more.
    let least = 0.1 * sample.mass() / rank as f64;
    masses.iter_mut().for_each(|m| *m = m.max(least));
    let unit = source.mass() / masses.iter().sum::<f64>();
    masses.iter_mut().for_each(|m| *m *= unit);
    Ok(Arc::new(Measure::new(Points::new(points.dim(), centres)?, masses)?))
}

/// Points to which this centre is nearer than those before.
fn assign(points: &Points, centre: &[f64], k: usize, near: &mut [(f64, usize)]) {
    for (row, near) in points.rows().zip(near) {
        let distance = GroundCost::SquaredEuclidean.between(row, centre);
        if distance < near.0 {
            *near = (distance, k);
        }
    }
}

/// The means of the points of each centre, which stays where it is if it has none.
fn means(points: &Points, weights: &[f64], near: &[(f64, usize)], centres: Vec<f64>, rank: usize) -> Vec<f64> {
    let dim = points.dim();
    let (mut sums, mut masses) = (vec![0.0; centres.len()], vec![0.0; rank]);
    for ((row, (_, k)), w) in points.rows().zip(near).zip(weights) {
        masses[*k] += w;
        sums[k * dim..][..dim].iter_mut().zip(row).for_each(|(s, v)| *s += w * v);
    }
    let mean = |(at, old): (usize, f64)| if masses[at / dim] > 0.0 { sums[at] / masses[at / dim] } else { old };
    centres.into_iter().enumerate().map(mean).collect()
}
