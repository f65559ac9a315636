//! What is told of a simulation.

use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Report, Result};

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
    /// What to cite: the entry of a law, or one made of where its system was published.
    ///
    /// # Errors
    /// A system of one's own whose line names no publication.
    pub fn cited(&self) -> Result<String> {
        if let Some(entry) = &self.citation {
            return Ok(entry.trim().to_owned());
        }
        let reference = self.reference.trim();
        if reference.is_empty() || reference == "-" {
            return Err(Error::input(format!("The record of {} names no publication.", self.name)).advise(
                "Cite where you have its equations from; its line in the file of systems has a place for it.",
            ));
        }
        // A publication is told by words, which BibTeX would otherwise read as its own.
        let escaped: String = reference.chars().flat_map(|c| special(c).into_iter().chain([c])).collect();
        Ok(format!("@misc{{{},\n  title = {{{}}},\n  note = {{{escaped}}},\n}}", self.name.to_lowercase(), self.name))
    }

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

/// The stroke before a character that BibTeX or LaTeX would take for a command.
fn special(c: char) -> Option<char> {
    matches!(c, '&' | '%' | '$' | '#' | '_' | '{' | '}').then_some('\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Status;

    #[test]
    fn a_system_is_cited_by_where_it_was_published() {
        let new = |reference: &str| SimulationRecord {
            reference: reference.into(),
            ..SimulationRecord::new("Lorenz63", 0, &Report::new(Status::Converged, 0))
        };
        let entry = new("Lorenz, J. Atmos. Sci. 20, 130 & 141 (1963)").cited().unwrap();
        assert!(entry.starts_with("@misc{lorenz63,") && entry.contains(r"130 \& 141 (1963)}"), "{entry}");
        assert!(new("-").cited().is_err() && new("").cited().is_err());
        let law = SimulationRecord { citation: Some("@book{a,\n}\n".into()), ..new("elsewhere") };
        assert_eq!(law.cited().unwrap(), "@book{a,\n}");
    }
}
