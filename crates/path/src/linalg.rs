//! The little dense linear algebra of the oracles, in one place so that its library can be exchanged.
//!
//! Matrices are row-major slices of `dim * dim` numbers and symmetric.

use nalgebra::{DMatrix, DVectorViewMut};
use thalweg_core::{Error, Result};

/// Factor `L` of a symmetric positive definite `A = L Lᵀ`.
#[derive(Clone, Debug)]
pub struct Cholesky(nalgebra::Cholesky<f64, nalgebra::Dyn>);

impl Cholesky {
    /// Factors `a` (`dim x dim`); nothing if it is not positive definite. Cost `dim³ / 3`.
    pub fn new(a: &[f64], dim: usize) -> Option<Self> {
        DMatrix::from_row_slice(dim, dim, a).cholesky().map(Self)
    }

    /// Replaces `b` by `A⁻¹ b`.
    pub fn solve(&self, b: &mut [f64]) {
        let n = b.len();
        self.0.solve_mut(&mut DVectorViewMut::from_slice(b, n));
    }

    /// `A⁻¹`, row-major.
    pub fn inverse(&self) -> Vec<f64> {
        self.0.inverse().as_slice().to_vec()
    }

    /// Writes `L z`: a draw with covariance `A` if `z` is standard normal.
    pub fn lower_times(&self, z: &[f64], out: &mut [f64]) {
        let l = self.0.l_dirty();
        for (i, o) in out.iter_mut().enumerate() {
            *o = (0..=i).map(|j| l[(i, j)] * z[j]).sum();
        }
    }

    /// `log det A`.
    pub fn log_determinant(&self) -> f64 {
        self.0.l_dirty().diagonal().iter().map(|v| 2.0 * v.ln()).sum()
    }
}

/// `f(A)` of a symmetric matrix through its eigenvalues, row-major.
pub fn spectral_map(a: &[f64], dim: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
    let eigen = DMatrix::from_row_slice(dim, dim, a).symmetric_eigen();
    let scaled = &eigen.eigenvectors * DMatrix::from_diagonal(&eigen.eigenvalues.map(f));
    let product = scaled * eigen.eigenvectors.transpose();
    // Symmetric, so that column-major and row-major agree.
    product.as_slice().to_vec()
}

/// Writes `A x`.
pub fn times(a: &[f64], x: &[f64], out: &mut [f64]) {
    for (row, o) in a.chunks_exact(x.len()).zip(out) {
        *o = row.iter().zip(x).map(|(a, x)| a * x).sum();
    }
}

/// The product of two square matrices.
pub fn product(a: &[f64], b: &[f64], dim: usize) -> Vec<f64> {
    let c = DMatrix::from_row_slice(dim, dim, a) * DMatrix::from_row_slice(dim, dim, b);
    c.transpose().as_slice().to_vec()
}

/// Refuses what cannot be a covariance.
///
/// # Errors
/// A size other than `dim * dim`, asymmetry above rounding, or a matrix that is not positive definite.
pub fn check_covariance(a: &[f64], dim: usize) -> Result<()> {
    if a.len() != dim * dim {
        return Err(Error::input(format!(
            "A covariance in {dim} dimensions has {} entries and got {}.",
            dim * dim,
            a.len()
        )));
    }
    let scale = a.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    for i in 0..dim {
        for j in 0..i {
            if (a[i * dim + j] - a[j * dim + i]).abs() > 1e-12 * scale {
                return Err(Error::input(format!(
                    "A covariance is symmetric, but entry ({i}, {j}) is {} and its mirror image {}.",
                    a[i * dim + j],
                    a[j * dim + i]
                )));
            }
        }
    }
    Cholesky::new(a, dim)
        .map(|_| ())
        .ok_or_else(|| Error::input("A covariance must be positive definite and this one is not."))
}
