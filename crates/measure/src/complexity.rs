//! How much is new in each point of a series: entropies of patterns.

use crate::entropy::of_counts;
use crate::series::{check, demand, mean, moments};
use crate::tree::{Maximum, Radii, Tree};
use crate::work::in_blocks;
use crate::{embed, entropy};
use thalweg_core::{Context, Error, Result};

/// Permutation entropy in nats: the entropy of the orders of `order` values that are `lag` apart (Bandt and Pompe, Phys.
/// Rev. Lett. 88, 2002). Equal values are in the order of their times. At most `log(order!)`; O(n order^2).
///
/// # Errors
/// An order outside 2 to 12, a lag of zero, a series shorter than one pattern, a value that is not finite.
pub fn permutation_entropy(x: &[f64], order: usize, lag: usize) -> Result<f64> {
    demand((2..=12).contains(&order), "order", order, "from 2 to 12")?;
    demand(lag >= 1, "lag", lag, "at least 1")?;
    let span = (order - 1).saturating_mul(lag);
    check(x, span.saturating_add(1), &format!("patterns of {order} values {lag} apart"))?;
    // The number of a permutation: how many later values are smaller, in the base of factorials.
    let number = |i: usize| {
        let value = |k: usize| x[i + k * lag];
        let smaller = |k: usize| (k + 1..order).filter(|&j| value(j) < value(k)).count();
        (0..order).fold(0_usize, |sum, k| sum * (order - k) + smaller(k))
    };
    let mut numbers: Vec<usize> = (0..x.len() - span).map(number).collect();
    numbers.sort_unstable();
    let counts = numbers.chunk_by(|a, b| a == b).map(|same| same.len() as u64);
    Ok(of_counts(counts))
}

/// `log(order!)`, the permutation entropy of white noise.
pub fn most_permutation_entropy(order: usize) -> f64 {
    (2..=order).map(|k| (k as f64).ln()).sum()
}

/// Sample entropy in nats: minus the logarithm of the chance that patterns of `order` values which agree within
/// `tolerance` (an absolute length) in every value agree in the next too (Richman and Moorman, Am. J. Physiol. 278, 2000).
///
/// No pattern is compared with itself. Infinite where none agree. O(n log n) to O(n^2), as the tolerance grows.
///
/// # Errors
/// An order of zero, a tolerance that is negative, a series shorter than `order + 2`, a value that is not finite;
/// interruption.
pub fn sample_entropy(x: &[f64], order: usize, tolerance: f64, ctx: &Context) -> Result<f64> {
    demand((1..=32).contains(&order), "order", order, "from 1 to 32")?;
    demand(tolerance >= 0.0 && tolerance.is_finite(), "tolerance", tolerance, "not negative")?;
    check(x, order + 2, "sample entropy")?;
    let longer = pairs(x, order + 1, tolerance, ctx)?;
    let shorter = pairs(&x[..x.len() - 1], order, tolerance, ctx)?;
    Ok(if longer == 0 { f64::INFINITY } else { (shorter as f64 / longer as f64).ln() })
}

/// Ordered pairs of different patterns that agree.
fn pairs(x: &[f64], order: usize, tolerance: f64, ctx: &Context) -> Result<u64> {
    let patterns = embed(x, order, 1)?;
    let (tree, radius) = (Tree::<Maximum>::new(&patterns), Radii::<Maximum>::new(&[tolerance]));
    let blocks = in_blocks(patterns.len(), ctx, |range| {
        let mut count = [0];
        range.for_each(|i| tree.count(patterns.row(i), &radius, &mut count));
        Ok(count[0])
    })?;
    Ok(blocks.iter().sum::<u64>() - patterns.len() as u64)
}

/// Sample entropy at the scales `1..=scales`: of the means of 1, 2, ... points, with the tolerance a share of the standard
/// deviation of the series itself (Costa, Goldberger and Peng, Phys. Rev. Lett. 89, 2002).
///
/// # Errors
/// As [`sample_entropy`]; no scales; all values equal.
pub fn multiscale_entropy(x: &[f64], scales: usize, order: usize, tolerance: f64, ctx: &Context) -> Result<Vec<f64>> {
    demand(scales >= 1, "scales", scales, "at least 1")?;
    check(x, scales.saturating_mul(order + 2), &format!("sample entropy at {scales} scales"))?;
    let spread = moments(x).1;
    if spread == 0.0 {
        return Err(Error::input("All values of the series are equal, so that there is no scale to compare with."));
    }
    let at = |scale: usize| {
        let coarse: Vec<f64> = x.chunks_exact(scale).map(mean).collect();
        sample_entropy(&coarse, order, tolerance * spread, ctx)
    };
    (1..=scales).map(at).collect()
}

/// Shannon entropy in nats of the histogram of `x` with `bins` bins of equal width between its least and largest value.
///
/// # Errors
/// No bins; no values, or one that is not finite.
pub fn histogram_entropy(x: &[f64], bins: usize) -> Result<f64> {
    demand((1..=1_000_000).contains(&bins), "bins", bins, "from 1 to 1000000")?;
    check(x, 1, "a histogram")?;
    entropy::shannon(&histogram(x, bins))
}

/// Counts of bins of equal width between the least and the largest value.
pub(crate) fn histogram(x: &[f64], bins: usize) -> Vec<f64> {
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let mut counts = vec![0.0; bins];
    for v in x {
        counts[(((v - low) / (high - low) * bins as f64) as usize).min(bins - 1)] += 1.0;
    }
    counts
}
