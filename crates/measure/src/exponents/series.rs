//! The largest exponent of a series, from how fast neighbours part.

use crate::series::{Line, check_rows, demand, mean_of_parts, scale};
use crate::tree::{Euclidean, Tree, distance};
use crate::work::in_blocks;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Error, Points, Result};

/// Settings of an exponent from data. Lengths are in points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FromData {
    /// Neighbours closer than this in time are of the same stretch and do not count: about a mean period.
    pub theiler: usize,
    /// How far neighbours are followed; by default until they part no more.
    pub horizon: Option<usize>,
    /// First and last point of the fit; by default the middle of the way up, which begins where distances have left the
    /// size of the noise: from 0.2 to 0.6 of it for Rosenstein, whose mean logarithm bends early, and from 0.4 to 0.75 for
    /// Kantz, whose neighbours first have to turn into the direction that grows. Both were chosen on five systems with and
    /// without noise, of which the book has the errors.
    pub fit: Option<(usize, usize)>,
    /// Points that are followed, spread evenly over the series.
    pub references: usize,
    /// For Kantz: the radius of a neighbourhood, as a share of the standard deviation; by default the smallest of a few in
    /// which most points have ten neighbours.
    pub radius: Option<f64>,
}

impl Default for FromData {
    fn default() -> Self {
        Self { theiler: 10, horizon: None, fit: None, references: 10_000, radius: None }
    }
}

/// How neighbours part.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The mean logarithm of the distance after 0, 1, ... points.
    pub logs: Vec<f64>,
    /// First and last point of the fit.
    pub fit: (usize, usize),
    /// The largest exponent, per unit of time.
    pub exponent: f64,
    /// Its error: the scatter of eight stretches of the series, and how much the slope depends on which part of the way up is
    /// fitted. What noise does to all parts alike is not in it.
    pub error: f64,
}

/// Stretches of the reference points, for the error.
const PARTS: usize = 8;

/// The largest Lyapunov exponent of the rows of `x` (`n x d`: states, or an [embedding](crate::embed)), `dt` apart, by
/// the mean logarithm of the distance of nearest neighbours (Rosenstein, Collins and De Luca, Physica D 65, 1993).
/// O(n log n + references horizon).
///
/// # Errors
/// A series too short; a number that is not finite; settings out of range; neighbours that do not part; interruption.
pub fn rosenstein(x: &Points, dt: f64, settings: &FromData, ctx: &Context) -> Result<Divergence> {
    check(x, dt, settings)?;
    let tree = Tree::<Euclidean>::new(x);
    let chosen = References::new(x, settings);
    let blocks = in_blocks(chosen.count, ctx, |range| {
        let near = |k: usize| {
            let i = chosen.place(k);
            // Equal points never part, so they say nothing.
            let keep = |j: usize| i.abs_diff(j) > settings.theiler && x.row(j) != x.row(i);
            tree.nearest(x.row(i), 1, keep).first().map(|found| (k, vec![found.0]))
        };
        Ok(range.filter_map(near).collect::<Vec<_>>())
    })?;
    let pairs: Vec<(usize, Vec<usize>)> = blocks.into_iter().flatten().collect();
    let apart = |i: usize, near: &[usize], step: usize| {
        let j = near[0];
        (i.max(j) + step < x.len()).then(|| distance::<Euclidean>(x.row(i + step), x.row(j + step)))
    };
    chosen.fitted(&pairs, (0.2, 0.6), dt, settings, ctx, apart)
}

/// The largest Lyapunov exponent by neighbourhoods of one radius (Kantz, Phys. Lett. A 185, 1994): the mean over points of
/// the logarithm of the mean distance, so that what scatters within a neighbourhood does not bend the
/// line. Otherwise as [`rosenstein`].
///
/// # Errors
/// As [`rosenstein`]; too few neighbours within the radius.
pub fn kantz(x: &Points, dt: f64, settings: &FromData, ctx: &Context) -> Result<Divergence> {
    check(x, dt, settings)?;
    let tree = Tree::<Euclidean>::new(x);
    let chosen = References::new(x, settings);
    let neighbourhoods = |share: f64| -> Result<Vec<(usize, Vec<usize>)>> {
        let radius = share * scale(x) * (x.dim() as f64).sqrt();
        let blocks = in_blocks(chosen.count, ctx, |range| {
            let mut found = Vec::new();
            for k in range {
                let (i, mut near) = (chosen.place(k), Vec::new());
                tree.within(x.row(i), radius, |j| {
                    if i.abs_diff(j) > settings.theiler {
                        near.push(j);
                    }
                });
                if near.len() >= NEIGHBOURS {
                    // In time, and not all of a crowd: as many as steady a mean.
                    near.sort_unstable();
                    let stride = near.len().div_ceil(MOST_NEIGHBOURS);
                    found.push((k, near.into_iter().step_by(stride).collect()));
                }
            }
            Ok(found)
        })?;
        Ok(blocks.into_iter().flatten().collect())
    };
    let shares = settings.radius.map_or(vec![0.005, 0.01, 0.02, 0.04, 0.08, 0.16], |r| vec![r]);
    let mut sets = Vec::new();
    for share in &shares {
        sets = neighbourhoods(*share)?;
        if 2 * sets.len() >= chosen.count {
            break;
        }
    }
    if sets.len() < 10 * PARTS {
        return Err(Error::failed(format!(
            "Within {} standard deviations only {} of {} points have {NEIGHBOURS} neighbours.",
            shares[shares.len() - 1],
            sets.len(),
            chosen.count
        ))
        .advise("Raise the radius, give a longer series, or fewer dimensions."));
    }
    let apart = |i: usize, near: &[usize], step: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for j in near.iter().filter(|j| (i.max(**j)) + step < x.len()) {
            sum += distance::<Euclidean>(x.row(i + step), x.row(j + step));
            count += 1.0;
        }
        (count > 0.0 && sum > 0.0).then(|| sum / count)
    };
    chosen.fitted(&sets, (0.4, 0.75), dt, settings, ctx, apart)
}

/// Fewest and most neighbours of a neighbourhood.
const NEIGHBOURS: usize = 10;
const MOST_NEIGHBOURS: usize = 100;

fn check(x: &Points, dt: f64, s: &FromData) -> Result<()> {
    check_rows(x, s.theiler.saturating_mul(4).saturating_add(50), "an exponent from data")?;
    demand(dt > 0.0 && dt.is_finite(), "dt", dt, "positive")?;
    demand(s.references >= 20 * PARTS, "references", s.references, "at least 160")?;
    demand(s.radius.is_none_or(|r| r > 0.0), "radius", s.radius.unwrap_or(0.0), "positive")?;
    demand(
        s.horizon.is_none_or(|h| h >= 2 && h < x.len() / 2),
        "horizon",
        s.horizon.unwrap_or(0),
        "from 2 to half of the series",
    )?;
    match s.fit {
        Some((from, to)) => {
            demand(from + 1 < to, "fit", format!("{from} to {to}"), "at least three points, increasing")
        }
        None => Ok(()),
    }
}

/// The points that are followed.
struct References {
    count: usize,
    rows: usize,
}

impl References {
    fn new(x: &Points, s: &FromData) -> Self {
        Self { count: s.references.min(x.len()), rows: x.len() }
    }

    fn place(&self, k: usize) -> usize {
        k * self.rows / self.count
    }

    /// Mean logarithms after each step up to `horizon`, for each part: `PARTS x (horizon + 1)`.
    fn logs(
        &self,
        sets: &[(usize, Vec<usize>)],
        horizon: usize,
        ctx: &Context,
        apart: &(impl Fn(usize, &[usize], usize) -> Option<f64> + Sync),
    ) -> Result<Vec<Vec<f64>>> {
        let blocks = in_blocks(sets.len(), ctx, |range| {
            let mut sums = vec![vec![(0.0, 0_u64); horizon + 1]; PARTS];
            for (k, near) in &sets[range] {
                let part = &mut sums[k * PARTS / self.count];
                for (step, sum) in part.iter_mut().enumerate() {
                    if let Some(length) = apart(self.place(*k), near, step).filter(|length| *length > 0.0) {
                        *sum = (sum.0 + length.ln(), sum.1 + 1);
                    }
                }
            }
            Ok(sums)
        })?;
        let mut total = vec![vec![(0.0, 0_u64); horizon + 1]; PARTS];
        for block in blocks {
            for (part, add) in total.iter_mut().zip(block) {
                part.iter_mut().zip(add).for_each(|(sum, add)| *sum = (sum.0 + add.0, sum.1 + add.1));
            }
        }
        Ok(total.iter().map(|part| part.iter().map(|(sum, count)| sum / *count as f64).collect()).collect())
    }

    fn fitted(
        &self,
        sets: &[(usize, Vec<usize>)],
        shares: (f64, f64),
        dt: f64,
        settings: &FromData,
        ctx: &Context,
        apart: impl Fn(usize, &[usize], usize) -> Option<f64> + Sync,
    ) -> Result<Divergence> {
        let (mut horizon, most) = (settings.horizon.unwrap_or(16.max(2 * settings.theiler)), self.rows / 4);
        horizon = horizon.min(most);
        let (parts, logs) = loop {
            let parts = self.logs(sets, horizon, ctx, &apart)?;
            let logs = averaged(&parts);
            if settings.horizon.is_some() || horizon == most || has_saturated(&logs) {
                break (parts, logs);
            }
            horizon = (2 * horizon).min(most);
        };
        if logs.len() < 3 || logs.iter().any(|v| !v.is_finite()) {
            return Err(Error::failed("Too few points have a neighbour whose way can be followed.")
                .advise("Give a longer series, or follow them less far."));
        }
        let fit = match settings.fit {
            Some((from, to)) if to < logs.len() => (from, to),
            Some((_, to)) => {
                return Err(Error::input(format!(
                    "The fit ends at point {to}, but neighbours are followed for {horizon}."
                ))
                .advise("Raise horizon."));
            }
            None => climb(&logs, shares),
        };
        let steps: Vec<f64> = (fit.0..=fit.1).map(|k| k as f64 * dt).collect();
        let slope = |logs: &[f64]| Line::through(&steps, &logs[fit.0..=fit.1]).slope;
        let slopes: Vec<f64> = parts.iter().map(|part| slope(part)).filter(|s| s.is_finite()).collect();
        let error = mean_of_parts(&slopes).1.hypot(if settings.fit.is_none() { leeway(&logs, dt) } else { 0.0 });
        Ok(Divergence { exponent: slope(&logs), error, fit, logs })
    }
}

/// Mean of the parts, each by its weight of one.
fn averaged(parts: &[Vec<f64>]) -> Vec<f64> {
    let column = |k: usize| parts.iter().map(move |p| p[k]).filter(|v| v.is_finite());
    (0..parts[0].len()).map(|k| column(k).sum::<f64>() / column(k).count() as f64).collect()
}

/// Whether the second half climbs no more: by less than a twentieth of the whole.
fn has_saturated(logs: &[f64]) -> bool {
    let most = |part: &[f64]| part.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (first, second) = logs.split_at(logs.len() / 2);
    most(second) - most(first) < 0.05 * (most(logs) - logs[0])
}

/// How many times steeper than the rest of the way up a step is that noise makes: neighbours were chosen for being near, and
/// their noise is another one at the next point.
const JUMP: f64 = 2.5;

/// Where the way up begins: behind steps in which distances jump from what neighbours were chosen by to the size of noise.
fn foot(logs: &[f64]) -> usize {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let late = logs.iter().position(|v| *v >= logs[0] + 0.8 * (top - logs[0])).unwrap_or(0);
    let jumps = |k: usize| logs[k + 1] - logs[k] > JUMP * (logs[late] - logs[k + 1]) / (late - k - 1) as f64;
    (0..late.saturating_sub(3)).take_while(|k| jumps(*k)).count()
}

/// Half of how much the slope differs between parts of the way up.
fn leeway(logs: &[f64], dt: f64) -> f64 {
    let slopes = [(0.1, 0.5), (0.2, 0.6), (0.3, 0.7), (0.4, 0.8)].map(|shares| {
        let (from, to) = climb(logs, shares);
        let steps: Vec<f64> = (from..=to).map(|k| k as f64 * dt).collect();
        Line::through(&steps, &logs[from..=to]).slope
    });
    let [low, high] = [f64::min, f64::max].map(|pick| slopes.into_iter().reduce(pick).unwrap_or(0.0));
    0.5 * (high - low)
}

/// From where the first of two shares of the climb is done for good, to where the second is reached first; at least three
/// points. All of them where distances do not even grow by a factor of e, for then nothing is exponential.
fn climb(logs: &[f64], shares: (f64, f64)) -> (usize, usize) {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let foot = logs[foot(logs)];
    if top - foot < 1.0 {
        return (0, logs.len() - 1);
    }
    let level = |share: f64| foot + share * (top - foot);
    let to = logs.iter().position(|v| *v >= level(shares.1)).unwrap_or(logs.len() - 1).max(2);
    let from = (0..=to).rev().find(|&k| logs[k] < level(shares.0)).unwrap_or(0).min(to - 2);
    (from, to)
}
