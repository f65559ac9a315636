//! Plans written out as matrices, for callers that work on them as such.

use crate::{CostMatrix, Entropic, Plan, simd};
use rayon::prelude::*;

impl Plan {
    /// The plan as an `n x m` matrix, row-major, every mass times `scale`.
    pub fn matrix(&self, scale: f64) -> Vec<f64> {
        let cols = self.cols();
        let mut values = vec![0.0; self.rows() * cols];
        self.for_each(|i, j, mass| values[i * cols + j] = scale * mass);
        values
    }
}

impl Entropic {
    /// `a_i b_j exp((f_i + g_j - C_ij) / epsilon)` as an `n x m` matrix, row-major; weights and cost are those of the
    /// solve. Parallel over rows of the calling pool.
    ///
    /// # Panics
    /// Where the weights or the costs are not those of the solve.
    pub fn matrix(&self, a: &[f64], b: &[f64], cost: &CostMatrix) -> Vec<f64> {
        let mut values = vec![0.0; a.len() * b.len()];
        self.fill_matrix(a, b, cost, &mut values);
        values
    }

    /// As [`Entropic::matrix`], into `values`.
    pub(crate) fn fill_matrix(&self, a: &[f64], b: &[f64], cost: &CostMatrix, values: &mut [f64]) {
        let (f, g) = (&self.potentials.source, &self.potentials.target);
        assert!(f.len() == cost.rows() && g.len() == cost.cols() && a.len() == f.len() && b.len() == g.len());
        let inverse = 1.0 / self.epsilon;
        values.par_chunks_mut(b.len()).enumerate().for_each(|(i, row)| {
            for ((v, c), g) in row.iter_mut().zip(cost.row(i)).zip(g) {
                *v = (f[i] + g - c) * inverse;
            }
            simd::exp_in_place(row, 0.0);
            for (v, b) in row.iter_mut().zip(b) {
                // The exponential ends at about 3e-308 instead of zero.
                *v = if *v > 1e-307 { *v * a[i] * b } else { 0.0 };
            }
        });
    }
}
