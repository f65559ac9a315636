#![doc = include_str!("info.md")]

mod aligned;
mod checks;
mod kernel;

pub use aligned::{Aligned, align};
pub use kernel::{Kernel, gradient, information};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family, Maturity, Method, Result};

const NAME: &str = "info-ot";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S041",
    name: NAME,
    family: Family::Ot,
    summary: "The coupling of most mutual information: clusters to clusters, across spaces, with unseen points projected",
    docs: include_str!("info.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "chuang2023infoot",
        bibtex: "@inproceedings{chuang2023infoot,\n  title = {InfoOT: Information Maximizing Optimal Transport},\n  author = {Chuang, Ching-Yao and Jegelka, Stefanie and Alvarez-Melis, David},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  eprint = {2210.03164},\n  archivePrefix = {arXiv}\n}",
    },
};

/// What moving costs beside the information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// Nothing: the spaces need not be one.
    Unused,
    /// The Euclidean distance.
    Euclidean,
}

/// Settings of InfoOT.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Width h of the kernels in units of the spread of the points, positive.
    pub bandwidth: f64,
    /// What moving costs.
    pub ground: Ground,
    /// Weight of the information, in units of the cost a nat, positive.
    pub information: f64,
    /// Epsilon of the projection, in units of the cost, positive: the smaller, the longer the steps.
    pub epsilon: f64,
    /// Budget of mirror steps, at least 1.
    pub iterations: usize,
    /// Ends when the plan changes by less than this (L1), positive.
    pub tolerance: f64,
    /// Relative L1 marginal error of the inner solver, positive.
    pub inner_tolerance: f64,
    /// Budget of the inner solver, at least 1.
    pub inner_iterations: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bandwidth: 0.5,
            ground: Ground::Unused,
            information: 1.0,
            epsilon: 0.05,
            iterations: 100,
            tolerance: 1e-6,
            inner_tolerance: 1e-7,
            inner_iterations: 1000,
        }
    }
}

impl Config {
    /// The published settings with a Euclidean cost in one space.
    pub fn fused() -> Self {
        Self { ground: Ground::Euclidean, information: 100.0, epsilon: 1.0, iterations: 50, ..Self::default() }
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        let positive = |name: &str, v: f64| demand(v > 0.0 && v.is_finite(), NAME, name, v, "positive and finite");
        positive("bandwidth", self.bandwidth)?;
        positive("information", self.information)?;
        positive("epsilon", self.epsilon)?;
        positive("tolerance", self.tolerance)?;
        positive("inner_tolerance", self.inner_tolerance)?;
        demand(self.iterations >= 1, NAME, "iterations", self.iterations, "at least 1")?;
        demand(self.inner_iterations >= 1, NAME, "inner_iterations", self.inner_iterations, "at least 1")
    }
}
