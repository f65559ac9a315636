#![doc = include_str!("occam.md")]

mod checks;
mod map;
mod prox;
mod quadratic;
mod sweep;

pub use map::ElasticMap;
pub use prox::{KOverlap, L1, Prox, Stvs, Zero};
pub use quadratic::Quadratic;
pub use sweep::{Trial, sweep};

use crate::{demand, to_value};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thalweg_core::{Citation, Context, Error, Family, Maturity, Measure, Method, Report, Result};
use thalweg_ot::{CostMatrix, Sinkhorn};

const NAME: &str = "monge-bregman-occam";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S034",
    name: NAME,
    family: Family::Ot,
    summary: "A map between clouds in which each point moves along few coordinates, from entropic transport alone",
    docs: include_str!("occam.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "cuturi2023monge",
        bibtex: "@inproceedings{cuturi2023monge,\n  title = {Monge, Bregman and Occam: Interpretable Optimal Transport in High-Dimensions with Feature-Sparse Maps},\n  author = {Cuturi, Marco and Klein, Michal and Ablin, Pierre},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  eprint = {2302.04953},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Settings of the entropic problem behind an elastic map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Epsilon as a fraction of the mean cost, positive; 0.01 to 0.05 are usual.
    pub epsilon: f64,
    /// Relative L1 marginal error at which scaling stops, positive.
    pub tolerance: f64,
    /// Budget of scaling iterations, at least 1.
    pub max_iterations: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { epsilon: 0.05, tolerance: 1e-6, max_iterations: 10_000 }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.epsilon > 0.0 && self.epsilon.is_finite(), NAME, "epsilon", self.epsilon, "positive and finite")?;
        let tolerates = self.tolerance > 0.0 && self.tolerance.is_finite();
        demand(tolerates, NAME, "tolerance", self.tolerance, "positive and finite")?;
        demand(self.max_iterations >= 1, NAME, "max_iterations", self.max_iterations, "at least 1")
    }
}

/// A map and how its potential was found.
#[derive(Clone)]
pub struct Fitted {
    /// The map.
    pub map: ElasticMap,
    /// `sum pi h(x - y)` of the plan.
    pub cost: f64,
    /// How the scaling ended; the residual is named "marginal error".
    pub report: Report,
}

/// The map from `source` to `target` under `|z|^2 / 2 + tau(z)`. Both are normalised to mass 1.
///
/// # Errors
/// A setting out of range; different dimensions, or one that the regulariser is not made for; costs that are not finite;
/// a memory budget below two n x m matrices; interruption.
pub fn fit(ctx: &Context, source: &Measure, target: &Measure, tau: &Arc<dyn Prox>, config: &Config) -> Result<Fitted> {
    config.check()?;
    if source.dim() != target.dim() {
        return Err(Error::input(format!(
            "The source has {} coordinates and the target has {}; they must live in one space.",
            source.dim(),
            target.dim()
        )));
    }
    tau.check(source.dim())?;
    let (n, m) = (source.len(), target.len());
    ctx.require_memory((16 * n as u64).saturating_mul(m as u64), "An elastic map with two cost matrices")?;
    ctx.check_stop()?;
    let (a, b) = (source.probabilities(), target.probabilities());
    let cost = ctx.install(|| costs(source, target, tau.as_ref()))?;
    let mean: f64 = (0..n).map(|i| a[i] * cost.row(i).iter().zip(&b).map(|(c, w)| c * w).sum::<f64>()).sum();
    if mean <= 0.0 {
        return Err(Error::input(format!("The mean cost is {mean}, so that no epsilon can be a fraction of it."))
            .advise("The clouds coincide in one point; there is nothing to map."));
    }
    let solver = Sinkhorn {
        tolerance: config.tolerance,
        max_iterations: config.max_iterations,
        ..Sinkhorn::balanced(config.epsilon * mean)
    };
    let solved = ctx.install(|| solver.solve_matrix(&a, &b, &cost, None))?;
    ctx.check_stop()?;
    let map = ElasticMap::new(target, &solved.potentials.target, solved.epsilon, tau)?;
    Ok(Fitted { map, cost: solved.cost, report: solved.report })
}

/// `h(x_i - y_j)` for all pairs.
fn costs(source: &Measure, target: &Measure, tau: &dyn Prox) -> Result<CostMatrix> {
    let (n, m, d) = (source.len(), target.len(), source.dim());
    let mut values = vec![0.0; n * m];
    values.par_chunks_mut(m).enumerate().for_each_init(
        || vec![0.0; d],
        |z, (i, row)| {
            for (c, y) in row.iter_mut().zip(target.points().rows()) {
                *c = prox::elastic(tau, source.points().row(i), y, z);
            }
        },
    );
    CostMatrix::new(n, m, values)
}
