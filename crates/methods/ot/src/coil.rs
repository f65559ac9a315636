#![doc = include_str!("coil.md")]

mod checks;
mod classifier;
mod exemplars;
mod extractor;
mod head;
mod objective;
mod transport;

pub use classifier::Classifier;
pub use transport::transport_rows;

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family, Maturity, Method, Result};
use thalweg_nn::{FitConfig, Schedule};

const NAME: &str = "coil";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S054",
    name: NAME,
    family: Family::Ot,
    summary: "New classes learned without forgetting: a classifier's weights transported between old and new classes",
    docs: include_str!("coil.md"),
    maturity: Maturity::Preview,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "zhou2021cotransport",
        bibtex: "@inproceedings{zhou2021cotransport,\n  title = {Co-Transport for Class-Incremental Learning},\n  author = {Zhou, Da-Wei and Ye, Han-Jia and Zhan, De-Chuan},\n  booktitle = {ACM International Conference on Multimedia},\n  year = {2021},\n  eprint = {2107.12654},\n  archivePrefix = {arXiv}\n}",
    },
};

/// How the rows of new classes start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rows {
    /// Transported from the old classes.
    Transported,
    /// Drawn at random.
    Random,
}

/// Settings of co-transport.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Epsilon between classes, in units of the distance of unit means, positive.
    pub epsilon: f64,
    /// The p of the distance between means, at least 1.
    pub norm: f64,
    /// How the rows of new classes start.
    pub rows: Rows,
    /// Factor on the published share K / (K + k) of distillation, from 0 to 1.
    pub distillation: f64,
    /// Weight of the two transported losses, at least 0.
    pub transport: f64,
    /// Temperature of what is distilled, positive.
    pub temperature: f64,
    /// Exemplars kept of each class, at least 1.
    pub exemplars: usize,
    /// Points a batch, at least 1.
    pub batch: usize,
    /// Widths of the network before the head, the last of which is the number of features; none for the points themselves.
    pub hidden: Vec<usize>,
    /// Optimiser, steps a task, learning rate.
    pub fit: FitConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            epsilon: 0.464,
            norm: 3.0,
            rows: Rows::Transported,
            distillation: 1.0,
            transport: 1e-3,
            temperature: 2.0,
            exemplars: 20,
            batch: 128,
            hidden: Vec::new(),
            fit: FitConfig {
                steps: 500,
                learning_rate: 0.01,
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
        let positive = |name: &str, v: f64| demand(v > 0.0 && v.is_finite(), NAME, name, v, "positive and finite");
        positive("epsilon", self.epsilon)?;
        positive("temperature", self.temperature)?;
        demand(self.norm >= 1.0 && self.norm.is_finite(), NAME, "norm", self.norm, "finite and at least 1")?;
        demand((0.0..=1.0).contains(&self.distillation), NAME, "distillation", self.distillation, "from 0 to 1")?;
        let weight = self.transport;
        demand(weight >= 0.0 && weight.is_finite(), NAME, "transport", weight, "finite and at least 0")?;
        demand(self.exemplars >= 1, NAME, "exemplars", self.exemplars, "at least 1")?;
        demand(self.batch >= 1, NAME, "batch", self.batch, "at least 1")?;
        let widths = self.hidden.iter().all(|w| *w >= 1);
        demand(widths, NAME, "hidden", format!("{:?}", self.hidden), "a list of widths of at least 1")?;
        self.fit.check()
    }
}
