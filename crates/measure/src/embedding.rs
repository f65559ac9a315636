//! Delay embedding, and how many delays of what length.

use crate::series::{check, demand, moments};
use crate::spectrum::autocorrelation;
use crate::tree::{Euclidean, Maximum, Tree};
use crate::work::in_blocks;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Points, Result};

/// The rows `(x_i, x_{i + lag}, ..., x_{i + (dim - 1) lag})`, `n - (dim - 1) lag` of them.
///
/// # Errors
/// A dimension or a lag of zero; a series shorter than one row; a value that is not finite.
pub fn embed(x: &[f64], dim: usize, lag: usize) -> Result<Points> {
    demand(dim >= 1, "dim", dim, "at least 1")?;
    demand(lag >= 1, "lag", lag, "at least 1")?;
    let span = (dim - 1).saturating_mul(lag);
    check(x, span.saturating_add(1), &format!("an embedding of {dim} delays of {lag} points"))?;
    let rows = x.len() - span;
    Points::new(dim, (0..rows).flat_map(|i| (0..dim).map(move |k| x[i + k * lag])).collect())
}

/// Mutual information of `x_i` and `x_{i + lag}` in nats, for each lag `0..=most`.
///
/// Values are ranked into `bins` bins of equal count (the estimate does not change under monotone functions of `x`).
/// Finite samples add about `(bins - 1)^2 / 2n`.
///
/// # Errors
/// A series shorter than `most` and ten points a bin; a value that is not finite; fewer than 2 bins.
pub fn mutual_information(x: &[f64], most: usize, bins: usize) -> Result<Vec<f64>> {
    demand((2..=1024).contains(&bins), "bins", bins, "from 2 to 1024")?;
    check(x, most.saturating_add(10 * bins), &format!("mutual information of {bins} bins up to lag {most}"))?;
    let symbols = ranked(x, bins);
    Ok((0..=most).map(|lag| shared(&symbols[..x.len() - lag], &symbols[lag..], bins)).collect())
}

/// The bin of each value, bins of equal count; equal values are in one bin.
fn ranked(x: &[f64], bins: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
    let mut symbols = vec![0; x.len()];
    let mut first = 0;
    for (rank, &i) in order.iter().enumerate() {
        if x[i] != x[order[first]] {
            first = rank;
        }
        symbols[i] = first * bins / x.len();
    }
    symbols
}

fn shared(a: &[usize], b: &[usize], bins: usize) -> f64 {
    let (mut joint, mut left, mut right) = (vec![0_u64; bins * bins], vec![0_u64; bins], vec![0_u64; bins]);
    for (&a, &b) in a.iter().zip(b) {
        joint[a * bins + b] += 1;
        left[a] += 1;
        right[b] += 1;
    }
    let h = |counts: Vec<u64>| crate::entropy::of_counts(counts.into_iter());
    h(left) + h(right) - h(joint)
}

/// Bins of the mutual information by which a delay is chosen.
const BINS: usize = 16;

/// The first place above 0 from which `values` rise by more than `depth`, so that the ripple of counting is no minimum.
fn first_minimum(values: &[f64], depth: f64) -> Option<usize> {
    let mut low = 1;
    for k in 1..values.len() {
        if values[k] < values[low] {
            low = k;
        }
        if values[k] > values[low] + depth {
            return Some(low);
        }
    }
    None
}

/// By what rule a delay is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DelayRule {
    /// The first minimum of the mutual information (Fraser and Swinney, Phys. Rev. A 33, 1986); the rule below where
    /// there is none.
    MutualInformation,
    /// The first lag at which the autocorrelation is below 1/e.
    Autocorrelation,
}

/// A delay for embedding, from 1 to `most` points.
///
/// # Errors
/// As [`autocorrelation`] and [`mutual_information`].
pub fn delay(x: &[f64], rule: DelayRule, most: usize) -> Result<usize> {
    demand(most >= 1, "most", most, "at least 1")?;
    if rule == DelayRule::MutualInformation {
        let shared = mutual_information(x, most, BINS)?;
        if let Some(lag) = first_minimum(&shared, 0.02 * shared[1] + 2.0 * BINS as f64 / x.len() as f64) {
            return Ok(lag);
        }
    }
    let correlation = autocorrelation(x, most)?;
    Ok(correlation.iter().position(|c| *c < (-1.0_f64).exp()).unwrap_or(most).max(1))
}

/// The share of nearest neighbours that are false, in 1, 2, ..., `most` dimensions (Kennel, Brown and Abarbanel, Phys.
/// Rev. A 45, 1992): those that part by more than `15` times their distance, or by two standard deviations, once they are
/// seen in one more dimension.
///
/// Neighbours less than `theiler` points apart in time do not count. O(most n log n).
///
/// # Errors
/// A series too short for `most + 1` delays; a value that is not finite; interruption.
pub fn false_neighbours(x: &[f64], lag: usize, most: usize, theiler: usize, ctx: &Context) -> Result<Vec<f64>> {
    demand(most >= 1, "most", most, "at least 1")?;
    check(x, most.saturating_mul(lag).saturating_add(2 * theiler + 10), "a test of false neighbours")?;
    let spread = moments(x).1;
    let share = |dim: usize| -> Result<f64> {
        let points = embed(&x[..x.len() - lag], dim, lag)?;
        let tree = Tree::<Euclidean>::new(&points);
        let parts = in_blocks(points.len(), ctx, |rows| {
            let mut found = (0_u64, 0_u64);
            for i in rows {
                if let Some(&(j, apart)) = tree.nearest(points.row(i), 1, |j| i.abs_diff(j) > theiler).first() {
                    let parting = (x[i + dim * lag] - x[j + dim * lag]).abs();
                    let false_one = parting > 15.0 * apart || apart.hypot(parting) > 2.0 * spread;
                    found = (found.0 + u64::from(false_one), found.1 + 1);
                }
            }
            Ok(found)
        })?;
        let (bad, all) = parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        Ok(bad as f64 / all as f64)
    };
    (1..=most).map(share).collect()
}

/// Cao's measures of an embedding in 1, 2, ..., `most` dimensions (Physica D 110, 1997).
#[derive(Clone, Debug, PartialEq)]
pub struct Cao {
    /// How much neighbours part with one more dimension, relative to one dimension less: saturates near 1 once there are
    /// enough.
    pub e1: Vec<f64>,
    /// The same of images alone: near 1 in every dimension for noise, and not for deterministic series.
    pub e2: Vec<f64>,
}

/// Cao's measures; parameters, cost and errors as of [`false_neighbours`].
///
/// # Errors
/// As [`false_neighbours`].
pub fn cao(x: &[f64], lag: usize, most: usize, theiler: usize, ctx: &Context) -> Result<Cao> {
    demand(most >= 1, "most", most, "at least 1")?;
    let span = most.saturating_add(1).saturating_mul(lag);
    check(x, span.saturating_add(2 * theiler + 10), "Cao's measures")?;
    let means = |dim: usize| -> Result<(f64, f64)> {
        let points = embed(&x[..x.len() - lag], dim, lag)?;
        let tree = Tree::<Maximum>::new(&points);
        let parts = in_blocks(points.len(), ctx, |rows| {
            let mut sums = (0.0, 0.0, 0.0);
            for i in rows {
                // Neighbours that cannot be told apart say nothing of how they part.
                let keep = |j: usize| i.abs_diff(j) > theiler && points.row(j) != points.row(i);
                if let Some(&(j, apart)) = tree.nearest(points.row(i), 1, keep).first() {
                    let parting = (x[i + dim * lag] - x[j + dim * lag]).abs();
                    sums = (sums.0 + apart.max(parting) / apart, sums.1 + parting, sums.2 + 1.0);
                }
            }
            Ok(sums)
        })?;
        let sums = parts.iter().fold((0.0, 0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1, s.2 + p.2));
        Ok((sums.0 / sums.2, sums.1 / sums.2))
    };
    let all: Vec<(f64, f64)> = (1..=most + 1).map(means).collect::<Result<_>>()?;
    let ratio = |part: fn(&(f64, f64)) -> f64| all.windows(2).map(|w| part(&w[1]) / part(&w[0])).collect();
    Ok(Cao { e1: ratio(|m| m.0), e2: ratio(|m| m.1) })
}

/// The least dimension, up to `most`, in which at most a share `tolerance` of neighbours is false; `most` where there is
/// none.
///
/// # Errors
/// As [`false_neighbours`].
pub fn embedding_dimension(
    x: &[f64],
    lag: usize,
    most: usize,
    theiler: usize,
    tolerance: f64,
    ctx: &Context,
) -> Result<usize> {
    let shares = false_neighbours(x, lag, most, theiler, ctx)?;
    Ok(shares.iter().position(|share| *share <= tolerance).map_or(most, |k| k + 1))
}
