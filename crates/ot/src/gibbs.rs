//! The kernel `exp(-C / epsilon)` in the log domain, for iterations on a dense cost.

use crate::{CostMatrix, simd};
use rayon::prelude::*;

/// Entries of a normalised kernel below this are dropped.
const NOTHING: f64 = 1e-270;

/// `-C / epsilon` by rows and by columns.
pub(crate) struct Gibbs {
    rows: Vec<f64>,
    columns: Vec<f64>,
    n: usize,
    m: usize,
}

impl Gibbs {
    pub(crate) fn new(cost: &CostMatrix, epsilon: f64) -> Self {
        let scaled = |c: &CostMatrix| c.values().par_iter().map(|v| -v / epsilon).collect();
        Self { rows: scaled(cost), columns: scaled(&cost.transposed()), n: cost.rows(), m: cost.cols() }
    }

    /// `out_i = log sum_j exp(-C_ij / epsilon + h_j)`.
    pub(crate) fn row_sums(&self, h: &[f64], out: &mut [f64]) {
        sums(&self.rows, self.m, h, out);
    }

    /// `out_j = log sum_i exp(-C_ij / epsilon + h_i)`.
    pub(crate) fn column_sums(&self, h: &[f64], out: &mut [f64]) {
        sums(&self.columns, self.n, h, out);
    }

    /// One entry of [`Self::column_sums`].
    pub(crate) fn column_sum(&self, j: usize, h: &[f64]) -> f64 {
        let column = &self.columns[j * self.n..(j + 1) * self.n];
        log_sum(&mut column.iter().zip(h).map(|(k, h)| k + h).collect::<Vec<f64>>())
    }

    /// `exp(f_i + h_j - C_ij / epsilon)`, row-major, and the `f` that makes its rows sum to one; entries below 1e-270 are
    /// zero.
    pub(crate) fn normalised(&self, h: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut kernel = self.rows.clone();
        let normalise = |row: &mut [f64]| {
            row.iter_mut().zip(h).for_each(|(k, h)| *k += h);
            let top = simd::max(row);
            let sum = simd::exp_in_place(row, top);
            // What is next to nothing is nothing, or products with it underflow, which is slow.
            row.iter_mut().for_each(|k| *k = if *k < NOTHING * sum { 0.0 } else { *k / sum });
            -(top + sum.ln())
        };
        let f = kernel.par_chunks_mut(self.m).map(normalise).collect();
        (kernel, f)
    }

    /// `exp(f_i + h_j - C_ij / epsilon)`, row-major.
    pub(crate) fn plan(&self, f: &[f64], h: &[f64]) -> Vec<f64> {
        let mut plan = self.rows.clone();
        plan.par_chunks_mut(self.m).zip(f).for_each(|(row, f)| {
            for (v, h) in row.iter_mut().zip(h) {
                *v = (*v + f + h).exp();
            }
        });
        plan
    }
}

fn sums(rows: &[f64], width: usize, h: &[f64], out: &mut [f64]) {
    out.par_iter_mut().zip(rows.par_chunks_exact(width)).for_each_init(
        || vec![0.0; width],
        |row, (out, kernel)| {
            for ((z, k), h) in row.iter_mut().zip(kernel).zip(h) {
                *z = k + h;
            }
            *out = log_sum(row);
        },
    );
}

/// `log sum exp`; overwrites its summands.
fn log_sum(row: &mut [f64]) -> f64 {
    let top = simd::max(row);
    if top == f64::NEG_INFINITY { top } else { top + simd::exp_in_place(row, top).ln() }
}
