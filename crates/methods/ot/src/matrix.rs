//! Dense matrices: plans between few enough points that all entries are of use.

use rayon::prelude::*;
use thalweg_core::{Error, Points, Result};
use thalweg_ot::{CostMatrix, Entropic, Factor, product};

/// Entries changed by one task at least.
const CHUNK: usize = 1 << 14;

/// A dense `rows x cols` matrix, row-major; as a plan, masses from sources to targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// Wraps a row-major buffer.
    ///
    /// # Errors
    /// A shape that does not fit the buffer, or no rows or columns.
    pub fn new(rows: usize, cols: usize, values: Vec<f64>) -> Result<Self> {
        if rows == 0 || cols == 0 || rows.checked_mul(cols) != Some(values.len()) {
            let sentence = format!("{} values cannot be a matrix of {rows} rows and {cols} columns.", values.len());
            return Err(Error::input(sentence));
        }
        Ok(Self { rows, cols, values })
    }

    /// The outer product of two vectors, for example the independent plan of two weights.
    pub(crate) fn outer(a: &[f64], b: &[f64]) -> Self {
        let values = a.iter().flat_map(|a| b.iter().map(move |b| a * b)).collect();
        Self { rows: a.len(), cols: b.len(), values }
    }

    /// The plan of potentials between the weights `a` and `b`.
    pub(crate) fn of_potentials(a: &[f64], b: &[f64], cost: &CostMatrix, solved: &Entropic) -> Self {
        Self { rows: a.len(), cols: b.len(), values: solved.matrix(a, b, cost) }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.cols..(i + 1) * self.cols]
    }

    /// The row-major buffer.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Sum of each row.
    pub fn row_sums(&self) -> Vec<f64> {
        self.values.chunks_exact(self.cols).map(|row| row.iter().sum()).collect()
    }

    /// Sum of each column.
    pub fn column_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.cols];
        for row in self.values.chunks_exact(self.cols) {
            sums.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        }
        sums
    }

    /// Sum of all entries.
    pub fn mass(&self) -> f64 {
        self.row_sums().iter().sum()
    }

    /// Sum of the products of the entries with those of a matrix of the same shape.
    pub(crate) fn dot(&self, other: &Self) -> f64 {
        self.values.iter().zip(&other.values).map(|(a, b)| a * b).sum()
    }

    /// Each entry changed by a function of it and of the entry of a matrix of the same shape; parallel in the calling pool.
    pub(crate) fn with(&self, other: &Self, f: impl Fn(f64, f64) -> f64 + Sync) -> Self {
        let pairs = self.values.par_iter().zip(&other.values).with_min_len(CHUNK);
        let values = pairs.map(|(a, b)| f(*a, *b)).collect();
        Self { values, ..*self }
    }

    /// Each entry changed by a function.
    pub(crate) fn map(&self, mut f: impl FnMut(f64) -> f64) -> Self {
        Self { values: self.values.iter().map(|v| f(*v)).collect(), ..*self }
    }

    /// The matrix with rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut values = vec![0.0; self.values.len()];
        for (i, row) in self.values.chunks_exact(self.cols).enumerate() {
            row.iter().enumerate().for_each(|(j, v)| values[j * self.rows + i] = *v);
        }
        Self { rows: self.cols, cols: self.rows, values }
    }

    /// The product with a matrix that has as many rows as this has columns; parallel in the calling pool.
    pub(crate) fn times(&self, other: &Self) -> Self {
        debug_assert_eq!(self.cols, other.rows);
        let (left, right) = (Factor::new(&self.values, self.cols), Factor::new(&other.values, other.cols));
        Self { rows: self.rows, cols: other.cols, values: product(left, right, (self.rows, self.cols, other.cols)) }
    }

    /// The product with a vector of one number a column.
    pub(crate) fn apply(&self, v: &[f64]) -> Vec<f64> {
        self.values.chunks_exact(self.cols).map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum()).collect()
    }

    /// The mean of `values` (one row a column of the plan) under each row: `rows x d`.
    ///
    /// # Errors
    /// Another number of values than columns, or a row without mass.
    pub fn barycentric(&self, values: &Points) -> Result<Points> {
        if values.len() != self.cols {
            let sentence = format!("A plan to {} targets cannot average {} points.", self.cols, values.len());
            return Err(Error::input(sentence));
        }
        let mut means = Points::zeros(self.rows, values.dim());
        for (i, mass) in self.row_sums().iter().enumerate() {
            if *mass <= 0.0 {
                return Err(Error::input(format!("Row {i} of the plan carries no mass, so nothing can be averaged.")));
            }
            for (w, y) in self.row(i).iter().zip(values.rows()) {
                means.row_mut(i).iter_mut().zip(y).for_each(|(m, y)| *m += w / mass * y);
            }
        }
        Ok(means)
    }
}

impl From<&Points> for Matrix {
    fn from(points: &Points) -> Self {
        Self { rows: points.len(), cols: points.dim(), values: points.values().to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn a_product_is_the_sum_of_products() {
        let mut stream = Stream::new(0, "matrix", 0);
        for (n, k, m) in [(1, 1, 1), (20, 7, 3), (5, 9, 33), (17, 70, 515)] {
            let mut random =
                |r: usize, c: usize| Matrix::new(r, c, (0..r * c).map(|_| stream.normal()).collect()).unwrap();
            let (a, b) = (random(n, k), random(k, m));
            let product = a.times(&b);
            for (e, v) in product.values().iter().enumerate() {
                let truth: f64 = (0..k).map(|l| a.row(e / m)[l] * b.row(l)[e % m]).sum();
                assert!((v - truth).abs() < 1e-12);
            }
            assert_eq!(a.transposed().row(0)[n - 1], a.row(n - 1)[0]);
        }
        assert!(Matrix::new(2, 2, vec![0.0; 3]).is_err() && Matrix::new(0, 2, vec![]).is_err());
        assert!(Matrix::outer(&[1.0, 0.0], &[1.0]).barycentric(&Points::zeros(1, 1)).is_err());
    }
}
