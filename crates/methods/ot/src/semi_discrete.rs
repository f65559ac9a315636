#![doc = include_str!("semi_discrete.md")]

mod checks;
mod map;
mod stream;

pub use map::EntropicMap;
pub use stream::{StreamConfig, fit_stream};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thalweg_core::{Citation, Context, Family, Maturity, Measure, Method, Report, Result};
use thalweg_ot::{GroundCost, Sinkhorn};

const NAME: &str = "semi-discrete-map";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S036",
    name: NAME,
    family: Family::Ot,
    summary: "A map from samples to finitely many sites, with an error of order 1/sqrt(n) in any dimension",
    docs: include_str!("semi_discrete.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "pooladian2023minimax",
        bibtex: "@inproceedings{pooladian2023minimax,\n  title = {Minimax estimation of discontinuous optimal transport maps: The semi-discrete case},\n  author = {Pooladian, Aram-Alexandre and Divol, Vincent and Niles-Weed, Jonathan},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  eprint = {2301.11302},\n  archivePrefix = {arXiv}\n}",
    },
};

/// How strongly the map is smoothed, in squared units of the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Smoothing {
    /// `epsilon = factor / sqrt(n)` for n samples: the choice with the optimal rate.
    Rate {
        /// Positive; of the order of the mean cost.
        factor: f64,
    },
    /// This epsilon.
    Fixed {
        /// Positive.
        epsilon: f64,
    },
}

/// Settings of the semi-discrete entropic map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Epsilon.
    pub smoothing: Smoothing,
    /// Relative L1 marginal error at which scaling stops, positive.
    pub tolerance: f64,
    /// Budget of scaling iterations, at least 1.
    pub max_iterations: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { smoothing: Smoothing::Rate { factor: 1.0 }, tolerance: 1e-6, max_iterations: 10_000 }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        let (name, value) = match self.smoothing {
            Smoothing::Rate { factor } => ("smoothing.factor", factor),
            Smoothing::Fixed { epsilon } => ("smoothing.epsilon", epsilon),
        };
        demand(value > 0.0 && value.is_finite(), NAME, name, value, "positive and finite")?;
        let tolerates = self.tolerance > 0.0 && self.tolerance.is_finite();
        demand(tolerates, NAME, "tolerance", self.tolerance, "positive and finite")?;
        demand(self.max_iterations >= 1, NAME, "max_iterations", self.max_iterations, "at least 1")
    }

    fn epsilon(&self, samples: usize) -> f64 {
        match self.smoothing {
            Smoothing::Rate { factor } => factor / (samples as f64).sqrt(),
            Smoothing::Fixed { epsilon } => epsilon,
        }
    }
}

/// A map and how its potential was found.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The map.
    pub map: EntropicMap,
    /// `sum pi |x - y|^2 / 2` of the plan between the samples.
    pub cost: f64,
    /// How the scaling ended; the residual is named "marginal error".
    pub report: Report,
}

/// The map from `samples` of P to the atoms of Q. Both sides are normalised to mass 1.
///
/// # Errors
/// A setting out of range; different dimensions; coordinates that overflow; interruption.
pub fn fit(ctx: &Context, samples: &Measure, sites: &Measure, config: &Config) -> Result<Fitted> {
    config.check()?;
    let epsilon = config.epsilon(samples.len());
    let normalised =
        |m: &Measure| Ok::<_, thalweg_core::Error>(Arc::new(Measure::new(m.points().clone(), m.probabilities())?));
    let (source, target) = (normalised(samples)?, normalised(&map::merged(sites)?)?);
    // The solver's cost is |x - y|^2: twice ours, at twice the epsilon, has the same plan.
    let solver = Sinkhorn {
        tolerance: config.tolerance,
        max_iterations: config.max_iterations,
        ..Sinkhorn::balanced(2.0 * epsilon)
    };
    let (solved, plan) = solver.solve(ctx, &source, &target, GroundCost::SquaredEuclidean, None)?;
    let potential = solved.potentials.target.iter().map(|g| 0.5 * g).collect();
    let map = EntropicMap::new(&target, potential, epsilon)?;
    Ok(Fitted { map, cost: 0.5 * plan.cost(), report: solved.report })
}
