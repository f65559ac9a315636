#![doc = include_str!("mirror_sinkhorn.md")]

mod checks;
mod descent;
mod objective;
mod polytope;

pub use descent::Descent;
pub use objective::{Linear, Nearest, Noisy, Objective};
pub use polytope::{Polytope, round};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use thalweg_core::{Budget, Citation, Context, Family, Maturity, Method, Report, Result, Status, Stream};

const NAME: &str = "mirror-sinkhorn";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S030",
    name: NAME,
    family: Family::Ot,
    summary: "The least of a convex function of a plan, from exact, noisy or streaming gradients, without an inner loop",
    docs: include_str!("mirror_sinkhorn.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "ballu2023mirror",
        bibtex: "@inproceedings{ballu2023mirror,\n  title = {Mirror Sinkhorn: Fast Online Optimization on Transport Polytopes},\n  author = {Ballu, Marin and Berthet, Quentin},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  eprint = {2211.10420},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Settings of mirror Sinkhorn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Gradients taken, at least 1.
    pub iterations: u64,
    /// Factor of the step size, positive; 1 is the published one.
    pub step: f64,
    /// Values recorded along the way, evenly spaced; each costs one rounding and one evaluation. 0 records none.
    pub trace: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { iterations: 10_000, step: 1.0, trace: 10 }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.iterations >= 1, NAME, "iterations", self.iterations, "at least 1")?;
        demand(self.step > 0.0 && self.step.is_finite(), NAME, "step", self.step, "positive and finite")
    }
}

/// What [`minimise`] found. Plans are row-major tensors, one axis a marginal, of mass 1.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The average iterate, rounded onto the polytope.
    pub plan: Vec<f64>,
    /// The average iterate.
    pub average: Vec<f64>,
    /// The last iterate, which meets one marginal exactly; often closer to optimal than the average, without a guarantee.
    pub last: Vec<f64>,
    /// Value of the objective at `plan`.
    pub value: f64,
    /// Iterations done and the value at the rounded average then.
    pub trace: Vec<(u64, f64)>,
    /// Residuals "marginal violation" (L1, of the average) and "largest gradient entry over its bound".
    pub report: Report,
}

/// Minimises `objective` over the plans with these marginals. Gradients draw from streams of the context's seed.
///
/// The budget is the iterations, so the report never says converged: it says that the iterations ran out, with the
/// violation reached.
///
/// # Errors
/// A setting out of range; fewer than two marginals; a weight that is not positive; a bound that is not positive; a
/// gradient that is not finite; a memory budget below four tensors; interruption.
pub fn minimise(ctx: &Context, marginals: &[&[f64]], objective: &dyn Objective, config: &Config) -> Result<Solution> {
    let start = Instant::now();
    config.check()?;
    let mut descent = Descent::new(ctx, marginals, objective.bound(), config.step)?;
    objective.check(descent.polytope())?;
    let mut gradient = vec![0.0; descent.plan().len()];
    let every = config.iterations.checked_div(config.trace).map_or(u64::MAX, |e| e.max(1));
    let mut trace = Vec::new();
    for t in 1..=config.iterations {
        ctx.check_stop()?;
        let mut stream = Stream::new(ctx.seed(), "mirror-sinkhorn-gradient", t);
        objective.gradient(descent.plan(), t, &mut stream, &mut gradient)?;
        descent.step(&gradient)?;
        if t % every == 0 {
            trace.push((t, objective.value(&round(descent.average(), descent.polytope())?)));
        }
    }
    let average = descent.average();
    let plan = round(average.clone(), descent.polytope())?;
    let report = report(&descent, &average, config).timed(start);
    Ok(Solution { value: objective.value(&plan), plan, average, last: descent.plan().to_vec(), trace, report })
}

fn report(descent: &Descent, average: &[f64], config: &Config) -> Report {
    let steepness = descent.steepness();
    let status = Status::Exhausted { budget: Budget::Iterations };
    let report = Report::new(status, usize::try_from(config.iterations).unwrap_or(usize::MAX))
        .residual("marginal violation", descent.polytope().violation(average))
        .residual("largest gradient entry over its bound", steepness);
    if steepness > 1.0 {
        report.advise(format!("A gradient was {steepness:.3} times its bound; give a bound that is larger by this."))
    } else {
        report.advise(format!("{} iterations would halve the gap.", config.iterations.saturating_mul(4)))
    }
}
