//! Exact transport on the line by sorting.

use crate::simd::LANES;
use crate::sort::ascending;
use crate::{Plan, plan::Sparse};
use std::borrow::Cow;
use thalweg_core::{Error, Result};

/// A mean square below this may have lost squares that are no numbers.
const LEAST_SQUARE: f64 = 1e-200;

/// Optimal plan on the line for any convex cost of the distance: the monotone coupling of the sorted atoms.
///
/// `x`, `y` are positions with weights `a`, `b`, each side normalised to mass 1; `cost` is evaluated on the pairs
/// of the plan. Costs `O(n log n + m log m)`. Atoms of weight 0 get empty rows.
///
/// # Errors
/// Lengths that do not fit, positions that are not finite, weights that are negative, not finite or all zero.
pub fn line(x: &[f64], a: &[f64], y: &[f64], b: &[f64], cost: impl Fn(f64, f64) -> f64) -> Result<Plan> {
    check(x, a)?;
    check(y, b)?;
    let mut entries = Vec::with_capacity(x.len() + y.len());
    let ((source, s), (target, t)) = (sorted(x, a), sorted(y, b));
    merge((s.len(), |i| s[i]), (t.len(), |j| t[j]), |i, j, mass| {
        let (i, j) = (source[i], target[j]);
        entries.push((i, j, mass, cost(x[i], y[j])));
    });
    Ok(Plan::Sparse(Sparse::new(x.len(), y.len(), entries)))
}

/// W1 on the line, `integral |F^-1 - G^-1|`, without building a plan.
pub(crate) fn line_w1(x: &Sorted<'_>, y: &Sorted<'_>) -> f64 {
    x.cost(y, |r| r)
}

/// W2 on the line, the root of `integral |F^-1 - G^-1|^2`, without building a plan.
pub(crate) fn line_w2(x: &Sorted<'_>, y: &Sorted<'_>) -> f64 {
    let square = x.cost(y, |r| r * r);
    if (LEAST_SQUARE..f64::INFINITY).contains(&square) {
        return square.sqrt();
    }
    let mut moves = Vec::with_capacity(x.at.len() + y.at.len());
    x.moves(y, |mass, gap| moves.push((mass, gap)));
    root_mean_square(&moves)
}

/// Positions in order, with the cumulative probability at the end of each.
pub(crate) struct Sorted<'a> {
    at: Cow<'a, [f64]>,
    /// None for equal weights, where the end of atom `i` of `n` is `(i + 1) / n`.
    ends: Option<Vec<f64>>,
}

impl<'a> Sorted<'a> {
    /// Positions with their weights.
    pub(crate) fn new(x: &[f64], a: &[f64]) -> Sorted<'static> {
        match uneven(a) {
            Some(a) => Sorted::weighted(x, a),
            None => {
                let mut at = x.to_vec();
                ascending(&mut at, &mut Vec::new(), |v| *v);
                Sorted { at: Cow::Owned(at), ends: None }
            }
        }
    }

    /// As [`Sorted::new`] with what [`uneven`] says of the weights; equal ones are sorted where they lie, `scratch` is for
    /// use again.
    pub(crate) fn in_place(x: &'a mut [f64], uneven: Option<&[f64]>, scratch: &mut Vec<f64>) -> Self {
        if let Some(a) = uneven {
            return Sorted::weighted(x, a);
        }
        ascending(x, scratch, |v| *v);
        Self { at: Cow::Borrowed(x), ends: None }
    }

    fn weighted(x: &[f64], a: &[f64]) -> Sorted<'static> {
        let mut atoms: Vec<(f64, f64)> = x.iter().copied().zip(a.iter().copied()).filter(|(_, w)| *w > 0.0).collect();
        ascending(&mut atoms, &mut Vec::new(), |(v, _)| *v);
        let ends = cumulated(atoms.iter().map(|(_, w)| *w));
        Sorted { at: atoms.into_iter().map(|(v, _)| v).collect(), ends: Some(ends) }
    }

    fn end(&self, i: usize) -> f64 {
        self.ends.as_ref().map_or((i + 1) as f64 / self.at.len() as f64, |ends| ends[i])
    }

    /// Whether atom `i` goes to atom `i`: as many of equal weights.
    fn one_to_one(&self, other: &Self) -> bool {
        self.ends.is_none() && other.ends.is_none() && self.at.len() == other.at.len()
    }

    /// `integral cost(|F^-1 - G^-1|)` for a convex `cost`.
    pub(crate) fn cost(&self, other: &Sorted<'_>, cost: impl Fn(f64) -> f64) -> f64 {
        if !self.one_to_one(other) {
            let mut total = 0.0;
            self.moves(other, |mass, gap| total += mass * cost(gap));
            return total;
        }
        let mass = 1.0 / self.at.len() as f64;
        let term = |x: f64, y: f64| mass * cost((x - y).abs());
        let ((x, xs), (y, ys)) = (self.at.as_chunks::<LANES>(), other.at.as_chunks::<LANES>());
        let mut lanes = [0.0; LANES];
        for (x, y) in x.iter().zip(y) {
            for l in 0..LANES {
                lanes[l] += term(x[l], y[l]);
            }
        }
        xs.iter().zip(ys).fold(lanes.into_iter().sum(), |sum, (x, y)| sum + term(*x, *y))
    }

    /// Calls `pair(mass, distance)` along the monotone coupling.
    fn moves(&self, other: &Sorted<'_>, mut pair: impl FnMut(f64, f64)) {
        let (n, m) = (self.at.len(), other.at.len());
        if self.one_to_one(other) {
            let mass = 1.0 / n as f64;
            self.at.iter().zip(other.at.iter()).for_each(|(x, y)| pair(mass, (x - y).abs()));
        } else {
            merge((n, |i| self.end(i)), (m, |j| other.end(j)), |i, j, mass| {
                pair(mass, (self.at[i] - other.at[j]).abs())
            });
        }
    }
}

/// The weights where they are not all equal.
pub(crate) fn uneven(a: &[f64]) -> Option<&[f64]> {
    a.iter().any(|w| *w != a[0]).then_some(a)
}

/// `sqrt(sum mass value^2)` of pairs `(mass, value)`: finite, and not zero, wherever the answer can be written as a number.
pub(crate) fn root_mean_square(pairs: &[(f64, f64)]) -> f64 {
    let largest = pairs.iter().fold(0.0_f64, |most, (_, value)| most.max(*value));
    if !(largest > 0.0 && largest.is_finite()) {
        return largest;
    }
    // By a power of two, which rounds nothing; its square would overflow.
    let unit = largest.log2().floor().exp2();
    unit * pairs.iter().map(|(mass, value)| mass * (value / unit).powi(2)).sum::<f64>().sqrt()
}

/// Atoms with positive weight in order, and the cumulative probability at the end of each.
pub(crate) fn sorted(x: &[f64], a: &[f64]) -> (Vec<usize>, Vec<f64>) {
    let mut atoms: Vec<(f64, usize)> = (0..x.len()).filter(|i| a[*i] > 0.0).map(|i| (x[i], i)).collect();
    ascending(&mut atoms, &mut Vec::new(), |(v, _)| *v);
    let order: Vec<usize> = atoms.into_iter().map(|(_, i)| i).collect();
    let ends = cumulated(order.iter().map(|i| a[*i]));
    (order, ends)
}

/// Sums of positive weights up to and with each, of all.
fn cumulated(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut ends: Vec<f64> = weights
        .scan(0.0, |running, w| {
            *running += w;
            Some(*running)
        })
        .collect();
    let mass = ends.last().copied().unwrap_or(1.0);
    ends.iter_mut().for_each(|e| *e /= mass);
    ends
}

/// Calls `pair(i, j, mass)` along the monotone coupling of sides given by the number of their atoms and their ends.
pub(crate) fn merge(
    (n, source): (usize, impl Fn(usize) -> f64),
    (m, target): (usize, impl Fn(usize) -> f64),
    mut pair: impl FnMut(usize, usize, f64),
) {
    let (mut s, mut t, mut done) = (0, 0, 0.0);
    while s < n && t < m {
        // Ends equal on both sides finish both atoms.
        let (source_end, target_end) = (source(s), target(t));
        let end = source_end.min(target_end);
        if end > done {
            pair(s, t, end - done);
            done = end;
        }
        s += usize::from(source_end <= end);
        t += usize::from(target_end <= end);
    }
}

pub(crate) fn check(x: &[f64], a: &[f64]) -> Result<()> {
    if x.len() != a.len() {
        return Err(Error::input(format!("{} positions came with {} weights.", x.len(), a.len())));
    }
    if let Some(v) = x.iter().find(|v| !v.is_finite()) {
        return Err(Error::input(format!("A position is {v}, but every position must be a finite number.")));
    }
    check_weights(a)
}

/// Refuses weights that are negative, not finite or all zero.
pub(crate) fn check_weights(a: &[f64]) -> Result<()> {
    if let Some(i) = a.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(Error::input(format!("Weight {i} is {}, but weights must be finite and not negative.", a[i])));
    }
    let mass: f64 = a.iter().sum();
    if !(mass > 0.0 && mass.is_finite()) {
        return Err(Error::input(format!("The weights sum to {mass}, but transport needs positive and finite mass.")));
    }
    Ok(())
}
