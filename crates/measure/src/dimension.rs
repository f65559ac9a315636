//! Dimensions of the set that a series fills.

use crate::series::{Line, check_rows, demand, mean_of_parts};
use crate::tree::{Euclidean, Radii, Tree};
use crate::work::in_blocks;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Error, Points, Result};

/// Settings of the correlation dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorrelationDimension {
    /// Pairs closer than this many points in time do not count (Theiler, Phys. Rev. A 34, 1986).
    pub theiler: usize,
    /// Points from which pairs are counted, spread evenly over the series; all pairs where there are no more.
    pub references: usize,
    /// Radii, equally spaced in their logarithm over four decades below the size of the set.
    pub radii: usize,
    /// Share of the pairs below which radii are too small, at least; 1000 pairs also.
    pub least: f64,
    /// Share of the pairs above which radii feel the size of the set.
    pub most: f64,
}

impl Default for CorrelationDimension {
    fn default() -> Self {
        Self { theiler: 1, references: 5000, radii: 64, least: 1e-4, most: 1e-2 }
    }
}

/// Correlation sums and what follows from them.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelationSum {
    /// The radii, increasing.
    pub radii: Vec<f64>,
    /// The share of pairs that are not farther apart.
    pub sums: Vec<f64>,
    /// The slope of the logarithms between the shares `least` and `most` (Grassberger and Procaccia, Physica D 9, 1983).
    pub dimension: f64,
    /// Its standard error, from the scatter of four quarters of the reference points.
    pub error: f64,
    /// The estimate of greatest likelihood from the same pairs (Takens, 1985): one over the mean of `log(radius / distance)`.
    pub takens: f64,
    /// The radii of the fit.
    pub range: (f64, f64),
}

/// Parts of the reference points, for the error.
const PARTS: usize = 4;

/// The correlation sum of the rows of `x` and its slope. O(references sqrt(n)) to O(references n), by the dimension.
///
/// # Errors
/// Fewer than 100 rows beyond the window; a number that is not finite; settings out of range; fewer than three radii
/// between the shares; interruption.
pub fn correlation_dimension(x: &Points, settings: &CorrelationDimension, ctx: &Context) -> Result<CorrelationSum> {
    let s = settings;
    check_rows(x, s.theiler.saturating_mul(2).saturating_add(100), "a correlation dimension")?;
    demand(s.radii >= 8, "radii", s.radii, "at least 8")?;
    demand(s.references >= PARTS * 10, "references", s.references, "at least 40")?;
    demand(0.0 < s.least && s.least < s.most && s.most <= 1.0, "least", s.least, "between 0 and most")?;
    let size = extent(x);
    if size == 0.0 {
        return Err(Error::input("All points of the series are equal: they have no size to measure on."));
    }
    let place = |k: usize| size * 10_f64.powf(4.0 * (k as f64 / (s.radii - 1) as f64 - 1.0));
    let mut radii: Vec<f64> = (0..s.radii).map(place).collect();
    let tree = Tree::<Euclidean>::new(x);
    // Radii far above those of the fit cost most, and say nothing: a glance shows where they begin.
    let glance = total(&count(x, &tree, &radii, s.theiler, GLANCE, ctx)?);
    radii.truncate((cumulated(&glance).partition_point(|share| *share <= 3.0 * s.most) + 1).min(s.radii));
    let parts = count(x, &tree, &radii, s.theiler, s.references, ctx)?;
    let whole = total(&parts);
    let sums = cumulated(&whole);
    let least = s.least.max(1000.0 / whole[radii.len()] as f64);
    let chosen: Vec<usize> = (0..radii.len()).filter(|&k| sums[k] >= least && sums[k] <= s.most).collect();
    if chosen.len() < 3 {
        return Err(Error::failed(format!(
            "Only {} of {} radii have between {least:.1e} and {:.1e} of the pairs within them, but a slope needs 3.",
            chosen.len(),
            radii.len(),
            s.most
        ))
        .advise("Give a longer series, raise most, or take more radii."));
    }
    let slope = |sums: &[f64]| line(&radii, sums, &chosen).slope;
    let (_, error) = mean_of_parts(&parts.iter().map(|p| slope(&cumulated(p))).collect::<Vec<_>>());
    let takens = takens(&radii, &whole, chosen[chosen.len() - 1]);
    let range = (radii[chosen[0]], radii[chosen[chosen.len() - 1]]);
    Ok(CorrelationSum { dimension: slope(&sums), error, takens, range, radii, sums })
}

/// Reference points of the first look.
const GLANCE: usize = 200;

/// Pairs between two radii from `references` points, in four parts of them: `PARTS x (radii + 1)`, where the last is all pairs.
fn count(
    x: &Points,
    tree: &Tree<Euclidean>,
    radii: &[f64],
    theiler: usize,
    references: usize,
    ctx: &Context,
) -> Result<Vec<Vec<u64>>> {
    let (bins, most, count) = (Radii::<Euclidean>::new(radii), radii.len(), references.min(x.len()));
    let blocks = in_blocks(count, ctx, |range| {
        let mut counts = vec![vec![0_u64; most + 1]; PARTS];
        for k in range {
            let (i, part) = (k * x.len() / count, &mut counts[k * PARTS / count]);
            tree.count(x.row(i), &bins, &mut part[..most]);
            part[most] += x.len() as u64;
            // Those within the window are taken back.
            for j in i.saturating_sub(theiler)..=(i + theiler).min(x.len() - 1) {
                let bin = bins.bin(x.row(j), x.row(i));
                part[most] -= 1;
                if bin < most {
                    part[bin] -= 1;
                }
            }
        }
        Ok(counts)
    })?;
    let mut parts = vec![vec![0_u64; most + 1]; PARTS];
    for block in &blocks {
        for (part, add) in parts.iter_mut().zip(block) {
            part.iter_mut().zip(add).for_each(|(sum, c)| *sum += c);
        }
    }
    Ok(parts)
}

fn total(parts: &[Vec<u64>]) -> Vec<u64> {
    (0..parts[0].len()).map(|k| parts.iter().map(|p| p[k]).sum()).collect()
}

fn extent(x: &Points) -> f64 {
    let side = |k: usize| {
        let (low, high) = x.rows().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), r| (l.min(r[k]), h.max(r[k])));
        high - low
    };
    (0..x.dim()).map(|k| side(k).powi(2)).sum::<f64>().sqrt()
}

/// Shares of pairs within each radius, of counts whose last is all pairs.
fn cumulated(counts: &[u64]) -> Vec<f64> {
    let (total, mut sum) = (counts[counts.len() - 1] as f64, 0);
    let mut add = |c: &u64| {
        sum += c;
        sum as f64 / total
    };
    counts[..counts.len() - 1].iter().map(&mut add).collect()
}

fn line(radii: &[f64], sums: &[f64], chosen: &[usize]) -> Line {
    let pairs: Vec<(f64, f64)> =
        chosen.iter().filter(|&&k| sums[k] > 0.0).map(|&k| (radii[k].ln(), sums[k].ln())).collect();
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    Line::through(&x, &y)
}

/// One over the mean of `log(radius / distance)` of the pairs within `radii[last]`, from the correlation sum:
/// `C(r) / integral of C(s) / s ds`, with `C` a power between two radii.
fn takens(radii: &[f64], counts: &[u64], last: usize) -> f64 {
    let sums = cumulated(counts);
    let step = (radii[1] / radii[0]).ln();
    let between = |a: f64, b: f64| if a == b || a == 0.0 { 0.5 * (a + b) } else { (b - a) / (b / a).ln() };
    let mut integral = 0.0;
    for k in 1..=last {
        integral += step * between(sums[k - 1], sums[k]);
    }
    sums[last] / integral
}
