//! Entropic transport by log-domain scaling, with a penalty on each marginal.
//!
//! Minimises `sum pi C + epsilon KL(pi | a x b) + D1(pi 1 | a) + D2(pi' 1 | b)` with
//! `KL(p | q) = sum p log(p / q) - p + q` and D the [`MarginalPenalty`] of each side. Weights are used as they
//! are: mass is not normalised.
//!
//! Both half-steps of an iteration come from one exponential a pair. It runs in single precision while that is enough
//! and ends in double, whose residual alone is believed; Newton steps in the dual take over near the solution. Large clouds
//! start from the potentials of coarser ones.
//!
//! References: Cuturi, NeurIPS 2013; Chizat, Peyré, Schmitzer, Vialard, Math. Comp. 87 (2018); the optimal shift of
//! the potentials between half-steps is Séjourné, Vialard, Peyré, AISTATS 2022; the Newton step is Brauer, Clason,
//! Lorenz, Wirth, arXiv:1710.06635.

mod anderson;
mod batch;
mod coarse;
mod costs;
mod course;
mod divergence;
mod flat;
mod held;
mod iterate;
mod kernel;
mod newton;
mod order;
mod pass;
mod run;

use crate::cost::check_clouds;
use crate::plan::Lazy;
use crate::{CostMatrix, GroundCost, MarginalPenalty, PairCosts, Plan};
pub use batch::Posed;
use coarse::{Clouds, Side};
use costs::Costs;
pub use divergence::Divergence;
use iterate::{Problem, Start};
pub(crate) use kernel::four_dots;
use order::Order;
use pass::Stop;
use std::sync::Arc;
use thalweg_core::{Context, Error, Measure, Points, Report, Result};

/// Bytes taken at most for a plan in sixteen bits where the context sets no budget.
const PLAN_BYTES: u64 = 1 << 30;
/// Up to this many coordinates, sorted points make a plan that is zero in blocks,
const FEW: usize = 3;
/// which is worth it from this many pairs on.
const MANY: usize = 1 << 20;
/// Bytes not worth asking the budget for.
const SMALL_BYTES: u64 = 1 << 20;

/// Below this, costs over epsilon overflow.
const LEAST_EPSILON: f64 = 1e-300;

/// The entropic problem and how to solve it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sinkhorn {
    /// Strength of `epsilon KL(pi | a x b)`, absolute, in units of the cost.
    pub epsilon: f64,
    /// Penalty on the row sums.
    pub source: MarginalPenalty,
    /// Penalty on the column sums.
    pub target: MarginalPenalty,
    /// Stops once `sum_j |c_j - q_j|` is below this fraction of the plan's mass, where `c` are the column sums and `q`
    /// what the potentials ask of them, the rows being as asked: the relative L1 marginal error for exact marginals
    /// (`q = b`), and its analogue `q = b exp(-g / rho)` under a penalty.
    pub tolerance: f64,
    /// Budget of iterations at the final epsilon, each a pass over all pairs.
    pub max_iterations: usize,
    /// Budget of seconds of the whole solve. With one, the result depends on the machine.
    pub max_seconds: Option<f64>,
    /// Factor between the epsilons of the warm-up, where epsilon is so small that one is made, in (0, 1]; 1 makes none,
    /// and no start from fewer points.
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
    /// Value of the dual at the potentials; no plan's objective is below it.
    pub dual: f64,
    /// The epsilon of the plan.
    pub epsilon: f64,
    /// How it ended; the residual is named "marginal error".
    pub report: Report,
    /// That residual after each pass at the final epsilon, from the last start on: as many as the report's iterations. A
    /// step that did harm shows as a peak, and is taken back by the next.
    pub history: Vec<f64>,
}

impl Sinkhorn {
    /// Balanced transport with the default stopping rule (1e-6, 10,000 iterations, warm-up by quarters).
    pub fn balanced(epsilon: f64) -> Self {
        Self {
            epsilon,
            source: MarginalPenalty::Exact,
            target: MarginalPenalty::Exact,
            tolerance: 1e-6,
            max_iterations: 10_000,
            max_seconds: None,
            decay: 0.25,
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
    /// Costs are computed in blocks where they are needed, in `O((n + m) d)` memory. Where `2 n m` bytes fit the
    /// budget (half of it, 1 GiB without one), Newton steps on a plan in sixteen bits save most iterations;
    /// otherwise the iteration is accelerated by its history. `warm` starts from potentials.
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
        let memory = plan_memory(ctx);
        self.check(source.weights(), target.weights(), bound, warm)?;
        let run = |source: Side, target: Side, warm: Option<&Potentials>| {
            let start = match warm {
                Some(potentials) => Start::Given(potentials),
                None => Clouds { source, target, ground, bound }.start(self, memory, &stop)?,
            };
            let costs = Costs::between(ground, source.points, target.points);
            Problem { settings: self, a: source.weights, b: target.weights, costs, bound, memory, stop: &stop }
                .solve(start)
        };
        let entropic = ctx.install(|| {
            if x.dim() > FEW || x.len() * y.len() < MANY {
                return run(Side::of(x, source.weights()), Side::of(y, target.weights()), warm);
            }
            let (rows, columns) = (Order::of(x), Order::of(y));
            let (a, b) = (rows.apply(source.weights()), columns.apply(target.weights()));
            let warm = warm.filter(|w| w.source.len() == x.len() && w.target.len() == y.len());
            let sorted = warm.map(|w| Potentials { source: rows.apply(&w.source), target: columns.apply(&w.target) });
            let found = run(Side::of(&rows.points(x), &a), Side::of(&columns.points(y), &b), sorted.as_ref())?;
            Ok(found.reordered(&rows, &columns))
        })?;
        let plan = Plan::Lazy(Lazy::new(source, target, ground, &entropic));
        Ok((entropic, plan))
    }

    /// Bytes of the plan in sixteen bits that [`Sinkhorn::solve`] would hold between `n` and `m` points, and the most it may
    /// take under the budget of `ctx`. It holds the plan where the first is not above the second, and is lazy elsewhere.
    pub fn plan_bytes(ctx: &Context, n: usize, m: usize) -> (u64, u64) {
        (2 * n as u64 * costs::padded(m) as u64, plan_memory(ctx))
    }

    /// Solves under a given cost matrix. Runs in the calling pool; takes `2 n m` bytes, up to 1 GiB.
    ///
    /// # Errors
    /// As [`Sinkhorn::solve`], and weights that do not fit the matrix.
    pub fn solve_matrix(&self, a: &[f64], b: &[f64], cost: &CostMatrix, warm: Option<&Potentials>) -> Result<Entropic> {
        self.solve_matrix_until(a, b, cost, warm, &|| Ok(()))
    }

    /// Solves under costs that are computed where they are needed, in `O(n + m)` memory beside the plan in sixteen bits of
    /// [`Sinkhorn::plan_bytes`], if that fits. On the threads of `ctx`.
    ///
    /// # Errors
    /// As [`Sinkhorn::solve`]; weights that do not fit; a cost that is not finite.
    pub fn solve_pairs(
        &self,
        ctx: &Context,
        a: &[f64],
        b: &[f64],
        costs: &dyn PairCosts,
        warm: Option<&Potentials>,
    ) -> Result<Entropic> {
        crate::line::check_weights(a)?;
        crate::line::check_weights(b)?;
        let (bound, _) = costs.extent(ctx, a, b)?;
        self.check(a, b, bound, warm)?;
        let (costs, stop) = (Costs::pairs(costs), || ctx.check_stop());
        let problem = Problem { settings: self, a, b, costs, bound, memory: plan_memory(ctx), stop: &stop };
        ctx.install(|| problem.solve(warm.map_or(Start::Cold, Start::Given)))
    }

    /// As [`Sinkhorn::solve_matrix`] on the threads of `ctx`, whose caller may stop it within an iteration.
    ///
    /// # Errors
    /// As [`Sinkhorn::solve_matrix`]; a memory budget below twice the costs; interruption.
    pub fn solve_matrix_with(
        &self,
        ctx: &Context,
        a: &[f64],
        b: &[f64],
        cost: &CostMatrix,
        warm: Option<&Potentials>,
    ) -> Result<Entropic> {
        ctx.require_memory(16 * cost.values().len() as u64, "Entropic transport under a cost matrix")?;
        ctx.install(|| self.solve_matrix_until(a, b, cost, warm, &|| ctx.check_stop()))
    }

    /// As [`Sinkhorn::solve_matrix`], asking `stop` every few milliseconds whether to go on.
    pub(crate) fn solve_matrix_until(
        &self,
        a: &[f64],
        b: &[f64],
        cost: &CostMatrix,
        warm: Option<&Potentials>,
        stop: Stop,
    ) -> Result<Entropic> {
        self.solve_costs(a, b, Costs::matrix(cost), cost.scale(), warm, stop)
    }

    /// The same under costs of which those that are finite are at most `bound` and the others forbid their pairs.
    pub(crate) fn solve_permitted(
        &self,
        a: &[f64],
        b: &[f64],
        cost: &CostMatrix,
        bound: f64,
        warm: Option<&Potentials>,
        stop: Stop,
    ) -> Result<Entropic> {
        self.solve_costs(a, b, Costs::restricted(cost), bound, warm, stop)
    }

    fn solve_costs(
        &self,
        a: &[f64],
        b: &[f64],
        costs: Costs,
        bound: f64,
        warm: Option<&Potentials>,
        stop: Stop,
    ) -> Result<Entropic> {
        crate::line::check_weights(a)?;
        crate::line::check_weights(b)?;
        if a.len() != costs.rows || b.len() != costs.columns {
            return Err(Error::input(format!(
                "{} and {} weights do not fit a cost of {} rows and {} columns.",
                a.len(),
                b.len(),
                costs.rows,
                costs.columns
            )));
        }
        self.check(a, b, bound, warm)?;
        Problem { settings: self, a, b, costs, bound, memory: PLAN_BYTES, stop }
            .solve(warm.map_or(Start::Cold, Start::Given))
    }

    fn check(&self, a: &[f64], b: &[f64], scale: f64, warm: Option<&Potentials>) -> Result<()> {
        self.source.check()?;
        self.target.check()?;
        let refuse = |what: &str, value: f64, wanted: &str| {
            Err(Error::input(format!("The {what} of the entropic solver is {value:?}, but it must be {wanted}.")))
        };
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return refuse("epsilon", self.epsilon, "positive and finite");
        }
        if self.epsilon < LEAST_EPSILON {
            return refuse("epsilon", self.epsilon, &format!("at least {LEAST_EPSILON:e}: rescale the costs"));
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

/// Bytes that a plan may take.
fn plan_memory(ctx: &Context) -> u64 {
    ctx.memory().map_or(PLAN_BYTES, |m| (m / 2).max(SMALL_BYTES))
}

impl Entropic {
    /// Of points that had been sorted, in their own order.
    fn reordered(mut self, rows: &Order, columns: &Order) -> Self {
        for values in [&mut self.potentials.source, &mut self.row_sums] {
            *values = rows.undo(values);
        }
        for values in [&mut self.potentials.target, &mut self.column_sums] {
            *values = columns.undo(values);
        }
        self
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
