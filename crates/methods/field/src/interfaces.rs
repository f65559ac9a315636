#![doc = include_str!("interfaces.md")]

mod checks;
mod cluster;
mod contour;
mod profile;
mod structures;

pub use cluster::boundaries;
pub use contour::{Interface, interface_velocity};
pub use profile::{Profile, profile};
pub use structures::{Moving, Structures, structures};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Error, Family, Maturity, Method, Result};
use thalweg_measure::{Averaging, Axis};

const NAME: &str = "interface-structures";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S032",
    name: NAME,
    family: Family::Field,
    summary: "Turbulent interfaces in planar measurements, and stretching and momentum barriers along them",
    docs: include_str!("interfaces.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "khojasteh2025interfaces",
        bibtex: "@article{khojasteh2025interfaces,\n  author = {Khojasteh, Ali R. and van Dalen, Lyke E. and Been, Coen and Westerweel, Jerry and van de Water, Willem},\n  journal = {Physical Review Fluids},\n  volume = {10},\n  pages = {064605},\n  year = {2025},\n  eprint = {2412.13272},\n  archivePrefix = {arXiv}\n}",
    },
};

/// On which scale values are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// As they are.
    Linear,
    /// Their logarithms; values must be positive.
    Logarithmic,
}

/// Settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Groups of values, from 2 to 16.
    pub clusters: usize,
    /// Which boundary between groups, from 1, the lowest, to `clusters - 1`.
    pub boundary: usize,
    /// On which scale values are grouped.
    pub scale: Scale,
    /// Rounds of smoothing of the contour, each over neighbouring points, a pixel apart.
    pub smoothing: usize,
    /// How the force along orbits is averaged.
    pub averaging: Averaging,
    /// Equal times along an orbit at which the force is taken, at least 1.
    pub samples: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            clusters: 4,
            boundary: 1,
            scale: Scale::Linear,
            smoothing: 2,
            averaging: Averaging::PulledBack,
            samples: 40,
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand((2..=16).contains(&self.clusters), NAME, "clusters", self.clusters, "from 2 to 16")?;
        demand((1..self.clusters).contains(&self.boundary), NAME, "boundary", self.boundary, "from 1 to clusters - 1")?;
        demand(self.smoothing <= 1000, NAME, "smoothing", self.smoothing, "at most 1000")?;
        demand(self.samples >= 1, NAME, "samples", self.samples, "at least 1")
    }
}

/// The interface in a frame of a scalar (`ny x nx`, rows of constant y).
///
/// # Errors
/// Settings out of range; another number of values than places; values that are not finite, or not positive on a
/// logarithmic scale; fewer different values than groups; no contour of the level.
pub fn find(scalar: &[f64], x: Axis, y: Axis, config: &Config) -> Result<Interface> {
    config.check()?;
    if x.count < 2 || scalar.len() != x.count * y.count {
        return Err(Error::input(format!(
            "{} values are no frame of {} rows and {} columns.",
            scalar.len(),
            y.count,
            x.count
        )));
    }
    let values: Vec<f64> = match config.scale {
        Scale::Linear => scalar.to_vec(),
        Scale::Logarithmic => scalar.iter().map(|v| v.ln()).collect(),
    };
    if let Some(k) = values.iter().position(|v| !v.is_finite()) {
        return Err(Error::input(format!(
            "Value {k} of the scalar is {}, which has no place on the scale.",
            scalar[k]
        ))
        .advise("Fill what is missing, and give positive values for logarithms."));
    }
    let level = boundaries(&values, config.clusters)?[config.boundary - 1];
    let mut found = contour::longest(&values, x, y, level)?.resampled(x.step.min(y.step));
    (0..config.smoothing).for_each(|_| found.smooth());
    Ok(found)
}
