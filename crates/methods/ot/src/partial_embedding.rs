#![doc = include_str!("partial_embedding.md")]

mod checks;
mod compare;
mod course;

pub use compare::{Components, components, discrepancies, discrepancy};
pub use course::{barycentre, between, interpolate};

use crate::{demand, to_value};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Context, Error, Family, Maturity, Measure, Method, Points, Result};
use thalweg_ot::{GroundCost, partial};

const NAME: &str = "linear-partial-transport";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S031",
    name: NAME,
    family: Family::Ot,
    summary: "Distances, components and interpolations of many measures of unequal mass, with one partial solve each",
    docs: include_str!("partial_embedding.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "bai2023linear",
        bibtex: "@inproceedings{bai2023linear,\n  title = {Linear Optimal Partial Transport Embedding},\n  author = {Bai, Yikun and Medri, Ivan Vladimir and Diaz Martin, Rocio and Khan, Rana Muhammad Shahroz and Kolouri, Soheil},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  eprint = {2302.03232},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Settings of the linear embedding of partial transport.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Price of a unit of mass destroyed or created, in squared units of the data, positive.
    pub lambda: f64,
    /// Rounds of [`barycentre`], at least 1.
    pub max_rounds: usize,
    /// [`barycentre`] ends when no point moves further than this, in units of the data, positive.
    pub tolerance: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self { lambda: 1.0, max_rounds: 20, tolerance: 1e-3 }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.lambda > 0.0 && self.lambda.is_finite(), NAME, "lambda", self.lambda, "positive and finite")?;
        demand(self.max_rounds >= 1, NAME, "max_rounds", self.max_rounds, "at least 1")?;
        let tolerates = self.tolerance > 0.0 && self.tolerance.is_finite();
        demand(tolerates, NAME, "tolerance", self.tolerance, "positive and finite")
    }
}

/// A measure as seen from a reference of n_0 points.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// Mean displacement of the mass of each reference point (n_0 x d); 0 where none moves.
    pub displacement: Points,
    /// Mass of each reference point that moves.
    pub kept: Vec<f64>,
    /// Mass of the measure that comes from nowhere.
    pub created: f64,
    /// That mass, one number a point of the measure.
    pub left: Vec<f64>,
    /// `OPT(reference, measure)`.
    pub distance: f64,
}

/// Embeds one measure: one exact solve.
///
/// # Errors
/// A setting out of range; different dimensions; coordinates that overflow; a memory budget below two cost matrices;
/// interruption.
pub fn embed(ctx: &Context, reference: &Measure, measure: &Measure, config: &Config) -> Result<Embedding> {
    config.check()?;
    let solved = partial(ctx, reference, measure, GroundCost::SquaredEuclidean, config.lambda)?;
    let x = reference.points();
    let mut displacement = Points::zeros(x.len(), x.dim());
    let kept = solved.plan.row_sums();
    solved.plan.for_each(|i, j, mass| {
        let pairs = x.row(i).iter().zip(measure.points().row(j));
        for (u, (x, y)) in displacement.row_mut(i).iter_mut().zip(pairs) {
            *u += mass / kept[i] * (y - x);
        }
    });
    let left = solved.target_left;
    Ok(Embedding { displacement, kept, created: left.iter().sum(), left, distance: solved.objective })
}

/// Embeds many measures on the threads of the call: one exact solve each.
///
/// # Errors
/// As [`embed`]; the message does not say for which.
pub fn embed_all(ctx: &Context, reference: &Measure, measures: &[Measure], config: &Config) -> Result<Vec<Embedding>> {
    let largest = measures.iter().map(Measure::len).max().unwrap_or(0) as u64;
    let at_once = ctx.threads().min(measures.len().max(1)) as u64;
    let bytes = (16 * reference.len() as u64).saturating_mul(largest).saturating_mul(at_once);
    ctx.require_memory(bytes, "Embedding with two cost matrices a thread")?;
    ctx.install(|| measures.par_iter().map(|measure| embed(ctx, reference, measure, config)).collect())
}

/// Refuses embeddings from references of different shapes.
fn check_alike(a: &Embedding, b: &Embedding) -> Result<()> {
    let shape = |e: &Embedding| (e.displacement.len(), e.displacement.dim());
    if shape(a) == shape(b) && a.kept.len() == shape(a).0 && b.kept.len() == shape(b).0 {
        return Ok(());
    }
    Err(Error::input(format!(
        "Embeddings of shapes {:?} and {:?} cannot be compared: they must have one reference.",
        shape(a),
        shape(b)
    )))
}
