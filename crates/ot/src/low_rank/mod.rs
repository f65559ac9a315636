//! Transport through few meeting places: plans of low rank.
//!
//! Minimises `<C, Q diag(1/g) R'>` over `Q` of marginals `a` and `g`, `R` of marginals `b` and `g`, and the inner marginal `g`
//! of `rank` entries, by mirror descent in relative entropy. Time and memory are linear in the points: under the squared
//! Euclidean cost, itself a product of `n x (d + 2)` and `(d + 2) x m` factors, no cost of a pair is ever computed.
//!
//! The problem is not convex. A step that would raise the cost is made shorter, every plan on the way has its marginals, and
//! the start is a plan through the centres
//! of clusters of the sources (as in Forrow, Hütter, Nitzan, Rigollet, Schiebinger, Weed, AISTATS 2019).
//!
//! Reference: Scetbon, Cuturi, Peyré, ICML 2021, Algorithms 2 and 3; the step over the norm of the gradient is Scetbon,
//! Cuturi, NeurIPS 2022.

mod cost;
mod dykstra;
mod factors;
mod start;

use crate::Plan;
use crate::cost::check_clouds;
use cost::Cost;
use dykstra::Feasible;
pub use factors::LowRank;
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Measure, Report, Result, Status};

/// Rows of a task.
const ROWS: usize = 1024;
/// Least entry of the inner marginal, over the mean one.
const LEAST: f64 = 1e-6;
/// Distance of the two inner marginals (L1, over the mass) at which a projection counts as found.
const APART: f64 = 2e-7;
/// Longest step, and what a step that succeeds and one whose projection is not found make of the next.
const LONGEST: f64 = 100.0;
const LONGER: f64 = 1.5;
const EASIER: f64 = 0.7;
/// Steps are made shorter at most so many times in a row.
const SHORTER: usize = 12;

/// The problem of a plan of low rank, and how far to descend.
#[derive(Clone, Debug, PartialEq)]
pub struct Factorise {
    /// Rank of the plan: the number of meeting places.
    pub rank: usize,
    /// Largest change of a log-entry in the first step; later steps follow from what succeeded.
    pub step: f64,
    /// Ends once ten steps together lower the cost by less than this fraction.
    pub tolerance: f64,
    /// Budget of steps.
    pub max_iterations: usize,
}

/// A plan of low rank and how it was found.
#[derive(Clone, Debug)]
pub struct Factored {
    /// The plan, [`Plan::LowRank`].
    pub plan: Plan,
    /// Its cost after each step: it never rises.
    pub history: Vec<f64>,
    /// How it ended; residuals "marginal error" (L1, over the mass), "decrease" (of ten steps, relative) and "projection"
    /// (by how much the last step had left the inner marginals of `Q` and `R` apart before they were rounded; L1, over the
    /// mass). It has converged only if the decrease met the tolerance and the projection was found to 2e-7.
    pub report: Report,
}

/// `Q`, `R` (row-major, of `rank` columns) and `g`.
#[derive(Clone)]
struct Factors {
    left: Vec<f64>,
    right: Vec<f64>,
    inner: Vec<f64>,
}

impl Factorise {
    /// With the default stopping rule (10 steps that gain less than 1e-4 of the cost, 500 steps).
    pub fn rank(rank: usize) -> Self {
        Self { rank, step: 10.0, tolerance: 1e-4, max_iterations: 500 }
    }

    /// Bytes that [`Factorise::solve`] takes between `n` and `m` points of `dim` coordinates.
    pub fn bytes(&self, n: usize, m: usize, dim: usize) -> u64 {
        8 * (n as u64 + m as u64) * (self.rank * 6 + dim * 2 + 4) as u64
    }

    /// A plan of least squared Euclidean cost among those of this rank, as far as descent leads.
    ///
    /// `O((n + m) rank (d + 20))` a step and `O((n + m)(rank + d))` memory, parallel over rows.
    ///
    /// # Errors
    /// A parameter out of range, different dimensions, unequal masses, a memory budget that is too small, interruption.
    pub fn solve(&self, ctx: &Context, source: &Arc<Measure>, target: &Arc<Measure>) -> Result<Factored> {
        let start = Instant::now();
        check_clouds(source.points(), target.points())?;
        self.check(source, target)?;
        let bytes = self.bytes(source.len(), target.len(), source.dim());
        ctx.require_memory(bytes, &format!("A plan of rank {}", self.rank))?;
        let cost = Cost::between(source.points(), target.points());
        let Descent { factors, history, apart, budget, .. } = ctx.install(|| {
            let factors = start::factors(ctx, self.rank, source, target)?;
            self.descend(ctx, source, target, &cost, factors)
        })?;
        let Factors { left, right, inner } = factors;
        let plan = LowRank::new(source, target, left, right, inner, *history.last().unwrap_or(&0.0));
        let report = self.report(&plan, &history, apart, budget).timed(start);
        Ok(Factored { plan: Plan::LowRank(plan), history, report })
    }

    fn check(&self, source: &Measure, target: &Measure) -> Result<()> {
        let refuse = |what: String, advice: &str| Err(Error::input(what).advise(advice.to_owned()));
        if self.rank == 0 || self.rank > source.len().min(target.len()) {
            let most = source.len().min(target.len());
            return refuse(
                format!("The rank is {}, but it must be 1 to {most}, the points of the smaller side.", self.rank),
                "Ten to a hundred is usual.",
            );
        }
        if !(self.step > 0.0 && self.step <= LONGEST) {
            return refuse(
                format!("The step is {}, but it must lie in (0, {LONGEST}].", self.step),
                "10 is the default.",
            );
        }
        if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            let what = format!("The tolerance is {}, but it must be a number that is not negative.", self.tolerance);
            return refuse(what, "1e-4 is the default.");
        }
        let (a, b) = (source.mass(), target.mass());
        if (a - b).abs() > 1e-9 * a.max(b) {
            let what = format!("A plan of low rank needs equal masses, but the source has {a} and the target {b}.");
            return refuse(what, "Normalise the weights.");
        }
        Ok(())
    }

    /// Mirror descent.
    fn descend(
        &self,
        ctx: &Context,
        source: &Measure,
        target: &Measure,
        cost: &Cost,
        factors: Factors,
    ) -> Result<Descent> {
        let (a, b) = (source.weights(), target.weights());
        let least = LEAST * source.mass() / self.rank as f64;
        let feasible = Feasible { a, b, least, tolerance: 0.5 * APART };
        let none = || [vec![0.0; self.rank], vec![0.0; self.rank]];
        let mut d =
            Descent { factors, history: Vec::new(), apart: 0.0, budget: None, step: self.step, multipliers: none() };
        d.apart = feasible.project(ctx, &mut d.factors, &mut none())?;
        d.history.push(cost.at(&d.factors));
        for _ in 0..self.max_iterations {
            if !d.descends(ctx, cost, &feasible)? {
                d.budget = (d.apart > APART).then_some(Budget::Precision);
                return Ok(d);
            }
            if d.apart <= APART && decrease(&d.history).is_some_and(|share| share < self.tolerance) {
                return Ok(d);
            }
        }
        d.budget = Some(Budget::Iterations);
        Ok(d)
    }

    fn report(&self, plan: &LowRank, history: &[f64], apart: f64, budget: Option<Budget>) -> Report {
        let share = decrease(history).unwrap_or(0.0);
        let status = budget.map_or(Status::Converged, |budget| Status::Exhausted { budget });
        let report = Report::new(status, history.len() - 1)
            .residual("marginal error", plan.marginal_error())
            .residual("decrease", share)
            .residual("projection", apart);
        match budget {
            None => report,
            Some(Budget::Precision) => report.advise(format!(
                "No step lowered the cost, but the last left the inner marginals {apart:.1e} apart; lower the rank below {}.",
                self.rank
            )),
            Some(_) => report.advise(format!(
                "The last ten steps lowered the cost by {share:.1e} of itself, and left the inner marginals {apart:.1e} apart; raise max_iterations above {}.",
                self.max_iterations
            )),
        }
    }
}

/// Where the descent is.
struct Descent {
    factors: Factors,
    /// The cost after each step.
    history: Vec<f64>,
    /// By how much the last projection left the inner marginals apart.
    apart: f64,
    budget: Option<Budget>,
    /// Length of the next step, and the multipliers that its projection starts from: those of the last in proportion.
    step: f64,
    multipliers: [Vec<f64>; 2],
}

impl Descent {
    /// Makes a step, and says whether there was one that does not raise the cost.
    fn descends(&mut self, ctx: &Context, cost: &Cost, feasible: &Feasible) -> Result<bool> {
        let gradient = cost.gradient(&self.factors);
        let now = self.history.last().copied().unwrap_or(f64::INFINITY);
        for shorter in 0..SHORTER {
            let mut next = moved(&self.factors, &gradient, self.step);
            self.apart = feasible.project(ctx, &mut next, &mut self.multipliers)?;
            let found = cost.at(&next);
            if found <= now {
                self.factors = next;
                self.history.push(found);
                self.stretch(match shorter {
                    _ if self.apart > APART => EASIER,
                    0 => LONGER.min(LONGEST / self.step),
                    _ => 1.0,
                });
                return Ok(true);
            }
            self.stretch(0.5);
        }
        Ok(false)
    }

    fn stretch(&mut self, factor: f64) {
        self.step *= factor;
        self.multipliers.iter_mut().flatten().for_each(|m| *m *= factor);
    }
}

/// What the last ten steps gained, of the cost.
fn decrease(history: &[f64]) -> Option<f64> {
    let last = *history.last()?;
    let before = *history.get(history.len().checked_sub(11)?)?;
    Some(if before > 0.0 { (before - last) / before } else { 0.0 })
}

/// The factors times `exp(-step gradient)`, where the gradient is over its largest entry.
fn moved(factors: &Factors, gradient: &Factors, step: f64) -> Factors {
    let rank = factors.inner.len();
    let rows = |values: &[f64], gradient: &[f64]| -> Vec<f64> {
        let mut out = values.to_vec();
        out.par_chunks_exact_mut(rank).zip(gradient.par_chunks_exact(rank)).with_min_len(ROWS).for_each(|(out, g)| {
            // What is common to a row is undone by its marginal: the largest factor is 1.
            let least = g.iter().copied().fold(f64::INFINITY, f64::min);
            out.iter_mut().zip(g).for_each(|(o, g)| *o *= (-step * (g - least)).exp());
        });
        out
    };
    let inner = factors.inner.iter().zip(&gradient.inner).map(|(v, g)| v * (-step * g).exp()).collect();
    Factors { left: rows(&factors.left, &gradient.left), right: rows(&factors.right, &gradient.right), inner }
}
