//! Points in R^d, row by row.

use crate::{Error, Result};

/// `n` points in `R^d`, stored row-major in one buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    dim: usize,
    values: Vec<f64>,
}

impl Points {
    /// Wraps a row-major buffer of `values.len() / dim` points.
    ///
    /// # Errors
    /// `dim` is zero or does not divide the length of the buffer. Non-finite values are allowed here and
    /// refused by [`Points::check_finite`], which every entry point calls.
    pub fn new(dim: usize, values: Vec<f64>) -> Result<Self> {
        if dim == 0 || !values.len().is_multiple_of(dim) {
            return Err(Error::input(format!("{} values cannot be rows of {dim} numbers each.", values.len())));
        }
        Ok(Self { dim, values })
    }

    /// `n` points at the origin. `dim` must be positive.
    pub fn zeros(n: usize, dim: usize) -> Self {
        assert!(dim > 0, "points need at least one coordinate");
        Self { dim, values: vec![0.0; n * dim] }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Number of coordinates of a point.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Point `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.dim..(i + 1) * self.dim]
    }

    /// Point `i`, to write.
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[i * self.dim..(i + 1) * self.dim]
    }

    /// The points in order.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.dim)
    }

    /// The row-major buffer.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The row-major buffer, to write.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The row-major buffer, taken.
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The points with these indices, in this order, repeats allowed.
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut values = Vec::with_capacity(indices.len() * self.dim);
        for &i in indices {
            values.extend_from_slice(self.row(i));
        }
        Self { dim: self.dim, values }
    }

    /// Refuses NaN and infinities, naming the first.
    pub fn check_finite(&self) -> Result<()> {
        check_finite(self.dim, &self.values)
    }
}

/// As [`Points::check_finite`] for rows of `dim` numbers that are not points yet.
pub(crate) fn check_finite(dim: usize, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(k) => Err(Error::input(format!(
            "Row {} has the value {} in column {} (both counted from 0), but every coordinate must be a finite number.",
            k / dim,
            values[k],
            k % dim
        ))
        .advise("Remove or impute the rows with missing values.")),
    }
}
