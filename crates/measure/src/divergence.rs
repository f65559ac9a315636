//! How far the set that one series fills is from that of another: the Kullback-Leibler divergence in state space.

use crate::series::{check_rows, column, demand, moments};
use crate::work::in_blocks;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thalweg_core::{Context, Error, Points, Result, Stream};

/// Settings of the binned form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Binned {
    /// Bins an axis.
    pub bins: usize,
    /// How far the box reaches beyond the true series, in standard deviations of each axis.
    pub margin: f64,
    /// Added to each count, so that no bin is empty.
    pub smoothing: f64,
}

impl Default for Binned {
    fn default() -> Self {
        Self { bins: 30, margin: 0.1, smoothing: 1e-5 }
    }
}

/// A divergence on bins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinnedDivergence {
    /// The divergence, in nats.
    pub divergence: f64,
    /// The share of the generated points that lie outside the box, and are not in the divergence: a run that diverged
    /// shows here only.
    pub outside: f64,
}

/// D_stsp on a grid: the Kullback-Leibler divergence of the law of `truth` (`n x d`) from that of `generated` (`m x d`), both
/// histograms over a box around the truth (Koppe, Toutounji, Kirsch, Lis and Durstewitz, PLoS Comput. Biol. 15, 2019).
///
/// Depends on the lengths: two runs of one law of 10^4 points each are far apart on 30^3 bins. Compare with the divergence
/// of two true series of the same length. O(n + m), for any number of bins.
///
/// # Errors
/// Different numbers of columns, fewer than two rows, numbers that are not finite, settings out of range; smoothing that adds
/// more than half of the points to all bins together.
pub fn binned_divergence(truth: &Points, generated: &Points, settings: &Binned) -> Result<BinnedDivergence> {
    let (s, d) = (settings, truth.dim());
    check_pair(truth, generated)?;
    demand((2..=1_000_000).contains(&s.bins), "bins", s.bins, "from 2 to 1000000")?;
    demand(s.margin >= 0.0 && s.margin.is_finite(), "margin", s.margin, "not negative")?;
    demand(s.smoothing > 0.0 && s.smoothing.is_finite(), "smoothing", s.smoothing, "positive")?;
    // What smoothing adds to all bins together would outweigh what was counted, and any two series would look alike.
    let (added, rows) = (s.smoothing * (s.bins as f64).powi(d as i32), truth.len().min(generated.len()) as f64);
    if added > 0.5 * rows {
        return Err(Error::input(format!(
            "The smoothing adds {added:.3e} to the counts of {}^{d} bins together, but there are {rows} points, so that any two series would look alike.",
            s.bins
        ))
        .advise(format!("Take at most {} bins an axis, less smoothing, or the form of mixtures.", most_bins(s.smoothing, rows, d))));
    }
    let axes: Vec<(f64, f64)> = (0..d).map(|k| axis(&column(truth, k), s.margin)).collect();
    let place = |row: &[f64]| -> Option<Vec<u32>> {
        let bin = |(v, (low, high)): (&f64, &(f64, f64))| {
            let inside = *low <= *v && *v <= *high;
            inside.then(|| (((v - low) / (high - low) * s.bins as f64) as usize).min(s.bins - 1) as u32)
        };
        row.iter().zip(&axes).map(bin).collect()
    };
    let mut cells: BTreeMap<Vec<u32>, [f64; 2]> = BTreeMap::new();
    let mut totals = [0.0; 2];
    for (which, rows) in [truth, generated].into_iter().enumerate() {
        for cell in rows.rows().filter_map(place) {
            cells.entry(cell).or_default()[which] += 1.0;
            totals[which] += 1.0;
        }
    }
    let all = (s.bins as f64).powi(d as i32);
    let smooth = |count: f64, total: f64| (count + s.smoothing) / (total + s.smoothing * all);
    let term = |counts: [f64; 2]| {
        let (p, q) = (smooth(counts[0], totals[0]), smooth(counts[1], totals[1]));
        p * (p / q).ln()
    };
    let empty = (all - cells.len() as f64).max(0.0) * term([0.0, 0.0]);
    let divergence = cells.values().map(|counts| term(*counts)).sum::<f64>() + empty;
    Ok(BinnedDivergence { divergence, outside: 1.0 - totals[1] / generated.len() as f64 })
}

/// The most bins an axis whose smoothing is at most half of `rows`.
fn most_bins(smoothing: f64, rows: f64, d: usize) -> f64 {
    (0.5 * rows / smoothing).powf(1.0 / d as f64).floor().max(2.0)
}

fn axis(x: &[f64], margin: f64) -> (f64, f64) {
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let reach = (margin * moments(x).1).max(1e-12 * low.abs().max(high.abs()).max(1e-300));
    (low - reach, high + reach)
}

fn check_pair(truth: &Points, generated: &Points) -> Result<()> {
    check_rows(truth, 2, "a divergence")?;
    check_rows(generated, 2, "a divergence")?;
    if truth.dim() == generated.dim() {
        return Ok(());
    }
    Err(Error::input(format!("The series have {} and {} columns, but must agree.", truth.dim(), generated.dim())))
}

/// Settings of the form of mixtures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mixtures {
    /// Variance of the Gaussian around each point, in squared units of the data.
    pub variance: f64,
    /// Most points of a mixture, spread evenly over the series.
    pub centres: usize,
    /// Draws from the true mixture.
    pub draws: usize,
}

impl Default for Mixtures {
    fn default() -> Self {
        Self { variance: 1.0, centres: 10_000, draws: 1000 }
    }
}

/// D_stsp of mixtures, for more dimensions than a grid can have: the divergence of the mixture of Gaussians around the
/// points of `truth` (`n x d`) from that around `generated` (`m x d`), by draws from the first, in nats, with its standard
/// error. O(draws centres d).
///
/// # Errors
/// As [`binned_divergence`]; interruption.
pub fn mixture_divergence(
    truth: &Points,
    generated: &Points,
    settings: &Mixtures,
    ctx: &Context,
) -> Result<(f64, f64)> {
    let s = settings;
    check_pair(truth, generated)?;
    demand(s.variance > 0.0 && s.variance.is_finite(), "variance", s.variance, "positive")?;
    demand(s.centres >= 1, "centres", s.centres, "at least 1")?;
    demand(s.draws >= 2, "draws", s.draws, "at least 2")?;
    let thinned = |x: &Points| {
        let count = s.centres.min(x.len());
        x.select(&(0..count).map(|k| k * x.len() / count).collect::<Vec<_>>())
    };
    let (p, q) = (thinned(truth), thinned(generated));
    let blocks = in_blocks(s.draws, ctx, |range| {
        let one = |k: usize| {
            let mut stream = Stream::new(ctx.seed(), "measure/mixture", k as u64);
            let centre = p.row(stream.below(p.len()));
            let x: Vec<f64> = centre.iter().map(|v| v + s.variance.sqrt() * stream.normal()).collect();
            log_density(&p, &x, s.variance) - log_density(&q, &x, s.variance)
        };
        Ok(range.map(one).collect::<Vec<f64>>())
    })?;
    let all: Vec<f64> = blocks.into_iter().flatten().collect();
    let (mean, spread) = moments(&all);
    Ok((mean, spread / (all.len() as f64).sqrt()))
}

/// The logarithm of the mean of Gaussians around `centres`, up to a constant. Never that of zero: the nearest is factored
/// out.
fn log_density(centres: &Points, x: &[f64], variance: f64) -> f64 {
    let far: Vec<f64> = centres.rows().map(|c| c.iter().zip(x).map(|(c, x)| (c - x).powi(2)).sum()).collect();
    let nearest = far.iter().copied().fold(f64::INFINITY, f64::min);
    let sum: f64 = far.iter().map(|f| (-(f - nearest) / (2.0 * variance)).exp()).sum();
    (sum / centres.len() as f64).ln() - nearest / (2.0 * variance)
}
