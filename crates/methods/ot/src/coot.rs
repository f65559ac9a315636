#![doc = include_str!("coot.md")]

mod checks;
mod problem;
mod rounds;

pub use problem::Problem;
pub use rounds::{Coupled, solve};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family, Maturity, Method, Result};

const NAME: &str = "unbalanced-coot";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S102",
    name: NAME,
    family: Family::Ot,
    summary: "Samples and features of two tables matched at once, with outliers of either left alone",
    docs: include_str!("coot.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "tran2023unbalanced",
        bibtex: "@inproceedings{tran2023unbalanced,\n  title = {Unbalanced CO-Optimal Transport},\n  author = {Tran, Quang Huy and Janati, Hicham and Courty, Nicolas and Flamary, R{\\'e}mi and Redko, Ievgen and Demetci, Pinar and Singh, Ritambhara},\n  booktitle = {AAAI Conference on Artificial Intelligence},\n  year = {2023},\n  eprint = {2205.14923},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Settings of unbalanced co-optimal transport.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Price of mass of X destroyed, in squared units of the entries, positive.
    pub rho_source: f64,
    /// Price of mass of Y created, in squared units of the entries, positive.
    pub rho_target: f64,
    /// Strength of the entropy of both plans, in squared units of the entries, positive.
    pub epsilon: f64,
    /// Budget of rounds, at least 1.
    pub max_rounds: usize,
    /// Ends when the plan of the samples changes by less than this (L1), positive.
    pub tolerance: f64,
    /// Relative residual at which an inner solve ends, positive.
    pub inner_tolerance: f64,
    /// Budget of an inner solve, at least 1.
    pub inner_iterations: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rho_source: 1.0,
            rho_target: 1.0,
            epsilon: 0.05,
            max_rounds: 100,
            tolerance: 1e-7,
            inner_tolerance: 1e-9,
            inner_iterations: 500,
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
        positive("rho_source", self.rho_source)?;
        positive("rho_target", self.rho_target)?;
        positive("epsilon", self.epsilon)?;
        positive("tolerance", self.tolerance)?;
        positive("inner_tolerance", self.inner_tolerance)?;
        demand(self.max_rounds >= 1, NAME, "max_rounds", self.max_rounds, "at least 1")?;
        demand(self.inner_iterations >= 1, NAME, "inner_iterations", self.inner_iterations, "at least 1")
    }
}
