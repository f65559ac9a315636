//! Balanced transport where epsilon is far beyond every cost, and the plan is independent but for a little.
//!
//! Potentials are of the size of the costs, and `(f + g - C) / epsilon` is lost in rounding once it is added to
//! logarithms of weights. So the half-steps are made of `expm1` and `log1p`, and the entropy of its own terms, which are
//! squares: every figure is exact to rounding for any epsilon. A half-step leaves the square of the largest cost over
//! epsilon, so that a few are enough.

use super::iterate::Problem;
use super::{Entropic, Potentials};
use crate::MarginalPenalty;
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Budget, Result};

/// Epsilon over the largest cost from which a plan counts as flat.
const FLAT: f64 = 1e4;
/// Iterations: each leaves 1e-8 of the error or less.
const ROUNDS: usize = 3;
/// A mass this near to one is one: weights that are shares sum to it up to rounding, of which epsilon makes any number.
const SHARES: f64 = 1e-12;

impl Problem<'_> {
    /// Whether the costs are so small against epsilon that sums of powers do not tell them.
    pub(super) fn is_small(&self) -> bool {
        self.settings.epsilon >= FLAT * self.bound
    }

    /// Whether the plan is nearly the product of the weights.
    pub(super) fn is_flat(&self) -> bool {
        let exact = |penalty| penalty == MarginalPenalty::Exact;
        let balanced = exact(self.settings.source) && exact(self.settings.target);
        balanced && !self.costs.restricted && self.is_small()
    }

    /// Pair by pair, under potentials of the plan itself: its cost, its entropy `KL(pi | a x b)` times epsilon, and what
    /// `a x b` has more in mass, times epsilon.
    pub(super) fn sums_of_pairs(&self, f: &[f64], g: &[f64]) -> Result<[f64; 3]> {
        let epsilon = self.settings.epsilon;
        let rows = self.each(self.a.len(), |i| {
            let mut sum = [0.0; 3];
            for (j, b) in self.b.iter().enumerate().filter(|(_, b)| **b > 0.0) {
                let cost = self.costs.at(i, j);
                let slack = f[i] + g[j] - cost;
                let t = slack / epsilon;
                sum[0] += if cost.is_finite() { b * cost * t.exp() } else { 0.0 };
                sum[1] += b * entropy(slack, t, epsilon);
                sum[2] -= b * epsilon * t.exp_m1();
            }
            sum.map(|s| if self.a[i] > 0.0 { self.a[i] * s } else { 0.0 })
        })?;
        Ok(rows.iter().fold([0.0; 3], |sum, row| [0, 1, 2].map(|k| sum[k] + row[k])))
    }

    /// The plan `a_i b_j / M exp((f_i + g_j - C_ij) / epsilon)` of balanced weights of mass `M`.
    pub(super) fn solve_flat(&self) -> Result<Entropic> {
        let (start, epsilon) = (Instant::now(), self.settings.epsilon);
        let (rows, columns) = (self.a.len(), self.b.len());
        let (mass_a, mass_b): (f64, f64) = (self.a.iter().sum(), self.b.iter().sum());
        let (mut f, mut g) = (vec![0.0; rows], vec![0.0; columns]);
        // What the columns have too much, over their mass.
        let mut over = vec![0.0; columns];
        let mut history = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            f = self.each(rows, |i| {
                let term = |j: usize| self.b[j] * ((g[j] - self.costs.at(i, j)) / epsilon).exp_m1();
                -epsilon * ((0..columns).map(term).sum::<f64>() / mass_b).ln_1p()
            })?;
            over = self.each(columns, |j| {
                let term = |i: usize| self.a[i] * ((f[i] + g[j] - self.costs.at(i, j)) / epsilon).exp_m1();
                (0..rows).map(term).sum::<f64>() / mass_a
            })?;
            history.push(over.iter().zip(self.b).map(|(o, b)| (o * b).abs()).sum::<f64>() / mass_b);
            if history.len() < ROUNDS {
                g.iter_mut().zip(&over).for_each(|(g, o)| *g -= epsilon * o.ln_1p());
            }
        }
        let terms = self.each(rows, |i| self.row_terms(i, &f, &g))?;
        let sum = |of: fn(&(f64, f64)) -> f64| terms.iter().zip(self.a).map(|(t, a)| a * of(t)).sum::<f64>() / mass_b;
        let (cost, entropy) = (sum(|t| t.0), sum(|t| t.1));
        // Against `a b` in place of `a b / M`.
        let excess = mass_b - 1.0;
        let scale = if excess.abs() <= SHARES { 0.0 } else { epsilon * mass_a * (excess - excess.ln_1p()) };
        let shift = if excess.abs() <= SHARES { 0.0 } else { epsilon * excess.ln_1p() };
        let dot = |p: &[f64], w: &[f64]| p.iter().zip(w).map(|(p, w)| p * w).sum::<f64>();
        let dual = dot(&f, self.a) + dot(&g, self.b) + scale;
        f.iter_mut().for_each(|f| *f -= shift);
        let residual = history[ROUNDS - 1];
        let budget = (residual > self.settings.tolerance).then_some(Budget::Precision);
        Ok(Entropic {
            potentials: Potentials { source: f, target: g },
            row_sums: self.a.to_vec(),
            column_sums: over.iter().zip(self.b).map(|(o, b)| b * (1.0 + o)).collect(),
            cost,
            objective: cost + entropy + scale,
            dual,
            epsilon,
            report: self.report(residual, &history, budget).timed(start),
            history,
        })
    }

    /// The cost of row `i` and its entropy times epsilon, over its weight and times `M`.
    fn row_terms(&self, i: usize, f: &[f64], g: &[f64]) -> (f64, f64) {
        let epsilon = self.settings.epsilon;
        let term = |j: usize| {
            let cost = self.costs.at(i, j);
            let slack = f[i] + g[j] - cost;
            let t = slack / epsilon;
            (self.b[j] * cost * t.exp(), self.b[j] * entropy(slack, t, epsilon))
        };
        (0..self.b.len()).map(term).fold((0.0, 0.0), |sum, t| (sum.0 + t.0, sum.1 + t.1))
    }

    fn each<T: Send>(&self, count: usize, of: impl Fn(usize) -> T + Sync) -> Result<Vec<T>> {
        (0..count)
            .into_par_iter()
            .map(|k| {
                (self.stop)()?;
                Ok(of(k))
            })
            .collect()
    }
}

/// `epsilon (t e^t - (e^t - 1))` for `t = slack / epsilon`.
fn entropy(slack: f64, t: f64, epsilon: f64) -> f64 {
    if t.abs() <= 5e-4 {
        // The rest of the series is below 1e-13 of it.
        return slack * t * (0.5 + t * (1.0 / 3.0 + t * (0.125 + t / 30.0)));
    }
    let power = if t == f64::NEG_INFINITY { 0.0 } else { t * t.exp() };
    epsilon * (power - t.exp_m1())
}
