//! What is told of a simulation.

use serde::{Deserialize, Serialize};
use thalweg_core::Report;

/// What was asked, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulationRecord {
    /// Version of the program.
    pub thalweg: String,
    /// The command, as words.
    pub command: Vec<String>,
    /// The system or law.
    pub name: String,
    /// `flow`, `map`, `delay` or `law`.
    pub kind: String,
    /// One line: what it is.
    pub summary: String,
    /// What was set, by name.
    pub settings: Vec<(String, String)>,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Trajectories, or 1.
    pub trajectories: usize,
    /// Rows of the table.
    pub rows: usize,
    /// Figures of the whole, by name.
    pub facts: Vec<(String, f64)>,
    /// Where it was published.
    pub reference: String,
    /// A BibTeX entry, where there is one.
    pub citation: Option<String>,
    /// Files beside this record.
    pub files: Vec<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Status, iterations, residuals, seconds, advice.
    pub report: Report,
}

impl SimulationRecord {
    /// Of what is called `name` and ended so, nothing more told yet.
    pub fn new(name: &str, seed: u64, report: &Report) -> Self {
        Self {
            thalweg: env!("CARGO_PKG_VERSION").into(),
            command: Vec::new(),
            name: name.into(),
            kind: String::new(),
            summary: String::new(),
            settings: Vec::new(),
            seed,
            trajectories: 1,
            rows: 0,
            facts: Vec::new(),
            reference: String::new(),
            citation: None,
            files: Vec::new(),
            warnings: Vec::new(),
            report: report.clone(),
        }
    }
}
