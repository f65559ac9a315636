//! Whether samples come from one law, judged by ranks: Kruskal-Wallis and Mann-Whitney.
//!
//! Both use the large-sample law of their statistic, with the correction for ties; a sample of a few values is judged better
//! by counting.

use std::f64::consts::{PI, SQRT_2};
use thalweg_core::{Error, Result};

/// A statistic and the probability of one as large where all samples come from one law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// The statistic: `H` of Kruskal and Wallis, or `U` of Mann and Whitney for the first sample.
    pub statistic: f64,
    /// The probability, two-sided.
    pub p: f64,
}

/// Kruskal and Wallis, 1952: the spread of mean ranks between samples. O(N log N) for N values in all.
///
/// # Errors
/// Fewer than two samples, an empty one, values that are not finite, or all values equal.
pub fn kruskal_wallis(samples: &[&[f64]]) -> Result<RankTest> {
    let (ranks, ties) = ranks(samples)?;
    let n = ranks.len() as f64;
    let mut start = 0;
    let mut spread = 0.0;
    for sample in samples {
        let sum: f64 = ranks[start..start + sample.len()].iter().sum();
        spread += sum * sum / sample.len() as f64;
        start += sample.len();
    }
    let raw = 12.0 / (n * (n + 1.0)) * spread - 3.0 * (n + 1.0);
    let statistic = raw / (1.0 - ties / (n * n * n - n));
    Ok(RankTest { statistic, p: chi_square_tail(statistic, samples.len() - 1) })
}

/// Mann and Whitney, 1947, with the correction for continuity. O(N log N) for N values in all.
///
/// # Errors
/// An empty sample, values that are not finite, or all values equal.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Result<RankTest> {
    let (ranks, ties) = ranks(&[first, second])?;
    let (n, m) = (first.len() as f64, second.len() as f64);
    let statistic = ranks[..first.len()].iter().sum::<f64>() - n * (n + 1.0) / 2.0;
    let total = n + m;
    let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    let z = ((statistic - n * m / 2.0).abs() - 0.5) / variance.sqrt();
    Ok(RankTest { statistic, p: libm::erfc(z / SQRT_2).min(1.0) })
}

/// The rank of each value among all, equal values sharing their mean rank, and the sum of `t^3 - t` over groups of `t`.
fn ranks(samples: &[&[f64]]) -> Result<(Vec<f64>, f64)> {
    if samples.len() < 2 || samples.iter().any(|s| s.is_empty()) {
        let sizes: Vec<_> = samples.iter().map(|s| s.len()).collect();
        return Err(Error::input(format!("Samples of sizes {sizes:?} cannot be compared: two or more, none empty.")));
    }
    let all: Vec<f64> = samples.concat();
    if let Some(v) = all.iter().find(|v| !v.is_finite()) {
        return Err(Error::input(format!("A sample has the value {v}, which is not a finite number.")));
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&i, &j| all[i].total_cmp(&all[j]));
    let (mut ranks, mut ties, mut below) = (vec![0.0; all.len()], 0.0, 0);
    for group in order.chunk_by(|&i, &j| all[i] == all[j]) {
        let t = group.len() as f64;
        group.iter().for_each(|&i| ranks[i] = below as f64 + (t + 1.0) / 2.0);
        ties += t * t * t - t;
        below += group.len();
    }
    if order.len() > 1 && ties == (all.len() as f64).powi(3) - all.len() as f64 {
        return Err(Error::input("All values of the samples are equal, so that ranks say nothing."));
    }
    Ok((ranks, ties))
}

/// The probability that chi-square with `freedom` degrees exceeds `x`: closed forms for whole degrees.
fn chi_square_tail(x: f64, freedom: usize) -> f64 {
    let half = x.max(0.0) / 2.0;
    let even = freedom.is_multiple_of(2);
    // Terms half^(i) / Gamma(i + 1) for even degrees, half^(i - 1/2) / Gamma(i + 1/2) for odd ones.
    let mut term = if even { 1.0 } else { 2.0 * (half / PI).sqrt() };
    let mut power = if even { 1.0 } else { 1.5 };
    let mut sum = 0.0;
    for _ in 0..freedom / 2 {
        sum += term;
        term *= half / power;
        power += 1.0;
    }
    let tail = if even { 0.0 } else { libm::erfc(half.sqrt()) };
    tail + (-half).exp() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &[f64] = &[1.2, 3.4, 2.2, 5.1, 0.3];
    const B: &[f64] = &[2.2, 6.0, 7.1, 3.9];
    const C: &[f64] = &[9.0, 1.1, 4.4, 8.2, 7.7, 2.2];

    fn close(test: RankTest, statistic: f64, p: f64) {
        assert!((test.statistic - statistic).abs() < 1e-12 && (test.p - p).abs() < 1e-12, "{test:?}");
    }

    #[test]
    fn figures_are_those_of_scipy() {
        // scipy 1.17.1: stats.kruskal, and stats.mannwhitneyu(method="asymptotic").
        close(kruskal_wallis(&[A, B, C]).unwrap(), 3.014_868_105_515_586_4, 0.221_477_549_175_586_07);
        close(kruskal_wallis(&[A, B]).unwrap(), 2.556_302_521_008_4, 0.109_855_242_885_712_4);
        close(kruskal_wallis(&[A, B, C, &[1.0, 2.0, 3.5, 2.2]]).unwrap(), 5.34, 0.148_527_808_599_463_77);
        close(mann_whitney(A, C).unwrap(), 7.5, 0.200_216_909_008_284_93);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert!(kruskal_wallis(&[A]).is_err() && mann_whitney(A, &[]).is_err());
        assert!(mann_whitney(A, &[f64::NAN]).is_err() && mann_whitney(&[1.0, 1.0], &[1.0]).is_err());
    }
}
