//! Exact transport on the line by sorting.

use crate::{Plan, plan::Sparse};
use thalweg_core::{Error, Result};

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
    merge(&sorted(x, a), &sorted(y, b), |i, j, mass| entries.push((i, j, mass, cost(x[i], y[j]))));
    Ok(Plan::Sparse(Sparse::new(x.len(), y.len(), entries)))
}

/// W1 on the line, `integral |F^-1 - G^-1|`, without building a plan.
pub(crate) fn line_w1(x: &[f64], a: &[f64], y: &[f64], b: &[f64]) -> f64 {
    line_cost(x, a, y, b, |r| r)
}

/// `integral cost(|F^-1 - G^-1|)` for a convex `cost`, without building a plan.
pub(crate) fn line_cost(x: &[f64], a: &[f64], y: &[f64], b: &[f64], cost: impl Fn(f64) -> f64) -> f64 {
    let mut total = 0.0;
    merge(&sorted(x, a), &sorted(y, b), |i, j, mass| total += mass * cost((x[i] - y[j]).abs()));
    total
}

/// W2 on the line, the root of `integral |F^-1 - G^-1|^2`, without building a plan.
pub(crate) fn line_w2(x: &[f64], a: &[f64], y: &[f64], b: &[f64]) -> f64 {
    let mut moves = Vec::with_capacity(x.len() + y.len());
    merge(&sorted(x, a), &sorted(y, b), |i, j, mass| moves.push((mass, (x[i] - y[j]).abs())));
    root_mean_square(&moves)
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

/// Atoms with positive weight in order, each with the cumulative probability at its end.
fn sorted(x: &[f64], a: &[f64]) -> Vec<(usize, f64)> {
    let mut order: Vec<usize> = (0..x.len()).filter(|i| a[*i] > 0.0).collect();
    order.sort_by(|i, j| x[*i].total_cmp(&x[*j]));
    let mass: f64 = order.iter().map(|i| a[*i]).sum();
    let mut running = 0.0;
    let mut atoms: Vec<(usize, f64)> = order
        .into_iter()
        .map(|i| {
            running += a[i];
            (i, running / mass)
        })
        .collect();
    if let Some(last) = atoms.last_mut() {
        last.1 = 1.0;
    }
    atoms
}

/// Calls `pair(i, j, mass)` along the monotone coupling.
fn merge(source: &[(usize, f64)], target: &[(usize, f64)], mut pair: impl FnMut(usize, usize, f64)) {
    let (mut s, mut t, mut done) = (0, 0, 0.0);
    while s < source.len() && t < target.len() {
        let end = source[s].1.min(target[t].1);
        if end > done {
            pair(source[s].0, target[t].0, end - done);
            done = end;
        }
        // Ends equal on both sides finish both atoms.
        let (source_end, target_end) = (source[s].1, target[t].1);
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
