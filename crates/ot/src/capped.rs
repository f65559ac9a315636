//! Entropic partial transport: a given mass, under marginals that are not exceeded.

use crate::CostMatrix;
use crate::gibbs::Gibbs;
use crate::line::check_weights;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};

/// `min sum pi C + epsilon sum pi (log pi - 1)` over plans of mass `mass` with `pi 1 <= a` and `pi' 1 <= b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capped {
    /// Strength of the entropy, absolute, in units of the cost.
    pub epsilon: f64,
    /// Mass that is moved, at most the smaller of the two.
    pub mass: f64,
    /// Stops once the L1 error of the marginals that are capped is below this fraction of the mass.
    pub tolerance: f64,
    /// Budget of iterations.
    pub max_iterations: usize,
}

impl Capped {
    /// The plan, row-major `n x m`, and how the iteration ended.
    ///
    /// Block ascent of the dual: each sweep caps the rows, then the columns, and sets the mass with either, in the log
    /// domain. It is the problem of section 5 of Benamou, Carlier, Cuturi, Nenna and Peyré, SIAM J. Sci. Comput. 37
    /// (2015), with two blocks where their Bregman projections are three. `O(n m)` a sweep.
    ///
    /// # Errors
    /// Weights that do not fit or are negative, an epsilon, mass or tolerance out of range, interruption.
    pub fn solve(&self, ctx: &Context, a: &[f64], b: &[f64], cost: &CostMatrix) -> Result<(Vec<f64>, Report)> {
        self.check(a, b, cost)?;
        ctx.require_memory(32 * a.len() as u64 * b.len() as u64, "Entropic partial transport")?;
        let start = Instant::now();
        ctx.install(|| {
            let kernel = Gibbs::new(cost, self.epsilon);
            let logs = |w: &[f64]| w.iter().map(|v| v.ln()).collect::<Vec<f64>>();
            let (log_a, log_b) = (logs(a), logs(b));
            let (mut f, mut g, mut level) = (vec![0.0; a.len()], vec![0.0; b.len()], 0.0);
            let (mut rows, mut columns) = (vec![0.0; a.len()], vec![0.0; b.len()]);
            kernel.row_sums(&g, &mut rows);
            let mut residual = f64::INFINITY;
            let mut iterations = 0;
            while iterations < self.max_iterations.max(1) && residual > self.tolerance {
                ctx.check_stop()?;
                cap(&mut f, &log_a, &rows, self.mass);
                kernel.column_sums(&f, &mut columns);
                level = cap(&mut g, &log_b, &columns, self.mass);
                kernel.row_sums(&g, &mut rows);
                residual = rows.iter().zip(&f).zip(a).map(|((r, f), a)| miss((r + f + level).exp(), *f, *a)).sum();
                residual /= self.mass;
                iterations += 1;
            }
            let lifted: Vec<f64> = f.iter().map(|f| f + level).collect();
            Ok((kernel.plan(&lifted, &g), self.report(residual, iterations).timed(start)))
        })
    }

    fn check(&self, a: &[f64], b: &[f64], cost: &CostMatrix) -> Result<()> {
        check_weights(a)?;
        check_weights(b)?;
        if a.len() != cost.rows() || b.len() != cost.cols() {
            return Err(Error::input(format!(
                "{} and {} weights do not fit a cost of {} rows and {} columns.",
                a.len(),
                b.len(),
                cost.rows(),
                cost.cols()
            )));
        }
        check_positive("epsilon of partial transport", self.epsilon)?;
        check_positive("mass to be moved", self.mass)?;
        let most = a.iter().sum::<f64>().min(b.iter().sum());
        if self.mass > most * (1.0 + 1e-12) {
            return Err(Error::input(format!("{} of mass cannot be moved where a side has {most}.", self.mass))
                .advise("Ask for at most the smaller of the two masses."));
        }
        Ok(())
    }

    fn report(&self, residual: f64, iterations: usize) -> Report {
        let report = |status| Report::new(status, iterations).residual("marginal error", residual);
        if residual <= self.tolerance {
            return report(Status::Converged);
        }
        if residual.is_nan() {
            return report(Status::Diverged).advise(format!("Raise epsilon above {:e}.", self.epsilon * 10.0));
        }
        report(Status::Exhausted { budget: Budget::Iterations }).advise(format!(
            "The marginal error is {residual:e}; raise the iterations above {iterations} or epsilon above {:e}.",
            self.epsilon
        ))
    }
}

/// Caps a side: `f_i = min(0, log a_i - s_i - level)`, where the level gives the plan its mass; returns the level.
///
/// At a level, row i carries `min(a_i, exp(s_i + level))`, so that rows are full one after another as it rises.
fn cap(f: &mut [f64], log_weight: &[f64], log_sums: &[f64], mass: f64) -> f64 {
    let full = |i: usize| log_weight[i] - log_sums[i];
    let mut order: Vec<usize> = (0..f.len()).filter(|i| log_weight[*i] > f64::NEG_INFINITY).collect();
    order.sort_by(|i, j| full(*i).total_cmp(&full(*j)));
    // What is left for the rows that are not full, and the logarithm of their sums from the last one on.
    let mut open = vec![f64::NEG_INFINITY; order.len() + 1];
    for (k, i) in order.iter().enumerate().rev() {
        let (low, high) =
            if open[k + 1] < log_sums[*i] { (open[k + 1], log_sums[*i]) } else { (log_sums[*i], open[k + 1]) };
        open[k] = high + (low - high).exp().ln_1p();
    }
    let mut left = mass;
    let mut level = order.last().map_or(0.0, |i| full(*i));
    for (k, i) in order.iter().enumerate() {
        let candidate = if left > 0.0 { left.ln() - open[k] } else { f64::NEG_INFINITY };
        if candidate <= full(*i) {
            // Below the row that was filled last only by rounding.
            level = if k > 0 { candidate.max(full(order[k - 1])) } else { candidate };
            break;
        }
        left -= log_weight[*i].exp();
    }
    for (i, f) in f.iter_mut().enumerate() {
        *f = (full(i) - level).min(0.0);
    }
    level
}

/// How far a row of mass `p` is from optimal: full where its cap holds it back, else not above it.
fn miss(p: f64, f: f64, a: f64) -> f64 {
    if f < 0.0 { (p - a).abs() } else { (p - a).max(0.0) }
}

fn check_positive(what: &str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::input(format!("The {what} is {value}, but it must be positive and finite.")))
}
