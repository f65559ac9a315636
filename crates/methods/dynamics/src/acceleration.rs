#![doc = include_str!("acceleration.md")]

mod checks;
mod descent;
mod flow;
mod objectives;

pub use descent::{Coefficients, Curvature, Minimised, Objective, Scheme, minimise};
pub use flow::MomentumFlow;
pub use objectives::{Kinked, Quadratic};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family, Maturity, Method, Result};

const NAME: &str = "acceleration";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S085",
    name: NAME,
    family: Family::Dynamics,
    summary: "Momentum methods as one update of four constants, and the laws of motion that they discretise",
    docs: include_str!("acceleration.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "parimi2025acceleration",
        bibtex: "@misc{parimi2025acceleration,\n  author = {Parimi, M. and Mehra, R. and Wagh, S. R. and Yerudkar, A. and Singh, N.},\n  title = {Acceleration in optimisation as a dynamical system: passivity and immersion},\n  year = {2025},\n  eprint = {2509.18346},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Settings of a minimisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The scheme.
    pub scheme: Scheme,
    /// Most steps, at least 1.
    pub steps: usize,
    /// Norm of the gradient that ends it, not negative.
    pub tolerance: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self { scheme: Scheme::TripleMomentum, steps: 10_000, tolerance: 1e-10 }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.steps >= 1, NAME, "steps", self.steps, "at least 1")?;
        let bounded = self.tolerance >= 0.0 && self.tolerance.is_finite();
        demand(bounded, NAME, "tolerance", self.tolerance, "finite and not negative")
    }
}
