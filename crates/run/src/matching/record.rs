//! `match.json`: what was asked, on what data, and what became of it.

use super::options::Options;
use super::solve::Milestone;
use super::storage::Storage;
use serde::{Deserialize, Serialize};
use thalweg_core::{Budget, Report, Status};

/// The record of a match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchRecord {
    /// Version of thalweg.
    pub thalweg: String,
    /// The exact command that made it.
    pub command: Vec<String>,
    /// What was asked, defaults included.
    pub options: Options,
    /// One side.
    pub source: CloudRecord,
    /// The other side.
    pub target: CloudRecord,
    /// Names of the coordinates; of the source's, where the target has others.
    pub features: Vec<String>,
    /// Names of the target's coordinates, where they are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_features: Option<Vec<String>>,
    /// How the solve ended: status with the budget that ran out, iterations, residuals, seconds, advice.
    pub report: Report,
    /// Transport cost `sum pi C` of the whole plan.
    pub cost: f64,
    /// Mean cost under independent draws, the unit of relative strengths.
    pub mean_cost: f64,
    /// Objective of the plan: cost, entropy and penalties.
    pub primal: f64,
    /// Value of the dual potentials; no plan's objective is lower. None where the problem has no such bound.
    pub dual: Option<f64>,
    /// `primal - dual`.
    pub gap: Option<f64>,
    /// Strength of the entropy, in units of the cost.
    pub epsilon: Option<f64>,
    /// Cost of creating or destroying mass, in units of the cost.
    pub rho: Option<f64>,
    /// How the plan was held while it was solved, where there was a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// What of the plan is in the files.
    pub plan: PlanRecord,
    /// Residuals on the way to the solution.
    pub history: Vec<Milestone>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Wall-clock seconds of solving and of passing over the plan.
    pub seconds: f64,
    /// Largest memory of the process so far, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
    /// BibTeX of what was computed.
    pub citations: Vec<String>,
}

/// A side of a match in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudRecord {
    /// Path of the file or name of the argument.
    pub name: String,
    /// Number of points.
    pub points: usize,
    /// Mass that it came with.
    pub mass: f64,
    /// Mass of it that the plan moves.
    pub moved: f64,
    /// `sum |moved - mass|` over its points, over its mass.
    pub marginal_error: f64,
    /// Points that take no part in the plan.
    pub unmatched: usize,
}

/// What of the plan is in the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// Entries kept.
    pub entries: usize,
    /// Most entries kept of a row.
    pub top_k: usize,
    /// Total mass of the plan.
    pub mass: f64,
    /// Part of that mass in the entries that were left out.
    pub left_out: f64,
    /// Rank of the factors that hold the whole plan, where it has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
}

impl MatchRecord {
    /// How it ended, in words: `converged`, or what ran out.
    pub fn ended(&self) -> &'static str {
        match self.report.status {
            Status::Converged => "converged",
            Status::Exhausted { budget: Budget::Iterations } => "out of iterations",
            Status::Exhausted { budget: Budget::InnerIterations } => "out of inner iterations",
            Status::Exhausted { budget: Budget::Time } => "out of time",
            Status::Exhausted { budget: Budget::Precision } => "out of precision",
            Status::Diverged => "diverged",
            Status::Interrupted => "interrupted",
        }
    }
}

/// The most memory that this process has held, where the system tells.
pub(super) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| 1024 * kib)
}
