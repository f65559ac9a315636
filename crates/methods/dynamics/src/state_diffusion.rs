#![doc = include_str!("state_diffusion.md")]

mod checks;
mod medium;
mod walk;
mod weight;

pub use medium::{Medium, Profile, stationary};
pub use walk::walk;
pub use weight::log_weight;

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family, Maturity, Method, Result};

const NAME: &str = "state-dependent-diffusion";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S052",
    name: NAME,
    family: Family::Dynamics,
    summary: "Langevin dynamics with position-dependent diffusion that samples Boltzmann in every convention",
    docs: include_str!("state_diffusion.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "lau2007state",
        bibtex: "@article{lau2007state,\n  author = {Lau, A. W. C. and Lubensky, T. C.},\n  title = {State-dependent diffusion: thermodynamic consistency and its path integral formulation},\n  journal = {Physical Review E},\n  volume = {76},\n  pages = {011123},\n  year = {2007},\n  eprint = {0707.2234},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Where in a step the noise amplitude `sqrt(2 D)` is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Convention {
    /// At its start; by Euler-Maruyama.
    Ito,
    /// In its middle; by the method of Heun.
    Stratonovich,
    /// At its end; by a predictor that moves by the noise alone.
    AntiIto,
}

impl Convention {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ito, Self::Stratonovich, Self::AntiIto];

    /// The fraction of the step.
    pub fn alpha(self) -> f64 {
        match self {
            Self::Ito => 0.0,
            Self::Stratonovich => 0.5,
            Self::AntiIto => 1.0,
        }
    }
}

/// What drives the walkers beside the noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// `-D grad U / kT + (1 - alpha) div D`: the stationary law is `exp(-U / kT)` whatever the convention.
    Boltzmann,
    /// `-D grad U / kT` alone: the stationary law is `exp(-U / kT) D^(alpha - 1)`, an error that is often made.
    ForceOnly,
}

/// Settings of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How the noise is meant.
    pub convention: Convention,
    /// What drives the walkers beside it.
    pub drift: Drift,
    /// Time of a step, positive.
    pub step: f64,
    /// Steps between two saves, at least 1.
    pub every: usize,
    /// Saves after the start, at least 1.
    pub saves: usize,
    /// Walls `[low, high]` of every coordinate, which reflect; `null` for none.
    pub walls: Option<[f64; 2]>,
}

impl Default for Config {
    fn default() -> Self {
        Self { convention: Convention::Ito, drift: Drift::Boltzmann, step: 1e-3, every: 1000, saves: 10, walls: None }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.step > 0.0 && self.step.is_finite(), NAME, "step", self.step, "positive and finite")?;
        demand(self.every >= 1, NAME, "every", self.every, "at least 1")?;
        demand(self.saves >= 1, NAME, "saves", self.saves, "at least 1")?;
        if let Some([low, high]) = self.walls {
            let apart = low < high && (high - low).is_finite();
            demand(apart, NAME, "walls", format!("[{low}, {high}]"), "two finite numbers, the lower first")?;
        }
        Ok(())
    }
}
