#![doc = include_str!("shift.md")]

mod affine;
mod checks;
mod clusters;
mod judge;
mod map;

pub use judge::{HeldOut, explain, held_out, knee};
pub use map::{Map, Term};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Family as MethodFamily, Maturity, Method, Points, Result};

const NAME: &str = "shift-explanations";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S081",
    name: NAME,
    family: MethodFamily::Ot,
    summary: "What moved between two samples, in k features, k groups or an affine change, and how much that explains",
    docs: include_str!("shift.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "kulinski2023explaining",
        bibtex: "@inproceedings{kulinski2023explaining,\n  title = {Towards Explaining Distribution Shifts},\n  author = {Kulinski, Sean and Inouye, David I.},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  eprint = {2210.10275},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Which maps are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// k features move by the difference of their means.
    SparseMean,
    /// k features take their transported values.
    SparseTransport,
    /// k groups move by their mean displacement.
    Clusters,
    /// One affine change; k is ignored.
    Affine,
}

/// Settings of an explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The family of maps.
    pub family: Family,
    /// Numbers of features or groups to try, each at least 1; features at most the dimension, groups at most the points.
    pub sizes: Vec<usize>,
    /// Starts of k-means, at least 1; the best is kept.
    pub restarts: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { family: Family::SparseMean, sizes: vec![1, 2, 3], restarts: 10 }
    }
}

impl Config {
    /// Refuses settings out of range for samples of `points` points in `dim` dimensions.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self, points: usize, dim: usize) -> Result<()> {
        demand(!self.sizes.is_empty(), NAME, "sizes", "empty", "a list of at least one number")?;
        demand(self.restarts >= 1, NAME, "restarts", self.restarts, "at least 1")?;
        let most = match self.family {
            Family::SparseMean | Family::SparseTransport => dim,
            Family::Clusters => points,
            Family::Affine => usize::MAX,
        };
        match self.sizes.iter().find(|k| !(1..=most).contains(*k)) {
            Some(k) => demand(false, NAME, "sizes", k, &format!("from 1 to {most} here")),
            None => Ok(()),
        }
    }
}

/// A map and how much of the shift it explains.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The number of features or groups.
    pub size: usize,
    /// The map.
    pub map: Map,
    /// The images of the source points, n x d.
    pub images: Points,
    /// Percent explained.
    pub percent: f64,
    /// `W2^2(T(X), Y)`, in squared units of the data.
    pub remaining: f64,
}
