//! What a page shows, as plain data: nothing here knows how the numbers were made.
//!
//! All positions are in one two-dimensional view of the state: the features themselves when there are two, otherwise a
//! linear projection such as the first two principal components. A single feature is drawn against time: the first
//! coordinate of a position is then its time, and there is one velocity grid for all times. Who fills a [`Scene`] projects
//! points and velocities with the same map, so that an arrow and a displacement mean the same thing.

use serde::{Deserialize, Serialize};
pub use thalweg_run::Protocol;

/// Everything a page and its figures show about one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Headline, for example "From the first to the fifth day".
    pub title: String,
    /// The method that was learned.
    pub method: MethodCard,
    /// The exact command that reproduces the run.
    pub command: String,
    /// Seed of every random number of the run.
    pub seed: u64,
    /// Name and version of what computed the run, for example `("thalweg", "0.1.0")`.
    pub versions: Vec<(String, String)>,
    /// How the solve ended.
    pub outcome: Outcome,
    /// What to be careful about, one sentence each.
    pub warnings: Vec<String>,
    /// What to cite.
    pub citations: Vec<Citation>,
    /// Name and unit of time, for example "day" with unit "d".
    pub time: Axis,
    /// Names of all features of the state; `axes` says which two directions are drawn.
    pub features: Vec<String>,
    /// The two drawn directions, for example "PC1" and "PC2".
    pub axes: [Axis; 2],
    /// Observed snapshots in the order of time.
    pub snapshots: Vec<SnapshotView>,
    /// Particles moved by the learned dynamics.
    pub particles: Option<Particles>,
    /// The learned velocity on a grid of the view, at one or several times in order.
    pub velocity: Vec<VelocityGrid>,
    /// Rows of the evaluation table.
    pub evaluation: Vec<Score>,
    /// The trainings of the run, in the order in which they ran.
    pub training: Vec<Training>,
}

impl Scene {
    /// Whether the first axis is time.
    pub fn against_time(&self) -> bool {
        self.features.len() == 1
    }

    /// Which axes are directions of the state.
    pub(crate) fn state_axes(&self) -> std::ops::Range<usize> {
        usize::from(self.against_time())..2
    }
}

/// The learned method as the reader meets it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodCard {
    /// Registry id, for example `flow-matching`.
    pub id: String,
    /// Full name.
    pub name: String,
    /// One sentence on what it learns.
    pub summary: String,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// One word, for example `converged` or `exhausted`.
    pub status: String,
    /// The report as a sentence, with advice where there is some.
    pub sentence: String,
    /// Wall-clock seconds of the whole run.
    pub seconds: f64,
}

/// One work to cite.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Short text: authors, year, title, venue.
    pub text: String,
    /// BibTeX entry.
    pub bibtex: String,
}

/// A named direction with an optional unit (empty when there is none).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// Label, for example "PC1".
    pub label: String,
    /// Unit, for example "d"; empty for a number without one.
    pub unit: String,
}

impl Axis {
    /// An axis with a label and a unit (`""` for none).
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { label: label.into(), unit: unit.into() }
    }

    /// `label (unit)`, or the label alone.
    pub fn title(&self) -> String {
        if self.unit.is_empty() { self.label.clone() } else { format!("{} ({})", self.label, self.unit) }
    }
}

/// One observed snapshot in the view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SnapshotView {
    /// When it was taken.
    pub time: f64,
    /// Whether training never saw it.
    pub held_out: bool,
    /// `n` points in the view.
    pub xy: Vec<[f64; 2]>,
    /// `n` non-negative weights; none means equal weights.
    pub weights: Option<Vec<f32>>,
    /// `n` learned growth rates at the points, per unit of time; none when the method has no growth.
    pub growth: Option<Vec<f32>>,
}

/// Particles through time: `T` frames of the same `n` particles, in the same order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Particles {
    /// `T` increasing frame times.
    pub times: Vec<f64>,
    /// `T` frames of `n` positions.
    pub xy: Vec<Vec<[f64; 2]>>,
    /// `T` frames of `n` logarithms of the particle's mass relative to its start; none without growth.
    pub log_weight: Option<Vec<Vec<f32>>>,
}

impl Particles {
    /// How many particles there are.
    pub fn count(&self) -> usize {
        self.xy.first().map_or(0, Vec::len)
    }
}

/// The learned velocity at one time on a rectangular grid of nodes in the view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VelocityGrid {
    /// When.
    pub time: f64,
    /// First and last node along the first axis.
    pub x: [f64; 2],
    /// First and last node along the second axis.
    pub y: [f64; 2],
    /// Nodes along the first axis, at least two.
    pub nx: usize,
    /// Nodes along the second axis, at least two.
    pub ny: usize,
    /// `ny * nx` velocities in view units per unit of time; row by row, the first axis fastest.
    pub uv: Vec<[f64; 2]>,
    /// `ny * nx`: whether there is data near the node. Nothing is drawn elsewhere.
    pub data: Vec<bool>,
}

/// A distance between the predicted and the observed snapshot; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Wasserstein-1 distance.
    W1,
    /// Wasserstein-2 distance.
    W2,
    /// Maximum mean discrepancy.
    Mmd,
    /// Relative error of the total mass.
    MassError,
}

impl Metric {
    /// All metrics in the order of tables.
    pub const ALL: [Self; 4] = [Self::W1, Self::W2, Self::Mmd, Self::MassError];

    /// The name used in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::W1 => "W1",
            Self::W2 => "W2",
            Self::Mmd => "MMD",
            Self::MassError => "mass error",
        }
    }

    /// Name and unit, for an axis.
    pub fn title(self) -> &'static str {
        match self {
            Self::W1 => "W1 (feature units)",
            Self::W2 => "W2 (feature units)",
            Self::Mmd => "MMD (no unit)",
            Self::MassError => "relative mass error",
        }
    }

    /// What it measures, a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::W1 => "Wasserstein-1: how far points must move on average, in units of the features.",
            Self::W2 => {
                "Wasserstein-2: the root of the mean squared distance that points must move, in units of the features; far strays count more than in W1."
            }
            Self::Mmd => {
                "Maximum mean discrepancy: how well smoothed densities agree, from 0 to about 1.4, without a unit."
            }
            Self::MassError => {
                "How far the predicted mass of the population is from the observed one, as a share of the observed one."
            }
        }
    }
}

/// One row of the evaluation: the model and its references on the same points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Time of the predicted snapshot.
    pub time: f64,
    /// How the prediction was made.
    pub protocol: Protocol,
    /// Which distance.
    pub metric: Metric,
    /// The learned model.
    pub model: f64,
    /// The previous snapshot, unchanged.
    pub unchanged: Option<f64>,
    /// The exact-OT straight line between the neighbouring snapshots.
    pub straight: Option<f64>,
    /// Two halves of the observed snapshot against each other: what sampling alone costs.
    pub floor: Option<f64>,
}

/// One training; a method may have several, each with a loss of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// What the method calls it, for example `fine-tuning`.
    pub name: String,
    /// Its losses in the order of steps.
    pub losses: Vec<LossPoint>,
}

/// One recorded loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossPoint {
    /// Training step.
    pub step: u64,
    /// Mean loss since the last recorded step.
    pub loss: f64,
}
