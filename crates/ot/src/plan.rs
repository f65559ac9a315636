//! Who goes where: sparse, lazy as potentials and a cost, or as two factors.

use crate::cost::{GroundCost, Packed};
use crate::{Entropic, LowRank, simd};
use rayon::prelude::*;
use std::sync::Arc;
use thalweg_core::{Error, Measure, Points, Result, Stream};

/// A transport plan: masses `pi_ij` from `n` sources to `m` targets.
#[derive(Clone, Debug)]
pub enum Plan {
    /// The non-zero entries, as exact solvers give them.
    Sparse(Sparse),
    /// Potentials and cost, as entropic solvers give them; entries are computed when asked for.
    Lazy(Lazy),
    /// Two factors, as [`crate::Factorise`] gives them.
    LowRank(LowRank),
}

/// Non-zero entries by row.
#[derive(Clone, Debug)]
pub struct Sparse {
    cols: usize,
    offsets: Vec<usize>,
    columns: Vec<usize>,
    masses: Vec<f64>,
    costs: Vec<f64>,
    cost: f64,
}

/// `pi_ij = a_i b_j exp((f_i + g_j - C_ij) / epsilon)`, never materialised.
#[derive(Clone, Debug)]
pub struct Lazy {
    source: Arc<Measure>,
    target: Arc<Measure>,
    ground: GroundCost,
    epsilon: f64,
    packed: Arc<Packed>,
    /// `g_j / epsilon + log b_j`: all a row's conditional needs, since `f_i` and `a_i` cancel.
    h: Arc<[f64]>,
    row_sums: Vec<f64>,
    column_sums: Vec<f64>,
    cost: f64,
}

impl Sparse {
    /// A plan from entries `(row, column, mass, cost)` in any order.
    pub(crate) fn new(rows: usize, cols: usize, mut entries: Vec<(usize, usize, f64, f64)>) -> Self {
        entries.sort_unstable_by_key(|e| (e.0, e.1));
        let mut offsets = vec![0; rows + 1];
        for e in &entries {
            offsets[e.0 + 1] += 1;
        }
        for i in 0..rows {
            offsets[i + 1] += offsets[i];
        }
        Self {
            cols,
            offsets,
            columns: entries.iter().map(|e| e.1).collect(),
            masses: entries.iter().map(|e| e.2).collect(),
            costs: entries.iter().map(|e| e.3).collect(),
            cost: entries.iter().map(|e| e.2 * e.3).sum(),
        }
    }

    /// Targets of row `i` and the masses that go there.
    pub fn row(&self, i: usize) -> (&[usize], &[f64]) {
        let range = self.offsets[i]..self.offsets[i + 1];
        (&self.columns[range.clone()], &self.masses[range])
    }

    /// Cost of a unit of mass of each entry of row `i`, in the order of [`Sparse::row`].
    pub fn row_costs(&self, i: usize) -> &[f64] {
        &self.costs[self.offsets[i]..self.offsets[i + 1]]
    }

    /// The cost of an entry that is there, infinite for others.
    pub(crate) fn entry_cost(&self, i: usize, j: usize) -> f64 {
        let start = self.offsets[i];
        let found = self.row(i).0.binary_search(&j);
        found.map_or(f64::INFINITY, |at| self.costs[start + at])
    }

    /// Number of non-zero entries.
    pub fn entries(&self) -> usize {
        self.columns.len()
    }
}

impl Lazy {
    /// Unnormalised conditional masses of row `i`, largest 1, and their sum.
    fn conditional(&self, i: usize, row: &mut [f64]) -> f64 {
        self.conditional_from(self.source.points().row(i), row)
    }

    /// As [`Lazy::conditional`] for any point, a source or not.
    pub(crate) fn conditional_from(&self, point: &[f64], row: &mut [f64]) -> f64 {
        self.packed.fill_part(self.ground, point, 0, row);
        let inverse = 1.0 / self.epsilon;
        for (z, h) in row.iter_mut().zip(self.h.iter()) {
            *z = h - *z * inverse;
        }
        let top = simd::max(row);
        simd::exp_in_place(row, top)
    }

    /// The masses of row `i`.
    pub(crate) fn row(&self, i: usize, row: &mut [f64]) {
        let total = self.conditional(i, row);
        let scale = self.row_sums[i] / total;
        row.iter_mut().for_each(|w| *w *= scale);
    }

    /// The cost from source `i` to target `j`.
    pub(crate) fn cost_of(&self, i: usize, j: usize) -> f64 {
        self.ground.between(self.source.points().row(i), self.target.points().row(j))
    }

    /// The target measure.
    pub(crate) fn target(&self) -> &Measure {
        &self.target
    }

    /// The epsilon of the plan.
    pub(crate) fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// `log sum_j b_j exp((g_j - c(x, y_j)) / epsilon)` is the log of what [`Lazy::conditional_from`] returns plus this.
    pub(crate) fn largest_exponent(&self, point: &[f64], row: &mut [f64]) -> f64 {
        self.packed.fill_part(self.ground, point, 0, row);
        let exponents = row.iter().zip(self.h.iter()).map(|(c, h)| h - c / self.epsilon);
        exponents.fold(f64::NEG_INFINITY, f64::max)
    }

    /// The plan of potentials whose row sums, column sums and cost are known.
    pub(crate) fn new(source: &Arc<Measure>, target: &Arc<Measure>, ground: GroundCost, entropic: &Entropic) -> Self {
        let potentials = entropic.potentials.target.iter().zip(target.weights());
        Self {
            source: Arc::clone(source),
            target: Arc::clone(target),
            ground,
            epsilon: entropic.epsilon,
            packed: Arc::new(Packed::new(target.points())),
            h: potentials.map(|(g, b)| g / entropic.epsilon + b.ln()).collect(),
            row_sums: entropic.row_sums.clone(),
            column_sums: entropic.column_sums.clone(),
            cost: entropic.cost,
        }
    }
}

impl Plan {
    /// Number of sources.
    pub fn rows(&self) -> usize {
        match self {
            Self::Sparse(s) => s.offsets.len() - 1,
            Self::Lazy(l) => l.source.len(),
            Self::LowRank(l) => l.rows(),
        }
    }

    /// Number of targets.
    pub fn cols(&self) -> usize {
        match self {
            Self::Sparse(s) => s.cols,
            Self::Lazy(l) => l.target.len(),
            Self::LowRank(l) => l.cols(),
        }
    }

    /// Transport cost `sum pi_ij C_ij`, in mass times units of the cost.
    pub fn cost(&self) -> f64 {
        match self {
            Self::Sparse(s) => s.cost,
            Self::Lazy(l) => l.cost,
            Self::LowRank(l) => l.cost(),
        }
    }

    /// Mass leaving each source, length `n`.
    pub fn row_sums(&self) -> Vec<f64> {
        match self {
            Self::Sparse(s) => (0..self.rows()).map(|i| s.row(i).1.iter().sum()).collect(),
            Self::Lazy(l) => l.row_sums.clone(),
            Self::LowRank(l) => l.row_sums().to_vec(),
        }
    }

    /// Mass reaching each target, length `m`.
    pub fn column_sums(&self) -> Vec<f64> {
        match self {
            Self::Sparse(s) => {
                let mut sums = vec![0.0; s.cols];
                for (j, mass) in s.columns.iter().zip(&s.masses) {
                    sums[*j] += mass;
                }
                sums
            }
            Self::Lazy(l) => l.column_sums.clone(),
            Self::LowRank(l) => l.column_sums().to_vec(),
        }
    }

    /// Total mass moved.
    pub fn mass(&self) -> f64 {
        self.row_sums().iter().sum()
    }

    /// Draws one target for each of `rows` (repeats allowed) with probability `pi_ij / sum_j pi_ij`.
    ///
    /// Takes one uniform number a row from the stream. A lazy row costs `O(m d)`; rows are done in parallel.
    ///
    /// # Errors
    /// A row that does not exist or that a sparse plan leaves empty.
    pub fn sample_rows(&self, rows: &[usize], stream: &mut Stream) -> Result<Vec<usize>> {
        if let Some(i) = rows.iter().find(|i| **i >= self.rows()) {
            return Err(Error::input(format!("Row {i} was asked of a plan with {} rows.", self.rows())));
        }
        let draws: Vec<(usize, f64)> = rows.iter().map(|i| (*i, stream.uniform())).collect();
        match self {
            Self::Sparse(s) => draws
                .into_iter()
                .map(|(i, u)| {
                    let (columns, masses) = s.row(i);
                    let total: f64 = masses.iter().sum();
                    pick(masses, u * total).map(|k| columns[k]).ok_or_else(|| empty_row(i))
                })
                .collect(),
            Self::Lazy(l) => draws
                .into_par_iter()
                .map_init(
                    || vec![0.0; l.target.len()],
                    |row, (i, u)| {
                        let total = l.conditional(i, row);
                        pick(row, u * total).ok_or_else(|| empty_row(i))
                    },
                )
                .collect(),
            Self::LowRank(l) => draws
                .into_par_iter()
                .map_init(
                    || vec![0.0; l.cols()],
                    |row, (i, u)| {
                        l.row(i, row);
                        pick(row, u * row.iter().sum::<f64>()).ok_or_else(|| empty_row(i))
                    },
                )
                .collect(),
        }
    }

    /// Calls `visit(i, j, mass)` for each positive entry, row by row. A lazy plan costs `O(n m d)`.
    pub fn for_each(&self, mut visit: impl FnMut(usize, usize, f64)) {
        match self {
            Self::Sparse(s) => {
                for i in 0..self.rows() {
                    let (columns, masses) = s.row(i);
                    columns.iter().zip(masses).for_each(|(j, mass)| visit(i, *j, *mass));
                }
            }
            Self::Lazy(l) => {
                let mut row = vec![0.0; l.target.len()];
                for i in 0..self.rows() {
                    let total = l.conditional(i, &mut row);
                    let scale = l.row_sums[i] / total;
                    row.iter().enumerate().filter(|(_, w)| **w > 0.0).for_each(|(j, w)| visit(i, j, w * scale));
                }
            }
            Self::LowRank(l) => {
                let mut row = vec![0.0; l.cols()];
                for i in 0..self.rows() {
                    l.row(i, &mut row);
                    row.iter().enumerate().filter(|(_, w)| **w > 0.0).for_each(|(j, w)| visit(i, j, *w));
                }
            }
        }
    }

    /// Draws one target for row `i`; see [`Plan::sample_rows`].
    ///
    /// # Errors
    /// As [`Plan::sample_rows`].
    pub fn sample_row(&self, i: usize, stream: &mut Stream) -> Result<usize> {
        Ok(self.sample_rows(&[i], stream)?[0])
    }

    /// Draws `count` targets for row `i` from one evaluation of the row.
    pub(crate) fn sample_row_many(&self, i: usize, count: usize, stream: &mut Stream) -> Result<Vec<usize>> {
        let Self::Lazy(l) = self else { return self.sample_rows(&vec![i; count], stream) };
        let mut row = vec![0.0; l.target.len()];
        let total = l.conditional(i, &mut row);
        let mut running = 0.0;
        for mass in &mut row {
            running += *mass / total;
            *mass = running;
        }
        let last = row.len() - 1;
        Ok((0..count).map(|_| stream.uniform()).map(|u| row.partition_point(|c| *c <= u).min(last)).collect())
    }

    /// The mean of `values` (`m x d`, usually the target points) under each row's conditional: `n x d`.
    ///
    /// # Errors
    /// A number of values that is not `m`, or a row that a sparse plan leaves empty.
    pub fn barycentric(&self, values: &Points) -> Result<Points> {
        if values.len() != self.cols() {
            return Err(Error::input(format!(
                "A plan to {} targets cannot average {} points.",
                self.cols(),
                values.len()
            )));
        }
        let mut means = Points::zeros(self.rows(), values.dim());
        match self {
            Self::Sparse(s) => {
                for i in 0..self.rows() {
                    let (columns, masses) = s.row(i);
                    let total: f64 = masses.iter().sum();
                    if total <= 0.0 {
                        return Err(empty_row(i));
                    }
                    for (j, mass) in columns.iter().zip(masses) {
                        accumulate(means.row_mut(i), values.row(*j), mass / total);
                    }
                }
            }
            Self::Lazy(l) => {
                means.values_mut().par_chunks_mut(values.dim()).enumerate().for_each_init(
                    || vec![0.0; l.target.len()],
                    |row, (i, mean)| {
                        let total = l.conditional(i, row);
                        for (w, y) in row.iter().zip(values.rows()) {
                            accumulate(mean, y, w / total);
                        }
                    },
                );
            }
            Self::LowRank(l) => {
                means = l.apply(values);
                for (i, mass) in l.row_sums().iter().enumerate() {
                    if *mass <= 0.0 {
                        return Err(empty_row(i));
                    }
                    means.row_mut(i).iter_mut().for_each(|v| *v /= mass);
                }
            }
        }
        Ok(means)
    }
}

fn accumulate(mean: &mut [f64], value: &[f64], weight: f64) {
    for (m, v) in mean.iter_mut().zip(value) {
        *m += weight * v;
    }
}

fn empty_row(i: usize) -> Error {
    Error::input(format!("Row {i} of the plan carries no mass, so nothing can be drawn from it."))
        .advise("Leave sources of weight 0 out.")
}

/// The element at which the running sum first exceeds `level`; rounding at the end falls on the last positive one.
fn pick(masses: &[f64], level: f64) -> Option<usize> {
    let mut running = 0.0;
    for (k, mass) in masses.iter().enumerate() {
        running += mass;
        if running > level {
            return Some(k);
        }
    }
    masses.iter().rposition(|m| *m > 0.0)
}
