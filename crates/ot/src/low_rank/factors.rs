//! A plan of low rank as an object.

use super::dykstra::{column_sums, dot};
use crate::GroundCost;
use crate::product::{Factor, product};
use std::ops::Range;
use std::sync::Arc;
use thalweg_core::{Measure, Points};

/// `pi_ij = sum_k Q_ik R_jk / g_k`, never materialised. A row costs `O(m rank)`, a product with values `O((n + m) rank)`.
#[derive(Clone, Debug)]
pub struct LowRank {
    source: Arc<Measure>,
    target: Arc<Measure>,
    left: Vec<f64>,
    right: Vec<f64>,
    inner: Vec<f64>,
    row_sums: Vec<f64>,
    column_sums: Vec<f64>,
    cost: f64,
}

impl LowRank {
    pub(super) fn new(
        source: &Arc<Measure>,
        target: &Arc<Measure>,
        left: Vec<f64>,
        right: Vec<f64>,
        inner: Vec<f64>,
        cost: f64,
    ) -> Self {
        let rank = inner.len();
        let sums = |of: &[f64], other: &[f64]| -> Vec<f64> {
            let shares = column_sums(other, rank, |_| 1.0);
            let shares: Vec<f64> = shares.iter().zip(&inner).map(|(s, g)| s / g).collect();
            of.chunks_exact(rank).map(|row| dot(row, &shares)).collect()
        };
        let (row_sums, column_sums) = (sums(&left, &right), sums(&right, &left));
        let (source, target) = (Arc::clone(source), Arc::clone(target));
        Self { source, target, left, right, inner, row_sums, column_sums, cost }
    }

    /// Masses of the meeting places, length `rank`.
    pub fn inner(&self) -> &[f64] {
        &self.inner
    }

    /// Mass from each source to each meeting place, row-major `n x rank`.
    pub fn left(&self) -> &[f64] {
        &self.left
    }

    /// Mass from each meeting place to each target, row-major `m x rank`.
    pub fn right(&self) -> &[f64] {
        &self.right
    }

    /// The masses of some consecutive rows, row-major `k x m`. `O(k m rank)`; parallel over rows of the calling pool.
    ///
    /// # Panics
    /// Rows that are not there, or none.
    pub fn block(&self, rows: Range<usize>) -> Vec<f64> {
        let rank = self.inner.len();
        let over = |(at, q): (usize, &f64)| q / self.inner[at % rank];
        let left: Vec<f64> = self.left[rows.start * rank..rows.end * rank].iter().enumerate().map(over).collect();
        let shape = (rows.len(), rank, self.cols());
        product(Factor::new(&left, rank), Factor::transposed(&self.right, rank), shape)
    }

    pub(crate) fn rows(&self) -> usize {
        self.source.len()
    }

    pub(crate) fn cols(&self) -> usize {
        self.target.len()
    }

    pub(crate) fn cost(&self) -> f64 {
        self.cost
    }

    pub(crate) fn row_sums(&self) -> &[f64] {
        &self.row_sums
    }

    pub(crate) fn column_sums(&self) -> &[f64] {
        &self.column_sums
    }

    /// The masses of row `i`.
    pub(crate) fn row(&self, i: usize, row: &mut [f64]) {
        let rank = self.inner.len();
        let shares: Vec<f64> = self.left[i * rank..][..rank].iter().zip(&self.inner).map(|(q, g)| q / g).collect();
        row.iter_mut().zip(self.right.chunks_exact(rank)).for_each(|(out, right)| *out = dot(&shares, right));
    }

    /// The cost from source `i` to target `j`.
    pub(crate) fn cost_of(&self, i: usize, j: usize) -> f64 {
        GroundCost::SquaredEuclidean.between(self.source.points().row(i), self.target.points().row(j))
    }

    /// `sum_j pi_ij v_j` for values of the targets.
    pub(crate) fn apply(&self, values: &Points) -> Points {
        self.carried(&self.right, &self.left, values)
    }

    /// `sum_i pi_ij v_i` for values of the sources.
    pub(crate) fn apply_transposed(&self, values: &Points) -> Points {
        self.carried(&self.left, &self.right, values)
    }

    fn carried(&self, from: &[f64], to: &[f64], values: &Points) -> Points {
        let (rank, dim) = (self.inner.len(), values.dim());
        let mut met =
            product(Factor::transposed(from, rank), Factor::new(values.values(), dim), (rank, values.len(), dim));
        met.chunks_exact_mut(dim).zip(&self.inner).for_each(|(row, g)| row.iter_mut().for_each(|v| *v /= g));
        let count = to.len() / rank;
        let mut out = Points::zeros(count, dim);
        let found = product(Factor::new(to, rank), Factor::new(&met, dim), (count, rank, dim));
        out.values_mut().copy_from_slice(&found);
        out
    }

    /// L1 error of both marginals over the mass.
    pub(crate) fn marginal_error(&self) -> f64 {
        let off = |sums: &[f64], weights: &[f64]| sums.iter().zip(weights).map(|(s, w)| (s - w).abs()).sum::<f64>();
        (off(&self.row_sums, self.source.weights()) + off(&self.column_sums, self.target.weights()))
            / self.source.mass()
    }
}
