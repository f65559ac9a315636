#![doc = include_str!("annealing.md")]

mod annealer;
mod checks;
mod contraction;

pub use annealer::{Annealer, Step};
pub use contraction::{calibrate, contraction};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use thalweg_core::{Budget, Citation, Context, Family, Maturity, Method, Report, Result, Status};
use thalweg_ot::CostMatrix;

const NAME: &str = "adaptive-annealing";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S068",
    name: NAME,
    family: Family::Ot,
    summary: "Doubly stochastic plans cooled to permutations, with a brake that keeps Sinkhorn from falling behind",
    docs: include_str!("annealing.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "liu2026annealing",
        bibtex: "@misc{liu2026annealing,\n  author = {Liu, Yizhi},\n  title = {Adaptive annealing of Sinkhorn layers (EPH-ASC)},\n  year = {2026},\n  eprint = {2601.23039},\n  archivePrefix = {arXiv}\n}",
    },
};

/// When epsilon may fall.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Cooling {
    /// At every step.
    Exponential {},
    /// At steps whose drift is at most `safe * epsilon`.
    Braked {
        /// Drift allowed per unit of epsilon, positive.
        safe: f64,
    },
}

/// Settings of adaptive annealing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The first epsilon, in units of the cost; at least `floor`.
    pub start: f64,
    /// The last epsilon, positive.
    pub floor: f64,
    /// Factor of epsilon when it falls, in (0, 1).
    pub ratio: f64,
    /// When it falls.
    pub cooling: Cooling,
    /// Normalisations of rows and columns a step, at least 1.
    pub sweeps: usize,
    /// Steps after which [`anneal`] gives up, at least 1.
    pub max_steps: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            start: 1.0,
            floor: 0.01,
            ratio: 0.95,
            cooling: Cooling::Braked { safe: 0.5 },
            sweeps: 20,
            max_steps: 10_000,
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.floor > 0.0 && self.floor.is_finite(), NAME, "floor", self.floor, "positive and finite")?;
        let starts = self.start >= self.floor && self.start.is_finite();
        demand(starts, NAME, "start", self.start, &format!("finite and at least the floor, {}", self.floor))?;
        demand(self.ratio > 0.0 && self.ratio < 1.0, NAME, "ratio", self.ratio, "between 0 and 1")?;
        if let Cooling::Braked { safe } = self.cooling {
            demand(safe > 0.0 && safe.is_finite(), NAME, "cooling.safe", safe, "positive and finite")?;
        }
        demand(self.sweeps >= 1, NAME, "sweeps", self.sweeps, "at least 1")?;
        demand(self.max_steps >= 1, NAME, "max_steps", self.max_steps, "at least 1")
    }
}

/// Whom each row of a plan prefers.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// The column with most mass, one a row.
    pub target: Vec<usize>,
    /// Whether no column is preferred twice.
    pub permutation: bool,
    /// Sum of the costs of the preferred pairs.
    pub cost: f64,
}

/// What [`anneal`] found.
#[derive(Clone)]
pub struct Annealed {
    /// One a cost.
    pub matchings: Vec<Matching>,
    /// The state, with the plans.
    pub annealer: Annealer,
    /// Steps at which epsilon was kept.
    pub brakes: usize,
    /// Converged when epsilon reached its floor (and, with the brake, the plan came to rest there) and every matching is
    /// a permutation. Residuals "drift" and "matchings that are no permutation".
    pub report: Report,
}

/// Cools a batch of square costs of one size to the floor.
///
/// # Errors
/// A setting out of range; no costs, or costs of different or not square shapes; a memory budget below the plans;
/// interruption.
pub fn anneal(ctx: &Context, costs: &[CostMatrix], config: &Config) -> Result<Annealed> {
    let start = Instant::now();
    let mut annealer = Annealer::new(ctx, costs.len(), costs.first().map_or(0, CostMatrix::rows), *config)?;
    let (mut brakes, mut steps) = (0, 0);
    let last = loop {
        ctx.check_stop()?;
        let step = annealer.step(costs)?;
        steps += 1;
        brakes += usize::from(step.braked);
        if steps == config.max_steps || step.epsilon <= config.floor && !step.braked {
            break step;
        }
    };
    let matchings: Vec<Matching> = costs.iter().enumerate().map(|(k, cost)| annealer.matching(k, cost)).collect();
    let failed = matchings.iter().filter(|m| !m.permutation).count();
    let arrived = last.epsilon <= config.floor && !last.braked;
    let status = if arrived && failed == 0 {
        Status::Converged
    } else if arrived {
        Status::Exhausted { budget: Budget::InnerIterations }
    } else {
        Status::Exhausted { budget: Budget::Iterations }
    };
    let report = Report::new(status, steps)
        .residual("drift", last.drift)
        .residual("matchings that are no permutation", failed as f64)
        .timed(start);
    let report = match status {
        Status::Converged => report,
        _ if arrived => {
            report.advise(format!("Lower the floor below {:e} or raise sweeps above {}.", config.floor, config.sweeps))
        }
        _ => report.advise(format!("Raise max_steps above {}; epsilon is {:e}.", config.max_steps, last.epsilon)),
    };
    Ok(Annealed { matchings, annealer, brakes, report })
}
