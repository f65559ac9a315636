//! Recurrence quantification: what lines the times make at which a motion comes back.

use crate::entropy::of_counts;
use crate::series::{check_rows, demand};
use crate::tree::{Euclidean, distance};
use crate::work::in_blocks;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Error, Points, Result};

/// Settings of recurrence quantification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recurrence {
    /// Two points closer than this recur, in units of the data; by default such that a share `rate` of pairs does.
    pub radius: Option<f64>,
    /// Share of pairs that recur, where no radius is given.
    pub rate: f64,
    /// Pairs closer than this many points in time do not count, at least 1.
    pub theiler: usize,
    /// Points of the shortest diagonal line that counts, at least 2.
    pub diagonal: usize,
    /// Points of the shortest vertical line that counts, at least 2.
    pub vertical: usize,
    /// Most points; longer series are thinned to them, evenly. The cost is their square.
    pub most: usize,
}

impl Default for Recurrence {
    fn default() -> Self {
        Self { radius: None, rate: 0.05, theiler: 1, diagonal: 2, vertical: 2, most: 20_000 }
    }
}

/// Figures of recurrence (Marwan, Romano, Thiel and Kurths, Phys. Rep. 438, 2007). Lengths are in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurring {
    /// The radius, in units of the data.
    pub radius: f64,
    /// RR: share of pairs that recur.
    pub rate: f64,
    /// DET: share of recurring pairs on diagonal lines, along which a stretch of motion repeats.
    pub determinism: f64,
    /// L: mean length of diagonal lines.
    pub mean_diagonal: f64,
    /// Lmax: the longest diagonal line.
    pub longest_diagonal: f64,
    /// ENTR: Shannon entropy in nats of the lengths of diagonal lines.
    pub entropy: f64,
    /// LAM: share of recurring pairs on vertical lines, along which the motion stays.
    pub laminarity: f64,
    /// TT: mean length of vertical lines.
    pub trapping_time: f64,
}

/// Recurrence quantification of the rows of `x`. O(n^2) distances for n rows, memory O(n).
///
/// # Errors
/// Fewer than 10 rows beyond the window, a number that is not finite, settings out of range, no pair that recurs;
/// interruption.
pub fn recurrence(x: &Points, settings: &Recurrence, ctx: &Context) -> Result<Recurring> {
    let s = settings;
    demand(s.theiler >= 1, "theiler", s.theiler, "at least 1")?;
    demand(s.diagonal >= 2, "diagonal", s.diagonal, "at least 2")?;
    demand(s.vertical >= 2, "vertical", s.vertical, "at least 2")?;
    demand(0.0 < s.rate && s.rate < 1.0, "rate", s.rate, "between 0 and 1")?;
    demand(s.radius.is_none_or(|r| r >= 0.0), "radius", s.radius.unwrap_or(0.0), "not negative")?;
    demand(s.most >= 10, "most", s.most, "at least 10")?;
    check_rows(x, s.theiler.saturating_add(10), "recurrence quantification")?;
    let thinned;
    let x = if x.len() > s.most {
        thinned = x.select(&(0..s.most).map(|k| k * x.len() / s.most).collect::<Vec<_>>());
        &thinned
    } else {
        x
    };
    let n = x.len();
    let radius = s.radius.unwrap_or_else(|| radius_of(x, s.rate, s.theiler));
    // Squares suffice to compare.
    let square = radius * radius;
    let (d, values) = (x.dim(), x.values());
    let near = |i: usize, j: usize| {
        let (a, b) = (&values[i * d..(i + 1) * d], &values[j * d..(j + 1) * d]);
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() <= square
    };
    // A diagonal at each lag; those below the main one are the same lines again.
    let diagonals = lines(n - s.theiler, ctx, |k, tally| {
        let lag = k + s.theiler;
        tally.scan((0..n - lag).map(|i| near(i, i + lag)));
    })?;
    let verticals = lines(n, ctx, |column, tally| {
        tally.scan((0..n).map(|i| i.abs_diff(column) >= s.theiler && near(i, column)));
    })?;
    let pairs = (n - s.theiler) as f64 * (n - s.theiler + 1) as f64 / 2.0;
    let points = diagonals.points(1);
    if points == 0.0 {
        return Err(Error::failed(format!("No two of {n} points are within {radius} of each other."))
            .advise("Raise the radius, or give a rate in its place."));
    }
    Ok(Recurring {
        radius,
        rate: points / pairs,
        determinism: diagonals.points(s.diagonal) / points,
        mean_diagonal: diagonals.mean(s.diagonal),
        longest_diagonal: diagonals.longest() as f64,
        entropy: of_counts(diagonals.0.iter().skip(s.diagonal).copied().filter(|c| *c > 0)),
        laminarity: verticals.points(s.vertical) / verticals.points(1),
        trapping_time: verticals.mean(s.vertical),
    })
}

/// The radius within which a share `rate` of pairs lies, from some 10^6 pairs spread evenly.
fn radius_of(x: &Points, rate: f64, theiler: usize) -> f64 {
    let stride = x.len().div_ceil(1000);
    let chosen = (0..x.len()).step_by(stride);
    let mut all: Vec<f64> = chosen
        .flat_map(|i| {
            let others = (0..x.len()).skip(i % stride).step_by(stride.max(1));
            others.filter(move |j| i + theiler <= *j).map(move |j| distance::<Euclidean>(x.row(i), x.row(j)))
        })
        .collect();
    if all.is_empty() {
        return 0.0;
    }
    let rank = ((rate * all.len() as f64) as usize).min(all.len() - 1);
    *all.select_nth_unstable_by(rank, f64::total_cmp).1
}

/// How many lines there are of each length.
struct Lines(Vec<u64>);

impl Lines {
    fn scan(&mut self, row: impl Iterator<Item = bool>) {
        let mut length = 0;
        for hit in row {
            if hit {
                length += 1;
            } else {
                self.end(length);
                length = 0;
            }
        }
        self.end(length);
    }

    fn end(&mut self, length: usize) {
        if length == 0 {
            return;
        }
        if self.0.len() <= length {
            self.0.resize(length + 1, 0);
        }
        self.0[length] += 1;
    }

    /// Mean length, 0 where there are none.
    fn mean(&self, least: usize) -> f64 {
        self.points(least) / (self.0.iter().skip(least).sum::<u64>() as f64).max(1.0)
    }

    fn points(&self, least: usize) -> f64 {
        self.0.iter().enumerate().skip(least).map(|(length, count)| length as u64 * count).sum::<u64>() as f64
    }

    fn longest(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

/// The lines of `n` rows that `row` scans.
fn lines(n: usize, ctx: &Context, row: impl Fn(usize, &mut Lines) + Sync + Send) -> Result<Lines> {
    let parts = in_blocks(n, ctx, |range| {
        let mut tally = Lines(Vec::new());
        range.for_each(|k| row(k, &mut tally));
        Ok(tally)
    })?;
    let longest = parts.iter().map(|p| p.0.len()).max().unwrap_or(0);
    let mut total = vec![0; longest];
    for part in parts {
        total.iter_mut().zip(part.0).for_each(|(sum, c)| *sum += c);
    }
    Ok(Lines(total))
}
