//! Unregularised unbalanced transport by majorisation and minimisation.

use crate::CostMatrix;
use crate::line::check_weights;
use crate::simd::{self, LANES};
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::wide;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};

/// Keeps an empty row or column from dividing zero by zero.
const FLOOR: f64 = 1e-16;
/// Rows of one share of the work; sums are over shares in their order.
const TILE: usize = 64;

/// How far a marginal or a plan is from its reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discrepancy {
    /// `sum p log(p / q) - p + q`.
    KullbackLeibler,
    /// `1/2 sum (p - q)^2`.
    Squared,
}

/// `min sum pi C + rho_1 D(pi 1 | a) + rho_2 D(pi' 1 | b) + epsilon D(pi | reference)`.
///
/// Reference: Chapel, Flamary, Wu, Févotte, Gasso, NeurIPS 2021.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Majorise {
    /// D.
    pub divergence: Discrepancy,
    /// Weights of the two marginal penalties, in units of the cost.
    pub rho: (f64, f64),
    /// Weight of the penalty on the plan, 0 for none.
    pub epsilon: f64,
    /// Stops once the plan moves by less than this in Frobenius norm.
    pub tolerance: f64,
    /// Budget of iterations.
    pub max_iterations: usize,
}

impl Majorise {
    /// Improves `plan` (row-major `n x m`, positive where mass may go) in place. `O(n m)` an iteration.
    ///
    /// # Errors
    /// Shapes that do not fit, weights that are negative, penalties that are not positive and finite, interruption.
    pub fn solve(
        &self,
        ctx: &Context,
        a: &[f64],
        b: &[f64],
        cost: &CostMatrix,
        reference: &[f64],
        plan: &mut [f64],
    ) -> Result<Report> {
        self.check(a, b, cost, &[reference, plan])?;
        let start = Instant::now();
        let m = b.len();
        ctx.install(|| {
            let kernel = self.kernel(a, b, cost, reference);
            let mut sums = Sums::of(plan, m);
            let mut change = f64::INFINITY;
            let mut iterations = 0;
            while iterations < self.max_iterations.max(1) && (change >= self.tolerance || change.is_nan()) {
                ctx.check_stop()?;
                change = self.step(plan, &kernel, &mut sums).sqrt();
                iterations += 1;
            }
            Ok(self.report(change, iterations).timed(start))
        })
    }

    /// What the multiplicative step does not change.
    fn kernel(&self, a: &[f64], b: &[f64], cost: &CostMatrix, reference: &[f64]) -> Vec<f64> {
        let (rho_a, rho_b) = self.rho;
        let total = rho_a + rho_b + self.epsilon;
        let entry = |i: usize, j: usize| {
            let (c, r) = (cost.at(i, j), if self.epsilon > 0.0 { reference[i * b.len() + j] } else { 0.0 });
            match self.divergence {
                Discrepancy::Squared => (rho_a * a[i] + rho_b * b[j] + self.epsilon * r - c).max(0.0),
                Discrepancy::KullbackLeibler => {
                    let share = if self.epsilon > 0.0 { r.powf(self.epsilon / total) } else { 1.0 };
                    a[i].powf(rho_a / total) * b[j].powf(rho_b / total) * share * (-c / total).exp()
                }
            }
        };
        (0..a.len())
            .into_par_iter()
            .flat_map_iter(|i| (0..b.len()).map(move |j| (i, j)))
            .map(|(i, j)| entry(i, j))
            .collect()
    }

    /// One multiplicative step, which leaves the sums of the new plan; returns the squared change.
    fn step(&self, plan: &mut [f64], kernel: &[f64], sums: &mut Sums) -> f64 {
        let (m, epsilon) = (sums.columns.len(), self.epsilon);
        let total = self.rho.0 + self.rho.1 + epsilon;
        let kept = (self.rho.0 + self.rho.1) / total;
        let factors = |rho: f64, sums: &[f64]| -> Vec<f64> {
            match self.divergence {
                Discrepancy::Squared => sums.iter().map(|s| rho * s).collect(),
                Discrepancy::KullbackLeibler => sums.iter().map(|s| s.powf(rho / total)).collect(),
            }
        };
        let (of_rows, of_columns) = (factors(self.rho.0, &sums.rows), factors(self.rho.1, &sums.columns));
        let on_row = |row: &mut [f64], kernel: &[f64], factor: f64| match self.divergence {
            Discrepancy::Squared => squared(row, kernel, factor, &of_columns, epsilon),
            Discrepancy::KullbackLeibler if epsilon == 0.0 => entropic(row, kernel, factor, &of_columns),
            Discrepancy::KullbackLeibler => powered(row, kernel, factor, &of_columns, kept),
        };
        let tiles = plan.par_chunks_mut(TILE * m).zip(kernel.par_chunks(TILE * m)).zip(of_rows.par_chunks(TILE));
        let parts: Vec<(f64, Vec<f64>)> = tiles
            .zip(sums.rows.par_chunks_mut(TILE))
            .map(|(((plan, kernel), factors), rows)| {
                let (mut change, mut columns) = (0.0, vec![0.0; m]);
                let tile = plan.chunks_exact_mut(m).zip(kernel.chunks_exact(m)).zip(factors).zip(rows);
                for (((row, kernel), factor), sum) in tile {
                    let (moved, now) = on_row(row, kernel, *factor);
                    change += moved;
                    *sum = now;
                    columns.iter_mut().zip(&*row).for_each(|(s, v)| *s += v);
                }
                (change, columns)
            })
            .collect();
        for (j, column) in sums.columns.iter_mut().enumerate() {
            *column = parts.iter().map(|(_, columns)| columns[j]).sum();
        }
        parts.iter().map(|(change, _)| change).sum()
    }

    fn check(&self, a: &[f64], b: &[f64], cost: &CostMatrix, dense: &[&[f64]]) -> Result<()> {
        check_weights(a)?;
        check_weights(b)?;
        let entries = a.len() * b.len();
        if a.len() != cost.rows() || b.len() != cost.cols() || dense.iter().any(|d| d.len() != entries) {
            return Err(Error::input(format!(
                "{} and {} weights do not fit a cost of {} rows and {} columns with its plan and reference.",
                a.len(),
                b.len(),
                cost.rows(),
                cost.cols()
            )));
        }
        for (name, value) in [("source", self.rho.0), ("target", self.rho.1)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::input(format!(
                    "The marginal penalty of the {name} is {value}, but it must be positive and finite."
                ))
                .advise("Use balanced transport where both marginals must be met."));
            }
        }
        if !(self.epsilon >= 0.0 && self.epsilon.is_finite()) {
            return Err(Error::input(format!(
                "The penalty on the plan is {}, but it must not be negative.",
                self.epsilon
            )));
        }
        Ok(())
    }

    fn report(&self, change: f64, iterations: usize) -> Report {
        let report = |status| Report::new(status, iterations).residual("change of the plan", change);
        if change < self.tolerance {
            return report(Status::Converged);
        }
        if !change.is_finite() {
            return report(Status::Diverged).advise("Rescale the costs to be of the size of the penalties.");
        }
        report(Status::Exhausted { budget: Budget::Iterations }).advise(format!(
            "The plan still moves by {change:e}; raise the iterations above {iterations} or the tolerance to that."
        ))
    }
}

/// Sums of a plan by rows and by columns.
struct Sums {
    rows: Vec<f64>,
    columns: Vec<f64>,
}

impl Sums {
    fn of(plan: &[f64], m: usize) -> Self {
        let mut columns = vec![0.0; m];
        for row in plan.chunks_exact(m) {
            columns.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        }
        Self { rows: plan.chunks_exact(m).map(|row| row.iter().sum()).collect(), columns }
    }
}

// Steps on one row: entries are multiplied in place; the squared change and the new sum come back.

wide! {
    fn squared(row: &mut [f64], kernel: &[f64], factor: f64, columns: &[f64], epsilon: f64) -> (f64, f64) {
        multiply(row, kernel, columns, |v, k, c| k * v / (factor + c + epsilon * v + FLOOR))
    }
}

wide! {
    fn entropic(row: &mut [f64], kernel: &[f64], factor: f64, columns: &[f64]) -> (f64, f64) {
        multiply(row, kernel, columns, |v, k, c| k * v / (factor * c + FLOOR))
    }
}

wide! {
    fn powered(row: &mut [f64], kernel: &[f64], factor: f64, columns: &[f64], kept: f64) -> (f64, f64) {
        multiply(row, kernel, columns, |v, k, c| {
            let power = k * simd::exp(kept * simd::ln(v)) / (factor * c + FLOOR);
            if v > 0.0 { power } else { v }
        })
    }
}

#[inline(always)]
fn multiply(row: &mut [f64], kernel: &[f64], columns: &[f64], next: impl Fn(f64, f64, f64) -> f64) -> (f64, f64) {
    let (mut changes, mut sums) = ([0.0; LANES], [0.0; LANES]);
    let mut one = |l: usize, v: &mut f64, k: f64, c: f64| {
        // What underflows would slow every later step down and never come back.
        let now = next(*v, k, c);
        let now = if now < f64::MIN_POSITIVE { 0.0 } else { now };
        changes[l] += (now - *v) * (now - *v);
        sums[l] += now;
        *v = now;
    };
    let ((row, row_rest), (kernel, kernel_rest)) = (row.as_chunks_mut::<LANES>(), kernel.as_chunks::<LANES>());
    let (columns, columns_rest) = columns.as_chunks::<LANES>();
    for ((row, kernel), columns) in row.iter_mut().zip(kernel).zip(columns) {
        for l in 0..LANES {
            one(l, &mut row[l], kernel[l], columns[l]);
        }
    }
    for (l, ((v, k), c)) in row_rest.iter_mut().zip(kernel_rest).zip(columns_rest).enumerate() {
        one(l, v, *k, *c);
    }
    (changes.iter().sum(), sums.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thirteen columns, so that a register and a rest are both taken.
    #[test]
    fn a_step_is_that_of_the_formula() {
        let (n, m) = (3, 13);
        let wave = |k: usize, s: f64| 1.1 + (k as f64 * s).sin();
        let a: Vec<f64> = (0..n).map(|i| wave(i, 1.3)).collect();
        let b: Vec<f64> = (0..m).map(|j| wave(j, 0.7)).collect();
        let costs: Vec<f64> = (0..n * m).map(|e| 0.3 * wave(e, 2.1)).collect();
        let reference: Vec<f64> = (0..n * m).map(|e| wave(e, 0.9)).collect();
        let cost = CostMatrix::new(n, m, costs.clone()).unwrap();
        let ctx = Context::new(0, 1).unwrap();
        for divergence in [Discrepancy::KullbackLeibler, Discrepancy::Squared] {
            for epsilon in [0.0, 0.2] {
                let solver = Majorise { divergence, rho: (0.8, 1.5), epsilon, tolerance: 0.0, max_iterations: 1 };
                let mut plan: Vec<f64> = (0..n * m).map(|e| if e == 5 { 0.0 } else { wave(e, 0.4) }).collect();
                let before = plan.clone();
                solver.solve(&ctx, &a, &b, &cost, &reference, &mut plan).unwrap();
                let total = 0.8 + 1.5 + epsilon;
                for (e, (v, found)) in before.iter().zip(&plan).enumerate() {
                    let (i, j) = (e / m, e % m);
                    let row: f64 = before[i * m..(i + 1) * m].iter().sum();
                    let column: f64 = before.iter().skip(j).step_by(m).sum();
                    let wanted = match divergence {
                        Discrepancy::Squared => {
                            let kernel = 0.8 * a[i] + 1.5 * b[j] + epsilon * reference[e] - costs[e];
                            kernel.max(0.0) * v / (0.8 * row + 1.5 * column + epsilon * v)
                        }
                        Discrepancy::KullbackLeibler => {
                            let share = |ratio: f64, rho: f64| ratio.powf(rho / total);
                            share(a[i] / row, 0.8)
                                * share(b[j] / column, 1.5)
                                * share(reference[e], epsilon)
                                * v.powf(2.3 / total)
                                * (-costs[e] / total).exp()
                        }
                    };
                    assert!((found - wanted).abs() < 1e-13 * wanted.max(1e-3), "{found} {wanted}");
                }
            }
        }
    }
}
