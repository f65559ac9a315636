#![doc = include_str!("catalogue.md")]

mod checks;

use crate::to_value;
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Context, Family, Maturity, Method, Result, Trajectory};
use thalweg_systems::{Exponents, Lyapunov, Sampling, Spacing, System};

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S057",
    name: "chaos-catalogue",
    family: Family::Dynamics,
    summary: "Chaotic flows, maps and delay equations at a comparable time-scale, with their Lyapunov spectra",
    docs: include_str!("catalogue.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "gilpin2021chaos",
        bibtex: "@inproceedings{gilpin2021chaos,\n  title = {Chaos as an interpretable benchmark for forecasting and data-driven modelling},\n  author = {Gilpin, William},\n  booktitle = {Advances in Neural Information Processing Systems, Datasets and Benchmarks},\n  year = {2021},\n  eprint = {2110.05266},\n  archivePrefix = {arXiv}\n}",
    },
};

/// How a system is sampled and its exponents are computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Number of points of a trajectory, at least 1.
    pub points: usize,
    /// Points in a dominant period, positive.
    pub per_period: f64,
    /// Relative and absolute tolerance of a step, at least 1e-15.
    pub tolerance: f64,
    /// Orbits over which exponents are averaged, at least 1.
    pub orbits: usize,
    /// Periods of each of them, at least 4.
    pub periods: usize,
    /// Periods before, in which the motion settles.
    pub settle: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { points: 1000, per_period: 100.0, tolerance: 1e-9, orbits: 8, periods: 200, settle: 50 }
    }
}

impl Config {
    /// The trajectory of a system from its initial state on.
    ///
    /// # Errors
    /// As [`System::trajectory`].
    pub fn trajectory(&self, system: &System, ctx: &Context) -> Result<Trajectory> {
        let spacing = Spacing::PerPeriod(self.per_period);
        system.trajectory(None, &Sampling { points: self.points, spacing, discard: 0, tolerance: self.tolerance }, ctx)
    }

    /// The Lyapunov exponents of a system.
    ///
    /// # Errors
    /// As [`System::exponents`].
    pub fn exponents(&self, system: &System, ctx: &Context) -> Result<Exponents> {
        let options = Lyapunov {
            orbits: self.orbits,
            stretches: self.periods,
            settle: self.settle,
            tolerance: self.tolerance,
            ..Lyapunov::default()
        };
        system.exponents(&options, ctx)
    }
}
