//! Maximum mean discrepancy with Gaussian kernels.

use super::pairs::pair_mean;
use crate::GroundCost;
use crate::cost::{Packed, check_clouds};
use crate::simd;
use thalweg_core::{Context, Error, Measure, Result};

/// Points of each side that take part in the median: the heuristic needs a scale, not digits.
const MEDIAN_POINTS: usize = 1000;

/// Width of the kernel `k(x, y) = exp(-|x - y|^2 / (2 s^2))`.
#[derive(Clone, Debug, PartialEq)]
pub enum Bandwidth {
    /// This `s`, in units of the data.
    Fixed(f64),
    /// `s` is the median distance between distinct points of the pooled sample (weights ignored; at most 1,000 points
    /// of each side, evenly strided).
    Median,
    /// The mean of the kernels whose `s` are these multiples of the median distance.
    MultiScale(Vec<f64>),
}

impl Bandwidth {
    /// The usual five scales: a quarter, a half, one, two and four medians.
    pub fn five_scales() -> Self {
        Self::MultiScale(vec![0.25, 0.5, 1.0, 2.0, 4.0])
    }
}

/// MMD: the root of `E k(X, X') + E k(Y, Y') - 2 E k(X, Y)`, between 0 and sqrt(2).
///
/// Pairs of a point with itself count (the biased V-statistic), so it is zero between equal measures.
/// `O((n + m)^2 d)` time, linear memory. Reference: Gretton et al., JMLR 13 (2012).
///
/// # Errors
/// Different dimensions, a bandwidth that is not positive and finite, no scales.
pub fn mmd(ctx: &Context, source: &Measure, target: &Measure, bandwidth: &Bandwidth) -> Result<f64> {
    check_clouds(source.points(), target.points())?;
    let scales = match bandwidth {
        Bandwidth::Fixed(s) => vec![*s],
        Bandwidth::Median => vec![median_distance(source, target)],
        Bandwidth::MultiScale(factors) => {
            let median = median_distance(source, target);
            factors.iter().map(|f| f * median).collect()
        }
    };
    if scales.is_empty() {
        return Err(Error::input("MMD needs at least one scale and got none."));
    }
    if let Some(s) = scales.iter().find(|s| !(**s > 0.0 && s.is_finite())) {
        return Err(Error::input(format!("A kernel width of MMD is {s}, but it must be positive and finite.")));
    }
    let rates: Vec<f64> = scales.iter().map(|s| 0.5 / s / s).collect();
    let kernel = |a: &Measure, b: &Measure| pair_mean(ctx, a, b, |row| apply(row, &rates));
    let square = ctx.install(|| -> Result<f64> {
        Ok(kernel(source, source)? + kernel(target, target)? - 2.0 * kernel(source, target)?)
    })?;
    Ok(square.max(0.0).sqrt())
}

/// Squared distances to the mean of the kernels.
fn apply(row: &mut [f64], rates: &[f64]) {
    if let [rate] = rates {
        row.iter_mut().for_each(|v| *v *= -rate);
        simd::exp_in_place(row, 0.0);
        return;
    }
    let share = 1.0 / rates.len() as f64;
    for v in row {
        *v = rates.iter().map(|r| simd::exp(-*v * r)).sum::<f64>() * share;
    }
}

/// Median distance between distinct points of the pooled sample (at most 1,000 points of each side, evenly strided,
/// weights ignored); 1 where all points coincide. To compare several measures with one, take the width from that one.
pub fn median_distance(source: &Measure, target: &Measure) -> f64 {
    let mut indices = Vec::new();
    let mut pooled = Vec::new();
    for side in [source, target] {
        indices.clear();
        indices.extend((0..side.len()).step_by(side.len().div_ceil(MEDIAN_POINTS)));
        indices.iter().for_each(|i| pooled.extend_from_slice(side.points().row(*i)));
    }
    let Ok(points) = thalweg_core::Points::new(source.dim(), pooled) else { return 1.0 };
    let packed = Packed::new(&points);
    let mut row = vec![0.0; points.len()];
    let mut distances = Vec::with_capacity(points.len() * (points.len() - 1) / 2);
    for i in 0..points.len() {
        packed.fill(GroundCost::SquaredEuclidean, &points, i, &mut row);
        distances.extend(row[i + 1..].iter().filter(|v| **v > 0.0));
    }
    if distances.is_empty() {
        return 1.0;
    }
    let middle = distances.len() / 2;
    distances.select_nth_unstable_by(middle, f64::total_cmp).1.sqrt()
}
