//! Unregularised unbalanced transport by majorisation and minimisation.

use crate::CostMatrix;
use crate::line::check_weights;
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};

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
            let mut change = f64::INFINITY;
            let mut iterations = 0;
            while iterations < self.max_iterations.max(1) && (change >= self.tolerance || change.is_nan()) {
                ctx.check_stop()?;
                let rows: Vec<f64> = plan.par_chunks(m).map(|row| row.iter().sum()).collect();
                let mut columns = vec![0.0; m];
                for row in plan.chunks_exact(m) {
                    columns.iter_mut().zip(row).for_each(|(s, v)| *s += v);
                }
                let moved: Vec<f64> = plan
                    .par_chunks_mut(m)
                    .enumerate()
                    .map(|(i, row)| self.step(row, &kernel[i * m..(i + 1) * m], rows[i], &columns))
                    .collect();
                change = moved.iter().sum::<f64>().sqrt();
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

    /// One multiplicative step on a row; returns the squared change.
    fn step(&self, row: &mut [f64], kernel: &[f64], sum: f64, columns: &[f64]) -> f64 {
        // Keeps an empty row or column from dividing zero by zero.
        const FLOOR: f64 = 1e-16;
        let (rho_a, rho_b) = self.rho;
        let total = rho_a + rho_b + self.epsilon;
        let row_factor = sum.powf(rho_a / total);
        let kept = (rho_a + rho_b) / total;
        let mut change = 0.0;
        for ((v, k), column) in row.iter_mut().zip(kernel).zip(columns) {
            let next = match self.divergence {
                Discrepancy::Squared => k * *v / (rho_a * sum + rho_b * column + self.epsilon * *v + FLOOR),
                Discrepancy::KullbackLeibler => {
                    let power = if kept == 1.0 { *v } else { v.powf(kept) };
                    k * power / (row_factor * column.powf(rho_b / total) + FLOOR)
                }
            };
            change += (next - *v) * (next - *v);
            *v = next;
        }
        change
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
