//! Transport through few meeting places: plans of low rank.
//!
//! Minimises `<C, Q diag(1/g) R'>` over `Q` of marginals `a` and `g`, `R` of marginals `b` and `g`, and the inner marginal `g`
//! of `rank` entries, by mirror descent in relative entropy. Time and memory are linear in the points: under the squared
//! Euclidean cost, itself a product of `n x (d + 2)` and `(d + 2) x m` factors, no cost of a pair is ever computed.
//!
//! The problem is not convex. A step that would raise the cost is made shorter, and the start is a plan through the centres
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
/// Entries of a factor over the largest of their row are kept above this.
const TINY: f64 = 1e-200;
/// Least entry of the inner marginal, over the mean one.
const LEAST: f64 = 1e-6;
/// Error of the marginals over the mass.
const MARGINAL: f64 = 1e-7;
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
    /// How it ended; residuals "marginal error" (L1, over the mass) and "decrease" (of ten steps, relative).
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
        let (n, m) = (source.len() as u64, target.len() as u64);
        let width = (self.rank * 6 + source.dim() * 2 + 4) as u64;
        ctx.require_memory(8 * (n + m) * width, &format!("A plan of rank {}", self.rank))?;
        let cost = Cost::between(source.points(), target.points());
        let (factors, history, met) = ctx.install(|| {
            let factors = start::factors(ctx, self.rank, source, target)?;
            self.descend(ctx, source, target, &cost, factors)
        })?;
        let plan =
            LowRank::new(source, target, factors.left, factors.right, factors.inner, *history.last().unwrap_or(&0.0));
        let report = self.report(&plan, &history, met).timed(start);
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
        if !(self.step > 0.0 && self.step <= 100.0) {
            return refuse(format!("The step is {}, but it must lie in (0, 100].", self.step), "10 is the default.");
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

    /// Mirror descent; also whether it ended for gaining too little.
    fn descend(
        &self,
        ctx: &Context,
        source: &Measure,
        target: &Measure,
        cost: &Cost,
        mut factors: Factors,
    ) -> Result<(Factors, Vec<f64>, bool)> {
        let (a, b) = (source.weights(), target.weights());
        let least = LEAST * source.mass() / self.rank as f64;
        let feasible = Feasible { a, b, least, tolerance: MARGINAL };
        feasible.project(ctx, &mut factors)?;
        let mut now = cost.at(&factors);
        let mut history = vec![now];
        let mut step = self.step;
        for _ in 0..self.max_iterations {
            let gradient = cost.gradient(&factors);
            let mut shorter = 0;
            loop {
                let mut next = moved(&factors, &gradient, step);
                feasible.project(ctx, &mut next)?;
                let found = cost.at(&next);
                if found <= now {
                    (factors, now) = (next, found);
                    break;
                }
                step *= 0.5;
                shorter += 1;
                if shorter == SHORTER {
                    return Ok((factors, history, true));
                }
            }
            if shorter == 0 {
                step = (step * 1.5).min(100.0);
            }
            history.push(now);
            if decrease(&history).is_some_and(|share| share < self.tolerance) {
                return Ok((factors, history, true));
            }
        }
        Ok((factors, history, false))
    }

    fn report(&self, plan: &LowRank, history: &[f64], met: bool) -> Report {
        let share = decrease(history).unwrap_or(0.0);
        let status = if met { Status::Converged } else { Status::Exhausted { budget: Budget::Iterations } };
        let report = Report::new(status, history.len() - 1)
            .residual("marginal error", plan.marginal_error())
            .residual("decrease", share);
        if met {
            return report;
        }
        report.advise(format!(
            "The last ten steps lowered the cost by {:.1e} of itself; raise max_iterations above {}.",
            share, self.max_iterations
        ))
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
            let top = out.iter().copied().fold(0.0, f64::max);
            out.iter_mut().for_each(|o| *o = o.max(TINY * top));
        });
        out
    };
    let inner = factors.inner.iter().zip(&gradient.inner).map(|(v, g)| v * (-step * g).exp()).collect();
    Factors { left: rows(&factors.left, &gradient.left), right: rows(&factors.right, &gradient.right), inner }
}
