#![doc = include_str!("conditional.md")]

mod checks;
mod evaluate;

pub use evaluate::{Flow, Transported, evaluate, flow};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family, Maturity, Method, Result};

const NAME: &str = "conditional-transport";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S024",
    name: NAME,
    family: Family::Ot,
    summary: "A discrepancy between samples with gradients, forward and backward, that solves no transport problem",
    docs: include_str!("conditional.md"),
    maturity: Maturity::Preview,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "zheng2021exploiting",
        bibtex: "@inproceedings{zheng2021exploiting,\n  title = {Exploiting Chain Rule and Bayes' Theorem to Compare Probability Distributions},\n  author = {Zheng, Huangjie and Zhou, Mingyuan},\n  booktitle = {Advances in Neural Information Processing Systems},\n  year = {2021},\n  eprint = {2012.14100},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Settings of conditional transport.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Weight of the forward part, from 0 to 1.
    pub rho: f64,
    /// Sharpness of the conditionals, in inverse squared units of the data, not negative.
    pub kappa: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self { rho: 0.5, kappa: 1.0 }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand((0.0..=1.0).contains(&self.rho), NAME, "rho", self.rho, "from 0 to 1")?;
        demand(self.kappa >= 0.0 && self.kappa.is_finite(), NAME, "kappa", self.kappa, "finite and not negative")
    }
}
