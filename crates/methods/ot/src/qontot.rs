#![doc = include_str!("qontot.md")]

mod checks;
mod evaluate;
mod model;
mod readout;
mod train;

pub use evaluate::stochastic;
pub use model::Model;
pub use train::{Fitted, fit_marginals, fit_plans, optimal_plans};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family, Maturity, Method, Result};
use thalweg_nn::{FitConfig, Schedule};

const NAME: &str = "qontot";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S008",
    name: NAME,
    family: Family::Ot,
    summary: "Plans between histograms that follow a context, as a simulated quantum circuit: doubly stochastic by construction",
    docs: include_str!("qontot.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "mariella2024quantum",
        bibtex: "@inproceedings{mariella2024quantum,\n  title = {Quantum Theory and Application of Contextual Optimal Transport},\n  author = {Mariella, Nicola and Akhriev, Albert and Tacchino, Francesco and Zoufal, Christa and Gonzalez-Espitia, Juan Carlos and Harsanyi, Benedek and Koskin, Eugene and Tavernelli, Ivano and Woerner, Stefan and Rapsomaniki, Marianna and Zhuk, Sergiy and Born, Jannis},\n  booktitle = {International Conference on Machine Learning},\n  year = {2024},\n  eprint = {2402.14991},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Most qubits in all: the doubly stochastic reading follows `4^qubits` amplitudes.
const MOST: usize = 12;

/// How a plan is read off the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// States are shared among the bins in proportion to both histograms, ancillas averaged out.
    DoublyStochastic,
    /// Source bins are states with ancillas at 0, outcomes are shared evenly among the target bins.
    Channel,
}

/// Settings of contextual transport by a circuit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// System qubits, from 1 to 12; `2^qubits` states are shared among the bins.
    pub qubits: usize,
    /// Ancillas, at least 0; at most 12 qubits in all.
    pub ancillas: usize,
    /// Entangling layers, from 0 (rotations alone) to 1,000.
    pub layers: usize,
    /// Highest power of a context in an angle, from 0 (no context) to 8.
    pub degree: usize,
    /// How a plan is read off.
    pub reading: Reading,
    /// Trainings from random angles, of which the best is kept, at least 1.
    pub starts: usize,
    /// Optimiser, steps, learning rate.
    pub fit: FitConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            qubits: 4,
            ancillas: 1,
            layers: 3,
            degree: 1,
            reading: Reading::DoublyStochastic,
            starts: 2,
            fit: FitConfig {
                steps: 500,
                learning_rate: 0.03,
                schedule: Schedule::Cosine { warmup: 0, floor: 0.0 },
                ..FitConfig::default()
            },
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand((1..=MOST).contains(&self.qubits), NAME, "qubits", self.qubits, "from 1 to 12")?;
        let left = MOST - self.qubits;
        demand(self.ancillas <= left, NAME, "ancillas", self.ancillas, &format!("from 0 to {left} beside the qubits"))?;
        demand(self.layers <= 1000, NAME, "layers", self.layers, "from 0 to 1,000")?;
        demand(self.degree <= 8, NAME, "degree", self.degree, "from 0 to 8")?;
        demand(self.starts >= 1, NAME, "starts", self.starts, "at least 1")?;
        self.fit.check()
    }
}
