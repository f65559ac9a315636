#![doc = include_str!("inverse.md")]

mod checks;
mod features;
pub mod gaussian;
mod hessian;
mod solver;

pub use features::{Bilinear, Dense, Features};
pub use hessian::{certificate, hessian};
pub use solver::{Recovered, recover, refit};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family, Maturity, Method, Result};

const NAME: &str = "sparse-inverse-transport";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S063",
    name: NAME,
    family: Family::Ot,
    summary: "The cost behind observed pairs, as few interactions of their features, with a certificate of the support",
    docs: include_str!("inverse.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "andrade2024sparsistency",
        bibtex: "@inproceedings{andrade2024sparsistency,\n  title = {Sparsistency for Inverse Optimal Transport},\n  author = {Andrade, Francisco and Peyr{\\'e}, Gabriel and Poon, Clarice},\n  booktitle = {International Conference on Learning Representations},\n  year = {2024},\n  eprint = {2310.05461},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Settings of sparse inverse transport.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The epsilon of the plan behind the pairs, in units of the cost, positive.
    pub epsilon: f64,
    /// Strength of the l1 penalty, not negative; of the order of the noise of a mean feature, `1 / sqrt(n)`, or more.
    pub lambda: f64,
    /// Ends when no coefficient changes by more than this, positive.
    pub tolerance: f64,
    /// Budget of gradient steps, at least 1.
    pub max_iterations: usize,
    /// Relative L1 marginal error of the inner solver, positive.
    pub inner_tolerance: f64,
    /// Budget of the inner solver, at least 1.
    pub inner_iterations: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            epsilon: 1.0,
            lambda: 0.1,
            tolerance: 1e-4,
            max_iterations: 500,
            inner_tolerance: 1e-7,
            inner_iterations: 1000,
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        let positive = |name: &str, v: f64| demand(v > 0.0 && v.is_finite(), NAME, name, v, "positive and finite");
        positive("epsilon", self.epsilon)?;
        positive("tolerance", self.tolerance)?;
        positive("inner_tolerance", self.inner_tolerance)?;
        let lambda = self.lambda >= 0.0 && self.lambda.is_finite();
        demand(lambda, NAME, "lambda", self.lambda, "finite and not negative")?;
        demand(self.max_iterations >= 1, NAME, "max_iterations", self.max_iterations, "at least 1")?;
        demand(self.inner_iterations >= 1, NAME, "inner_iterations", self.inner_iterations, "at least 1")
    }
}
