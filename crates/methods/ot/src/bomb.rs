#![doc = include_str!("bomb.md")]

mod batches;
mod checks;
mod inner;
mod moves;

pub use batches::Batches;
pub use inner::Inner;
pub use moves::{Flow, Transferred, flow, gradient, transfer};

use crate::{demand, to_value};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Context, Error, Family, Maturity, Method, Points, Result};
use thalweg_ot::{CostMatrix, Sinkhorn, transport_matrix};

const NAME: &str = "bomb-ot";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S074",
    name: NAME,
    family: Family::Ot,
    summary: "A loss, a plan and a flow between large clouds from mini-batches that are matched with each other",
    docs: include_str!("bomb.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "nguyen2022transportation",
        bibtex: "@inproceedings{nguyen2022transportation,\n  title = {On Transportation of Mini-batches: A Hierarchical Approach},\n  author = {Nguyen, Khai and Nguyen, Dang and Nguyen, Quoc and Pham, Tung and Bui, Hung and Phung, Dinh and Le, Trung and Ho, Nhat},\n  booktitle = {International Conference on Machine Learning},\n  year = {2022},\n  eprint = {2102.05912},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Most batches a side: all pairs of them are solved.
const MOST: usize = 1 << 16;

/// How batches are coupled with batches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outer {
    /// The cheapest plan: one batch with one batch.
    Exact {},
    /// The entropic plan.
    Entropic {
        /// In squared units of the data, positive; towards infinity the plan is the independent one.
        epsilon: f64,
    },
    /// Every batch with every batch alike: the usual mini-batch loss.
    Independent {},
}

/// Settings of mini-batch transport.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Batches on each side, from 1 to 65,536.
    pub batches: usize,
    /// Points a batch, from 1 to the number of points of the smaller side.
    pub size: usize,
    /// The problem between two batches.
    pub inner: Inner,
    /// The problem between the batches.
    pub outer: Outer,
}

impl Default for Config {
    fn default() -> Self {
        Self { batches: 4, size: 16, inner: Inner::Exact {}, outer: Outer::Exact {} }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand((1..=MOST).contains(&self.batches), NAME, "batches", self.batches, "from 1 to 65,536")?;
        demand(self.size >= 1, NAME, "size", self.size, "at least 1")?;
        self.inner.check()?;
        match self.outer {
            Outer::Entropic { epsilon } => {
                demand(epsilon > 0.0 && epsilon.is_finite(), NAME, "outer.epsilon", epsilon, "positive and finite")
            }
            _ => Ok(()),
        }
    }
}

/// A draw of batches and their couplings.
#[derive(Clone, Debug)]
pub struct Solved {
    /// `sum Gamma_ij D_ij`, in squared units of the data.
    pub loss: f64,
    /// The cost between batch i of the source and batch j of the target, k x k.
    pub costs: CostMatrix,
    /// The plan between the batches, k x k, mass 1.
    pub coupling: Points,
    /// The indices of the batches.
    pub batches: Batches,
}

/// Draws batches (draw number `draw` under the context's seed) and couples them.
///
/// # Errors
/// A setting out of range; batches larger than a cloud; different dimensions; coordinates that are not finite or
/// overflow; interruption.
pub fn solve(ctx: &Context, x: &Points, y: &Points, config: &Config, draw: u64) -> Result<Solved> {
    let batches = Batches::draw(ctx.seed(), draw, x.len(), y.len(), config)?;
    solve_on(ctx, x, y, batches, config)
}

/// As [`solve`] on batches of your own.
///
/// # Errors
/// As [`solve`]; an index out of range; no batches, or batches without points.
pub fn solve_on(ctx: &Context, x: &Points, y: &Points, batches: Batches, config: &Config) -> Result<Solved> {
    config.check()?;
    batches.check(x.len(), y.len())?;
    x.check_finite()?;
    y.check_finite()?;
    let (rows, cols) = (batches.source.len(), batches.target.len());
    let at_once = (8 * batches.largest() * batches.largest()) as u64 * ctx.threads() as u64;
    let all = 16 * (rows as u64).saturating_mul(cols as u64);
    ctx.require_memory(at_once.saturating_add(all), "Mini-batch transport with a cost matrix a thread")?;
    let costs: Vec<f64> = ctx.install(|| {
        (0..rows * cols)
            .into_par_iter()
            .map(|e| {
                let (from, to) = (x.select(&batches.source[e / cols]), y.select(&batches.target[e % cols]));
                Ok(config.inner.solve(ctx, &from, &to)?.value)
            })
            .collect::<Result<_>>()
    })?;
    let costs = CostMatrix::new(rows, cols, costs)?;
    let coupling = couple(ctx, &costs, config.outer)?;
    let loss = costs.values().iter().zip(coupling.values()).map(|(c, p)| c * p).sum();
    Ok(Solved { loss, costs, coupling, batches })
}

/// The plan between the batches, row-major.
fn couple(ctx: &Context, costs: &CostMatrix, outer: Outer) -> Result<Points> {
    let (rows, cols) = (costs.rows(), costs.cols());
    let (a, b) = (vec![1.0 / rows as f64; rows], vec![1.0 / cols as f64; cols]);
    let values = match outer {
        Outer::Independent {} => vec![1.0 / (rows * cols) as f64; rows * cols],
        Outer::Exact {} => {
            let mut plan = vec![0.0; rows * cols];
            transport_matrix(ctx, &a, &b, costs)?.plan.for_each(|i, j, mass| plan[i * cols + j] = mass);
            plan
        }
        Outer::Entropic { epsilon } => {
            let solved = ctx.install(|| Sinkhorn::balanced(epsilon).solve_matrix(&a, &b, costs, None))?;
            solved.matrix(&a, &b, costs)
        }
    };
    Points::new(cols, values)
}

impl Solved {
    /// The plan between the points: `(source, target, mass)`, each pair once, sorted. Solves the inner problems with
    /// `Gamma_ij > 0` again, so that only one inner plan a thread is held.
    ///
    /// # Errors
    /// Points that are not those of the solve; interruption.
    pub fn plan(&self, ctx: &Context, x: &Points, y: &Points, config: &Config) -> Result<Vec<(usize, usize, f64)>> {
        let mut entries: Vec<_> = self.inner_plans(ctx, x, y, config)?.into_iter().flatten().collect();
        entries.sort_by_key(|e| (e.0, e.1));
        entries.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            kept.2 += if same { next.2 } else { 0.0 };
            same
        });
        Ok(entries)
    }

    /// The lifted inner plans of the coupled pairs of batches, times their mass.
    fn inner_plans(
        &self,
        ctx: &Context,
        x: &Points,
        y: &Points,
        config: &Config,
    ) -> Result<Vec<Vec<(usize, usize, f64)>>> {
        config.check()?;
        self.batches.check(x.len(), y.len())?;
        let shape = (self.batches.source.len(), self.batches.target.len());
        if (self.coupling.len(), self.coupling.dim()) != shape {
            return Err(Error::input(format!(
                "The coupling is {} x {}, but there are {} and {} batches.",
                self.coupling.len(),
                self.coupling.dim(),
                shape.0,
                shape.1
            )));
        }
        if x.dim() != y.dim() {
            return Err(Error::input(format!("The clouds have {} and {} coordinates.", x.dim(), y.dim())));
        }
        let cols = self.batches.target.len();
        let coupled: Vec<usize> =
            (0..self.coupling.values().len()).filter(|e| self.coupling.values()[*e] > 0.0).collect();
        ctx.install(|| {
            coupled
                .into_par_iter()
                .map(|e| {
                    let (from, to) = (&self.batches.source[e / cols], &self.batches.target[e % cols]);
                    let inner = config.inner.solve(ctx, &x.select(from), &y.select(to))?;
                    let mass = self.coupling.values()[e];
                    Ok(inner.entries.into_iter().map(|(i, j, p)| (from[i], to[j], mass * p)).collect())
                })
                .collect()
        })
    }
}
