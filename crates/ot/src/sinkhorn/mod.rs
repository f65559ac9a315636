//! Entropic transport by log-domain scaling, with a penalty on each marginal.
//!
//! Minimises `sum pi C + epsilon KL(pi | a x b) + D1(pi 1 | a) + D2(pi' 1 | b)` with
//! `KL(p | q) = sum p log(p / q) - p + q` and D the [`MarginalPenalty`] of each side. Weights are used as they
//! are: mass is not normalised.
//!
//! References: Cuturi, NeurIPS 2013; Chizat, Peyré, Schmitzer, Vialard, Math. Comp. 87 (2018); the optimal shift of
//! the potentials between half-steps is Séjourné, Vialard, Peyré, AISTATS 2022.

mod iterate;
mod kernel;
mod momentum;

use crate::cost::{Packed, check_clouds};
use crate::plan::Lazy;
use crate::{CostMatrix, GroundCost, MarginalPenalty, Plan};
use iterate::{Problem, Solution};
use kernel::Rows;
use std::sync::Arc;
use thalweg_core::{Context, Error, Measure, Points, Report, Result};

/// Dense costs are kept up to this many bytes where the context sets no budget.
const DENSE_BYTES: u64 = 1 << 30;
/// Up to this many coordinates computing a cost is no slower than reading it.
const CHEAP_DIM: usize = 4;

/// The entropic problem and how to solve it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sinkhorn {
    /// Strength of `epsilon KL(pi | a x b)`, absolute, in units of the cost.
    pub epsilon: f64,
    /// Penalty on the row sums.
    pub source: MarginalPenalty,
    /// Penalty on the column sums.
    pub target: MarginalPenalty,
    /// Stops once `sum_i a_i |r_i / a_i - q_i|` is below this fraction of the plan's mass, where `r` are the row sums
    /// and `q` their optimal ratio: the relative L1 marginal error for exact marginals (`q = 1`), and its analogue
    /// `q = exp(-f / rho)`, equivalent to the change of potentials, under a penalty.
    pub tolerance: f64,
    /// Budget of iterations at the final epsilon.
    pub max_iterations: usize,
    /// Factor between the epsilons of the warm-up, in (0, 1]; 1 starts at the final one at once.
    pub decay: f64,
}

/// Dual potentials `f` and `g`: `pi_ij = a_i b_j exp((f_i + g_j - C_ij) / epsilon)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Potentials {
    /// One a source.
    pub source: Vec<f64>,
    /// One a target.
    pub target: Vec<f64>,
}

/// A solved entropic problem.
#[derive(Clone, Debug)]
pub struct Entropic {
    /// Potentials in the convention `pi_ij = a_i b_j exp((f_i + g_j - C_ij) / epsilon)`.
    pub potentials: Potentials,
    /// Row sums of the plan.
    pub row_sums: Vec<f64>,
    /// Column sums of the plan.
    pub column_sums: Vec<f64>,
    /// `sum pi_ij C_ij`.
    pub cost: f64,
    /// The whole objective: cost, entropy and penalties.
    pub objective: f64,
    /// The epsilon of the plan.
    pub epsilon: f64,
    /// How it ended; the residual is named "marginal error".
    pub report: Report,
}

impl Sinkhorn {
    /// Balanced transport with the default stopping rule (1e-6, 10,000 iterations, warm-up by halves).
    pub fn balanced(epsilon: f64) -> Self {
        Self {
            epsilon,
            source: MarginalPenalty::Exact,
            target: MarginalPenalty::Exact,
            tolerance: 1e-6,
            max_iterations: 10_000,
            decay: 0.5,
        }
    }

    /// Rows relaxed by `rho KL`, columns exact: row sums carry growth.
    pub fn semi_relaxed(epsilon: f64, rho: f64) -> Self {
        Self { source: MarginalPenalty::Kl { rho }, ..Self::balanced(epsilon) }
    }

    /// Both marginals relaxed by `rho KL`.
    pub fn unbalanced(epsilon: f64, rho: f64) -> Self {
        Self { target: MarginalPenalty::Kl { rho }, ..Self::semi_relaxed(epsilon, rho) }
    }

    /// Solves between two measures and gives a lazy plan. `O(n m d)` an iteration, parallel over rows.
    ///
    /// Keeps the costs where they fit the memory budget (half of it, 1 GiB without one) and dimension makes that
    /// worthwhile; otherwise recomputes them in blocks with `O((n + m) d)` memory. `warm` starts from potentials.
    ///
    /// # Errors
    /// A parameter out of range, different dimensions, unequal masses with both marginals exact, an epsilon below
    /// what double precision resolves (1e-15 of the largest cost), interruption.
    pub fn solve(
        &self,
        ctx: &Context,
        source: &Arc<Measure>,
        target: &Arc<Measure>,
        ground: GroundCost,
        warm: Option<&Potentials>,
    ) -> Result<(Entropic, Plan)> {
        check_clouds(source.points(), target.points())?;
        let (x, y) = (source.points(), target.points());
        let bound = ground.bound(x, y)?;
        let stop = || ctx.check_stop();
        let entropic = ctx.install(|| -> Result<Entropic> {
            let bytes = 16 * x.len() as u64 * y.len() as u64;
            let dense = x.dim() > CHEAP_DIM && bytes <= ctx.memory().map_or(DENSE_BYTES, |m| m / 2);
            if dense {
                let matrix = ground.matrix_until(x, y, &stop)?;
                let transposed = matrix.transposed();
                let rows = (Rows::Dense(&matrix), Rows::Dense(&transposed));
                self.run(source.weights(), target.weights(), rows, bound, warm, &stop)
            } else {
                let (packed_x, packed_y) = (Packed::new(x), Packed::new(y));
                let lazy = |points, packed| Rows::Lazy { ground, points, packed };
                let rows = (lazy(x, &packed_y), lazy(y, &packed_x));
                self.run(source.weights(), target.weights(), rows, bound, warm, &stop)
            }
        })?;
        let plan = Plan::Lazy(Lazy::new(source, target, ground, &entropic));
        Ok((entropic, plan))
    }

    /// Solves under a given cost matrix. Runs in the calling pool; holds a transposed copy of the costs.
    ///
    /// # Errors
    /// As [`Sinkhorn::solve`], and weights that do not fit the matrix.
    pub fn solve_matrix(&self, a: &[f64], b: &[f64], cost: &CostMatrix, warm: Option<&Potentials>) -> Result<Entropic> {
        self.solve_matrix_until(a, b, cost, warm, &|| Ok(()))
    }

    /// As [`Sinkhorn::solve_matrix`], asking `stop` every few milliseconds whether to go on.
    pub(crate) fn solve_matrix_until(
        &self,
        a: &[f64],
        b: &[f64],
        cost: &CostMatrix,
        warm: Option<&Potentials>,
        stop: &(dyn Fn() -> Result<()> + Sync),
    ) -> Result<Entropic> {
        crate::line::check_weights(a)?;
        crate::line::check_weights(b)?;
        if a.len() != cost.rows() || b.len() != cost.cols() {
            return Err(Error::input(format!(
                "{} and {} weights do not fit a cost of {} rows and {} columns.",
                a.len(),
                b.len(),
                cost.rows(),
                cost.cols()
            )));
        }
        let transposed = cost.transposed();
        self.run(a, b, (Rows::Dense(cost), Rows::Dense(&transposed)), cost.scale(), warm, stop)
    }

    fn run(
        &self,
        a: &[f64],
        b: &[f64],
        (rows, columns): (Rows, Rows),
        scale: f64,
        warm: Option<&Potentials>,
        stop: &(dyn Fn() -> Result<()> + Sync),
    ) -> Result<Entropic> {
        self.check(a, b, scale, warm)?;
        let solution: Solution = Problem { settings: self, a, b, rows, columns, scale, stop }.solve(warm)?;
        Ok(solution.finish(self, a, b))
    }

    fn check(&self, a: &[f64], b: &[f64], scale: f64, warm: Option<&Potentials>) -> Result<()> {
        self.source.check()?;
        self.target.check()?;
        let refuse = |what: &str, value: f64, wanted: &str| {
            Err(Error::input(format!("The {what} of the entropic solver is {value}, but it must be {wanted}.")))
        };
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return refuse("epsilon", self.epsilon, "positive and finite");
        }
        if self.epsilon < 1e-15 * scale {
            return refuse("epsilon", self.epsilon, &format!("at least {:e}, 1e-15 of the cost scale", 1e-15 * scale));
        }
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            return refuse("tolerance", self.tolerance, "positive and finite");
        }
        if !(self.decay > 0.0 && self.decay <= 1.0) {
            return refuse("decay", self.decay, "in (0, 1]");
        }
        let (mass_a, mass_b) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
        let both_exact = self.source == MarginalPenalty::Exact && self.target == MarginalPenalty::Exact;
        if both_exact && (mass_a - mass_b).abs() > 1e-9 * mass_a.max(mass_b) {
            return Err(Error::input(format!(
                "Exact marginals need equal masses, but the source has {mass_a} and the target {mass_b}."
            ))
            .advise("Normalise the weights or relax one marginal."));
        }
        match warm {
            Some(w) if w.source.len() != a.len() || w.target.len() != b.len() => Err(Error::input(format!(
                "The starting potentials are for {} and {} points, but there are {} and {}.",
                w.source.len(),
                w.target.len(),
                a.len(),
                b.len()
            ))),
            _ => Ok(()),
        }
    }
}

impl GroundCost {
    /// An upper bound of all costs: that of the diagonal of the bounding box.
    pub(crate) fn bound(self, source: &Points, target: &Points) -> Result<f64> {
        let d = source.dim();
        let (mut low, mut high) = (source.row(0).to_vec(), source.row(0).to_vec());
        for row in source.rows().chain(target.rows()) {
            for k in 0..d {
                low[k] = low[k].min(row[k]);
                high[k] = high[k].max(row[k]);
            }
        }
        let bound = self.between(&low, &high);
        if bound.is_finite() {
            return Ok(bound);
        }
        Err(Error::input(format!("The largest transport cost is {bound}, but every cost must be a finite number."))
            .advise("Rescale the coordinates: beyond 1e150 their squares overflow."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use thalweg_core::Stream;

    #[test]
    fn a_solve_asks_often_whether_to_go_on_and_stops_at_once() {
        let n = 512;
        let values = (0..n * n).map(|k| Stream::new(0, "cost", k as u64).uniform()).collect();
        let (cost, weights) = (CostMatrix::new(n, n, values).unwrap(), vec![1.0; n]);
        let asked = AtomicUsize::new(0);
        let run = |most: usize| {
            asked.store(0, Ordering::Relaxed);
            let stop = || match asked.fetch_add(1, Ordering::Relaxed) {
                k if k < most => Ok(()),
                _ => Err(Error::interrupted()),
            };
            Sinkhorn::balanced(0.05).solve_matrix_until(&weights, &weights, &cost, None, &stop)
        };
        let found = run(usize::MAX).unwrap();
        assert!(found.report.converged());
        // 64 rows are a fraction of a millisecond, and of a batch of 4096 points they are one.
        let all = asked.load(Ordering::Relaxed);
        assert!(all >= found.report.iterations * n / 64, "asked {all} times in {} iterations", found.report.iterations);
        for most in [0, 1, all / 2, all - 1] {
            assert_eq!(run(most).unwrap_err().class(), thalweg_core::Class::Interrupted);
            assert!(asked.load(Ordering::Relaxed) <= most + 8, "went on after being stopped");
        }
    }
}
