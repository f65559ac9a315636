//! `run.json`: what was asked, on what data, and what became of it.

use crate::config::Config;
use crate::shell;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_core::{Report, Snapshots};

/// Where a run comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The words of the command, the program first; a call of another language is one word.
    pub command: Vec<String>,
    /// What the data are called, for example the name of the file they were read from.
    pub source: Option<String>,
    /// What the user should know about the data.
    pub warnings: Vec<String>,
}

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of thalweg.
    pub thalweg: String,
    /// The exact command that started the run.
    pub command: Vec<String>,
    /// What the data are called.
    #[serde(default)]
    pub source: Option<String>,
    /// Name of the method.
    pub method: String,
    /// System number of the method.
    pub id: String,
    /// What was asked.
    pub config: Config,
    /// Every setting of the method, defaults included.
    pub settings: Value,
    /// What it was learned from.
    pub data: DataRecord,
    /// What the user should know about the data.
    pub warnings: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// How the training ended, once it has.
    pub report: Option<Report>,
    /// Wall-clock seconds, evaluation included, all calls together; a call that found the run finished adds none.
    pub seconds: f64,
    /// BibTeX of the method.
    pub citation: String,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Outcome {
    /// Not finished; if no process holds the folder, it was killed and can be resumed.
    Running,
    /// Finished.
    Done,
    /// Stopped by the user; it can be resumed.
    Interrupted,
    /// Stopped by an error or by a training that diverged, or learned a law that cannot be followed to every snapshot.
    Failed {
        /// The sentence.
        reason: String,
    },
}

/// The data of a run in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// Names of the coordinates.
    pub features: Vec<String>,
    /// Times, points and masses of the snapshots.
    pub snapshots: Vec<SnapshotRecord>,
    /// Hash of all times, coordinates and weights.
    pub fingerprint: String,
}

/// A snapshot in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRecord {
    /// When.
    pub time: f64,
    /// Number of points.
    pub points: usize,
    /// Sum of the weights.
    pub mass: f64,
}

impl DataRecord {
    /// The figures of `snapshots`.
    pub fn of(snapshots: &Snapshots) -> Self {
        let items = snapshots.items();
        Self {
            features: snapshots.features().to_vec(),
            snapshots: items
                .iter()
                .map(|s| SnapshotRecord { time: s.time, points: s.measure.len(), mass: s.measure.mass() })
                .collect(),
            fingerprint: thalweg_nn::fingerprint(snapshots),
        }
    }
}

impl Record {
    /// The command as a line to give to a shell.
    pub fn command_line(&self) -> String {
        shell::line(&self.command)
    }

    /// Whether this run was finished with as many steps as `later`, which continued it.
    pub(crate) fn trained_as_far(&self, later: &Self) -> bool {
        let steps = |record: &Self| record.report.as_ref().map(|report| report.iterations);
        self.outcome == Outcome::Done && steps(self) == steps(later)
    }

    /// What makes `other` a different computation, if anything does: a phrase for "was started with ...".
    pub fn differs(&self, other: &Self) -> Option<String> {
        if self.data.fingerprint != other.data.fingerprint {
            return Some("other data".into());
        }
        if self.method != other.method {
            return Some(format!("the method {}", self.method));
        }
        if self.config.seed != other.config.seed {
            return Some(format!("the seed {}", self.config.seed));
        }
        if self.config.hold_out != other.config.hold_out {
            return Some(format!("the held-out times {:?}", self.config.hold_out));
        }
        (thalweg_nn::decisive(&self.settings) != thalweg_nn::decisive(&other.settings)).then(|| "other settings".into())
    }
}
